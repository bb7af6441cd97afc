// SPDX-License-Identifier: GPL-2.0-only
#include "dead_shape.h"

TEST(collect_requests)
{
	u64 first, second;

	begin();
	first = mheap_collect_request(core, MHEAP_CAUSE_REQUEST);
	CHECK_EQ(first, 1);
	CHECK_EQ(mheap_collect_request(core, MHEAP_CAUSE_LIMIT), 1);
	CHECK_EQ(mheap_core_attention(core), MHEAP_ATTENTION_NOW);
	step_to(MHEAP_STAGE_START);
	/* It has begun: who asks now gets the next one. */
	second = mheap_collect_request(core, MHEAP_CAUSE_LIMIT);
	CHECK_EQ(second, 2);
	while (atomic64_read(&core->collector.finished) < 1)
		mheap_core_work(core);
	CHECK_EQ(core->collector.last.number, 1);
	CHECK_EQ(core->collector.last.cause, MHEAP_CAUSE_REQUEST);
	heap_work(core);
	CHECK_EQ(atomic64_read(&core->collector.finished), 2);
	CHECK_EQ(core->collector.last.cause, MHEAP_CAUSE_LIMIT);
	CHECK_EQ(mheap_core_attention(core), MHEAP_ATTENTION_NONE);
	end();
}

TEST(collect_what_died_before_the_request)
{
	u32 head, node, i, turn;

	/* A cycle that is held by the end of a list that takes long to take apart. */
	for (turn = 0; turn < 3; turn++) {
		begin();
		node = heap_alloc(m, 1, 0);
		head = node;
		for (i = 0; i < 5000; i++)
			node = link_new(node, 0, 1);
		heap_store(m, node, 0, node);
		heap_drop(m, head);
		for (i = 0; i < turn; i++)
			mheap_core_work(core);
		heap_collect(core);
		CHECK_EQ(heap_objects(core), 0);
		end();
	}
}

TEST(collect_waits_for_those_who_leave)
{
	struct mheap_mutator *leaving;
	u32 a, b, i;

	begin();
	leaving = heap_mutator(core);
	a = heap_alloc(leaving, 1, 0);
	heap_store(leaving, a, 0, a);
	b = heap_alloc(leaving, 1, 0);
	heap_store(leaving, b, 0, b);
	CHECK(!mheap_collect_leaving(core));
	mheap_collect_leave(core);
	CHECK(mheap_collect_leaving(core));
	mheap_collect_request(core, MHEAP_CAUSE_REQUEST);
	/* Its handles go one by one, and the worker has other things to do. */
	for (i = 0; i < 50; i++)
		mheap_core_work(core);
	CHECK_EQ(atomic64_read(&core->collector.finished), 0);
	heap_drop(leaving, a);
	for (i = 0; i < 50; i++)
		mheap_core_work(core);
	CHECK_EQ(heap_objects(core), 2);
	heap_drop(leaving, b);
	heap_mutator_delete(leaving);
	mheap_collect_left(core);
	CHECK(!mheap_collect_leaving(core));
	heap_work(core);
	CHECK_EQ(atomic64_read(&core->collector.finished), 1);
	CHECK_EQ(heap_objects(core), 0);
	end();
}

TEST(collect_does_not_wait_for_those_who_leave_later)
{
	u32 i;

	begin();
	pair();
	mheap_collect_request(core, MHEAP_CAUSE_REQUEST);
	step_to(MHEAP_STAGE_START);
	mheap_collect_leave(core);
	for (i = 0; i < 200; i++)
		mheap_core_work(core);
	CHECK_EQ(atomic64_read(&core->collector.finished), 1);
	CHECK_EQ(heap_objects(core), 0);
	mheap_collect_left(core);
	end();
}

TEST(collect_waits_for_open_sections)
{
	static const enum mheap_stage waits[] = {
		MHEAP_STAGE_START, MHEAP_STAGE_TERMINATE, MHEAP_STAGE_CONDEMN, MHEAP_STAGE_FINISH,
	};
	struct mheap_mutator *other, *third;
	u32 i, j;

	for (i = 0; i < ARRAY_SIZE(waits); i++) {
		begin();
		other = heap_mutator(core);
		third = heap_mutator(core);
		pair();
		mheap_collect_request(core, MHEAP_CAUSE_REQUEST);
		/* Just before the wait begins, which is when it must be open. */
		do {
			heap_open(other);
			mheap_core_work(core);
			if (core->collector.stage == waits[i])
				break;
			heap_close(other);
		} while (core->collector.stage <= waits[i]);
		REQUIRE_EQ(core->collector.stage, waits[i]);
		for (j = 0; j < 10; j++) {
			/* One that begins after that is not waited for. */
			heap_open(third);
			CHECK_EQ(mheap_core_work(core), MHEAP_STEP_WAIT);
			CHECK_EQ(core->collector.stage, waits[i]);
			heap_close(third);
		}
		heap_open(third);
		heap_close(other);
		CHECK_EQ(mheap_core_work(core), MHEAP_STEP_MORE);
		CHECK(core->collector.stage != waits[i]);
		heap_close(third);
		heap_work(core);
		CHECK_EQ(heap_objects(core), 0);
		heap_mutator_delete(other);
		heap_mutator_delete(third);
		end();
	}
}

