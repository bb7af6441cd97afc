// SPDX-License-Identifier: GPL-2.0-only
/*
 * A cell's life after its last reference went:
 *
 *	dead		both counts are zero; on the chain of the section, of
 *			the heap, or of the janitor; its slots are being dropped
 *	quarantined	taken apart while a collection ran: the marker may still
 *			hold its number, so its bit in alloc stays until the
 *			collection has ended; and so it is while small cycles are
 *			looked for
 *	free		its bit in alloc is clear
 *
 * A dead cell's @link and @resume take the place of @type and, unless it is wide, of
 * @site, of which its death has been counted before. Its
 * @shape and count word stay valid until it is free. While a collection runs
 * dead cells are marked, so that only cyclic garbage is allocated and white.
 */
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/prefetch.h>

#include "barrier.h"
#include "core.h"
#include "count.h"
#include "object.h"
#include "payload.h"
#include "phase.h"
#include "record.h"
#include "release.h"
#include "site_note.h"
#include "trace.h"

/* So many references of what dies are on their way into the cache. */
#define MHEAP_RELEASE_AHEAD	4U

static void mheap_chain_push(struct mheap_chain *chain, struct mheap_cell *cell, u32 number)
{
	WRITE_ONCE(cell->link, chain->head);
	if (!chain->head)
		chain->tail = number;
	chain->head = number;
}

static u32 mheap_chain_pop(struct mheap_core *core, struct mheap_chain *chain,
			   struct mheap_cell **ret_cell)
{
	u32 number = chain->head;

	*ret_cell = mheap_cell_of(core, number);
	chain->head = (*ret_cell)->link;
	return number;
}

/* Hands a whole chain over to a list that all mutators share. */
static void mheap_chain_splice(struct mheap_core *core, struct mheap_chain *chain, u32 *list)
{
	struct mheap_cell *tail = mheap_cell_of(core, chain->tail);
	u32 head = READ_ONCE(*list);

	do {
		WRITE_ONCE(tail->link, head);
	} while (!try_cmpxchg(list, &head, chain->head));
	chain->head = 0;
}

static void mheap_mark_dead(struct mheap_core *core, u32 number)
{
	struct mheap_chunk *chunk = mheap_chunk_of(&core->cells, number);

	set_bit(mheap_chunk_bit(number), chunk->mark);
}

/* Lets what an object refers to arrive before it is let go. */
static void mheap_release_prefetch(struct mheap_core *core, struct mheap_cell *cell)
{
	u32 slots = min_t(u32, mheap_cell_slots(cell), MHEAP_RELEASE_AHEAD), i, number;

	if (mheap_cell_wide(cell))
		return;
	for (i = 0; i < slots; i++) {
		number = READ_ONCE(mheap_cell_inline(cell)[i]);
		if (number)
			prefetchw(mheap_cell_of(core, number));
	}
}

/* The caller has brought both counts to zero, so the cell is its own. */
static void mheap_release_claim(struct mheap_mutator *mutator, struct mheap_cell *cell,
				u32 number)
{
	if (mheap_phase_of(mutator->phase) != MHEAP_PHASE_IDLE)
		mheap_mark_dead(mutator->core, number);
	if (!mheap_cell_weak(cell)) {
		mutator->tally.died++;
		mheap_site_died(mutator, cell);
	}
	WRITE_ONCE(*mheap_cell_resume(cell), 0);
	mheap_release_prefetch(mutator->core, cell);
	mheap_chain_push(&mutator->dead, cell, number);
}

/* An object has turned suspect: it is counted, and can be found. */
static void mheap_release_suspect(struct mheap_mutator *mutator, struct mheap_chunk *chunk,
				  u32 number)
{
	mutator->suspects++;
	mheap_chunk_set_suspect(chunk, mheap_chunk_bit(number));
}

/*
 * The cycle that this drop may have cut off was closed while it went on. Who closed it
 * said so before giving up a reference: so either that turned something suspect, or it is
 * seen here. The cell may be another object by now; one suspect too many does no harm.
 */
static void mheap_release_suspect_late(struct mheap_mutator *mutator, struct mheap_chunk *chunk,
				       u32 number)
{
	struct mheap_cell *cell = mheap_chunk_at(chunk, number);

	if (!(atomic64_fetch_or(mutator->suspect, &cell->count) & mutator->suspect))
		mheap_release_suspect(mutator, chunk, number);
}

