// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is condemned is white: allocated, and not marked. Nobody can reach it,
 * so its counts stand still, and the proof can be done in place:
 *
 *	pin		each gets a handle; there was none before, or the trace
 *			is wrong
 *	subtract	each reference from a condemned slot to a condemned
 *			object is taken out of the object's count
 *	check		that handle, and no slot, is all that is left; or some
 *			slot outside of the condemned set refers to the object,
 *			and again the trace is wrong
 *
 * The handle also sees to it that, should the trace be wrong, mutators that
 * work on these objects do not bring their counts to zero meanwhile.
 *
 * When all agree, what remains is to sweep. When any does not, everything is
 * put back (restore, unpin), what was found wrong is marked with all that it
 * reaches, so that it is kept, and the smaller set is verified again.
 */
#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/minmax.h>
#include <linux/prefetch.h>

#include "barrier.h"
#include "core.h"
#include "count.h"
#include "record.h"
#include "release.h"
#include "trace.h"
#include "verify.h"

#define MHEAP_VERIFY_RING	32

/**
 * struct mheap_edges - references on their way to being counted
 * @core: the heap
 * @delta: what each does to the count of its object
 * @ring: objects whose cells are on their way into the cache
 * @count: edges so far
 */
struct mheap_edges {
	struct mheap_core *core;
	s64 delta;
	u32 ring[MHEAP_VERIFY_RING];
	u32 count;
};

static void mheap_verify_report(struct mheap_core *core, u32 number, u64 count)
{
	WARN_ONCE(1, "mheap: the collector condemned an object that is referred to; it is kept\n");
	trace_mheap_verify_failed(core, number, mheap_count_handles(count),
				  mheap_count_slots(count));
}

/* The proofs do not agree on an object: keep it, and say so. */
static void mheap_verify_disagree(struct mheap_core *core, u32 number, u64 count)
{
	struct mheap_chunk *chunk = mheap_chunk_of(&core->cells, number);

	if (test_bit(mheap_chunk_bit(number), chunk->grey))
		return;
	mheap_verify_report(core, number, count);
	core->collector.mismatches++;
	mheap_chunk_set_grey(core, chunk, mheap_chunk_bit(number));
}

static void mheap_edges_apply(struct mheap_edges *edges, u32 number)
{
	atomic64_t *word = &mheap_cell_of(edges->core, number)->count;
	u64 old = atomic64_fetch_add(edges->delta, word);

	if (edges->delta > 0 || (old & MHEAP_COUNT_SLOTS))
		return;
	/* More slots refer to it than were counted. */
	atomic64_sub(edges->delta, word);
	mheap_verify_disagree(edges->core, number, old);
}

static void mheap_edges_add(struct mheap_edges *edges, u32 number)
{
	u32 *entry = &edges->ring[edges->count % MHEAP_VERIFY_RING];

	prefetchw(mheap_cell_of(edges->core, number));
	if (edges->count++ >= MHEAP_VERIFY_RING)
		mheap_edges_apply(edges, *entry);
	*entry = number;
}

static void mheap_edges_flush(struct mheap_edges *edges)
{
	u32 i;

	for (i = 0; i < min_t(u32, edges->count, MHEAP_VERIFY_RING); i++)
		mheap_edges_apply(edges, edges->ring[i]);
}

/* Applies @delta to what the condemned refer to among themselves. */
static void mheap_verify_edges(struct mheap_core *core, s64 delta, u32 *steps)
{
	struct mheap_scan *scan = &core->collector.scan;
	struct mheap_edges edges = { .core = core, .delta = delta };
	struct mheap_cell *cell;
	u32 number, slot, slots, to;

	while ((number = mheap_scan_next(core, scan, MHEAP_FILTER_WHITE, steps))) {
		cell = mheap_cell_of(core, number);
		slots = mheap_cell_slots(cell);
		for (slot = scan->slot; slot < slots && *steps; slot++, --*steps) {
			to = READ_ONCE(*mheap_cell_slot(cell, slot));
			if (!to)
				continue;
			if (!mheap_core_marked(core, to))
				mheap_edges_add(&edges, to);
			else
				mheap_chunk_of(&core->cells, number)->outward = true;
		}
		if (slot < slots)
			mheap_scan_again(scan, number, slot);
	}
	mheap_edges_flush(&edges);
}

/*
 * An object that has died already is somebody else's to take apart, and ought
 * to have been marked when it did.
 */
