// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules, which the collector relies on:
 *
 * - A new reference is counted before it can be seen, and an old one is given
 *   up after it no longer can.
 * - While the barrier is on, an object that a slot no longer refers to, or of
 *   which the last handle goes, is shaded.
 * - From "no references" nothing comes back: mheap_count_take() refuses.
 * - What changes, a picture has been given before: record.h.
 * - Whoever may have closed a cycle says so after that, and before it gives up a
 *   reference to what it is made of: mheap_cycle_note().
 *
 * All of these run in one section each, so the phase does not change under
 * them further than a grace period allows.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/processor.h>

#include "barrier.h"
#include "core.h"
#include "count.h"
#include "cycle.h"
#include "phase.h"
#include "record.h"
#include "release.h"
#include "slot.h"

static u32 *mheap_slot_at(struct mheap_core *core, u32 object, u32 index)
{
	return mheap_cell_slot(mheap_cell_of(core, object), index);
}

static atomic64_t *mheap_count_of(struct mheap_core *core, u32 number)
{
	return &mheap_cell_of(core, number)->count;
}

/* A slot has let go of @old, and its count is the caller's to give up. */
static void mheap_slot_lose(struct mheap_mutator *mutator, u32 old)
{
	if (!old)
		return;
	if (mheap_phase_barrier(mutator->phase))
		mheap_shade(mutator->core, old);
	mheap_release_drop(mutator, old, MHEAP_COUNT_SLOT);
}

/*
 * Counts a handle for what a slot refers to, a weak cell perhaps. Between reading
 * the slot and counting, the object may die and its cell may become another one. So
 * the slot is read again, and what was counted wrongly is given up, which may be
 * its end.
 */
static int mheap_slot_take(struct mheap_mutator *mutator, u32 object, u32 index, u32 *ret_number)
{
	struct mheap_core *core = mutator->core;
	u32 *slot = mheap_slot_at(core, object, index);
	struct mheap_chunk *chunk;
	u32 number;
	int ret;

	for (;;) {
		number = READ_ONCE(*slot);
		if (!number) {
			*ret_number = 0;
			return 0;
		}
		/* The chunk may be gone when the object is. */
		chunk = mheap_space_chunk(&core->cells, number >> MHEAP_INDEX_SHIFT);
		ret = -ENOENT;
		if (chunk) {
			struct mheap_cell *cell = mheap_chunk_at(chunk, number);

			mheap_record(mutator, number);
			mheap_witness(mutator, number);
			ret = mheap_count_take(&cell->count, MHEAP_COUNT_HANDLE);
		}
		if (READ_ONCE(*slot) == number && ret != -ENOENT) {
			if (!ret)
				*ret_number = number;
			return ret;
		}
		if (!ret)
			mheap_release_drop(mutator, number, MHEAP_COUNT_HANDLE);
		cpu_relax();
	}
}

/* The caller has a handle of what it asks for. */
static bool mheap_slot_is_weak(struct mheap_core *core, u32 number)
{
	return mheap_core_has_weak(core) && mheap_weak_is(core, number);
}

/*
 * Counts a handle for what @number, which has one, stands for: itself, or the
 * referent of a weak cell.
 */
static int mheap_slot_resolve(struct mheap_mutator *mutator, u32 number, u32 *ret_number)
{
	if (number && mheap_slot_is_weak(mutator->core, number))
		return mheap_weak_upgrade(mutator, number, ret_number);
	*ret_number = number;
	return number ? mheap_handle_take(mutator, number) : 0;
}

/**
 * mheap_slot_load - count a handle for what a slot refers to
 * @mutator: in a section
 * @object: the object that has the slot; a handle keeps it
 * @index: the slot, within its range
 * @ret_number: where the number of the object goes; 0 when the slot is null, or
 *		refers weakly to what is gone
 *
 * Context: any.
 * Return: 0; -EMLINK when there are too many handles to the object.
 */
int mheap_slot_load(struct mheap_mutator *mutator, u32 object, u32 index, u32 *ret_number)
{
	u32 weak;
	int ret;

	ret = mheap_slot_take(mutator, object, index, ret_number);
	if (ret || !*ret_number || !mheap_slot_is_weak(mutator->core, *ret_number))
		return ret;
	weak = *ret_number;
	ret = mheap_weak_upgrade(mutator, weak, ret_number);
	mheap_release_drop(mutator, weak, MHEAP_COUNT_HANDLE);
	return ret;
}

/**
 * mheap_slot_store - make a slot refer to an object
 * @mutator: in a section
 * @object: the object that has the slot; a handle keeps it
 * @index: the slot, within its range
 * @number: what it is to refer to, kept by a handle; or 0
 *
 * Context: any.
 * Return: 0; -EMLINK when too many slots refer to @number.
 */