/* Has a collection begun, or gone on, since the section did? */
static bool mheap_phase_changed(const struct mheap_mutator *mutator)
{
	return mheap_phase_collector(READ_ONCE(mutator->core->phase) ^ mutator->phase);
}

/**
 * mheap_release_drop - give up a reference to an object
 * @mutator: in a section
 * @number: the object
 * @unit: MHEAP_COUNT_SLOT or MHEAP_COUNT_HANDLE
 *
 * While marking goes on the caller has shaded the object of a slot; that of the
 * last handle is shaded here, even when it dies of that: what it holds may wait
 * for long to be let go, and has to be marked until then. An object that dies
 * is taken apart by mheap_release_run().
 *
 * What turns suspect is counted once, for which there is the flag. But a collection that
 * has begun since this section did has forgotten those before; and what is shaded, by one
 * who knows of it, outlives it.
 *
 * Context: any.
 */
void mheap_release_drop(struct mheap_mutator *mutator, u32 number, u64 unit)
{
	struct mheap_core *core = mutator->core;
	/* Once the count is given up the section keeps the chunk, but not its place. */
	struct mheap_chunk *chunk = mheap_chunk_of(&core->cells, number);
	struct mheap_cell *cell = mheap_cell_of(core, number);
	const bool plain = mheap_phase_plain(mutator->phase);
	const bool slots = mheap_cell_slots(cell);
	u64 flag = slots && READ_ONCE(core->cyclic) ? mutator->suspect : 0;
	u64 old, left;

	if (unlikely(!plain)) {
		mheap_record(mutator, number);
		mheap_witness(mutator, number);
	}
	old = mheap_count_drop(&cell->count, unit, flag);
	left = (old - unit) & MHEAP_COUNT_REFS;
	if (left & MHEAP_COUNT_HANDLES)
		return;
	if (!plain && unit == MHEAP_COUNT_HANDLE && mheap_phase_barrier(mutator->phase))
		mheap_shade(core, number);
	if (!left)
		mheap_release_claim(mutator, cell, number);
	else if (flag & ~old || (flag && unlikely(mheap_phase_changed(mutator))))
		mheap_release_suspect(mutator, chunk, number);
	else if (unlikely(slots && !flag && READ_ONCE(core->cyclic)))
		mheap_release_suspect_late(mutator, chunk, number);
}

/**
 * mheap_release_slots_of - give up all references that slots have to an object
 * @mutator: in a section
 * @number: the object; it refers to nothing any more
 * @slots: how many slots referred to it; they no longer do
 *
 * Context: any, while no collection runs.
 */
void mheap_release_slots_of(struct mheap_mutator *mutator, u32 number, u32 slots)
{
	struct mheap_cell *cell = mheap_cell_of(mutator->core, number);

	mheap_record(mutator, number);
	if (!(atomic64_sub_return(slots * MHEAP_COUNT_SLOT, &cell->count) & MHEAP_COUNT_REFS))
		mheap_release_claim(mutator, cell, number);
}

/**
 * mheap_release_free_cell - free a cell for good
 * @core: the heap
 * @number: the cell; nobody can reach it, and it has been taken apart
 *
 * Context: in a section, or by the worker.
 * Return: steps that it took.
 */
u32 mheap_release_free_cell(struct mheap_core *core, u32 number)
{
	struct mheap_cell *cell = mheap_cell_of(core, number);
	u32 steps = 1;

	if (mheap_cell_wide(cell)) {
		steps += mheap_object_spine_pages(mheap_cell_slots(cell));
		mheap_object_drop_spine(core, number);
	}
	mheap_space_free(&core->cells, number);
	return steps;
}

/*
 * Frees a cell that has no memory of its own, together with those beside it: @word has
 * what is not yet freed. What dies together was often made together.
 */
static void mheap_release_free_later(struct mheap_core *core, struct mheap_word *word, u32 number)
{
	const u32 first = number & ~(BITS_PER_LONG - 1);

	if (word->bits && word->first != first) {
		mheap_space_free_word(&core->cells, word);
		word->bits = 0;
	}
	if (!word->bits) {
		word->chunk = mheap_chunk_of(&core->cells, number);
		word->first = first;
	}
	word->bits |= BIT(number % BITS_PER_LONG);
}

/* The last one may take more than what is left. */
static void mheap_release_took(struct mheap_mutator *mutator, u32 steps)
{
	u32 own = min(mutator->steps, steps);

	mutator->steps -= own;
	mheap_section_took(mutator, steps - own);
}

