// SPDX-License-Identifier: GPL-2.0-only
#include <linux/string.h>

#include "core/count.h"
#include "core/root.h"
#include "core/slot.h"
#include "suites.h"

static int root_set(struct kunit *test, const char *text, u32 number, u32 *ret_old)
{
	struct test_heap *heap = test->priv;
	char name[MHEAP_ROOT_NAME] = {};
	int ret;

	memcpy(name, text, min(strlen(text), sizeof(name)));
	mheap_section_enter(&heap->mutator);
	ret = mheap_root_exchange(&heap->mutator, name, number, ret_old);
	mheap_section_exit(&heap->mutator);
	return ret;
}

static int root_get(struct kunit *test, const char *text, u32 *ret_number)
{
	struct test_heap *heap = test->priv;
	char name[MHEAP_ROOT_NAME] = {};
	int ret;

	memcpy(name, text, min(strlen(text), sizeof(name)));
	mheap_section_enter(&heap->mutator);
	ret = mheap_root_get(&heap->mutator, name, ret_number);
	mheap_section_exit(&heap->mutator);
	return ret;
}

static u32 root_handles(struct kunit *test, u32 number)
{
	struct test_heap *heap = test->priv;

	return mheap_count_handles(atomic64_read(&mheap_cell_of(&heap->core, number)->count));
}

static void root_keeps_across_collections(struct kunit *test)
{
	u32 a = test_ring(test, 10), old, got;

	KUNIT_EXPECT_EQ(test, root_set(test, "a", a, &old), 0);
	test_drop(test, a);
	test_collect(test);
	KUNIT_EXPECT_EQ(test, test_objects(test), 10ULL);
	KUNIT_EXPECT_EQ(test, root_get(test, "a", &got), 0);
	KUNIT_EXPECT_EQ(test, got, a);
	KUNIT_EXPECT_EQ(test, root_set(test, "a", 0, &old), 0);
	test_drop(test, old);
	test_drop(test, got);
	test_collect(test);
	KUNIT_EXPECT_EQ(test, test_objects(test), 0ULL);
}

static void root_exchange_hands_the_handle_over(struct kunit *test)
{
	u32 a = test_alloc(test, 0), b = test_alloc(test, 0), old;

	KUNIT_EXPECT_EQ(test, root_set(test, "x", a, &old), 0);
	KUNIT_EXPECT_EQ(test, root_set(test, "x", b, &old), 0);
	KUNIT_EXPECT_EQ(test, old, a);
	KUNIT_EXPECT_EQ(test, root_handles(test, a), 2U);
	KUNIT_EXPECT_EQ(test, root_handles(test, b), 2U);
	test_drop(test, a);
	test_drop(test, a);
	KUNIT_EXPECT_EQ(test, test_objects(test), 1ULL);
	KUNIT_EXPECT_EQ(test, root_set(test, "x", 0, &old), 0);
	test_drop(test, b);
	test_drop(test, b);
	KUNIT_EXPECT_EQ(test, test_objects(test), 0ULL);
}

static void root_names_are_compared_whole(struct kunit *test)
{
	static const char *const names[] = {
		"", "x", "xy", "0123456789012345678901234567890a",
		"0123456789012345678901234567890b",
	};
	u32 numbers[ARRAY_SIZE(names)], got, old, i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		numbers[i] = test_alloc(test, 0);
		KUNIT_EXPECT_EQ(test, root_set(test, names[i], numbers[i], &old), 0);
		KUNIT_EXPECT_EQ(test, old, 0U);
	}
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		KUNIT_EXPECT_EQ(test, root_get(test, names[i], &got), 0);
		KUNIT_EXPECT_EQ(test, got, numbers[i]);
	}
	KUNIT_EXPECT_EQ(test, root_get(test, "xyz", &got), -ENOENT);
}

static void root_table_that_is_full_refuses(struct kunit *test)
{
	u32 a = test_alloc(test, 0), old, i;
	char name[8];

	for (i = 0; i < MHEAP_ROOTS; i++) {
		snprintf(name, sizeof(name), "%u", i);
		KUNIT_ASSERT_EQ(test, root_set(test, name, a, &old), 0);
	}
	KUNIT_EXPECT_EQ(test, root_set(test, "more", a, &old), -ENOSPC);
	KUNIT_EXPECT_EQ(test, root_handles(test, a), MHEAP_ROOTS + 1U);
	KUNIT_EXPECT_EQ(test, root_set(test, "7", 0, &old), 0);
	test_drop(test, old);
	KUNIT_EXPECT_EQ(test, root_set(test, "more", a, &old), 0);
	KUNIT_EXPECT_EQ(test, root_handles(test, a), MHEAP_ROOTS + 1U);
}

static struct kunit_case mheap_root_cases[] = {
	KUNIT_CASE(root_keeps_across_collections),
	KUNIT_CASE(root_exchange_hands_the_handle_over),
	KUNIT_CASE(root_names_are_compared_whole),
	KUNIT_CASE(root_table_that_is_full_refuses),
	{}
};

struct kunit_suite mheap_root_suite = {
	.name = "mheap_root",
	.init = test_heap_init,
	.exit = test_heap_exit,
	.test_cases = mheap_root_cases,
};
