// SPDX-License-Identifier: GPL-2.0-only
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/mm.h>

#include "barrier.h"
#include "bound.h"
#include "core.h"
#include "count.h"
#include "object.h"
#include "phase.h"
#include "record.h"
#include "release.h"
#include "trace.h"
#include "weak.h"

/* Whether what is white was born when the phase of the section was over already. */
static bool mheap_weak_born_after(struct mheap_mutator *mutator)
{
	return mheap_phase_of(mutator->phase) == MHEAP_PHASE_SWEEP &&
	       !mheap_core_condemns(mutator->core);
}

/* A weak cell is an object without slots; its referent is where those would be. */
static u32 *mheap_weak_word(struct mheap_cell *cell)
{
	return &cell->words[0];
}

/**
 * mheap_weak_init - nothing is referred to weakly
 * @core: the heap
 *
 * Context: any.
 */
void mheap_weak_init(struct mheap_core *core)
{
	spin_lock_init(&core->weak.lock);
}

/**
 * mheap_weak_is - is an object a weak cell
 * @core: the heap
 * @number: the object; somebody keeps it
 *
 * Context: any.
 * Return: whether it is.
 */
bool mheap_weak_is(struct mheap_core *core, u32 number)
{
	return mheap_cell_weak(mheap_cell_of(core, number));
}

/**
 * mheap_weak_peek - the weak cell of an object
 * @core: the heap
 * @number: the object; somebody keeps it
 *
 * Context: any. The number is good for telling whether there is one.
 * Return: its number, or 0.
 */
u32 mheap_weak_peek(struct mheap_core *core, u32 number)
{
	/* Pairs with mheap_weak_prepare(). */
	u32 *table = smp_load_acquire(&mheap_chunk_of(&core->cells, number)->weak);

	return table ? READ_ONCE(table[mheap_chunk_bit(number)]) : 0;
}

/**
 * mheap_weak_referent - what a weak cell refers to, without counting it
 * @core: the heap
 * @weak: the weak cell; somebody keeps it
 *
 * Context: any. The number tells objects apart and is good for nothing else.
 * Return: the number of the object, or 0.
 */
u32 mheap_weak_referent(struct mheap_core *core, u32 weak)
{
	return READ_ONCE(*mheap_weak_word(mheap_cell_of(core, weak)));
}

/**
 * mheap_weak_look - see through a weak cell
 * @core: the heap
 * @number: what a slot referred to a moment ago; of a weak cell, that of the referent
 *	    is put in its place, or 0
 *
 * Context: in a section. The number tells objects apart and is good for nothing else.
 * Return: whether it was that of a weak cell.
 */
bool mheap_weak_look(struct mheap_core *core, u32 *number)
{
	struct mheap_chunk *chunk;
	struct mheap_cell *cell;

	if (!*number)
		return false;
	/* It may be gone by now, and the chunk too. */
	chunk = mheap_space_chunk(&core->cells, *number >> MHEAP_INDEX_SHIFT);
	if (!chunk)
		return false;
	cell = mheap_chunk_at(chunk, *number);
	if (!mheap_cell_weak(cell))
		return false;
	*number = READ_ONCE(*mheap_weak_word(cell));
	return true;
}

/**
 * mheap_weak_prepare - have the memory for a weak reference
 * @mutator: not in a section
 * @number: the object, kept by a handle
 *
 * Context: may sleep.
 * Return: 0; -EDQUOT at the heap's limit; -ENOMEM.
 */
int mheap_weak_prepare(struct mheap_mutator *mutator, u32 number)
{
	struct mheap_core *core = mutator->core;
	u32 class = mheap_class_for(sizeof(struct mheap_weak_cell));
	int ret;

	ret = mheap_chunk_make_weak(&core->memory, mheap_chunk_of(&core->cells, number));
	return ret ?: mheap_space_refill(&core->cells, &mutator->cells[class], class);
}

/* Where the weak cell of an object is named. Its chunk has a table. */
static u32 *mheap_weak_entry(struct mheap_core *core, u32 number)
{
	return &mheap_chunk_of(&core->cells, number)->weak[mheap_chunk_bit(number)];
}

/* Binds a weak cell to an object. Returns its number. */
static u32 mheap_weak_bind(struct mheap_mutator *mutator, u32 *entry, u32 number, u32 weak)
{
	struct mheap_core *core = mutator->core;

	lockdep_assert_held(&core->weak.lock);
	mheap_object_build_weak(mutator, weak, number);
	WRITE_ONCE(*entry, weak);
	WRITE_ONCE(core->weak.bound, core->weak.bound + 1);
	WRITE_ONCE(core->weak.cells, core->weak.cells + 1);
	return weak;
}