/* All that the cell held is gone; now the cell itself, if only in @word yet. */
static u32 mheap_release_retire(struct mheap_mutator *mutator, struct mheap_cell *cell,
				u32 number, struct mheap_word *word)
{
	struct mheap_core *core = mutator->core;
	u32 now;

	mutator->tally.freed_bytes += mheap_object_bytes(cell);
	if (mheap_core_has_weak(core))
		mheap_weak_release(mutator, number, MHEAP_FREED_COUNT);
	if (!mheap_cell_weak(cell)) {
		mutator->tally.freed++;
		mheap_object_uncount(core);
		trace_mheap_free(core, number, MHEAP_FREED_COUNT);
	}
	/*
	 * The counts became zero before this look. Whoever sees a phase that
	 * is not idle sees it after that, and can no longer get at the object:
	 * so when both looks say idle, no marker has its number.
	 */
	now = READ_ONCE(core->phase);
	/* What died has been recorded when it did, unless that was before the instant. */
	if (unlikely(now & MHEAP_PHASE_RECORD))
		mheap_record_object(core, number);
	if (mheap_phase_frees(mutator->phase) && mheap_phase_frees(now)) {
		if (mheap_cell_wide(cell))
			return mheap_release_free_cell(core, number);
		mheap_release_free_later(core, word, number);
		return 1;
	}
	if (mheap_phase_of(mutator->phase) != MHEAP_PHASE_IDLE ||
	    mheap_phase_of(now) != MHEAP_PHASE_IDLE)
		mheap_mark_dead(core, number);
	mheap_chain_push(&mutator->quarantine, cell, number);
	return 1;
}

/*
 * Drops slots from @index on. Returns the first that steps did not reach.
 *
 * Of references among the condemned the verification has taken account, so only what is
 * not condemned, and therefore marked, loses one.
 */
static u32 mheap_release_slots(struct mheap_mutator *mutator, struct mheap_cell *cell, u32 number,
			       u32 index, bool condemned)
{
	const u32 slots = mheap_cell_slots(cell);
	const bool barrier = mheap_phase_barrier(mutator->phase);
	u32 *slot;
	u32 old;

	for (; index < slots && mutator->steps; index++, mutator->steps--) {
		slot = mheap_cell_slot(cell, index);
		old = READ_ONCE(*slot);
		if (!old)
			continue;
		if (barrier)
			mheap_shade(mutator->core, old);
		mheap_record_slot(mutator, number, index);
		WRITE_ONCE(*slot, 0);
		if (condemned && !mheap_core_marked(mutator->core, old))
			continue;
		mheap_release_drop(mutator, old, MHEAP_COUNT_SLOT);
	}
	return index;
}

/* Frees the payload from piece @piece on. Returns the first not reached. */
static u32 mheap_release_payload(struct mheap_mutator *mutator, struct mheap_cell *cell, u32 piece)
{
	struct mheap_core *core = mutator->core;
	u32 payload = mheap_cell_payload(cell);
	u32 pieces = mheap_payload_pieces(mheap_cell_payload_bytes(cell));

	if (!pieces) {
		if (payload)
			mheap_payload_free(core, payload);
		return 0;
	}
	for (; piece < pieces && mutator->steps; piece++) {
		mheap_payload_free_piece(core, payload, piece);
		mutator->steps -= min_t(u32, mutator->steps, MHEAP_PIECE_STEPS);
	}
	return piece;
}

/* Takes out of an object what it holds. Returns whether that is done. */
static bool mheap_release_contents(struct mheap_mutator *mutator, struct mheap_cell *cell,
				   u32 number, bool condemned)
{
	const u32 slots = mheap_cell_slots(cell), payload_bytes = mheap_cell_payload_bytes(cell);
	const u32 end = slots + (payload_bytes ? mheap_payload_pieces(payload_bytes) : 0);
	u32 *resume = mheap_cell_resume(cell), at = *resume;

	if (at < slots)
		at = mheap_release_slots(mutator, cell, number, at, condemned);
	if (at >= slots && payload_bytes)
		at = slots + mheap_release_payload(mutator, cell, at - slots);
	WRITE_ONCE(*resume, at);
	return at >= end;
}

/**
 * mheap_release_run - take apart what died, as far as the section's steps go
 * @mutator: in a section
 *
 * Context: any.
 */
