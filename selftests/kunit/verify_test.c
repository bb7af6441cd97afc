// SPDX-License-Identifier: GPL-2.0-only
/*
 * The trace and the counts are made to disagree on purpose: nothing that either
 * of them knows to be alive may go, and all else must.
 */
#include "core/count.h"
#include "core/slot.h"
#include "suites.h"

/* A count that is too high: the ring is kept, and nothing else is. */
static void verify_keeps_what_the_counts_do_not_explain(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	u32 odd = test_ring(test, 10), other = test_ring(test, 20);
	atomic64_t *count = &mheap_cell_of(&heap->core, odd)->count;
	unsigned int warnings = test_warnings;

	test_drop(test, odd);
	test_drop(test, other);
	atomic64_add(MHEAP_COUNT_SLOT, count);
	mheap_collect_request(&heap->core, MHEAP_CAUSE_REQUEST);
	test_work(test);
	KUNIT_EXPECT_EQ(test, heap->core.collector.total_failures, 1ULL);
	KUNIT_EXPECT_GT(test, test_warnings, warnings);
	KUNIT_EXPECT_EQ(test, test_objects(test), 10ULL);
	/* Put right, it is garbage like any other. */
	atomic64_sub(MHEAP_COUNT_SLOT, count);
	test_collect(test);
	KUNIT_EXPECT_EQ(test, test_objects(test), 0ULL);
}

static void verify_until(struct kunit *test, enum mheap_stage stage)
{
	struct test_heap *heap = test->priv;
	int steps;

	for (steps = 0; steps < 1000; steps++) {
		if (heap->core.collector.stage == stage)
			return;
		mheap_core_work(&heap->core);
	}
	KUNIT_FAIL(test, "the stage did not come");
}

/* A mark that was lost, of an object that is alive: it is kept. */
static void verify_lose_mark(struct kunit *test, u32 object, u64 alive)
{
	struct test_heap *heap = test->priv;
	struct mheap_chunk *chunk = mheap_chunk_of(&heap->core.cells, object);
	unsigned int warnings = test_warnings;

	mheap_collect_request(&heap->core, MHEAP_CAUSE_REQUEST);
	verify_until(test, MHEAP_STAGE_CONDEMN);
	KUNIT_EXPECT_TRUE(test, test_and_clear_bit(mheap_chunk_bit(object), chunk->mark));
	test_work(test);
	KUNIT_EXPECT_GT(test, test_warnings, warnings);
	KUNIT_EXPECT_GT(test, heap->core.collector.total_failures, 0ULL);
	KUNIT_EXPECT_EQ(test, test_objects(test), alive);
}

static void verify_keeps_what_a_handle_holds(struct kunit *test)
{
	u32 ring = test_ring(test, 50);

	test_drop(test, test_ring(test, 30));
	verify_lose_mark(test, ring, 50);
	test_drop(test, ring);
	test_collect(test);
	KUNIT_EXPECT_EQ(test, test_objects(test), 0ULL);
}

static void verify_keeps_what_a_living_slot_holds(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	u32 ring = test_ring(test, 50);

	test_drop(test, test_ring(test, 30));
	verify_lose_mark(test, mheap_slot_peek(&heap->core, ring, 0), 50);
	test_drop(test, ring);
	test_collect(test);
	KUNIT_EXPECT_EQ(test, test_objects(test), 0ULL);
}

static struct kunit_case mheap_verify_cases[] = {
	KUNIT_CASE(verify_keeps_what_the_counts_do_not_explain),
	KUNIT_CASE(verify_keeps_what_a_handle_holds),
	KUNIT_CASE(verify_keeps_what_a_living_slot_holds),
	{}
};

struct kunit_suite mheap_verify_suite = {
	.name = "mheap_verify",
	.init = test_heap_init,
	.exit = test_heap_exit,
	.test_cases = mheap_verify_cases,
};
