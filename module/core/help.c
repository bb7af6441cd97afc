// SPDX-License-Identifier: GPL-2.0-only
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/mm.h>

#include "core.h"
#include "help.h"
#include "mark.h"
#include "pool.h"
#include "scan.h"

/*
 * Marking that has taken so long is likely to take as long again. Waking somebody
 * for less costs more than it saves.
 */
#define MHEAP_HELP_AFTER_NS	(2 * NSEC_PER_MSEC)

/**
 * mheap_help_init - a marker for a helper
 * @marker: zeroed memory
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int mheap_help_init(struct mheap_marker *marker)
{
	marker->stack = alloc_pages_exact(MHEAP_MARK_STACK_BYTES, GFP_KERNEL);
	return marker->stack ? 0 : -ENOMEM;
}

/**
 * mheap_help_exit - the opposite of mheap_help_init()
 * @marker: the marker, which helps nobody; one that was never initialised will do
 *
 * Context: any.
 */
void mheap_help_exit(struct mheap_marker *marker)
{
	if (marker->stack)
		free_pages_exact(marker->stack, MHEAP_MARK_STACK_BYTES);
	marker->stack = NULL;
}

/**
 * mheap_help_offer - put work into the pool from now on, if marking takes long
 * @core: the heap
 *
 * Context: by the worker.
 */
void mheap_help_offer(struct mheap_core *core)
{
	struct mheap_collector *collector = &core->collector;
	bool marking = collector->stage == MHEAP_STAGE_ROOTS ||
		       collector->stage == MHEAP_STAGE_MARK;

	if (marking && !collector->pool.open &&
	    ktime_get_ns() - collector->roots_ns >= MHEAP_HELP_AFTER_NS)
		WRITE_ONCE(collector->pool.open, true);
}

/**
 * mheap_help_wanted - how many helpers would have something to do
 * @core: the heap
 *
 * Context: any.
 * Return: so many blocks are in the pool.
 */
u32 mheap_help_wanted(struct mheap_core *core)
{
	return READ_ONCE(core->collector.pool.count);
}

/**
 * mheap_help - mark for a heap, a slice at most
 * @core: the heap, which does not go away meanwhile
 * @marker: a helper's; it stays with this heap until this returns false
 *
 * Context: may sleep; never waits. A marker is used by one thread at a time.
 * Return: whether there may be more; if not, the marker is empty.
 */
bool mheap_help(struct mheap_core *core, struct mheap_marker *marker)
{
	struct mheap_pool *pool = &core->collector.pool;
	u32 steps = MHEAP_SLICE_STEPS;
	u64 begin;

	if (mheap_marker_empty(marker) && !mheap_pool_help(pool, marker))
		return false;
	begin = ktime_get_ns();
	mheap_mark_drain(core, marker, &steps);
	atomic64_add(ktime_get_ns() - begin, &core->collector.helped_ns);
	mheap_pool_give(pool, marker);
	return true;
}

/**
 * mheap_help_abandon - stop helping a heap that nobody needs any more
 * @core: the heap
 * @marker: the helper's
 *
 * Context: any.
 */
void mheap_help_abandon(struct mheap_core *core, struct mheap_marker *marker)
{
	mheap_pool_leave(&core->collector.pool, marker);
}
