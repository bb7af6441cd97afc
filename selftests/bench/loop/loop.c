// SPDX-License-Identifier: GPL-2.0
/*
 * Under User Mode Linux a system call costs a hundred times what it costs outside,
 * and leaves the caches cold. So that what a command costs beside the system call
 * can be measured, a command that only a module built for benchmarks has carries
 * another out many times: all of it, from the copy of its structure in to that of
 * its answer out.
 */
#include <linux/errno.h>
#include <linux/timex.h>
#include <linux/uaccess.h>

#include "loop.h"

struct mheap_session;

/* UML has no get_cycles(), but the processor of a native program. */
static u64 bench_ticks(void)
{
#ifdef CONFIG_X86_64
	u64 now;

	asm volatile("lfence" ::: "memory");
	now = __builtin_ia32_rdtsc();
	asm volatile("lfence" ::: "memory");
	return now;
#else
	return get_cycles();
#endif
}

/* The linker gives us what calls mheap_dispatch(), and that the first name. */
long __wrap_mheap_dispatch(struct mheap_session *session, unsigned int cmd, unsigned long arg,
			   bool may_wait);
long __real_mheap_dispatch(struct mheap_session *session, unsigned int cmd, unsigned long arg,
			   bool may_wait);

long __wrap_mheap_dispatch(struct mheap_session *session, unsigned int cmd, unsigned long arg,
			   bool may_wait)
{
	struct bench_loop loop;
	u64 __user *times;
	u64 begin;
	long ret;
	u32 i;

	if (cmd != BENCH_LOOP)
		return __real_mheap_dispatch(session, cmd, arg, may_wait);
	if (copy_from_user(&loop, (void __user *)arg, sizeof(loop)))
		return -EFAULT;
	times = u64_to_user_ptr(loop.times_uptr);
	for (i = 0; i < loop.count; i++) {
		begin = times ? bench_ticks() : 0;
		ret = __real_mheap_dispatch(session, loop.command, loop.arg + i * loop.stride,
					    may_wait);
		if (ret != loop.expected)
			return ret ?: -EINVAL;
		if (times && put_user(bench_ticks() - begin, &times[i]))
			return -EFAULT;
	}
	return 0;
}
