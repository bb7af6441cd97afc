// SPDX-License-Identifier: GPL-2.0
/* Named roots: get, set, exchange, list, names, and what they keep alive. */
#include "mheap_harness.h"

FIXTURE(root)
{
	int fd;
	__u64 a, b;
};

HEAP_VARIANTS(root);

FIXTURE_SETUP(root)
{
	struct mheap_create options = {
		.max_bytes = variant->max_bytes, .flags = variant->flags,
	};

	self->fd = NEW_HEAP(&options);
	self->a = ALLOC(self->fd, 1, 0, 100);
	self->b = ALLOC(self->fd, 1, 0, 200);
}

FIXTURE_TEARDOWN(root)
{
	close(self->fd);
}

TEST_F(root, a_name_that_was_not_set_is_ENOENT)
{
	__u64 handle = 77;

	EXPECT_EQ(-ENOENT, raw_root_get(self->fd, "none", &handle));
	EXPECT_EQ(-ENOENT, raw_root_set(self->fd, "none", 0));
	EXPECT_EQ(2, heap_handles(self->fd));
	EXPECT_EQ(0, HEAP_STAT(self->fd).out_roots);
}

TEST_F(root, set_then_get_gives_a_new_handle_to_the_same_object)
{
	__u64 handle = 0;

	ASSERT_EQ(0, raw_root_set(self->fd, "r", self->a));
	EXPECT_EQ(1, HEAP_STAT(self->fd).out_roots);
	EXPECT_EQ(2, STAT(self->fd, self->a).out_handle_refs);
	ASSERT_EQ(0, raw_root_get(self->fd, "r", &handle));
	EXPECT_NE(0, handle);
	EXPECT_NE(self->a, handle);
	EXPECT_EQ(3, STAT(self->fd, self->a).out_handle_refs);
	EXPECT_EQ(STAT(self->fd, self->a).out_object, STAT(self->fd, handle).out_object);
	EXPECT_EQ(3, heap_handles(self->fd));
}

TEST_F(root, setting_a_name_again_replaces_what_it_referred_to)
{
	__u64 handle;

	ASSERT_EQ(0, raw_root_set(self->fd, "r", self->a));
	ASSERT_EQ(0, raw_root_set(self->fd, "r", self->b));
	EXPECT_EQ(1, HEAP_STAT(self->fd).out_roots);
	EXPECT_EQ(1, STAT(self->fd, self->a).out_handle_refs);
	ASSERT_EQ(0, raw_root_get(self->fd, "r", &handle));
	EXPECT_EQ(200, STAT(self->fd, handle).out_type);
	ASSERT_EQ(0, raw_root_set(self->fd, "r", self->b));
	EXPECT_EQ(3, STAT(self->fd, self->b).out_handle_refs);
}

TEST_F(root, a_root_keeps_its_object_and_removing_it_lets_go)
{
	ASSERT_EQ(0, raw_root_set(self->fd, "r", self->a));
	CLOSE(self->fd, self->a);
	EXPECT_EQ(2, heap_objects(self->fd));
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(2, heap_objects(self->fd));
	ASSERT_EQ(0, raw_root_set(self->fd, "r", 0));
	EXPECT_EQ(0, HEAP_STAT(self->fd).out_roots);
	EXPECT_TRUE(heap_drained(self->fd));
	EXPECT_EQ(1, heap_objects(self->fd));
	EXPECT_EQ(-ENOENT, raw_root_set(self->fd, "r", 0));
}

TEST_F(root, exchange_returns_what_was_there)
{
	__u64 old = 1;

	ASSERT_EQ(0, raw_root_exchange(self->fd, "r", self->a, &old));
	EXPECT_EQ(0, old);
	EXPECT_EQ(2, heap_handles(self->fd));
	ASSERT_EQ(0, raw_root_exchange(self->fd, "r", self->b, &old));
	EXPECT_EQ(100, STAT(self->fd, old).out_type);
	EXPECT_EQ(2, STAT(self->fd, self->a).out_handle_refs);
	CLOSE(self->fd, old);
	ASSERT_EQ(0, raw_root_exchange(self->fd, "r", 0, &old));
	EXPECT_EQ(200, STAT(self->fd, old).out_type);
	EXPECT_EQ(0, HEAP_STAT(self->fd).out_roots);
	CLOSE(self->fd, old);
	CLOSE(self->fd, self->a);
	CLOSE(self->fd, self->b);
	EXPECT_EMPTY(self->fd);
}

