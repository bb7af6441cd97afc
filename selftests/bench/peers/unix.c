// SPDX-License-Identifier: GPL-2.0
/*
 * unix [SOCKETS]: the kernel's own collector, that of AF_UNIX sockets. Each socket has two
 * others in its queue, one that makes a ring of all and a random one, and all are held by
 * another socket's queue, until that is closed. Told is how long the collector ran (by the
 * tracepoints of workqueues), and how long somebody of another user waits meanwhile who
 * sends a socket of its own to itself, beside calls that do nothing. Takes root.
 *
 * The graph is built from its end, and closed to a ring last: the kernel makes senders
 * wait as soon as there are cycles.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../ours/bench.h"

#define TRACING	"/sys/kernel/tracing/"
#define CARRIED	200		/* descriptors of a message; the kernel's limit is 253 */
#define SAMPLES	200000
#define NOBODY	65534

static u64 samples[SAMPLES], nothing[SAMPLES];
static int done = 1;

static void write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		die(path);
	close(fd);
}

static void send_fds(int to, const int *fds, int count)
{
	char control[CMSG_SPACE(CARRIED * sizeof(int))] = {}, byte = 0;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = CMSG_SPACE(count * sizeof(int)),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(header), fds, count * sizeof(int));
	if (sendmsg(to, &message, 0) != 1)
		die("sendmsg");
}

static void pair_of(int pair[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		die("socketpair");
}

/* One send of a socket to its own other end, and taking it out again. */
static size_t sends(size_t at_least)
{
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	int pair[2], own[2], fd;
	size_t i;

	pair_of(pair);
	pair_of(own);
	for (i = 0; i < SAMPLES && (i < at_least || !__atomic_load_n(&done, __ATOMIC_ACQUIRE));
	     i++) {
		struct msghdr message = {
			.msg_iov = &data, .msg_iovlen = 1,
			.msg_control = control, .msg_controllen = sizeof(control),
		};
		u64 begin = ticks();

		send_fds(pair[0], own, 1);
		samples[i] = ticks() - begin;
		begin = ticks();
		syscall(SYS_getppid);
		nothing[i] = ticks() - begin;
		if (recvmsg(pair[1], &message, 0) != 1)
			die("recvmsg");
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
		close(fd);
	}
	for (fd = 0; fd < 2; fd++) {
		close(pair[fd]);
		close(own[fd]);
	}
	return i;
}

static void *send_on(void *calls)
{
	/* Only this thread becomes another user, whose sockets are not counted with ours. */
	if (syscall(SYS_setresuid, NOBODY, NOBODY, NOBODY))
		die("setresuid");
	say_latencies("idle", samples, sends(5000));
	__atomic_store_n(&done, 0, __ATOMIC_RELEASE);
	*(size_t *)calls = sends(0);
	return NULL;
}

/* The ends of @count sockets, whose other ends are closed; @carrier holds them all. */
static void build(u32 count, int *carrier)
{
	int (*pairs)[2] = calloc(count, sizeof(*pairs)), fds[CARRIED];
	u64 state = 4711;
	u32 i, held;

	if (!pairs)
		die("calloc");
	for (i = 0; i < count; i++)
		pair_of(pairs[i]);
	for (i = count - 1; i--;) {
		fds[0] = pairs[i + 1][0];
		fds[1] = pairs[i + 1 + random_below(&state, count - i - 1)][0];
		send_fds(pairs[i][1], fds, 2);
	}
	pair_of(carrier);
	for (i = 0; i < count; i += held) {
		for (held = 0; held < CARRIED && i + held < count; held++)
			fds[held] = pairs[i + held][0];
		send_fds(carrier[0], fds, held);
	}
	fds[0] = pairs[0][0];
	fds[1] = pairs[random_below(&state, count)][0];
	send_fds(pairs[count - 1][1], fds, 2);
	for (i = 0; i < count; i++) {
		close(pairs[i][0]);
		close(pairs[i][1]);
	}
	free(pairs);
}

static u32 sockets(void)
{
	FILE *file = fopen("/proc/net/unix", "r");
	u32 count = 0;
	char line[256];

	if (!file)
		die("/proc/net/unix");
	while (fgets(line, sizeof(line), file))
		count++;
	fclose(file);
	return count;
}

/* The time between begin and end of the collector's work, as the kernel saw it. */
static double collector_seconds(void)
{
	double begin[64] = {}, now, sum = 0;
	FILE *file = fopen(TRACING "trace", "r");
	char line[512], *at;
	unsigned int cpu;

	if (!file)
		die(TRACING "trace");
	while (fgets(line, sizeof(line), file)) {
		at = strchr(line, '[');
		if (*line == '#' || !at || !strstr(line, "unix_gc") ||
		    sscanf(at, "[%u] %*s %lf:", &cpu, &now) != 2 || cpu >= 64)
			continue;
		if (strstr(line, "execute_start")) {
			begin[cpu] = now;
		} else if (begin[cpu]) {
			sum += now - begin[cpu];
			begin[cpu] = 0;
		}
	}
	fclose(file);
	return sum;
}

int main(int argc, char **argv)
{
	u32 count = argument(argc, argv, 1, 20000), before;
	struct rlimit limit = { .rlim_cur = 2 * count + 1000, .rlim_max = 2 * count + 1000 };
	pthread_t thread;
	int carrier[2];
	size_t calls = 0;
	double seconds;

	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("RLIMIT_NOFILE");
	if (mount("tracefs", TRACING, "tracefs", 0, NULL) && errno != EBUSY)
		die("tracefs");
	before = sockets();
	build(count, carrier);
	usleep(300000);		/* what the closes have begun ends */
	write_to(TRACING "trace_clock", "mono");
	write_to(TRACING "trace", "");
	write_to(TRACING "events/workqueue/workqueue_execute_start/enable", "1");
	write_to(TRACING "events/workqueue/workqueue_execute_end/enable", "1");
	if (pthread_create(&thread, NULL, send_on, &calls))
		die("pthread_create");
	while (__atomic_load_n(&done, __ATOMIC_ACQUIRE))
		usleep(1000);
	close(carrier[0]);
	close(carrier[1]);
	do {
		usleep(200000);		/* to look takes time from those that are measured */
	} while (sockets() > before + 64);
	__atomic_store_n(&done, 1, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	write_to(TRACING "events/workqueue/enable", "0");
	seconds = collector_seconds();
	if (!seconds)
		die("the collector was not seen");
	say("each", seconds * 1e9 / count);
	say("collection_us", seconds * 1e6);
	say_latencies("busy", samples, calls);
	say_latencies("nothing", nothing, calls);
	say("calls", calls);
	return 0;
}
