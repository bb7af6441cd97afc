// SPDX-License-Identifier: LGPL-2.1-or-later
/* What an entry of io_uring holds. */
#include <string.h>

#include <liburing.h>

#include <linux/mheap.h>
#include <mheap.h>

#include "tap.h"

int main(void)
{
	struct mheap_load load;
	struct io_uring_sqe sqe, plain;
	const void *pointer;

	memset(&sqe, 0xff, sizeof(sqe));
	memset(&plain, 0xff, sizeof(plain));
	mh_uring_prep(&sqe, 7, MHEAP_LOAD, &load);
	io_uring_prep_rw(IORING_OP_URING_CMD, &plain, 7, NULL, 0, 0);
	ok(sqe.opcode == IORING_OP_URING_CMD && sqe.fd == 7, "it is a command of the session");
	ok(sqe.cmd_op == MHEAP_LOAD, "and which one");
	memcpy(&pointer, sqe.cmd, sizeof(pointer));
	ok(pointer == &load, "with its structure");
	plain.cmd_op = sqe.cmd_op;
	memcpy(plain.cmd, sqe.cmd, sizeof(pointer));
	ok(!memcmp(&sqe, &plain, sizeof(sqe)), "and nothing else");
	return tap_end();
}
