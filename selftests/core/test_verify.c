// SPDX-License-Identifier: GPL-2.0-only
/*
 * What if marking, or a count, were wrong? It is made wrong here, in the
 * middle of a collection. Then nothing that is reachable may be freed, all
 * that is not must be reported, and what is sound must still be reclaimed.
 */
#include <stdlib.h>

#include "heap.h"
#include "verify.h"

static struct mheap_core *core;
static struct mheap_mutator *m;

static void begin(void)
{
	core = heap_new(HEAP_BYTES, 0);
	m = heap_mutator(core);
	shim_warn_fatal = false;
}

/* All is well again, and warned of so many times. */
static void end(unsigned long warnings)
{
	CHECK_EQ(shim_warnings, warnings);
	tap_expect_warnings(warnings);
	heap_check(core);
	heap_mutator_delete(m);
	heap_delete(core);
}

static void collect_to(enum mheap_stage stage)
{
	mheap_collect_request(core, MHEAP_CAUSE_REQUEST);
	while (core->collector.stage != stage)
		mheap_core_work(core);
}

static void unmark(u32 number)
{
	clear_bit(mheap_chunk_bit(number), mheap_chunk_of(&core->cells, number)->mark);
}

static void add(u32 number, s64 count)
{
	atomic64_add(count, &mheap_cell_of(core, number)->count);
}

static u32 link_new(u32 from, u32 slot, u32 slots)
{
	u32 number = heap_alloc(m, slots, 0);

	heap_store(m, from, slot, number);
	heap_drop(m, number);
	return number;
}

/* A ring of dead objects: its first, and @count more by @ring. */
static u32 dead_ring(u32 *ring, u32 count)
{
	u32 first = heap_alloc(m, 2, 0), node = first, i;

	for (i = 0; i < count; i++) {
		node = link_new(node, 0, 2);
		ring[i] = node;
	}
	heap_store(m, node, 0, first);
	heap_drop(m, first);
	return first;
}

TEST(verify_unmarked_with_a_handle)
{
	u32 ring[3], a;

	begin();
	a = heap_alloc(m, 1, 0);
	dead_ring(ring, 3);
	collect_to(MHEAP_STAGE_TERMINATE);
	unmark(a);
	heap_work(core);
	CHECK_EQ(core->collector.last.failures, 1);
	CHECK_EQ(core->collector.last.freed, 4);
	CHECK(heap_alive(core, a));
	CHECK_EQ(heap_handles(core, a), 1);
	CHECK_EQ(heap_slots(core, a), 0);
	CHECK_EQ(heap_objects(core), 1);
	end(1);
}

TEST(verify_unmarked_with_a_slot)
{
	u32 ring[3], a, b, c;

	begin();
	a = heap_alloc(m, 1, 0);
	b = link_new(a, 0, 1);
	c = link_new(b, 0, 1);
	dead_ring(ring, 3);
	collect_to(MHEAP_STAGE_TERMINATE);
	unmark(b);
	heap_work(core);
	CHECK_EQ(core->collector.last.failures, 1);
	CHECK(heap_alive(core, b) && heap_alive(core, c));
	CHECK_EQ(heap_slots(core, b), 1);
	CHECK_EQ(heap_slots(core, c), 1);
	CHECK_EQ(heap_objects(core), 3);
	end(1);
}

TEST(verify_unmarked_subtree)
{
	u32 ring[3], a, nodes[10], node, i;

	begin();
	node = heap_alloc(m, 1, 0);
	a = node;
	for (i = 0; i < 10; i++) {
		node = link_new(node, 0, 1);
		nodes[i] = node;
	}
	heap_store(m, node, 0, nodes[0]);
	dead_ring(ring, 3);
	collect_to(MHEAP_STAGE_TERMINATE);
	for (i = 0; i < 10; i++)
		unmark(nodes[i]);
	heap_work(core);
	/* Only where the living refer to it: the rest is kept with that. */
	CHECK_EQ(core->collector.last.failures, 1);
	CHECK_EQ(core->collector.last.freed, 4);
	CHECK_EQ(core->collector.last.marked, 11);
	for (i = 0; i < 10; i++)
		CHECK(heap_alive(core, nodes[i]));
	CHECK_EQ(heap_slots(core, nodes[0]), 2);
	heap_drop(m, a);
	heap_collect(core);
	CHECK_EQ(heap_objects(core), 0);
	CHECK_EQ(core->collector.last.failures, 0);
	end(1);
}