TEST_F(root, exchange_of_nothing_with_nothing_is_nothing)
{
	__u64 old = 1;

	ASSERT_EQ(0, raw_root_exchange(self->fd, "r", 0, &old));
	EXPECT_EQ(0, old);
	EXPECT_EQ(0, HEAP_STAT(self->fd).out_roots);
}

TEST_F(root, the_last_reference_may_be_the_exchanged_one)
{
	__u64 old;

	ASSERT_EQ(0, raw_root_set(self->fd, "r", self->a));
	CLOSE(self->fd, self->a);
	ASSERT_EQ(0, raw_root_exchange(self->fd, "r", 0, &old));
	EXPECT_EQ(1, STAT(self->fd, old).out_handle_refs);
	EXPECT_EQ(100, STAT(self->fd, old).out_type);
}

TEST_F(root, get_and_exchange_take_a_chosen_handle)
{
	__u64 mine = chosen_handle(3, 1);
	struct mheap_root_get get = {
		.size = sizeof(get), .flags = MHEAP_CHOSEN, .name = "r", .handle = mine,
	};
	struct mheap_root_exchange exchange = {
		.size = sizeof(exchange), .flags = MHEAP_CHOSEN, .name = "r",
		.handle = self->b, .out_handle = mine,
	};

	/* Nothing to get: the choice remains unused. */
	EXPECT_EQ(-ENOENT, raw_call(self->fd, MHEAP_CMD_ROOT_GET, &get));
	EXPECT_EQ(mine, get.handle);
	ASSERT_EQ(0, raw_call(self->fd, MHEAP_CMD_ROOT_EXCHANGE, &exchange));
	EXPECT_EQ(0, exchange.out_handle);
	ASSERT_EQ(0, raw_call(self->fd, MHEAP_CMD_ROOT_GET, &get));
	EXPECT_EQ(mine, get.handle);
	EXPECT_EQ(200, STAT(self->fd, mine).out_type);

	/* In use now. A refused exchange leaves the root as it was. */
	exchange.handle = self->a;
	exchange.out_handle = mine;
	EXPECT_EQ(-EEXIST, raw_call(self->fd, MHEAP_CMD_ROOT_EXCHANGE, &exchange));
	EXPECT_EQ(-EEXIST, raw_call(self->fd, MHEAP_CMD_ROOT_GET, &get));
	EXPECT_EQ(1, STAT(self->fd, self->a).out_handle_refs);
	CLOSE(self->fd, mine);
	exchange.out_handle = mine;
	EXPECT_EQ(-ESTALE, raw_call(self->fd, MHEAP_CMD_ROOT_EXCHANGE, &exchange));
	exchange.out_handle = chosen_handle(3, 2);
	ASSERT_EQ(0, raw_call(self->fd, MHEAP_CMD_ROOT_EXCHANGE, &exchange));
	EXPECT_EQ(chosen_handle(3, 2), exchange.out_handle);
	EXPECT_EQ(200, STAT(self->fd, exchange.out_handle).out_type);
}

