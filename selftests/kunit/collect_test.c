// SPDX-License-Identifier: GPL-2.0-only
#include "core/phase.h"
#include "core/release.h"
#include "core/slot.h"
#include "suites.h"

static void collect_takes_dead_rings(struct kunit *test)
{
	static const u32 lengths[] = { 1, 2, 3, 100, 30000 };
	u64 left = 0;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		test_drop(test, test_ring(test, lengths[i]));
		left += lengths[i];
	}
	KUNIT_EXPECT_EQ(test, test_objects(test), left);
	test_collect(test);
	KUNIT_EXPECT_EQ(test, test_objects(test), 0ULL);
}

static void collect_keeps_what_is_reachable(struct kunit *test)
{
	u32 root = test_alloc(test, 2), ring = test_ring(test, 5000);

	test_store(test, root, 1, ring);
	test_drop(test, ring);
	test_collect(test);
	KUNIT_EXPECT_EQ(test, test_objects(test), 5001ULL);
	test_drop(test, root);
	KUNIT_EXPECT_EQ(test, test_objects(test), 5000ULL);
	test_collect(test);
	KUNIT_EXPECT_EQ(test, test_objects(test), 0ULL);
}

static void collect_follows_wide_objects(struct kunit *test)
{
	u32 wide = test_alloc(test, 70000), child, i;

	for (i = 0; i < 70000; i += 7) {
		child = test_alloc(test, 1);
		test_store(test, wide, i, child);
		test_store(test, child, 0, wide);
		test_drop(test, child);
	}
	test_collect(test);
	KUNIT_EXPECT_EQ(test, test_objects(test), 10001ULL);
	test_drop(test, wide);
	test_collect(test);
	KUNIT_EXPECT_EQ(test, test_objects(test), 0ULL);
}

/* More than fits on the stack is grey at once. */
static void collect_survives_a_full_stack(struct kunit *test)
{
	u32 wide = test_alloc(test, 3 * MHEAP_MARK_STACK), child, i;

	for (i = 0; i < 3 * MHEAP_MARK_STACK; i++) {
		child = test_alloc(test, 1);
		test_store(test, wide, i, child);
		test_drop(test, child);
	}
	test_collect(test);
	KUNIT_EXPECT_EQ(test, test_objects(test), 3ULL * MHEAP_MARK_STACK + 1);
	test_drop(test, wide);
	test_work(test);
	KUNIT_EXPECT_EQ(test, test_objects(test), 0ULL);
}

/* Steps the collector until mutators see a phase. */
static void collect_until(struct kunit *test, enum mheap_phase phase)
{
	struct test_heap *heap = test->priv;
	int steps;

	for (steps = 0; steps < 1000; steps++) {
		if (mheap_phase_of(heap->core.phase) == phase)
			return;
		mheap_core_work(&heap->core);
	}
	KUNIT_FAIL(test, "the phase did not come");
}

/* The only reference moves from a slot that may be scanned to where it is not. */
static void collect_sees_what_moves(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	enum mheap_phase phase;
	u32 from, to, what, old;

	for (phase = MHEAP_PHASE_START; phase <= MHEAP_PHASE_SWEEP; phase++) {
		to = test_alloc(test, 1);
		from = test_alloc(test, 1);
		what = test_ring(test, 3);
		test_store(test, from, 0, what);
		test_drop(test, what);
		mheap_collect_request(&heap->core, MHEAP_CAUSE_REQUEST);
		collect_until(test, phase);
		mheap_section_enter(&heap->mutator);
		KUNIT_EXPECT_EQ(test, mheap_slot_exchange(&heap->mutator, from, 0, 0, &old), 0);
		KUNIT_EXPECT_EQ(test, mheap_slot_store(&heap->mutator, to, 0, old), 0);
		mheap_section_exit(&heap->mutator);
		test_drop(test, old);
		test_work(test);
		KUNIT_EXPECT_EQ(test, test_objects(test), 5ULL);
		test_drop(test, from);
		test_drop(test, to);
		test_collect(test);
		KUNIT_EXPECT_EQ(test, test_objects(test), 0ULL);
	}
}

/*
 * A section that is open holds the collection up, and only that. It is another
 * thread's, as far as the worker can see: in one of its own it must not wait.
 */
static void collect_waits_for_sections(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	int i;

	heap->mutator.seq++;
	mheap_collect_request(&heap->core, MHEAP_CAUSE_REQUEST);
	for (i = 0; i < 100; i++)
		mheap_core_work(&heap->core);
	KUNIT_EXPECT_EQ(test, mheap_core_work(&heap->core), MHEAP_STEP_WAIT);
	KUNIT_EXPECT_EQ(test, mheap_phase_of(heap->core.phase), MHEAP_PHASE_START);
	heap->mutator.seq++;
	test_work(test);
	KUNIT_EXPECT_EQ(test, (u64)atomic64_read(&heap->core.collector.finished), 1ULL);
}

static void collect_begins_only_for_suspects(struct kunit *test)
{
	struct test_heap *heap = test->priv;

	heap->core.limits.suspect_min = 2;
	heap->core.limits.suspect_percent = 1;
	heap->core.collector.threshold = 2;
	test_drop(test, test_alloc(test, 4));
	test_work(test);
	KUNIT_EXPECT_EQ(test, (u64)atomic64_read(&heap->core.collector.started), 0ULL);
	test_drop(test, test_ring(test, 2));
	test_work(test);
	KUNIT_EXPECT_EQ(test, (u64)atomic64_read(&heap->core.collector.finished), 1ULL);
	KUNIT_EXPECT_EQ(test, heap->core.collector.last.cause, MHEAP_CAUSE_SUSPECTS);
	KUNIT_EXPECT_EQ(test, test_objects(test), 0ULL);
}

static struct kunit_case mheap_collect_cases[] = {
	KUNIT_CASE(collect_takes_dead_rings),
	KUNIT_CASE(collect_keeps_what_is_reachable),
	KUNIT_CASE(collect_follows_wide_objects),
	KUNIT_CASE(collect_survives_a_full_stack),
	KUNIT_CASE(collect_sees_what_moves),
	KUNIT_CASE(collect_waits_for_sections),
	KUNIT_CASE(collect_begins_only_for_suspects),
	{}
};

struct kunit_suite mheap_collect_suite = {
	.name = "mheap_collect",
	.init = test_heap_init,
	.exit = test_heap_exit,
	.test_cases = mheap_collect_cases,
};
