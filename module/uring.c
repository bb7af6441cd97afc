// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/fs.h>

#include "compat_uring.h"
#include "dispatch.h"
#include "trace_session.h"
#include "uring.h"

/**
 * mheap_uring_command - carry out a command
 * @command: the command
 * @issue_flags: how it came
 *
 * Where it must not wait, what may take long and what finds the session at work is put
 * off to a thread of io_uring's, which is what -EAGAIN says.
 *
 * Context: may sleep.
 * Return: what mheap_dispatch() returns.
 */
int mheap_uring_command(struct io_uring_cmd *command, unsigned int issue_flags)
{
	/* It is in memory that userspace may write to meanwhile. */
	u64 arg = READ_ONCE(*(const u64 *)mheap_uring_argument(command));
	struct mheap_session *session = command->file->private_data;
	bool may_wait = !(issue_flags & IO_URING_F_NONBLOCK);

	if ((unsigned long)arg != arg) {
		trace_mheap_refused(session, NULL, command->cmd_op, -EFAULT, false);
		return -EFAULT;
	}
	return mheap_dispatch(session, command->cmd_op, arg, may_wait);
}
