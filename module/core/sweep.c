// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitmap.h>
#include <linux/bug.h>
#include <linux/minmax.h>

#include "core.h"
#include "count.h"
#include "phase.h"
#include "record.h"
#include "release.h"
#include "site_note.h"
#include "sweep.h"

/* An object that is kept must not name what is not. */
static void mheap_sweep_forget(struct mheap_core *core, u32 number)
{
	struct mheap_cell *cell = mheap_cell_of(core, number);
	const u32 slots = mheap_cell_slots(cell);
	u32 slot, old;

	for (slot = 0; slot < slots; slot++) {
		old = READ_ONCE(*mheap_cell_slot(cell, slot));
		if (!old)
			continue;
		mheap_record_slot(&core->janitor, number, slot);
		WRITE_ONCE(*mheap_cell_slot(cell, slot), 0);
		if (mheap_core_marked(core, old))
			mheap_release_drop(&core->janitor, old, MHEAP_COUNT_SLOT);
	}
	mheap_section_took(&core->janitor, slots);
}

/* What is white stays allocated when it is grey besides. */
static void mheap_sweep_spare(struct mheap_core *core, u32 number)
{
	set_bit(mheap_chunk_bit(number), mheap_chunk_of(&core->cells, number)->grey);
}

/* Has somebody come by an object since the verification? */
static bool mheap_sweep_witnessed(struct mheap_core *core, const struct mheap_chunk *chunk,
				  u32 number)
{
	return READ_ONCE(core->grey) && test_bit(mheap_chunk_bit(number), chunk->grey);
}

/*
 * Handles, or somebody who has come by an object, came after the verification, which
 * nobody could do who follows the protocol. It is not freed, as far as that is seen in time.
 * Slots that refer to it have been cleared, or are going to be; if there is no handle, it gets
 * one that nobody has.
 */
static void mheap_sweep_leak(struct mheap_core *core, const struct mheap_chunk *chunk,
			     struct mheap_cell *cell, u32 number, u64 count)
{
	WARN_ONCE(1, "mheap: a condemned object was referred to; it is leaked\n");
	core->collector.now.failures += !mheap_sweep_witnessed(core, chunk, number);
	if (!(count & MHEAP_COUNT_HANDLES))
		atomic64_add(MHEAP_COUNT_HANDLE, &cell->count);
	atomic64_sub(count & MHEAP_COUNT_SLOTS, &cell->count);
	mheap_sweep_forget(core, number);
	mheap_sweep_spare(core, number);
}

/*
 * Takes away what is left of an object's count: slots among the condemned, which are all
 * going to be cleared. It has been found to be explained, and nobody can change it: so
 * there is nobody to be atomic against, and every object needs this.
 */
static bool mheap_sweep_claim(struct mheap_core *core, const struct mheap_chunk *chunk,
			      struct mheap_cell *cell, u32 number)
{
	u64 count = atomic64_read(&cell->count);

	if (unlikely(READ_ONCE(core->phase) & MHEAP_PHASE_RECORD))
		mheap_record_object(core, number);
	if (unlikely((count & MHEAP_COUNT_HANDLES) ||
		     mheap_sweep_witnessed(core, chunk, number))) {
		mheap_sweep_leak(core, chunk, cell, number, count);
		return false;
	}
	atomic64_set(&cell->count, (count & ~MHEAP_COUNT_REFS) + MHEAP_COUNT_VERSION);
	/* Pairs with mheap_object_stat(): who sees what follows sees that it is dead. */
	smp_wmb();
	if (!mheap_cell_weak(cell))
		mheap_site_died(&core->janitor, cell);
	WRITE_ONCE(*mheap_cell_resume(cell), 0);
	return true;
}

/* Takes a claimed object apart. Returns whether the steps were enough. */
static bool mheap_sweep_apart(struct mheap_core *core, const struct mheap_chunk *chunk,
			      struct mheap_cell *cell, u32 number)
{
	if (!mheap_release_condemned(&core->janitor, chunk, cell, number))
		return false;
	core->collector.now.freed += !mheap_cell_weak(cell);
	/* Others are still to be told from what is alive by its not being marked. */
	if (mheap_cell_wide(cell))
		mheap_sweep_spare(core, number);
	return true;
}

/* Goes on with the object that the last section had not enough steps for. */
static void mheap_sweep_again(struct mheap_core *core)
{
	struct mheap_scan *scan = &core->collector.scan;
	u32 number = scan->again;

	if (mheap_sweep_apart(core, mheap_chunk_of(&core->cells, number),
			      mheap_cell_of(core, number), number))
		scan->again = 0;
}

