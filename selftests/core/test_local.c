// SPDX-License-Identifier: GPL-2.0-only
/*
 * Small dead cycles, which are found from the suspects, without a collection.
 */
#include "heap.h"
#include "local.h"

static struct mheap_core *core;
static struct mheap_mutator *m;

static void begin(void)
{
	core = heap_new(HEAP_BYTES, 0);
	core->limits.suspect_min = 1;
	core->limits.suspect_age_ms = 1000;
	shim_clock = 1000000000;
	m = heap_mutator(core);
}

/* Suspects are old enough to be looked at, and not to be collected. */
static void work(void)
{
	shim_clock += 250000000;
	heap_work(core);
}

/* Nobody has asked for a collection, and none has begun. */
static void end(void)
{
	CHECK_EQ(core->collector.total_failures, 0);
	heap_mutator_delete(m);
	heap_check(core);
	heap_delete(core);
	shim_clock = 0;
}

static u32 collections(void)
{
	return atomic64_read(&core->collector.finished);
}

/* Objects that refer to their next, all of them; the first one is held. */
static u32 ring(u32 count, u32 slots)
{
	u32 first = heap_alloc(m, slots, 0), last = first, next;

	heap_take(m, last);
	while (--count) {
		next = heap_alloc(m, slots, 0);
		heap_store(m, last, 0, next);
		heap_drop(m, last);
		last = next;
	}
	heap_store(m, last, 0, first);
	heap_drop(m, last);
	return first;
}

/* Every slot of every object refers to some other. */
static u32 clique(u32 count)
{
	u32 objects[64], i, j;

	for (i = 0; i < count; i++)
		objects[i] = heap_alloc(m, count, 0);
	for (i = 0; i < count; i++)
		for (j = 0; j < count; j++)
			heap_store(m, objects[i], j, objects[(i + j) % count]);
	for (i = 1; i < count; i++)
		heap_drop(m, objects[i]);
	return objects[0];
}

TEST(local_rings_of_all_sizes)
{
	u32 count;

	for (count = 1; count <= MHEAP_LOCAL_OBJECTS; count += 1 + count / 3) {
		begin();
		heap_drop(m, ring(count, 1 + count % 3));
		CHECK_EQ(heap_objects(core), count);
		work();
		CHECK_EQ(heap_objects(core), 0);
		CHECK_EQ(core->local.freed, count);
		CHECK_EQ(mheap_core_suspects(core), 0);
		CHECK_EQ(collections(), 0);
		end();
	}
}

TEST(local_cliques)
{
	u32 count;

	for (count = 2; count <= 32; count *= 2) {
		begin();
		heap_drop(m, clique(count));
		work();
		CHECK_EQ(heap_objects(core), 0);
		CHECK_EQ(collections(), 0);
		end();
	}
}

/* What hangs on a dead cycle goes with it, and what lives on does not. */
TEST(local_cycles_with_tails)
{
	u32 box, inner, leaf, tail, cycle, i;

	begin();
	box = heap_alloc(m, 3, 0);
	cycle = ring(5, 3);
	inner = ring(4, 2);
	tail = heap_alloc(m, 1, 0);
	leaf = heap_alloc(m, 0, 100);
	heap_store(m, tail, 0, leaf);
	heap_store(m, cycle, 1, tail);
	heap_store(m, cycle, 2, inner);
	heap_store(m, box, 0, inner);
	heap_store(m, box, 1, leaf);
	heap_drop(m, tail);
	heap_drop(m, leaf);
	heap_drop(m, inner);
	work();
	CHECK_EQ(heap_objects(core), 1 + 5 + 4 + 2);
	heap_drop(m, cycle);
	work();
	CHECK_EQ(heap_objects(core), 1 + 4 + 1);
	CHECK_EQ(heap_slots(core, leaf), 1);
	/* The cycle that was alive was found to be so, and is suspect again now. */
	for (i = 0; i < 2; i++)
		heap_store(m, box, i, 0);
	work();
	CHECK_EQ(heap_objects(core), 1);
	CHECK_EQ(collections(), 0);
	heap_drop(m, box);
	end();
}

/* One dead cycle may keep another one. */
TEST(local_chains_of_cycles)
{
	u32 first, next, i, count = 1;

	begin();
	first = ring(3, 2);
	for (i = 0; i < 200; i++) {
		next = ring(3, 2);
		heap_store(m, next, 1, first);
		heap_drop(m, first);
		first = next;
		count++;
	}
	work();
	CHECK_EQ(heap_objects(core), 3 * count);
	heap_drop(m, first);
	work();
	/* From its end the chain is too long; a collection takes what is left of it. */
	if (heap_objects(core))
		heap_collect(core);
	CHECK_EQ(heap_objects(core), 0);
	end();
}

