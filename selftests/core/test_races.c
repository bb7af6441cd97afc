// SPDX-License-Identifier: GPL-2.0-only
/*
 * Races, tried at every point: one goes on up to its n-th access that others
 * may see, then all of the other happens, then the first one ends; for every
 * n, and for every step of a collection that may be under way.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/errno.h>

#include "fibre.h"
#include "heap.h"

#define KEPT 8

struct race {
	struct mheap_core *core;
	struct mheap_mutator *one, *other;
	u32 hub;			/* held by both and by the test */
	u32 leaf;			/* hub[0], at first */
	u32 weak[2];			/* handles to weak cells: the leaf's, another's */
	u32 kept[KEPT];			/* handles that are left */
	u32 count;
};

static struct race r;
/* Who takes part: what it does, and how far it may go. */
struct party {
	struct fibre fibre;
	void (*run)(void);
	unsigned long points_left;
	bool over;
};

static struct party first, second;

static void keep(u32 number)
{
	if (number)
		r.kept[r.count++] = number;
}

static void at_point(void)
{
	struct party *party = fibre_current() ? fibre_current()->arg : NULL;

	if (party && party->points_left && !--party->points_left)
		fibre_yield();
}

static void party_run(void *arg)
{
	struct party *party = arg;

	party->run();
	party->over = true;
	for (;;)
		fibre_yield();
}

static void party_begin(struct party *party, void (*run)(void))
{
	*party = (struct party) { .run = run };
	fibre_init(&party->fibre, party_run, party);
}

/* Lets one go on to its end; where it waits for the other, that goes on a little. */
static void party_finish(struct party *party, struct party *other)
{
	unsigned long turns;

	for (turns = 0; !party->over; turns++) {
		REQUIRE(turns < 10000);
		party->points_left = 0;
		fibre_go(&party->fibre);
		if (party->over || other->over)
			continue;
		other->points_left = 1;
		fibre_go(&other->fibre);
	}
}

static bool drop_kept(void)
{
	u32 i;

	for (i = 0; i < 2; i++)
		if (r.weak[i])
			heap_drop(r.other, r.weak[i]);
	while (r.count)
		heap_drop(r.other, r.kept[--r.count]);
	heap_drop(r.other, r.hub);
	return true;
}

static void begin(void (*setup)(void), u32 steps)
{
	memset(&r, 0, sizeof(r));
	r.core = heap_new(4 << 20, 0);
	r.one = heap_mutator(r.core);
	r.other = heap_mutator(r.core);
	r.hub = heap_alloc(r.one, 2, 0);
	setup();
	if (steps)
		mheap_collect_request(r.core, MHEAP_CAUSE_REQUEST);
	while (steps--)
		mheap_core_work(r.core);
}

static void end(void)
{
	u32 i;

	heap_work(r.core);
	CHECK_EQ(r.core->collector.total_failures, 0);
	CHECK(heap_alive(r.core, r.hub));
	for (i = 0; i < r.count; i++)
		CHECK(heap_alive(r.core, r.kept[i]));
	for (i = 0; i < 2; i++)
		CHECK(!r.weak[i] || mheap_weak_is(r.core, r.weak[i]));
	heap_check(r.core);
	drop_kept();
	heap_work(r.core);
	heap_collect(r.core);
	CHECK_EQ(heap_objects(r.core), 0);
	CHECK_EQ(r.core->weak.cells, 0);
	heap_check(r.core);
	heap_mutator_delete(r.one);
	heap_mutator_delete(r.other);
	heap_delete(r.core);
}

/* Returns whether the first got as far as its @n-th point. */
static bool try(void (*setup)(void), void (*one)(void), void (*other)(void), u32 n, u32 steps)
{
	bool reached;

	begin(setup, steps);
	party_begin(&first, one);
	party_begin(&second, other);
	shim_at_point = at_point;
	shim_at_relax = fibre_yield;
	first.points_left = n;
	fibre_go(&first.fibre);
	reached = !first.over;
	party_finish(&second, &first);
	party_finish(&first, &second);
	shim_at_point = NULL;
	fibre_exit(&first.fibre);
	fibre_exit(&second.fibre);
	end();
	return reached;
}

