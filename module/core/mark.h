/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Marking. The mark bit is tested and set when an object is pushed, and what
 * is popped goes through a ring in which its cell is prefetched. When the
 * stack is full the object's grey bit takes its place. So marking allocates
 * nothing, does not recurse, and cannot fail.
 *
 * Several markers may work on one heap: that of its collector, and helpers,
 * which have what the pool of the collector offers them (pool.h).
 */
#ifndef _MHEAP_CORE_MARK_H
#define _MHEAP_CORE_MARK_H

#include <linux/types.h>

struct mheap_core;

#define MHEAP_MARK_STACK	16384
#define MHEAP_MARK_STACK_BYTES	(MHEAP_MARK_STACK * sizeof(u32))
#define MHEAP_MARK_RING		32

/**
 * struct mheap_marker - what is marked and not yet scanned
 * @stack: numbers of objects; MHEAP_MARK_STACK of them
 * @top: how many
 * @ring: objects whose cells are on their way into the cache
 * @ring_head: where the oldest of them is
 * @ring_count: how many
 * @wide: an object with many slots that is being scanned, or 0
 * @wide_next: its next slot
 * @active: a helper that has something of the pool's (protected by the pool's lock)
 */
struct mheap_marker {
	u32 *stack;
	u32 top;
	u32 ring[MHEAP_MARK_RING];
	u32 ring_head;
	u32 ring_count;
	u32 wide;
	u32 wide_next;
	bool active;
};

int mheap_mark_init(struct mheap_core *core);
void mheap_mark_exit(struct mheap_core *core);
void mheap_mark_drain(struct mheap_core *core, struct mheap_marker *marker, u32 *steps);
void mheap_mark_roots(struct mheap_core *core, u32 *steps);
bool mheap_mark_take_grey(struct mheap_core *core, u32 *steps);

/* Whether there is nothing left to scan but what is grey. */
static inline bool mheap_marker_empty(const struct mheap_marker *marker)
{
	return !marker->top && !marker->ring_count && !marker->wide;
}

#endif
