// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is condemned is white: allocated, and not marked. Nobody can reach it, so its
 * counts and slots stand still, and the proof is a sum. A slot that refers to an object
 * has been counted there, so an object has at least as many as there are condemned slots
 * that refer to it. When over all of them the counts are no more than these slots, no
 * count is: nothing else refers to any of it. It has no handles either, which each is
 * asked for. Nothing is changed for the proof, so nothing has to be put back.
 *
 *	tally	adds up counts, and takes away references among the condemned
 *
 * What stands still is watched: who comes by a reference to what is white, or gives one
 * up, says so before (mheap_witness()), and then the proof is void. When nobody has by the
 * end of it, all that was added up was so at one time.
 *
 * When the sum is not zero the trace is wrong, or a count:
 *
 *	narrow	finds out where: adds up for each range of numbers, takes one that does
 *		not agree, and goes on with parts of that, down to the objects
 *	spare	what cannot be found is kept, all of it
 *	rescue	what disagrees is marked, with all that it leads to, and so kept; the smaller
 *		set is verified again
 */
#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "barrier.h"
#include "core.h"
#include "count.h"
#include "phase.h"
#include "trace.h"
#include "verify.h"

/* The marker has nothing to scan meanwhile, so its stack has the sums of ranges. */
#define MHEAP_VERIFY_BITS	ilog2(MHEAP_MARK_STACK)
#define MHEAP_VERIFY_RANGES	BIT(MHEAP_VERIFY_BITS)

static void mheap_verify_report(struct mheap_core *core, u32 number)
{
	struct mheap_cell *cell = mheap_cell_of(core, number);

	WARN_ONCE(1, "mheap: the collector condemned an object that is referred to; it is kept\n");
	trace_mheap_verify_failed(core, number, mheap_count_handles(atomic64_read(&cell->count)),
				  mheap_count_slots(atomic64_read(&cell->count)));
}

/* The proofs do not agree on an object: keep it, and say so. Returns whether that is news. */
static bool mheap_verify_disagree(struct mheap_core *core, u32 number)
{
	struct mheap_chunk *chunk = mheap_chunk_of(&core->cells, number);
	bool known = test_bit(mheap_chunk_bit(number), chunk->grey);

	/* Even then: who else says so may not have said all of it. */
	mheap_chunk_set_grey(core, chunk, mheap_chunk_bit(number));
	/* Pairs with mheap_verify_verdict(): it sees this if it has read what we change now. */
	smp_mb();
	if (!known)
		mheap_verify_report(core, number);
	return !known;
}

/**
 * mheap_verify_witness - somebody comes by a reference to an object, or gives one up
 * @core: the heap
 * @number: the object; the reference has not been counted yet, or is still counted
 *
 * What is condemned nobody can get at, so that is a mistake of the collector. The object
 * is kept.
 *
 * Context: in a section whose phase is MHEAP_PHASE_SWEEP.
 */
void mheap_verify_witness(struct mheap_core *core, u32 number)
{
	if (mheap_core_marked(core, number) || !mheap_core_condemns(core))
		return;
	if (mheap_verify_disagree(core, number))
		atomic_inc(&core->collector.witnessed);
}

/*
 * An object that has died already is somebody else's to take apart, and ought
 * to have been marked when it did.
 */
static void mheap_verify_spare_dead(struct mheap_core *core, u32 number)
{
	struct mheap_chunk *chunk = mheap_chunk_of(&core->cells, number);

	set_bit(mheap_chunk_bit(number), chunk->mark);
	mheap_verify_report(core, number);
	core->collector.now.failures++;
}

/* So many more references to an object, or fewer, than have been found to it. */
static __always_inline void mheap_verify_add(struct mheap_core *core,
					     struct mheap_balance *balance, u32 number,
					     u32 delta, bool narrow)
{
	const u64 weight = mheap_verify_weight(number);

	if (narrow) {
		u32 range = (number - balance->first) >> balance->shift;

		if (number >= balance->first && range < MHEAP_VERIFY_RANGES)
			core->collector.marker.stack[range] += delta * (u32)weight;
		return;
	}
	balance->sum += (s32)delta;
	balance->weighted += weight * (s32)delta;
}

