// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stages of a collection, in order. A stage that waits for a grace period
 * is left when that has ended; the others when their work is done.
 *
 *	SETTLE		mutators that were leaving when the collection was asked for
 *			close their handles, and what is dead is taken apart, so that
 *			cycles which only these held are seen to be dead
 *	START		phase START is published, and waited for: from here on
 *			every mutator shades, and this is the snapshot
 *	ROOTS		phase MARK; objects with handles are marked
 *	PENDING		so are objects that died since then and before the snapshot:
 *			nothing marks what they hold, and it is not cyclic garbage
 *	MARK		until nothing is grey
 *	TERMINATE	... across a grace period
 *	CONDEMN		phase SWEEP is published, and waited for
 *	TALLY, and where that disagrees NARROW, SPARE, RESCUE:
 *			see verify.c
 *	SWEEP		the condemned are taken apart
 *	FREE		their cells are freed
 *	FINISH		phase IDLE is published, and waited for
 *	UNQUARANTINE	the cells of what died meanwhile are freed
 *	CLEAR		the marks are cleared
 *
 * A look at the suspects, for small dead cycles (local.h), is no collection, but is
 * driven in the same way:
 *
 *	LOCAL		that cells are to be kept is published; suspects are looked at
 *	UNKEEP		that they need not is published, and waited for
 *	DRAIN		the cells of what died meanwhile are freed
 */
#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/minmax.h>
#include <linux/ktime.h>

#include "core.h"
#include "help.h"
#include "mark.h"
#include "phase.h"
#include "pool.h"
#include "release.h"
#include "sweep.h"
#include "trace.h"
#include "verify.h"

/*
 * Collections that begin only because some suspect is old take a hundredth of a processor
 * at most: one object that keeps turning suspect must not cost a large heap more.
 */
#define MHEAP_AGE_REST		99

/**
 * mheap_collect_init - a collector that has nothing to do
 * @core: the heap, with its limits and memory
 *
 * Context: may sleep.
 * Return: 0; -EDQUOT at the heap's limit; -ENOMEM.
 */
int mheap_collect_init(struct mheap_core *core)
{
	core->collector.threshold = core->limits.suspect_min;
	return mheap_mark_init(core);
}

/**
 * mheap_collect_exit - the opposite of mheap_collect_init()
 * @core: the heap; one that was never initialised will do
 *
 * Context: any.
 */
void mheap_collect_exit(struct mheap_core *core)
{
	mheap_mark_exit(core);
}

static void mheap_collect_enter(struct mheap_core *core, enum mheap_stage stage)
{
	core->collector.stage = stage;
	mheap_scan_begin(&core->collector.scan);
	trace_mheap_collect_phase(core, core->collector.now.number, stage);
}

/* Goes to a stage that begins with waiting for a grace period. */
static void mheap_collect_enter_grace(struct mheap_core *core, enum mheap_stage stage)
{
	mheap_collect_enter(core, stage);
	core->collector.waiting = true;
	core->collector.grace_ns = ktime_get_ns();
	mheap_grace_begin(core, MHEAP_GRACE_COLLECT);
}

static void mheap_collect_publish(struct mheap_core *core, enum mheap_phase phase, u32 parity)
{
	u32 others = core->phase & (MHEAP_PHASE_SERIAL | MHEAP_PHASE_RECORD);

	/* Pairs with mheap_section_enter(): cleared bits are clear to who sees it. */
	smp_store_release(&core->phase, phase | parity | others);
}

static void mheap_collect_begin(struct mheap_core *core)
{
	struct mheap_collector *collector = &core->collector;
	struct mheap_collection *now = &collector->now;
	enum mheap_cause cause = READ_ONCE(collector->cause);

	if (!mheap_collect_asked(core))
		cause = mheap_core_suspects(core) >= collector->threshold ?
			MHEAP_CAUSE_SUSPECTS : MHEAP_CAUSE_AGE;
	*now = (struct mheap_collection) {
		.number = atomic64_read(&collector->started) + 1,
		.cause = cause,
		.start_ns = ktime_get_ns(),
	};
	collector->worked_ns = 0;
	collector->helped_before_ns = atomic64_read(&collector->helped_ns);
	collector->begin_steps = collector->steps;
	collector->adopted = false;
	atomic64_set(&collector->started, now->number);
	/* Pairs with mheap_collect_request(): who is to get this one has raised it. */
	smp_mb();
	collector->settle_for = atomic64_read(&collector->left_first);
	trace_mheap_collect_begin(core);
	mheap_collect_enter(core, MHEAP_STAGE_SETTLE);
}