/* Takes the objects of a word apart, one at least, as far as the section's steps go. */
static void mheap_sweep_word(struct mheap_core *core, struct mheap_word *word)
{
	struct mheap_cell *cell;
	u32 number;

	do {
		number = word->first + __ffs(word->bits);
		word->bits &= word->bits - 1;
		cell = mheap_chunk_at(word->chunk, number);
		if (!mheap_sweep_claim(core, word->chunk, cell, number))
			continue;
		if (mheap_sweep_apart(core, word->chunk, cell, number))
			continue;
		mheap_scan_again(&core->collector.scan, number, 0);
		break;
	} while (word->bits && core->janitor.steps);
	if (word->bits)
		mheap_scan_put_back(&core->collector.scan, word);
}

/**
 * mheap_sweep_condemned - take apart a section's worth of condemned objects
 * @core: the heap; the collector's scan has been begun
 *
 * Context: by the worker, in MHEAP_PHASE_SWEEP.
 */
void mheap_sweep_condemned(struct mheap_core *core)
{
	struct mheap_scan *scan = &core->collector.scan;
	struct mheap_mutator *janitor = &core->janitor;
	struct mheap_word word;

	mheap_section_enter(janitor);
	while (janitor->steps) {
		if (scan->again)
			mheap_sweep_again(core);
		else if (mheap_scan_next_word(core, scan, MHEAP_FILTER_WHITE, &word,
					      &janitor->steps))
			mheap_sweep_word(core, &word);
		else
			break;
	}
	mheap_section_exit(janitor);
}

/**
 * mheap_sweep_free - free the cells of what was condemned
 * @core: the heap; the collector's scan has been begun
 * @steps: how many steps are left; what this takes is subtracted
 *
 * Their slots have all been cleared, so nothing refers to a cell that is used again;
 * and what is allocated from now on is still born marked. Cells that have memory of
 * their own go with the quarantine.
 *
 * Context: by the worker, in MHEAP_PHASE_SWEEP.
 */
void mheap_sweep_free(struct mheap_core *core, u32 *steps)
{
	struct mheap_scan *scan = &core->collector.scan;
	struct mheap_word word;
	u32 index;

	while (mheap_scan_next_word(core, scan, MHEAP_FILTER_WHITE, &word, steps)) {
		index = mheap_chunk_bit(word.first) / BITS_PER_LONG;
		word.bits &= ~READ_ONCE(word.chunk->grey[index]);
		if (word.bits)
			mheap_space_free_word(&core->cells, &word);
	}
}

/**
 * mheap_sweep_quarantine - free cells that nobody can hold any more
 * @core: the heap; the collection's last grace period has ended
 * @steps: how many steps are left; what this takes is subtracted
 *
 * Context: by the worker.
 */
void mheap_sweep_quarantine(struct mheap_core *core, u32 *steps)
{
	struct mheap_collector *collector = &core->collector;
	u32 number;

	while (*steps && collector->drained) {
		number = collector->drained;
		/* It may have been there since before the instant. */
		mheap_record_now(core, number);
		collector->drained = mheap_cell_of(core, number)->link;
		*steps -= min(*steps, mheap_release_free_cell(core, number));
	}
}

/**
 * mheap_sweep_clear - count what is marked, and clear the marks
 * @core: the heap; the collector's scan has been begun
 * @steps: how many steps are left; what this takes is subtracted
 *
 * Context: by the worker, while no mutator looks at marks.
 */
void mheap_sweep_clear(struct mheap_core *core, u32 *steps)
{
	struct mheap_scan *scan = &core->collector.scan;
	struct mheap_chunk *chunk;
	u32 word;

	for (; *steps && scan->index < READ_ONCE(core->cells.end); scan->index++) {
		chunk = mheap_space_chunk(&core->cells, scan->index);
		*steps -= min_t(u32, *steps, MHEAP_CHUNK_WORDS);
		if (!chunk)
			continue;
		for (word = 0; word < MHEAP_CHUNK_WORDS; word++)
			core->collector.now.marked +=
				hweight_long(chunk->mark[word] & READ_ONCE(chunk->alloc[word]));
		bitmap_zero(chunk->mark, MHEAP_CHUNK_GRANULES);
		bitmap_zero(chunk->grey, MHEAP_CHUNK_GRANULES);
		WRITE_ONCE(chunk->dirty, 0);
		chunk->outward = false;
	}
}
