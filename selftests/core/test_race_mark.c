// SPDX-License-Identifier: GPL-2.0-only
/* Races with the end of marking; see race.h. */
#include "race.h"

/* A box that the scan for roots comes to long after the leaf, to which only it leads. */
static u32 box;

static void with_late_box(void)
{
	u32 i, next, last = 0;

	with_chain();
	for (i = 0; i < 12; i++, last = next) {
		next = heap_alloc(r.one, 1, 0);
		heap_store(r.one, next, 0, last);
		if (last)
			heap_drop(r.one, last);
	}
	heap_store(r.one, r.hub, 1, last);
	heap_drop(r.one, last);
	box = heap_alloc(r.one, 1, 0);
	race_keep(box);
	heap_store(r.one, box, 0, r.leaf);
	heap_store(r.one, r.hub, 0, 0);
}

/* The leaf leads to the end, and that to what nothing else leads to. */
static void with_late_tail(void)
{
	u32 end, tail = heap_alloc(r.one, 1, 0);

	with_late_box();
	end = heap_load(r.one, r.leaf, 0);
	heap_store(r.one, end, 0, tail);
	heap_drop(r.one, end);
	heap_drop(r.one, tail);
}

static void clear_box(void)
{
	heap_store(r.one, box, 0, 0);
}

/*
 * Two lose the same white object while marking ends: one relies on the mark that the
 * other has set, and only the former is waited for.
 */
static u32 fresh;

static void clear_fresh(void)
{
	heap_store(r.other, fresh, 0, 0);
}

static void work_up_to(enum mheap_stage stage)
{
	u32 i;

	for (i = 0; i < RACE_STEPS && r.core->collector.stage != stage; i++)
		mheap_core_work(r.core);
}

/* Returns how many of the two got as far as their @n-th and @m-th point. */
static u32 try_two_losers(u32 steps, u32 n, u32 m)
{
	u32 reached;

	race_begin(with_late_box, steps);
	race_keep(heap_load(r.other, box, 0));
	fresh = heap_alloc(r.other, 1, 0);
	race_keep(fresh);
	heap_store(r.other, fresh, 0, r.leaf);
	race_party_begin(&first, clear_box);
	race_party_begin(&second, clear_fresh);
	shim_at_point = race_at_point;
	first.points_left = n;
	fibre_go(&first.fibre);
	work_up_to(MHEAP_STAGE_TERMINATE);
	second.points_left = m;
	fibre_go(&second.fibre);
	reached = !first.over + !second.over;
	race_party_finish(&first, &first);
	work_up_to(MHEAP_STAGE_CONDEMN);
	race_party_finish(&second, &second);
	race_party_end();
	race_end();
	return reached;
}

TEST(race_of_two_who_lose_the_same)
{
	u32 steps, n, m, reached;

	shim_clock = 1;
	for (steps = 0; steps < RACE_STEPS / 2; steps++)
		for (n = 1; n < 12; n++)
			for (m = 1, reached = 2; reached == 2; m++)
				reached = try_two_losers(steps, n, m);
}

static void take_end(void)
{
	u32 number;

	mheap_section_enter(r.other);
	mheap_slot_exchange(r.other, r.leaf, 0, 0, &number);
	mheap_section_exit(r.other);
	race_keep(number);
}

/*
 * The leaf is grey when the collector comes for what is grey, and the end becomes so
 * while it is at it. Returns whether the collector got as far as its @n-th point.
 */
static bool try_taking(u32 steps, u32 n)
{
	bool reached;

	race_begin(with_late_tail, steps);
	race_keep(heap_load(r.other, box, 0));
	clear_box();
	reached = race_meet(work, take_end, n);
	race_end();
	return reached;
}

TEST(race_of_shading_and_taking_what_is_grey)
{
	u32 steps, n;

	shim_clock = 1;
	for (steps = 0; steps < RACE_STEPS / 2; steps++)
		for (n = 1; try_taking(steps, n); n++)
			;
}
