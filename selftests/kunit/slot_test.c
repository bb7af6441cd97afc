// SPDX-License-Identifier: GPL-2.0-only
#include "core/count.h"
#include "core/release.h"
#include "core/root.h"
#include "core/slot.h"
#include "suites.h"

static void slot_expect_counts(struct kunit *test, u32 object, u32 handles, u32 slots)
{
	struct test_heap *heap = test->priv;
	struct mheap_object_stat stat = {};

	KUNIT_EXPECT_TRUE(test, mheap_object_stat(&heap->core, object, &stat));
	KUNIT_EXPECT_EQ(test, stat.handles, handles);
	KUNIT_EXPECT_EQ(test, stat.slots, slots);
}

static void slot_store_and_load_count(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	u32 a = test_alloc(test, 2), b = test_alloc(test, 0), got = 1;

	test_store(test, a, 0, b);
	test_store(test, a, 1, b);
	slot_expect_counts(test, b, 1, 2);
	mheap_section_enter(&heap->mutator);
	KUNIT_EXPECT_EQ(test, mheap_slot_load(&heap->mutator, a, 1, &got), 0);
	mheap_section_exit(&heap->mutator);
	KUNIT_EXPECT_EQ(test, got, b);
	slot_expect_counts(test, b, 2, 2);
	test_store(test, a, 0, 0);
	test_store(test, a, 1, a);
	slot_expect_counts(test, b, 2, 0);
	slot_expect_counts(test, a, 1, 1);
	test_store(test, a, 1, 0);
	test_drop(test, b);
	test_drop(test, b);
	test_drop(test, a);
	KUNIT_EXPECT_EQ(test, test_objects(test), 0ULL);
}

static void slot_exchange_hands_the_old_one_over(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	u32 a = test_alloc(test, 1), b = test_alloc(test, 0), c = test_alloc(test, 0), old;

	test_store(test, a, 0, b);
	test_drop(test, b);
	mheap_section_enter(&heap->mutator);
	KUNIT_EXPECT_EQ(test, mheap_slot_exchange(&heap->mutator, a, 0, c, &old), 0);
	mheap_section_exit(&heap->mutator);
	KUNIT_EXPECT_EQ(test, old, b);
	slot_expect_counts(test, b, 1, 0);
	slot_expect_counts(test, c, 1, 1);
	test_drop(test, a);
	test_drop(test, b);
	test_drop(test, c);
	KUNIT_EXPECT_EQ(test, test_objects(test), 0ULL);
}

static void slot_compare_exchange_compares(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	struct mheap_mutator *mutator = &heap->mutator;
	u32 a = test_alloc(test, 1), b = test_alloc(test, 0);

	mheap_section_enter(mutator);
	KUNIT_EXPECT_EQ(test, mheap_slot_compare_exchange(mutator, a, 0, b, b), -EAGAIN);
	KUNIT_EXPECT_EQ(test, mheap_slot_compare_exchange(mutator, a, 0, 0, b), 0);
	KUNIT_EXPECT_EQ(test, mheap_slot_compare_exchange(mutator, a, 0, 0, a), -EAGAIN);
	mheap_section_exit(mutator);
	slot_expect_counts(test, a, 1, 0);
	slot_expect_counts(test, b, 1, 1);
	test_drop(test, a);
	test_drop(test, b);
}

static void slot_too_many_references_change_nothing(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	u32 a = test_alloc(test, 1), b = test_alloc(test, 1), got;
	atomic64_t *count = &mheap_cell_of(&heap->core, b)->count;
	u64 real;

	test_store(test, a, 0, b);
	real = atomic64_read(count);
	atomic64_set(count, real | MHEAP_COUNT_SLOTS | MHEAP_COUNT_HANDLES);
	mheap_section_enter(&heap->mutator);
	KUNIT_EXPECT_EQ(test, mheap_slot_store(&heap->mutator, b, 0, b), -EMLINK);
	KUNIT_EXPECT_EQ(test, mheap_slot_load(&heap->mutator, a, 0, &got), -EMLINK);
	KUNIT_EXPECT_EQ(test, mheap_handle_take(&heap->mutator, b), -EMLINK);
	KUNIT_EXPECT_EQ(test, mheap_slot_exchange(&heap->mutator, a, 0, 0, &got), -EMLINK);
	mheap_section_exit(&heap->mutator);
	KUNIT_EXPECT_EQ(test, (u64)atomic64_read(count),
			real | MHEAP_COUNT_SLOTS | MHEAP_COUNT_HANDLES);
	KUNIT_EXPECT_EQ(test, mheap_slot_peek(&heap->core, a, 0), b);
	atomic64_set(count, real);
	test_drop(test, a);
	test_drop(test, b);
	KUNIT_EXPECT_EQ(test, test_objects(test), 0ULL);
}

static void slot_roots_keep_what_they_name(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	struct mheap_mutator *mutator = &heap->mutator;
	char name[MHEAP_ROOT_NAME] = "name", other[MHEAP_ROOT_NAME] = "other";
	u32 a = test_alloc(test, 0), got = 0, old;

	mheap_section_enter(mutator);
	KUNIT_EXPECT_EQ(test, mheap_root_exchange(mutator, name, a, &old), 0);
	KUNIT_EXPECT_EQ(test, old, 0U);
	KUNIT_EXPECT_EQ(test, mheap_root_get(mutator, other, &got), -ENOENT);
	KUNIT_EXPECT_EQ(test, mheap_root_get(mutator, name, &got), 0);
	mheap_section_exit(mutator);
	KUNIT_EXPECT_EQ(test, got, a);
	slot_expect_counts(test, a, 3, 0);
	test_drop(test, a);
	test_drop(test, a);
	KUNIT_EXPECT_EQ(test, test_objects(test), 1ULL);
	mheap_section_enter(mutator);
	KUNIT_EXPECT_EQ(test, mheap_root_exchange(mutator, name, 0, &old), 0);
	mheap_section_exit(mutator);
	KUNIT_EXPECT_EQ(test, old, a);
	test_drop(test, old);
	KUNIT_EXPECT_EQ(test, test_objects(test), 0ULL);
}

static struct kunit_case mheap_slot_cases[] = {
	KUNIT_CASE(slot_store_and_load_count),
	KUNIT_CASE(slot_exchange_hands_the_old_one_over),
	KUNIT_CASE(slot_compare_exchange_compares),
	KUNIT_CASE(slot_too_many_references_change_nothing),
	KUNIT_CASE(slot_roots_keep_what_they_name),
	{}
};

struct kunit_suite mheap_slot_suite = {
	.name = "mheap_slot",
	.init = test_heap_init,
	.exit = test_heap_exit,
	.test_cases = mheap_slot_cases,
};