static void mheap_collect_snapshot(struct mheap_core *core)
{
	u32 parity = (core->phase & MHEAP_PHASE_PARITY) ^ MHEAP_PHASE_PARITY;

	/* Suspects from here on are the next collection's. */
	atomic_long_set(&core->suspects, 0);
	atomic64_set(&core->suspected_ns, 0);
	mheap_local_forget(core);
	mheap_cycle_begin(core);
	mheap_weak_open(core);
	mheap_collect_publish(core, MHEAP_PHASE_START, parity);
	mheap_collect_enter_grace(core, MHEAP_STAGE_START);
}

/*
 * Takes apart what is dead: first what the janitor has at hand, then, once,
 * what mutators have left to it. Returns whether that is done; what they leave
 * from then on is not waited for.
 */
static bool mheap_collect_dead(struct mheap_core *core)
{
	struct mheap_mutator *janitor = &core->janitor;

	if (!janitor->dead.head) {
		if (core->collector.adopted || !mheap_release_adopt(core)) {
			core->collector.adopted = false;
			return true;
		}
		core->collector.adopted = true;
	}
	mheap_section_enter(janitor);
	mheap_release_run(janitor);
	mheap_section_exit(janitor);
	return false;
}

static void mheap_collect_settle(struct mheap_core *core)
{
	struct mheap_collector *collector = &core->collector;

	if (atomic64_read(&collector->left) < collector->settle_for)
		return;
	if (mheap_collect_dead(core))
		mheap_collect_snapshot(core);
}

static void mheap_collect_roots(struct mheap_core *core, u32 *steps)
{
	mheap_mark_roots(core, steps);
	if (*steps && mheap_scan_over(core, &core->collector.scan))
		mheap_collect_enter(core, MHEAP_STAGE_PENDING);
}

/*
 * Returns whether nothing is left to be marked. What helpers are at, they may give
 * back, so the end has to wait for them.
 */
static bool mheap_collect_drain(struct mheap_core *core, u32 *steps)
{
	struct mheap_collector *collector = &core->collector;
	struct mheap_marker *marker = &collector->marker;

	while (*steps) {
		if (!mheap_marker_empty(marker)) {
			mheap_mark_drain(core, marker, steps);
		} else if (mheap_pool_take(&collector->pool, marker)) {
			continue;
		} else if (!mheap_pool_idle(&collector->pool)) {
			collector->starved = true;
			return false;
		} else if (!mheap_mark_take_grey(core, steps)) {
			return true;
		}
	}
	return false;
}

static void mheap_collect_mark(struct mheap_core *core, u32 *steps)
{
	if (!mheap_collect_drain(core, steps))
		return;
	WRITE_ONCE(core->collector.pool.open, false);
	mheap_collect_enter_grace(core, MHEAP_STAGE_TERMINATE);
}

/*
 * A mutator that had marked an object and not yet made it grey has done so
 * now. When there was none, all that the snapshot could reach is marked, and only
 * an upgrade could bring in more: when there was none of these either, there is
 * going to be none.
 */
static void mheap_collect_terminate(struct mheap_core *core)
{
	struct mheap_collection *now = &core->collector.now;

	if (READ_ONCE(core->grey) || !mheap_weak_close(core)) {
		mheap_collect_enter(core, MHEAP_STAGE_MARK);
		return;
	}
	now->mark_ns = ktime_get_ns() - now->start_ns;
	mheap_collect_publish(core, MHEAP_PHASE_SWEEP, core->phase & MHEAP_PHASE_PARITY);
	mheap_collect_enter_grace(core, MHEAP_STAGE_CONDEMN);
}

static void mheap_collect_verify(struct mheap_core *core)
{
	mheap_collect_enter(core, MHEAP_STAGE_TALLY);
	mheap_verify_begin(core);
}

static void mheap_collect_narrow(struct mheap_core *core)
{
	mheap_collect_enter(core, MHEAP_STAGE_NARROW);
	mheap_verify_narrow_begin(core);
}

static void mheap_collect_tally(struct mheap_core *core, u32 *steps)
{
	struct mheap_collection *now = &core->collector.now;

	mheap_verify_tally(core, steps);
	if (!*steps || !mheap_scan_over(core, &core->collector.scan))
		return;
	switch (mheap_verify_verdict(core)) {
	case MHEAP_VERDICT_AGREED:
		mheap_collect_enter(core, MHEAP_STAGE_SWEEP);
		now->verify_ns = ktime_get_ns() - now->start_ns - now->mark_ns;
		break;
	case MHEAP_VERDICT_KNOWN:
		mheap_collect_enter(core, MHEAP_STAGE_RESCUE);
		break;
	case MHEAP_VERDICT_UNKNOWN:
	case MHEAP_VERDICT_LOST:
		mheap_collect_narrow(core);
		break;
	}
}