/* A collection of such a heap takes less than so many steps. */
#define STEPS 60

static void race(void (*setup)(void), void (*one)(void), void (*other)(void))
{
	u32 n, steps;

	shim_clock = 1;
	for (steps = 0; steps < STEPS; steps++)
		for (n = 1; try(setup, one, other, n, steps); n++)
			;
}

/* What is in the heap at first. */

#define LEAF_TYPE 7

static void with_leaf(void)
{
	struct mheap_shape shape = { .slots = 1, .type = LEAF_TYPE };

	REQUIRE_EQ(heap_try_alloc(r.one, &shape, &r.leaf), 0);
	heap_store(r.one, r.hub, 0, r.leaf);
	heap_drop(r.one, r.leaf);
}

/* The leaf is the only one in its chunk, which nobody owns. */
static void with_lonely_leaf(void)
{
	u32 others[8], i;

	for (i = 0; i < 8; i++)
		others[i] = heap_alloc(r.one, 0, 0);
	with_leaf();
	for (i = 0; i < 8; i++)
		heap_drop(r.one, others[i]);
	mheap_mutator_exit(r.one);
	memset(r.one, 0, sizeof(*r.one));
	mheap_mutator_init(r.one, r.core);
}

static void with_chain(void)
{
	u32 end = heap_alloc(r.one, 1, 0);

	with_leaf();
	heap_store(r.one, r.leaf, 0, end);
	heap_store(r.one, end, 0, r.leaf);
	heap_drop(r.one, end);
}

static void with_handles(void)
{
	with_chain();
	heap_take(r.one, r.leaf);
}

static void with_weak_leaf(void)
{
	with_leaf();
	r.weak[0] = heap_weaken(r.one, r.leaf);
}

/* The leaf is the only one in its chunk, and nobody owns that. */
static void with_lonely_weak_leaf(void)
{
	with_lonely_leaf();
	r.weak[0] = heap_weaken(r.one, r.leaf);
	mheap_mutator_release_chunks(r.one);
}

static void with_weak_slot(void)
{
	with_weak_leaf();
	heap_store(r.one, r.hub, 1, r.weak[0]);
	heap_drop(r.one, r.weak[0]);
	r.weak[0] = 0;
}

static void with_weak_chain(void)
{
	u32 end;

	with_chain();
	end = heap_load(r.one, r.leaf, 0);
	r.weak[0] = heap_weaken(r.one, r.leaf);
	r.weak[1] = heap_weaken(r.one, end);
	heap_drop(r.one, end);
}

/* The same, and nothing keeps it. */
static void with_weak_garbage(void)
{
	with_weak_chain();
	heap_store(r.one, r.hub, 0, 0);
}

/* Only garbage refers to the weak cell of the leaf. */
static void with_lost_cell(void)
{
	u32 ring = heap_alloc(r.one, 2, 0), weak;

	with_leaf();
	weak = heap_weaken(r.one, r.leaf);
	heap_store(r.one, ring, 0, ring);
	heap_store(r.one, ring, 1, weak);
	heap_drop(r.one, weak);
	heap_drop(r.one, ring);
}

/* What one does. */

static void load(void)
{
	u32 number;

	mheap_section_enter(r.one);
	if (!CHECK_EQ(mheap_slot_load(r.one, r.hub, 0, &number), 0))
		number = 0;
	mheap_section_exit(r.one);
	/* What has its number by now is something else. */
	CHECK(!number || mheap_cell_of(r.core, number)->type == LEAF_TYPE);
	keep(number);
}

static void expect_leaf(u32 number)
{
	CHECK(!number || (number == r.leaf &&
			  mheap_cell_of(r.core, number)->type == LEAF_TYPE));
}

static void upgrade(void)
{
	u32 number = heap_upgrade(r.one, r.weak[0]);

	expect_leaf(number);
	keep(number);
	/* Null stays null. */
	if (!number)
		CHECK_EQ(heap_upgrade(r.one, r.weak[0]), 0);
}

static void load_weak(void)
{
	u32 number = heap_load(r.one, r.hub, 1);

	expect_leaf(number);
	keep(number);
}