static __always_inline void mheap_verify_slots(struct mheap_core *core,
					       struct mheap_balance *balance,
					       struct mheap_chunk *chunk, const u32 *slot,
					       u32 count, bool narrow)
{
	u32 to;

	for (; count; count--, slot++) {
		to = READ_ONCE(*slot);
		if (!to)
			continue;
		if (likely(!mheap_core_marked(core, to)))
			mheap_verify_add(core, balance, to, -1U, narrow);
		else
			chunk->outward = true;
	}
}

/* The references to an object. Returns whether its own are to be looked at. */
static __always_inline bool mheap_verify_object(struct mheap_core *core,
						struct mheap_balance *balance,
						struct mheap_cell *cell, u32 number, bool narrow)
{
	u64 count = atomic64_read(&cell->count);

	mheap_verify_add(core, balance, number, mheap_count_slots(count), narrow);
	if (likely(count & MHEAP_COUNT_REFS) && likely(!(count & MHEAP_COUNT_HANDLES)))
		return true;
	if (!(count & MHEAP_COUNT_REFS)) {
		mheap_verify_spare_dead(core, number);
		return false;
	}
	core->collector.now.failures += mheap_verify_disagree(core, number);
	return true;
}

/* Goes on with an object that has many slots: a page of them. */
static __always_inline void mheap_verify_wide(struct mheap_core *core,
					      struct mheap_balance *balance, u32 *steps,
					      bool narrow)
{
	struct mheap_scan *scan = &core->collector.scan;
	struct mheap_cell *cell = mheap_cell_of(core, scan->again);
	u32 count = min(mheap_cell_slots(cell) - scan->slot, MHEAP_PIECE_SLOTS);

	mheap_verify_slots(core, balance, mheap_chunk_of(&core->cells, scan->again),
			   mheap_cell_slot(cell, scan->slot), count, narrow);
	scan->slot += count;
	*steps -= min(*steps, count);
	if (scan->slot == mheap_cell_slots(cell))
		scan->again = 0;
}

/* Goes over objects of one word, until one has many slots. Returns how many slots. */
static __always_inline u32 mheap_verify_word(struct mheap_core *core, struct mheap_balance *balance,
					     struct mheap_word *word, bool narrow)
{
	struct mheap_cell *cell;
	u32 number, slots, took = 0;

	while (word->bits) {
		number = word->first + __ffs(word->bits);
		word->bits &= word->bits - 1;
		cell = mheap_chunk_at(word->chunk, number);
		if (!mheap_verify_object(core, balance, cell, number, narrow))
			continue;
		slots = mheap_cell_slots(cell);
		if (unlikely(mheap_cell_wide(cell))) {
			mheap_scan_again(&core->collector.scan, number, 0);
			break;
		}
		mheap_verify_slots(core, balance, word->chunk, mheap_cell_inline(cell), slots,
				   narrow);
		took += slots;
	}
	return took;
}

static __always_inline void mheap_verify_sum(struct mheap_core *core, u32 *steps, bool narrow)
{
	struct mheap_scan *scan = &core->collector.scan;
	struct mheap_balance balance = core->collector.balance;
	struct mheap_word word;

	while (*steps) {
		if (scan->again) {
			mheap_verify_wide(core, &balance, steps, narrow);
			continue;
		}
		if (!mheap_scan_next_word(core, scan, MHEAP_FILTER_WHITE, &word, steps))
			break;
		*steps -= min(*steps, mheap_verify_word(core, &balance, &word, narrow));
		if (word.bits)
			mheap_scan_put_back(scan, &word);
	}
	core->collector.balance = balance;
}

/**
 * mheap_verify_begin - begin to add up
 * @core: the heap
 *
 * Context: by the worker, in MHEAP_PHASE_SWEEP.
 */
void mheap_verify_begin(struct mheap_core *core)
{
	core->collector.balance = (struct mheap_balance) {
		.failures = core->collector.now.failures,
	};
}

/**
 * mheap_verify_tally - add up the references to the condemned that are not among them
 * @core: the heap; the collector's scan has been begun
 * @steps: how many steps are left; what this takes is subtracted
 *
 * Context: by the worker, in MHEAP_PHASE_SWEEP.
 */
