// SPDX-License-Identifier: GPL-2.0-only
#include "core/count.h"
#include "suites.h"

static void count_take_from_zero_is_refused(struct kunit *test)
{
	atomic64_t word = ATOMIC64_INIT(MHEAP_COUNT_VERSION | MHEAP_COUNT_SUSPECT0);

	KUNIT_EXPECT_EQ(test, mheap_count_take(&word, MHEAP_COUNT_HANDLE), -ENOENT);
	KUNIT_EXPECT_EQ(test, mheap_count_take(&word, MHEAP_COUNT_SLOT), -ENOENT);
	KUNIT_EXPECT_EQ(test, (u64)atomic64_read(&word),
			MHEAP_COUNT_VERSION | MHEAP_COUNT_SUSPECT0);
}

static void count_take_when_full_is_refused(struct kunit *test)
{
	atomic64_t word = ATOMIC64_INIT(MHEAP_COUNT_SLOTS | MHEAP_COUNT_HANDLES);
	u64 before = atomic64_read(&word);

	KUNIT_EXPECT_EQ(test, mheap_count_take(&word, MHEAP_COUNT_HANDLE), -EMLINK);
	KUNIT_EXPECT_EQ(test, mheap_count_take(&word, MHEAP_COUNT_SLOT), -EMLINK);
	KUNIT_EXPECT_EQ(test, (u64)atomic64_read(&word), before);
}

static void count_fields_do_not_touch_each_other(struct kunit *test)
{
	atomic64_t word = ATOMIC64_INIT(MHEAP_COUNT_HANDLE);
	u64 count;
	int i;

	for (i = 0; i < 5000; i++)
		KUNIT_ASSERT_EQ(test, mheap_count_take(&word, MHEAP_COUNT_SLOT), 0);
	for (i = 0; i < 300; i++)
		KUNIT_ASSERT_EQ(test, mheap_count_take(&word, MHEAP_COUNT_HANDLE), 0);
	count = atomic64_read(&word);
	KUNIT_EXPECT_EQ(test, mheap_count_slots(count), 5000U);
	KUNIT_EXPECT_EQ(test, mheap_count_handles(count), 301U);
	KUNIT_EXPECT_EQ(test, count & MHEAP_COUNT_FLAGS, 0ULL);
	/* The version has wrapped by now, and carried into nothing. */
	KUNIT_EXPECT_EQ(test, (count & MHEAP_COUNT_VERSIONS) / MHEAP_COUNT_VERSION,
			5300ULL % 4096);
}

static void count_suspects_have_slots_and_no_handle(struct kunit *test)
{
	atomic64_t word = ATOMIC64_INIT(MHEAP_COUNT_HANDLE * 2 + MHEAP_COUNT_SLOT);

	mheap_count_drop(&word, MHEAP_COUNT_HANDLE, MHEAP_COUNT_SUSPECT1);
	KUNIT_EXPECT_EQ(test, atomic64_read(&word) & MHEAP_COUNT_FLAGS, 0ULL);
	mheap_count_drop(&word, MHEAP_COUNT_HANDLE, MHEAP_COUNT_SUSPECT1);
	KUNIT_EXPECT_EQ(test, atomic64_read(&word) & MHEAP_COUNT_FLAGS, MHEAP_COUNT_SUSPECT1);
	mheap_count_drop(&word, MHEAP_COUNT_SLOT, MHEAP_COUNT_SUSPECT0);
	/* That was its end: it is not suspect of anything. */
	KUNIT_EXPECT_EQ(test, atomic64_read(&word) & MHEAP_COUNT_SUSPECT0, 0ULL);
	KUNIT_EXPECT_EQ(test, atomic64_read(&word) & MHEAP_COUNT_REFS, 0ULL);
}

static struct kunit_case mheap_count_cases[] = {
	KUNIT_CASE(count_take_from_zero_is_refused),
	KUNIT_CASE(count_take_when_full_is_refused),
	KUNIT_CASE(count_fields_do_not_touch_each_other),
	KUNIT_CASE(count_suspects_have_slots_and_no_handle),
	{}
};

struct kunit_suite mheap_count_suite = {
	.name = "mheap_count",
	.test_cases = mheap_count_cases,
};