static void exchange_weak(void)
{
	u32 number;

	mheap_section_enter(r.one);
	CHECK_EQ(mheap_slot_exchange(r.one, r.hub, 1, 0, &number), 0);
	mheap_release_run(r.one);
	mheap_section_exit(r.one);
	expect_leaf(number);
	keep(number);
}

/* A cycle dies at once: all of it is there, or nothing. */
static void upgrade_both(void)
{
	u32 a, b;

	a = heap_upgrade(r.one, r.weak[0]);
	b = heap_upgrade(r.one, r.weak[1]);
	expect_leaf(a);
	CHECK_EQ(!a, !b);
	keep(a);
	keep(b);
}

static void weaken(void)
{
	u32 number = heap_load(r.one, r.hub, 0), weak;

	if (!number)
		return;
	weak = heap_weaken(r.one, number);
	CHECK(mheap_weak_is(r.core, weak));
	CHECK_EQ(mheap_weak_referent(r.core, weak), number);
	keep(weak);
	heap_drop(r.one, number);
}

static void load_through(void)
{
	u32 number, next = 0;

	mheap_section_enter(r.one);
	mheap_slot_load(r.one, r.hub, 0, &number);
	if (number) {
		mheap_slot_load(r.one, number, 0, &next);
		mheap_handle_drop(r.one, number);
		mheap_release_run(r.one);
	}
	mheap_section_exit(r.one);
	keep(next);
}

static void clear(void)
{
	heap_store(r.one, r.hub, 0, 0);
}

static void move(void)
{
	u32 number;

	mheap_section_enter(r.one);
	mheap_slot_exchange(r.one, r.hub, 0, 0, &number);
	mheap_slot_store(r.one, r.hub, 1, number);
	if (number)
		mheap_handle_drop(r.one, number);
	mheap_release_run(r.one);
	mheap_section_exit(r.one);
}

static void compare_exchange(void)
{
	mheap_section_enter(r.one);
	mheap_slot_compare_exchange(r.one, r.hub, 0, r.leaf, r.hub);
	mheap_handle_drop(r.one, r.leaf);
	mheap_release_run(r.one);
	mheap_section_exit(r.one);
}

static void make(void)
{
	u32 number = heap_alloc(r.one, 1, 10);

	heap_store(r.one, r.hub, 1, number);
	heap_store(r.one, number, 0, number);
	keep(number);
}

static void drop(void)
{
	heap_drop(r.one, r.leaf);
}

static void collect(void)
{
	u32 i;

	mheap_collect_request(r.core, MHEAP_CAUSE_REQUEST);
	for (i = 0; i < STEPS; i++)
		mheap_core_work(r.core);
}

/* What the other does meanwhile. */

static void work(void)
{
	u32 i;

	for (i = 0; i < 2 * STEPS; i++)
		if (mheap_core_work(r.core) == MHEAP_STEP_IDLE)
			return;
}

static void clear_too(void)
{
	heap_store(r.other, r.hub, 0, 0);
}

static void clear_and_work(void)
{
	clear_too();
	work();
}

static void work_and_clear(void)
{
	work();
	clear_too();
	work();
}

static void clear_and_collect(void)
{
	clear_too();
	mheap_collect_request(r.core, MHEAP_CAUSE_REQUEST);
	work();
}

/* The cell is used again at once, if it can be. */
static void clear_and_make(void)
{
	u32 i;

	clear_too();
	for (i = 0; i < 5; i++)
		keep(heap_alloc(r.other, 1, 0));
	heap_store(r.other, r.kept[r.count - 1], 0, r.kept[r.count - 2]);
}

/* The same memory, if it were used for objects of another size. */
static void clear_and_make_others(void)
{
	u32 i;

	clear_too();
	for (i = 0; i < 2; i++)
		keep(heap_alloc(r.other, 20, 0));
	for (i = 0; i < 20; i++)
		heap_store(r.other, r.kept[r.count - 1], i, r.kept[r.count - 2]);
	for (i = 0; i < 2; i++)
		keep(heap_alloc(r.other, 3, 20));
	for (i = 0; i < 3; i++)
		heap_store(r.other, r.kept[r.count - 1], i, r.kept[r.count - 2]);
}

static void drop_weak(void)
{
	u32 weak = r.weak[0];

	r.weak[0] = 0;
	heap_drop(r.other, weak);
}

