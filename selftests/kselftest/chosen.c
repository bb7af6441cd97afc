// SPDX-License-Identifier: GPL-2.0
/* Handles that the caller chooses. */
#include "mheap_harness.h"

FIXTURE(chosen)
{
	int fd;
	__u64 object;
};

HEAP_VARIANTS(chosen);

FIXTURE_SETUP(chosen)
{
	struct mheap_create options = {
		.max_bytes = variant->max_bytes, .flags = variant->flags,
	};

	self->fd = NEW_HEAP(&options);
	self->object = ALLOC(self->fd, 2, 8, 1);
}

FIXTURE_TEARDOWN(chosen)
{
	close(self->fd);
}

static int dup_as(int fd, __u64 handle, __u64 chosen)
{
	struct mheap_dup dup = {
		.size = sizeof(dup), .flags = MHEAP_CHOSEN,
		.handle = handle, .out_handle = chosen,
	};
	int ret = raw_call(fd, MHEAP_CMD_DUP, &dup);

	if (!ret && dup.out_handle != chosen)
		return -EIO;
	return ret;
}

static int load_as(int fd, __u64 object, __u32 index, __u64 chosen, __u64 *got)
{
	struct mheap_load load = {
		.size = sizeof(load), .flags = MHEAP_CHOSEN,
		.object = object, .handle = chosen, .index = index,
	};
	int ret = raw_call(fd, MHEAP_CMD_LOAD, &load);

	if (!ret)
		*got = load.handle;
	return ret;
}

static int alloc_as(int fd, __u32 type, __u64 chosen)
{
	struct mheap_alloc alloc = {
		.size = sizeof(alloc), .flags = MHEAP_CHOSEN,
		.slots = 1, .type = type, .handle = chosen,
	};
	int ret = raw_call(fd, MHEAP_CMD_ALLOC, &alloc);

	if (!ret && alloc.handle != chosen)
		return -EIO;
	return ret;
}

TEST_F(chosen, a_choice_is_the_next_generation_of_a_free_entry)
{
	__u64 generation;

	for (generation = 1; generation <= 300; generation++) {
		__u64 mine = chosen_handle(5, generation);

		EXPECT_EQ(-ENOENT, raw_close(self->fd, mine));
		ASSERT_EQ(0, dup_as(self->fd, self->object, mine));
		EXPECT_EQ(1, STAT(self->fd, mine).out_type);
		EXPECT_EQ(-EEXIST, dup_as(self->fd, self->object, mine));
		CLOSE(self->fd, mine);
		EXPECT_EQ(-ESTALE, dup_as(self->fd, self->object, mine));
		EXPECT_EQ(-ESTALE, raw_close(self->fd, mine));
	}
	EXPECT_EQ(1, heap_handles(self->fd));
	EXPECT_EQ(1, STAT(self->fd, self->object).out_handle_refs);
}

TEST_F(chosen, a_choice_that_skips_a_generation_is_EINVAL)
{
	static const __u64 skips[] = { 2, 3, 1000, 1ULL << 32, (1ULL << 40) - 1 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(skips); i++) {
		EXPECT_EQ(-EINVAL, dup_as(self->fd, self->object, chosen_handle(0, skips[i])));
	}
	ASSERT_EQ(0, dup_as(self->fd, self->object, chosen_handle(0, 1)));
	CLOSE(self->fd, chosen_handle(0, 1));
	for (i = 1; i < ARRAY_SIZE(skips); i++) {
		EXPECT_EQ(-EINVAL, dup_as(self->fd, self->object, chosen_handle(0, skips[i])));
	}
	ASSERT_EQ(0, dup_as(self->fd, self->object, chosen_handle(0, 2)));
	EXPECT_EQ(2, heap_handles(self->fd));
}

TEST_F(chosen, an_older_generation_than_the_one_in_use_is_ESTALE)
{
	ASSERT_EQ(0, dup_as(self->fd, self->object, chosen_handle(1, 1)));
	CLOSE(self->fd, chosen_handle(1, 1));
	ASSERT_EQ(0, dup_as(self->fd, self->object, chosen_handle(1, 2)));
	EXPECT_EQ(-ESTALE, dup_as(self->fd, self->object, chosen_handle(1, 1)));
	EXPECT_EQ(-EEXIST, dup_as(self->fd, self->object, chosen_handle(1, 2)));
	EXPECT_EQ(-ESTALE, raw_close(self->fd, chosen_handle(1, 1)));
	EXPECT_EQ(1, STAT(self->fd, chosen_handle(1, 2)).out_type);
	/* A generation that was not issued is not there, older or newer. */
	EXPECT_EQ(-ENOENT, raw_close(self->fd, chosen_handle(1, 3)));
}

