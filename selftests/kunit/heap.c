// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>

#include "core/count.h"
#include "core/release.h"
#include "core/slot.h"
#include "heap.h"

/* Work that a test may leave; far more than any of them does. */
#define TEST_WORK_STEPS		1000000

/* The fixture of all suites but those that need no heap. */
int test_heap_init(struct kunit *test)
{
	static const struct mheap_limits limits = {
		.max_bytes = 64 << 20,
		.suspect_percent = 1000,
		.suspect_min = 1000000,
		.suspect_age_ms = 3600000,
	};
	struct test_heap *heap = kvzalloc(sizeof(*heap), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, heap);
	test->priv = heap;
	KUNIT_ASSERT_EQ(test, mheap_core_init(&heap->core, &limits, NULL), 0);
	mheap_mutator_init(&heap->mutator, &heap->core);
	return 0;
}

void test_heap_exit(struct kunit *test)
{
	struct test_heap *heap = test->priv;

	mheap_mutator_exit(&heap->mutator);
	mheap_core_destroy(&heap->core);
	/* All that was charged has been given back. */
	KUNIT_EXPECT_EQ(test, atomic_long_read(&heap->core.memory.held), 0L);
	kvfree(heap);
}

/* Makes an object. The test has one handle to it. */
u32 test_alloc_shape(struct kunit *test, const struct mheap_shape *shape)
{
	struct test_heap *heap = test->priv;
	struct mheap_parts parts;
	u32 object;

	mheap_section_enter(&heap->mutator);
	object = mheap_object_try_alloc(&heap->mutator, shape);
	mheap_section_exit(&heap->mutator);
	if (object)
		return object;
	KUNIT_ASSERT_EQ(test, mheap_object_prepare(&heap->mutator, shape, &parts), 0);
	mheap_section_enter(&heap->mutator);
	object = mheap_object_publish(&heap->mutator, shape, &parts);
	mheap_section_exit(&heap->mutator);
	return object;
}

u32 test_alloc(struct kunit *test, u32 slots)
{
	struct mheap_shape shape = { .slots = slots };

	return test_alloc_shape(test, &shape);
}

void test_store(struct kunit *test, u32 object, u32 index, u32 value)
{
	struct test_heap *heap = test->priv;

	mheap_section_enter(&heap->mutator);
	KUNIT_EXPECT_EQ(test, mheap_slot_store(&heap->mutator, object, index, value), 0);
	mheap_release_run(&heap->mutator);
	mheap_section_exit(&heap->mutator);
}

void test_drop(struct kunit *test, u32 object)
{
	struct test_heap *heap = test->priv;

	mheap_section_enter(&heap->mutator);
	mheap_handle_drop(&heap->mutator, object);
	mheap_release_run(&heap->mutator);
	mheap_section_exit(&heap->mutator);
}

/* Lets the worker work until it has nothing to do. */
void test_work(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	int steps;

	for (steps = 0; steps < TEST_WORK_STEPS; steps++) {
		if (mheap_core_work(&heap->core) == MHEAP_STEP_IDLE)
			return;
		cond_resched();
	}
	KUNIT_FAIL(test, "the worker has no end");
}

/* Runs a whole collection, and sees that its proofs agreed. */
void test_collect(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	struct mheap_collector *collector = &heap->core.collector;
	u64 number = mheap_collect_request(&heap->core, MHEAP_CAUSE_REQUEST);
	u64 failures = collector->total_failures;

	test_work(test);
	KUNIT_EXPECT_EQ(test, (u64)atomic64_read(&collector->finished), number);
	KUNIT_EXPECT_EQ(test, collector->total_failures, failures);
}

u64 test_objects(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	struct mheap_core_stat stat;

	mheap_core_stat(&heap->core, &stat);
	return stat.objects;
}

/* Makes a ring of objects of one slot each, and returns one, with its handle. */
u32 test_ring(struct kunit *test, u32 length)
{
	u32 first = test_alloc(test, 1), last = first, next, i;

	for (i = 1; i < length; i++) {
		next = test_alloc(test, 1);
		test_store(test, last, 0, next);
		if (last != first)
			test_drop(test, last);
		last = next;
	}
	test_store(test, last, 0, first);
	if (last != first)
		test_drop(test, last);
	return first;
}