static void mheap_verify_spare_dead(struct mheap_core *core, u32 number, u64 count)
{
	struct mheap_chunk *chunk = mheap_chunk_of(&core->cells, number);

	atomic64_sub(MHEAP_COUNT_HANDLE, &mheap_cell_of(core, number)->count);
	set_bit(mheap_chunk_bit(number), chunk->mark);
	mheap_verify_report(core, number, count);
	core->collector.now.failures++;
}

/**
 * mheap_verify_pin - give each condemned object a handle
 * @core: the heap; the collector's scan has been begun
 * @steps: how many steps are left; what this takes is subtracted
 *
 * Context: by the worker, in MHEAP_PHASE_SWEEP.
 */
void mheap_verify_pin(struct mheap_core *core, u32 *steps)
{
	struct mheap_scan *scan = &core->collector.scan;
	const bool record = READ_ONCE(core->phase) & MHEAP_PHASE_RECORD;
	struct mheap_word word;
	u32 number;
	u64 old;

	while (mheap_scan_next_word(core, scan, MHEAP_FILTER_WHITE, &word, steps)) {
		word.chunk->outward = false;
		for (; word.bits; word.bits &= word.bits - 1) {
			number = word.first + __ffs(word.bits);
			if (unlikely(record))
				mheap_record_object(core, number);
			old = atomic64_fetch_add(MHEAP_COUNT_HANDLE,
						 &mheap_cell_of(core, number)->count);
			if (!(old & MHEAP_COUNT_REFS))
				mheap_verify_spare_dead(core, number, old);
			else if (old & MHEAP_COUNT_HANDLES)
				mheap_verify_disagree(core, number, old);
		}
	}
}

/**
 * mheap_verify_subtract - take references among the condemned out of the counts
 * @core: the heap; the collector's scan has been begun
 * @steps: how many steps are left; what this takes is subtracted
 *
 * Context: by the worker, in MHEAP_PHASE_SWEEP.
 */
void mheap_verify_subtract(struct mheap_core *core, u32 *steps)
{
	mheap_verify_edges(core, -(s64)MHEAP_COUNT_SLOT, steps);
}

/**
 * mheap_verify_check - see that nothing else refers to the condemned
 * @core: the heap; the collector's scan has been begun
 * @steps: how many steps are left; what this takes is subtracted
 *
 * Context: by the worker, in MHEAP_PHASE_SWEEP.
 */
void mheap_verify_check(struct mheap_core *core, u32 *steps)
{
	struct mheap_word word;
	u32 number;
	u64 count;

	while (mheap_scan_next_word(core, &core->collector.scan, MHEAP_FILTER_WHITE, &word, steps))
		for (; word.bits; word.bits &= word.bits - 1) {
			number = word.first + __ffs(word.bits);
			count = atomic64_read(&mheap_cell_of(core, number)->count);
			if ((count & MHEAP_COUNT_REFS) != MHEAP_COUNT_HANDLE)
				mheap_verify_disagree(core, number, count);
		}
}

/**
 * mheap_verify_restore - the opposite of mheap_verify_subtract()
 * @core: the heap; the collector's scan has been begun
 * @steps: how many steps are left; what this takes is subtracted
 *
 * Context: by the worker, in MHEAP_PHASE_SWEEP.
 */
void mheap_verify_restore(struct mheap_core *core, u32 *steps)
{
	mheap_verify_edges(core, MHEAP_COUNT_SLOT, steps);
}

/*
 * Mutators that work on what was condemned wrongly change its counts while references are
 * taken out of them, so they may be too low now. What seems to be dead keeps its handle,
 * which makes it a leak.
 */
static bool mheap_verify_may_unpin(struct mheap_core *core, u32 number)
{
	u64 count = atomic64_read(&mheap_cell_of(core, number)->count);

	return (count & MHEAP_COUNT_REFS) != MHEAP_COUNT_HANDLE;
}

/**
 * mheap_verify_unpin - the opposite of mheap_verify_pin()
 * @core: the heap; the collector's scan has been begun
 * @steps: how many steps are left; what this takes is subtracted
 *
 * Context: by the worker, in MHEAP_PHASE_SWEEP.
 */
void mheap_verify_unpin(struct mheap_core *core, u32 *steps)
{
	struct mheap_mutator *janitor = &core->janitor;
	const u32 before = *steps;
	u32 number;

	mheap_section_enter(janitor);
	while ((number = mheap_scan_next(core, &core->collector.scan, MHEAP_FILTER_WHITE, steps)))
		if (mheap_verify_may_unpin(core, number))
			mheap_release_drop(janitor, number, MHEAP_COUNT_HANDLE);
	mheap_section_took(janitor, before - *steps);
	mheap_section_exit(janitor);
}