static void mheap_collect_narrowed(struct mheap_core *core, u32 *steps)
{
	mheap_verify_narrow(core, steps);
	if (!*steps || !mheap_scan_over(core, &core->collector.scan))
		return;
	switch (mheap_verify_narrowed(core)) {
	case MHEAP_VERDICT_AGREED:
	case MHEAP_VERDICT_LOST:
		mheap_collect_enter(core, MHEAP_STAGE_SPARE);
		break;
	case MHEAP_VERDICT_KNOWN:
		mheap_collect_enter(core, MHEAP_STAGE_RESCUE);
		break;
	case MHEAP_VERDICT_UNKNOWN:
		mheap_scan_begin(&core->collector.scan);
		break;
	}
}

static void mheap_collect_spare(struct mheap_core *core, u32 *steps)
{
	mheap_verify_spare(core, steps);
	if (*steps && mheap_scan_over(core, &core->collector.scan))
		mheap_collect_enter(core, MHEAP_STAGE_RESCUE);
}

static void mheap_collect_rescue(struct mheap_core *core, u32 *steps)
{
	if (mheap_collect_drain(core, steps))
		mheap_collect_verify(core);
}

static void mheap_collect_sweep(struct mheap_core *core)
{
	mheap_sweep_condemned(core);
	if (mheap_scan_over(core, &core->collector.scan))
		mheap_collect_enter(core, MHEAP_STAGE_FREE);
}

static void mheap_collect_free(struct mheap_core *core, u32 *steps)
{
	mheap_sweep_free(core, steps);
	if (!*steps || !mheap_scan_over(core, &core->collector.scan))
		return;
	mheap_collect_publish(core, MHEAP_PHASE_IDLE, core->phase & MHEAP_PHASE_PARITY);
	mheap_collect_enter_grace(core, MHEAP_STAGE_FINISH);
}

static void mheap_collect_finish(struct mheap_core *core)
{
	core->collector.drained = xchg(&core->quarantine, 0);
	mheap_collect_enter(core, MHEAP_STAGE_UNQUARANTINE);
}

static void mheap_collect_unquarantine(struct mheap_core *core, u32 *steps)
{
	mheap_sweep_quarantine(core, steps);
	if (!core->collector.drained)
		mheap_collect_enter(core, MHEAP_STAGE_CLEAR);
}

static void mheap_collect_end(struct mheap_core *core)
{
	struct mheap_collector *collector = &core->collector;
	struct mheap_collection *now = &collector->now;

	now->failures += atomic_xchg(&collector->witnessed, 0);
	/* Weak cells are marked too, and are no objects. */
	now->marked -= min_t(u64, now->marked, READ_ONCE(core->weak.cells));
	now->end_ns = ktime_get_ns();
	now->sweep_ns = now->end_ns - now->start_ns - now->mark_ns - now->verify_ns;
	collector->last = *now;
	collector->total_freed += now->freed;
	collector->total_ns += now->end_ns - now->start_ns;
	collector->total_failures += now->failures;
	collector->worked_ns += atomic64_read(&collector->helped_ns) - collector->helped_before_ns;
	WRITE_ONCE(collector->rest_ns, now->end_ns + MHEAP_AGE_REST * collector->worked_ns);
	trace_mheap_collect_end(core);
	mheap_collect_pace(core, now->marked);
	mheap_cycle_end(core);
	core->trim.turn = true;
	mheap_collect_enter(core, MHEAP_STAGE_IDLE);
	/* Pairs with whoever waits for this number, and then looks. */
	smp_mb();
	atomic64_set(&collector->finished, now->number);
}

static void mheap_collect_clear(struct mheap_core *core, u32 *steps)
{
	mheap_sweep_clear(core, steps);
	if (core->collector.scan.index >= READ_ONCE(core->cells.end))
		mheap_collect_end(core);
}

static void mheap_collect_keep(struct mheap_core *core)
{
	mheap_local_begin(core);
	mheap_collect_publish(core, MHEAP_PHASE_IDLE,
			      (core->phase & MHEAP_PHASE_PARITY) | MHEAP_PHASE_KEEP);
	/*
	 * Pairs with mheap_release_retire(): who frees a cell has seen before that it may,
	 * and no slot refers to it since before that. So we read no slot that does.
	 */
	smp_mb();
	mheap_collect_enter(core, MHEAP_STAGE_LOCAL);
}

static void mheap_collect_local(struct mheap_core *core, u32 *steps)
{
	/* Who asks for a collection need not wait for the end of this. */
	if (!mheap_local_look(core, steps) && !mheap_collect_asked(core))
		return;
	mheap_local_stop(core);
	mheap_collect_publish(core, MHEAP_PHASE_IDLE, core->phase & MHEAP_PHASE_PARITY);
	mheap_collect_enter_grace(core, MHEAP_STAGE_UNKEEP);
}

