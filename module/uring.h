/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands by io_uring: IORING_OP_URING_CMD on a session, with the number that ioctl()
 * takes for cmd_op, and a pointer to the command's structure in the first eight bytes
 * of cmd. The result is what ioctl() returns, or the negative errno.
 */
#ifndef _MHEAP_URING_H
#define _MHEAP_URING_H

struct io_uring_cmd;

int mheap_uring_command(struct io_uring_cmd *command, unsigned int issue_flags);

#endif
