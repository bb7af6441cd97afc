// SPDX-License-Identifier: GPL-2.0
/* What weak references cost, and who counts them. */
#include <stdlib.h>

#include "mheap_harness.h"

FIXTURE(weakcost)
{
	int fd;
	__u64 object;	/* two slots, 16 bytes, type 1 */
};

FIXTURE_SETUP(weakcost)
{
	struct mheap_create options = { .suspect_age_ms = 3600000, .suspect_min = ~0U };

	self->fd = NEW_HEAP(&options);
	self->object = ALLOC(self->fd, 2, 16, 1);
}

FIXTURE_TEARDOWN(weakcost)
{
	close(self->fd);
}

TEST_F(weakcost, stat_and_heap_stat_tell)
{
	__u64 other = ALLOC(self->fd, 0, 0, 2), weak, more;

	EXPECT_EQ(0, STAT(self->fd, self->object).out_weak);
	EXPECT_EQ(0, heap_weak(self->fd));
	weak = WEAKEN(self->fd, self->object);
	more = WEAKEN(self->fd, self->object);
	EXPECT_EQ(1, STAT(self->fd, self->object).out_weak);
	EXPECT_EQ(0, STAT(self->fd, other).out_weak);
	/* Objects, not references. */
	EXPECT_EQ(1, heap_weak(self->fd));
	CLOSE(self->fd, more);
	EXPECT_EQ(1, heap_weak(self->fd));
	more = WEAKEN(self->fd, other);
	EXPECT_EQ(2, heap_weak(self->fd));
	CLOSE(self->fd, more);
	EXPECT_EQ(0, STAT(self->fd, other).out_weak);
	CLOSE(self->fd, weak);
	EXPECT_EQ(0, STAT(self->fd, self->object).out_weak);
	EXPECT_EQ(0, heap_weak(self->fd));
}

TEST_F(weakcost, what_is_gone_counts_no_more_but_its_cell_stays)
{
	__u64 weak = WEAKEN(self->fd, self->object), bytes;

	CLOSE(self->fd, self->object);
	EXPECT_EQ(0, heap_weak(self->fd));
	bytes = heap_bytes(self->fd);
	EXPECT_LT(0, bytes);
	EXPECT_GE(64, bytes);
	CLOSE(self->fd, weak);
	EXPECT_EQ(0, heap_bytes(self->fd));
}

TEST_F(weakcost, a_weak_reference_is_no_object)
{
	struct mheap_walk_entry *entries = NULL;
	__u64 holder = ALLOC(self->fd, 2, 0, 2), weak = WEAKEN(self->fd, self->object);
	long count;

	STORE(self->fd, holder, 0, weak);
	EXPECT_EQ(2, heap_objects(self->fd));
	EXPECT_EQ(2, HEAP_STAT(self->fd).out_allocated);
	count = heap_walk_all(self->fd, &entries);
	ASSERT_EQ(2, count);
	EXPECT_EQ(1, entries[0].handle_refs);
	EXPECT_EQ(1, entries[1].handle_refs);
	EXPECT_EQ(0, entries[0].slot_refs + entries[1].slot_refs);
	free(entries);
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(0, COLLECT_STAT(self->fd).out_last_freed);
	EXPECT_EQ(2, COLLECT_STAT(self->fd).out_last_marked);
	CLOSE(self->fd, self->object);
	CLOSE(self->fd, holder);
	EXPECT_EQ(2, HEAP_STAT(self->fd).out_freed_count);
	EXPECT_EQ(0, heap_objects(self->fd));
	CLOSE(self->fd, weak);
	EXPECT_EQ(2, HEAP_STAT(self->fd).out_freed_count);
	EXPECT_EMPTY(self->fd);
}