static void mheap_collect_idle(struct mheap_core *core, enum mheap_demand demand)
{
	if (demand == MHEAP_DEMAND_LOCAL)
		mheap_collect_keep(core);
	else
		mheap_collect_begin(core);
}

static void mheap_collect_slice(struct mheap_core *core)
{
	u32 slice = MHEAP_SLICE_STEPS, *steps = &slice;

	switch (core->collector.stage) {
	case MHEAP_STAGE_SETTLE:
		mheap_collect_settle(core);
		break;
	case MHEAP_STAGE_START:
		mheap_collect_publish(core, MHEAP_PHASE_MARK, core->phase & MHEAP_PHASE_PARITY);
		core->collector.roots_ns = ktime_get_ns();
		mheap_collect_enter(core, MHEAP_STAGE_ROOTS);
		break;
	case MHEAP_STAGE_ROOTS:
		mheap_collect_roots(core, steps);
		break;
	case MHEAP_STAGE_PENDING:
		if (mheap_collect_dead(core))
			mheap_collect_enter(core, MHEAP_STAGE_MARK);
		break;
	case MHEAP_STAGE_MARK:
		mheap_collect_mark(core, steps);
		break;
	case MHEAP_STAGE_TERMINATE:
		mheap_collect_terminate(core);
		break;
	case MHEAP_STAGE_CONDEMN:
		mheap_collect_verify(core);
		break;
	case MHEAP_STAGE_TALLY:
		mheap_collect_tally(core, steps);
		break;
	case MHEAP_STAGE_NARROW:
		mheap_collect_narrowed(core, steps);
		break;
	case MHEAP_STAGE_SPARE:
		mheap_collect_spare(core, steps);
		break;
	case MHEAP_STAGE_RESCUE:
		mheap_collect_rescue(core, steps);
		break;
	case MHEAP_STAGE_SWEEP:
		mheap_collect_sweep(core);
		break;
	case MHEAP_STAGE_FREE:
		mheap_collect_free(core, steps);
		break;
	case MHEAP_STAGE_FINISH:
		mheap_collect_finish(core);
		break;
	case MHEAP_STAGE_UNQUARANTINE:
		mheap_collect_unquarantine(core, steps);
		break;
	case MHEAP_STAGE_CLEAR:
		mheap_collect_clear(core, steps);
		break;
	case MHEAP_STAGE_LOCAL:
		mheap_collect_local(core, steps);
		break;
	case MHEAP_STAGE_UNKEEP:
		core->collector.drained = xchg(&core->quarantine, 0);
		mheap_collect_enter(core, MHEAP_STAGE_DRAIN);
		break;
	case MHEAP_STAGE_DRAIN:
		mheap_sweep_quarantine(core, steps);
		if (!core->collector.drained) {
			WRITE_ONCE(core->local.running, false);
			mheap_collect_enter(core, MHEAP_STAGE_IDLE);
		}
		break;
	case MHEAP_STAGE_IDLE:
	case MHEAP_STAGE_COUNT:
		WARN_ON_ONCE(1);
		break;
	}
}

/**
 * mheap_collect_step - go on with a collection, or begin one that is due
 * @core: the heap
 *
 * Takes MHEAP_SLICE_STEPS steps at most, and never waits.
 *
 * Context: may sleep; by the worker.
 * Return: MHEAP_STEP_IDLE when none runs and none is due; MHEAP_STEP_WAIT when
 *	   a grace period has to end first, or a helper's work; MHEAP_STEP_MORE.
 */
enum mheap_step mheap_collect_step(struct mheap_core *core)
{
	struct mheap_collector *collector = &core->collector;
	enum mheap_demand demand;
	u64 begin, took;

	if (collector->stage == MHEAP_STAGE_IDLE) {
		demand = mheap_collect_demand(core);
		if (demand == MHEAP_DEMAND_NONE)
			return MHEAP_STEP_IDLE;
		mheap_collect_idle(core, demand);
		return MHEAP_STEP_MORE;
	}
	if (collector->waiting) {
		if (!mheap_grace_over(core, MHEAP_GRACE_COLLECT))
			return MHEAP_STEP_WAIT;
		collector->waiting = false;
		collector->now.grace_ns += ktime_get_ns() - collector->grace_ns;
	}
	collector->steps++;
	collector->starved = false;
	begin = ktime_get_ns();
	mheap_collect_slice(core);
	took = ktime_get_ns() - begin;
	collector->worked_ns += took;
	WRITE_ONCE(collector->total_worked_ns, collector->total_worked_ns + took);
	mheap_help_offer(core);
	mheap_pool_give(&collector->pool, &collector->marker);
	return collector->starved ? MHEAP_STEP_WAIT : MHEAP_STEP_MORE;
}
