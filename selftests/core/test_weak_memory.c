// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>

#include "weak_fixture.h"

#define TABLE_BYTES	((long)(MHEAP_CHUNK_GRANULES * sizeof(u32)))

TEST(weak_table_is_charged)
{
	u32 a, b, w;
	long before;

	begin();
	a = heap_alloc(m, 0, 0);
	b = heap_alloc(m, 0, 0);
	/* The cells lie in that chunk too. */
	CHECK_EQ(a >> MHEAP_INDEX_SHIFT, b >> MHEAP_INDEX_SHIFT);
	before = held();
	w = heap_weaken(m, a);
	CHECK_EQ(held(), before + TABLE_BYTES);
	heap_drop(m, w);
	w = heap_weaken(m, b);
	CHECK_EQ(held(), before + TABLE_BYTES);
	heap_check(core);
	heap_drop(m, w);
	heap_drop(m, a);
	heap_drop(m, b);
	heap_mutator_delete(m);
	m = heap_mutator(core);
	heap_trim(core);
	CHECK_EQ(core->cells.empty_count, 0);
	CHECK(held() < before - (long)MHEAP_CHUNK_BYTES);
	end_empty();
}

TEST(weak_needs_to_be_prepared)
{
	u32 a, w;

	begin();
	a = heap_alloc(m, 100, 0);
	mheap_section_enter(m);
	CHECK_EQ(mheap_weak_take(m, a, &w), MHEAP_WEAK_NOT_READY);
	mheap_section_exit(m);
	REQUIRE_EQ(mheap_weak_prepare(m, a), 0);
	shim_memory.forbidden = true;
	mheap_section_enter(m);
	CHECK_EQ(mheap_weak_take(m, a, &w), 0);
	mheap_section_exit(m);
	/* That there is one does for those who have no cell. */
	heap_mutator_delete(m);
	shim_memory.forbidden = false;
	m = heap_mutator(core);
	CHECK_EQ(heap_weaken(m, a), w);
	heap_drop(m, w);
	heap_drop(m, w);
	heap_drop(m, a);
	end_empty();
}

TEST(weak_prepare_without_memory)
{
	unsigned long n, failed;
	u32 a, w, from;
	long before;
	int ret;

	for (from = 0; from < 2; from++) {
		begin();
		a = heap_alloc(m, 100, 0);
		failed = 0;
		for (n = 1; ; n++) {
			before = held();
			*(from ? &shim_memory.fail_from : &shim_memory.fail_at) =
				shim_memory.calls + n;
			ret = heap_try_weaken(m, a, &w);
			shim_memory.fail_from = 0;
			shim_memory.fail_at = 0;
			if (!ret)
				break;
			failed++;
			CHECK_EQ(ret, -ENOMEM);
			CHECK(held() >= before);
			CHECK_EQ(mheap_weak_peek(core, a), 0);
			CHECK_EQ(core->weak.cells, 0);
			heap_check(core);
		}
		/* The table, and what a chunk is made of. */
		CHECK(failed >= 3);
		CHECK_EQ(heap_upgrade(m, w), a);
		heap_drop(m, a);
		heap_drop(m, a);
		heap_drop(m, w);
		end_empty();
	}
}

TEST(weak_prepare_at_the_limit)
{
	u32 a, w;

	begin();
	a = heap_alloc(m, 100, 0);
	core->memory.max = held() + TABLE_BYTES - 1;
	CHECK_EQ(heap_try_weaken(m, a, &w), -EDQUOT);
	CHECK_EQ(core->weak.cells, 0);
	core->memory.max += TABLE_BYTES;
	/* There is no chunk for the cell. */
	CHECK_EQ(heap_try_weaken(m, a, &w), -EDQUOT);
	CHECK_EQ(core->weak.cells, 0);
	heap_check(core);
	core->memory.max = HEAP_BYTES;
	w = heap_weaken(m, a);
	heap_drop(m, a);
	heap_drop(m, w);
	end_empty();
}
