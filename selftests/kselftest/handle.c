// SPDX-License-Identifier: GPL-2.0
/* Handles that the kernel picks: dup, close, stale, forged, other sessions'. */
#include <pthread.h>

#include "mheap_harness.h"

#define INDEX(handle) ((handle) & MHEAP_HANDLE_INDEX_MASK)
#define GENERATION(handle) ((handle) >> MHEAP_HANDLE_INDEX_BITS)

FIXTURE(handle)
{
	int fd;
	__u64 object;
};

HEAP_VARIANTS(handle);

FIXTURE_SETUP(handle)
{
	struct mheap_create options = {
		.max_bytes = variant->max_bytes, .flags = variant->flags,
	};

	self->fd = NEW_HEAP(&options);
	self->object = ALLOC(self->fd, 1, 8, 1);
}

FIXTURE_TEARDOWN(handle)
{
	close(self->fd);
}

TEST_F(handle, the_kernel_picks_entries_without_the_chosen_bit)
{
	__u64 copy;
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		copy = DUP(self->fd, self->object);
		ASSERT_EQ(0, copy & MHEAP_HANDLE_CHOSEN);
		ASSERT_EQ(1, GENERATION(copy));
		ASSERT_NE(0, copy);
	}
	EXPECT_EQ(1001, heap_handles(self->fd));
	EXPECT_EQ(1001, STAT(self->fd, copy).out_handle_refs);
}

TEST_F(handle, a_generation_grows_by_one_each_time)
{
	__u64 last[64] = {}, copy;
	unsigned int i, reused = 0;

	for (i = 0; i < 2000; i++) {
		copy = DUP(self->fd, self->object);
		if (INDEX(copy) < ARRAY_SIZE(last)) {
			__u64 *seen = &last[INDEX(copy)];

			ASSERT_EQ(*seen + 1, GENERATION(copy));
			reused += *seen != 0;
			(*seen)++;
		}
		CLOSE(self->fd, copy);
	}
	/* Entries are used again: the table does not grow for ever. */
	EXPECT_LT(0, reused);
	EXPECT_EQ(1, heap_handles(self->fd));
}

TEST_F(handle, dup_makes_another_name_of_the_same_object)
{
	__u64 copy = DUP(self->fd, self->object);

	EXPECT_NE(self->object, copy);
	EXPECT_EQ(STAT(self->fd, self->object).out_object, STAT(self->fd, copy).out_object);
	EXPECT_EQ(2, STAT(self->fd, copy).out_handle_refs);
	CLOSE(self->fd, self->object);
	EXPECT_EQ(1, STAT(self->fd, copy).out_handle_refs);
	EXPECT_EQ(1, heap_objects(self->fd));
	CLOSE(self->fd, copy);
	EXPECT_EMPTY(self->fd);
}

TEST_F(handle, an_object_is_gone_when_its_last_handle_was_closed)
{
	CLOSE(self->fd, self->object);
	EXPECT_EQ(0, heap_objects(self->fd));
	EXPECT_EQ(0, heap_bytes(self->fd));
	EXPECT_EQ(1, HEAP_STAT(self->fd).out_freed_count);
	EXPECT_EQ(0, heap_handles(self->fd));
}

TEST_F(handle, a_closed_handle_is_ESTALE_for_ever)
{
	__u64 stale = DUP(self->fd, self->object), copy;
	struct mheap_stat stat;
	unsigned int i;

	CLOSE(self->fd, stale);
	for (i = 0; i < 500; i++) {
		ASSERT_EQ(-ESTALE, raw_close(self->fd, stale));
		ASSERT_EQ(-ESTALE, raw_stat(self->fd, stale, &stat));
		ASSERT_EQ(-ESTALE, raw_dup(self->fd, stale, &copy));
		copy = DUP(self->fd, self->object);
		ASSERT_NE(stale, copy);
		CLOSE(self->fd, copy);
	}
	EXPECT_EQ(1, STAT(self->fd, self->object).out_handle_refs);
}

TEST_F(handle, forged_handles_are_ENOENT)
{
	__u64 index = INDEX(self->object), forged[] = {
		0, 1, index, 5, (2ULL << 24) | index, (1ULL << 24) | (index + 1),
		(1ULL << 24) | ((1ULL << 23) - 1), ~0ULL, ~0ULL << 24,
		(~0ULL << 24) | index, 1ULL << 63, MHEAP_HANDLE_CHOSEN,
		chosen_handle(0, 1), chosen_handle(77, 3), chosen_handle((1 << 23) - 1, 1),
		(7ULL << 24) | 12345, -1ULL >> 1, (1ULL << 40) | 1 << 22,
	};
	struct mheap_stat stat;
	unsigned int i;
	__u64 copy;

	for (i = 0; i < ARRAY_SIZE(forged); i++) {
		EXPECT_EQ(-ENOENT, raw_stat(self->fd, forged[i], &stat)) {
			TH_LOG("handle %#llx", forged[i]);
		}
		EXPECT_EQ(-ENOENT, raw_close(self->fd, forged[i])) {
			TH_LOG("handle %#llx", forged[i]);
		}
		EXPECT_EQ(-ENOENT, raw_dup(self->fd, forged[i], &copy)) {
			TH_LOG("handle %#llx", forged[i]);
		}
	}
	EXPECT_EQ(1, heap_handles(self->fd));
}

