/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The longest stretches that nobody can shorten: sections, and holds of spinlocks. They
 * are counted in steps, of which each is the work for about one object, slot, entry of a
 * list or word of a bitmap; Documentation/bounds.rst tells what limits them.
 */
#ifndef _MHEAP_CORE_BOUND_H
#define _MHEAP_CORE_BOUND_H

#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/kconfig.h>
#include <linux/types.h>

/*
 * A slice's worth of looking for small cycles, the last of which may be as large as they
 * get; and what dies of it, the widest of it included. All others take less.
 */
#define MHEAP_BOUND_SECTION	12288U

/* The words of the bitmap of indices, all of them. */
#define MHEAP_BOUND_HOLD	8192U

/**
 * mheap_bound_note - a stretch has ended
 * @longest: the steps of the longest one so far
 * @steps: those of this one
 * @limit: what it may take; a kernel that proves its locking warns of more
 *
 * Context: any.
 */
static inline void mheap_bound_note(u32 *longest, u32 steps, u32 limit)
{
	u32 old = READ_ONCE(*longest);

	while (unlikely(steps > old)) {
		if (!try_cmpxchg(longest, &old, steps))
			continue;
		WARN_ONCE(IS_ENABLED(CONFIG_PROVE_LOCKING) && steps > limit,
			  "mheap: %u steps in a row, %u is the limit\n", steps, limit);
		break;
	}
}

#endif