TEST(verify_nothing_marked)
{
	struct heap_random random = { tap_seed(4) };
	u32 numbers[300], i, held = 0;

	begin();
	for (i = 0; i < 300; i++)
		numbers[i] = heap_alloc(m, 3, 0);
	for (i = 0; i < 900; i++)
		heap_store(m, numbers[i / 3], i % 3, numbers[heap_below(&random, 300)]);
	for (i = 10; i < 300; i++)
		heap_drop(m, numbers[i]);
	heap_collect(core);
	held = heap_objects(core);
	CHECK(held > 10);
	collect_to(MHEAP_STAGE_TERMINATE);
	for (i = 0; i < 300; i++)
		unmark(numbers[i]);
	heap_work(core);
	CHECK_EQ(core->collector.last.failures, 10);
	CHECK_EQ(core->collector.last.freed, 0);
	CHECK_EQ(heap_objects(core), held);
	end(10);
}

TEST(verify_slots_counted_too_high)
{
	u32 ring[3], other[2], first;

	begin();
	dead_ring(other, 2);
	first = dead_ring(ring, 3);
	add(ring[1], MHEAP_COUNT_SLOT);
	heap_collect(core);
	CHECK_EQ(core->collector.last.failures, 1);
	/* It might be referred to: kept, and all that it refers to. */
	CHECK_EQ(core->collector.last.freed, 3);
	CHECK_EQ(heap_objects(core), 4);
	CHECK_EQ(heap_slots(core, ring[1]), 2);
	CHECK_EQ(heap_slots(core, first), 1);
	CHECK_EQ(heap_handles(core, ring[1]), 0);
	/* Every time anew. */
	heap_collect(core);
	CHECK_EQ(core->collector.last.failures, 1);
	CHECK_EQ(core->collector.total_failures, 2);
	CHECK_EQ(heap_objects(core), 4);
	add(ring[1], -(s64)MHEAP_COUNT_SLOT);
	heap_collect(core);
	CHECK_EQ(core->collector.last.failures, 0);
	CHECK_EQ(heap_objects(core), 0);
	end(2);
}

TEST(verify_handles_counted_too_high_while_marking)
{
	u32 ring[3];

	begin();
	dead_ring(ring, 3);
	collect_to(MHEAP_STAGE_TERMINATE);
	add(ring[0], MHEAP_COUNT_HANDLE);
	heap_work(core);
	CHECK_EQ(core->collector.last.failures, 1);
	CHECK_EQ(heap_objects(core), 4);
	CHECK_EQ(heap_handles(core, ring[0]), 1);
	heap_drop(m, ring[0]);
	heap_collect(core);
	CHECK_EQ(heap_objects(core), 0);
	end(1);
}

TEST(verify_slots_counted_too_low)
{
	u32 a, b, other[2];

	begin();
	dead_ring(other, 2);
	a = heap_alloc(m, 2, 0);
	b = link_new(a, 0, 2);
	heap_store(m, a, 1, b);
	heap_store(m, b, 0, a);
	heap_drop(m, a);
	add(b, -(s64)MHEAP_COUNT_SLOT);
	heap_collect(core);
	CHECK_EQ(core->collector.last.failures, 1);
	CHECK_EQ(heap_objects(core), 2);
	CHECK_EQ(core->collector.last.freed, 3);
	CHECK_EQ(heap_slots(core, b), 1);
	add(b, MHEAP_COUNT_SLOT);
	heap_collect(core);
	CHECK_EQ(heap_objects(core), 0);
	end(1);
}

