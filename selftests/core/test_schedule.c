// SPDX-License-Identifier: GPL-2.0-only
/* Schedules: see schedule.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/minmax.h>

#include "schedule.h"

struct schedule s;

/* What holds an object, as far as mutators know, and roots. */
static u32 count_holders(u32 number)
{
	u32 i, j, count = s.mail == number;

	for (i = 0; i < MUTATORS; i++)
		for (j = 0; j < HANDLES; j++)
			count += s.mutators[i].handles[j] == number;
	for (i = 0; i < MHEAP_ROOTS; i++)
		count += s.core->roots.entries[i].number == number;
	return count;
}

static void at_clock(void)
{
	void (*at_point)(void) = shim_at_point;

	shim_at_point = NULL;
	viewer_clock(&s.viewer);
	shim_at_point = at_point;
}

/* Outside of sections, and by no fibre. */
static u32 new_object(struct mheap_mutator *m, u32 slots)
{
	struct mheap_shape shape = { .slots = slots, .type = schedule_new_type() };
	u32 number;

	if (heap_try_alloc(m, &shape, &number))
		schedule_fail("out of memory", 0);
	return number;
}

/* Handles of the schedule before go, all or some of them; what is left is garbage or not. */
static void drop_some(u32 below)
{
	u32 i, j, number;

	for (i = 0; i < MUTATORS; i++)
		for (j = 0; j < HANDLES; j++)
			if (s.mutators[i].handles[j] && heap_below(&s.random, 256) < below) {
				heap_drop(s.mutators[0].m, s.mutators[i].handles[j]);
				s.mutators[i].handles[j] = 0;
			}
	for (i = 0; i < ROOTS; i++)
		if (heap_below(&s.random, 256) < below) {
			mheap_section_enter(s.mutators[0].m);
			mheap_root_exchange(s.mutators[0].m, schedule_roots[i], 0, &number);
			if (number)
				mheap_handle_drop(s.mutators[0].m, number);
			mheap_release_run(s.mutators[0].m);
			mheap_section_exit(s.mutators[0].m);
		}
	if (s.mail && heap_below(&s.random, 256) < below) {
		heap_drop(s.mutators[0].m, s.mail);
		s.mail = 0;
	}
}

static void begin_actor(struct actor *a, u32 id, struct mheap_mutator *m)
{
	a->id = id;
	a->m = m;
	a->random.state = heap_random(&s.random) | 1;
	a->parked = false;
	a->waits = false;
	a->watched = NULL;
	a->frozen = 0;
	memset(a->nulls, 0, sizeof(a->nulls));
}

#define BUILT 6

static void build_slot(u32 from, u32 slot, u32 to)
{
	bool weak = !heap_below(&s.random, 8);
	u32 number = weak ? heap_weaken(s.mutators[0].m, to) : to;

	heap_store(s.mutators[0].m, from, slot, number);
	if (weak)
		heap_drop(s.mutators[0].m, number);
	if (s.verbose)
		printf("#   built %u[%u] = %u%s\n", from, slot, to, weak ? " weakly" : "");
}

/* Some objects that refer to each other, some of them held by several. */
static void build(void)
{
	u32 objects[BUILT], count = 1 + heap_below(&s.random, BUILT), i, j, object, held;
	struct mheap_mutator *m = s.mutators[0].m;

	for (i = 0; i < count; i++) {
		objects[i] = new_object(m, schedule_pick_slots(&s.random));
		if (s.verbose)
			printf("#   built %u\n", objects[i]);
	}
	for (i = 0; i < count; i++)
		for (j = 0; j < mheap_cell_slots(mheap_cell_of(s.core, objects[i])); j++)
			if (heap_below(&s.random, 4))
				build_slot(objects[i], j, objects[heap_below(&s.random, count)]);
	held = 1 + heap_below(&s.random, 3);
	for (i = 0; i < s.used_mutators; i++)
		for (j = 0; j < held && j < HANDLES; j++) {
			object = objects[heap_below(&s.random, min(count, held))];
			if (s.mutators[i].handles[j])
				continue;
			heap_take(m, object);
			s.mutators[i].handles[j] = object;
			if (s.verbose)
				printf("#   mutator%u holds %u\n", i, object);
		}
	for (i = 0; i < count; i++)
		heap_drop(m, objects[i]);
}