static void drop_weak_and_work(void)
{
	drop_weak();
	work();
}

static void drop_weak_and_collect(void)
{
	drop_weak();
	mheap_collect_request(r.core, MHEAP_CAUSE_REQUEST);
	work();
}

/* There is one cell, whoever makes it. */
static void weaken_too(void)
{
	u32 number = heap_load(r.other, r.hub, 0);

	if (!number)
		return;
	keep(heap_weaken(r.other, number));
	heap_drop(r.other, number);
}

static void upgrade_too(void)
{
	keep(heap_upgrade(r.other, r.weak[0]));
}

static void clear_and_trim(void)
{
	clear_too();
	mheap_trim_request(r.core);
	work();
}

static void take_away(void)
{
	u32 number;

	mheap_section_enter(r.other);
	mheap_slot_exchange(r.other, r.hub, 0, 0, &number);
	mheap_section_exit(r.other);
	keep(number);
}

static void move_too(void)
{
	take_away();
	work();
}

/* Only the end of the chain is left, and then only in a slot of a new object. */
static void rescue_the_end(void)
{
	u32 number, end, box;

	mheap_section_enter(r.other);
	mheap_slot_exchange(r.other, r.hub, 0, 0, &number);
	if (!number) {
		mheap_section_exit(r.other);
		return;
	}
	mheap_slot_load(r.other, number, 0, &end);
	mheap_slot_store(r.other, number, 0, 0);
	mheap_handle_drop(r.other, number);
	mheap_release_run(r.other);
	mheap_section_exit(r.other);
	box = heap_alloc(r.other, 1, 0);
	heap_store(r.other, box, 0, end);
	heap_drop(r.other, end);
	keep(box);
}

static void drop_too(void)
{
	clear_too();
	work();
}

#define RACE(setup, one, other) \
	TEST(race_##one##_##other##_##setup) { race(setup, one, other); }
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
	keep(box);
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

	for (i = 0; i < STEPS && r.core->collector.stage != stage; i++)
		mheap_core_work(r.core);
}

/* Returns how many of the two got as far as their @n-th and @m-th point. */
static u32 try_two_losers(u32 steps, u32 n, u32 m)
{
	u32 reached;

	begin(with_late_box, steps);
	keep(heap_load(r.other, box, 0));
	fresh = heap_alloc(r.other, 1, 0);
	keep(fresh);
	heap_store(r.other, fresh, 0, r.leaf);
	party_begin(&first, clear_box);
	party_begin(&second, clear_fresh);
	shim_at_point = at_point;
	first.points_left = n;
	fibre_go(&first.fibre);
	work_up_to(MHEAP_STAGE_TERMINATE);
	second.points_left = m;
	fibre_go(&second.fibre);
	reached = !first.over + !second.over;
	party_finish(&first, &first);
	work_up_to(MHEAP_STAGE_CONDEMN);
	party_finish(&second, &second);
	shim_at_point = NULL;
	fibre_exit(&first.fibre);
	fibre_exit(&second.fibre);
	end();
	return reached;
}

TEST(race_of_two_who_lose_the_same)
{
	u32 steps, n, m, reached;

	shim_clock = 1;
	for (steps = 0; steps < STEPS / 2; steps++)
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
	keep(number);
}

/*
 * The leaf is grey when the collector comes for what is grey, and the end becomes so
 * while it is at it. Returns whether the collector got as far as its @n-th point.
 */
static bool try_taking(u32 steps, u32 n)
{
	bool reached;

	begin(with_late_tail, steps);
	keep(heap_load(r.other, box, 0));
	clear_box();
	party_begin(&first, work);
	party_begin(&second, take_end);
	shim_at_point = at_point;
	first.points_left = n;
	fibre_go(&first.fibre);
	reached = !first.over;
	party_finish(&second, &first);
	party_finish(&first, &second);
	shim_at_point = NULL;
	fibre_exit(&first.fibre);
	fibre_exit(&second.fibre);
	end();
	return reached;
}

TEST(race_of_shading_and_taking_what_is_grey)
{
	u32 steps, n;

	shim_clock = 1;
	for (steps = 0; steps < STEPS / 2; steps++)
		for (n = 1; try_taking(steps, n); n++)
			;
}

