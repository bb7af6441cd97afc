// SPDX-License-Identifier: GPL-2.0
/* Weak handles: what they name, for how long, and what they cost. */
#include "mheap_harness.h"

FIXTURE(weak)
{
	int fd;
	__u64 object;	/* two slots, 16 bytes, type 1 */
};

HEAP_VARIANTS(weak);

FIXTURE_SETUP(weak)
{
	struct mheap_create options = {
		.suspect_age_ms = 3600000, .suspect_min = ~0U,
		.max_bytes = variant->max_bytes, .flags = variant->flags,
	};

	self->fd = NEW_HEAP(&options);
	self->object = ALLOC(self->fd, 2, 16, 1);
}

FIXTURE_TEARDOWN(weak)
{
	close(self->fd);
}

/* A ring of @count objects of types 100 and on; nothing but weak handles remains. */
static int make_dead_ring(int fd, __u64 *weak, unsigned int count)
{
	__u64 ring[8] = {};
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < count; i++)
		ret = raw_alloc(fd, 1, 8, 100 + i, &ring[i]) ?: raw_weaken(fd, ring[i], &weak[i]);
	for (i = 0; !ret && i < count; i++)
		ret = raw_store(fd, ring[i], 0, ring[(i + 1) % count]);
	for (i = 0; !ret && i < count; i++)
		ret = raw_close(fd, ring[i]);
	return ret;
}

TEST_F(weak, an_upgrade_gives_the_object_for_as_long_as_it_lives)
{
	__u64 weak = WEAKEN(self->fd, self->object), strong;
	char data[16] = "fifteen letters", seen[16] = "";

	ASSERT_EQ(0, raw_write(self->fd, self->object, 0, data, 16));
	strong = UPGRADE(self->fd, weak);
	ASSERT_NE(0, strong);
	EXPECT_NE(strong, self->object);
	EXPECT_NE(strong, weak);
	EXPECT_EQ(object_number(self->fd, self->object), object_number(self->fd, strong));
	EXPECT_EQ(2, STAT(self->fd, strong).out_handle_refs);
	EXPECT_EQ(3, heap_handles(self->fd));
	/* What was upgraded keeps it. */
	CLOSE(self->fd, self->object);
	EXPECT_FALSE(weak_is_gone(self->fd, weak));
	EXPECT_EQ(0, raw_read(self->fd, strong, 0, seen, 16));
	EXPECT_STREQ(data, seen);
	CLOSE(self->fd, strong);
	EXPECT_TRUE(weak_is_gone(self->fd, weak));
	EXPECT_EQ(0, heap_objects(self->fd));
	CLOSE(self->fd, weak);
	EXPECT_EMPTY(self->fd);
}

TEST_F(weak, a_weak_handle_keeps_nothing)
{
	__u64 weak = WEAKEN(self->fd, self->object);

	EXPECT_EQ(1, STAT(self->fd, self->object).out_handle_refs);
	EXPECT_EQ(0, STAT(self->fd, self->object).out_slot_refs);
	CLOSE(self->fd, self->object);
	EXPECT_EQ(0, heap_objects(self->fd));
	EXPECT_EQ(1, HEAP_STAT(self->fd).out_freed_count);
	EXPECT_TRUE(weak_is_gone(self->fd, weak));
}

TEST_F(weak, null_is_for_ever_also_when_the_memory_is_used_again)
{
	__u64 weak = WEAKEN(self->fd, self->object), number = object_number(self->fd, self->object);
	__u64 next, i, hits = 0;

	CLOSE(self->fd, self->object);
	for (i = 0; i < 5000; i++) {
		next = ALLOC(self->fd, 2, 16, 2);
		hits += object_number(self->fd, next) == number;
		ASSERT_TRUE(weak_is_gone(self->fd, weak)) {
			TH_LOG("after %llu objects", (unsigned long long)i);
		}
		CLOSE(self->fd, next);
	}
	/* Its place has been another's, or this has tested nothing. */
	EXPECT_LT(0, hits);
}