TEST(verify_two_mistakes_at_once)
{
	u32 ring[5], a, b, other[2];

	begin();
	a = heap_alloc(m, 1, 0);
	b = link_new(a, 0, 0);
	dead_ring(other, 2);
	dead_ring(ring, 5);
	add(ring[3], MHEAP_COUNT_SLOT);
	collect_to(MHEAP_STAGE_TERMINATE);
	unmark(b);
	heap_work(core);
	CHECK_EQ(core->collector.last.failures, 2);
	CHECK_EQ(core->collector.last.freed, 3);
	CHECK(heap_alive(core, b));
	CHECK_EQ(heap_objects(core), 8);
	add(ring[3], -(s64)MHEAP_COUNT_SLOT);
	heap_collect(core);
	CHECK_EQ(heap_objects(core), 2);
	end(2);
}

/* One too many and one too few: together they are right, and each by itself is not. */
TEST(verify_mistakes_that_cancel_out)
{
	u32 ring[2], other[2], first;
	u64 failures;

	begin();
	dead_ring(other, 2);
	first = heap_alloc(m, 2, 0);
	ring[0] = link_new(first, 0, 2);
	ring[1] = link_new(ring[0], 0, 2);
	heap_store(m, ring[1], 0, first);
	heap_store(m, ring[1], 1, first);
	heap_drop(m, first);
	add(ring[1], MHEAP_COUNT_SLOT);
	/* From two, or it would be dead. */
	add(first, -(s64)MHEAP_COUNT_SLOT);
	heap_collect(core);
	/* Both are found, or kept with the other; and nothing else is kept. */
	failures = core->collector.last.failures;
	REQUIRE(failures == 1 || failures == 2);
	CHECK_EQ(core->collector.last.freed, 3);
	REQUIRE(heap_alive(core, ring[1]) && heap_alive(core, first));
	add(ring[1], -(s64)MHEAP_COUNT_SLOT);
	add(first, MHEAP_COUNT_SLOT);
	heap_collect(core);
	CHECK_EQ(core->collector.last.failures, 0);
	CHECK_EQ(heap_objects(core), 0);
	end(failures);
}

/* At equal distances, so that no simple weight tells; and something living refers to one. */
TEST(verify_three_mistakes_that_cancel_out)
{
	u32 holder, a, b, c;
	u64 failures;

	begin();
	holder = heap_alloc(m, 1, 0);
	a = heap_alloc(m, 4, 0);
	b = heap_alloc(m, 4, 0);
	c = heap_alloc(m, 4, 0);
	heap_store(m, a, 0, b);
	heap_store(m, a, 1, b);
	heap_store(m, a, 2, b);
	heap_store(m, b, 0, a);
	heap_store(m, b, 1, c);
	heap_store(m, c, 0, a);
	heap_store(m, holder, 0, a);
	heap_drop(m, a);
	heap_drop(m, b);
	heap_drop(m, c);
	add(b, -2 * (s64)MHEAP_COUNT_SLOT);
	add(c, MHEAP_COUNT_SLOT);
	collect_to(MHEAP_STAGE_TERMINATE);
	unmark(a);
	unmark(b);
	unmark(c);
	heap_work(core);
	REQUIRE_EQ(core->collector.last.freed, 0);
	failures = core->collector.last.failures;
	CHECK(failures > 0 && failures <= 3);
	add(b, 2 * (s64)MHEAP_COUNT_SLOT);
	add(c, -(s64)MHEAP_COUNT_SLOT);
	heap_drop(m, holder);
	heap_collect(core);
	CHECK_EQ(heap_objects(core), 0);
	end(failures);
}

