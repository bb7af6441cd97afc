// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include <linux/errno.h>
#include <linux/math.h>
#include <linux/minmax.h>

#include "heap.h"

static const u32 slot_counts[] = {
	0, 1, 2, 3, 4, 11, 12, 100, 1016, 1017, 1018, 1019, 1024, 1025, 2048, 5000, 1 << 20,
};

static const u32 payload_sizes[] = {
	0, 1, 32, 33, 4096, 4097, 65535, 65536, 65537, 262143, 262144, 262145, 1000000,
};

static bool is_zero(const char *p, u32 bytes)
{
	return !bytes || (!*p && !memcmp(p, p + 1, bytes - 1));
}

/* Goes through a payload as it lies in memory. Returns whether all was zero. */
static bool fill_payload(struct mheap_core *core, u32 number, u8 with)
{
	struct mheap_cell *cell = mheap_cell_of(core, number);
	u32 bytes = mheap_cell_payload_bytes(cell), offset = 0, length;
	bool zero = true;
	char *p;

	while (offset < bytes) {
		p = mheap_payload_at(core, mheap_cell_payload(cell), bytes, offset, &length);
		if (!CHECK(length > 0 && length <= bytes - offset))
			break;
		zero &= is_zero(p, length);
		memset(p, with, length);
		offset += length;
	}
	CHECK_EQ(offset, bytes);
	return zero;
}

static u64 expected_bytes(u32 slots, u32 payload_bytes)
{
	u64 bytes;

	if (slots > MHEAP_INLINE_SLOTS)
		bytes = 64 + DIV_ROUND_UP(slots, 1024) * (4096 + 8 + 8);
	else
		bytes = mheap_class_bytes(mheap_class_for(20 + (payload_bytes ? 8 : 0) +
							  4 * slots));
	if (payload_bytes > 65536)
		return bytes + ((payload_bytes + 4095) & -4096U);
	return bytes + (payload_bytes ? mheap_class_bytes(mheap_class_for(payload_bytes)) : 0);
}

static void try_shape(struct mheap_core *core, struct mheap_mutator *m, u32 slots, u32 bytes)
{
	struct mheap_shape shape = {
		.slots = slots, .payload_bytes = bytes, .type = slots + 5, .site = bytes + 7,
	};
	struct mheap_object_stat stat;
	struct mheap_cell *cell;
	u32 number, i;

	REQUIRE_EQ(heap_try_alloc(m, &shape, &number), 0);
	cell = mheap_cell_of(core, number);
	CHECK_EQ(mheap_cell_slots(cell), slots);
	CHECK_EQ(mheap_cell_payload_bytes(cell), bytes);
	CHECK_EQ(!!mheap_cell_payload(cell), !!bytes);
	CHECK_EQ(mheap_cell_wide(cell), slots > MHEAP_INLINE_SLOTS);
	CHECK_EQ(heap_handles(core, number), 1);
	CHECK_EQ(heap_slots(core, number), 0);
	for (i = 0; i < slots; i++)
		if (!CHECK_EQ(mheap_slot_peek(core, number, i), 0))
			break;
	CHECK(fill_payload(core, number, 0xee));
	mheap_section_enter(m);
	CHECK(mheap_object_stat(core, number, &stat));
	mheap_section_exit(m);
	CHECK(!memcmp(&stat.shape, &shape, sizeof(shape)));
	CHECK_EQ(stat.handles, 1);
	CHECK_EQ(stat.slots, 0);
	CHECK_EQ(stat.bytes, expected_bytes(slots, bytes));
	/* What it leaves behind must not be seen by the next one. */
	for (i = 0; i < slots; i++)
		heap_store(m, number, i, number);
	heap_drop(m, number);
	heap_collect(core);
	CHECK(!heap_alive(core, number));
	mheap_section_enter(m);
	CHECK(!mheap_object_stat(core, number, &stat));
	mheap_section_exit(m);
}

TEST(object_of_every_shape)
{
	struct mheap_core *core = heap_new(HEAP_BYTES, 0);
	struct mheap_mutator *m = heap_mutator(core);
	u32 i, j, turn;

	for (i = 0; i < ARRAY_SIZE(slot_counts); i++)
		for (j = 0; j < ARRAY_SIZE(payload_sizes); j++)
			for (turn = 0; turn < (slot_counts[i] > 10000 ? 1 : 2); turn++)
				try_shape(core, m, slot_counts[i], payload_sizes[j]);
	heap_check(core);
	heap_mutator_delete(m);
	heap_delete(core);
}