/* Undoes it. What they named may be used for something else from then on. */
static void mheap_weak_unbind(struct mheap_mutator *mutator, u32 *entry, u32 weak)
{
	struct mheap_core *core = mutator->core;

	lockdep_assert_held(&core->weak.lock);
	mheap_record(mutator, weak);
	WRITE_ONCE(*mheap_weak_word(mheap_cell_of(core, weak)), 0);
	WRITE_ONCE(*entry, 0);
	WRITE_ONCE(core->weak.bound, core->weak.bound - 1);
}

/*
 * Counts one more handle to a weak cell that the table names, to which the caller need
 * not have had a way: it has to be brought into a running collection, unless that has
 * condemned it.
 */
static int mheap_weak_share(struct mheap_mutator *mutator, u32 weak)
{
	struct mheap_core *core = mutator->core;
	struct mheap_chunk *chunk = mheap_chunk_of(&core->cells, weak);
	int ret;

	lockdep_assert_held(&core->weak.lock);
	mheap_record(mutator, weak);
	if (mheap_phase_of(mutator->phase) == MHEAP_PHASE_IDLE ||
	    test_bit(mheap_chunk_bit(weak), chunk->mark) ||
	    mheap_weak_born_after(mutator))
		return mheap_count_take(&mheap_cell_of(core, weak)->count, MHEAP_COUNT_HANDLE);
	if (!mheap_phase_barrier(mutator->phase) || core->weak.closed)
		return -ENOENT;
	ret = mheap_count_take(&mheap_cell_of(core, weak)->count, MHEAP_COUNT_HANDLE);
	if (!ret)
		mheap_shade(core, weak);
	return ret;
}

/**
 * mheap_weak_take - count one more handle to the weak cell of an object
 * @mutator: in a section
 * @number: the object, kept by a handle
 * @ret_weak: where the number of the weak cell goes, which is made if need be
 *
 * Context: any; takes the lock of weak references, and the space's.
 * Return: 0; MHEAP_WEAK_NOT_READY when mheap_weak_prepare() is needed; -EMLINK
 *	   when there are too many.
 */
int mheap_weak_take(struct mheap_mutator *mutator, u32 number, u32 *ret_weak)
{
	struct mheap_core *core = mutator->core;
	u32 class = mheap_class_for(sizeof(struct mheap_weak_cell));
	/* Nobody else allocates by this cursor: what it finds stays free. */
	u32 fresh = mheap_space_peek(&core->cells, &mutator->cells[class], class);
	/* Pairs with mheap_chunk_make_weak(). */
	u32 *table = smp_load_acquire(&mheap_chunk_of(&core->cells, number)->weak);
	u32 *entry;
	int ret = -ENOENT;

	if (!table)
		return MHEAP_WEAK_NOT_READY;
	entry = &table[mheap_chunk_bit(number)];
	spin_lock(&core->weak.lock);
	if (*entry) {
		*ret_weak = *entry;
		ret = mheap_weak_share(mutator, *entry);
	}
	if (ret == -ENOENT && !fresh) {
		ret = MHEAP_WEAK_NOT_READY;
	} else if (ret == -ENOENT) {
		/* There was none, or it is on its way out: it dies, or is condemned. */
		if (*entry)
			mheap_weak_unbind(mutator, entry, *entry);
		*ret_weak = mheap_weak_bind(mutator, entry, number, fresh);
		ret = 0;
	}
	spin_unlock(&core->weak.lock);
	return ret;
}

/* Counts a handle for what the weak cell still refers to then; 0 when it does not. */
static int mheap_weak_count(struct mheap_mutator *mutator, u32 weak, u32 number, u32 *ret_number)
{
	struct mheap_core *core = mutator->core;
	struct mheap_chunk *chunk;
	int ret;

	*ret_number = 0;
	/* The chunk may be gone when the object is. */
	chunk = mheap_space_chunk(&core->cells, number >> MHEAP_INDEX_SHIFT);
	if (!chunk)
		return 0;
	mheap_record(mutator, number);
	ret = mheap_count_take(&((struct mheap_cell *)mheap_chunk_at(chunk, number))->count,
			       MHEAP_COUNT_HANDLE);
	/* From "no references" nothing comes back. */
	if (ret == -ENOENT)
		return 0;
	/* It was cleared before the cell could be another object's. */
	if (mheap_weak_referent(core, weak) == number) {
		if (!ret)
			*ret_number = number;
		return ret;
	}
	if (!ret)
		mheap_release_drop(mutator, number, MHEAP_COUNT_HANDLE);
	return 0;
}

/*
 * The object has not been reached so far, and might not be: the upgrade brings it
 * in, unless marking has ended.
 */
static int mheap_weak_rescue(struct mheap_mutator *mutator, u32 weak, u32 *ret_number)
{
	struct mheap_core *core = mutator->core;
	u32 number;
	int ret = 0;

	*ret_number = 0;
	spin_lock(&core->weak.lock);
	number = mheap_weak_referent(core, weak);
	if (number && !core->weak.closed) {
		ret = mheap_weak_count(mutator, weak, number, ret_number);
		if (*ret_number)
			mheap_shade(core, number);
	}
	spin_unlock(&core->weak.lock);
	return ret;
}

