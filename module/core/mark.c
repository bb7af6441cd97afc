// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/prefetch.h>

#include "barrier.h"
#include "core.h"
#include "count.h"
#include "mark.h"
#include "phase.h"

#define MHEAP_MARK_STACK_BYTES	(MHEAP_MARK_STACK * sizeof(u32))

/* So many roots are pushed before they are drained: the ring is full, the stack is not. */
#define MHEAP_MARK_ROOTS	1024

/* A chunk's grey objects must fit into an empty stack. */
static_assert(MHEAP_MARK_STACK >= MHEAP_CHUNK_GRANULES);

/**
 * mheap_mark_init - get what marking needs, once and for all
 * @core: the heap
 *
 * Context: may sleep.
 * Return: 0; -EDQUOT at the heap's limit; -ENOMEM.
 */
int mheap_mark_init(struct mheap_core *core)
{
	if (!mheap_memory_charge(&core->memory, MHEAP_MARK_STACK_BYTES))
		return -EDQUOT;
	core->collector.marker.stack = alloc_pages_exact(MHEAP_MARK_STACK_BYTES,
							 MHEAP_GFP);
	if (core->collector.marker.stack)
		return 0;
	mheap_memory_uncharge(&core->memory, MHEAP_MARK_STACK_BYTES);
	return -ENOMEM;
}

/**
 * mheap_mark_exit - the opposite of mheap_mark_init()
 * @core: the heap; one that was never initialised will do
 *
 * Context: any.
 */
void mheap_mark_exit(struct mheap_core *core)
{
	if (!core->collector.marker.stack)
		return;
	free_pages_exact(core->collector.marker.stack, MHEAP_MARK_STACK_BYTES);
	core->collector.marker.stack = NULL;
	mheap_memory_uncharge(&core->memory, MHEAP_MARK_STACK_BYTES);
}

/* Lets a marked object wait for being scanned. */
static void mheap_mark_later(struct mheap_core *core, struct mheap_chunk *chunk, u32 number)
{
	struct mheap_marker *marker = &core->collector.marker;

	if (marker->top < MHEAP_MARK_STACK)
		marker->stack[marker->top++] = number;
	else
		mheap_chunk_set_grey(core, chunk, mheap_chunk_bit(number));
}

/**
 * mheap_mark_push - mark an object, and remember to scan it
 * @core: the heap
 * @number: the object
 *
 * Context: by the worker.
 */
void mheap_mark_push(struct mheap_core *core, u32 number)
{
	struct mheap_chunk *chunk = mheap_chunk_of(&core->cells, number);
	u32 bit = mheap_chunk_bit(number);

	if (test_bit(bit, chunk->mark) || test_and_set_bit(bit, chunk->mark))
		return;
	mheap_mark_later(core, chunk, number);
}

/**
 * mheap_mark_empty - is there nothing left to scan but what is grey
 * @core: the heap
 *
 * Context: by the worker.
 * Return: whether that is so.
 */
bool mheap_mark_empty(const struct mheap_core *core)
{
	const struct mheap_marker *marker = &core->collector.marker;

	return !marker->top && !marker->ring_count && !marker->wide;
}

static void mheap_mark_slots(struct mheap_core *core, u32 *slot, u32 count)
{
	u32 number;

	for (; count; count--, slot++) {
		number = READ_ONCE(*slot);
		if (number)
			mheap_mark_push(core, number);
	}
}

/* Scans a piece of the object with many slots that is at hand. */
static u32 mheap_mark_wide_piece(struct mheap_core *core)
{
	struct mheap_marker *marker = &core->collector.marker;
	struct mheap_cell *cell = mheap_cell_of(core, marker->wide);
	u32 count = min(mheap_cell_slots(cell) - marker->wide_next, MHEAP_PIECE_SLOTS);

	mheap_mark_slots(core, mheap_cell_slot(cell, marker->wide_next), count);
	marker->wide_next += count;
	if (marker->wide_next == mheap_cell_slots(cell))
		marker->wide = 0;
	return count;
}

static u32 mheap_mark_scan(struct mheap_core *core, u32 number)
{
	struct mheap_marker *marker = &core->collector.marker;
	struct mheap_cell *cell = mheap_cell_of(core, number);
	u32 slots = mheap_cell_slots(cell);

	if (mheap_cell_wide(cell)) {
		marker->wide = number;
		marker->wide_next = 0;
		return 1;
	}
	mheap_mark_slots(core, mheap_cell_inline(cell), slots);
	return 1 + slots;
}

