/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The deletion barrier: an object that loses a reference while marking goes on
 * is shaded, so that all that was reachable when marking began is marked.
 */
#ifndef _MHEAP_CORE_BARRIER_H
#define _MHEAP_CORE_BARRIER_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/types.h>

#include "core.h"
#include "phase.h"
#include "verify.h"

/* Sets a grey bit, of which mheap_core_set_grey() has to tell. */
static inline void mheap_chunk_set_grey_bit(struct mheap_chunk *chunk, u32 bit)
{
	unsigned long *word = chunk->grey + bit / BITS_PER_LONG;

	atomic_long_or(BIT(bit % BITS_PER_LONG), (atomic_long_t *)word);
	/* Pairs with mheap_mark_take_grey(): it finds the bit, or we set the flags again. */
	smp_mb__after_atomic();
	if (!READ_ONCE(chunk->dirty))
		WRITE_ONCE(chunk->dirty, 1);
}

/* Says that there are chunks with grey bits. */
static inline void mheap_core_set_grey(struct mheap_core *core)
{
	/* The same for @core->grey, which is looked at before any chunk. */
	smp_mb();
	if (!READ_ONCE(core->grey))
		WRITE_ONCE(core->grey, 1);
}

static inline void mheap_chunk_set_grey(struct mheap_core *core, struct mheap_chunk *chunk,
					u32 bit)
{
	mheap_chunk_set_grey_bit(chunk, bit);
	mheap_core_set_grey(core);
}

/**
 * mheap_shade - mark an object, and leave it to the collector to scan it
 * @core: the heap
 * @number: the object; it may die meanwhile
 *
 * Allocates nothing and takes no lock: the bits are the list.
 *
 * Context: in a section whose phase has the barrier on.
 */
static inline void mheap_shade(struct mheap_core *core, u32 number)
{
	struct mheap_chunk *chunk = mheap_chunk_of(&core->cells, number);
	struct mheap_cell *cell = mheap_chunk_at(chunk, number);
	u32 bit = mheap_chunk_bit(number);

	if (test_bit(bit, chunk->mark))
		return;
	/*
	 * Grey first: whoever finds it marked, and relies on that, may be the last
	 * that the end of marking waits for. Being scanned twice does no harm.
	 */
	if (mheap_cell_slots(cell))
		mheap_chunk_set_grey(core, chunk, bit);
	/* Whoever sees it marked sees it grey, and all that tells of that. */
	smp_mb__before_atomic();
	set_bit(bit, chunk->mark);
}

/**
 * mheap_witness - a mutator is about to come by a reference, or to give one up
 * @mutator: in a section
 * @number: what it refers to, in use
 *
 * The verification relies on nobody doing so to what is condemned.
 *
 * Context: any.
 */
static inline void mheap_witness(struct mheap_mutator *mutator, u32 number)
{
	if (unlikely(mheap_phase_of(mutator->phase) == MHEAP_PHASE_SWEEP))
		mheap_verify_witness(mutator->core, number);
}

#endif
