/* SPDX-License-Identifier: GPL-2.0-only */
/* The heap of a test that needs one only, with one mutator: each file has its own. */
#ifndef _FIXTURE_H
#define _FIXTURE_H

#include "heap.h"

static struct mheap_core *core;
static struct mheap_mutator *m;

static inline void begin(void)
{
	core = heap_new(HEAP_BYTES, 0);
	m = heap_mutator(core);
	shim_clock = 1000000000;
}

static inline void end(void)
{
	heap_work(core);
	CHECK_EQ(core->collector.total_failures, 0);
	heap_check(core);
	heap_mutator_delete(m);
	heap_delete(core);
}

static inline void step_to(enum mheap_stage stage)
{
	u32 steps = 0;

	while (core->collector.stage != stage) {
		mheap_core_work(core);
		REQUIRE(++steps < 100000);
	}
}

static inline void collect_to(enum mheap_stage stage)
{
	mheap_collect_request(core, MHEAP_CAUSE_REQUEST);
	step_to(stage);
}

/* Bytes of memory that the heap has. */
static inline long held(void)
{
	return atomic_long_read(&core->memory.held);
}

/* A ring of two, of which the first is returned, with no handle. */
static inline u32 dead_ring(u32 slots)
{
	u32 a = heap_alloc(m, slots, 0), b = heap_alloc(m, slots, 0);

	heap_store(m, a, 0, b);
	heap_store(m, b, 0, a);
	heap_drop(m, b);
	return a;
}

#endif
