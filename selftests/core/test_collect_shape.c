// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "dead_shape.h"

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
