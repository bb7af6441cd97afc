// SPDX-License-Identifier: GPL-2.0
/* Sessions of differential; see diff_step.h. */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "diff_step.h"
#include "ref_heap.h"

static int join_session(int heap_fd)
{
	struct mheap_join join = {
		.size = sizeof(join), .heap_fd = heap_fd, .max_handles = REF_HANDLES,
	};
	int fd = raw_session();

	return fd < 0 ? fd : raw_call(fd, MHEAP_CMD_JOIN, &join) ?: fd;
}

/* A process with one session: does what it is told, and tells what came of it. */
static void serve(int socket, int heap_fd)
{
	struct {
		__u32 command;
		void *arg;
	} order;
	int fd = join_session(heap_fd), ret;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(socket, &order, sizeof(order)) == sizeof(order)) {
		if (order.command == STEPPER_REOPEN) {
			close(fd);
			fd = join_session(heap_fd);
			ret = fd < 0 ? fd : 0;
		} else if (order.command == STEPPER_CLOSE) {
			ret = close(*(int *)order.arg) ? -errno : 0;
		} else {
			ret = raw_call(fd, order.command, order.arg);
		}
		if (write(socket, &ret, sizeof(ret)) != sizeof(ret))
			break;
	}
	_exit(0);
}

int stepper_call(struct stepper *stepper, __u32 command, void *arg)
{
	struct {
		__u32 command;
		void *arg;
	} order = { command, arg };
	int ret = -EPIPE;

	if (!stepper->child) {
		if (command == STEPPER_CLOSE)
			return close(*(int *)arg) ? -errno : 0;
		if (command != STEPPER_REOPEN)
			return raw_call(stepper->fd, command, arg);
		close(stepper->fd);
		stepper->fd = join_session(stepper->heap_fd);
		return stepper->fd < 0 ? stepper->fd : 0;
	}
	if (write(stepper->fd, &order, sizeof(order)) != sizeof(order) ||
	    read(stepper->fd, &ret, sizeof(ret)) != sizeof(ret))
		return -EPIPE;
	return ret;
}

int stepper_start(struct stepper *stepper, int observer, __u32 rights, bool forked)
{
	int pair[2];

	stepper->child = 0;
	stepper->heap_fd = raw_export(observer, rights);
	if (stepper->heap_fd < 0)
		return stepper->heap_fd;
	if (!forked) {
		stepper->fd = join_session(stepper->heap_fd);
		return stepper->fd < 0 ? stepper->fd : 0;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return -errno;
	stepper->child = fork();
	if (!stepper->child) {
		/* Nothing of the others: a socket ends when its last copy is closed. */
		dup2(pair[1], 3);
		dup2(stepper->heap_fd, 4);
		close_range(5, ~0U, 0);
		serve(3, 4);
	}
	close(pair[1]);
	stepper->fd = pair[0];
	return stepper->child < 0 ? -errno : 0;
}

void stepper_end(struct stepper *stepper)
{
	close(stepper->fd);
	close(stepper->heap_fd);
	if (stepper->child)
		waitpid(stepper->child, NULL, 0);
}