TEST(object_memory_goes_back_to_where_it_was)
{
	struct mheap_core *core = heap_new(HEAP_BYTES, 0);
	struct mheap_mutator *m = heap_mutator(core);
	long empty = atomic_long_read(&core->memory.held), held;
	u32 i, j, leaves = 2 * MHEAP_LEAF_CHUNKS * sizeof(void *);

	for (i = 0; i < ARRAY_SIZE(slot_counts); i++)
		for (j = 0; j < ARRAY_SIZE(payload_sizes); j++)
			heap_drop(m, heap_alloc(m, slot_counts[i], payload_sizes[j]));
	heap_mutator_delete(m);
	heap_work(core);
	CHECK_EQ(heap_objects(core), 0);
	heap_trim(core);
	held = atomic_long_read(&core->memory.held);
	CHECK_EQ(held, empty + leaves);
	heap_check(core);
	heap_delete(core);
}

TEST(object_try_alloc_asks_for_nothing)
{
	struct mheap_core *core = heap_new(HEAP_BYTES, 0);
	struct mheap_mutator *m = heap_mutator(core);
	struct mheap_shape shape = { .slots = 3, .payload_bytes = 100 };
	u32 first = heap_alloc(m, 3, 100), i;

	shim_memory.forbidden = true;
	for (i = 0; i < 1000; i++) {
		mheap_section_enter(m);
		CHECK(mheap_object_try_alloc(m, &shape));
		mheap_section_exit(m);
	}
	mheap_section_enter(m);
	/* Another class; too much to clear in a section; slots elsewhere. */
	shape.slots = 50;
	CHECK_EQ(mheap_object_try_alloc(m, &shape), 0);
	shape.slots = 3;
	shape.payload_bytes = 4097;
	CHECK_EQ(mheap_object_try_alloc(m, &shape), 0);
	shape.payload_bytes = 0;
	shape.slots = MHEAP_INLINE_SLOTS + 1;
	CHECK_EQ(mheap_object_try_alloc(m, &shape), 0);
	mheap_section_exit(m);
	shim_memory.forbidden = false;
	CHECK(heap_alive(core, first));
	CHECK_EQ(heap_objects(core), 1001);
	heap_check(core);
	heap_mutator_delete(m);
	heap_delete(core);
}

TEST(object_cells_are_used_again)
{
	struct mheap_core *core = heap_new(HEAP_BYTES, 0);
	struct mheap_mutator *m = heap_mutator(core);
	u32 i, j, numbers[100];
	long held = 0;

	for (i = 0; i < 2000; i++) {
		for (j = 0; j < 100; j++)
			numbers[j] = heap_alloc(m, j % 10, j * 20);
		for (j = 0; j < 100; j++)
			heap_drop(m, numbers[j]);
		if (i == 100)
			held = atomic_long_read(&core->memory.held);
	}
	CHECK(atomic_long_read(&core->memory.held) <= held + held / 4);
	heap_check(core);
	heap_mutator_delete(m);
	heap_delete(core);
}

TEST(object_limit_of_objects_is_exact)
{
	struct mheap_core *core = heap_new(HEAP_BYTES, 10);
	struct mheap_mutator *m = heap_mutator(core);
	struct mheap_shape shape = { .slots = 1 }, wide = { .slots = 3000, .payload_bytes = 90000 };
	u32 numbers[10], number, i;
	long held;

	for (i = 0; i < 10; i++)
		REQUIRE_EQ(heap_try_alloc(m, i % 2 ? &wide : &shape, &numbers[i]), 0);
	held = atomic_long_read(&core->memory.held);
	CHECK_EQ(heap_try_alloc(m, &shape, &number), -EDQUOT);
	CHECK_EQ(heap_try_alloc(m, &wide, &number), -EDQUOT);
	CHECK_EQ(atomic_long_read(&core->memory.held), held);
	heap_store(m, numbers[0], 0, numbers[0]);
	heap_drop(m, numbers[0]);
	/* Dead, but not yet found to be. */
	CHECK_EQ(heap_try_alloc(m, &shape, &number), -EDQUOT);
	heap_collect(core);
	CHECK_EQ(heap_try_alloc(m, &shape, &numbers[0]), 0);
	CHECK_EQ(heap_try_alloc(m, &shape, &number), -EDQUOT);
	heap_drop(m, numbers[1]);
	heap_work(core);
	CHECK_EQ(heap_try_alloc(m, &wide, &numbers[1]), 0);
	heap_check(core);
	heap_mutator_delete(m);
	heap_delete(core);
}