TEST_F(weak, a_slot_keeps_what_a_weak_handle_names)
{
	__u64 holder = ALLOC(self->fd, 1, 0, 2), weak = WEAKEN(self->fd, self->object);

	STORE(self->fd, holder, 0, self->object);
	CLOSE(self->fd, self->object);
	EXPECT_FALSE(weak_is_gone(self->fd, weak));
	STORE(self->fd, holder, 0, 0);
	EXPECT_TRUE(weak_is_gone(self->fd, weak));
}

TEST_F(weak, what_hangs_on_an_object_goes_with_it)
{
	__u64 child = ALLOC(self->fd, 0, 0, 2), weak = WEAKEN(self->fd, child);

	STORE(self->fd, self->object, 0, child);
	CLOSE(self->fd, child);
	EXPECT_FALSE(weak_is_gone(self->fd, weak));
	CLOSE(self->fd, self->object);
	EXPECT_TRUE(heap_drained(self->fd));
	EXPECT_TRUE(weak_is_gone(self->fd, weak));
}

TEST_F(weak, all_members_of_a_dead_cycle_go_in_one_collection)
{
	__u64 weak[8];
	unsigned int i;

	ASSERT_EQ(0, make_dead_ring(self->fd, weak, 8));
	/* Not yet collected: it can come back. */
	for (i = 0; i < 8; i++) {
		EXPECT_FALSE(weak_is_gone(self->fd, weak[i]));
	}
	ASSERT_EQ(0, raw_collect(self->fd));
	for (i = 0; i < 8; i++) {
		EXPECT_TRUE(weak_is_gone(self->fd, weak[i]));
	}
	EXPECT_EQ(8, COLLECT_STAT(self->fd).out_last_freed);
	EXPECT_EQ(1, heap_objects(self->fd));
	EXPECT_EQ(0, COLLECT_STAT(self->fd).out_verify_failures);
}

TEST_F(weak, one_upgraded_member_keeps_its_whole_cycle)
{
	__u64 weak[8], strong;
	unsigned int i;

	ASSERT_EQ(0, make_dead_ring(self->fd, weak, 8));
	strong = UPGRADE(self->fd, weak[5]);
	ASSERT_NE(0, strong);
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(0, COLLECT_STAT(self->fd).out_last_freed);
	for (i = 0; i < 8; i++) {
		EXPECT_FALSE(weak_is_gone(self->fd, weak[i]));
	}
	CLOSE(self->fd, strong);
	ASSERT_EQ(0, raw_collect(self->fd));
	for (i = 0; i < 8; i++) {
		EXPECT_TRUE(weak_is_gone(self->fd, weak[i]));
	}
	EXPECT_EQ(8, COLLECT_STAT(self->fd).out_last_freed);
}

TEST_F(weak, a_cycle_of_weak_references_is_none)
{
	__u64 other = ALLOC(self->fd, 2, 0, 2), weak = WEAKEN(self->fd, self->object);

	/* A child that knows its parent. */
	STORE(self->fd, self->object, 0, other);
	STORE(self->fd, other, 0, weak);
	CLOSE(self->fd, weak);
	CLOSE(self->fd, other);
	CLOSE(self->fd, self->object);
	EXPECT_EMPTY(self->fd);
	EXPECT_EQ(0, heap_weak(self->fd));
	EXPECT_EQ(0, heap_collections(self->fd));
}

TEST_F(weak, an_object_may_refer_weakly_to_itself)
{
	__u64 weak = WEAKEN(self->fd, self->object), loaded;

	STORE(self->fd, self->object, 0, weak);
	loaded = LOAD(self->fd, self->object, 0);
	EXPECT_EQ(object_number(self->fd, self->object), object_number(self->fd, loaded));
	CLOSE(self->fd, loaded);
	CLOSE(self->fd, self->object);
	EXPECT_TRUE(weak_is_gone(self->fd, weak));
	CLOSE(self->fd, weak);
	EXPECT_EMPTY(self->fd);
	EXPECT_EQ(0, heap_weak(self->fd));
}