/* A mistake of which the sums of ranges know nothing, because they are of 32 bits. */
TEST(verify_keeps_all_when_it_finds_nothing)
{
	u32 ring[2], other[2], odd = 0, i;

	begin();
	dead_ring(other, 2);
	for (i = 0; i < 2000 && !odd; i++) {
		dead_ring(ring, 2);
		if (!((u32)mheap_verify_weight(ring[1]) % 256))
			odd = ring[1];
	}
	REQUIRE(odd);
	add(odd, (s64)1 << 24);
	heap_collect(core);
	CHECK_EQ(core->collector.last.freed, 0);
	CHECK_EQ(core->collector.last.failures, 3 * i + 3);
	add(odd, -((s64)1 << 24));
	heap_collect(core);
	CHECK_EQ(core->collector.last.failures, 0);
	CHECK_EQ(heap_objects(core), 0);
	end(3 * i + 3);
}

/* One round keeps an object, and only then is it seen that another one has to be kept too. */
TEST(verify_finds_more_in_the_second_round)
{
	u32 ring[3], deep[3];

	begin();
	dead_ring(ring, 3);
	dead_ring(deep, 3);
	add(deep[1], 2 * MHEAP_COUNT_SLOT);
	heap_store(m, heap_alloc(m, 1, 0), 0, 0);
	collect_to(MHEAP_STAGE_TALLY);
	add(ring[2], MHEAP_COUNT_HANDLE);
	heap_work(core);
	CHECK_EQ(core->collector.last.failures, 2);
	CHECK_EQ(heap_objects(core), 9);
	add(deep[1], -2 * (s64)MHEAP_COUNT_SLOT);
	heap_drop(m, ring[2]);
	heap_collect(core);
	CHECK_EQ(heap_objects(core), 1);
	end(2);
}

TEST(verify_dead_but_not_marked)
{
	u32 a, b, ring[3];

	begin();
	a = heap_alloc(m, 3000, 0);
	b = link_new(a, 0, 0);
	dead_ring(ring, 3);
	collect_to(MHEAP_STAGE_TERMINATE);
	/* It dies, and is left to the worker, which does not get to it. */
	heap_drop(m, a);
	unmark(a);
	while (core->collector.stage != MHEAP_STAGE_SWEEP)
		mheap_collect_step(core);
	CHECK_EQ(heap_objects(core), 6);
	heap_work(core);
	CHECK_EQ(core->collector.last.failures, 1);
	CHECK_EQ(core->collector.last.freed, 4);
	CHECK(!heap_alive(core, b));
	CHECK_EQ(heap_objects(core), 0);
	end(1);
}

TEST(verify_referred_to_after_the_check)
{
	u32 ring[3], first, i;

	begin();
	first = dead_ring(ring, 3);
	collect_to(MHEAP_STAGE_SWEEP);
	add(ring[1], MHEAP_COUNT_HANDLE);
	heap_work(core);
	/* It is not freed, and does not refer to what has been. */
	CHECK_EQ(core->collector.last.failures, 1);
	CHECK(heap_alive(core, ring[1]));
	CHECK(!heap_alive(core, first));
	for (i = 0; i < 2; i++)
		CHECK_EQ(mheap_slot_peek(core, ring[1], i), 0);
	CHECK_EQ(heap_objects(core), 1);
	heap_drop(m, ring[1]);
	CHECK_EQ(heap_objects(core), 0);
	end(1);
}

/* What is kept after all lets go of what is alive. */
TEST(verify_leaves_the_living_as_they_were)
{
	u32 ring[3], living;

	begin();
	living = heap_alloc(m, 1, 0);
	dead_ring(ring, 3);
	heap_take(m, ring[1]);
	heap_store(m, ring[1], 1, living);
	heap_drop(m, ring[1]);
	collect_to(MHEAP_STAGE_SWEEP);
	add(ring[1], MHEAP_COUNT_HANDLE);
	heap_work(core);
	CHECK_EQ(heap_slots(core, living), 0);
	heap_drop(m, ring[1]);
	heap_drop(m, living);
	CHECK_EQ(heap_objects(core), 0);
	end(1);
}

