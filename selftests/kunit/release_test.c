// SPDX-License-Identifier: GPL-2.0-only
#include "core/release.h"
#include "core/slot.h"
#include "suites.h"

#define RELEASE_LENGTH	20000

static u32 release_chain(struct kunit *test, u32 length)
{
	u32 head = test_alloc(test, 1), next;

	while (--length) {
		next = test_alloc(test, 1);
		test_store(test, next, 0, head);
		test_drop(test, head);
		head = next;
	}
	return head;
}

static void release_of_a_short_chain_is_prompt(struct kunit *test)
{
	u32 head = release_chain(test, 300);

	KUNIT_EXPECT_EQ(test, test_objects(test), 300ULL);
	test_drop(test, head);
	/* No worker was needed. */
	KUNIT_EXPECT_EQ(test, test_objects(test), 0ULL);
}

/* However long the chain, a section takes its steps and no more. */
static void release_of_a_long_chain_is_bounded(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	u32 head = release_chain(test, RELEASE_LENGTH);
	u64 before, after;

	test_drop(test, head);
	after = test_objects(test);
	KUNIT_EXPECT_GE(test, after, (u64)RELEASE_LENGTH - MHEAP_SECTION_STEPS);
	KUNIT_EXPECT_LT(test, after, (u64)RELEASE_LENGTH);
	KUNIT_EXPECT_EQ(test, mheap_core_attention(&heap->core), MHEAP_ATTENTION_NOW);
	do {
		before = after;
		mheap_core_work(&heap->core);
		after = test_objects(test);
		KUNIT_ASSERT_LE(test, before - after, (u64)MHEAP_SECTION_STEPS);
	} while (after && after < before);
	KUNIT_EXPECT_EQ(test, after, 0ULL);
}

static void release_of_a_wide_object_is_bounded(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	u32 wide = test_alloc(test, 10000), child, i;

	for (i = 0; i < 10000; i++) {
		child = test_alloc(test, 0);
		test_store(test, wide, i, child);
		test_drop(test, child);
	}
	test_drop(test, wide);
	KUNIT_EXPECT_GE(test, test_objects(test), 10001ULL - MHEAP_SECTION_STEPS);
	KUNIT_EXPECT_EQ(test, mheap_core_attention(&heap->core), MHEAP_ATTENTION_NOW);
	test_work(test);
	KUNIT_EXPECT_EQ(test, test_objects(test), 0ULL);
}

static void release_of_shared_children_waits_for_all(struct kunit *test)
{
	u32 a = test_alloc(test, 1), b = test_alloc(test, 1), c = test_alloc(test, 1);

	test_store(test, a, 0, c);
	test_store(test, b, 0, c);
	test_drop(test, c);
	test_drop(test, a);
	KUNIT_EXPECT_EQ(test, test_objects(test), 2ULL);
	test_drop(test, b);
	KUNIT_EXPECT_EQ(test, test_objects(test), 0ULL);
}

static struct kunit_case mheap_release_cases[] = {
	KUNIT_CASE(release_of_a_short_chain_is_prompt),
	KUNIT_CASE(release_of_a_long_chain_is_bounded),
	KUNIT_CASE(release_of_a_wide_object_is_bounded),
	KUNIT_CASE(release_of_shared_children_waits_for_all),
	{}
};

struct kunit_suite mheap_release_suite = {
	.name = "mheap_release",
	.init = test_heap_init,
	.exit = test_heap_exit,
	.test_cases = mheap_release_cases,
};