TEST_F(weak, everything_else_says_EINVAL_to_a_weak_handle)
{
	__u64 weak = WEAKEN(self->fd, self->object), cursor = 0, objects[2], other;
	struct mheap_stat stat;
	__u32 written;
	char data[16];

	EXPECT_EQ(-EINVAL, raw_weaken(self->fd, weak, &other));
	EXPECT_EQ(-EINVAL, raw_stat(self->fd, weak, &stat));
	EXPECT_EQ(-EINVAL, raw_read(self->fd, weak, 0, data, 16));
	EXPECT_EQ(-EINVAL, raw_write(self->fd, weak, 0, data, 16));
	EXPECT_EQ(-EINVAL, raw_load(self->fd, weak, 0, &other));
	EXPECT_EQ(-EINVAL, raw_store(self->fd, weak, 0, 0));
	EXPECT_EQ(-EINVAL, raw_exchange(self->fd, weak, 0, 0, &other));
	EXPECT_EQ(-EINVAL, raw_compare_exchange(self->fd, weak, 0, 0, 0));
	EXPECT_EQ(-EINVAL, raw_slot_list(self->fd, weak, &cursor, objects, 2, &written));
	EXPECT_EQ(-EINVAL, raw_reset(self->fd, weak));
	EXPECT_EQ(-EINVAL, raw_object_export(self->fd, weak, 0));
	EXPECT_EQ(-EINVAL, raw_root_set(self->fd, "root", weak));
	EXPECT_EQ(-EINVAL, raw_root_exchange(self->fd, "root", weak, &other));
	/* And the reverse. */
	EXPECT_EQ(-EINVAL, raw_upgrade(self->fd, self->object, &other));
	EXPECT_EQ(0, HEAP_STAT(self->fd).out_roots);
	EXPECT_EQ(2, heap_handles(self->fd));
	/* It remains so when there is no object any more. */
	CLOSE(self->fd, self->object);
	EXPECT_EQ(-EINVAL, raw_stat(self->fd, weak, &stat));
	EXPECT_EQ(-EINVAL, raw_weaken(self->fd, weak, &other));
	EXPECT_EQ(-EINVAL, raw_root_set(self->fd, "root", weak));
}

TEST_F(weak, a_closed_weak_handle_is_stale_and_a_forged_one_unknown)
{
	__u64 weak = WEAKEN(self->fd, self->object), other;

	CLOSE(self->fd, weak);
	EXPECT_EQ(-ESTALE, raw_upgrade(self->fd, weak, &other));
	EXPECT_EQ(-ESTALE, raw_close(self->fd, weak));
	EXPECT_EQ(-ENOENT, raw_upgrade(self->fd, 0, &other));
	EXPECT_EQ(-ENOENT, raw_upgrade(self->fd, weak + 1, &other));
	EXPECT_EQ(-ENOENT, raw_weaken(self->fd, 0, &other));
	EXPECT_EQ(-ESTALE, raw_weaken(self->fd, weak, &other));
	EXPECT_EQ(1, heap_handles(self->fd));
}

TEST_F(weak, a_duplicate_is_weak_and_as_good)
{
	__u64 weak = WEAKEN(self->fd, self->object), copy = DUP(self->fd, weak);
	struct mheap_stat stat;

	EXPECT_EQ(-EINVAL, raw_stat(self->fd, copy, &stat));
	EXPECT_EQ(1, STAT(self->fd, self->object).out_handle_refs);
	CLOSE(self->fd, weak);
	EXPECT_FALSE(weak_is_gone(self->fd, copy));
	CLOSE(self->fd, self->object);
	weak = DUP(self->fd, copy);
	CLOSE(self->fd, copy);
	EXPECT_TRUE(weak_is_gone(self->fd, weak));
	CLOSE(self->fd, weak);
	EXPECT_EMPTY(self->fd);
	EXPECT_EQ(0, heap_weak(self->fd));
}

