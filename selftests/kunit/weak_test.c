// SPDX-License-Identifier: GPL-2.0-only
#include "core/count.h"
#include "core/release.h"
#include "core/slot.h"
#include "suites.h"

/* A weak handle to an object. */
static u32 weak_take(struct kunit *test, u32 object)
{
	struct test_heap *heap = test->priv;
	u32 weak = 0;
	int ret;

	for (;;) {
		mheap_section_enter(&heap->mutator);
		ret = mheap_weak_take(&heap->mutator, object, &weak);
		mheap_section_exit(&heap->mutator);
		if (ret != MHEAP_WEAK_NOT_READY)
			break;
		KUNIT_ASSERT_EQ(test, mheap_weak_prepare(&heap->mutator, object), 0);
	}
	KUNIT_EXPECT_EQ(test, ret, 0);
	return weak;
}

static u32 weak_upgrade(struct kunit *test, u32 weak)
{
	struct test_heap *heap = test->priv;
	u32 number;

	mheap_section_enter(&heap->mutator);
	KUNIT_EXPECT_EQ(test, mheap_weak_upgrade(&heap->mutator, weak, &number), 0);
	mheap_section_exit(&heap->mutator);
	return number;
}

static u32 weak_load(struct kunit *test, u32 object)
{
	struct test_heap *heap = test->priv;
	u32 number;

	mheap_section_enter(&heap->mutator);
	KUNIT_EXPECT_EQ(test, mheap_slot_load(&heap->mutator, object, 0, &number), 0);
	mheap_release_run(&heap->mutator);
	mheap_section_exit(&heap->mutator);
	return number;
}

/* Nothing is left, of weak cells neither. */
static void weak_expect_empty(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	struct mheap_core_stat stat;

	mheap_core_stat(&heap->core, &stat);
	KUNIT_EXPECT_EQ(test, stat.objects, 0ULL);
	KUNIT_EXPECT_EQ(test, stat.bytes, 0ULL);
	KUNIT_EXPECT_EQ(test, heap->core.weak.cells, 0U);
	KUNIT_EXPECT_EQ(test, heap->core.weak.bound, 0U);
}

static void weak_until(struct kunit *test, enum mheap_stage stage)
{
	struct test_heap *heap = test->priv;
	int steps;

	mheap_collect_request(&heap->core, MHEAP_CAUSE_REQUEST);
	for (steps = 0; steps < 1000; steps++) {
		if (heap->core.collector.stage == stage)
			return;
		mheap_core_work(&heap->core);
	}
	KUNIT_FAIL(test, "the stage did not come");
}

static void weak_upgrade_as_long_as_it_lives(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	u32 a = test_alloc(test, 1), w = weak_take(test, a), i;

	KUNIT_EXPECT_TRUE(test, mheap_weak_is(&heap->core, w));
	KUNIT_EXPECT_EQ(test, mheap_weak_peek(&heap->core, a), w);
	KUNIT_EXPECT_EQ(test, mheap_weak_referent(&heap->core, w), a);
	KUNIT_EXPECT_EQ(test, test_objects(test), 1ULL);
	KUNIT_EXPECT_EQ(test, weak_upgrade(test, w), a);
	test_drop(test, a);
	KUNIT_EXPECT_EQ(test, weak_upgrade(test, w), a);
	test_drop(test, a);
	test_drop(test, a);
	KUNIT_EXPECT_EQ(test, test_objects(test), 0ULL);
	for (i = 0; i < 10; i++) {
		KUNIT_EXPECT_EQ(test, weak_upgrade(test, w), 0U);
		/* Nor what is made in its place. */
		test_drop(test, test_alloc(test, 1));
	}
	test_drop(test, w);
	weak_expect_empty(test);
}

static void weak_one_cell_for_an_object(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	u32 a = test_alloc(test, 0), w = weak_take(test, a);

	KUNIT_EXPECT_EQ(test, weak_take(test, a), w);
	KUNIT_EXPECT_EQ(test, heap->core.weak.cells, 1U);
	test_drop(test, w);
	test_drop(test, w);
	KUNIT_EXPECT_EQ(test, mheap_weak_peek(&heap->core, a), 0U);
	KUNIT_EXPECT_EQ(test, heap->core.weak.cells, 0U);
	w = weak_take(test, a);
	KUNIT_EXPECT_EQ(test, weak_upgrade(test, w), a);
	test_drop(test, a);
	test_drop(test, a);
	test_drop(test, w);
	weak_expect_empty(test);
}

static void weak_slots_keep_nothing(struct kunit *test)
{
	u32 a = test_alloc(test, 1), b = test_alloc(test, 1), w = weak_take(test, a);

	test_store(test, a, 0, b);
	test_store(test, b, 0, w);
	test_drop(test, w);
	KUNIT_EXPECT_EQ(test, weak_load(test, b), a);
	test_drop(test, a);
	test_drop(test, a);
	/* What there is now refers to what is gone. */
	KUNIT_EXPECT_EQ(test, test_objects(test), 1ULL);
	KUNIT_EXPECT_EQ(test, weak_load(test, b), 0U);
	test_drop(test, b);
	weak_expect_empty(test);
}