TEST_F(root, names_are_checked)
{
	struct mheap_root_set set = { .size = sizeof(set), .handle = self->a };
	struct mheap_root_get get = { .size = sizeof(get) };
	struct mheap_root_exchange exchange = { .size = sizeof(exchange) };
	static const struct {
		char name[MHEAP_ROOT_NAME_MAX];
		int ret;
	} table[] = {
		{ "", -EINVAL },
		{ "\0x", -EINVAL },
		{ "a\0b", -EINVAL },
		{ "0123456789012345678901234567890", 0 },
		{ "0123456789\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0x", -EINVAL },
		{ { [0 ... MHEAP_ROOT_NAME_MAX - 1] = 'x' }, -EINVAL },
		{ " ", 0 },
		{ "/", 0 },
		{ "\xff\x01", 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		memcpy(set.name, table[i].name, MHEAP_ROOT_NAME_MAX);
		memcpy(get.name, table[i].name, MHEAP_ROOT_NAME_MAX);
		memcpy(exchange.name, table[i].name, MHEAP_ROOT_NAME_MAX);
		EXPECT_EQ(table[i].ret, raw_call(self->fd, MHEAP_CMD_ROOT_SET, &set)) {
			TH_LOG("name %u", i);
		}
		EXPECT_EQ(table[i].ret, raw_call(self->fd, MHEAP_CMD_ROOT_GET, &get)) {
			TH_LOG("name %u", i);
		}
		EXPECT_EQ(table[i].ret,
			  raw_call(self->fd, MHEAP_CMD_ROOT_EXCHANGE, &exchange)) {
			TH_LOG("name %u", i);
		}
	}
	EXPECT_EQ(0, HEAP_STAT(self->fd).out_roots);
}

TEST_F(root, names_that_only_differ_at_the_end_are_different)
{
	__u64 handle;

	ASSERT_EQ(0, raw_root_set(self->fd, "a", self->a));
	ASSERT_EQ(0, raw_root_set(self->fd, "ab", self->b));
	EXPECT_EQ(-ENOENT, raw_root_get(self->fd, "abc", &handle));
	ASSERT_EQ(0, raw_root_get(self->fd, "a", &handle));
	EXPECT_EQ(100, STAT(self->fd, handle).out_type);
	ASSERT_EQ(0, raw_root_get(self->fd, "ab", &handle));
	EXPECT_EQ(200, STAT(self->fd, handle).out_type);
}

TEST_F(root, invalid_handles_are_refused_and_change_nothing)
{
	__u64 old;

	ASSERT_EQ(0, raw_root_set(self->fd, "r", self->a));
	CLOSE(self->fd, self->b);
	EXPECT_EQ(-ESTALE, raw_root_set(self->fd, "r", self->b));
	EXPECT_EQ(-ESTALE, raw_root_set(self->fd, "new", self->b));
	EXPECT_EQ(-ENOENT, raw_root_set(self->fd, "r", chosen_handle(9, 1)));
	EXPECT_EQ(-ESTALE, raw_root_exchange(self->fd, "r", self->b, &old));
	EXPECT_EQ(1, HEAP_STAT(self->fd).out_roots);
	EXPECT_EQ(2, STAT(self->fd, self->a).out_handle_refs);
	EXPECT_EQ(1, heap_handles(self->fd));
}

TEST_F(root, the_table_of_names_is_limited)
{
	struct mheap_query query;
	char name[MHEAP_ROOT_NAME_MAX];
	__u64 old;
	__u32 i;

	ASSERT_EQ(0, raw_query(self->fd, &query));
	for (i = 0; i < query.out_roots_max; i++) {
		snprintf(name, sizeof(name), "root %u", i);
		ASSERT_EQ(0, raw_root_set(self->fd, name, self->a));
	}
	EXPECT_EQ(query.out_roots_max, HEAP_STAT(self->fd).out_roots);
	EXPECT_EQ(query.out_roots_max + 1, STAT(self->fd, self->a).out_handle_refs);
	EXPECT_EQ(-ENOSPC, raw_root_set(self->fd, "one more", self->b));
	EXPECT_EQ(-ENOSPC, raw_root_exchange(self->fd, "one more", self->b, &old));
	EXPECT_EQ(1, STAT(self->fd, self->b).out_handle_refs);
	/* Names that are there can still change, and make room. */
	EXPECT_EQ(0, raw_root_set(self->fd, "root 0", self->b));
	EXPECT_EQ(0, raw_root_set(self->fd, "root 1", 0));
	EXPECT_EQ(0, raw_root_set(self->fd, "one more", self->b));
	for (i = 2; i < query.out_roots_max; i++) {
		snprintf(name, sizeof(name), "root %u", i);
		ASSERT_EQ(0, raw_root_set(self->fd, name, 0));
	}
	EXPECT_EQ(2, HEAP_STAT(self->fd).out_roots);
	EXPECT_EQ(3, STAT(self->fd, self->b).out_handle_refs);
}

TEST_F(root, list_names_each_root_once_whatever_the_chunk)
{
	struct mheap_root_entry entries[8];
	__u32 chunk, written, total, i, seen;
	char name[MHEAP_ROOT_NAME_MAX];
	__u64 cursor;

	for (i = 0; i < 13; i++) {
		snprintf(name, sizeof(name), "%u", i);
		ASSERT_EQ(0, raw_root_set(self->fd, name, i & 1 ? self->a : self->b));
	}
	ASSERT_EQ(0, raw_root_set(self->fd, "5", 0));
	for (chunk = 1; chunk <= 8; chunk++) {
		cursor = 0;
		total = 0;
		seen = 0;
		do {
			memset(entries, 0xff, sizeof(entries));
			ASSERT_EQ(0, raw_root_list(self->fd, &cursor, entries, chunk, &written));
			ASSERT_LE(written, chunk);
			for (i = 0; i < written; i++) {
				__u32 number = atoi(entries[i].name);
				__u64 handle = number & 1 ? self->a : self->b;

				ASSERT_GT(13, number);
				EXPECT_FALSE(seen & 1U << number);
				seen |= 1U << number;
				EXPECT_EQ(STAT(self->fd, handle).out_object, entries[i].object);
				EXPECT_EQ(number & 1 ? 100 : 200, entries[i].type);
				EXPECT_EQ(0, entries[i].__reserved);
				EXPECT_EQ(0, entries[i].name[MHEAP_ROOT_NAME_MAX - 1]);
			}
			total += written;
			ASSERT_LE(total, 12);
		} while (cursor != DONE);
		EXPECT_EQ(12, total);
		EXPECT_EQ(0x1fff & ~(1U << 5), seen);
	}
}

TEST_F(root, list_of_no_roots_and_of_bad_counts)
{
	struct mheap_root_entry *entries = calloc(MHEAP_WALK_MAX, sizeof(*entries));
	__u64 cursor = 0;
	__u32 written = 9;

	ASSERT_NE(NULL, entries);
	ASSERT_EQ(0, raw_root_list(self->fd, &cursor, entries, MHEAP_WALK_MAX, &written));
	EXPECT_EQ(0, written);
	EXPECT_EQ(DONE, cursor);
	cursor = 0;
	EXPECT_EQ(-EINVAL, raw_root_list(self->fd, &cursor, entries, 0, &written));
	EXPECT_EQ(-EINVAL, raw_root_list(self->fd, &cursor, entries, MHEAP_WALK_MAX + 1, &written));
	EXPECT_EQ(-EINVAL, raw_root_list(self->fd, &cursor, entries, ~0U, &written));
	free(entries);
}

TEST_F(root, another_session_sees_the_roots)
{
	int fd = SECOND(self->fd, MHEAP_RIGHTS_ALL);
	__u64 handle, old;

	ASSERT_EQ(0, raw_root_set(self->fd, "shared", self->a));
	ASSERT_EQ(0, raw_root_get(fd, "shared", &handle));
	EXPECT_EQ(3, STAT(fd, handle).out_handle_refs);
	ASSERT_EQ(0, raw_root_exchange(fd, "shared", 0, &old));
	EXPECT_EQ(-ENOENT, raw_root_get(self->fd, "shared", &old));
	close(fd);
	EXPECT_TRUE(EVENTUALLY(STAT(self->fd, self->a).out_handle_refs == 1));
}

TEST(roots_go_with_the_heap)
{
	int fd = NEW_HEAP(NULL), heap_fd = EXPORT(fd, MHEAP_RIGHTS_ALL);
	__u64 handle = ALLOC(fd, 1, 0, 1);

	STORE(fd, handle, 0, handle);
	ASSERT_EQ(0, raw_root_set(fd, "a", handle));
	ASSERT_EQ(0, raw_root_set(fd, "b", handle));
	close(fd);
	close(heap_fd);
	/* A leak would show in the scan at the end of the machine. */
}

TEST_HARNESS_MAIN