TEST_F(weakcost, a_weak_reference_does_not_count_against_the_limit_of_objects)
{
	struct mheap_create options = { .max_objects = 3 };
	int fd = NEW_HEAP(&options);
	__u64 object[3], weak[3], over;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		object[i] = ALLOC(fd, 0, 0, i);
		weak[i] = WEAKEN(fd, object[i]);
	}
	EXPECT_EQ(-EDQUOT, raw_alloc(fd, 0, 0, 9, &over));
	CLOSE(fd, object[1]);
	EXPECT_EQ(0, raw_alloc(fd, 0, 0, 9, &over));
	EXPECT_TRUE(weak_is_gone(fd, weak[1]));
	EXPECT_FALSE(weak_is_gone(fd, weak[2]));
	close(fd);
}

TEST_F(weakcost, weak_references_make_nothing_suspect)
{
	__u64 holder = ALLOC(self->fd, 2, 0, 2), weak, copy;

	STORE(self->fd, holder, 0, self->object);
	EXPECT_EQ(0, HEAP_STAT(self->fd).out_suspects);
	weak = WEAKEN(self->fd, self->object);
	copy = DUP(self->fd, weak);
	STORE(self->fd, holder, 1, weak);
	STORE(self->fd, holder, 1, copy);
	STORE(self->fd, holder, 1, 0);
	CLOSE(self->fd, copy);
	CLOSE(self->fd, weak);
	EXPECT_EQ(0, HEAP_STAT(self->fd).out_suspects);
}

TEST_F(weakcost, thousands_cost_a_small_cell_each_and_it_goes)
{
	enum { MANY = 20000 };
	static __u64 handles[MANY], weak[MANY];
	__u64 bytes = heap_bytes(self->fd), each;
	unsigned int i;

	for (i = 0; i < MANY; i++)
		handles[i] = ALLOC(self->fd, 0, 0, 5);
	each = (heap_bytes(self->fd) - bytes) / MANY;
	bytes = heap_bytes(self->fd);
	for (i = 0; i < MANY; i++) {
		weak[i] = WEAKEN(self->fd, handles[i]);
		CLOSE(self->fd, DUP(self->fd, weak[i]));
	}
	EXPECT_EQ(MANY, heap_weak(self->fd));
	EXPECT_LE(heap_bytes(self->fd) - bytes, MANY * 64);
	for (i = 0; i < MANY; i += 2)
		CLOSE(self->fd, handles[i]);
	ASSERT_EQ(0, raw_collect(self->fd));
	for (i = 0; i < MANY; i++) {
		ASSERT_EQ(!(i & 1), weak_is_gone(self->fd, weak[i]));
	}
	EXPECT_EQ(MANY / 2, heap_weak(self->fd));
	for (i = 0; i < MANY; i++)
		CLOSE(self->fd, weak[i]);
	EXPECT_EQ(0, heap_weak(self->fd));
	EXPECT_EQ(MANY / 2 + 1, heap_objects(self->fd));
	EXPECT_EQ(bytes - MANY / 2 * each, heap_bytes(self->fd));
	for (i = 1; i < MANY; i += 2)
		CLOSE(self->fd, handles[i]);
	CLOSE(self->fd, self->object);
	EXPECT_EMPTY_AFTER_COLLECT(self->fd);
}

TEST_F(weakcost, a_heap_that_is_full_says_EDQUOT_and_nothing_is_lost)
{
	struct mheap_create options = { .max_bytes = 2 << 20 };
	int fd = NEW_HEAP(&options), ret = 0;
	__u64 first = 0, handle, weak = 0;
	unsigned int i;

	/* Weak cells are as small as anything: fill it with them. */
	for (i = 0; i < 1 << 20 && !ret; i++) {
		ret = raw_alloc(fd, 0, 0, 1, &handle);
		if (!ret)
			ret = raw_weaken(fd, handle, &weak);
		if (!first)
			first = weak;
	}
	EXPECT_EQ(-EDQUOT, ret);
	EXPECT_LT(1000, i);
	EXPECT_FALSE(weak_is_gone(fd, first));
	EXPECT_LE(HEAP_STAT(fd).out_memory, 2 << 20);
	close(fd);
}

TEST_HARNESS_MAIN
