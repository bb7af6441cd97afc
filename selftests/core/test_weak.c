// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include <linux/errno.h>
#include <linux/lockdep.h>

#include "heap.h"

#define TABLE_BYTES	((long)(MHEAP_CHUNK_GRANULES * sizeof(u32)))
#define WEAK_BYTES	32

static struct mheap_core *core;
static struct mheap_mutator *m;

static void begin(void)
{
	core = heap_new(HEAP_BYTES, 0);
	m = heap_mutator(core);
}

static void end(void)
{
	heap_work(core);
	CHECK_EQ(core->collector.total_failures, 0);
	heap_check(core);
	heap_mutator_delete(m);
	heap_delete(core);
}

/* Nothing is left, and that is seen. */
static void end_empty(void)
{
	struct mheap_core_stat stat;

	heap_work(core);
	mheap_core_stat(core, &stat);
	CHECK_EQ(stat.objects, 0);
	CHECK_EQ(stat.bytes, 0);
	CHECK_EQ(core->weak.cells, 0);
	CHECK_EQ(core->weak.bound, 0);
	end();
}

static long held(void)
{
	return atomic_long_read(&core->memory.held);
}

static u64 bytes(void)
{
	struct mheap_core_stat stat;

	mheap_core_stat(core, &stat);
	return stat.bytes;
}

static void collect_to(enum mheap_stage stage)
{
	u32 steps;

	mheap_collect_request(core, MHEAP_CAUSE_REQUEST);
	for (steps = 0; core->collector.stage != stage; steps++) {
		REQUIRE(steps < 100000);
		mheap_core_work(core);
	}
}

