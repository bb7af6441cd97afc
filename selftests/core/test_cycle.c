// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which stores may have closed a cycle. What is built without any makes nothing
 * suspect, so that no collection begins by itself.
 */
#include "cycle.h"
#include "fixture.h"

static void expect_acyclic(void)
{
	heap_work(core);
	CHECK_EQ(core->cyclic, MHEAP_CYCLIC_NO);
	CHECK_EQ(mheap_core_suspects(core), 0);
	CHECK_EQ(atomic64_read(&core->collector.finished),
		 atomic64_read(&core->collector.requested));
}

/* A tree that is built from its leaves; its children are not held any more. */
static u32 tree_up(u32 depth)
{
	u32 node, i, child;

	if (!depth)
		return heap_alloc(m, 2, 0);
	node = heap_alloc(m, 2, 0);
	for (i = 0; i < 2; i++) {
		child = tree_up(depth - 1);
		heap_store(m, node, i, child);
		heap_drop(m, child);
	}
	return node;
}

static void tree_down(u32 node, u32 depth)
{
	u32 i, child;

	for (i = 0; depth && i < 2; i++) {
		child = heap_alloc(m, 2, 0);
		heap_store(m, node, i, child);
		heap_drop(m, child);
		tree_down(heap_load(m, node, i), depth - 1);
		heap_drop(m, child);
	}
}

TEST(cycle_trees_have_none)
{
	u32 root;

	begin();
	heap_drop(m, tree_up(6));
	expect_acyclic();
	root = heap_alloc(m, 2, 0);
	tree_down(root, 5);
	expect_acyclic();
	heap_drop(m, root);
	expect_acyclic();
	CHECK_EQ(heap_objects(core), 0);
	end();
}

TEST(cycle_queues_and_stacks_have_none)
{
	u32 head, tail, node, i, stack = 0;

	begin();
	head = heap_alloc(m, 1, 0);
	heap_take(m, head);
	tail = head;
	for (i = 0; i < 100; i++) {
		/* At the tail something is stored into what others refer to. */
		node = heap_alloc(m, 1, 0);
		heap_store(m, tail, 0, node);
		heap_drop(m, tail);
		tail = node;
		if (i % 3 == 2) {
			node = heap_load(m, head, 0);
			heap_drop(m, head);
			head = node;
		}
	}
	heap_drop(m, head);
	heap_drop(m, tail);
	for (i = 0; i < 100; i++) {
		node = heap_alloc(m, 1, 0);
		if (stack)
			heap_store(m, node, 0, stack);
		if (stack)
			heap_drop(m, stack);
		stack = node;
	}
	heap_drop(m, stack);
	expect_acyclic();
	CHECK_EQ(heap_objects(core), 0);
	end();
}

static void by_store(u32 object, u32 number)
{
	heap_store(m, object, 0, number);
}

static void by_exchange(u32 object, u32 number)
{
	u32 old;

	mheap_section_enter(m);
	CHECK_EQ(mheap_slot_exchange(m, object, 0, number, &old), 0);
	mheap_section_exit(m);
}

static void by_compare_exchange(u32 object, u32 number)
{
	mheap_section_enter(m);
	CHECK_EQ(mheap_slot_compare_exchange(m, object, 0, 0, number), 0);
	mheap_section_exit(m);
}

static void (*const ways[])(u32 object, u32 number) = {
	by_store, by_exchange, by_compare_exchange,
};

TEST(cycle_is_noted_whichever_way_it_is_closed)
{
	u32 a, b, i;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		begin();
		a = heap_alloc(m, 1, 0);
		b = heap_alloc(m, 1, 0);
		ways[i](a, b);
		expect_acyclic();
		ways[i](b, a);
		CHECK_EQ(core->cyclic, MHEAP_CYCLIC_FRESH);
		heap_drop(m, b);
		heap_drop(m, a);
		CHECK(mheap_core_suspects(core) >= 1);
		heap_collect(core);
		CHECK_EQ(heap_objects(core), 0);
		/* The collection found an object with the flag, which is dead. */
		heap_collect(core);
		expect_acyclic();
		end();

		begin();
		a = heap_alloc(m, 1, 0);
		ways[i](a, a);
		CHECK_EQ(core->cyclic, MHEAP_CYCLIC_FRESH);
		heap_drop(m, a);
		CHECK_EQ(mheap_core_suspects(core), 1);
		heap_collect(core);
		CHECK_EQ(heap_objects(core), 0);
		end();
	}
}

/* An object of many slots is not looked through: it may refer to something. */
TEST(cycle_through_many_slots_is_noted)
{
	u32 a, b, slot;

	for (slot = 0; slot < 2000; slot += 333) {
		begin();
		a = heap_alloc(m, 2000, 0);
		b = heap_alloc(m, 1, 0);
		heap_store(m, a, slot, b);
		heap_store(m, b, 0, a);
		CHECK_EQ(core->cyclic, MHEAP_CYCLIC_FRESH);
		heap_drop(m, a);
		heap_drop(m, b);
		heap_collect(core);
		CHECK_EQ(heap_objects(core), 0);
		end();
	}
}

TEST(cycle_that_is_alive_is_seen_again_by_each_collection)
{
	u32 a, i;

	begin();
	a = heap_alloc(m, 1, 0);
	heap_store(m, a, 0, a);
	for (i = 0; i < 3; i++) {
		heap_collect(core);
		CHECK_EQ(core->cyclic, MHEAP_CYCLIC_SEEN);
	}
	/* It is closed no longer, but nobody looks for that. */
	heap_store(m, a, 0, 0);
	heap_collect(core);
	CHECK_EQ(core->cyclic, MHEAP_CYCLIC_SEEN);
	heap_drop(m, a);
	heap_collect(core);
	CHECK_EQ(core->cyclic, MHEAP_CYCLIC_NO);
	end();
}

/* What a collection has not looked at when it was closed is not forgotten by it. */
TEST(cycle_that_is_closed_while_a_collection_runs_is_noted)
{
	u32 a, stage;

	for (stage = MHEAP_STAGE_START; stage <= MHEAP_STAGE_CLEAR; stage++) {
		if (stage >= MHEAP_STAGE_NARROW && stage <= MHEAP_STAGE_RESCUE)
			continue;
		begin();
		a = heap_alloc(m, 1, 0);
		mheap_collect_request(core, MHEAP_CAUSE_REQUEST);
		while (core->collector.stage != stage)
			mheap_core_work(core);
		heap_store(m, a, 0, a);
		heap_work(core);
		CHECK(core->cyclic != MHEAP_CYCLIC_NO);
		heap_drop(m, a);
		CHECK_EQ(mheap_core_suspects(core), 1);
		heap_collect(core);
		CHECK_EQ(heap_objects(core), 0);
		end();
	}
}
