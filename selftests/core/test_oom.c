// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation fails, one at a time and all from one on: then nothing has
 * changed and nothing leaks, and the same succeeds when there is memory again.
 */
#include <linux/errno.h>

#include "heap.h"

TEST(oom_while_a_heap_is_made)
{
	struct mheap_limits limits = {
		.max_bytes = HEAP_BYTES, .suspect_min = 1, .suspect_percent = 1,
	};
	struct mheap_core *core;
	unsigned long n;
	int ret;

	for (n = 1; ; n++) {
		shim_memory.fail_at = shim_memory.calls + n;
		ret = heap_try_new(&limits, &core);
		shim_memory.fail_at = 0;
		if (!ret)
			break;
		CHECK_EQ(ret, -ENOMEM);
		CHECK_EQ(shim_memory.blocks, 0);
	}
	CHECK(n > 4);
	heap_delete(core);
}

static const struct mheap_shape shapes[] = {
	{ .slots = 0 }, { .slots = 900 }, { .slots = 3, .payload_bytes = 3 },
	{ .slots = 3, .payload_bytes = 5000 }, { .slots = 20, .payload_bytes = 65536 },
	{ .slots = 1, .payload_bytes = 1000000 }, { .slots = 4000 },
	{ .slots = 4000, .payload_bytes = 40 }, { .slots = 4000, .payload_bytes = 700000 },
};

static void make(const struct mheap_shape *shape, bool from_one_on, bool warm)
{
	struct mheap_core *core = heap_new(HEAP_BYTES, 10);
	struct mheap_mutator *m = heap_mutator(core);
	struct mheap_shape small = { .slots = 5, .payload_bytes = 100 };
	unsigned long n, failed = 0;
	u32 number = 0, other;
	u64 objects;
	long held;
	int ret;

	if (warm) {
		heap_drop(m, heap_alloc(m, shape->slots, shape->payload_bytes));
		heap_work(core);
	}
	REQUIRE_EQ(heap_try_alloc(m, &small, &other), 0);
	for (n = 1; ; n++) {
		objects = heap_objects(core);
		held = atomic_long_read(&core->memory.held);
		*(from_one_on ? &shim_memory.fail_from : &shim_memory.fail_at) =
			shim_memory.calls + n;
		ret = heap_try_alloc(m, shape, &number);
		shim_memory.fail_at = 0;
	shim_memory.fail_from = 0;
		if (!ret)
			break;
		failed++;
		CHECK_EQ(ret, -ENOMEM);
		CHECK_EQ(heap_objects(core), objects);
		CHECK_EQ(atomic_long_read(&core->objects), objects);
		/* Chunks that were got are kept for the next time, and are counted. */
		CHECK(atomic_long_read(&core->memory.held) >= held);
		heap_check(core);
	}
	CHECK(failed > 0 || warm);
	CHECK(heap_alive(core, number));
	CHECK_EQ(heap_objects(core), 2);
	heap_check(core);
	heap_drop(m, number);
	heap_drop(m, other);
	heap_work(core);
	CHECK_EQ(heap_objects(core), 0);
	heap_mutator_delete(m);
	heap_trim(core);
	heap_check(core);
	heap_delete(core);
}

TEST(oom_while_an_object_is_made)
{
	u32 i;

	for (i = 0; i < 4 * ARRAY_SIZE(shapes); i++)
		make(&shapes[i / 4], i & 1, i & 2);
}

TEST(oom_does_not_concern_who_has_room)
{
	struct mheap_core *core = heap_new(HEAP_BYTES, 0);
	struct mheap_mutator *m = heap_mutator(core);
	u32 first = heap_alloc(m, 2, 64), i, last = first, next;
	unsigned long failed = shim_memory.failed;

	shim_memory.fail_from = 1;
	for (i = 0; i < 2000; i++) {
		next = heap_alloc(m, 2, 64);
		heap_store(m, last, 0, next);
		heap_drop(m, next);
		last = next;
	}
	heap_store(m, last, 0, first);
	heap_collect(core);
	CHECK_EQ(heap_objects(core), 2001);
	heap_drop(m, first);
	heap_collect(core);
	CHECK_EQ(heap_objects(core), 0);
	CHECK_EQ(shim_memory.failed, failed);
	heap_trim(core);
	heap_check(core);
	heap_mutator_delete(m);
	heap_delete(core);
}
