// SPDX-License-Identifier: GPL-2.0-only
#include "count.h"
#include "heap.h"

static const u64 units[] = { MHEAP_COUNT_SLOT, MHEAP_COUNT_HANDLE };

TEST(count_zero_stays_zero)
{
	atomic64_t word;
	int i;

	for (i = 0; i < 2; i++) {
		/* Whatever the flags and the version say. */
		atomic64_set(&word, MHEAP_COUNT_FLAGS | 77 * MHEAP_COUNT_VERSION);
		CHECK_EQ(mheap_count_take(&word, units[i]), -ENOENT);
		CHECK_EQ(atomic64_read(&word), MHEAP_COUNT_FLAGS | 77 * MHEAP_COUNT_VERSION);
	}
}

TEST(count_full_refuses)
{
	const u64 full[] = { MHEAP_COUNT_SLOTS, MHEAP_COUNT_HANDLES };
	atomic64_t word;
	int i;

	for (i = 0; i < 2; i++) {
		atomic64_set(&word, full[i] - units[i]);
		CHECK_EQ(mheap_count_take(&word, units[i]), 0);
		CHECK_EQ(atomic64_read(&word) & MHEAP_COUNT_REFS, full[i]);
		CHECK_EQ(mheap_count_take(&word, units[i]), -EMLINK);
		CHECK_EQ(atomic64_read(&word) & MHEAP_COUNT_REFS, full[i]);
		/* The other field is not concerned. */
		CHECK_EQ(mheap_count_take(&word, units[!i]), 0);
		CHECK_EQ(atomic64_read(&word) & MHEAP_COUNT_REFS, full[i] + units[!i]);
		mheap_count_drop(&word, units[i], 0);
		CHECK_EQ(atomic64_read(&word) & MHEAP_COUNT_REFS, full[i] - units[i] + units[!i]);
	}
}

TEST(count_version_wraps_off_the_top)
{
	atomic64_t word;

	atomic64_set(&word, MHEAP_COUNT_VERSIONS | MHEAP_COUNT_HANDLE);
	CHECK_EQ(mheap_count_take(&word, MHEAP_COUNT_SLOT), 0);
	CHECK_EQ(atomic64_read(&word), MHEAP_COUNT_HANDLE + MHEAP_COUNT_SLOT);
	mheap_count_drop(&word, MHEAP_COUNT_SLOT, 0);
	CHECK_EQ(atomic64_read(&word), MHEAP_COUNT_HANDLE + MHEAP_COUNT_VERSION);
}

TEST(count_suspects)
{
	const u64 flag = MHEAP_COUNT_SUSPECT1;
	atomic64_t word;

	/* A handle is left. */
	atomic64_set(&word, 2 * MHEAP_COUNT_HANDLE + MHEAP_COUNT_SLOT);
	mheap_count_drop(&word, MHEAP_COUNT_HANDLE, flag);
	CHECK(!(atomic64_read(&word) & MHEAP_COUNT_FLAGS));
	/* Only a slot is. */
	mheap_count_drop(&word, MHEAP_COUNT_HANDLE, flag);
	CHECK_EQ(atomic64_read(&word) & MHEAP_COUNT_FLAGS, flag);
	CHECK_EQ(mheap_count_slots(atomic64_read(&word)), 1);
	/* Nothing is. */
	atomic64_set(&word, MHEAP_COUNT_SLOT);
	mheap_count_drop(&word, MHEAP_COUNT_SLOT, flag);
	CHECK(!(atomic64_read(&word) & (MHEAP_COUNT_FLAGS | MHEAP_COUNT_REFS)));
	/* The object cannot be part of a cycle. */
	atomic64_set(&word, MHEAP_COUNT_HANDLE + MHEAP_COUNT_SLOT);
	mheap_count_drop(&word, MHEAP_COUNT_HANDLE, 0);
	CHECK(!(atomic64_read(&word) & MHEAP_COUNT_FLAGS));
}

TEST(count_drop_returns_what_was)
{
	atomic64_t word;

	atomic64_set(&word, 5 * MHEAP_COUNT_SLOT + 3 * MHEAP_COUNT_HANDLE);
	CHECK_EQ(mheap_count_drop(&word, MHEAP_COUNT_SLOT, 0),
		 5 * MHEAP_COUNT_SLOT + 3 * MHEAP_COUNT_HANDLE);
	CHECK_EQ(mheap_count_slots(atomic64_read(&word)), 4);
	CHECK_EQ(mheap_count_handles(atomic64_read(&word)), 3);
}

TEST(count_every_change_has_a_version)
{
	struct heap_random random = { tap_seed(3) };
	u32 slots = 1, handles = 1, i, unit;
	atomic64_t word;
	u64 before;

	atomic64_set(&word, MHEAP_COUNT_SLOT + MHEAP_COUNT_HANDLE);
	for (i = 0; i < 100000; i++) {
		before = atomic64_read(&word);
		unit = heap_below(&random, 2);
		if (heap_below(&random, 2)) {
			REQUIRE_EQ(mheap_count_take(&word, units[unit]), 0);
			*(unit ? &handles : &slots) += 1;
		} else if (*(unit ? &handles : &slots) && slots + handles > 1) {
			mheap_count_drop(&word, units[unit], 0);
			*(unit ? &handles : &slots) -= 1;
		} else {
			continue;
		}
		REQUIRE_EQ(mheap_count_slots(atomic64_read(&word)), slots);
		REQUIRE_EQ(mheap_count_handles(atomic64_read(&word)), handles);
		REQUIRE_EQ((atomic64_read(&word) & MHEAP_COUNT_VERSIONS),
			   ((before & MHEAP_COUNT_VERSIONS) + MHEAP_COUNT_VERSION));
	}
}
