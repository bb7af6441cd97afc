// SPDX-License-Identifier: GPL-2.0-only
#include <linux/minmax.h>

#include "core.h"
#include "trim.h"

/* Chunks that go in one step. */
#define MHEAP_TRIM_CHUNKS	64

/**
 * mheap_trim_init - nothing is on its way
 * @core: the heap
 *
 * Context: any.
 */
void mheap_trim_init(struct mheap_core *core)
{
	INIT_LIST_HEAD(&core->trim.cells);
	INIT_LIST_HEAD(&core->trim.payloads);
}

static void mheap_trim_finish(struct mheap_core *core)
{
	mheap_space_free_detached(&core->cells, &core->trim.cells);
	mheap_space_free_detached(&core->payloads, &core->trim.payloads);
	core->trim.waiting = false;
}

/**
 * mheap_trim_exit - free what is still on its way
 * @core: the heap, which nobody uses any more
 *
 * Context: may sleep.
 */
void mheap_trim_exit(struct mheap_core *core)
{
	mheap_trim_finish(core);
}

/**
 * mheap_trim_request - let the worker give empty chunks back
 * @core: the heap
 *
 * Context: any.
 * Return: the number of a pass that begins after this call began.
 */
u64 mheap_trim_request(struct mheap_core *core)
{
	struct mheap_trim *trim = &core->trim;
	s64 old = atomic64_read(&trim->requested);
	s64 number;

	/* What the caller emptied before is part of what that pass sees. */
	smp_mb();
	number = atomic64_read(&trim->started) + 1;
	while (old < number)
		if (atomic64_try_cmpxchg(&trim->requested, &old, number))
			break;
	return number;
}

/**
 * mheap_trim_useful - are there empty chunks
 * @core: the heap
 *
 * Context: any.
 * Return: whether there are.
 */
bool mheap_trim_useful(struct mheap_core *core)
{
	return READ_ONCE(core->cells.empty_count) || READ_ONCE(core->payloads.empty_count);
}

/**
 * mheap_trim_wanted - has a pass been asked for that has not begun
 * @core: the heap
 *
 * Context: any.
 * Return: whether that is so.
 */
bool mheap_trim_wanted(struct mheap_core *core)
{
	return atomic64_read(&core->trim.requested) > atomic64_read(&core->trim.started);
}

/**
 * mheap_trim_running - has a pass begun that has not ended
 * @core: the heap
 *
 * Context: any.
 * Return: whether that is so.
 */
bool mheap_trim_running(struct mheap_core *core)
{
	return atomic64_read(&core->trim.started) != atomic64_read(&core->trim.finished);
}

static void mheap_trim_begin(struct mheap_core *core)
{
	struct mheap_trim *trim = &core->trim;

	trim->turn = false;
	atomic64_inc(&trim->started);
	/* Pairs with mheap_trim_request(). */
	smp_mb__after_atomic();
	trim->left = READ_ONCE(core->cells.empty_count) + READ_ONCE(core->payloads.empty_count);
}

static u32 mheap_trim_detach(struct mheap_core *core)
{
	struct mheap_trim *trim = &core->trim;
	u32 max = min_t(u32, trim->left, MHEAP_TRIM_CHUNKS);
	u32 count;

	count = mheap_space_detach_empty(&core->cells, &trim->cells, max);
	return count + mheap_space_detach_empty(&core->payloads, &trim->payloads, max - count);
}

/**
 * mheap_trim_step - go on with a pass, or begin one that is wanted
 * @core: the heap, while no collection runs
 *
 * Context: may sleep; by the worker.
 * Return: MHEAP_STEP_IDLE when there is nothing to do; MHEAP_STEP_WAIT when a
 *	   grace period has to end first; MHEAP_STEP_MORE.
 */
enum mheap_step mheap_trim_step(struct mheap_core *core)
{
	struct mheap_trim *trim = &core->trim;
	u32 count;

	if (trim->waiting) {
		if (!mheap_grace_over(core, MHEAP_GRACE_COLLECT))
			return MHEAP_STEP_WAIT;
		mheap_trim_finish(core);
	}
	if (!mheap_trim_running(core)) {
		if (!mheap_trim_wanted(core))
			return MHEAP_STEP_IDLE;
		mheap_trim_begin(core);
	}
	count = mheap_trim_detach(core);
	trim->left -= count;
	if (!count) {
		/* Pairs with whoever waits for this number, and then looks. */
		smp_mb__before_atomic();
		atomic64_inc(&trim->finished);
		return MHEAP_STEP_MORE;
	}
	trim->waiting = true;
	mheap_grace_begin(core, MHEAP_GRACE_COLLECT);
	return MHEAP_STEP_WAIT;
}