/**
 * mheap_weak_upgrade - count a handle for what a weak cell refers to
 * @mutator: in a section
 * @weak: the weak cell; a handle, or a slot that is kept, keeps it
 * @ret_number: where the number of the object goes; 0 when it is gone
 *
 * Context: any; may take the lock of weak references.
 * Return: 0; -EMLINK when there are too many handles to the object.
 */
int mheap_weak_upgrade(struct mheap_mutator *mutator, u32 weak, u32 *ret_number)
{
	struct mheap_core *core = mutator->core;
	u32 number = mheap_weak_referent(core, weak);
	struct mheap_chunk *chunk;

	*ret_number = 0;
	if (!number)
		return 0;
	if (mheap_phase_of(mutator->phase) != MHEAP_PHASE_IDLE) {
		chunk = mheap_space_chunk(&core->cells, number >> MHEAP_INDEX_SHIFT);
		if (!chunk)
			return 0;
		if (!test_bit(mheap_chunk_bit(number), chunk->mark) &&
		    !mheap_weak_born_after(mutator)) {
			/* It is condemned, and counts of the condemned stand still. */
			if (!mheap_phase_barrier(mutator->phase))
				return 0;
			return mheap_weak_rescue(mutator, weak, ret_number);
		}
	}
	return mheap_weak_count(mutator, weak, number, ret_number);
}

/**
 * mheap_weak_cell - a weak cell as such
 * @core: the heap
 * @weak: the weak cell; somebody keeps it
 *
 * Context: under the lock of weak references, for what is in it.
 * Return: the cell.
 */
struct mheap_weak_cell *mheap_weak_cell(struct mheap_core *core, u32 weak)
{
	return (struct mheap_weak_cell *)mheap_cell_of(core, weak);
}

/* Unbinds the two. Returns how many handles of the weak cell are to be given up. */
static u32 mheap_weak_clear(struct mheap_mutator *mutator, u32 number, u32 weak,
			    enum mheap_freed cause)
{
	struct mheap_core *core = mutator->core;
	struct mheap_weak_cell *cell = mheap_weak_cell(core, weak);
	u32 handles = 0;

	if (cell->watched)
		handles = core->weak.gone(core, cell, cause);
	mheap_weak_unbind(mutator, mheap_weak_entry(core, number), weak);
	WRITE_ONCE(cell->watched, cause);
	trace_mheap_weak_clear(core, weak, number, cause);
	return handles;
}

/* A weak cell dies: its referent, if it has one, does without from now on. */
static void mheap_weak_release_cell(struct mheap_mutator *mutator, u32 weak)
{
	struct mheap_core *core = mutator->core;
	u32 number;

	spin_lock(&core->weak.lock);
	number = mheap_weak_referent(core, weak);
	if (number)
		mheap_weak_unbind(mutator, mheap_weak_entry(core, number), weak);
	WRITE_ONCE(core->weak.cells, core->weak.cells - 1);
	spin_unlock(&core->weak.lock);
}

/**
 * mheap_weak_release - an object, or a weak cell, is going to be freed
 * @mutator: in a section
 * @number: the object; nobody refers to it any more
 * @cause: why
 *
 * Context: in a section; may take the lock of weak references.
 */
void mheap_weak_release(struct mheap_mutator *mutator, u32 number, enum mheap_freed cause)
{
	struct mheap_core *core = mutator->core;
	u32 weak, handles = 0;

	if (mheap_cell_weak(mheap_cell_of(core, number))) {
		mheap_weak_release_cell(mutator, number);
		return;
	}
	if (!mheap_weak_peek(core, number))
		return;
	spin_lock(&core->weak.lock);
	weak = mheap_weak_peek(core, number);
	if (weak)
		handles = mheap_weak_clear(mutator, number, weak, cause);
	spin_unlock(&core->weak.lock);
	mheap_bound_note(&core->longest_hold, 1 + handles, MHEAP_BOUND_HOLD);
	for (; handles; handles--)
		mheap_release_drop(mutator, weak, MHEAP_COUNT_HANDLE);
}

/**
 * mheap_weak_open - a collection begins: upgrades bring objects in
 * @core: the heap
 *
 * Context: by the worker, before it is published.
 */
void mheap_weak_open(struct mheap_core *core)
{
	spin_lock(&core->weak.lock);
	core->weak.closed = false;
	spin_unlock(&core->weak.lock);
}

/**
 * mheap_weak_close - from now on what is white is dead
 * @core: the heap; nothing is grey, but for what upgrades bring in
 *
 * Context: by the worker, when marking is about to end.
 * Return: whether it is so; if not, some upgrade was faster, and something is grey.
 */
bool mheap_weak_close(struct mheap_core *core)
{
	bool closed;

	spin_lock(&core->weak.lock);
	closed = !READ_ONCE(core->grey);
	core->weak.closed = closed;
	spin_unlock(&core->weak.lock);
	return closed;
}