/* One too many of two, and one too few of two others, as far apart. */
static u64 weigh_four(u32 a, u32 d, u32 e)
{
	return mheap_verify_weight(a) - mheap_verify_weight(a + d) - mheap_verify_weight(a + e) +
	       mheap_verify_weight(a + d + e);
}

TEST(verify_weights_follow_no_rule)
{
	static const u32 steps[] = { 1, 2, 3, 4, 6, 8, 16, 64, 8192, 16384, 24576, 1 << 20 };
	struct heap_random random = { tap_seed(11) };
	u32 i, a, d, e;

	CHECK(weigh_four(1331366, 8192, 16384));
	for (i = 0; i < tap_effort(2000000); i++) {
		a = heap_below(&random, 1 << 30);
		d = steps[heap_below(&random, ARRAY_SIZE(steps))];
		e = steps[heap_below(&random, ARRAY_SIZE(steps))];
		/* The two are summed up apart; this is the one that has weights. */
		REQUIRE(weigh_four(a, d, e));
	}
}

/* Somebody comes by an object when it is too late: it stays, for ever, and is told of once. */
TEST(verify_witnessed_after_the_verdict)
{
	u32 ring[3];

	begin();
	dead_ring(ring, 3);
	collect_to(MHEAP_STAGE_SWEEP);
	heap_open(m);
	mheap_verify_witness(core, ring[1]);
	heap_close(m);
	heap_work(core);
	CHECK_EQ(core->collector.last.failures, 1);
	CHECK_EQ(heap_objects(core), 1);
	CHECK_EQ(heap_handles(core, ring[1]), 1);
	heap_collect(core);
	CHECK_EQ(core->collector.last.failures, 0);
	heap_drop(m, ring[1]);
	CHECK_EQ(heap_objects(core), 0);
	end(2);
}

TEST(verify_mutators_go_on_meanwhile)
{
	u32 a, b, c, stage;

	/* Whoever holds what is condemned by mistake works on it as if it were not. */
	for (stage = MHEAP_STAGE_TALLY; stage <= MHEAP_STAGE_RESCUE; stage++) {
		begin();
		a = heap_alloc(m, 2, 0);
		b = link_new(a, 0, 2);
		collect_to(MHEAP_STAGE_TERMINATE);
		unmark(a);
		unmark(b);
		while (core->collector.stage != stage &&
		       core->collector.stage != MHEAP_STAGE_SWEEP)
			mheap_core_work(core);
		c = heap_load(m, a, 0);
		CHECK_EQ(c, b);
		heap_drop(m, c);
		heap_take(m, a);
		heap_drop(m, a);
		heap_work(core);
		CHECK_EQ(core->collector.last.failures > 0, 1);
		CHECK(heap_alive(core, a) && heap_alive(core, b));
		CHECK_EQ(heap_handles(core, a), 1);
		CHECK_EQ(heap_slots(core, b), 1);
		CHECK_EQ(heap_handles(core, b), 0);
		heap_drop(m, a);
		heap_work(core);
		CHECK_EQ(heap_objects(core), 0);
		end(shim_warnings);
		shim_warnings = 0;
	}
	tap_expect_warnings(0);
}

/*
 * Whoever moves references about among what was condemned by mistake could make the sum
 * come out right: what is read later makes up for what was read before.
 */
