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
#include "pool.h"

/* What marking needs of memory: the stack of the collector's marker, and the pool. */
#define MHEAP_MARK_BYTES	(MHEAP_MARK_STACK_BYTES + MHEAP_POOL_BYTES)

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
	struct mheap_collector *collector = &core->collector;
	u32 *memory;

	if (!mheap_memory_charge(&core->memory, MHEAP_MARK_BYTES))
		return -EDQUOT;
	memory = alloc_pages_exact(MHEAP_MARK_BYTES, MHEAP_GFP);
	if (!memory) {
		mheap_memory_uncharge(&core->memory, MHEAP_MARK_BYTES);
		return -ENOMEM;
	}
	collector->marker.stack = memory;
	mheap_pool_init(&collector->pool, memory + MHEAP_MARK_STACK);
	return 0;
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
	free_pages_exact(core->collector.marker.stack, MHEAP_MARK_BYTES);
	core->collector.marker.stack = NULL;
	mheap_memory_uncharge(&core->memory, MHEAP_MARK_BYTES);
}

/* Lets a marked object wait for being scanned. */
static inline void mheap_mark_later(struct mheap_core *core, struct mheap_marker *marker,
				    struct mheap_chunk *chunk, u32 number)
{
	if (marker->top < MHEAP_MARK_STACK)
		marker->stack[marker->top++] = number;
	else
		mheap_chunk_set_grey(core, chunk, mheap_chunk_bit(number));
}

/* Marks an object, and remembers to scan it. */
static inline void mheap_mark_push(struct mheap_core *core, struct mheap_marker *marker,
				   u32 number)
{
	struct mheap_chunk *chunk = mheap_chunk_of(&core->cells, number);
	u32 bit = mheap_chunk_bit(number);

	/* The atomic one is the dearer by far, and half of all are marked by now. */
	if (test_bit(bit, chunk->mark) || test_and_set_bit(bit, chunk->mark))
		return;
	mheap_mark_later(core, marker, chunk, number);
}

static inline void mheap_mark_slots(struct mheap_core *core, struct mheap_marker *marker,
				    u32 *slot, u32 count)
{
	u32 number;

	for (; count; count--, slot++) {
		number = READ_ONCE(*slot);
		if (number)
			mheap_mark_push(core, marker, number);
	}
}

/* Scans a piece of the object with many slots that is at hand. */
static u32 mheap_mark_wide_piece(struct mheap_core *core, struct mheap_marker *marker)
{
	struct mheap_cell *cell = mheap_cell_of(core, marker->wide);
	u32 count = min(mheap_cell_slots(cell) - marker->wide_next, MHEAP_PIECE_SLOTS);

	mheap_mark_slots(core, marker, mheap_cell_slot(cell, marker->wide_next), count);
	marker->wide_next += count;
	if (marker->wide_next == mheap_cell_slots(cell))
		marker->wide = 0;
	return count;
}

static inline u32 mheap_mark_scan(struct mheap_core *core, struct mheap_marker *marker,
				  u32 number)
{
	struct mheap_cell *cell = mheap_cell_of(core, number);
	u32 slots = mheap_cell_slots(cell);

	if (mheap_cell_wide(cell)) {
		marker->wide = number;
		marker->wide_next = 0;
		return 1;
	}
	mheap_mark_slots(core, marker, mheap_cell_inline(cell), slots);
	return 1 + slots;
}

/* Keeps the ring full, so that cells arrive before they are looked at. */
static inline void mheap_mark_fill_ring(struct mheap_core *core, struct mheap_marker *marker)
{
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
 * @marker: where it has been pushed
 * @steps: how many steps are left; what this takes is subtracted
 *
 * Context: by whoever works with @marker, while marking goes on.
 */
void mheap_mark_drain(struct mheap_core *core, struct mheap_marker *marker, u32 *steps)
{
	u32 left = *steps, number, took;

	while (left) {
		if (unlikely(marker->wide)) {
			took = mheap_mark_wide_piece(core, marker);
		} else {
			mheap_mark_fill_ring(core, marker);
			if (!marker->ring_count)
				break;
			number = marker->ring[marker->ring_head];
			marker->ring_head = (marker->ring_head + 1) % MHEAP_MARK_RING;
			marker->ring_count--;
			took = mheap_mark_scan(core, marker, number);
		}
		left -= min(left, took);
	}
	*steps = left;
}

/* Pushes what has handles in one word of a chunk. */
static void mheap_mark_root_word(struct mheap_core *core, struct mheap_marker *marker,
				 const struct mheap_word *word)
{
	u64 stale = core->phase & MHEAP_PHASE_PARITY ? MHEAP_COUNT_SUSPECT0 : MHEAP_COUNT_SUSPECT1;
	unsigned long bits = word->bits;
	struct mheap_cell *cell;
	u32 number;
	u64 count;

	for (; bits; bits &= bits - 1) {
		number = word->first + __ffs(bits);
		cell = mheap_chunk_at(word->chunk, number);
		count = atomic64_read(&cell->count);
		if (count & stale)
			atomic64_andnot(stale, &cell->count);
		if (count & MHEAP_COUNT_CYCLIC)
			core->collector.cyclic = true;
		if (count & MHEAP_COUNT_HANDLES)
			mheap_mark_push(core, marker, number);
	}
}

/**
 * mheap_mark_roots - mark objects that have handles, and what they reach
 * @core: the heap
 * @steps: how many steps are left; what this takes is subtracted
 *
 * Clears the flags of the suspects of the last collection in passing, and looks whether
 * there may be cycles.
 *
 * Context: by the worker; the scan of the collector has been begun.
 */
void mheap_mark_roots(struct mheap_core *core, u32 *steps)
{
	struct mheap_collector *collector = &core->collector;
	struct mheap_marker *marker = &collector->marker;
	struct mheap_word word;

	while (*steps) {
		if (marker->top >= MHEAP_MARK_ROOTS)
			collector->draining = true;
		if (collector->draining) {
			mheap_mark_drain(core, marker, steps);
			collector->draining = !mheap_marker_empty(marker);
			continue;
		}
		if (!mheap_scan_next_word(core, &collector->scan, MHEAP_FILTER_ALL, &word, steps))
			return;
		mheap_mark_root_word(core, marker, &word);
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
			mheap_mark_later(core, &core->collector.marker, chunk, chunk->first + bit);
			took++;
		}
	}
	return took;
}

/**
 * mheap_mark_take_grey - push what is grey
 * @core: the heap; its marker is empty, and so is its pool
 * @steps: how many steps are left; what this takes is subtracted
 *
 * Context: by the worker.
 * Return: false when nothing was found to be grey since the call before;
 *	   otherwise there may be something to drain, and to take.
 */
bool mheap_mark_take_grey(struct mheap_core *core, u32 *steps)
{
	struct mheap_collector *collector = &core->collector;
	struct mheap_chunk *chunk;
	u32 took;

	if (!collector->grey_index) {
		if (!xchg(&core->grey, 0))
			return false;
		collector->grey_index = 1;
	}
	while (*steps && mheap_marker_empty(&collector->marker)) {
		if (collector->grey_index >= READ_ONCE(core->cells.end)) {
			collector->grey_index = 0;
			return true;
		}
		chunk = mheap_space_chunk(&core->cells, collector->grey_index++);
		/* Pairs with mheap_chunk_set_grey(). */
		took = 1;
		if (chunk && READ_ONCE(chunk->dirty) && xchg(&chunk->dirty, 0))
			took += mheap_mark_take_chunk(core, chunk);
		*steps -= min(*steps, took);
	}
	return true;
}
