// SPDX-License-Identifier: GPL-2.0-only
/*
 * When a collection is to begin: because somebody asks, because suspects are many, or
 * because they are old. Suspects are looked at first, where that pays (local.h), and
 * those that this settles count for nothing here.
 */
#include <linux/compiler.h>
#include <linux/ktime.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>

#include "core.h"

/**
 * mheap_collect_leave - a mutator begins to leave: its handles are to be closed
 * @core: the heap
 *
 * Context: any.
 */
void mheap_collect_leave(struct mheap_core *core)
{
	atomic64_inc(&core->collector.leaving);
}

/**
 * mheap_collect_left - a mutator has left, and has no handles any more
 * @core: the heap
 *
 * Context: any.
 */
void mheap_collect_left(struct mheap_core *core)
{
	atomic64_inc(&core->collector.left);
}

/**
 * mheap_collect_leaving - is a mutator about to leave
 * @core: the heap
 *
 * Context: any.
 * Return: whether there is one.
 */
bool mheap_collect_leaving(struct mheap_core *core)
{
	return atomic64_read(&core->collector.left) != atomic64_read(&core->collector.leaving);
}

/* Raises @word to @number. Returns whether that is higher than it was. */
static bool mheap_collect_raise(atomic64_t *word, s64 number)
{
	s64 old = atomic64_read(word);

	while (old < number)
		if (atomic64_try_cmpxchg(word, &old, number))
			return true;
	return false;
}

/**
 * mheap_collect_request - ask for a collection
 * @core: the heap
 * @cause: why
 *
 * It waits for the mutators that are leaving by now, so what only their handles
 * held is found to be dead.
 *
 * Context: any.
 * Return: the number of a collection that begins after this call began; the
 *	   collector's @finished tells when it has ended.
 */
u64 mheap_collect_request(struct mheap_core *core, enum mheap_cause cause)
{
	struct mheap_collector *collector = &core->collector;
	s64 number;

	mheap_collect_raise(&collector->left_first, atomic64_read(&collector->leaving));
	/*
	 * What the caller did before is part of what that collection sees; and
	 * who sees the request sees who has to leave first.
	 */
	smp_mb();
	number = atomic64_read(&collector->started) + 1;
	if (mheap_collect_raise(&collector->requested, number))
		WRITE_ONCE(collector->cause, cause);
	return number;
}

/**
 * mheap_collect_pace - so many suspects are worth a collection of so many objects
 * @core: the heap
 * @objects: the objects
 *
 * Context: by the worker.
 */
void mheap_collect_pace(struct mheap_core *core, u64 objects)
{
	WRITE_ONCE(core->collector.threshold,
		   max_t(u64, READ_ONCE(core->limits.suspect_min),
			 div_u64(objects * READ_ONCE(core->limits.suspect_percent), 100)));
}

/* Suspects are looked at when they are a part of the age at which they are collected. */
#define MHEAP_LOCAL_AGE		4

/* A pass has a look at every chunk, which is to be worth it. */
#define MHEAP_LOCAL_CHUNKS	4

/* When they are such a part of what begins a collection, nothing is put off any more. */
#define MHEAP_LOCAL_PRESSING	4

static u64 mheap_collect_age_ns(struct mheap_core *core)
{
	return READ_ONCE(core->limits.suspect_age_ms) * (u64)NSEC_PER_MSEC;
}

/* Suspects that nothing but a collection can settle, and since when there are some. */
static u64 mheap_collect_kept(struct mheap_core *core, u64 *ret_since)
{
	u64 kept = READ_ONCE(core->local.kept);

	*ret_since = kept ? READ_ONCE(core->local.kept_ns) : 0;
	if (READ_ONCE(core->local.budget))
		return kept;
	if (!*ret_since)
		*ret_since = atomic64_read(&core->suspected_ns);
	return kept + atomic_long_read(&core->suspects);
}

/* Suspects that are to be looked at. */
static u64 mheap_collect_fresh(struct mheap_core *core)
{
	return READ_ONCE(core->local.budget) ? atomic_long_read(&core->suspects) : 0;
}

static bool mheap_collect_many_fresh(struct mheap_core *core)
{
	u64 fresh = mheap_collect_fresh(core);

	return fresh >= READ_ONCE(core->limits.suspect_min) &&
	       fresh >= READ_ONCE(core->cells.end) / MHEAP_LOCAL_CHUNKS;
}

/*
 * Suspects to be looked at that come faster than they go. Each may be all that is suspect of
 * a cycle of several objects, so they are to be fewer than those that begin a collection.
 */
static bool mheap_collect_pressing_fresh(struct mheap_core *core)
{
	return mheap_collect_many_fresh(core) &&
	       mheap_collect_fresh(core) >=
	       READ_ONCE(core->collector.threshold) / MHEAP_LOCAL_PRESSING;
}