static void one_schedule(void)
{
	u32 i;

	s.random.state = (s.seed + s.number) * 0x9e3779b97f4a7c15ULL | 1;
	heap_random(&s.random);
	s.events = 0;
	s.steps = 0;
	shim_at_point = NULL;
	drop_some(200);
	s.used_mutators = MUTATORS;
	for (i = 0; i < MUTATORS; i++) {
		begin_actor(&s.mutators[i], i, s.mutators[i].m);
		s.mutators[i].operations = heap_below(&s.random, 24);
	}
	begin_actor(&s.collector, MUTATORS, &s.core->janitor);
	begin_actor(&s.helper, MUTATORS + 1, NULL);
	begin_actor(&s.watcher, MUTATORS + 2, s.viewer.m);
	s.viewer.random = &s.watcher.random;
	s.viewer.below = s.defence ? 0 : (u32 []){ 0, 8, 128 }[heap_below(&s.random, 3)];
	tiny_section_steps = 2 + heap_below(&s.random, 6);
	tiny_slice_steps = 2 + heap_below(&s.random, 6);
	s.collect_below = (u32 []){ 256, 32, 2 }[heap_below(&s.random, 3)];
	/* Small cycles are found without a collection, or only by one. */
	s.core->limits.suspect_min = heap_below(&s.random, 2) ? 1 : 1U << 30;
	s.core->limits.suspect_age_ms = 1000;
	s.verbose = getenv("SCHEDULE") && strtoul(getenv("SCHEDULE"), NULL, 0) == s.number;

	build();
	shim_at_point = s.points ? schedule_at_point : NULL;
	shim_at_relax = s.points ? schedule_at_relax : NULL;
	schedule_interleave();
	shim_at_point = NULL;
	schedule_finish_watching();
	schedule_settle();
	schedule_check_reachable();
	/* One collection is enough for all that is dead; and where it is due, it begins. */
	if (s.core->limits.suspect_min == 1) {
		shim_clock += 1ULL << 40;
		schedule_settle();
		/* Of some it was not known when they turned suspect, until now. */
		shim_clock += 1ULL << 40;
		/* A collection that went on while the clock was set seems to have taken long. */
		s.core->collector.rest_ns = 0;
	} else {
		mheap_collect_request(s.core, MHEAP_CAUSE_REQUEST);
	}
	schedule_settle();
	if (s.defence)
		return;
	schedule_expect_only_reachable();
	schedule_expect_exact_slots();
}

static void begin(bool points)
{
	u32 i;

	s.points = points;
	s.core = heap_new(64 << 20, 0);
	s.mail = 0;
	shim_clock = 1;
	for (i = 0; i < MUTATORS; i++) {
		s.mutators[i].m = heap_mutator(s.core);
		memset(s.mutators[i].handles, 0, sizeof(s.mutators[i].handles));
		fibre_init(&s.mutators[i].fibre, schedule_run, &s.mutators[i]);
	}
	fibre_init(&s.collector.fibre, schedule_run, &s.collector);
	fibre_init(&s.helper.fibre, schedule_run, &s.helper);
	fibre_init(&s.watcher.fibre, schedule_run, &s.watcher);
	s.viewer = (struct viewer) {
		.core = s.core, .m = heap_mutator(s.core), .worker = &s.collector.fibre.task,
		.holders = count_holders,
		.fail = schedule_fail, .pictures = s.viewer.pictures, .broken = s.viewer.broken,
		.records = s.viewer.records,
	};
	shim_at_clock = s.defence ? NULL : at_clock;
	memset(&s.marker, 0, sizeof(s.marker));
	if (mheap_help_init(&s.marker))
		schedule_fail("no memory", 0);
}

static void end(void)
{
	u32 i;

	drop_some(256);
	heap_collect(s.core);
	s.locally += s.core->local.freed;
	s.given_up += s.core->local.given_up;
	if (!s.defence) {
		if (heap_objects(s.core) || s.core->weak.cells)
			schedule_fail("garbage is left", heap_objects(s.core));
		heap_check(s.core);
	}
	for (i = 0; i < MUTATORS; i++) {
		heap_mutator_delete(s.mutators[i].m);
		fibre_exit(&s.mutators[i].fibre);
	}
	fibre_exit(&s.collector.fibre);
	fibre_exit(&s.helper.fibre);
	fibre_exit(&s.watcher.fibre);
	shim_at_clock = NULL;
	heap_mutator_delete(s.viewer.m);
	pictured_drop(&s.viewer.pictured);
	free(s.viewer.data);
	mheap_help_exit(&s.marker);
	heap_delete(s.core);
}

#define SCHEDULES_OF_A_HEAP 500

static void run_schedules(bool points, unsigned long count, unsigned long long seed)
{
	const char *one = getenv("SCHEDULE");
	unsigned long i, last = count;

	s.seed = tap_seed(seed);
	s.defence = getenv("DEFENCE");
	i = one ? strtoul(one, NULL, 0) / SCHEDULES_OF_A_HEAP * SCHEDULES_OF_A_HEAP : 0;
	if (one)
		last = strtoul(one, NULL, 0) + 1;
	tap_note("TAP_SEED=%llu: %lu schedules", s.seed, count);
	shim_warn_fatal = false;
	for (; i < last; i++) {
		if (i % SCHEDULES_OF_A_HEAP == 0)
			begin(points);
		s.number = i;
		one_schedule();
		if (i % SCHEDULES_OF_A_HEAP == SCHEDULES_OF_A_HEAP - 1 || i + 1 == last)
			end();
	}
	tap_note("%llu objects freed without a collection, %llu suspects left to one", s.locally,
		 s.given_up);
	tap_note("%lu pictures, %lu bytes, %lu of them broken", s.viewer.pictures,
		 s.viewer.records, s.viewer.broken);
	if (s.defence) {
		tap_note("%lu warnings", shim_warnings);
		tap_expect_warnings(shim_warnings);
	}
}

TEST(schedule_operations)
{
	run_schedules(false, tap_effort(200000), 1);
}

TEST(schedule_points)
{
	run_schedules(true, tap_effort(50000), 1);
}
