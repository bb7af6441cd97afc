/* SPDX-License-Identifier: GPL-2.0-only */
/* Garbage of all shapes. */
#ifndef _DEAD_SHAPE_H
#define _DEAD_SHAPE_H

#include "fixture.h"

static inline u32 link_new(u32 from, u32 slot, u32 slots)
{
	u32 number = heap_alloc(m, slots, 0);

	heap_store(m, from, slot, number);
	heap_drop(m, number);
	return number;
}

/* Each makes a dead shape of some objects, and returns how many. */

static inline u32 self_loop(void)
{
	u32 a = heap_alloc(m, 1, 0);

	heap_store(m, a, 0, a);
	heap_drop(m, a);
	return 1;
}

static inline u32 pair(void)
{
	u32 a = heap_alloc(m, 1, 100), b = link_new(a, 0, 1);

	heap_store(m, b, 0, a);
	heap_drop(m, a);
	return 2;
}

static inline u32 figure_of_eight(void)
{
	u32 a = heap_alloc(m, 2, 0), b = link_new(a, 0, 1), c = link_new(a, 1, 1);

	heap_store(m, b, 0, a);
	heap_store(m, c, 0, a);
	heap_drop(m, a);
	return 3;
}

static inline u32 complete(void)
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

static inline u32 chain_into_cycle(void)
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

static inline u32 cycle_with_a_tail(void)
{
	u32 a = heap_alloc(m, 2, 0), node = a, i;

	heap_store(m, a, 1, a);
	for (i = 0; i < 50; i++)
		node = link_new(node, 0, 1);
	heap_drop(m, a);
	return 51;
}

static inline u32 hub(void)
{
	u32 center = heap_alloc(m, 5000, 0), leaf, i;

	for (i = 0; i < 5000; i++) {
		leaf = link_new(center, i, 1);
		heap_store(m, leaf, 0, center);
	}
	heap_drop(m, center);
	return 5001;
}

static inline u32 ring_with_large_payloads(void)
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

static inline u32 ladder(void)
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

#endif
