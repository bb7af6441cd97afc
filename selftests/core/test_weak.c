// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>

#include "weak_fixture.h"

#define WEAK_BYTES	32

static u64 bytes(void)
{
	struct mheap_core_stat stat;

	mheap_core_stat(core, &stat);
	return stat.bytes;
}

TEST(weak_upgrade_as_long_as_it_lives)
{
	u32 a, w, i;

	begin();
	a = heap_alloc(m, 1, 0);
	CHECK(!mheap_weak_is(core, a));
	CHECK_EQ(mheap_weak_peek(core, a), 0);
	w = heap_weaken(m, a);
	CHECK(w != a);
	CHECK(mheap_weak_is(core, w));
	CHECK_EQ(mheap_weak_peek(core, a), w);
	CHECK_EQ(mheap_weak_referent(core, w), a);
	CHECK_EQ(mheap_weak_cell(core, w)->was, a);
	CHECK_EQ(heap_handles(core, a), 1);
	CHECK_EQ(heap_handles(core, w), 1);
	for (i = 2; i < 10; i++) {
		CHECK_EQ(heap_upgrade(m, w), a);
		CHECK_EQ(heap_handles(core, a), i);
	}
	CHECK_EQ(heap_handles(core, w), 1);
	for (i = 2; i < 10; i++)
		heap_drop(m, a);
	CHECK_EQ(heap_upgrade(m, w), a);
	heap_drop(m, a);
	CHECK(!heap_work(core));
	heap_check(core);
	heap_drop(m, a);
	CHECK_EQ(heap_objects(core), 0);
	for (i = 0; i < 3; i++)
		CHECK_EQ(heap_upgrade(m, w), 0);
	CHECK_EQ(mheap_weak_referent(core, w), 0);
	CHECK_EQ(mheap_weak_cell(core, w)->watched, MHEAP_FREED_COUNT);
	CHECK_EQ(mheap_weak_cell(core, w)->was, a);
	heap_check(core);
	/* What is made in its place is another one. */
	for (i = 0; i < 10; i++)
		heap_alloc(m, 1, 0);
	CHECK_EQ(heap_upgrade(m, w), 0);
	end();
}

TEST(weak_cells_are_no_objects)
{
	struct mheap_object_stat stat;
	u32 a, w, other;
	u64 before;

	core = heap_new(HEAP_BYTES, 1);
	m = heap_mutator(core);
	a = heap_alloc(m, 0, 0);
	before = bytes();
	w = heap_weaken(m, a);
	CHECK_EQ(heap_objects(core), 1);
	CHECK_EQ(bytes(), before + WEAK_BYTES);
	CHECK_EQ(core->weak.cells, 1);
	CHECK(!mheap_object_stat(core, w, &stat));
	CHECK(mheap_object_stat(core, a, &stat));
	CHECK_EQ(stat.handles, 1);
	CHECK_EQ(heap_try_alloc(m, &stat.shape, &other), -EDQUOT);
	heap_drop(m, a);
	CHECK_EQ(heap_objects(core), 0);
	CHECK_EQ(bytes(), WEAK_BYTES);
	CHECK_EQ(core->weak.cells, 1);
	CHECK_EQ(core->weak.bound, 0);
	heap_collect(core);
	CHECK_EQ(core->collector.last.marked, 0);
	a = heap_alloc(m, 0, 0);
	heap_collect(core);
	CHECK_EQ(core->collector.last.marked, 1);
	heap_drop(m, a);
	heap_drop(m, w);
	end_empty();
}

TEST(weak_one_cell_for_an_object)
{
	u32 a, b, w, v;

	begin();
	a = heap_alloc(m, 0, 0);
	b = heap_alloc(m, 0, 0);
	w = heap_weaken(m, a);
	CHECK_EQ(heap_weaken(m, a), w);
	CHECK_EQ(heap_weaken(m, a), w);
	CHECK_EQ(heap_handles(core, w), 3);
	CHECK_EQ(core->weak.cells, 1);
	v = heap_weaken(m, b);
	CHECK(v != w);
	CHECK_EQ(core->weak.cells, 2);
	CHECK_EQ(core->weak.bound, 2);
	heap_check(core);
	heap_drop(m, a);
	CHECK_EQ(heap_upgrade(m, w), 0);
	CHECK_EQ(heap_upgrade(m, v), b);
	heap_drop(m, b);
	heap_drop(m, b);
	heap_drop(m, v);
	heap_drop(m, w);
	heap_drop(m, w);
	CHECK_EQ(core->weak.cells, 1);
	heap_drop(m, w);
	end_empty();
}

TEST(weak_cell_dies_first)
{
	u32 a, i;

	begin();
	a = heap_alloc(m, 0, 0);
	for (i = 0; i < 3; i++) {
		heap_drop(m, heap_weaken(m, a));
		CHECK_EQ(mheap_weak_peek(core, a), 0);
		CHECK_EQ(core->weak.cells, 0);
		CHECK_EQ(core->weak.bound, 0);
		heap_check(core);
	}
	heap_drop(m, a);
	end_empty();
}