/* A ring of two, of which the first is returned, with no handle. */
static u32 dead_ring(u32 slots)
{
	u32 a = heap_alloc(m, slots, 0), b = heap_alloc(m, slots, 0);

	heap_store(m, a, 0, b);
	heap_store(m, b, 0, a);
	heap_drop(m, b);
	return a;
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

TEST(weak_collection_clears)
{
	u32 a, w, v;

	begin();
	a = dead_ring(1);
	w = heap_weaken(m, a);
	v = heap_load(m, a, 0);
	heap_drop(m, v);
	v = heap_weaken(m, v);
	heap_collect(core);
	heap_drop(m, a);
	/* Garbage as yet unseen lives. */
	CHECK_EQ(heap_upgrade(m, w), a);
	heap_collect(core);
	CHECK_EQ(heap_objects(core), 2);
	heap_drop(m, a);
	heap_collect(core);
	CHECK_EQ(core->collector.last.freed, 2);
	CHECK_EQ(heap_objects(core), 0);
	CHECK_EQ(heap_upgrade(m, w), 0);
	CHECK_EQ(heap_upgrade(m, v), 0);
	CHECK_EQ(mheap_weak_cell(core, w)->watched, MHEAP_FREED_COLLECT);
	CHECK_EQ(mheap_weak_cell(core, v)->watched, MHEAP_FREED_COLLECT);
	heap_check(core);
	heap_drop(m, w);
	heap_drop(m, v);
	end_empty();
}

/* Whichever of the two is found first, where garbage refers to both. */
TEST(weak_collection_frees_both)
{
	u32 order, a, w, spare;

	for (order = 0; order < 2; order++) {
		begin();
		spare = heap_alloc(m, 0, 0);
		a = dead_ring(2);
		if (order) {
			heap_drop(m, spare);
			heap_mutator_delete(m);
			m = heap_mutator(core);
		}
		w = heap_weaken(m, a);
		CHECK_EQ(w < a, order);
		heap_store(m, a, 1, w);
		heap_drop(m, w);
		heap_drop(m, a);
		heap_collect(core);
		CHECK_EQ(heap_objects(core), !order);
		CHECK_EQ(core->collector.last.freed, 2);
		CHECK_EQ(core->weak.cells, 0);
		if (!order)
			heap_drop(m, spare);
		end_empty();
	}
}

/* A weak reference keeps nothing, not even in a cycle. */
TEST(weak_slots_make_no_cycles)
{
	u32 a, b, w;

	begin();
	a = heap_alloc(m, 1, 0);
	b = heap_alloc(m, 1, 0);
	w = heap_weaken(m, a);
	heap_store(m, a, 0, b);
	heap_store(m, b, 0, w);
	CHECK_EQ(heap_slots(core, w), 1);
	CHECK_EQ(heap_slots(core, a), 0);
	heap_drop(m, w);
	heap_drop(m, b);
	heap_check(core);
	heap_drop(m, a);
	CHECK_EQ(atomic64_read(&core->collector.started), 0);
	end_empty();
}

TEST(weak_slots_load_what_lives)
{
	u32 hub, a, w;

	begin();
	hub = heap_alloc(m, 2, 0);
	a = heap_alloc(m, 0, 0);
	w = heap_weaken(m, a);
	heap_store(m, hub, 0, w);
	heap_store(m, hub, 1, w);
	heap_drop(m, w);
	CHECK_EQ(heap_handles(core, w), 0);
	CHECK_EQ(heap_load(m, hub, 0), a);
	CHECK_EQ(heap_load(m, hub, 1), a);
	CHECK_EQ(heap_handles(core, a), 3);
	CHECK_EQ(heap_handles(core, w), 0);
	CHECK_EQ(heap_slots(core, w), 2);
	CHECK_EQ(mheap_slot_peek(core, hub, 0), w);
	heap_drop(m, a);
	heap_drop(m, a);
	heap_drop(m, a);
	CHECK_EQ(heap_load(m, hub, 0), 0);
	CHECK_EQ(heap_load(m, hub, 1), 0);
	CHECK_EQ(core->weak.cells, 1);
	heap_store(m, hub, 0, 0);
	CHECK_EQ(core->weak.cells, 1);
	heap_store(m, hub, 1, 0);
	CHECK_EQ(core->weak.cells, 0);
	heap_drop(m, hub);
	end_empty();
}

static int exchange(u32 object, u32 number, u32 *ret_old)
{
	int ret;

	mheap_section_enter(m);
	ret = mheap_slot_exchange(m, object, 0, number, ret_old);
	mheap_release_run(m);
	mheap_section_exit(m);
	return ret;
}

TEST(weak_slots_exchange)
{
	u32 hub, a, w, old;

	begin();
	hub = heap_alloc(m, 1, 0);
	a = heap_alloc(m, 0, 0);
	w = heap_weaken(m, a);
	CHECK_EQ(exchange(hub, w, &old), 0);
	CHECK_EQ(old, 0);
	CHECK_EQ(heap_slots(core, w), 1);
	CHECK_EQ(exchange(hub, a, &old), 0);
	CHECK_EQ(old, a);
	CHECK_EQ(heap_handles(core, a), 2);
	CHECK_EQ(heap_slots(core, a), 1);
	CHECK_EQ(heap_slots(core, w), 0);
	CHECK_EQ(heap_handles(core, w), 1);
	CHECK_EQ(exchange(hub, w, &old), 0);
	CHECK_EQ(old, a);
	CHECK_EQ(heap_handles(core, a), 3);
	CHECK_EQ(heap_slots(core, a), 0);
	heap_drop(m, a);
	heap_drop(m, a);
	heap_drop(m, a);
	/* It is gone, and so is the cell then. */
	heap_drop(m, w);
	CHECK_EQ(core->weak.cells, 1);
	CHECK_EQ(exchange(hub, 0, &old), 0);
	CHECK_EQ(old, 0);
	CHECK_EQ(core->weak.cells, 0);
	heap_drop(m, hub);
	end_empty();
}

TEST(weak_slots_compare_and_exchange)
{
	u32 hub, a, w;

	begin();
	hub = heap_alloc(m, 1, 0);
	a = heap_alloc(m, 0, 0);
	w = heap_weaken(m, a);
	mheap_section_enter(m);
	CHECK_EQ(mheap_slot_compare_exchange(m, hub, 0, 0, w), 0);
	/* A weak reference is not a strong one. */
	CHECK_EQ(mheap_slot_compare_exchange(m, hub, 0, a, 0), -EAGAIN);
	CHECK_EQ(mheap_slot_compare_exchange(m, hub, 0, 0, a), -EAGAIN);
	CHECK_EQ(heap_slots(core, w), 1);
	CHECK_EQ(heap_slots(core, a), 0);
	CHECK_EQ(mheap_slot_compare_exchange(m, hub, 0, w, a), 0);
	CHECK_EQ(heap_slots(core, w), 0);
	CHECK_EQ(mheap_slot_compare_exchange(m, hub, 0, w, 0), -EAGAIN);
	CHECK_EQ(mheap_slot_compare_exchange(m, hub, 0, a, w), 0);
	mheap_section_exit(m);
	heap_drop(m, hub);
	heap_drop(m, a);
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

/* What the hook was told. */
static struct {
	u32 calls;
	u32 watched, was, referent;
	enum mheap_freed cause;
	u32 handles;		/* it gives back */
} told;

static u32 gone(struct mheap_core *of, const struct mheap_weak_cell *weak, enum mheap_freed cause)
{
	CHECK(of == core);
	lockdep_assert_held(&core->weak.lock);
	CHECK(mheap_in_section(m) || mheap_in_section(&core->janitor));
	told.calls++;
	told.watched = weak->watched;
	told.was = weak->was;
	told.referent = weak->referent;
	told.cause = cause;
	return told.handles;
}

static void begin_watched(u32 handles)
{
	begin();
	core->weak.gone = gone;
	memset(&told, 0, sizeof(told));
	told.handles = handles;
}

TEST(weak_watched_dies_by_count)
{
	u32 a, b, w, v, i;

	begin_watched(2);
	a = heap_alloc(m, 0, 0);
	b = heap_alloc(m, 0, 0);
	v = heap_weaken(m, b);
	for (i = 0; i < 3; i++)
		w = heap_weaken(m, a);
	mheap_weak_cell(core, w)->watched = 77;
	/* Nobody watches that. */
	heap_drop(m, b);
	heap_drop(m, v);
	CHECK_EQ(told.calls, 0);
	heap_drop(m, a);
	CHECK_EQ(told.calls, 1);
	CHECK_EQ(told.watched, 77);
	CHECK_EQ(told.was, a);
	CHECK_EQ(told.referent, a);
	CHECK_EQ(told.cause, MHEAP_FREED_COUNT);
	CHECK_EQ(heap_handles(core, w), 1);
	CHECK_EQ(mheap_weak_cell(core, w)->watched, MHEAP_FREED_COUNT);
	heap_check(core);
	heap_drop(m, w);
	/* What is gone goes once. */
	CHECK_EQ(told.calls, 1);
	end_empty();
}

TEST(weak_watched_dies_by_collection)
{
	u32 a, w, i;

	begin_watched(3);
	a = dead_ring(1);
	for (i = 0; i < 3; i++)
		w = heap_weaken(m, a);
	mheap_weak_cell(core, w)->watched = 78;
	heap_drop(m, a);
	CHECK_EQ(told.calls, 0);
	heap_collect(core);
	CHECK_EQ(told.calls, 1);
	CHECK_EQ(told.watched, 78);
	CHECK_EQ(told.was, a);
	CHECK_EQ(told.cause, MHEAP_FREED_COLLECT);
	/* Those were all of its handles. */
	end_empty();
}

/* It dies by its count, of garbage that is swept. */
TEST(weak_watched_hangs_on_what_is_collected)
{
	u32 a, leaf, w;

	begin_watched(1);
	a = dead_ring(2);
	leaf = heap_alloc(m, 0, 0);
	heap_store(m, a, 1, leaf);
	w = heap_weaken(m, leaf);
	mheap_weak_cell(core, w)->watched = 1;
	heap_drop(m, leaf);
	heap_drop(m, a);
	heap_collect(core);
	CHECK_EQ(told.calls, 1);
	end_empty();
}

TEST(weak_table_is_charged)
{
	u32 a, b, w;
	long before;

	begin();
	a = heap_alloc(m, 0, 0);
	b = heap_alloc(m, 0, 0);
	/* The cells lie in that chunk too. */
	CHECK_EQ(a >> MHEAP_INDEX_SHIFT, b >> MHEAP_INDEX_SHIFT);
	before = held();
	w = heap_weaken(m, a);
	CHECK_EQ(held(), before + TABLE_BYTES);
	heap_drop(m, w);
	w = heap_weaken(m, b);
	CHECK_EQ(held(), before + TABLE_BYTES);
	heap_check(core);
	heap_drop(m, w);
	heap_drop(m, a);
	heap_drop(m, b);
	heap_mutator_delete(m);
	m = heap_mutator(core);
	heap_trim(core);
	CHECK_EQ(core->cells.empty_count, 0);
	CHECK(held() < before - (long)MHEAP_CHUNK_BYTES);
	end_empty();
}

TEST(weak_needs_to_be_prepared)
{
	u32 a, w;

	begin();
	a = heap_alloc(m, 100, 0);
	mheap_section_enter(m);
	CHECK_EQ(mheap_weak_take(m, a, &w), MHEAP_WEAK_NOT_READY);
	mheap_section_exit(m);
	REQUIRE_EQ(mheap_weak_prepare(m, a), 0);
	shim_memory.forbidden = true;
	mheap_section_enter(m);
	CHECK_EQ(mheap_weak_take(m, a, &w), 0);
	mheap_section_exit(m);
	/* That there is one does for those who have no cell. */
	heap_mutator_delete(m);
	shim_memory.forbidden = false;
	m = heap_mutator(core);
	CHECK_EQ(heap_weaken(m, a), w);
	heap_drop(m, w);
	heap_drop(m, w);
	heap_drop(m, a);
	end_empty();
}

TEST(weak_prepare_without_memory)
{
	unsigned long n, failed;
	u32 a, w, from;
	long before;
	int ret;

	for (from = 0; from < 2; from++) {
		begin();
		a = heap_alloc(m, 100, 0);
		failed = 0;
		for (n = 1; ; n++) {
			before = held();
			*(from ? &shim_memory.fail_from : &shim_memory.fail_at) =
				shim_memory.calls + n;
			ret = heap_try_weaken(m, a, &w);
			shim_memory.fail_from = 0;
			shim_memory.fail_at = 0;
			if (!ret)
				break;
			failed++;
			CHECK_EQ(ret, -ENOMEM);
			CHECK(held() >= before);
			CHECK_EQ(mheap_weak_peek(core, a), 0);
			CHECK_EQ(core->weak.cells, 0);
			heap_check(core);
		}
		/* The table, and what a chunk is made of. */
		CHECK(failed >= 3);
		CHECK_EQ(heap_upgrade(m, w), a);
		heap_drop(m, a);
		heap_drop(m, a);
		heap_drop(m, w);
		end_empty();
	}
}

TEST(weak_prepare_at_the_limit)
{
	u32 a, w;

	begin();
	a = heap_alloc(m, 100, 0);
	core->memory.max = held() + TABLE_BYTES - 1;
	CHECK_EQ(heap_try_weaken(m, a, &w), -EDQUOT);
	CHECK_EQ(core->weak.cells, 0);
	core->memory.max += TABLE_BYTES;
	/* There is no chunk for the cell. */
	CHECK_EQ(heap_try_weaken(m, a, &w), -EDQUOT);
	CHECK_EQ(core->weak.cells, 0);
	heap_check(core);
	core->memory.max = HEAP_BYTES;
	w = heap_weaken(m, a);
	heap_drop(m, a);
	heap_drop(m, w);
	end_empty();
}

/* What a collection sees is brought into it by who gets at it. */

static const enum mheap_stage open_stages[] = {
	MHEAP_STAGE_SETTLE, MHEAP_STAGE_START, MHEAP_STAGE_ROOTS, MHEAP_STAGE_PENDING,
	MHEAP_STAGE_MARK, MHEAP_STAGE_TERMINATE,
};

static const enum mheap_stage closed_stages[] = {
	MHEAP_STAGE_CONDEMN, MHEAP_STAGE_TALLY, MHEAP_STAGE_SWEEP, MHEAP_STAGE_FINISH,
	MHEAP_STAGE_UNQUARANTINE, MHEAP_STAGE_CLEAR,
};

TEST(weak_upgrade_while_marking)
{
	u32 i, a, b, w;

	for (i = 0; i < ARRAY_SIZE(open_stages); i++) {
		begin();
		/* One has been before: what that closed is open again. */
		heap_collect(core);
		a = dead_ring(1);
		w = heap_weaken(m, a);
		heap_drop(m, a);
		collect_to(open_stages[i]);
		CHECK_EQ(heap_upgrade(m, w), a);
		heap_work(core);
		CHECK_EQ(core->collector.last.freed, 0);
		CHECK_EQ(core->collector.last.failures, 0);
		/* And all that it refers to. */
		CHECK_EQ(heap_objects(core), 2);
		b = heap_load(m, a, 0);
		CHECK_EQ(heap_load(m, b, 0), a);
		heap_check(core);
		heap_drop(m, a);
		heap_drop(m, a);
		heap_drop(m, b);
		heap_collect(core);
		CHECK_EQ(heap_upgrade(m, w), 0);
		heap_drop(m, w);
		end_empty();
	}
}

TEST(weak_upgrade_of_what_is_condemned)
{
	u32 i, a, w;
	u64 count;

	for (i = 0; i < ARRAY_SIZE(closed_stages); i++) {
		begin();
		a = dead_ring(1);
		w = heap_weaken(m, a);
		heap_drop(m, a);
		collect_to(closed_stages[i]);
		count = heap_count(core, a);
		CHECK_EQ(heap_upgrade(m, w), 0);
		/* Counts of the condemned stand still, but for what they lose. */
		CHECK_EQ(heap_count(core, a), count);
		heap_work(core);
		CHECK_EQ(core->collector.last.freed, 2);
		CHECK_EQ(heap_upgrade(m, w), 0);
		heap_drop(m, w);
		end_empty();
	}
}

/* Marking ends while a section is open that sees it go on. */
TEST(weak_upgrade_after_the_end_of_marking)
{
	struct mheap_mutator *other;
	u32 a, w, number;

	begin();
	other = heap_mutator(core);
	a = dead_ring(1);
	w = heap_weaken(m, a);
	heap_drop(m, a);
	collect_to(MHEAP_STAGE_TERMINATE);
	heap_open(other);
	mheap_core_work(core);
	CHECK_EQ(core->collector.stage, MHEAP_STAGE_CONDEMN);
	CHECK(core->weak.closed);
	CHECK(mheap_phase_barrier(other->phase));
	CHECK_EQ(mheap_weak_upgrade(other, w, &number), 0);
	CHECK_EQ(number, 0);
	heap_close(other);
	heap_work(core);
	CHECK_EQ(core->collector.last.freed, 2);
	heap_drop(m, w);
	heap_mutator_delete(other);
	end_empty();
}

/* An upgrade that is faster than the end of marking has it go on. */
TEST(weak_upgrade_holds_the_end_of_marking_up)
{
	struct mheap_mutator *other;
	u32 a, w, number;

	begin();
	other = heap_mutator(core);
	a = dead_ring(1);
	w = heap_weaken(m, a);
	heap_drop(m, a);
	collect_to(MHEAP_STAGE_TERMINATE);
	CHECK(mheap_grace_over(core, MHEAP_GRACE_COLLECT));
	heap_open(other);
	CHECK_EQ(mheap_weak_upgrade(other, w, &number), 0);
	CHECK_EQ(number, a);
	CHECK(!mheap_weak_close(core));
	CHECK(!core->weak.closed);
	mheap_core_work(core);
	CHECK_EQ(core->collector.stage, MHEAP_STAGE_MARK);
	heap_close(other);
	heap_work(core);
	CHECK_EQ(heap_objects(core), 2);
	CHECK(core->weak.closed);
	heap_drop(m, a);
	heap_collect(core);
	heap_drop(m, w);
	heap_mutator_delete(other);
	end_empty();
}

/* An object that lives, and whose weak cell only garbage refers to; returns the cell. */
static u32 lost_cell(u32 *ret_object)
{
	u32 a = dead_ring(2), w;

	*ret_object = heap_alloc(m, 0, 0);
	w = heap_weaken(m, *ret_object);
	heap_store(m, a, 1, w);
	heap_drop(m, w);
	heap_drop(m, a);
	return w;
}

TEST(weak_share_while_marking)
{
	u32 i, a, w;

	for (i = 0; i < ARRAY_SIZE(open_stages); i++) {
		begin();
		/* One has been before: what that closed is open again. */
		heap_collect(core);
		w = lost_cell(&a);
		collect_to(open_stages[i]);
		CHECK_EQ(heap_weaken(m, a), w);
		heap_work(core);
		CHECK_EQ(core->collector.last.failures, 0);
		CHECK_EQ(core->collector.last.freed, 2);
		CHECK_EQ(heap_upgrade(m, w), a);
		CHECK_EQ(heap_handles(core, w), 1);
		CHECK_EQ(heap_slots(core, w), 0);
		heap_drop(m, a);
		heap_drop(m, a);
		heap_drop(m, w);
		end_empty();
	}
}

TEST(weak_share_of_what_is_condemned)
{
	u32 i, a, w, v;

	/* Later it is gone, and its cell may be the new one. */
	for (i = 0; i < ARRAY_SIZE(closed_stages) - 3; i++) {
		begin();
		w = lost_cell(&a);
		collect_to(closed_stages[i]);
		v = heap_weaken(m, a);
		CHECK(v != w);
		CHECK_EQ(mheap_weak_peek(core, a), v);
		heap_work(core);
		CHECK_EQ(core->collector.last.failures, 0);
		CHECK_EQ(core->weak.cells, 1);
		CHECK_EQ(core->weak.bound, 1);
		CHECK_EQ(heap_upgrade(m, v), a);
		heap_drop(m, a);
		heap_drop(m, a);
		CHECK_EQ(heap_upgrade(m, v), 0);
		heap_drop(m, v);
		end_empty();
	}
}

TEST(weak_share_after_the_end_of_marking)
{
	struct mheap_mutator *other;
	u32 a, w, v = 0;

	begin();
	other = heap_mutator(core);
	w = lost_cell(&a);
	REQUIRE_EQ(mheap_weak_prepare(other, a), 0);
	collect_to(MHEAP_STAGE_TERMINATE);
	heap_open(other);
	mheap_core_work(core);
	CHECK_EQ(core->collector.stage, MHEAP_STAGE_CONDEMN);
	CHECK_EQ(mheap_weak_take(other, a, &v), 0);
	CHECK(v != w);
	heap_close(other);
	heap_work(core);
	CHECK_EQ(core->collector.last.failures, 0);
	CHECK_EQ(core->weak.cells, 1);
	CHECK_EQ(heap_upgrade(m, v), a);
	heap_drop(m, a);
	heap_drop(m, a);
	heap_drop(m, v);
	heap_mutator_delete(other);
	end_empty();
}

/* Cells that are made meanwhile are there after it, whatever the stage. */
TEST(weak_cells_are_born_alive)
{
	enum mheap_stage stage;
	u32 a, w;

	for (stage = MHEAP_STAGE_SETTLE; stage <= MHEAP_STAGE_CLEAR; stage++) {
		if (stage >= MHEAP_STAGE_NARROW && stage <= MHEAP_STAGE_RESCUE)
			continue;
		begin();
		heap_drop(m, dead_ring(1));
		a = heap_alloc(m, 1, 0);
		collect_to(stage);
		w = heap_weaken(m, a);
		heap_work(core);
		CHECK_EQ(core->collector.last.failures, 0);
		CHECK_EQ(heap_objects(core), 1);
		CHECK_EQ(heap_upgrade(m, w), a);
		heap_check(core);
		heap_drop(m, a);
		heap_drop(m, a);
		CHECK_EQ(heap_upgrade(m, w), 0);
		heap_drop(m, w);
		end_empty();
	}
}

TEST(weak_cells_die_while_collecting)
{
	enum mheap_stage stage;
	u32 a, b, w, v;

	for (stage = MHEAP_STAGE_SETTLE; stage <= MHEAP_STAGE_CLEAR; stage++) {
		if (stage >= MHEAP_STAGE_NARROW && stage <= MHEAP_STAGE_RESCUE)
			continue;
		begin();
		a = heap_alloc(m, 1, 0);
		b = heap_alloc(m, 1, 0);
		w = heap_weaken(m, a);
		v = heap_weaken(m, b);
		collect_to(stage);
		heap_drop(m, w);
		CHECK_EQ(mheap_weak_peek(core, a), 0);
		heap_drop(m, b);
		CHECK_EQ(heap_upgrade(m, v), 0);
		heap_work(core);
		CHECK_EQ(heap_objects(core), 1);
		CHECK_EQ(core->weak.cells, 1);
		heap_check(core);
		heap_drop(m, a);
		heap_drop(m, v);
		end_empty();
	}
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

/* The section of @other begins in SWEEP and goes on, while the worker gets to FINISH. */
static void sweep_behind(struct mheap_mutator *other)
{
	collect_to(MHEAP_STAGE_SWEEP);
	heap_open(other);
	while (core->collector.stage != MHEAP_STAGE_FINISH)
		mheap_core_work(core);
	CHECK_EQ(mheap_phase_of(other->phase), MHEAP_PHASE_SWEEP);
	CHECK_EQ(mheap_phase_of(core->phase), MHEAP_PHASE_IDLE);
}

/* What is born when the phase is over is white, and not condemned. */
TEST(weak_upgrade_of_what_was_born_after_the_phase)
{
	struct mheap_mutator *other;
	u32 s, r, w, number;

	begin();
	other = heap_mutator(core);
	s = heap_alloc(m, 1, 0);
	sweep_behind(other);
	r = heap_alloc(m, 1, 0);
	w = heap_weaken(m, r);
	heap_store(m, s, 0, w);
	CHECK_EQ(mheap_slot_load(other, s, 0, &number), 0);
	REQUIRE_EQ(number, r);
	mheap_handle_drop(other, number);
	heap_close(other);
	CHECK_EQ(heap_upgrade(m, w), r);
	heap_drop(m, r);
	heap_drop(m, r);
	heap_drop(m, w);
	heap_drop(m, s);
	heap_mutator_delete(other);
	end_empty();
}

TEST(weak_share_of_what_was_born_after_the_phase)
{
	struct mheap_mutator *other;
	u32 r, w, v;

	begin();
	other = heap_mutator(core);
	r = heap_alloc(m, 1, 0);
	REQUIRE_EQ(mheap_weak_prepare(other, r), 0);
	sweep_behind(other);
	w = heap_weaken(m, r);
	CHECK_EQ(mheap_weak_take(other, r, &v), 0);
	CHECK_EQ(v, w);
	heap_close(other);
	REQUIRE_EQ(heap_upgrade(m, w), r);
	heap_drop(m, r);
	heap_drop(m, v);
	heap_drop(m, w);
	heap_drop(m, r);
	heap_mutator_delete(other);
	end_empty();
}
