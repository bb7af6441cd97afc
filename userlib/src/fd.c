// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "internal.h"

#define GREETING 'm'

/* Room for the control message of one descriptor, aligned as it must be. */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

MH_PUBLIC int mh_send_fd(int socket, int fd)
{
	union control control = { .bytes = { 0 } };
	char byte = GREETING;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	int saved = errno;
	int err = 0;

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
	if (sendmsg(socket, &message, MSG_NOSIGNAL) < 0) {
		err = -errno;
		errno = saved;
	}
	return err;
}

/* The descriptor that came with @message, or -1. There is room for one only. */
static int received_fd(struct msghdr *message)
{
	struct cmsghdr *rights = CMSG_FIRSTHDR(message);
	int fd;

	if (!rights || rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS ||
	    rights->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(rights), sizeof(fd));
	return fd;
}

MH_PUBLIC int mh_recv_fd(int socket, int *ret_fd)
{
	union control control = { .bytes = { 0 } };
	char byte = 0;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = CMSG_LEN(sizeof(int)),
	};
	int saved = errno;
	ssize_t length;
	bool whole;
	int err;
	int fd;

	length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	if (length < 0) {
		err = -errno;
		errno = saved;
		return err;
	}
	if (!length)
		return -ECONNRESET;

	fd = received_fd(&message);
	whole = byte == GREETING && !(message.msg_flags & MSG_CTRUNC);
	if (fd < 0)
		return -EBADMSG;
	if (!whole) {
		close(fd);
		return -EBADMSG;
	}
	*ret_fd = fd;
	return 0;
}

MH_PUBLIC void mh_close_fd(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
}