TEST_F(handle, random_numbers_never_resolve)
{
	__u64 seed = 4711, number, copy;
	struct mheap_stat stat;
	unsigned int i;
	int ret;

	for (i = 0; i < 10000; i++) {
		number = random_next(&seed) << 32 ^ random_next(&seed);
		if (i & 1)
			number &= 0x3ffffffff;
		if (number == self->object)
			continue;
		ret = raw_stat(self->fd, number, &stat);
		ASSERT_EQ(-ENOENT, ret);
		ret = raw_dup(self->fd, number, &copy);
		ASSERT_EQ(-ENOENT, ret);
	}
}

TEST_F(handle, handles_of_other_sessions_mean_nothing_here)
{
	int fd = SECOND(self->fd, MHEAP_RIGHTS_ALL);
	struct mheap_stat stat;
	__u64 theirs[10];
	unsigned int i;

	for (i = 0; i < 10; i++)
		theirs[i] = DUP(self->fd, self->object);
	EXPECT_EQ(0, heap_handles(fd));
	for (i = 0; i < 10; i++) {
		EXPECT_EQ(-ENOENT, raw_stat(fd, theirs[i], &stat));
		EXPECT_EQ(-ENOENT, raw_close(fd, theirs[i]));
	}
	EXPECT_EQ(11, STAT(self->fd, self->object).out_handle_refs);
	/* The same number may name another object here. */
	theirs[0] = ALLOC(fd, 0, 0, 99);
	EXPECT_EQ(99, STAT(fd, theirs[0]).out_type);
	EXPECT_EQ(1, STAT(self->fd, self->object).out_type);
	close(fd);
	EXPECT_TRUE(EVENTUALLY(heap_objects(self->fd) == 1));
}

TEST_F(handle, handles_of_a_closed_session_go)
{
	int fd = SECOND(self->fd, MHEAP_RIGHTS_ALL);
	__u64 handle;
	unsigned int i;

	ASSERT_EQ(0, raw_root_set(self->fd, "r", self->object));
	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, raw_root_get(fd, "r", &handle));
	}
	for (i = 0; i < 100; i++)
		ALLOC(fd, 0, 0, 2);
	EXPECT_EQ(102, STAT(self->fd, self->object).out_handle_refs);
	EXPECT_EQ(101, heap_objects(self->fd));
	close(fd);
	EXPECT_TRUE(EVENTUALLY(STAT(self->fd, self->object).out_handle_refs == 2));
	EXPECT_TRUE(EVENTUALLY(heap_objects(self->fd) == 1));
}

TEST(the_limit_of_handles_is_EMFILE_in_each_half)
{
	struct mheap_create options = { .max_handles = 16 };
	int fd = NEW_HEAP(&options);
	__u64 handles[16], other;
	unsigned int i;

	for (i = 0; i < 16; i++)
		handles[i] = ALLOC(fd, 1, 0, i);
	STORE(fd, handles[0], 0, handles[1]);
	EXPECT_EQ(-EMFILE, raw_alloc(fd, 0, 0, 0, &other));
	EXPECT_EQ(-EMFILE, raw_dup(fd, handles[0], &other));
	EXPECT_EQ(-EMFILE, raw_load(fd, handles[0], 0, &other));
	EXPECT_EQ(-EMFILE, raw_exchange(fd, handles[0], 0, handles[2], &other));
	EXPECT_EQ(1, STAT(fd, handles[1]).out_slot_refs);
	EXPECT_EQ(16, heap_objects(fd));
	EXPECT_EQ(16, heap_handles(fd));
	/* Even where the answer would be null. */
	EXPECT_EQ(-EMFILE, raw_load(fd, handles[2], 0, &other));
	EXPECT_EQ(-EMFILE, raw_exchange(fd, handles[2], 0, handles[3], &other));
	EXPECT_EQ(-EMFILE, raw_root_exchange(fd, "none", handles[3], &other));
	EXPECT_EQ(0, STAT(fd, handles[3]).out_slot_refs);
	EXPECT_EQ(0, HEAP_STAT(fd).out_roots);
	/* The other half is not touched by that. */
	{
		struct mheap_dup dup = {
			.size = sizeof(dup), .flags = MHEAP_CHOSEN,
			.handle = handles[0], .out_handle = chosen_handle(15, 1),
		};

		EXPECT_EQ(0, raw_call(fd, MHEAP_CMD_DUP, &dup));
	}
	CLOSE(fd, handles[5]);
	EXPECT_EQ(0, raw_dup(fd, handles[0], &other));
	EXPECT_EQ(-EMFILE, raw_dup(fd, handles[0], &other));
	close(fd);
}