TEST_F(chosen, a_choice_of_the_kernels_half_is_EINVAL)
{
	EXPECT_EQ(-EINVAL, dup_as(self->fd, self->object, 0));
	EXPECT_EQ(-EINVAL, dup_as(self->fd, self->object, self->object));
	EXPECT_EQ(-EINVAL, dup_as(self->fd, self->object, self->object + 1));
	EXPECT_EQ(-EINVAL, dup_as(self->fd, self->object, 1ULL << 24 | 1000));
	EXPECT_EQ(-EINVAL, alloc_as(self->fd, 1, 1ULL << 24 | 7));
	EXPECT_EQ(1, heap_handles(self->fd));
	EXPECT_EQ(1, heap_objects(self->fd));
}

TEST_F(chosen, generation_zero_cannot_be_chosen)
{
	EXPECT_EQ(-EINVAL, dup_as(self->fd, self->object, chosen_handle(0, 0)));
	EXPECT_EQ(-EINVAL, alloc_as(self->fd, 1, chosen_handle(100, 0)));
	EXPECT_EQ(1, heap_handles(self->fd));
}

TEST_F(chosen, entries_may_be_chosen_in_any_order)
{
	static const __u32 indices[] = {
		(1 << 23) - 1, 0, 70000, 1, 4096, 511, 512, 513, 1 << 22, 65535, 65536,
	};
	unsigned int i;

	if (variant->flags & MHEAP_CREATE_RESERVED)
		SKIP(return, "sessions of a reserved heap have fewer handles");
	for (i = 0; i < ARRAY_SIZE(indices); i++) {
		ASSERT_EQ(0, alloc_as(self->fd, 1000 + i, chosen_handle(indices[i], 1))) {
			TH_LOG("index %u", indices[i]);
		}
	}
	for (i = 0; i < ARRAY_SIZE(indices); i++) {
		EXPECT_EQ(1000 + i, STAT(self->fd, chosen_handle(indices[i], 1)).out_type);
	}
	EXPECT_EQ(ARRAY_SIZE(indices) + 1, heap_handles(self->fd));
	EXPECT_EQ(ARRAY_SIZE(indices) + 1, heap_objects(self->fd));
	for (i = 0; i < ARRAY_SIZE(indices); i++) {
		CLOSE(self->fd, chosen_handle(indices[i], 1));
	}
	EXPECT_EQ(1, heap_objects(self->fd));
}

TEST(an_index_beyond_the_limit_of_handles_cannot_be_chosen)
{
	struct mheap_create options = { .max_handles = 8 };
	int fd = NEW_HEAP(&options);
	static const __u32 bad[] = { 8, 9, 1000, 1 << 22, (1 << 23) - 1 };
	__u64 object = ALLOC(fd, 0, 0, 1);
	unsigned int i;

	for (i = 0; i < 8; i++) {
		EXPECT_EQ(0, dup_as(fd, object, chosen_handle(i, 1)));
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EMFILE, dup_as(fd, object, chosen_handle(bad[i], 1)));
		EXPECT_EQ(-EMFILE, alloc_as(fd, 2, chosen_handle(bad[i], 1)));
	}
	EXPECT_EQ(9, heap_handles(fd));
	EXPECT_EQ(1, heap_objects(fd));
	close(fd);
}

TEST_F(chosen, a_null_answer_leaves_the_choice_unused)
{
	__u64 mine = chosen_handle(2, 1), got = 1;
	struct mheap_exchange exchange = {
		.size = sizeof(exchange), .flags = MHEAP_CHOSEN,
		.object = self->object, .value = self->object, .out_handle = mine,
	};

	ASSERT_EQ(0, load_as(self->fd, self->object, 0, mine, &got));
	EXPECT_EQ(0, got);
	EXPECT_EQ(-ENOENT, raw_close(self->fd, mine));
	ASSERT_EQ(0, raw_call(self->fd, MHEAP_CMD_EXCHANGE, &exchange));
	EXPECT_EQ(0, exchange.out_handle);
	EXPECT_EQ(-ENOENT, raw_close(self->fd, mine));
	ASSERT_EQ(0, load_as(self->fd, self->object, 0, mine, &got));
	EXPECT_EQ(mine, got);
	exchange.out_handle = chosen_handle(3, 1);
	exchange.value = 0;
	ASSERT_EQ(0, raw_call(self->fd, MHEAP_CMD_EXCHANGE, &exchange));
	EXPECT_EQ(chosen_handle(3, 1), exchange.out_handle);
	EXPECT_EQ(3, STAT(self->fd, self->object).out_handle_refs);
	EXPECT_EQ(0, STAT(self->fd, self->object).out_slot_refs);
}

