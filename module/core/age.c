// SPDX-License-Identifier: GPL-2.0-only
#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/ktime.h>

#include "age.h"
#include "core.h"
#include "count.h"
#include "scan.h"

/* An hour. */
#define MHEAP_TICKS_OLD		((3600ULL * 1000000000ULL) >> MHEAP_TICK_SHIFT)

/* Milliseconds of a tick, times 2^20. */
#define MHEAP_TICK_MS_20	140737488ULL

/**
 * mheap_age_init - time begins
 * @core: the heap
 *
 * Context: any.
 */
void mheap_age_init(struct mheap_core *core)
{
	core->born_ns = ktime_get_coarse_ns();
}

/**
 * mheap_age_now - the tick that it is
 * @core: the heap
 *
 * Context: any.
 * Return: 1 to MHEAP_TICKS.
 */
u32 mheap_age_now(const struct mheap_core *core)
{
	u64 ticks = (ktime_get_coarse_ns() - core->born_ns) >> MHEAP_TICK_SHIFT;

	return (u32)ticks % MHEAP_TICKS + 1;
}

/**
 * mheap_age_ms - how old an object is
 * @core: the heap
 * @word: the word of its cell that says so
 *
 * Context: any.
 * Return: milliseconds, in steps of 134; MHEAP_AGE_MS_OLD for more than an hour.
 */
u32 mheap_age_ms(const struct mheap_core *core, u32 word)
{
	u32 birth = word >> MHEAP_BIRTH_SHIFT, ms;

	if (!birth)
		return MHEAP_AGE_MS_OLD;
	ms = mheap_age_ticks(birth, mheap_age_now(core)) * MHEAP_TICK_MS_20 >> 20;
	return ms > MHEAP_AGE_MS_MAX ? MHEAP_AGE_MS_OLD : ms;
}

/*
 * If the object dies meanwhile, the word says how far it has been taken apart, which
 * fits into the lower half of it, or nobody uses it any more: either way it is not what
 * was read, or does not matter. An object that another one has become was not born then.
 */
static void mheap_age_one(struct mheap_cell *cell, u32 tick)
{
	u32 word, birth;

	if (!(atomic64_read(&cell->count) & MHEAP_COUNT_REFS))
		return;
	/* Pairs with the release in mheap_object_build(). */
	smp_rmb();
	if (mheap_cell_weak(cell))
		return;
	word = READ_ONCE(cell->site);
	birth = word >> MHEAP_BIRTH_SHIFT;
	if (birth && mheap_age_ticks(birth, tick) >= MHEAP_TICKS_OLD)
		cmpxchg(&cell->site, word, word & MHEAP_SITE_MASK);
}

/**
 * mheap_age_some - tell objects that are old so
 * @mutator: not in a section
 * @cursor: 0 to begin; written: where to go on
 *
 * Context: any. Takes as long as a slice of the collector.
 * Return: whether all have been told.
 */
bool mheap_age_some(struct mheap_mutator *mutator, u32 *cursor)
{
	struct mheap_core *core = mutator->core;
	u32 steps = MHEAP_SLICE_STEPS, number;
	struct mheap_scan scan;
	bool over;

	mheap_section_enter(mutator);
	mheap_scan_seek(core, &scan, *cursor);
	while ((number = mheap_scan_next(core, &scan, MHEAP_FILTER_ALL, &steps)))
		mheap_age_one(mheap_cell_of(core, number), mheap_age_tick(mutator));
	*cursor = mheap_scan_tell(&scan);
	over = mheap_scan_over(core, &scan);
	mheap_section_exit(mutator);
	return over;
}
