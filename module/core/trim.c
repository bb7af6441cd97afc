// SPDX-License-Identifier: GPL-2.0-only
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
 */
void mheap_trim_request(struct mheap_core *core)
{
	WRITE_ONCE(core->trim.wanted, true);
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
 * mheap_trim_step - give some empty chunks back
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
		if (!mheap_grace_over(core))
			return MHEAP_STEP_WAIT;
		mheap_trim_finish(core);
		return MHEAP_STEP_MORE;
	}
	if (!READ_ONCE(trim->wanted))
		return MHEAP_STEP_IDLE;
	WRITE_ONCE(trim->wanted, false);
	count = mheap_space_detach_empty(&core->cells, &trim->cells, MHEAP_TRIM_CHUNKS);
	count += mheap_space_detach_empty(&core->payloads, &trim->payloads, MHEAP_TRIM_CHUNKS);
	if (!count)
		return MHEAP_STEP_IDLE;
	WRITE_ONCE(trim->wanted, true);
	trim->waiting = true;
	mheap_grace_begin(core);
	return MHEAP_STEP_WAIT;
}