TEST(object_limit_of_bytes)
{
	static const struct mheap_shape shapes[] = {
		{ .slots = 2 }, { .slots = 2, .payload_bytes = 5000 }, { .slots = 50000 },
		{ .payload_bytes = 3000000 },
	};
	struct mheap_core *core;
	struct mheap_mutator *m;
	u32 i, number, count;
	long held;
	int ret;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		core = heap_new(16 << 20, 0);
		m = heap_mutator(core);
		for (count = 0; !(ret = heap_try_alloc(m, &shapes[i], &number)); count++)
			;
		CHECK_EQ(ret, -EDQUOT);
		CHECK(count);
		held = atomic_long_read(&core->memory.held);
		CHECK(held <= 16 << 20);
		/* What is left is less than one more would take. */
		CHECK(held + max(512U << 10, shapes[i].payload_bytes + (1U << 20)) > 16 << 20);
		CHECK_EQ(heap_try_alloc(m, &shapes[i], &number), -EDQUOT);
		CHECK_EQ(atomic_long_read(&core->memory.held), held);
		CHECK_EQ(heap_objects(core), count);
		heap_check(core);
		heap_mutator_delete(m);
		heap_delete(core);
	}
}

TEST(object_too_little_for_any_heap)
{
	struct mheap_limits limits = { .max_bytes = 1000, .suspect_min = 1 };
	struct mheap_core *core;

	CHECK_EQ(heap_try_new(&limits, &core), -EDQUOT);
}

TEST(object_is_given_up_when_the_caller_is_killed)
{
	static const struct mheap_shape shapes[] = {
		{ .slots = 50000 }, { .payload_bytes = 3000000 },
		{ .slots = 50000, .payload_bytes = 3000000 },
	};
	struct mheap_core *core = heap_new(HEAP_BYTES, 100);
	struct mheap_mutator *m = heap_mutator(core);
	u32 i, number = 0;
	long held;
	int n, ret;

	for (i = 0; i < ARRAY_SIZE(shapes); i++)
		heap_drop(m, heap_alloc(m, shapes[i].slots, shapes[i].payload_bytes));
	heap_work(core);
	held = atomic_long_read(&core->memory.held);
	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		for (n = 0; ; n++) {
			shim_task->kill_after = n;
			ret = heap_try_alloc(m, &shapes[i], &number);
			shim_task->kill_after = -1;
			if (!ret)
				break;
			CHECK_EQ(ret, -EINTR);
			CHECK_EQ(atomic_long_read(&core->memory.held), held);
			CHECK_EQ(heap_objects(core), 0);
		}
		heap_drop(m, number);
		heap_work(core);
	}
	heap_check(core);
	heap_mutator_delete(m);
	heap_delete(core);
}

TEST(object_payload_at_any_offset)
{
	struct mheap_core *core = heap_new(HEAP_BYTES, 0);
	struct mheap_mutator *m = heap_mutator(core);
	const u32 bytes = 3 * MHEAP_CHUNK_BYTES + 777;
	u32 number = heap_alloc(m, 0, bytes), payload, offset, length, left;
	struct heap_random random = { tap_seed(9) };
	char *p;

	payload = mheap_cell_payload(mheap_cell_of(core, number));
	for (offset = 0; offset < bytes; offset += 1 + heap_below(&random, 5000)) {
		p = mheap_payload_at(core, payload, bytes, offset, &length);
		left = MHEAP_CHUNK_BYTES - offset % MHEAP_CHUNK_BYTES;
		CHECK_EQ(length, min(left, bytes - offset));
		p[0] = 1;
		p[length - 1] = 1;
	}
	p = mheap_payload_at(core, payload, bytes, bytes - 1, &length);
	CHECK_EQ(length, 1);
	heap_drop(m, number);
	heap_check(core);
	heap_mutator_delete(m);
	heap_delete(core);
}

TEST(object_tally)
{
	struct mheap_core *core = heap_new(HEAP_BYTES, 0);
	struct mheap_mutator *m = heap_mutator(core), *other = heap_mutator(core);
	struct mheap_core_stat stat;
	u32 a = heap_alloc(m, 2, 10), b = heap_alloc(other, 0, 0), c = heap_alloc(other, 1, 0);

	heap_store(other, c, 0, c);
	heap_drop(other, c);
	heap_drop(m, b);
	heap_mutator_delete(other);
	heap_collect(core);
	mheap_core_stat(core, &stat);
	CHECK_EQ(stat.tally.allocated, 3);
	CHECK_EQ(stat.tally.died, 1);
	CHECK_EQ(stat.tally.freed, 1);
	CHECK_EQ(stat.tally.collected, 1);
	CHECK_EQ(stat.objects, 1);
	CHECK_EQ(stat.bytes, 64 + 32);
	CHECK_EQ(stat.tally.freed_bytes, 32);
	CHECK_EQ(stat.tally.collected_bytes, 32);
	CHECK(heap_alive(core, a));
	heap_mutator_delete(m);
	heap_delete(core);
}