/* When suspects are to be collected, if some are left to a collection. */
static u64 mheap_collect_when_kept(struct mheap_core *core)
{
	u64 since;

	if (!mheap_collect_kept(core, &since))
		return U64_MAX;
	return max(since + mheap_collect_age_ns(core), READ_ONCE(core->collector.rest_ns));
}

/* When suspects are to be looked at, or collected, if there are any. */
static u64 mheap_collect_when(struct mheap_core *core)
{
	u64 when = mheap_collect_when_kept(core);

	if (mheap_collect_fresh(core))
		when = min_t(u64, when, atomic64_read(&core->suspected_ns) +
				       mheap_collect_age_ns(core) / MHEAP_LOCAL_AGE);
	return when;
}

/**
 * mheap_collect_delay - when will the suspects be old
 * @core: the heap
 *
 * Context: any.
 * Return: in so many milliseconds, if there are any; 0 when they are.
 */
u32 mheap_collect_delay(struct mheap_core *core)
{
	u64 now = ktime_get_ns(), when;

	/* The first of them came while those before were forgotten. */
	if (atomic_long_read(&core->suspects) && !atomic64_read(&core->suspected_ns))
		atomic64_set(&core->suspected_ns, now);
	when = mheap_collect_when(core);
	if (when <= now)
		return 0;
	return min_t(u64, div_u64(when - now, NSEC_PER_MSEC) + 1, U32_MAX);
}

/**
 * mheap_collect_asked - has somebody asked for a collection
 * @core: the heap
 *
 * Context: any.
 * Return: whether somebody has, and it has not begun.
 */
bool mheap_collect_asked(struct mheap_core *core)
{
	struct mheap_collector *collector = &core->collector;

	return atomic64_read(&collector->requested) > atomic64_read(&collector->started);
}

/**
 * mheap_collect_due - should a collection begin, not looking at the clock
 * @core: the heap
 *
 * Context: any.
 * Return: whether one was asked for, or the suspects are many.
 */
bool mheap_collect_due(struct mheap_core *core)
{
	u64 since;

	return mheap_collect_asked(core) || mheap_collect_many_fresh(core) ||
	       mheap_collect_kept(core, &since) >= READ_ONCE(core->collector.threshold);
}

/**
 * mheap_collect_running - does a collection run
 * @core: the heap
 *
 * Context: any.
 * Return: whether one has begun and not ended.
 */
bool mheap_collect_running(struct mheap_core *core)
{
	return atomic64_read(&core->collector.started) !=
	       atomic64_read(&core->collector.finished);
}

/**
 * mheap_collect_urgent - is what is begun, or to be begun, not to be put off
 * @core: the heap
 *
 * Context: by the worker.
 * Return: whether somebody waits for it, or suspects come faster than they go.
 */
bool mheap_collect_urgent(struct mheap_core *core)
{
	struct mheap_collector *collector = &core->collector;
	u64 threshold = READ_ONCE(collector->threshold), since;
	bool waited = mheap_collect_running(core) &&
		      collector->now.cause != MHEAP_CAUSE_SUSPECTS &&
		      collector->now.cause != MHEAP_CAUSE_AGE;

	/* An instant has to wait for its end. */
	return waited || mheap_collect_asked(core) || mheap_instant_wanted(core) ||
	       mheap_collect_kept(core, &since) >= threshold + threshold / 2 ||
	       mheap_collect_pressing_fresh(core);
}

/* Whether those that only a collection can settle are many, or old. */
static bool mheap_collect_wanted(struct mheap_core *core)
{
	struct mheap_core_stat stat;
	u64 since;

	if (mheap_collect_when_kept(core) <= ktime_get_ns())
		return true;
	if (mheap_collect_kept(core, &since) < READ_ONCE(core->collector.threshold))
		return false;
	/* The heap may have grown since that was found. */
	mheap_core_stat(core, &stat);
	mheap_collect_pace(core, stat.objects);
	return mheap_collect_kept(core, &since) >= READ_ONCE(core->collector.threshold);
}

/**
 * mheap_collect_demand - what should begin
 * @core: the heap
 *
 * Looks at the clock too, and at how large the heap is by now.
 *
 * Context: may sleep; takes mutators_lock; by the worker.
 * Return: see &enum mheap_demand.
 */
enum mheap_demand mheap_collect_demand(struct mheap_core *core)
{
	if (mheap_collect_asked(core))
		return MHEAP_DEMAND_TRACE;
	if (!mheap_core_suspects(core))
		return MHEAP_DEMAND_NONE;
	/* A collection settles those, too, that a look might: it goes first. */
	if (mheap_collect_wanted(core))
		return MHEAP_DEMAND_TRACE;
	if (mheap_collect_fresh(core) &&
	    (mheap_collect_many_fresh(core) || !mheap_collect_delay(core)))
		return MHEAP_DEMAND_LOCAL;
	return MHEAP_DEMAND_NONE;
}
