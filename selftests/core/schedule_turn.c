// SPDX-License-Identifier: GPL-2.0-only
/* Whose turn it is in a schedule; see schedule.h. */
#include "schedule.h"

static bool collector_step(struct actor *a)
{
	enum mheap_stage stage = s.core->collector.stage;
	enum mheap_step step;

	/* Now and then it is to pause, if nobody waits for it. */
	s.core->collector.resting = !s.finishing && !heap_below(&a->random, 4);
	step = mheap_core_work(s.core);
	if (s.core->collector.stage != stage)
		schedule_note(a, "stage", 0, 0, 0);
	a->waits = step == MHEAP_STEP_WAIT;
	if (step != MHEAP_STEP_IDLE)
		return true;
	if (s.finishing)
		return false;
	if (heap_below(&a->random, 256) < s.collect_below)
		mheap_collect_request(s.core, MHEAP_CAUSE_REQUEST);
	else if (!heap_below(&a->random, 4))
		mheap_trim_request(s.core);
	return true;
}

/* A helper takes what there is, when it likes, and is never done. */
static bool helper_step(struct actor *a)
{
	a->waits = !mheap_help(s.core, &s.marker);
	return true;
}

/* Somebody takes a picture now and then, and reads it. */
static bool watcher_step(struct actor *a)
{
	u32 stage = s.core->instant.stage;

	a->waits = viewer_step(&s.viewer);
	if (s.core->instant.stage != stage)
		schedule_note(a, "picture", stage, s.core->instant.stage, 0);
	return true;
}

static bool step(struct actor *a)
{
	if (a == &s.watcher)
		return watcher_step(a);
	if (a == &s.helper)
		return helper_step(a);
	return a == &s.collector ? collector_step(a) : schedule_mutator_step(a);
}

static void count_step(void)
{
	if (++s.steps > 1000000)
		schedule_fail("the schedule does not end", 0);
}

void schedule_run(void *arg)
{
	struct actor *a = arg;

	for (;;) {
		a->parked = !step(a);
		count_step();
		if (a->parked || a->waits || --s.points_left == 0)
			fibre_yield();
	}
}

/* Between looking at a slot and counting what it held much can happen. */
static bool in_window(void)
{
	return ((struct actor *)fibre_current()->arg)->watched;
}

/* Others go on for long before this one does. */
static void freeze(void)
{
	((struct actor *)fibre_current()->arg)->frozen = 1 << heap_below(&s.random, 6);
	fibre_yield();
}

void schedule_at_point(void)
{
	u32 i;

	if (!fibre_current())
		return;
	for (i = 0; i < s.used_mutators; i++)
		if (s.mutators[i].watched)
			schedule_watch(&s.mutators[i]);
	if (--s.points_left == 0)
		fibre_yield();
	else if (in_window() && !heap_below(&s.random, 4))
		freeze();
}

void schedule_at_relax(void)
{
	s.points_left = 1;
	schedule_at_point();
}

/* Where whole operations take turns nobody is to wait within one, for a section's end. */
static bool blocked(const struct actor *a)
{
	return !s.points && s.core->instant.serial.holder &&
	       s.core->instant.serial.holder != &a->fibre.task;
}

static void go(struct actor *a)
{
	struct shim_task *outside = shim_task;

	if (blocked(a)) {
		a->waits = true;
		count_step();
		return;
	}

	if (s.points) {
		fibre_go(&a->fibre);
	} else {
		shim_task = &a->fibre.task;
		a->parked = !step(a);
		shim_task = outside;
	}
	count_step();
}

static struct actor *actor_of(u32 i)
{
	if (i < s.used_mutators)
		return &s.mutators[i];
	if (i == s.used_mutators)
		return &s.collector;
	return i == s.used_mutators + 1 ? &s.helper : &s.watcher;
}

void schedule_interleave(void)
{
	const u32 scales = s.points ? 13 : 6;
	struct actor *a;
	u32 i, parked;

	for (;;) {
		for (i = parked = 0; i < s.used_mutators; i++)
			parked += s.mutators[i].parked;
		if (parked == s.used_mutators)
			return;
		a = actor_of(heap_below(&s.random, s.used_mutators + 3));
		if (a->parked || (a->frozen && a->frozen--))
			continue;
		s.points_left = 1 + heap_below(&s.random, 1 << heap_below(&s.random, scales));
		do {
			go(a);
			schedule_check_reachable();
		} while (!s.points && --s.points_left && !a->parked && !a->waits);
	}
}

void schedule_settle(void)
{
	s.finishing = true;
	do {
		s.points_left = 1U << 31;
		go(&s.collector);
		/* It may have something that the collector waits for. */
		go(&s.helper);
	} while (!s.collector.parked);
	s.finishing = false;
	s.collector.parked = false;
}

void schedule_finish_watching(void)
{
	s.viewer.last = true;
	s.finishing = true;
	while (s.core->instant.stage != MHEAP_INSTANT_NONE) {
		s.points_left = 1U << 31;
		go(&s.watcher);
		go(&s.collector);
		s.collector.parked = false;
		go(&s.helper);
	}
	s.viewer.last = false;
	s.finishing = false;
}