/* It is dead, and still bound, when another one is asked for. */
TEST(weak_cell_is_on_its_way_out)
{
	u32 a, w, v;

	begin();
	a = heap_alloc(m, 0, 0);
	w = heap_weaken(m, a);
	mheap_section_enter(m);
	mheap_handle_drop(m, w);
	CHECK_EQ(mheap_weak_peek(core, a), w);
	REQUIRE_EQ(mheap_weak_take(m, a, &v), 0);
	CHECK(v != w);
	CHECK_EQ(mheap_weak_peek(core, a), v);
	CHECK_EQ(core->weak.bound, 1);
	CHECK_EQ(core->weak.cells, 2);
	mheap_release_run(m);
	mheap_section_exit(m);
	CHECK_EQ(mheap_weak_peek(core, a), v);
	CHECK_EQ(core->weak.bound, 1);
	CHECK_EQ(core->weak.cells, 1);
	CHECK_EQ(heap_upgrade(m, v), a);
	heap_drop(m, a);
	heap_drop(m, a);
	CHECK_EQ(heap_upgrade(m, v), 0);
	heap_drop(m, v);
	end_empty();
}

/* From the moment its counts are zero, and although it is still bound. */
TEST(weak_referent_is_on_its_way_out)
{
	u32 a, w, number;

	begin();
	a = heap_alloc(m, 0, 0);
	w = heap_weaken(m, a);
	mheap_section_enter(m);
	mheap_handle_drop(m, a);
	CHECK_EQ(mheap_weak_referent(core, w), a);
	CHECK_EQ(mheap_weak_upgrade(m, w, &number), 0);
	CHECK_EQ(number, 0);
	mheap_section_exit(m);
	CHECK_EQ(heap_upgrade(m, w), 0);
	heap_work(core);
	CHECK_EQ(mheap_weak_referent(core, w), 0);
	heap_drop(m, w);
	end_empty();
}

TEST(weak_too_many_handles)
{
	u32 hub, a, w, number;
	atomic64_t *count;
	u64 real;

	begin();
	hub = heap_alloc(m, 1, 0);
	a = heap_alloc(m, 0, 0);
	w = heap_weaken(m, a);
	heap_store(m, hub, 0, w);
	count = &mheap_cell_of(core, a)->count;
	real = atomic64_read(count);
	atomic64_set(count, real | MHEAP_COUNT_HANDLES);
	mheap_section_enter(m);
	CHECK_EQ(mheap_weak_upgrade(m, w, &number), -EMLINK);
	CHECK_EQ(number, 0);
	CHECK_EQ(mheap_slot_load(m, hub, 0, &number), -EMLINK);
	CHECK_EQ(mheap_slot_exchange(m, hub, 0, 0, &number), -EMLINK);
	mheap_section_exit(m);
	CHECK_EQ(atomic64_read(count), real | MHEAP_COUNT_HANDLES);
	atomic64_set(count, real);
	CHECK_EQ(heap_handles(core, w), 1);
	CHECK_EQ(heap_slots(core, w), 1);
	count = &mheap_cell_of(core, w)->count;
	real = atomic64_read(count);
	atomic64_set(count, real | MHEAP_COUNT_HANDLES);
	CHECK_EQ(heap_try_weaken(m, a, &number), -EMLINK);
	CHECK_EQ(atomic64_read(count), real | MHEAP_COUNT_HANDLES);
	atomic64_set(count, real);
	CHECK_EQ(core->weak.cells, 1);
	heap_drop(m, hub);
	heap_drop(m, a);
	heap_drop(m, w);
	end_empty();
}

TEST(weak_look)
{
	u32 a, w, number;

	begin();
	a = heap_alloc(m, 0, 0);
	w = heap_weaken(m, a);
	mheap_section_enter(m);
	number = a;
	CHECK(!mheap_weak_look(core, &number));
	CHECK_EQ(number, a);
	number = w;
	CHECK(mheap_weak_look(core, &number));
	CHECK_EQ(number, a);
	number = 0;
	CHECK(!mheap_weak_look(core, &number));
	/* There is no chunk. */
	number = (core->cells.end << MHEAP_INDEX_SHIFT) + 5;
	CHECK(!mheap_weak_look(core, &number));
	mheap_section_exit(m);
	heap_drop(m, a);
	mheap_section_enter(m);
	number = w;
	CHECK(mheap_weak_look(core, &number));
	CHECK_EQ(number, 0);
	mheap_section_exit(m);
	heap_drop(m, w);
	end_empty();
}

/* More of both than one chunk has, some of which goes. */
TEST(weak_many)
{
	enum { MANY = 20000 };
	static u32 objects[MANY], cells[MANY];
	u32 i, number;

	begin();
	for (i = 0; i < MANY; i++) {
		objects[i] = heap_alloc(m, i % 5, 0);
		cells[i] = heap_weaken(m, objects[i]);
	}
	heap_check(core);
	for (i = 0; i < MANY; i += 3)
		heap_drop(m, objects[i]);
	for (i = 0; i < MANY; i += 2)
		heap_drop(m, cells[i]);
	heap_collect(core);
	heap_check(core);
	for (i = 1; i < MANY; i += 2) {
		number = heap_upgrade(m, cells[i]);
		CHECK_EQ(number, i % 3 ? objects[i] : 0);
		if (number)
			heap_drop(m, number);
		heap_drop(m, cells[i]);
	}
	for (i = 0; i < MANY; i++)
		if (i % 3)
			heap_drop(m, objects[i]);
	end_empty();
}
