// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include <linux/minmax.h>

#include "heap.h"

static struct mheap_core *core;
static struct mheap_mutator *m;

static void begin(void)
{
	core = heap_new(HEAP_BYTES, 0);
	m = heap_mutator(core);
	shim_clock = 1000000000;
}

static void end(void)
{
	CHECK_EQ(core->collector.total_failures, 0);
	heap_check(core);
	heap_mutator_delete(m);
	heap_delete(core);
}

static void step_to(enum mheap_stage stage)
{
	u32 steps = 0;

	while (core->collector.stage != stage) {
		mheap_core_work(core);
		REQUIRE(++steps < 100000);
	}
}

static u32 link_new(u32 from, u32 slot, u32 slots)
{
	u32 number = heap_alloc(m, slots, 0);

	heap_store(m, from, slot, number);
	heap_drop(m, number);
	return number;
}

/* Each makes a dead shape of some objects, and returns how many. */

static u32 self_loop(void)
{
	u32 a = heap_alloc(m, 1, 0);

	heap_store(m, a, 0, a);
	heap_drop(m, a);
	return 1;
}

static u32 pair(void)
{
	u32 a = heap_alloc(m, 1, 100), b = link_new(a, 0, 1);

	heap_store(m, b, 0, a);
	heap_drop(m, a);
	return 2;
}

static u32 figure_of_eight(void)
{
	u32 a = heap_alloc(m, 2, 0), b = link_new(a, 0, 1), c = link_new(a, 1, 1);

	heap_store(m, b, 0, a);
	heap_store(m, c, 0, a);
	heap_drop(m, a);
	return 3;
}

static u32 complete(void)
{
	u32 nodes[20], i, j;

	for (i = 0; i < 20; i++)
		nodes[i] = heap_alloc(m, 20, 0);
	for (i = 0; i < 20; i++)
		for (j = 0; j < 20; j++)
			heap_store(m, nodes[i], j, nodes[j]);
	for (i = 0; i < 20; i++)
		heap_drop(m, nodes[i]);
	return 20;
}

static u32 chain_into_cycle(void)
{
	u32 head = heap_alloc(m, 1, 0), node = head, i;
	u64 before = heap_objects(core);

	for (i = 0; i < 50; i++)
		node = link_new(node, 0, 1);
	heap_store(m, node, 0, node);
	heap_drop(m, head);
	/* Up to the cycle all goes by its counts. */
	CHECK_EQ(heap_objects(core), before);
	return 1;
}

static u32 cycle_with_a_tail(void)
{
	u32 a = heap_alloc(m, 2, 0), node = a, i;

	heap_store(m, a, 1, a);
	for (i = 0; i < 50; i++)
		node = link_new(node, 0, 1);
	heap_drop(m, a);
	return 51;
}

static u32 hub(void)
{
	u32 center = heap_alloc(m, 5000, 0), leaf, i;

	for (i = 0; i < 5000; i++) {
		leaf = link_new(center, i, 1);
		heap_store(m, leaf, 0, center);
	}
	heap_drop(m, center);
	return 5001;
}

static u32 ring_with_large_payloads(void)
{
	u32 first = heap_alloc(m, 1, 300000), node = first, next, i;

	for (i = 0; i < 5; i++) {
		next = heap_alloc(m, 1, 300000);
		heap_store(m, node, 0, next);
		heap_drop(m, next);
		node = next;
	}
	heap_store(m, node, 0, first);
	heap_drop(m, first);
	return 6;
}

static u32 ladder(void)
{
	u32 a = heap_alloc(m, 2, 0), b = link_new(a, 1, 2), first = a, next, i;

	heap_store(m, b, 1, a);
	for (i = 0; i < 40; i++) {
		next = link_new(a, 0, 2);
		heap_store(m, next, 1, a);
		a = next;
	}
	heap_drop(m, first);
	return 42;
}

static u32 (*const shapes[])(void) = {
	self_loop, pair, figure_of_eight, complete, chain_into_cycle, cycle_with_a_tail, hub,
	ring_with_large_payloads, ladder,
};

TEST(collect_dead_cycles_of_all_shapes)
{
	u32 i, count;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		begin();
		count = shapes[i]();
		CHECK_EQ(heap_objects(core), count);
		CHECK(atomic_long_read(&core->suspects) >= 1);
		heap_collect(core);
		CHECK_EQ(heap_objects(core), 0);
		CHECK_EQ(core->collector.last.freed, count);
		CHECK_EQ(core->collector.last.marked, 0);
		CHECK_EQ(atomic_long_read(&core->suspects), 0);
		end();
	}
}

TEST(collect_all_shapes_at_once_beside_living_ones)
{
	u32 live, i, dead = 0, node;

	begin();
	node = heap_alloc(m, 1, 0);
	live = node;
	for (i = 0; i < 1000; i++) {
		node = link_new(node, 0, 1);
		if (i % 100 == 0)
			dead += shapes[i / 100 % ARRAY_SIZE(shapes)]();
	}
	heap_store(m, node, 0, live);
	CHECK_EQ(heap_objects(core), dead + 1001);
	heap_collect(core);
	CHECK_EQ(heap_objects(core), 1001);
	CHECK_EQ(core->collector.last.marked, 1001);
	CHECK_EQ(core->collector.last.freed, dead);
	heap_drop(m, live);
	heap_collect(core);
	CHECK_EQ(heap_objects(core), 0);
	end();
}

TEST(collect_dead_cycle_that_holds_the_living)
{
	u32 live, held, i;

	begin();
	live = heap_alloc(m, 1, 0);
	held = heap_alloc(m, 1, 0);
	for (i = 0; i < 10; i++) {
		u32 a = heap_alloc(m, 3, 0);

		heap_store(m, a, 0, a);
		heap_store(m, a, 1, live);
		heap_store(m, a, 2, held);
		heap_drop(m, a);
	}
	/* This one is held by the garbage only, and is none of the cycle. */
	heap_drop(m, held);
	CHECK_EQ(heap_slots(core, live), 10);
	CHECK_EQ(heap_objects(core), 12);
	heap_collect(core);
	CHECK_EQ(heap_objects(core), 1);
	CHECK_EQ(heap_slots(core, live), 0);
	CHECK_EQ(heap_handles(core, live), 1);
	end();
}

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

TEST(collect_many_roots)
{
	const u32 count = 50000;
	u32 *roots = calloc(count, sizeof(u32)), i;

	begin();
	for (i = 0; i < count; i++) {
		roots[i] = heap_alloc(m, 1, 0);
		link_new(roots[i], 0, i % 2);
	}
	heap_collect(core);
	CHECK_EQ(core->collector.last.marked, 2 * count);
	CHECK_EQ(heap_objects(core), 2 * count);
	for (i = 0; i < count; i++)
		heap_drop(m, roots[i]);
	CHECK_EQ(heap_objects(core), 0);
	free(roots);
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