static void weak_collection_clears(struct kunit *test)
{
	u32 ring = test_ring(test, 1000), w = weak_take(test, ring);

	test_drop(test, ring);
	KUNIT_EXPECT_EQ(test, weak_upgrade(test, w), ring);
	test_collect(test);
	KUNIT_EXPECT_EQ(test, test_objects(test), 1000ULL);
	test_drop(test, ring);
	test_collect(test);
	KUNIT_EXPECT_EQ(test, test_objects(test), 0ULL);
	KUNIT_EXPECT_EQ(test, weak_upgrade(test, w), 0U);
	test_drop(test, w);
	weak_expect_empty(test);
}

/* Before marking ends all of a ring comes back, and after it nothing. */
static void weak_upgrade_while_collecting(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	enum mheap_stage stage;
	u32 ring, w, number;

	for (stage = MHEAP_STAGE_SETTLE; stage <= MHEAP_STAGE_CLEAR; stage++) {
		if (stage >= MHEAP_STAGE_NARROW && stage <= MHEAP_STAGE_RESCUE)
			continue;
		ring = test_ring(test, 100);
		w = weak_take(test, ring);
		test_drop(test, ring);
		weak_until(test, stage);
		number = weak_upgrade(test, w);
		KUNIT_EXPECT_EQ(test, number, stage <= MHEAP_STAGE_TERMINATE ? ring : 0U);
		test_work(test);
		KUNIT_EXPECT_EQ(test, heap->core.collector.total_failures, 0ULL);
		KUNIT_EXPECT_EQ(test, test_objects(test), number ? 100ULL : 0ULL);
		if (number)
			test_drop(test, number);
		test_collect(test);
		KUNIT_EXPECT_EQ(test, weak_upgrade(test, w), 0U);
		test_drop(test, w);
		weak_expect_empty(test);
	}
}

/* A cell to which only garbage leads, and the object whose it is. */
static void weak_take_while_collecting(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	enum mheap_stage stage;
	u32 a, odd, w, again;

	for (stage = MHEAP_STAGE_SETTLE; stage <= MHEAP_STAGE_SWEEP; stage++) {
		if (stage >= MHEAP_STAGE_NARROW && stage <= MHEAP_STAGE_RESCUE)
			continue;
		a = test_alloc(test, 0);
		odd = test_alloc(test, 2);
		w = weak_take(test, a);
		test_store(test, odd, 0, odd);
		test_store(test, odd, 1, w);
		test_drop(test, w);
		test_drop(test, odd);
		weak_until(test, stage);
		again = weak_take(test, a);
		KUNIT_EXPECT_EQ(test, again == w, stage <= MHEAP_STAGE_TERMINATE);
		test_work(test);
		KUNIT_EXPECT_EQ(test, heap->core.collector.total_failures, 0ULL);
		KUNIT_EXPECT_EQ(test, heap->core.weak.cells, 1U);
		KUNIT_EXPECT_EQ(test, weak_upgrade(test, again), a);
		test_drop(test, a);
		test_drop(test, a);
		test_drop(test, again);
		weak_expect_empty(test);
	}
}

static unsigned int weak_told;

static u32 weak_gone(struct mheap_core *core, const struct mheap_weak_cell *weak,
		     enum mheap_freed cause)
{
	lockdep_assert_held(&core->weak.lock);
	weak_told += weak->watched * (cause == MHEAP_FREED_COLLECT ? 100 : 1);
	return 1;
}

/* The owner is told once, and gives a handle back. */
static void weak_owner_is_told(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	u32 a = test_alloc(test, 0), ring = test_ring(test, 2);

	weak_told = 0;
	heap->core.weak.gone = weak_gone;
	mheap_weak_cell(&heap->core, weak_take(test, a))->watched = 3;
	mheap_weak_cell(&heap->core, weak_take(test, ring))->watched = 5;
	test_drop(test, a);
	KUNIT_EXPECT_EQ(test, weak_told, 3U);
	test_drop(test, ring);
	test_collect(test);
	KUNIT_EXPECT_EQ(test, weak_told, 503U);
	weak_expect_empty(test);
}

static struct kunit_case mheap_weak_cases[] = {
	KUNIT_CASE(weak_upgrade_as_long_as_it_lives),
	KUNIT_CASE(weak_one_cell_for_an_object),
	KUNIT_CASE(weak_slots_keep_nothing),
	KUNIT_CASE(weak_collection_clears),
	KUNIT_CASE(weak_upgrade_while_collecting),
	KUNIT_CASE(weak_take_while_collecting),
	KUNIT_CASE(weak_owner_is_told),
	{}
};

struct kunit_suite mheap_weak_suite = {
	.name = "mheap_weak",
	.init = test_heap_init,
	.exit = test_heap_exit,
	.test_cases = mheap_weak_cases,
};
