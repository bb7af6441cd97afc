// SPDX-License-Identifier: GPL-2.0-only
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/prefetch.h>
#include <linux/string.h>

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

/* So many leave a stack that is full. */
#define MHEAP_MARK_SPILL	(MHEAP_MARK_STACK / 4)

/* So many references are between having been read and having been marked. */
#define MHEAP_MARK_AHEAD	8

/* What scanning an object may push. */
#define MHEAP_MARK_ROOM		(MHEAP_INLINE_SLOTS + MHEAP_MARK_AHEAD)

/*
 * A chunk's grey objects must fit into an empty stack, and leave room for scanning one:
 * or all of them might become grey again. Roots must fit into what is left of it.
 */
static_assert(MHEAP_MARK_STACK - MHEAP_MARK_ROOM >= MHEAP_CHUNK_GRANULES);
static_assert(MHEAP_MARK_STACK - BITS_PER_LONG >= MHEAP_MARK_ROOTS);

/* There must be room for what is pushed at once where others have left. */
static_assert(MHEAP_MARK_SPILL >= MHEAP_PIECE_SLOTS);
static_assert(MHEAP_MARK_SPILL >= MHEAP_MARK_ROOM);

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

/*
 * Leaves the oldest of what is on the stack to be found by its grey bits. When all of it
 * goes by there is no time to ask about each object, so this is for many at a time.
 * Returns how many.
 */
static u32 mheap_mark_spill(struct mheap_core *core, struct mheap_marker *marker)
{
	const u32 count = min_t(u32, marker->top, MHEAP_MARK_SPILL);
	u32 i, number;

	for (i = 0; i < count; i++) {
		number = marker->stack[i];
		mheap_chunk_set_grey_bit(mheap_chunk_of(&core->cells, number),
					 mheap_chunk_bit(number));
	}
	mheap_core_set_grey(core);
	marker->top -= count;
	memmove(marker->stack, marker->stack + count, marker->top * sizeof(u32));
	return count;
}

/* Makes room on the stack for so many. Returns steps that it took. */
static inline u32 mheap_mark_make_room(struct mheap_core *core, struct mheap_marker *marker,
				       u32 count)
{
	if (likely(marker->top + count <= MHEAP_MARK_STACK))
		return 0;
	return mheap_mark_spill(core, marker);
}

/* The word that has the mark of an object. */
static inline atomic_long_t *mheap_mark_word(struct mheap_core *core, u32 number)
{
	unsigned long *mark = READ_ONCE(mheap_entry_of(&core->cells, number)->mark);

	return (atomic_long_t *)mark + mheap_chunk_bit(number) / BITS_PER_LONG;
}

/*
 * Marks an object. Returns whether it was not marked before; then it is to be scanned.
 * Two who mark the same one at a time may both be told so: it is scanned twice, which
 * does no harm, and nobody has to wait for what the atomic operation finds.
 */
static inline bool mheap_mark_bit(atomic_long_t *word, u32 bit)
{
	bool white = !((atomic_long_read(word) >> bit) & 1);

	atomic_long_or(BIT(bit), word);
	return white;
}

static inline bool mheap_mark_set(struct mheap_core *core, u32 number)
{
	return mheap_mark_bit(mheap_mark_word(core, number),
			      mheap_chunk_bit(number) % BITS_PER_LONG);
}

/*
 * Marks what slots refer to; there is room for all of it. Whether an object is marked by
 * now is anybody's guess, so there is no branch to guess it wrong. Returns the stack's top.
 */
static inline u32 mheap_mark_slots(struct mheap_core *core, u32 *stack, u32 top,
				   const u32 *slot, u32 count)
{
	u32 number;

	for (; count; count--, slot++) {
		number = READ_ONCE(*slot);
		if (!number)
			continue;
		stack[top] = number;
		top += mheap_mark_set(core, number);
	}
	return top;
}

/* Scans a piece of the object with many slots that is at hand. */
static u32 mheap_mark_wide_piece(struct mheap_core *core, struct mheap_marker *marker)
{
	struct mheap_cell *cell = mheap_cell_of(core, marker->wide);
	u32 count = min(mheap_cell_slots(cell) - marker->wide_next, MHEAP_PIECE_SLOTS);
	u32 took;

	took = mheap_mark_make_room(core, marker, count) + count;
	marker->top = mheap_mark_slots(core, marker->stack, marker->top,
				       mheap_cell_slot(cell, marker->wide_next), count);
	marker->wide_next += count;
	if (marker->wide_next == mheap_cell_slots(cell))
		marker->wide = 0;
	return took;
}

/*
 * References whose marks are on their way: the atomic operation on one that is not there
 * would have everything after it wait. A queue, of which all is used up before it is let go.
 */
struct mheap_ahead {
	atomic_long_t *word[MHEAP_MARK_AHEAD];
	u32 number[MHEAP_MARK_AHEAD];
	u32 first, next;
};

/* Marks what waits for longest. Returns the stack's top, as mheap_mark_slots(). */
static __always_inline u32 mheap_mark_ahead_pop(struct mheap_ahead *ahead, u32 *stack, u32 top)
{
	const u32 at = ahead->first++ % MHEAP_MARK_AHEAD;
	const u32 bit = mheap_chunk_bit(ahead->number[at]) % BITS_PER_LONG;
	atomic_long_t *word = ahead->word[at];

	stack[top] = ahead->number[at];
	return top + mheap_mark_bit(word, bit);
}

