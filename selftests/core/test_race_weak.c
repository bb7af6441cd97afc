// SPDX-License-Identifier: GPL-2.0-only
/* Races of weak references; see race.h. */
#include "race.h"

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

static void expect_leaf(u32 number)
{
	CHECK(!number || (number == r.leaf &&
			  mheap_cell_of(r.core, number)->type == RACE_LEAF));
}

static void upgrade(void)
{
	u32 number = heap_upgrade(r.one, r.weak[0]);

	expect_leaf(number);
	race_keep(number);
	/* Null stays null. */
	if (!number)
		CHECK_EQ(heap_upgrade(r.one, r.weak[0]), 0);
}

static void load_weak(void)
{
	u32 number = heap_load(r.one, r.hub, 1);

	expect_leaf(number);
	race_keep(number);
}

static void exchange_weak(void)
{
	u32 number;

	mheap_section_enter(r.one);
	CHECK_EQ(mheap_slot_exchange(r.one, r.hub, 1, 0, &number), 0);
	mheap_release_run(r.one);
	mheap_section_exit(r.one);
	expect_leaf(number);
	race_keep(number);
}

/* A cycle dies at once: all of it is there, or nothing. */
static void upgrade_both(void)
{
	u32 a, b;

	a = heap_upgrade(r.one, r.weak[0]);
	b = heap_upgrade(r.one, r.weak[1]);
	expect_leaf(a);
	CHECK_EQ(!a, !b);
	race_keep(a);
	race_keep(b);
}

static void weaken(void)
{
	u32 number = heap_load(r.one, r.hub, 0), weak;

	if (!number)
		return;
	weak = heap_weaken(r.one, number);
	CHECK(mheap_weak_is(r.core, weak));
	CHECK_EQ(mheap_weak_referent(r.core, weak), number);
	race_keep(weak);
	heap_drop(r.one, number);
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
	race_keep(heap_weaken(r.other, number));
	heap_drop(r.other, number);
}

static void upgrade_too(void)
{
	race_keep(heap_upgrade(r.other, r.weak[0]));
}

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