TEST(collect_stack_overflows_into_grey)
{
	const u32 width = 3 * MHEAP_MARK_STACK;
	u32 top, node, i, live;

	begin();
	top = heap_alloc(m, width, 0);
	for (i = 0; i < width; i++) {
		node = link_new(top, i, 2);
		/* What only a grey object leads to. */
		link_new(node, 0, 1);
		heap_store(m, node, 1, top);
	}
	live = heap_objects(core);
	CHECK_EQ(live, 1 + 2 * width);
	heap_collect(core);
	CHECK_EQ(heap_objects(core), live);
	CHECK_EQ(core->collector.last.marked, live);
	heap_drop(m, top);
	heap_collect(core);
	CHECK_EQ(heap_objects(core), 0);
	end();
}

/* How much of a heap one piece of work may go through, by what it visibly does. */
TEST(collect_in_bounded_pieces)
{
	u32 top, i, node;
	u64 before;

	begin();
	top = heap_alloc(m, 200000, 0);
	for (i = 0; i < 200000; i++) {
		node = link_new(top, i, 1);
		heap_store(m, node, 0, top);
	}
	heap_drop(m, top);
	mheap_collect_request(core, MHEAP_CAUSE_REQUEST);
	for (;;) {
		before = heap_objects(core);
		if (mheap_core_work(core) == MHEAP_STEP_IDLE)
			break;
		if (!CHECK(before - heap_objects(core) <= MHEAP_SECTION_STEPS))
			break;
	}
	heap_work(core);
	CHECK_EQ(heap_objects(core), 0);
	end();
}

TEST(collect_objects_born_at_every_stage_live)
{
	u32 stage, box, a, b;

	for (stage = MHEAP_STAGE_SETTLE; stage <= MHEAP_STAGE_CLEAR; stage++) {
		if (stage >= MHEAP_STAGE_NARROW && stage <= MHEAP_STAGE_RESCUE)
			continue;
		begin();
		box = heap_alloc(m, 1, 0);
		pair();
		mheap_collect_request(core, MHEAP_CAUSE_REQUEST);
		step_to(stage);
		a = heap_alloc(m, 2, 0);
		b = link_new(a, 0, 1);
		heap_store(m, b, 0, a);
		heap_store(m, box, 0, a);
		heap_drop(m, a);
		heap_work(core);
		CHECK(heap_alive(core, a) && heap_alive(core, b));
		CHECK_EQ(heap_objects(core), 3);
		heap_collect(core);
		CHECK_EQ(heap_objects(core), 3);
		heap_store(m, box, 0, 0);
		heap_collect(core);
		CHECK_EQ(heap_objects(core), 1);
		end();
	}
}

/* Whatever goes on, a heap can be destroyed, and nothing is left of it. */
TEST(collect_is_broken_off_by_the_end_of_the_heap)
{
	u32 steps, done, top, i;
	bool ended = false;

	for (steps = 0; !ended; steps++) {
		begin();
		top = heap_alloc(m, 3000, 0);
		for (i = 0; i < ARRAY_SIZE(shapes); i++)
			shapes[i]();
		link_new(top, 0, 2000);
		mheap_collect_request(core, MHEAP_CAUSE_REQUEST);
		for (done = 0; done < steps && !ended; done++) {
			ended = mheap_core_work(core) == MHEAP_STEP_IDLE;
			if (done == steps / 2)
				heap_drop(m, top);
		}
		heap_mutator_delete(m);
		heap_delete(core);
	}
	CHECK(steps > 15);
}

TEST(collect_figures)
{
	begin();
	pair();
	hub();
	shim_clock = 0;
	heap_collect(core);
	CHECK_EQ(core->collector.last.number, 1);
	CHECK_EQ(core->collector.last.freed, 5003);
	CHECK(core->collector.last.end_ns > core->collector.last.start_ns);
	CHECK_EQ(core->collector.last.mark_ns + core->collector.last.verify_ns +
		 core->collector.last.sweep_ns,
		 core->collector.last.end_ns - core->collector.last.start_ns);
	CHECK_EQ(core->collector.total_freed, 5003);
	CHECK(core->collector.total_ns > 0);
	end();
}