int mheap_slot_store(struct mheap_mutator *mutator, u32 object, u32 index, u32 number)
{
	struct mheap_core *core = mutator->core;
	u32 old;
	int ret;

	mheap_record_slot(mutator, object, index);
	if (number) {
		mheap_record(mutator, number);
		ret = mheap_count_take(mheap_count_of(core, number), MHEAP_COUNT_SLOT);
		if (ret)
			return ret;
	}
	old = xchg(mheap_slot_at(core, object, index), number);
	if (number)
		mheap_cycle_note(core, object, number);
	mheap_slot_lose(mutator, old);
	return 0;
}

/**
 * mheap_slot_exchange - store, and count a handle for what was there
 * @mutator: in a section
 * @object: the object that has the slot; a handle keeps it
 * @index: the slot, within its range
 * @number: what it is to refer to, kept by a handle; or 0
 * @ret_old: where the number of what it referred to goes, or 0; of what it referred
 *	     to weakly, if that is not gone
 *
 * Context: any.
 * Return: 0; -EMLINK, with nothing changed, when there are too many slots that
 *	   refer to @number or too many handles to what was there.
 */
int mheap_slot_exchange(struct mheap_mutator *mutator, u32 object, u32 index, u32 number,
			u32 *ret_old)
{
	struct mheap_core *core = mutator->core;
	u32 *slot = mheap_slot_at(core, object, index);
	bool done = false;
	u32 old;
	int ret;

	mheap_record_slot(mutator, object, index);
	if (number) {
		mheap_record(mutator, number);
		ret = mheap_count_take(mheap_count_of(core, number), MHEAP_COUNT_SLOT);
		if (ret)
			return ret;
	}
	do {
		ret = mheap_slot_take(mutator, object, index, &old);
		if (ret)
			break;
		ret = mheap_slot_resolve(mutator, old, ret_old);
		done = !ret && cmpxchg(slot, old, number) == old;
		if (!ret && !done && *ret_old)
			mheap_release_drop(mutator, *ret_old, MHEAP_COUNT_HANDLE);
		if (old)
			mheap_release_drop(mutator, old, MHEAP_COUNT_HANDLE);
	} while (!ret && !done);
	if (done && number)
		mheap_cycle_note(core, object, number);
	if (done)
		mheap_slot_lose(mutator, old);
	else if (number)
		mheap_release_drop(mutator, number, MHEAP_COUNT_SLOT);
	return ret;
}

/**
 * mheap_slot_compare_exchange - store if the slot refers to what is expected
 * @mutator: in a section
 * @object: the object that has the slot; a handle keeps it
 * @index: the slot, within its range
 * @expected: what it must refer to, kept by a handle; or 0
 * @number: what it is to refer to, kept by a handle; or 0
 *
 * Context: any.
 * Return: 0; -EAGAIN when it refers to something else; -EMLINK when too many
 *	   slots refer to @number.
 */
int mheap_slot_compare_exchange(struct mheap_mutator *mutator, u32 object, u32 index,
				u32 expected, u32 number)
{
	struct mheap_core *core = mutator->core;
	int ret;

	mheap_record_slot(mutator, object, index);
	if (number) {
		mheap_record(mutator, number);
		ret = mheap_count_take(mheap_count_of(core, number), MHEAP_COUNT_SLOT);
		if (ret)
			return ret;
	}
	if (cmpxchg(mheap_slot_at(core, object, index), expected, number) != expected) {
		if (number)
			mheap_release_drop(mutator, number, MHEAP_COUNT_SLOT);
		return -EAGAIN;
	}
	if (number)
		mheap_cycle_note(core, object, number);
	mheap_slot_lose(mutator, expected);
	return 0;
}

/**
 * mheap_slot_peek - what a slot refers to, without counting it
 * @core: the heap
 * @object: the object that has the slot; a handle keeps it
 * @index: the slot, within its range
 *
 * Context: any. The number tells objects apart; see mheap_weak_look() for whether it
 *	    is that of a weak cell.
 * Return: the number of the object, or 0.
 */
u32 mheap_slot_peek(struct mheap_core *core, u32 object, u32 index)
{
	return READ_ONCE(*mheap_slot_at(core, object, index));
}

/**
 * mheap_handle_take - count one more handle to an object
 * @mutator: in a section
 * @number: the object, kept by a handle or a named root
 *
 * Context: any.
 * Return: 0; -EMLINK when there are too many.
 */
int mheap_handle_take(struct mheap_mutator *mutator, u32 number)
{
	mheap_record(mutator, number);
	return mheap_count_take(mheap_count_of(mutator->core, number), MHEAP_COUNT_HANDLE);
}

/**
 * mheap_handle_drop - count one handle less
 * @mutator: in a section
 * @number: the object; the caller owns one of its handles
 *
 * Context: any.
 */
void mheap_handle_drop(struct mheap_mutator *mutator, u32 number)
{
	mheap_release_drop(mutator, number, MHEAP_COUNT_HANDLE);
}
