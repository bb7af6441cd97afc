// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/mheap.h>

#include "memory.h"
#include "supervise.h"
#include "tool.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#define ARCHITECTURE_32 AUDIT_ARCH_I386
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#define ARCHITECTURE_32 AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#else
#define ARCHITECTURE 0
#endif

/* What else programs may be on this one; on both of those ioctl() is the same. */
#ifndef ARCHITECTURE_32
#define ARCHITECTURE_32 ARCHITECTURE
#endif
#define IOCTL_32 54

#define TRACE_OPTIONS	(PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | \
			 PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACESECCOMP | \
			 PTRACE_O_TRACESYSGOOD)

#define STATUS_NOT_FOUND	127
#define STATUS_CANNOT_RUN	126

/**
 * struct call - A thread in the middle of making or joining a heap
 * @thread: its number
 * @fd: the descriptor that is to become a session
 */
struct call {
	pid_t thread;
	int fd;
};

/**
 * struct supervisor - A program that is being run
 * @program: its first process
 * @on_heap: told of heaps
 * @context: for @on_heap
 * @calls: those that are not over
 * @count: of @calls
 * @room: of @calls
 * @status: how the program ended
 */
struct supervisor {
	pid_t program;
	void (*on_heap)(uint64_t heap, void *context);
	void *context;
	struct call *calls;
	size_t count;
	size_t room;
	int status;
};

#define FIELD(field) ((unsigned int)offsetof(struct seccomp_data, field))
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define REQUEST FIELD(args[1])
#else
#define REQUEST (FIELD(args[1]) + 4)
#endif

/*
 * Stop at ioctl(MHEAP_CREATE) and ioctl(MHEAP_JOIN), and at nothing else; in programs of
 * the older 32-bit architecture, too, where ioctl() has another number.
 */
static int install_filter(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE_32, 0, 7),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IOCTL_32, 2, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, REQUEST),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MHEAP_CREATE, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MHEAP_JOIN, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
	};
	struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]), .filter = filter,
	};

	if (!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return 0;
	/* Without the capability for it, the price is that set-user-ID has no effect. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* In the child: wait until the parent traces it, then become the program. */
static void __attribute__((noreturn)) become(char **argv, int gate)
{
	char go;

	if (read(gate, &go, 1) != 1)
		_exit(STATUS_CANNOT_RUN);
	close(gate);
	if (install_filter()) {
		complain(EXIT_FAILED, "cannot watch %s: %s", argv[0], strerror(errno));
		_exit(STATUS_CANNOT_RUN);
	}
	execvp(argv[0], argv);
	complain(EXIT_FAILED, "cannot run %s: %s", argv[0], strerror(errno));
	_exit(errno == ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_RUN);
}

/* The heap behind a descriptor of a process, as its fdinfo tells it. */
static bool find_heap(pid_t thread, int fd, uint64_t *ret_heap)
{
	unsigned long long heap = 0;
	bool found = false;
	size_t room = 0;
	char *line = NULL;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", thread, fd);
	file = fopen(path, "re");
	while (file && !found && getline(&line, &room, file) > 0)
		found = sscanf(line, "mheap-heap: %llu", &heap) == 1;
	free(line);
	if (file)
		fclose(file);
	*ret_heap = heap;
	return found;
}

static void call_begins(struct supervisor *supervisor, pid_t thread)
{
	struct __ptrace_syscall_info info = { .op = 0 };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof(info), &info) < 0 ||
	    info.op != PTRACE_SYSCALL_INFO_SECCOMP)
		return;
	supervisor->calls = must_grow(supervisor->calls, &supervisor->room,
				      supervisor->count + 1, sizeof(*supervisor->calls));
	supervisor->calls[supervisor->count++] = (struct call){
		.thread = thread, .fd = (int)info.seccomp.args[0],
	};
}

/* Whether it succeeded shows in what the descriptor is now. */
static void call_ends(struct supervisor *supervisor, pid_t thread, bool alive)
{
	for (size_t i = 0; i < supervisor->count; i++) {
		struct call call = supervisor->calls[i];
		uint64_t heap;

		if (call.thread != thread)
			continue;
		supervisor->calls[i] = supervisor->calls[--supervisor->count];
		if (alive && find_heap(thread, call.fd, &heap))
			supervisor->on_heap(heap, supervisor->context);
		return;
	}
}

/* Let a thread go on from where it stopped. */
static void go_on(struct supervisor *supervisor, pid_t thread, int status)
{
	int event = status >> 16;
	int sig = WSTOPSIG(status);

	if (sig == (SIGTRAP | 0x80)) {
		call_ends(supervisor, thread, true);
		ptrace(PTRACE_CONT, thread, 0, 0);
	} else if (event == PTRACE_EVENT_SECCOMP) {
		call_begins(supervisor, thread);
		ptrace(PTRACE_SYSCALL, thread, 0, 0);
	} else if (event == PTRACE_EVENT_STOP && sig != SIGTRAP) {
		/* The whole process was stopped, and remains so until SIGCONT. */
		ptrace(PTRACE_LISTEN, thread, 0, 0);
	} else if (event) {
		ptrace(PTRACE_CONT, thread, 0, 0);
	} else {
		ptrace(PTRACE_CONT, thread, 0, (long)sig);
	}
}

static void wait_for_all(struct supervisor *supervisor)
{
	int status;
	pid_t thread;

	for (;;) {
		thread = waitpid(-1, &status, __WALL);
		if (thread < 0 && errno == EINTR)
			continue;
		if (thread < 0)
			return;
		if (WIFSTOPPED(status)) {
			go_on(supervisor, thread, status);
			continue;
		}
		call_ends(supervisor, thread, false);
		if (thread == supervisor->program)
			supervisor->status = WIFEXITED(status) ? WEXITSTATUS(status) :
								 128 + WTERMSIG(status);
	}
}

int supervise(char **argv, void (*on_heap)(uint64_t heap, void *context), void *context,
	      int *ret_status)
{
	struct supervisor supervisor = {
		.on_heap = on_heap, .context = context, .status = EXIT_FAILED,
	};
	int gate[2];
	int error;

	if (pipe(gate))
		return complain(EXIT_FAILED, "cannot make a pipe: %s", strerror(errno));
	fflush(NULL);
	supervisor.program = fork();
	if (supervisor.program < 0)
		return complain(EXIT_FAILED, "cannot start a process: %s", strerror(errno));
	if (!supervisor.program) {
		close(gate[1]);
		become(argv, gate[0]);
	}
	close(gate[0]);
	/* What the terminal sends is for the program: its end is the end of this, too. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	if (ptrace(PTRACE_SEIZE, supervisor.program, 0, (long)TRACE_OPTIONS)) {
		error = errno;
		close(gate[1]);
		waitpid(supervisor.program, NULL, 0);
		return complain(error == EPERM ? EXIT_NO_PERMISSION : EXIT_FAILED,
				"cannot trace %s: %s", argv[0], strerror(error));
	}
	if (write(gate[1], "", 1) != 1)
		kill(supervisor.program, SIGKILL);
	close(gate[1]);
	wait_for_all(&supervisor);
	free(supervisor.calls);
	*ret_status = supervisor.status;
	return EXIT_OK;
}