/* There is one collector: it is the first, so it is not under way already. */
#define RACE_COLLECT(setup, other)							\
	TEST(race_collect_##other##_##setup)						\
	{										\
		u32 n;									\
											\
		for (n = 1; try(setup, collect, other, n, 0); n++)			\
			;								\
	}

RACE(with_leaf, load, work)
RACE(with_leaf, load, clear_too)
RACE(with_leaf, load, clear_and_work)
RACE(with_leaf, load, clear_and_make)
RACE(with_lonely_leaf, load, clear_and_make)
RACE(with_lonely_leaf, load, clear_and_make_others)
RACE(with_lonely_leaf, load, clear_and_trim)
RACE(with_chain, load, clear_and_collect)
RACE(with_chain, load, move_too)
RACE(with_chain, load, work_and_clear)
RACE(with_chain, load_through, work)
RACE(with_chain, load_through, clear_and_work)
RACE(with_chain, load_through, clear_and_collect)
RACE(with_chain, load_through, move_too)
RACE(with_lonely_leaf, load_through, clear_and_trim)
RACE(with_chain, clear, work)
RACE(with_chain, clear, clear_and_work)
RACE(with_chain, clear, move_too)
RACE(with_leaf, clear, clear_and_make)
RACE(with_chain, move, work)
RACE(with_chain, move, clear_and_collect)
RACE(with_chain, move, move_too)
RACE(with_lonely_leaf, move, clear_and_make)
RACE(with_leaf, make, work)
RACE(with_leaf, make, clear_and_collect)
RACE(with_handles, drop, work)
RACE(with_handles, drop, drop_too)
RACE(with_handles, drop, clear_and_collect)
RACE(with_handles, compare_exchange, work)
RACE(with_handles, compare_exchange, move_too)
RACE(with_handles, compare_exchange, clear_and_make)
RACE(with_chain, move, rescue_the_end)
RACE_COLLECT(with_leaf, clear_too)
RACE_COLLECT(with_chain, clear_too)
RACE_COLLECT(with_chain, take_away)
RACE_COLLECT(with_chain, rescue_the_end)
RACE_COLLECT(with_lonely_leaf, clear_and_make)
RACE_COLLECT(with_lonely_leaf, clear_and_make_others)
RACE(with_weak_leaf, upgrade, work)
RACE(with_weak_leaf, upgrade, clear_too)
RACE(with_weak_leaf, upgrade, clear_and_make)
RACE(with_weak_leaf, upgrade, upgrade_too)
RACE(with_lonely_weak_leaf, upgrade, clear_and_make)
RACE(with_lonely_weak_leaf, upgrade, clear_and_trim)
RACE(with_weak_chain, upgrade, clear_and_work)
RACE(with_weak_chain, upgrade, clear_and_collect)
RACE(with_weak_chain, upgrade_both, work)
RACE(with_weak_garbage, upgrade, work)
RACE(with_weak_garbage, upgrade, upgrade_too)
RACE(with_weak_garbage, upgrade_both, work)
RACE(with_weak_garbage, upgrade_both, upgrade_too)
RACE(with_weak_slot, load_weak, clear_and_make)
RACE(with_weak_slot, load_weak, clear_and_collect)
RACE(with_weak_slot, exchange_weak, clear_and_make)
RACE(with_weak_slot, exchange_weak, work)
RACE(with_leaf, weaken, work)
RACE(with_leaf, weaken, clear_and_work)
RACE(with_leaf, weaken, weaken_too)
RACE(with_weak_leaf, weaken, drop_weak)
RACE(with_weak_leaf, weaken, drop_weak_and_work)
RACE(with_weak_leaf, weaken, drop_weak_and_collect)
RACE(with_weak_leaf, weaken, clear_and_make)
RACE(with_lost_cell, weaken, work)
RACE(with_lost_cell, weaken, weaken_too)
RACE(with_lost_cell, weaken, clear_and_collect)
RACE_COLLECT(with_weak_garbage, upgrade_too)
RACE_COLLECT(with_weak_chain, clear_too)
RACE_COLLECT(with_lost_cell, weaken_too)
