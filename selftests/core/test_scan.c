// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "fixture.h"

/* Goes through the heap in pieces of so many steps, as who walks by a cursor. */
static u32 walk(u32 piece, u32 *seen, u32 most)
{
	struct mheap_scan scan;
	u32 cursor = 0, count = 0, number, steps, pieces = 0;

	for (;;) {
		mheap_section_enter(m);
		mheap_scan_seek(core, &scan, cursor);
		steps = piece;
		while ((number = mheap_scan_next(core, &scan, MHEAP_FILTER_ALL, &steps))) {
			REQUIRE(count < most);
			REQUIRE(!count || number > seen[count - 1]);
			seen[count++] = number;
		}
		cursor = mheap_scan_tell(&scan);
		mheap_section_exit(m);
		if (mheap_scan_over(core, &scan))
			return count;
		REQUIRE(++pieces < 10 * most + 1000);
	}
}

TEST(scan_in_pieces_finds_each_object_once)
{
	static const u32 pieces[] = { 1, 2, 3, 7, 64, 1000, ~0U };
	const u32 most = 3000;
	struct heap_random random = { tap_seed(2) };
	u32 *seen = calloc(most, sizeof(u32)), *numbers = calloc(most, sizeof(u32));
	u32 i, alive = 0;

	begin();
	for (i = 0; i < most; i++)
		numbers[i] = heap_alloc(m, heap_below(&random, 20) * heap_below(&random, 20), 0);
	for (i = 0; i < most; i++)
		if (heap_below(&random, 3))
			heap_drop(m, numbers[i]);
		else
			alive++;
	for (i = 0; i < ARRAY_SIZE(pieces); i++)
		CHECK_EQ(walk(pieces[i], seen, most), alive);
	for (i = 0; i < alive; i++)
		CHECK(heap_alive(core, seen[i]));
	end();
	free(seen);
	free(numbers);
}

TEST(scan_from_anywhere)
{
	struct heap_random random = { tap_seed(6) };
	struct mheap_scan scan;
	u32 numbers[50], i, j, from, steps, number, want;

	begin();
	for (i = 0; i < 50; i++)
		numbers[i] = heap_alloc(m, i * 20, 0);
	for (i = 0; i < 10000; i++) {
		from = heap_random(&random) >> (32 + heap_below(&random, 32));
		/* The first that is not below. */
		for (j = want = 0; j < 50; j++)
			if (numbers[j] >= from && (!want || numbers[j] < want))
				want = numbers[j];
		steps = ~0U;
		mheap_section_enter(m);
		mheap_scan_seek(core, &scan, from);
		number = mheap_scan_next(core, &scan, MHEAP_FILTER_ALL, &steps);
		mheap_section_exit(m);
		REQUIRE_EQ(number, want);
	}
	end();
}

TEST(scan_of_an_empty_heap)
{
	struct mheap_scan scan;
	u32 steps = 100, one;

	begin();
	mheap_scan_begin(&scan);
	CHECK_EQ(mheap_scan_next(core, &scan, MHEAP_FILTER_ALL, &steps), 0);
	CHECK(mheap_scan_over(core, &scan));
	CHECK_EQ(walk(10, &one, 1), 0);
	end();
}
