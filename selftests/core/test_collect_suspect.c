// SPDX-License-Identifier: GPL-2.0-only
#include "dead_shape.h"

TEST(collect_suspects)
{
	u32 a, leaf;

	begin();
	a = heap_alloc(m, 2, 0);
	CHECK_EQ(mheap_core_attention(core), MHEAP_ATTENTION_NONE);
	/* What has no slots cannot be part of a cycle. */
	leaf = heap_alloc(m, 0, 0);
	heap_store(m, a, 0, leaf);
	heap_drop(m, leaf);
	CHECK_EQ(atomic_long_read(&core->suspects), 0);
	/* The same one is counted once. */
	heap_store(m, a, 1, a);
	heap_take(m, a);
	heap_drop(m, a);
	CHECK_EQ(atomic_long_read(&core->suspects), 0);
	heap_drop(m, a);
	CHECK_EQ(atomic_long_read(&core->suspects), 1);
	CHECK_EQ(mheap_core_attention(core), MHEAP_ATTENTION_LATER);
	heap_collect(core);
	CHECK_EQ(heap_objects(core), 0);
	end();
}

TEST(collect_suspects_are_counted_anew_for_each_collection)
{
	u32 box, a, i;

	begin();
	box = heap_alloc(m, 1, 0);
	a = heap_alloc(m, 1, 0);
	heap_store(m, a, 0, a);
	heap_store(m, box, 0, a);
	heap_drop(m, a);
	for (i = 0; i < 6; i++) {
		CHECK_EQ(atomic_long_read(&core->suspects), 1);
		/* Once more in the same time does not count. */
		heap_drop(m, heap_load(m, box, 0));
		CHECK_EQ(atomic_long_read(&core->suspects), 1);
		heap_collect(core);
		CHECK_EQ(atomic_long_read(&core->suspects), 0);
		CHECK_EQ(mheap_core_attention(core), MHEAP_ATTENTION_NONE);
		heap_drop(m, heap_load(m, box, 0));
	}
	end();
}

TEST(collect_suspects_of_a_running_collection_are_the_next_ones)
{
	u32 box, a, stage;

	for (stage = MHEAP_STAGE_START; stage <= MHEAP_STAGE_CLEAR; stage++) {
		if (stage >= MHEAP_STAGE_NARROW && stage <= MHEAP_STAGE_RESCUE)
			continue;
		begin();
		box = heap_alloc(m, 1, 0);
		a = heap_alloc(m, 1, 0);
		heap_store(m, a, 0, a);
		heap_store(m, box, 0, a);
		heap_drop(m, a);
		CHECK_EQ(atomic_long_read(&core->suspects), 1);
		mheap_collect_request(core, MHEAP_CAUSE_REQUEST);
		step_to(stage);
		CHECK_EQ(atomic_long_read(&core->suspects), 0);
		/* The cycle dies now. */
		heap_store(m, box, 0, 0);
		CHECK_EQ(atomic_long_read(&core->suspects), 1);
		heap_work(core);
		CHECK_EQ(atomic_long_read(&core->suspects), 1);
		CHECK_EQ(heap_objects(core), 2);
		heap_collect(core);
		CHECK_EQ(heap_objects(core), 1);
		end();
	}
}

TEST(collect_many_suspects)
{
	struct mheap_limits limits = {
		.max_bytes = HEAP_BYTES, .suspect_percent = 50, .suspect_min = 10,
		.suspect_age_ms = 1000,
	};
	u32 i, live[60];

	REQUIRE_EQ(heap_try_new(&limits, &core), 0);
	m = heap_mutator(core);
	shim_clock = 1000000000;
	for (i = 0; i < 60; i++)
		live[i] = heap_alloc(m, 1, 0);
	for (i = 0; i < 9; i++)
		self_loop();
	heap_work(core);
	CHECK_EQ(atomic64_read(&core->collector.finished), 0);
	CHECK_EQ(heap_objects(core), 69);
	/* Half of the objects there are: more than the least that counts. */
	for (; i < 70; i++) {
		self_loop();
		heap_work(core);
		if (atomic64_read(&core->collector.finished))
			break;
	}
	CHECK(i >= 55 && i <= 65);
	CHECK_EQ(core->collector.last.cause, MHEAP_CAUSE_SUSPECTS);
	CHECK_EQ(heap_objects(core), 60);
	for (i = 0; i < 60; i++)
		heap_drop(m, live[i]);
	end();
}

TEST(collect_old_suspects)
{
	struct mheap_limits limits = {
		.max_bytes = HEAP_BYTES, .suspect_percent = 50, .suspect_min = 1000,
		.suspect_age_ms = 1000,
	};

	REQUIRE_EQ(heap_try_new(&limits, &core), 0);
	m = heap_mutator(core);
	shim_clock = 1000000000;
	self_loop();
	heap_work(core);
	CHECK_EQ(heap_objects(core), 1);
	shim_clock += 999000000;
	self_loop();
	heap_work(core);
	CHECK_EQ(heap_objects(core), 2);
	/* The first of them counts. */
	shim_clock += 1000000;
	heap_work(core);
	CHECK_EQ(heap_objects(core), 0);
	CHECK_EQ(core->collector.last.cause, MHEAP_CAUSE_AGE);
	CHECK_EQ(atomic64_read(&core->collector.finished), 1);
	/* With none, there is no collection, however long that lasts. */
	shim_clock += 1000000000000;
	heap_work(core);
	CHECK_EQ(atomic64_read(&core->collector.finished), 1);
	end();
}
