// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitops.h>

#include "class.h"
#include "tap.h"

TEST(class_for_is_the_smallest_that_holds)
{
	u32 bytes, class;

	for (bytes = 1; bytes <= MHEAP_CLASS_BYTES_MAX; bytes++) {
		class = mheap_class_for(bytes);
		REQUIRE(class < MHEAP_CLASSES);
		REQUIRE(mheap_class_bytes(class) >= bytes);
		REQUIRE(!class || mheap_class_bytes(class - 1) < bytes);
	}
}

TEST(class_for_what_is_larger)
{
	CHECK_EQ(mheap_class_for(MHEAP_CLASS_BYTES_MAX + 1), MHEAP_CLASS_LARGE);
	CHECK_EQ(mheap_class_for(1U << 30), MHEAP_CLASS_LARGE);
}

TEST(class_grows_by_half_at_most)
{
	u32 class;

	for (class = 2; class < MHEAP_CLASSES; class++)
		CHECK(mheap_class_bytes(class) * 2 <= mheap_class_bytes(class - 1) * 3 ||
		      mheap_class_bytes(class) <= 3 * MHEAP_GRANULE);
}

TEST(class_of_cells_ends_at_the_largest_cell)
{
	CHECK_EQ(mheap_class_bytes(MHEAP_CELL_CLASSES - 1), MHEAP_CELL_MAX);
	CHECK_EQ(mheap_class_for(MHEAP_CELL_MAX), MHEAP_CELL_CLASSES - 1);
}

TEST(class_starts_do_not_overlap)
{
	u32 class, granules, i, seen;

	for (class = 0; class < MHEAP_CLASSES; class++) {
		granules = mheap_class_bytes(class) / MHEAP_GRANULE;
		for (i = seen = 0; i < MHEAP_CHUNK_GRANULES; i++) {
			if (!test_bit(i, mheap_class_starts(class)))
				continue;
			REQUIRE_EQ(i, seen * granules);
			seen++;
		}
		CHECK_EQ(seen, mheap_class_cells(class));
		CHECK(seen * granules <= MHEAP_CHUNK_GRANULES);
		CHECK((seen + 1) * granules > MHEAP_CHUNK_GRANULES);
	}
}
