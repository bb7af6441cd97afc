// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "bound.h"
#include "core.h"
#include "index.h"
#include "space.h"
#include "trace.h"

static int mheap_index_make_leaf(struct mheap_space *space, u32 leaf)
{
	struct mheap_chunk_entry *new;

	if (READ_ONCE(space->leaf[leaf]))
		return 0;
	if (!mheap_memory_charge(space->memory, MHEAP_LEAF_BYTES))
		return -EDQUOT;
	new = kzalloc(MHEAP_LEAF_BYTES, MHEAP_GFP);
	if (new) {
		spin_lock(&space->lock);
		if (!space->leaf[leaf]) {
			/* Pairs with mheap_space_chunk(). */
			smp_store_release(&space->leaf[leaf], new);
			spin_unlock(&space->lock);
			return 0;
		}
		spin_unlock(&space->lock);
		kfree(new);
	}
	mheap_memory_uncharge(space->memory, MHEAP_LEAF_BYTES);
	return new ? 0 : -ENOMEM;
}

/**
 * mheap_index_make_leaves - have the tables for all indices
 * @space: the space
 *
 * Context: may sleep; takes the space's lock.
 * Return: 0; -EDQUOT at the heap's limit; -ENOMEM.
 */
int mheap_index_make_leaves(struct mheap_space *space)
{
	u32 leaf;
	int ret = 0;

	for (leaf = 0; !ret && leaf < DIV_ROUND_UP(space->indices, MHEAP_LEAF_CHUNKS); leaf++)
		ret = mheap_index_make_leaf(space, leaf);
	return ret;
}

/* A hold of the lock has looked at so many bits in a row. */
static void mheap_index_note(struct mheap_space *space, u32 bits)
{
	mheap_bound_note(&space->longest_hold, BITS_TO_LONGS(bits) + 1, MHEAP_BOUND_HOLD);
}

/**
 * mheap_index_return - indices are unused again
 * @space: the space
 * @index: the first
 * @count: how many
 *
 * Context: any; takes the space's lock.
 */
void mheap_index_return(struct mheap_space *space, u32 index, u32 count)
{
	spin_lock(&space->lock);
	bitmap_clear(space->index_bits, index, count);
	if (index < space->index_hint)
		space->index_hint = index;
	spin_unlock(&space->lock);
	mheap_index_note(space, count);
}

static u32 mheap_index_find(struct mheap_space *space, u32 from, u32 count)
{
	return min_t(unsigned long, space->indices,
		     bitmap_find_next_zero_area(space->index_bits, space->indices, from, count,
						0));
}

/* Reserves @count indices in a row from @index on, if they are unused. */
static bool mheap_index_claim(struct mheap_space *space, u32 index, u32 count)
{
	bool unused;

	spin_lock(&space->lock);
	unused = find_next_bit(space->index_bits, index + count, index) == index + count;
	if (unused)
		bitmap_set(space->index_bits, index, count);
	spin_unlock(&space->lock);
	mheap_index_note(space, 2 * count);
	return unused;
}

static int mheap_index_refuse(struct mheap_space *space)
{
	trace_mheap_limit(container_of(space->memory, struct mheap_core, memory),
			  MHEAP_LIMIT_INDICES, space->indices);
	return -EDQUOT;
}

static int mheap_index_reserve_one(struct mheap_space *space, u32 *ret_index)
{
	u32 index, from;

	spin_lock(&space->lock);
	from = space->index_hint;
	index = mheap_index_find(space, from, 1);
	if (index < space->indices) {
		__set_bit(index, space->index_bits);
		space->index_hint = index + 1;
	}
	spin_unlock(&space->lock);
	mheap_index_note(space, index - from);
	*ret_index = index;
	return index < space->indices ? 0 : mheap_index_refuse(space);
}

/*
 * Looking for many in a row takes as long as the space is fragmented, so that
 * is done without the lock; others may have been quicker then.
 */
static int mheap_index_reserve_row(struct mheap_space *space, u32 count, u32 *ret_index)
{
	u32 index = 1;

	for (;;) {
		index = mheap_index_find(space, index, count);
		if (index + count > space->indices)
			return mheap_index_refuse(space);
		if (mheap_index_claim(space, index, count)) {
			*ret_index = index;
			return 0;
		}
		cond_resched();
	}
}

/**
 * mheap_index_take - reserve indices in a row, and have the tables for them
 * @space: the space
 * @count: how many, at least 1
 * @ret_index: where the first goes
 *
 * Context: may sleep; takes the space's lock.
 * Return: 0; -EDQUOT when there are none, or at the heap's limit; -ENOMEM.
 */
int mheap_index_take(struct mheap_space *space, u32 count, u32 *ret_index)
{
	u32 index, leaf;
	int ret;

	ret = count == 1 ? mheap_index_reserve_one(space, &index) :
			   mheap_index_reserve_row(space, count, &index);
	if (ret)
		return ret;
	for (leaf = index >> MHEAP_LEAF_SHIFT; leaf <= (index + count - 1) >> MHEAP_LEAF_SHIFT;
	     leaf++) {
		ret = mheap_index_make_leaf(space, leaf);
		if (ret) {
			mheap_index_return(space, index, count);
			return ret;
		}
	}
	*ret_index = index;
	return 0;
}