/* Keeps the ring full, so that cells arrive before they are looked at. */
static void mheap_mark_fill_ring(struct mheap_core *core)
{
	struct mheap_marker *marker = &core->collector.marker;
	u32 number;

	while (marker->top && marker->ring_count < MHEAP_MARK_RING) {
		number = marker->stack[--marker->top];
		prefetch(mheap_cell_of(core, number));
		marker->ring[(marker->ring_head + marker->ring_count++) % MHEAP_MARK_RING] = number;
	}
}

/**
 * mheap_mark_drain - scan what has been pushed, and what that pushes
 * @core: the heap
 * @steps: how many steps are left; what this takes is subtracted
 *
 * Context: by the worker.
 */
void mheap_mark_drain(struct mheap_core *core, u32 *steps)
{
	struct mheap_marker *marker = &core->collector.marker;
	u32 number, took;

	while (*steps) {
		if (marker->wide) {
			took = mheap_mark_wide_piece(core);
		} else {
			mheap_mark_fill_ring(core);
			if (!marker->ring_count)
				return;
			number = marker->ring[marker->ring_head];
			marker->ring_head = (marker->ring_head + 1) % MHEAP_MARK_RING;
			marker->ring_count--;
			took = mheap_mark_scan(core, number);
		}
		*steps -= min(*steps, took);
	}
}

/**
 * mheap_mark_roots - mark objects that have handles, and what they reach
 * @core: the heap
 * @steps: how many steps are left; what this takes is subtracted
 *
 * Clears the flags of the suspects of the last collection in passing.
 *
 * Context: by the worker; the scan of the collector has been begun.
 */
void mheap_mark_roots(struct mheap_core *core, u32 *steps)
{
	struct mheap_scan *scan = &core->collector.scan;
	u64 stale = core->phase & MHEAP_PHASE_PARITY ? MHEAP_COUNT_SUSPECT0 : MHEAP_COUNT_SUSPECT1;
	struct mheap_cell *cell;
	u32 number;
	u64 count;

	while (*steps) {
		if (core->collector.marker.top >= MHEAP_MARK_ROOTS)
			core->collector.marker.draining = true;
		if (core->collector.marker.draining) {
			mheap_mark_drain(core, steps);
			core->collector.marker.draining = !mheap_mark_empty(core);
			continue;
		}
		number = mheap_scan_next(core, scan, MHEAP_FILTER_ALL, steps);
		if (!number)
			return;
		cell = mheap_cell_of(core, number);
		count = atomic64_read(&cell->count);
		if (count & stale)
			atomic64_andnot(stale, &cell->count);
		if (count & MHEAP_COUNT_HANDLES)
			mheap_mark_push(core, number);
	}
}

static u32 mheap_mark_take_chunk(struct mheap_core *core, struct mheap_chunk *chunk)
{
	unsigned long bits;
	u32 word, bit, took = MHEAP_CHUNK_WORDS;

	for (word = 0; word < MHEAP_CHUNK_WORDS; word++) {
		if (!READ_ONCE(chunk->grey[word]))
			continue;
		bits = xchg(&chunk->grey[word], 0);
		for (; bits; bits &= bits - 1) {
			bit = word * BITS_PER_LONG + __ffs(bits);
			set_bit(bit, chunk->mark);
			mheap_mark_later(core, chunk, chunk->first + bit);
			took++;
		}
	}
	return took;
}

/**
 * mheap_mark_take_grey - push what is grey
 * @core: the heap; mheap_mark_empty()
 * @steps: how many steps are left; what this takes is subtracted
 *
 * Context: by the worker.
 * Return: false when nothing was found to be grey since the call before;
 *	   otherwise there may be something to drain, and to take.
 */
bool mheap_mark_take_grey(struct mheap_core *core, u32 *steps)
{
	struct mheap_marker *marker = &core->collector.marker;
	struct mheap_chunk *chunk;
	u32 took;

	if (!marker->grey_index) {
		if (!xchg(&core->grey, 0))
			return false;
		marker->grey_index = 1;
	}
	while (*steps && mheap_mark_empty(core)) {
		if (marker->grey_index >= READ_ONCE(core->cells.end)) {
			marker->grey_index = 0;
			return true;
		}
		chunk = mheap_space_chunk(&core->cells, marker->grey_index++);
		/* Pairs with mheap_chunk_set_grey(). */
		took = 1;
		if (chunk && READ_ONCE(chunk->dirty) && xchg(&chunk->dirty, 0))
			took += mheap_mark_take_chunk(core, chunk);
		*steps -= min(*steps, took);
	}
	return true;
}