TEST(a_root_exchange_beyond_the_limit_of_handles_changes_nothing)
{
	struct mheap_create options = { .max_handles = 2 };
	int fd = NEW_HEAP(&options);
	__u64 a = ALLOC(fd, 0, 0, 1), b = ALLOC(fd, 0, 0, 2), old;

	ASSERT_EQ(0, raw_root_set(fd, "r", a));
	EXPECT_EQ(-EMFILE, raw_root_exchange(fd, "r", b, &old));
	EXPECT_EQ(-EMFILE, raw_root_exchange(fd, "r", 0, &old));
	EXPECT_EQ(-EMFILE, raw_root_get(fd, "r", &old));
	EXPECT_EQ(2, STAT(fd, a).out_handle_refs);
	EXPECT_EQ(1, STAT(fd, b).out_handle_refs);
	close(fd);
}

TEST_F(handle, a_joined_session_has_its_own_limit)
{
	struct mheap_join join = { .size = sizeof(join), .max_handles = 3 };
	int heap_fd = EXPORT(self->fd, MHEAP_RIGHTS_ALL), fd = SESSION();
	__u64 handle;
	unsigned int i;

	join.heap_fd = heap_fd;
	join.max_handles = (1U << 23) + 1;
	EXPECT_EQ(-EINVAL, raw_call(fd, MHEAP_CMD_JOIN, &join));
	join.max_handles = 3;
	ASSERT_EQ(0, raw_call(fd, MHEAP_CMD_JOIN, &join));
	for (i = 0; i < 3; i++)
		ALLOC(fd, 0, 0, 0);
	EXPECT_EQ(-EMFILE, raw_alloc(fd, 0, 0, 0, &handle));
	for (i = 0; i < 10; i++)
		ALLOC(self->fd, 0, 0, 0);
	close(fd);
	close(heap_fd);
}

struct churner {
	int fd, failed;
	__u64 object;
};

static void *churn(void *arg)
{
	struct churner *churner = arg;
	__u64 copies[32];
	unsigned int i, j;

	for (i = 0; i < 300; i++) {
		for (j = 0; j < 32; j++)
			if (raw_dup(churner->fd, churner->object, &copies[j]))
				churner->failed = __LINE__;
		for (j = 0; j < 32; j++) {
			if (raw_close(churner->fd, copies[j]))
				churner->failed = __LINE__;
			if (raw_close(churner->fd, copies[j]) != -ESTALE)
				churner->failed = __LINE__;
		}
	}
	return NULL;
}

TEST_F(handle, threads_may_share_a_session)
{
	struct churner churners[4];
	pthread_t threads[4];
	unsigned int i;

	for (i = 0; i < 4; i++) {
		churners[i] = (struct churner){ .fd = self->fd, .object = self->object };
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, churn, &churners[i]));
	}
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
		EXPECT_EQ(0, churners[i].failed);
	}
	EXPECT_EQ(1, heap_handles(self->fd));
	EXPECT_EQ(1, STAT(self->fd, self->object).out_handle_refs);
}

TEST_F(handle, a_hundred_thousand_handles_keep_their_objects_apart)
{
	enum { COUNT = 100000, CHUNK = 1000 };
	struct mheap_record *records = calloc(CHUNK, sizeof(*records));
	__u64 *handles = calloc(COUNT, sizeof(*handles)), seed = 8;
	unsigned int i, j;

	if (variant->flags & MHEAP_CREATE_RESERVED)
		SKIP(return, "sessions of a reserved heap have fewer handles");
	ASSERT_NE(NULL, records);
	ASSERT_NE(NULL, handles);
	for (i = 0; i < COUNT; i += CHUNK) {
		for (j = 0; j < CHUNK; j++)
			records[j] = record_alloc(0, 0, i + j, 0);
		ASSERT_EQ(0, raw_batch_all(self->fd, records, CHUNK));
		for (j = 0; j < CHUNK; j++)
			handles[i + j] = ((struct mheap_alloc *)&records[j])->handle;
	}
	EXPECT_EQ(COUNT + 1, heap_handles(self->fd));
	for (i = 0; i < 2000; i++) {
		j = random_below(&seed, COUNT);
		ASSERT_EQ(j, STAT(self->fd, handles[j]).out_type);
	}
	for (i = 0; i < COUNT; i += CHUNK) {
		for (j = 0; j < CHUNK; j++)
			records[j] = record_close(handles[i + j]);
		ASSERT_EQ(0, raw_batch_all(self->fd, records, CHUNK));
	}
	EXPECT_EQ(1, heap_handles(self->fd));
	EXPECT_EQ(1, heap_objects(self->fd));
	free(handles);
	free(records);
}

TEST_HARNESS_MAIN