TEST_F(chosen, a_command_that_fails_leaves_the_choice_unused)
{
	__u64 mine = chosen_handle(4, 1), got;

	EXPECT_EQ(-ENOENT, dup_as(self->fd, chosen_handle(9, 1), mine));
	EXPECT_EQ(-ERANGE, load_as(self->fd, self->object, 2, mine, &got));
	EXPECT_EQ(-ENOENT, load_as(self->fd, chosen_handle(9, 1), 0, mine, &got));
	EXPECT_EQ(-ENOENT, raw_close(self->fd, mine));
	EXPECT_EQ(0, alloc_as(self->fd, 5, mine));
	EXPECT_EQ(5, STAT(self->fd, mine).out_type);
}

TEST_F(chosen, an_exchange_with_a_bad_choice_leaves_the_slot)
{
	__u64 mine = chosen_handle(0, 1);
	struct mheap_exchange exchange = {
		.size = sizeof(exchange), .flags = MHEAP_CHOSEN,
		.object = self->object, .value = 0,
	};
	static const struct {
		__u64 chosen;
		int ret;
	} bad[] = {
		{ 0, -EINVAL },
		{ 1ULL << 24 | MHEAP_HANDLE_CHOSEN, -EEXIST },
		{ 3ULL << 24 | MHEAP_HANDLE_CHOSEN | 1, -EINVAL },
		{ 1ULL << 24 | 4, -EINVAL },
	};
	unsigned int i;

	ASSERT_EQ(0, dup_as(self->fd, self->object, mine));
	STORE(self->fd, self->object, 0, self->object);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		exchange.out_handle = bad[i].chosen;
		EXPECT_EQ(bad[i].ret, raw_call(self->fd, MHEAP_CMD_EXCHANGE, &exchange)) {
			TH_LOG("choice %u", i);
		}
		EXPECT_EQ(bad[i].chosen, exchange.out_handle);
	}
	EXPECT_EQ(1, STAT(self->fd, self->object).out_slot_refs);
	EXPECT_EQ(2, STAT(self->fd, self->object).out_handle_refs);
}

TEST_F(chosen, the_two_halves_do_not_meet)
{
	unsigned int i;
	__u64 copy;

	for (i = 0; i < 200; i++) {
		ASSERT_EQ(0, dup_as(self->fd, self->object, chosen_handle(i, 1)));
		copy = DUP(self->fd, self->object);
		ASSERT_EQ(0, copy & MHEAP_HANDLE_CHOSEN);
		CLOSE(self->fd, i & 1 ? chosen_handle(i, 1) : copy);
	}
	EXPECT_EQ(201, heap_handles(self->fd));
}

TEST_F(chosen, each_session_chooses_for_itself)
{
	int fd = SECOND(self->fd, MHEAP_RIGHTS_ALL);

	ASSERT_EQ(0, alloc_as(self->fd, 10, chosen_handle(0, 1)));
	ASSERT_EQ(0, alloc_as(fd, 20, chosen_handle(0, 1)));
	EXPECT_EQ(10, STAT(self->fd, chosen_handle(0, 1)).out_type);
	EXPECT_EQ(20, STAT(fd, chosen_handle(0, 1)).out_type);
	close(fd);
	EXPECT_EQ(10, STAT(self->fd, chosen_handle(0, 1)).out_type);
}

TEST_F(chosen, without_the_flag_what_is_in_the_member_is_not_looked_at)
{
	struct mheap_alloc alloc = { .size = sizeof(alloc), .handle = ~0ULL };
	struct mheap_load load = {
		.size = sizeof(load), .object = self->object, .handle = chosen_handle(1, 1),
	};

	ASSERT_EQ(0, raw_call(self->fd, MHEAP_CMD_ALLOC, &alloc));
	EXPECT_EQ(0, alloc.handle & MHEAP_HANDLE_CHOSEN);
	ASSERT_EQ(0, raw_call(self->fd, MHEAP_CMD_LOAD, &load));
	EXPECT_EQ(0, load.handle);
}

TEST_HARNESS_MAIN
