// SPDX-License-Identifier: GPL-2.0-only
#include <linux/string.h>

#include "core/payload.h"
#include "core/slot.h"
#include "suites.h"

static const u32 object_slots[] = { 0, 1, 2, 3, 4, 100, 1017, 1018, 5000, 1 << 20 };
static const u32 object_bytes[] = { 0, 1, 32, 33, 4096, 4097, 65536, 65537, 600000 };

/* The payload is zero, and all of it can be written. */
static void object_expect_payload(struct kunit *test, u32 object, u32 bytes)
{
	struct test_heap *heap = test->priv;
	struct mheap_cell *cell = mheap_cell_of(&heap->core, object);
	u32 offset, length;
	void *at;

	KUNIT_EXPECT_EQ(test, mheap_cell_payload_bytes(cell), bytes);
	for (offset = 0; offset < bytes; offset += length) {
		at = mheap_payload_at(&heap->core, mheap_cell_payload(cell), bytes, offset,
				      &length);
		KUNIT_ASSERT_GT(test, length, 0U);
		KUNIT_EXPECT_NULL(test, memchr_inv(at, 0, length));
		memset(at, 0xa5, length);
	}
	KUNIT_EXPECT_EQ(test, offset, bytes);
}

static void object_expect(struct kunit *test, u32 object, const struct mheap_shape *shape)
{
	struct test_heap *heap = test->priv;
	struct mheap_object_stat stat;
	u32 i;

	KUNIT_ASSERT_TRUE(test, mheap_object_stat(&heap->core, object, &stat));
	KUNIT_EXPECT_EQ(test, stat.shape.slots, shape->slots);
	KUNIT_EXPECT_EQ(test, stat.shape.type, shape->type);
	KUNIT_EXPECT_EQ(test, stat.handles, 1U);
	KUNIT_EXPECT_EQ(test, stat.slots, 0U);
	for (i = 0; i < shape->slots; i++)
		KUNIT_ASSERT_EQ(test, mheap_slot_peek(&heap->core, object, i), 0U);
	object_expect_payload(test, object, shape->payload_bytes);
}

static void object_shapes_are_as_asked_for(struct kunit *test)
{
	struct mheap_shape shape = {};
	u32 i, j, object, round;

	/* Twice, so that memory is used again that is not as it came. */
	for (round = 0; round < 2; round++) {
		for (i = 0; i < ARRAY_SIZE(object_slots); i++) {
			for (j = 0; j < ARRAY_SIZE(object_bytes); j++) {
				shape.slots = object_slots[i];
				shape.payload_bytes = object_bytes[j];
				shape.type = i * 100 + j;
				object = test_alloc_shape(test, &shape);
				object_expect(test, object, &shape);
				test_drop(test, object);
				test_work(test);
				KUNIT_EXPECT_EQ(test, test_objects(test), 0ULL);
			}
		}
	}
}

static void object_bytes_come_back(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	struct mheap_shape shape = { .slots = 3000, .payload_bytes = 300000 };
	struct mheap_core_stat stat;
	u32 object = test_alloc_shape(test, &shape);

	mheap_core_stat(&heap->core, &stat);
	KUNIT_EXPECT_GE(test, stat.bytes, 3000 * 4ULL + 300000);
	test_drop(test, object);
	test_work(test);
	mheap_core_stat(&heap->core, &stat);
	KUNIT_EXPECT_EQ(test, stat.bytes, 0ULL);
	KUNIT_EXPECT_EQ(test, stat.objects, 0ULL);
	KUNIT_EXPECT_EQ(test, stat.pending, 0ULL);
}

static void object_limit_counts_objects(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	struct mheap_shape shape = { .slots = 1 };
	struct mheap_parts parts;
	u32 a, b;

	heap->core.max_objects = 2;
	a = test_alloc(test, 1);
	b = test_alloc(test, 1);
	KUNIT_EXPECT_EQ(test, mheap_object_prepare(&heap->mutator, &shape, &parts), -EDQUOT);
	test_drop(test, a);
	a = test_alloc(test, 1);
	test_drop(test, a);
	test_drop(test, b);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&heap->core.objects), 0L);
}

static struct kunit_case mheap_object_cases[] = {
	KUNIT_CASE(object_shapes_are_as_asked_for),
	KUNIT_CASE(object_bytes_come_back),
	KUNIT_CASE(object_limit_counts_objects),
	{}
};

struct kunit_suite mheap_object_suite = {
	.name = "mheap_object",
	.init = test_heap_init,
	.exit = test_heap_exit,
	.test_cases = mheap_object_cases,
};