TEST(local_leaves_large_ones_to_a_collection)
{
	u32 first;

	begin();
	first = ring(MHEAP_LOCAL_OBJECTS + 1, 1);
	heap_drop(m, first);
	work();
	CHECK_EQ(heap_objects(core), MHEAP_LOCAL_OBJECTS + 1);
	CHECK(core->local.kept >= 1);
	CHECK_EQ(mheap_core_attention(core), MHEAP_ATTENTION_LATER);
	shim_clock += 2000000000;
	work();
	CHECK_EQ(collections(), 1);
	CHECK_EQ(heap_objects(core), 0);
	CHECK_EQ(mheap_core_suspects(core), 0);
	end();
}

/* As somebody may upgrade them; after that they are collected as ever. */
TEST(local_leaves_what_is_referred_to_weakly)
{
	u32 first, weak;

	begin();
	first = ring(3, 1);
	weak = heap_weaken(m, first);
	heap_drop(m, first);
	work();
	CHECK_EQ(heap_objects(core), 3);
	first = heap_upgrade(m, weak);
	CHECK(first);
	heap_drop(m, first);
	heap_collect(core);
	CHECK_EQ(heap_objects(core), 0);
	CHECK_EQ(heap_upgrade(m, weak), 0);
	heap_drop(m, weak);
	end();
}

/* A hub turns suspect again and again, and keeps too much to be looked at. */
TEST(local_is_given_up_where_it_does_not_pay)
{
	u32 hub, box, i, given_up;

	begin();
	box = heap_alloc(m, 1, 0);
	hub = ring(4 * MHEAP_LOCAL_OBJECTS, 2);
	heap_store(m, box, 0, hub);
	heap_drop(m, hub);
	for (i = 0; i < 1000 && core->local.budget; i++) {
		heap_drop(m, heap_load(m, box, 0));
		work();
		/* As a collection does, so that it can turn suspect once more. */
		if (core->local.kept)
			heap_collect(core);
	}
	CHECK_EQ(core->local.budget, 0);
	given_up = core->local.given_up;
	heap_drop(m, heap_load(m, box, 0));
	work();
	CHECK_EQ(core->local.given_up, given_up);
	/* It is tried again some time. */
	for (i = 0; i < 100 && !core->local.budget; i++)
		heap_collect(core);
	CHECK(core->local.budget);
	heap_drop(m, box);
	heap_collect(core);
	CHECK_EQ(heap_objects(core), 0);
	end();
}

TEST(local_objects_of_many_slots_are_left)
{
	u32 wide;

	begin();
	wide = heap_alloc(m, MHEAP_LOCAL_EDGES + 1, 0);
	heap_store(m, wide, MHEAP_LOCAL_EDGES, wide);
	heap_drop(m, wide);
	work();
	CHECK_EQ(heap_objects(core), 1);
	heap_collect(core);
	CHECK_EQ(heap_objects(core), 0);
	end();
}

/* Many at once, in chunks of several classes, beside others that live. */
TEST(local_takes_thousands)
{
	u32 i, live[50];

	begin();
	for (i = 0; i < 50; i++)
		live[i] = ring(10, 2);
	for (i = 0; i < 3000; i++)
		heap_drop(m, ring(1 + i % 7, 1 + i % 50));
	CHECK(heap_objects(core) > 3000);
	work();
	CHECK_EQ(heap_objects(core), 500);
	CHECK_EQ(collections(), 0);
	CHECK_EQ(core->local.given_up, 0);
	for (i = 0; i < 50; i++)
		heap_drop(m, live[i]);
	work();
	CHECK_EQ(heap_objects(core), 0);
	end();
}

/* Who asks for a collection in the middle of a pass gets it, and it is complete. */
TEST(local_gives_way_to_a_request)
{
	u32 i;

	begin();
	for (i = 0; i < 3000; i++)
		heap_drop(m, ring(3, 1));
	shim_clock += 250000000;
	while (core->collector.stage != MHEAP_STAGE_LOCAL || core->local.freed < 30)
		mheap_core_work(core);
	heap_collect(core);
	CHECK_EQ(heap_objects(core), 0);
	CHECK(core->collector.last.freed);
	CHECK_EQ(mheap_core_suspects(core), 0);
	end();
}

/* The collector pauses, but not while small cycles die faster than it looks at them. */
TEST(local_is_not_put_off_for_ever)
{
	u32 i;

	begin();
	core->limits.suspect_min = 100;
	for (i = 0; i < 1600; i++)
		heap_alloc(m, 0, 0);
	mheap_collect_pace(core, 1600);
	CHECK_EQ(core->collector.threshold, 400);
	core->collector.resting = true;
	for (i = 0; atomic_long_read(&core->suspects) < 98; i++)
		heap_drop(m, ring(4, 1));
	CHECK(!mheap_collect_urgent(core));
	heap_work(core);
	CHECK_EQ(heap_objects(core), 1600 + 4 * i);
	for (; atomic_long_read(&core->suspects) < 300; i++)
		heap_drop(m, ring(4, 1));
	CHECK(mheap_collect_urgent(core));
	core->collector.resting = false;
	heap_work(core);
	CHECK_EQ(heap_objects(core), 1600);
	CHECK_EQ(collections(), 0);
	end();
}
