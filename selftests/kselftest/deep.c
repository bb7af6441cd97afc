// SPDX-License-Identifier: GPL-2.0
/*
 * Very long and very wide graphs let go of at once: no call does unbounded
 * work, nothing recurses, everything goes. MHEAP_DEEP: length of the chains.
 */
#include "mheap_harness.h"
#include "shapes.h"

FIXTURE(deep)
{
	int fd;
	__u64 length, head;
};

FIXTURE_SETUP(deep)
{
	struct mheap_create options = {
		.suspect_age_ms = 3600000, .suspect_min = ~0U, .suspect_percent = 1000,
	};

	self->fd = NEW_HEAP(&options);
	self->length = shape_deep();
}

FIXTURE_TEARDOWN(deep)
{
	close(self->fd);
}

/* Right after the call that let go, most is still there; then it all goes. */
#define EXPECT_DRAINS()							\
do {									\
	struct mheap_heap_stat after = HEAP_STAT(self->fd);		\
									\
	EXPECT_LT(0, after.out_pending);				\
	EXPECT_LE(after.out_pending, after.out_objects);		\
	EXPECT_LT(0, after.out_objects);				\
	/* Meanwhile the heap is as good as ever. */			\
	CLOSE(self->fd, ALLOC(self->fd, 1, 10, 1));			\
	EXPECT_TRUE(heap_drained(self->fd));				\
	EXPECT_EQ(0, HEAP_STAT(self->fd).out_pending);			\
	EXPECT_EQ(0, heap_objects(self->fd));				\
	EXPECT_EQ(0, heap_bytes(self->fd));				\
	EXPECT_EQ(HEAP_STAT(self->fd).out_allocated,			\
		  HEAP_STAT(self->fd).out_freed_count);			\
	EXPECT_EQ(0, heap_collections(self->fd));			\
} while (0)

TEST_F_TIMEOUT(deep, a_chain_drains_after_its_head_was_closed, LONG_TEST)
{
	ASSERT_EQ(0, shape_chain(self->fd, self->length, &self->head));
	EXPECT_EQ(self->length, heap_objects(self->fd));
	EXPECT_EQ(1, heap_handles(self->fd));
	CLOSE(self->fd, self->head);
	EXPECT_DRAINS();
}

TEST_F_TIMEOUT(deep, a_chain_drains_after_its_root_was_removed, LONG_TEST)
{
	ASSERT_EQ(0, shape_chain(self->fd, self->length / 4, &self->head));
	ASSERT_EQ(0, raw_root_set(self->fd, "chain", self->head));
	CLOSE(self->fd, self->head);
	EXPECT_EQ(self->length / 4, heap_objects(self->fd));
	ASSERT_EQ(0, raw_root_set(self->fd, "chain", 0));
	EXPECT_DRAINS();
}

TEST_F_TIMEOUT(deep, a_chain_drains_after_its_slot_was_overwritten, LONG_TEST)
{
	__u64 holder;

	ASSERT_EQ(0, shape_chain(self->fd, self->length / 4, &self->head));
	holder = ALLOC(self->fd, 1, 0, 1);
	STORE(self->fd, holder, 0, self->head);
	CLOSE(self->fd, self->head);
	STORE(self->fd, holder, 0, 0);
	EXPECT_LT(0, heap_pending(self->fd));
	CLOSE(self->fd, holder);
	EXPECT_TRUE(heap_drained(self->fd));
	EXPECT_EQ(0, heap_objects(self->fd));
}

TEST_F_TIMEOUT(deep, a_chain_drains_after_its_session_was_closed, LONG_TEST)
{
	int other = SECOND(self->fd, MHEAP_RIGHTS_ALL);

	ASSERT_EQ(0, shape_chain(other, self->length / 4, &self->head));
	EXPECT_EQ(self->length / 4, heap_objects(self->fd));
	close(other);
	EXPECT_LT(0, heap_objects(self->fd));
	EXPECT_TRUE(EVENTUALLY(heap_objects(self->fd) == 0));
	EXPECT_EMPTY(self->fd);
}

TEST_F_TIMEOUT(deep, a_heap_that_goes_with_a_chain_in_it_goes_quietly, LONG_TEST)
{
	int fd = NEW_HEAP(NULL);

	ASSERT_EQ(0, shape_chain(fd, self->length / 4, &self->head));
	close(fd);
	/* And in the middle of draining. */
	fd = NEW_HEAP(NULL);
	ASSERT_EQ(0, shape_chain(fd, self->length / 4, &self->head));
	CLOSE(fd, self->head);
	close(fd);
	fd = NEW_HEAP(NULL);
	EXPECT_EMPTY(fd);
	close(fd);
}