void mheap_release_run(struct mheap_mutator *mutator)
{
	struct mheap_word word = { .bits = 0 };
	struct mheap_cell *cell;
	u32 number, steps;

	while (mutator->dead.head && mutator->steps) {
		number = mheap_chain_pop(mutator->core, &mutator->dead, &cell);
		if (!mheap_release_contents(mutator, cell, number, false)) {
			mheap_chain_push(&mutator->dead, cell, number);
			break;
		}
		steps = mheap_release_retire(mutator, cell, number, &word);
		mheap_release_took(mutator, steps);
	}
	if (word.bits)
		mheap_space_free_word(&mutator->core->cells, &word);
}

/*
 * Most of what is condemned refers to its like only, of which the verification has taken
 * account, and has neither a payload nor weak references: there is nothing to give up.
 */
static bool mheap_release_is_plain(const struct mheap_mutator *mutator,
				   const struct mheap_chunk *chunk,
				   const struct mheap_cell *cell)
{
	return !chunk->outward && !READ_ONCE(chunk->weak) &&
	       !(mutator->phase & MHEAP_PHASE_RECORD) &&
	       !(cell->shape & (MHEAP_SHAPE_PAYLOAD | MHEAP_SHAPE_WIDE | MHEAP_SHAPE_WEAK)) &&
	       mheap_cell_slots(cell) <= mutator->steps;
}

static void mheap_release_plain(struct mheap_mutator *mutator, struct mheap_cell *cell)
{
	const u32 slots = mheap_cell_slots(cell);
	u32 slot;

	for (slot = 0; slot < slots; slot++)
		WRITE_ONCE(cell->words[slot], 0);
	mutator->steps -= slots;
}

/* Takes out of what is condemned what it holds. Returns whether that is done. */
static bool mheap_release_condemned_contents(struct mheap_mutator *mutator,
					     const struct mheap_chunk *chunk,
					     struct mheap_cell *cell, u32 number)
{
	if (likely(mheap_release_is_plain(mutator, chunk, cell))) {
		mheap_release_plain(mutator, cell);
		return true;
	}
	if (!mheap_release_contents(mutator, cell, number, true))
		return false;
	mheap_weak_release(mutator, number, MHEAP_FREED_COLLECT);
	return true;
}

/**
 * mheap_release_condemned - take apart an object that a collection condemned
 * @mutator: the janitor, in a section
 * @chunk: the chunk of the object
 * @cell: the object; its @resume was 0 at first
 * @number: its number
 *
 * Context: by the worker, in MHEAP_PHASE_SWEEP.
 * Return: whether that is done; if not, the section's steps are used up.
 */
bool mheap_release_condemned(struct mheap_mutator *mutator, const struct mheap_chunk *chunk,
			     struct mheap_cell *cell, u32 number)
{
	if (!mheap_release_condemned_contents(mutator, chunk, cell, number))
		return false;
	mutator->tally.collected_bytes += mheap_object_bytes(cell);
	if (!mheap_cell_weak(cell)) {
		mutator->tally.collected++;
		mheap_object_uncount(mutator->core);
		trace_mheap_free(mutator->core, number, MHEAP_FREED_COLLECT);
	}
	/* Its spine is not to be freed while others that are condemned are looked at. */
	if (mheap_cell_wide(cell))
		mheap_chain_push(&mutator->quarantine, cell, number);
	return true;
}

/**
 * mheap_release_defer - leave what died in a section to the worker
 * @mutator: in a section; something died in it
 *
 * Context: any.
 */
void mheap_release_defer(struct mheap_mutator *mutator)
{
	mheap_chain_splice(mutator->core, &mutator->dead, &mutator->core->dead);
}

/**
 * mheap_release_adopt - let the janitor have what mutators left to the worker
 * @core: the heap; the janitor has nothing
 *
 * Context: by the worker.
 * Return: whether there was anything.
 */
bool mheap_release_adopt(struct mheap_core *core)
{
	/* The tail is not known, and not needed: the janitor never splices. */
	core->janitor.dead.head = xchg(&core->dead, 0);
	return core->janitor.dead.head;
}

/**
 * mheap_release_quarantine - put what was taken apart where the collector finds it
 * @mutator: in a section; something is there
 *
 * Context: any.
 */
void mheap_release_quarantine(struct mheap_mutator *mutator)
{
	mheap_chain_splice(mutator->core, &mutator->quarantine, &mutator->core->quarantine);
}
