// SPDX-License-Identifier: GPL-2.0
/*
 * Under User Mode Linux a system call costs a hundred times what it costs outside,
 * and leaves the caches cold. So that what a command costs beside the system call
 * can be measured, a command that only a module built for benchmarks has carries
 * another out many times: all of it, from the copy of its structure in to that of
 * its answer out.
 */
#include <linux/errno.h>
#include <linux/uaccess.h>

#include "loop.h"

struct mheap_session;

/* The linker gives us what calls mheap_dispatch(), and that the first name. */
long __wrap_mheap_dispatch(struct mheap_session *session, unsigned int cmd, unsigned long arg,
			   bool may_wait);
long __real_mheap_dispatch(struct mheap_session *session, unsigned int cmd, unsigned long arg,
			   bool may_wait);

long __wrap_mheap_dispatch(struct mheap_session *session, unsigned int cmd, unsigned long arg,
			   bool may_wait)
{
	struct bench_loop loop;
	long ret;
	u32 i;

	if (cmd != BENCH_LOOP)
		return __real_mheap_dispatch(session, cmd, arg, may_wait);
	if (copy_from_user(&loop, (void __user *)arg, sizeof(loop)))
		return -EFAULT;
	for (i = 0; i < loop.count; i++) {
		ret = __real_mheap_dispatch(session, loop.command, loop.arg + i * loop.stride,
					    may_wait);
		if (ret != loop.expected)
			return ret ?: -EINVAL;
	}
	return 0;
}