TEST_F(weak, chosen_handles_are_weak_or_remain_unused)
{
	struct mheap_weaken weaken = {
		.size = sizeof(weaken), .flags = MHEAP_CHOSEN,
		.handle = self->object, .out_handle = chosen_handle(3, 1),
	};
	struct mheap_upgrade upgrade = {
		.size = sizeof(upgrade), .flags = MHEAP_CHOSEN,
		.handle = chosen_handle(3, 1), .out_handle = chosen_handle(4, 1),
	};

	ASSERT_EQ(0, raw_call(self->fd, MHEAP_CMD_WEAKEN, &weaken));
	EXPECT_EQ(chosen_handle(3, 1), weaken.out_handle);
	EXPECT_EQ(-EEXIST, raw_call(self->fd, MHEAP_CMD_WEAKEN, &weaken));
	ASSERT_EQ(0, raw_call(self->fd, MHEAP_CMD_UPGRADE, &upgrade));
	EXPECT_EQ(chosen_handle(4, 1), upgrade.out_handle);
	EXPECT_EQ(1, STAT(self->fd, upgrade.out_handle).out_type);
	CLOSE(self->fd, upgrade.out_handle);
	EXPECT_EQ(-ESTALE, raw_call(self->fd, MHEAP_CMD_UPGRADE, &upgrade));
	CLOSE(self->fd, self->object);
	upgrade.out_handle = chosen_handle(4, 2);
	ASSERT_EQ(0, raw_call(self->fd, MHEAP_CMD_UPGRADE, &upgrade));
	EXPECT_EQ(0, upgrade.out_handle);
	EXPECT_EQ(-ENOENT, raw_close(self->fd, chosen_handle(4, 2)));
	EXPECT_EQ(1, heap_handles(self->fd));
}

TEST_F(weak, a_full_table_is_EMFILE_even_when_the_answer_is_null)
{
	struct mheap_create options = { .max_handles = 3 };
	int fd = NEW_HEAP(&options);
	__u64 object = ALLOC(fd, 0, 0, 1), weak = WEAKEN(fd, object), other;

	DUP(fd, object);
	EXPECT_EQ(-EMFILE, raw_weaken(fd, object, &other));
	EXPECT_EQ(-EMFILE, raw_upgrade(fd, weak, &other));
	EXPECT_EQ(2, STAT(fd, object).out_handle_refs);
	close(fd);
}

TEST_F(weak, records_of_a_batch_do_the_same)
{
	struct mheap_record records[4];
	__u64 weak = chosen_handle(0, 1), strong = chosen_handle(1, 1);
	__u32 done;
	int error;

	records[0] = record_weaken(self->object, weak);
	records[1] = record_upgrade(weak, strong);
	records[2] = record_close(self->object);
	records[3] = record_upgrade(weak, 0);
	ASSERT_EQ(0, raw_batch_all(self->fd, records, 4));
	EXPECT_NE(0, ((struct mheap_upgrade *)&records[3])->out_handle);
	CLOSE(self->fd, ((struct mheap_upgrade *)&records[3])->out_handle);
	records[0] = record_close(strong);
	records[1] = record_upgrade(weak, chosen_handle(1, 2));
	records[2] = record_upgrade(weak, 0);
	ASSERT_EQ(0, raw_batch_all(self->fd, records, 3));
	EXPECT_EQ(0, ((struct mheap_upgrade *)&records[1])->out_handle);
	EXPECT_EQ(0, ((struct mheap_upgrade *)&records[2])->out_handle);
	records[0] = record_weaken(weak, 0);
	ASSERT_EQ(0, raw_batch(self->fd, records, 1, &done, &error));
	EXPECT_EQ(0, done);
	EXPECT_EQ(-EINVAL, error);
	EXPECT_EQ(0, heap_objects(self->fd));
	EXPECT_EQ(1, heap_handles(self->fd));
}

TEST_F(weak, sessions_share_what_is_weak)
{
	int fd = SECOND(self->fd, MHEAP_RIGHTS_ALL);
	__u64 weak, theirs;

	ASSERT_EQ(0, raw_root_set(self->fd, "root", self->object));
	ASSERT_EQ(0, raw_root_get(fd, "root", &theirs));
	weak = WEAKEN(fd, theirs);
	CLOSE(fd, theirs);
	ASSERT_EQ(0, raw_root_set(self->fd, "root", 0));
	EXPECT_FALSE(weak_is_gone(fd, weak));
	EXPECT_EQ(1, STAT(self->fd, self->object).out_weak);
	CLOSE(self->fd, self->object);
	EXPECT_TRUE(weak_is_gone(fd, weak));
	/* A session takes its weak handles with it. */
	EXPECT_LT(0, heap_bytes(self->fd));
	close(fd);
	EXPECT_TRUE(EVENTUALLY(!heap_bytes(self->fd)));
}

TEST_HARNESS_MAIN
