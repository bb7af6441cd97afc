// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitmap.h>

#include "suites.h"

static void space_classes_hold_what_they_are_for(struct kunit *test)
{
	u32 bytes, class;

	for (bytes = 1; bytes <= MHEAP_CLASS_BYTES_MAX; bytes++) {
		class = mheap_class_for(bytes);
		KUNIT_ASSERT_LT(test, class, (u32)MHEAP_CLASSES);
		KUNIT_ASSERT_GE(test, mheap_class_bytes(class), bytes);
		if (class)
			KUNIT_ASSERT_LT(test, mheap_class_bytes(class - 1), bytes);
	}
	KUNIT_EXPECT_EQ(test, mheap_class_for(MHEAP_CLASS_BYTES_MAX + 1), (u32)MHEAP_CLASS_LARGE);
	KUNIT_EXPECT_LT(test, mheap_class_for(MHEAP_CELL_MAX), (u32)MHEAP_CELL_CLASSES);
}

static void space_class_starts_are_its_cells(struct kunit *test)
{
	u32 class;

	for (class = 0; class < MHEAP_CLASSES; class++)
		KUNIT_EXPECT_EQ(test, (u32)bitmap_weight(mheap_class_starts(class),
							 MHEAP_CHUNK_GRANULES),
				mheap_class_cells(class));
}

/* Every cell of a chunk is handed out once, and freeing all makes it empty. */
static void space_cells_are_distinct(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	struct mheap_space *space = &heap->core.cells;
	struct mheap_cursor *cursor = &heap->mutator.cells[3];
	u32 cells = mheap_class_cells(3), first, last = 0, number, i;

	KUNIT_ASSERT_EQ(test, mheap_space_refill(space, cursor, 3), 0);
	first = mheap_space_peek(space, cursor, 3);
	for (i = 0; i < cells; i++) {
		number = mheap_space_peek(space, cursor, 3);
		KUNIT_ASSERT_GT(test, number, last);
		mheap_cursor_take(cursor, number);
		last = number;
	}
	KUNIT_EXPECT_EQ(test, mheap_space_peek(space, cursor, 3), 0U);
	KUNIT_EXPECT_EQ(test, space->empty_count, 0U);
	for (i = 0; i < cells; i++)
		mheap_space_free(space, first + i * ((last - first) / (cells - 1)));
	KUNIT_EXPECT_EQ(test, space->empty_count, 1U);
}

static void space_limit_is_exact(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	struct mheap_memory *memory = &heap->core.memory;
	unsigned long held = atomic_long_read(&memory->held);
	unsigned long max = memory->max;
	struct mheap_shape shape = { .slots = 2 };
	struct mheap_parts parts;

	memory->max = held + 1000;
	KUNIT_EXPECT_EQ(test, mheap_object_prepare(&heap->mutator, &shape, &parts), -EDQUOT);
	KUNIT_EXPECT_LE(test, (unsigned long)atomic_long_read(&memory->held), held + 1000);
	KUNIT_EXPECT_FALSE(test, mheap_memory_charge(memory, ULONG_MAX));
	KUNIT_EXPECT_FALSE(test, mheap_memory_charge(memory, LONG_MAX));
	memory->max = max;
	KUNIT_EXPECT_EQ(test, mheap_object_prepare(&heap->mutator, &shape, &parts), 0);
}

static void space_trim_gives_empty_chunks_back(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	unsigned long held;
	u32 object;

	object = test_alloc(test, 500);
	held = atomic_long_read(&heap->core.memory.held);
	test_drop(test, object);
	mheap_mutator_release_chunks(&heap->mutator);
	KUNIT_EXPECT_TRUE(test, mheap_trim_useful(&heap->core));
	mheap_trim_request(&heap->core);
	test_work(test);
	KUNIT_EXPECT_FALSE(test, mheap_trim_useful(&heap->core));
	KUNIT_EXPECT_LE(test, (unsigned long)atomic_long_read(&heap->core.memory.held),
			held - MHEAP_CHUNK_BYTES);
}

static struct kunit_case mheap_space_cases[] = {
	KUNIT_CASE(space_classes_hold_what_they_are_for),
	KUNIT_CASE(space_class_starts_are_its_cells),
	KUNIT_CASE(space_cells_are_distinct),
	KUNIT_CASE(space_limit_is_exact),
	KUNIT_CASE(space_trim_gives_empty_chunks_back),
	{}
};

struct kunit_suite mheap_space_suite = {
	.name = "mheap_space",
	.init = test_heap_init,
	.exit = test_heap_exit,
	.test_cases = mheap_space_cases,
};
