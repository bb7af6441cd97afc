// SPDX-License-Identifier: GPL-2.0-only
/* Races of slots, handles and collections; see race.h. */
#include "race.h"

/* What is in the heap at first. */

static void with_handles(void)
{
	with_chain();
	heap_take(r.one, r.leaf);
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
	CHECK(!number || mheap_cell_of(r.core, number)->type == RACE_LEAF);
	race_keep(number);
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
	race_keep(next);
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
	race_keep(number);
}

static void drop(void)
{
	heap_drop(r.one, r.leaf);
}

/* What the other does meanwhile. */

static void work_and_clear(void)
{
	work();
	clear_too();
	work();
}

/* The same memory, if it were used for objects of another size. */
static void clear_and_make_others(void)
{
	u32 i;

	clear_too();
	for (i = 0; i < 2; i++)
		race_keep(heap_alloc(r.other, 20, 0));
	for (i = 0; i < 20; i++)
		heap_store(r.other, r.kept[r.count - 1], i, r.kept[r.count - 2]);
	for (i = 0; i < 2; i++)
		race_keep(heap_alloc(r.other, 3, 20));
	for (i = 0; i < 3; i++)
		heap_store(r.other, r.kept[r.count - 1], i, r.kept[r.count - 2]);
}

static void take_away(void)
{
	u32 number;

	mheap_section_enter(r.other);
	mheap_slot_exchange(r.other, r.hub, 0, 0, &number);
	mheap_section_exit(r.other);
	race_keep(number);
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
	race_keep(box);
}

static void drop_too(void)
{
	clear_too();
	work();
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
