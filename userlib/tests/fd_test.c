// SPDX-License-Identifier: LGPL-2.1-or-later
/* Passing descriptors over a socket. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mheap.h>

#include "tap.h"

static int sockets[2];

static int open_fds(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* Send @count descriptors along with @byte. */
static void send_raw(char byte, int count)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(4 * sizeof(int))];
	} control = { .bytes = { 0 } };
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };

	if (count) {
		message.msg_control = control.bytes;
		message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
		memcpy(CMSG_DATA(&control.header), (int[4]){ 0, 0, 0, 0 },
		       (size_t)count * sizeof(int));
	}
	if (sendmsg(sockets[0], &message, 0) != 1)
		ok(0, "sendmsg");
}

int main(void)
{
	struct stat a, b;
	int before, fd, got = -1;

	ok(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), "a pair of sockets");
	fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	ok(!mh_send_fd(sockets[0], fd), "send");
	ok(!mh_recv_fd(sockets[1], &got), "receive");
	ok(got >= 0 && got != fd && !fstat(fd, &a) && !fstat(got, &b) && a.st_rdev == b.st_rdev,
	   "the same file");
	ok(fcntl(got, F_GETFD) == FD_CLOEXEC, "closed on exec");
	close(got);

	got = -7;
	errno = 77;
	ok(mh_send_fd(sockets[0], -1) == -EBADF && mh_send_fd(fd, fd) == -ENOTSOCK &&
	   mh_recv_fd(fd, &got) == -ENOTSOCK && got == -7 && errno == 77, "wrong descriptors");
	fcntl(sockets[1], F_SETFL, O_NONBLOCK);
	ok(mh_recv_fd(sockets[1], &got) == -EAGAIN && got == -7, "nothing there");

	before = open_fds();
	send_raw('m', 0);
	ok(mh_recv_fd(sockets[1], &got) == -EBADMSG, "a byte without a descriptor");
	send_raw('x', 1);
	ok(mh_recv_fd(sockets[1], &got) == -EBADMSG, "another byte");
	send_raw('m', 2);
	ok(mh_recv_fd(sockets[1], &got) == -EBADMSG, "two descriptors");
	send_raw('m', 4);
	ok(mh_recv_fd(sockets[1], &got) == -EBADMSG, "four descriptors");
	ok(open_fds() == before && got == -7, "none of them stays open");

	close(sockets[0]);
	ok(mh_recv_fd(sockets[1], &got) == -ECONNRESET && got == -7, "the other end has closed");
	ok(mh_send_fd(sockets[1], fd) == -EPIPE, "and nothing can be sent to it");
	close(sockets[1]);
	close(fd);
	return tap_end();
}