TEST(verify_reference_moved_meanwhile)
{
	u32 holder, x, y, i;

	begin();
	holder = heap_alloc(m, 1, 0);
	x = link_new(holder, 0, 1);
	for (i = 0; i < 2000; i++)
		dead_ring((u32[3]) { 0 }, 3);
	y = link_new(x, 0, 1);
	collect_to(MHEAP_STAGE_TERMINATE);
	unmark(x);
	unmark(y);
	while (core->collector.stage != MHEAP_STAGE_TALLY)
		mheap_collect_step(core);
	mheap_collect_step(core);
	REQUIRE_EQ(core->collector.stage, MHEAP_STAGE_TALLY);
	CHECK_EQ(heap_load(m, holder, 0), x);
	CHECK_EQ(heap_load(m, x, 0), y);
	heap_store(m, y, 0, x);
	heap_drop(m, x);
	heap_drop(m, y);
	heap_work(core);
	REQUIRE(core->collector.last.failures > 0);
	REQUIRE(heap_alive(core, x) && heap_alive(core, y));
	CHECK_EQ(heap_objects(core), 3);
	heap_drop(m, holder);
	heap_collect(core);
	CHECK_EQ(core->collector.last.failures, 0);
	CHECK_EQ(heap_objects(core), 0);
	end(shim_warnings);
	shim_warnings = 0;
	tap_expect_warnings(0);
}

/* The same by who keeps his handles: what has been looked at before he came is no excuse. */
TEST(verify_reference_made_meanwhile)
{
	u32 holder, x, y, i;

	begin();
	holder = heap_alloc(m, 1, 0);
	x = link_new(holder, 0, 1);
	for (i = 0; i < 2000; i++)
		dead_ring((u32[3]) { 0 }, 3);
	y = link_new(x, 0, 1);
	collect_to(MHEAP_STAGE_TERMINATE);
	unmark(x);
	unmark(y);
	while (core->collector.stage != MHEAP_STAGE_TALLY)
		mheap_collect_step(core);
	mheap_collect_step(core);
	REQUIRE_EQ(core->collector.stage, MHEAP_STAGE_TALLY);
	CHECK_EQ(heap_load(m, holder, 0), x);
	while (core->collector.stage == MHEAP_STAGE_TALLY)
		mheap_collect_step(core);
	REQUIRE_EQ(core->collector.stage, MHEAP_STAGE_RESCUE);
	heap_drop(m, x);
	heap_work(core);
	REQUIRE(heap_alive(core, x) && heap_alive(core, y));
	heap_drop(m, holder);
	heap_collect(core);
	CHECK_EQ(heap_objects(core), 0);
	end(shim_warnings);
	shim_warnings = 0;
	tap_expect_warnings(0);
}

/* Any part of the marks may be lost: what is reachable is kept, what nothing kept holds goes. */
TEST(verify_random_marks_are_lost)
{
	struct heap_random random = { tap_seed(11) };
	u32 numbers[60], i, round, kept, alive;
	u64 failures;

	for (round = 0; round < tap_effort(3000); round++) {
		begin();
		for (i = 0; i < 60; i++)
			numbers[i] = heap_alloc(m, 2, 0);
		for (i = 0; i < 120; i++)
			if (heap_below(&random, 4))
				heap_store(m, numbers[i / 2], i % 2,
					   numbers[heap_below(&random, 60)]);
		kept = 1 + heap_below(&random, 10);
		for (i = kept; i < 60; i++)
			heap_drop(m, numbers[i]);
		heap_work(core);
		heap_collect(core);
		alive = heap_objects(core);
		/* Dead, to be found beside what is not marked. */
		heap_drop(m, numbers[--kept]);
		collect_to(MHEAP_STAGE_TERMINATE);
		for (i = 0; i < 60; i++)
			if (heap_alive(core, numbers[i]) && heap_below(&random, 3) == 0)
				unmark(numbers[i]);
		heap_work(core);
		failures = core->collector.last.failures;
		CHECK(heap_objects(core) <= alive);
		for (i = 0; i < kept; i++)
			REQUIRE(heap_alive(core, numbers[i]));
		heap_check(core);
		/* With no more mistakes it ends as if there had been none. */
		heap_collect(core);
		CHECK_EQ(core->collector.last.failures, 0);
		for (i = 0; i < kept; i++)
			heap_drop(m, numbers[i]);
		heap_collect(core);
		CHECK_EQ(heap_objects(core), 0);
		end(shim_warnings);
		REQUIRE_EQ(shim_warnings, failures);
		shim_warnings = 0;
	}
	tap_expect_warnings(0);
}
