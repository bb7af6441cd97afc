// SPDX-License-Identifier: GPL-2.0-only
/*
 * When a collection is to begin: because somebody asks, because suspects are
 * many, or because they are old.
 */
#include <linux/compiler.h>
#include <linux/ktime.h>
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

/**
 * mheap_collect_delay - when will the suspects be old
 * @core: the heap
 *
 * Context: any.
 * Return: in so many milliseconds, if there are any; 0 when they are.
 */
u32 mheap_collect_delay(struct mheap_core *core)
{
	u64 age = READ_ONCE(core->limits.suspect_age_ms) * (u64)NSEC_PER_MSEC;
	u64 since = atomic64_read(&core->suspected_ns);
	u64 now = ktime_get_ns();

	/* The first of them came while those before were forgotten. */
	if (!since) {
		atomic64_set(&core->suspected_ns, now);
		since = now;
	}
	if (now - since >= age)
		return 0;
	return div_u64(age - (now - since), NSEC_PER_MSEC) + 1;
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
	struct mheap_collector *collector = &core->collector;

	return atomic64_read(&collector->requested) > atomic64_read(&collector->started) ||
	       atomic_long_read(&core->suspects) >= READ_ONCE(collector->threshold);
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
 * mheap_collect_due_now - should a collection begin
 * @core: the heap
 *
 * Looks at the clock too, and at how large the heap is by now.
 *
 * Context: may sleep; takes mutators_lock; by the worker.
 * Return: whether one was asked for, or the suspects are many or old.
 */
bool mheap_collect_due_now(struct mheap_core *core)
{
	struct mheap_core_stat stat;

	if (atomic_long_read(&core->suspects) && !mheap_collect_delay(core))
		return true;
	if (!mheap_collect_due(core))
		return false;
	mheap_core_stat(core, &stat);
	mheap_collect_pace(core, stat.objects);
	return mheap_collect_due(core);
}
