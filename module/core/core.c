// SPDX-License-Identifier: GPL-2.0-only
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#include "age.h"
#include "core.h"
#include "object.h"
#include "release.h"
#include "reserve.h"

/* Chunks' worth of indices for a limit of @bytes. */
static u32 mheap_core_indices(u64 bytes, u32 factor)
{
	return min_t(u64, (bytes >> MHEAP_CHUNK_SHIFT) * factor + 2, MHEAP_INDEX_MAX);
}

/**
 * mheap_core_init - make an empty heap
 * @core: zeroed memory
 * @limits: what it is made with; all within their ranges, none of them 0 but
 *	    perhaps @limits->max_objects
 * @all: what its memory is charged to besides, or NULL
 *
 * Context: may sleep.
 * Return: 0; -EDQUOT when @limits->max_bytes is too little for any heap;
 *	   -ENOMEM; -EINTR when the caller of a reserved one is being killed.
 *	   mheap_core_destroy() is to be called in any case.
 */
int mheap_core_init(struct mheap_core *core, const struct mheap_limits *limits,
		    struct mheap_memory *all)
{
	u64 max_bytes = min_t(u64, limits->max_bytes, LONG_MAX);
	int ret;

	core->limits = *limits;
	core->max_objects = limits->max_objects;
	mheap_memory_init(&core->memory, max_bytes, all);
	mutex_init(&core->mutators_lock);
	INIT_LIST_HEAD(&core->mutators);
	mheap_root_init(&core->roots);
	mheap_weak_init(core);
	mheap_age_init(core);
	mheap_sites_init(core);
	mheap_types_init(core);
	mheap_dump_init(core);
	mheap_instant_init(core);
	mheap_trim_init(core);
	ret = mheap_space_init(&core->cells, &core->memory, mheap_core_indices(max_bytes, 1),
			       true);
	if (ret)
		return ret;
	/* A large payload takes whole indices, in a row, for its pages: leave room. */
	ret = mheap_space_init(&core->payloads, &core->memory, mheap_core_indices(max_bytes, 4),
			       false);
	if (ret)
		return ret;
	mheap_local_init(core);
	ret = mheap_collect_init(core);
	if (ret)
		return ret;
	mheap_mutator_init(&core->janitor, core);
	core->janitor.keep_dead = true;
	return limits->reserved ? mheap_reserve_fill(core) : 0;
}

/* Cells that have memory of their own besides their chunk. */
static void mheap_core_free_spines(struct mheap_core *core)
{
	struct mheap_scan scan;
	struct mheap_cell *cell;
	u32 number, steps;

	mheap_scan_begin(&scan);
	do {
		steps = MHEAP_SLICE_STEPS;
		while ((number = mheap_scan_next(core, &scan, MHEAP_FILTER_ALL, &steps))) {
			cell = mheap_cell_of(core, number);
			if (mheap_cell_wide(cell) && mheap_cell_spine(cell))
				mheap_object_free_spine(core, mheap_cell_spine(cell),
							mheap_cell_slots(cell));
		}
		cond_resched();
	} while (!mheap_scan_over(core, &scan));
}

/**
 * mheap_core_destroy - free a heap and everything in it
 * @core: the heap, which nobody uses any more
 *
 * Context: may sleep.
 */
void mheap_core_destroy(struct mheap_core *core)
{
	if (core->cells.leaf)
		mheap_core_free_spines(core);
	mheap_instant_exit(core);
	mheap_trim_exit(core);
	mheap_space_destroy(&core->cells);
	mheap_space_destroy(&core->payloads);
	mheap_reserve_drain(core);
	mheap_sites_exit(core);
	mheap_types_exit(core);
	mheap_collect_exit(core);
	mutex_destroy(&core->mutators_lock);
}

/**
 * mheap_core_attention - what does a heap want of its worker
 * @core: the heap
 *
 * Context: any. To be asked after every section.
 * Return: see &enum mheap_attention.
 */
enum mheap_attention mheap_core_attention(struct mheap_core *core)
{
	if (READ_ONCE(core->dead) || mheap_collect_due(core) || mheap_trim_wanted(core) ||
	    mheap_instant_wanted(core))
		return MHEAP_ATTENTION_NOW;
	if (mheap_core_suspects(core) || mheap_trim_useful(core))
		return MHEAP_ATTENTION_LATER;
	return MHEAP_ATTENTION_NONE;
}

/*
 * Takes apart a section's worth of what mutators left. Stages that do so
 * themselves have an end only when nobody else adopts.
 */
static bool mheap_core_drain(struct mheap_core *core)
{
	struct mheap_mutator *janitor = &core->janitor;

	if (core->collector.stage == MHEAP_STAGE_SETTLE ||
	    core->collector.stage == MHEAP_STAGE_PENDING)
		return false;
	if (!janitor->dead.head && !mheap_release_adopt(core))
		return false;
	mheap_section_enter(janitor);
	mheap_release_run(janitor);
	mheap_section_exit(janitor);
	return true;
}

/* Collections and passes of trimming. */
static enum mheap_step mheap_core_work_on(struct mheap_core *core)
{
	enum mheap_step step = MHEAP_STEP_IDLE;

	/* They take turns where both are due. */
	if (mheap_trim_running(core) ||
	    (core->trim.turn && core->collector.stage == MHEAP_STAGE_IDLE))
		step = mheap_trim_step(core);
	if (step == MHEAP_STEP_IDLE && (!core->collector.resting || mheap_collect_urgent(core)))
		step = mheap_collect_step(core);
	/* One that rests has not ended, and looks at chunks. */
	if (step == MHEAP_STEP_IDLE && core->collector.stage == MHEAP_STAGE_IDLE)
		step = mheap_trim_step(core);
	return step;
}

/**
 * mheap_core_work - a bounded piece of the work that a heap has for its worker
 * @core: the heap
 *
 * Context: may sleep; never waits. One thread at a time: that is the worker.
 * Return: MHEAP_STEP_IDLE when there is nothing to do; MHEAP_STEP_WAIT when a
 *	   grace period has to end first; MHEAP_STEP_MORE.
 */
enum mheap_step mheap_core_work(struct mheap_core *core)
{
	bool drained = mheap_core_drain(core);
	/*
	 * This first: a collection that begins while an instant is waited for has grace
	 * periods to wait for that begin later, before it touches any count.
	 */
	enum mheap_step instant = mheap_instant_step(core);
	enum mheap_step step = mheap_core_work_on(core);

	if (drained || instant == MHEAP_STEP_MORE)
		return MHEAP_STEP_MORE;
	return step == MHEAP_STEP_IDLE ? instant : step;
}
