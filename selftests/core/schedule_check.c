// SPDX-License-Identifier: GPL-2.0-only
/* What must hold of a schedule; see schedule.h. */
#include <stdio.h>
#include <stdlib.h>

#include "schedule.h"

static const char *const stage_names[] = {
#define STAGE_NAME(name, text) text,
	MHEAP_STAGES(STAGE_NAME)
};

static void print_event(const struct event *event)
{
	static const char *const phases[] = { "idle", "start", "mark", "sweep" };

	printf("#   %s%u %-12s %u %u %u\t(phase %s, stage %s)\n",
	       event->actor == MUTATORS ? "collector" : "mutator", event->actor, event->what,
	       event->a, event->b, event->c, phases[event->phase & 3], stage_names[event->stage]);
}

void schedule_note(const struct actor *actor, const char *what, u32 a, u32 b, u32 c)
{
	struct event *event = &s.history[s.events++ % HISTORY];

	*event = (struct event) {
		.what = what, .actor = actor->id, .a = a, .b = b, .c = c,
		.phase = actor->m->phase, .stage = s.core->collector.stage,
	};
	if (s.verbose)
		print_event(event);
}

void __attribute__((noreturn)) schedule_fail(const char *why, u32 number)
{
	unsigned long i = s.events > 60 ? s.events - 60 : 0;

	printf("# schedule %lu of TAP_SEED=%llu (%s): %s: %u\n", s.number, s.seed,
	       s.points ? "points" : "operations", why, number);
	for (; !s.verbose && i < s.events; i++)
		print_event(&s.history[i % HISTORY]);
	printf("not ok - schedule\n");
	exit(1);
}

static u32 reach(u32 number, u32 top)
{
	if (!number || s.stamps[number] == s.stamp)
		return top;
	s.stamps[number] = s.stamp;
	s.queue[top] = number;
	return top + 1;
}

static u32 reach_roots(u32 top)
{
	u32 i, j;

	for (i = 0; i < s.used_mutators; i++)
		for (j = 0; j < HANDLES; j++)
			top = reach(s.mutators[i].handles[j], top);
	for (i = 0; i < MHEAP_ROOTS; i++)
		top = reach(s.core->roots.entries[i].number, top);
	return reach(s.mail, top);
}

static void check_object(u32 number)
{
	struct mheap_chunk *chunk = mheap_space_chunk(&s.core->cells, number >> MHEAP_INDEX_SHIFT);
	enum mheap_stage stage = s.core->collector.stage;

	if (!chunk || !(chunk->alloc[mheap_chunk_bit(number) / 64] >> number % 64 & 1))
		schedule_fail("a cell was freed that is reachable", number);
	if (!(((struct mheap_cell *)mheap_chunk_at(chunk, number))->count.counter &
	      MHEAP_COUNT_REFS))
		schedule_fail("an object died that is reachable", number);
	if (s.defence)
		return;
	if (stage >= MHEAP_STAGE_TALLY && stage <= MHEAP_STAGE_SWEEP &&
	    !(chunk->mark[mheap_chunk_bit(number) / 64] >> number % 64 & 1))
		schedule_fail("an object was condemned that is reachable", number);
}

u32 schedule_check_reachable(void)
{
	void (*at_point)(void) = shim_at_point;
	struct mheap_cell *cell;
	u32 at = 0, top, i;

	shim_at_point = NULL;
	s.stamp++;
	top = reach_roots(0);
	while (at < top) {
		check_object(s.queue[at]);
		cell = mheap_cell_of(s.core, s.queue[at++]);
		for (i = 0; i < mheap_cell_slots(cell); i++)
			top = reach(*mheap_cell_slot(cell, i), top);
	}
	shim_at_point = at_point;
	if (shim_warnings && !s.defence)
		schedule_fail("the collector warned", shim_warnings);
	return top;
}

void schedule_expect_only_reachable(void)
{
	struct mheap_scan scan;
	u32 number, steps = ~0U, reachable, alive = 0, weak = 0, i, j, mine;

	reachable = schedule_check_reachable();
	mheap_scan_begin(&scan);
	while ((number = mheap_scan_next(s.core, &scan, MHEAP_FILTER_ALL, &steps))) {
		alive++;
		weak += mheap_weak_is(s.core, number);
		if (s.stamps[number] != s.stamp)
			schedule_fail("garbage was not collected", number);
		mine = s.mail == number;
		for (i = 0; i < s.used_mutators; i++)
			for (j = 0; j < HANDLES; j++)
				mine += s.mutators[i].handles[j] == number;
		for (i = 0; i < MHEAP_ROOTS; i++)
			mine += s.core->roots.entries[i].number == number;
		if (heap_handles(s.core, number) != mine)
			schedule_fail("the handles of an object were miscounted", number);
	}
	if (alive != reachable || heap_objects(s.core) != alive - weak)
		schedule_fail("the number of objects is wrong", alive);
	if (s.core->weak.cells != weak)
		schedule_fail("the number of weak cells is wrong", weak);
	if (s.core->collector.total_failures)
		schedule_fail("a verification failed", 0);
}

static u32 count_slots(u32 number)
{
	struct mheap_scan scan;
	struct mheap_cell *cell;
	u32 other, steps = ~0U, i, slots = 0;

	mheap_scan_begin(&scan);
	while ((other = mheap_scan_next(s.core, &scan, MHEAP_FILTER_ALL, &steps))) {
		cell = mheap_cell_of(s.core, other);
		for (i = 0; i < mheap_cell_slots(cell); i++)
			slots += *mheap_cell_slot(cell, i) == number;
	}
	return slots;
}

void schedule_expect_exact_slots(void)
{
	struct mheap_scan scan;
	u32 number, steps = ~0U;

	mheap_scan_begin(&scan);
	while ((number = mheap_scan_next(s.core, &scan, MHEAP_FILTER_ALL, &steps)))
		if (heap_slots(s.core, number) != count_slots(number))
			schedule_fail("the slots of an object were miscounted", number);
}