TEST_F_TIMEOUT(deep, a_living_chain_is_marked_to_its_end, LONG_TEST)
{
	ASSERT_EQ(0, shape_chain(self->fd, self->length / 4, &self->head));
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(self->length / 4, COLLECT_STAT(self->fd).out_last_marked);
	EXPECT_EQ(0, COLLECT_STAT(self->fd).out_last_freed);
	EXPECT_EQ(self->length / 4, heap_objects(self->fd));
}

TEST_F_TIMEOUT(deep, a_long_ring_is_collected, LONG_TEST)
{
	__u64 length = self->length / 10;

	ASSERT_EQ(0, shape_ring(self->fd, length, &self->head));
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(length, heap_objects(self->fd));
	CLOSE(self->fd, self->head);
	EXPECT_EQ(0, heap_pending(self->fd));
	EXPECT_EQ(length, heap_objects(self->fd));
	EXPECT_EMPTY_AFTER_COLLECT(self->fd);
	EXPECT_EQ(length, COLLECT_STAT(self->fd).out_last_freed);
}

TEST_F_TIMEOUT(deep, a_chain_that_hangs_off_a_dead_ring_goes_with_it, LONG_TEST)
{
	__u64 length = self->length / 10, ring;

	ASSERT_EQ(0, shape_chain(self->fd, length, &self->head));
	ring = ALLOC(self->fd, 2, 0, 1);
	STORE(self->fd, ring, 0, ring);
	STORE(self->fd, ring, 1, self->head);
	CLOSE(self->fd, self->head);
	CLOSE(self->fd, ring);
	EXPECT_EQ(length + 1, heap_objects(self->fd));
	EXPECT_EMPTY_AFTER_COLLECT(self->fd);
}

TEST_F_TIMEOUT(deep, a_wide_object_lets_go_of_a_million, LONG_TEST)
{
	__u32 width = self->length >= MHEAP_SLOTS_MAX ? MHEAP_SLOTS_MAX : self->length;

	ASSERT_EQ(0, shape_wide(self->fd, width, false, &self->head));
	EXPECT_EQ(width + 1, heap_objects(self->fd));
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(width + 1, COLLECT_STAT(self->fd).out_last_marked);
	CLOSE(self->fd, self->head);
	EXPECT_LT(0, heap_pending(self->fd));
	EXPECT_LT(0, heap_objects(self->fd));
	EXPECT_EMPTY(self->fd);
}

TEST_F_TIMEOUT(deep, a_wide_object_in_a_million_rings_is_collected, LONG_TEST)
{
	__u32 width = self->length >= MHEAP_SLOTS_MAX ? MHEAP_SLOTS_MAX : self->length;

	ASSERT_EQ(0, shape_wide(self->fd, width, true, &self->head));
	EXPECT_EQ(width, STAT(self->fd, self->head).out_slot_refs);
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(width + 1, heap_objects(self->fd));
	CLOSE(self->fd, self->head);
	EXPECT_EQ(width + 1, heap_objects(self->fd));
	EXPECT_EMPTY_AFTER_COLLECT(self->fd);
	EXPECT_EQ(width + 1, COLLECT_STAT(self->fd).out_last_freed);
}

TEST_F_TIMEOUT(deep, a_wide_tree_lets_go_of_all_its_leaves, LONG_TEST)
{
	__u32 width = 1000;

	while (width * width > self->length)
		width /= 2;
	ASSERT_EQ(0, shape_tree(self->fd, width, &self->head));
	EXPECT_EQ(1 + width + width * width, heap_objects(self->fd));
	CLOSE(self->fd, self->head);
	EXPECT_LT(0, heap_pending(self->fd));
	EXPECT_EMPTY(self->fd);
}

TEST_F_TIMEOUT(deep, a_limit_is_no_limit_while_a_chain_drains, LONG_TEST)
{
	struct mheap_create options = { .max_objects = 100000, .suspect_age_ms = 3600000 };
	int fd = NEW_HEAP(&options);
	unsigned int i;
	__u64 handle;

	/* At the limit, what is already on its way out is waited for. */
	ASSERT_EQ(0, shape_chain(fd, 100000, &self->head));
	EXPECT_EQ(-EDQUOT, raw_alloc(fd, 0, 0, 0, &handle));
	CLOSE(fd, self->head);
	for (i = 0; i < 1000; i++) {
		ASSERT_EQ(0, raw_alloc(fd, 0, 0, 0, &handle));
	}
	EXPECT_TRUE(heap_drained(fd));
	EXPECT_EQ(1000, heap_objects(fd));
	close(fd);
}

TEST_HARNESS_MAIN