static __always_inline void mheap_mark_ahead_push(struct mheap_core *core,
						  struct mheap_ahead *ahead, u32 number)
{
	const u32 at = ahead->next++ % MHEAP_MARK_AHEAD;

	ahead->number[at] = number;
	ahead->word[at] = mheap_mark_word(core, number);
	prefetchw(ahead->word[at]);
}

static __always_inline u32 mheap_mark_ahead_flush(struct mheap_ahead *ahead, u32 *stack, u32 top)
{
	while (ahead->first != ahead->next)
		top = mheap_mark_ahead_pop(ahead, stack, top);
	return top;
}

/* Marks what an object's own slots refer to, a little later. */
static __always_inline u32 mheap_mark_cell(struct mheap_core *core, struct mheap_ahead *ahead,
					   u32 *stack, u32 top, struct mheap_cell *cell)
{
	const u32 *slot = mheap_cell_inline(cell);
	u32 count = mheap_cell_slots(cell), number;

	for (; count; count--, slot++) {
		number = READ_ONCE(*slot);
		if (!number)
			continue;
		if (ahead->next - ahead->first == MHEAP_MARK_AHEAD)
			top = mheap_mark_ahead_pop(ahead, stack, top);
		mheap_mark_ahead_push(core, ahead, number);
	}
	return top;
}

/*
 * Scans objects until one has many slots, and keeps the ring full meanwhile, so that
 * cells arrive before they are looked at. What it keeps in variables is what it costs.
 */
static u32 mheap_mark_drain_ring(struct mheap_core *core, struct mheap_marker *marker, u32 left)
{
	u32 *const stack = marker->stack, *const ring = marker->ring;
	u32 top = marker->top, head = marker->ring_head, count = marker->ring_count;
	struct mheap_ahead ahead = {};
	struct mheap_cell *cell;
	u32 number;

	while (left && top + MHEAP_MARK_ROOM <= MHEAP_MARK_STACK) {
		if (!top && !count)
			top = mheap_mark_ahead_flush(&ahead, stack, top);
		for (; top && count < MHEAP_MARK_RING; count++) {
			number = stack[--top];
			prefetch(mheap_cell_of(core, number));
			ring[(head + count) % MHEAP_MARK_RING] = number;
		}
		if (!count)
			break;
		number = ring[head++ % MHEAP_MARK_RING];
		count--;
		cell = mheap_cell_of(core, number);
		if (unlikely(mheap_cell_wide(cell))) {
			marker->wide = number;
			marker->wide_next = 0;
			break;
		}
		top = mheap_mark_cell(core, &ahead, stack, top, cell);
		left -= min(left, 1 + mheap_cell_slots(cell));
	}
	marker->top = mheap_mark_ahead_flush(&ahead, stack, top);
	marker->ring_head = head % MHEAP_MARK_RING;
	marker->ring_count = count;
	return left;
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
	while (*steps && !mheap_marker_empty(marker)) {
		if (marker->wide) {
			*steps -= min(*steps, mheap_mark_wide_piece(core, marker));
			continue;
		}
		*steps -= min(*steps, mheap_mark_make_room(core, marker, MHEAP_MARK_ROOM));
		*steps = mheap_mark_drain_ring(core, marker, *steps);
	}
}

/* What the roots are told by, and what is to be done about others in passing. */
static void mheap_mark_root(struct mheap_core *core, struct mheap_marker *marker,
			    struct mheap_cell *cell, u32 number, u64 stale)
{
	u64 count = atomic64_read(&cell->count);

	if (count & stale)
		atomic64_andnot(stale, &cell->count);
	if (count & MHEAP_COUNT_CYCLIC)
		core->collector.cyclic = true;
	if ((count & MHEAP_COUNT_HANDLES) && mheap_mark_set(core, number))
		marker->stack[marker->top++] = number;
}

/* Pushes what has handles in one word of a chunk. */
static void mheap_mark_root_word(struct mheap_core *core, struct mheap_marker *marker,
				 const struct mheap_word *word)
{
	const u64 stale = core->phase & MHEAP_PHASE_PARITY ? MHEAP_COUNT_SUSPECT0 :
							     MHEAP_COUNT_SUSPECT1;
	const u64 any = stale | MHEAP_COUNT_HANDLES |
			(core->collector.cyclic ? 0 : MHEAP_COUNT_CYCLIC);
	unsigned long bits = word->bits;
	struct mheap_cell *cell;
	u32 number;

	for (; bits; bits &= bits - 1) {
		number = word->first + __ffs(bits);
		cell = mheap_chunk_at(word->chunk, number);
		if (atomic64_read(&cell->count) & any)
			mheap_mark_root(core, marker, cell, number, stale);
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
	struct mheap_marker *marker = &core->collector.marker;
	unsigned long bits;
	u32 word, took = MHEAP_CHUNK_WORDS;

	for (word = 0; word < MHEAP_CHUNK_WORDS; word++) {
		if (!READ_ONCE(chunk->grey[word]))
			continue;
		bits = xchg(&chunk->grey[word], 0);
		atomic_long_or(bits, (atomic_long_t *)&chunk->mark[word]);
		for (; bits; bits &= bits - 1, took++)
			marker->stack[marker->top++] = chunk->first + word * BITS_PER_LONG +
						       __ffs(bits);
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
