// SPDX-License-Identifier: GPL-2.0-only
#include "fixture.h"

/* Fills chunks with a chain, and frees it. */
static void fill(u32 chunks)
{
	u32 head = 0, node, i;

	for (i = 0; i < chunks * mheap_class_cells(13); i++) {
		node = heap_alloc(m, 1000, 0);
		if (head) {
			heap_store(m, node, 0, head);
			heap_drop(m, head);
		}
		head = node;
	}
	heap_drop(m, head);
	heap_work(core);
}

TEST(trim_gives_all_empty_chunks_back)
{
	long before;

	begin();
	fill(1);
	heap_trim(core);
	before = held();
	/* More than go in one step. */
	fill(200);
	CHECK(held() > before + 198 * (long)MHEAP_CHUNK_BYTES);
	CHECK(mheap_trim_useful(core));
	heap_trim(core);
	/* The chunk that the mutator owns stays. */
	CHECK(held() <= before + 2 * (long)MHEAP_CHUNK_BYTES);
	CHECK(!mheap_trim_useful(core));
	heap_collect(core);
	CHECK_EQ(mheap_core_attention(core), MHEAP_ATTENTION_NONE);
	fill(200);
	heap_trim(core);
	CHECK(held() <= before + 2 * (long)MHEAP_CHUNK_BYTES);
	end();
}

TEST(trim_of_nothing)
{
	begin();
	heap_trim(core);
	CHECK_EQ(mheap_core_attention(core), MHEAP_ATTENTION_NONE);
	end();
}

TEST(trim_only_on_request)
{
	long before;

	begin();
	fill(5);
	before = held();
	heap_work(core);
	heap_collect(core);
	CHECK_EQ(held(), before);
	CHECK_EQ(mheap_core_attention(core), MHEAP_ATTENTION_LATER);
	end();
}

TEST(trim_waits_for_open_sections)
{
	struct mheap_mutator *other;
	long before;
	int i;

	begin();
	other = heap_mutator(core);
	fill(5);
	before = held();
	heap_open(other);
	mheap_trim_request(core);
	CHECK_EQ(mheap_core_attention(core), MHEAP_ATTENTION_NOW);
	for (i = 0; i < 10; i++)
		CHECK_EQ(mheap_core_work(core), MHEAP_STEP_WAIT);
	CHECK_EQ(held(), before);
	heap_close(other);
	heap_work(core);
	CHECK(held() < before - 4 * (long)MHEAP_CHUNK_BYTES);
	heap_mutator_delete(other);
	end();
}

TEST(trim_and_collections_take_turns)
{
	struct mheap_mutator *other;
	u32 a;

	begin();
	other = heap_mutator(core);
	fill(3);
	a = heap_alloc(m, 1, 0);
	heap_store(m, a, 0, a);
	heap_drop(m, a);
	heap_open(other);
	mheap_trim_request(core);
	mheap_core_work(core);
	mheap_collect_request(core, MHEAP_CAUSE_REQUEST);
	/* The pass has a grace period of its own under way. */
	CHECK_EQ(mheap_core_work(core), MHEAP_STEP_WAIT);
	CHECK_EQ(core->collector.stage, MHEAP_STAGE_IDLE);
	heap_close(other);
	heap_work(core);
	CHECK_EQ(atomic64_read(&core->collector.finished), 1);
	CHECK_EQ(heap_objects(core), 0);
	CHECK(!mheap_trim_useful(core));
	heap_mutator_delete(other);
	end();
}

TEST(trim_is_broken_off_by_the_end_of_the_heap)
{
	u32 steps, i;

	for (steps = 0; steps < 6; steps++) {
		begin();
		fill(100);
		heap_drop(m, heap_alloc(m, 3, 100));
		mheap_trim_request(core);
		for (i = 0; i < steps; i++)
			mheap_core_work(core);
		heap_mutator_delete(m);
		heap_delete(core);
	}
}

TEST(trim_leaves_numbers_to_be_used_again)
{
	u32 i, a;

	begin();
	for (i = 0; i < 300; i++) {
		a = heap_alloc(m, i % 900, 0);
		heap_drop(m, a);
		if (i % 3 == 0) {
			heap_mutator_delete(m);
			m = heap_mutator(core);
		}
		heap_trim(core);
		CHECK(a >> MHEAP_INDEX_SHIFT < 20);
	}
	CHECK(core->cells.end < 20);
	end();
}