void mheap_verify_tally(struct mheap_core *core, u32 *steps)
{
	mheap_verify_sum(core, steps, false);
}

/**
 * mheap_verify_verdict - do the proofs agree
 * @core: the heap; all has been added up
 *
 * Context: by the worker, in MHEAP_PHASE_SWEEP.
 * Return: see &enum mheap_verdict.
 */
enum mheap_verdict mheap_verify_verdict(struct mheap_core *core)
{
	struct mheap_collector *collector = &core->collector;
	bool equal = !collector->balance.sum && !collector->balance.weighted;

	/* Pairs with mheap_verify_disagree(): what was changed before we read it, we see. */
	smp_mb();
	collector->now.failures += atomic_xchg(&collector->witnessed, 0);
	if (READ_ONCE(core->grey)) {
		/* Marking had an end, and then somebody made something grey. */
		if (collector->now.failures == collector->balance.failures) {
			WARN_ONCE(1, "mheap: something was marked too late; it is kept\n");
			collector->now.failures++;
		}
		return MHEAP_VERDICT_KNOWN;
	}
	return equal ? MHEAP_VERDICT_AGREED : MHEAP_VERDICT_UNKNOWN;
}

static void mheap_verify_narrow_to(struct mheap_core *core, u32 first, u32 shift)
{
	core->collector.balance.first = first;
	core->collector.balance.shift = shift;
	memset(core->collector.marker.stack, 0, MHEAP_VERIFY_RANGES * sizeof(u32));
}

/**
 * mheap_verify_narrow_begin - look for what disagrees, among all of it
 * @core: the heap; the marker is empty
 *
 * Context: by the worker, in MHEAP_PHASE_SWEEP.
 */
void mheap_verify_narrow_begin(struct mheap_core *core)
{
	mheap_verify_narrow_to(core, 0, 32 - MHEAP_VERIFY_BITS);
}

/**
 * mheap_verify_narrow - add up for each range
 * @core: the heap; the collector's scan has been begun
 * @steps: how many steps are left; what this takes is subtracted
 *
 * Context: by the worker, in MHEAP_PHASE_SWEEP.
 */
void mheap_verify_narrow(struct mheap_core *core, u32 *steps)
{
	mheap_verify_sum(core, steps, true);
}

/**
 * mheap_verify_narrowed - go on with a range that disagrees
 * @core: the heap; all has been added up for its ranges
 *
 * When the ranges are objects, those that disagree are made grey.
 *
 * Context: by the worker, in MHEAP_PHASE_SWEEP.
 * Return: see &enum mheap_verdict; MHEAP_VERDICT_LOST if all ranges agree.
 */
enum mheap_verdict mheap_verify_narrowed(struct mheap_core *core)
{
	struct mheap_balance *balance = &core->collector.balance;
	const u32 *sums = core->collector.marker.stack;
	enum mheap_verdict verdict = MHEAP_VERDICT_LOST;
	u32 range, first;

	for (range = 0; range < MHEAP_VERIFY_RANGES; range++) {
		if (!sums[range])
			continue;
		first = balance->first + (range << balance->shift);
		if (balance->shift) {
			mheap_verify_narrow_to(core, first, balance->shift < MHEAP_VERIFY_BITS ?
					       0 : balance->shift - MHEAP_VERIFY_BITS);
			return MHEAP_VERDICT_UNKNOWN;
		}
		core->collector.now.failures += mheap_verify_disagree(core, first);
		verdict = MHEAP_VERDICT_KNOWN;
	}
	return READ_ONCE(core->grey) ? MHEAP_VERDICT_KNOWN : verdict;
}

/**
 * mheap_verify_spare - keep all that is condemned
 * @core: the heap; the collector's scan has been begun
 * @steps: how many steps are left; what this takes is subtracted
 *
 * Context: by the worker, in MHEAP_PHASE_SWEEP.
 */
void mheap_verify_spare(struct mheap_core *core, u32 *steps)
{
	struct mheap_scan *scan = &core->collector.scan;
	u32 number;

	while ((number = mheap_scan_next(core, scan, MHEAP_FILTER_WHITE, steps)))
		core->collector.now.failures += mheap_verify_disagree(core, number);
}
