// SPDX-License-Identifier: GPL-2.0
/* Options of a heap that are changed while it lives, and who may do so. */
#include "mheap_harness.h"
#include "user.h"

#define MAX_BYTES	(64ULL << 20)
#define MAX_OBJECTS	2000ULL
#define HOUR		3600000U

static int raw_set(int fd, struct mheap_set set)
{
	set.size = sizeof(set);
	return raw_call(fd, MHEAP_CMD_SET, &set);
}

#define SET(fd, ...)	raw_set(fd, (struct mheap_set){ __VA_ARGS__ })
#define SET_BYTES(fd, value) SET(fd, .flags = MHEAP_SET_MAX_BYTES, .max_bytes = value)
#define SET_OBJECTS(fd, value) SET(fd, .flags = MHEAP_SET_MAX_OBJECTS, .max_objects = value)

static const struct mheap_create set_options = {
	.max_bytes = MAX_BYTES, .max_objects = MAX_OBJECTS,
	.suspect_age_ms = HOUR, .suspect_min = ~0U,
};

FIXTURE(set)
{
	int fd;
};

FIXTURE_SETUP(set)
{
	struct mheap_create options = set_options;

	self->fd = NEW_HEAP(&options);
}

FIXTURE_TEARDOWN(set)
{
	close(self->fd);
}

TEST_F(set, limits_are_set_and_shown)
{
	ASSERT_EQ(0, SET_BYTES(self->fd, 32 << 20));
	EXPECT_EQ(32 << 20, HEAP_STAT(self->fd).out_max_bytes);
	EXPECT_EQ(MAX_OBJECTS, HEAP_STAT(self->fd).out_max_objects);
	ASSERT_EQ(0, SET_OBJECTS(self->fd, 10));
	EXPECT_EQ(10, HEAP_STAT(self->fd).out_max_objects);
	ASSERT_EQ(0, SET(self->fd, .flags = MHEAP_SET_MAX_BYTES | MHEAP_SET_MAX_OBJECTS,
			 .max_bytes = MAX_BYTES, .max_objects = MAX_OBJECTS));
	EXPECT_EQ(MAX_BYTES, HEAP_STAT(self->fd).out_max_bytes);
	EXPECT_EQ(MAX_OBJECTS, HEAP_STAT(self->fd).out_max_objects);
	EXPECT_EQ(0, SET(self->fd, .flags = 0));
}

TEST_F(set, values_outside_of_their_ranges_are_refused)
{
	static const struct mheap_set bad[] = {
		{ .flags = MHEAP_SET_MAX_BYTES },
		{ .flags = MHEAP_SET_MAX_BYTES, .max_bytes = (1 << 20) - 1 },
		{ .flags = MHEAP_SET_MAX_BYTES, .max_bytes = MAX_BYTES + 1 },
		{ .flags = MHEAP_SET_MAX_BYTES, .max_bytes = ~0ULL },
		{ .flags = MHEAP_SET_MAX_OBJECTS },
		{ .flags = MHEAP_SET_MAX_OBJECTS, .max_objects = MAX_OBJECTS + 1 },
		{ .flags = MHEAP_SET_MAX_OBJECTS, .max_objects = ~0ULL },
		{ .flags = MHEAP_SET_SUSPECT_PERCENT },
		{ .flags = MHEAP_SET_SUSPECT_PERCENT, .suspect_percent = 1001 },
		{ .flags = MHEAP_SET_SUSPECT_MIN },
		{ .flags = MHEAP_SET_SUSPECT_AGE_MS },
		{ .flags = MHEAP_SET_SUSPECT_AGE_MS, .suspect_age_ms = 9 },
		{ .flags = MHEAP_SET_SUSPECT_AGE_MS, .suspect_age_ms = HOUR + 1 },
		/* What is right beside what is wrong is not done either. */
		{ .flags = MHEAP_SET_MAX_BYTES | MHEAP_SET_SUSPECT_MIN, .max_bytes = 2 << 20 },
		{ .flags = MHEAP_SET_MAX_BYTES | MHEAP_SET_MAX_OBJECTS, .max_bytes = 2 << 20 },
		{ .flags = MHEAP_SET_MAX_OBJECTS | MHEAP_SET_MAX_BYTES, .max_objects = 5 },
	}, good[] = {
		{ .flags = MHEAP_SET_MAX_BYTES, .max_bytes = 1 << 20 },
		{ .flags = MHEAP_SET_MAX_BYTES, .max_bytes = MAX_BYTES },
		{ .flags = MHEAP_SET_MAX_OBJECTS, .max_objects = 1 },
		{ .flags = MHEAP_SET_MAX_OBJECTS, .max_objects = MAX_OBJECTS },
		{ .flags = MHEAP_SET_SUSPECT_PERCENT, .suspect_percent = 1 },
		{ .flags = MHEAP_SET_SUSPECT_PERCENT, .suspect_percent = 1000 },
		{ .flags = MHEAP_SET_SUSPECT_MIN, .suspect_min = 1 },
		{ .flags = MHEAP_SET_SUSPECT_MIN, .suspect_min = ~0U },
		{ .flags = MHEAP_SET_SUSPECT_AGE_MS, .suspect_age_ms = 10 },
		{ .flags = MHEAP_SET_SUSPECT_AGE_MS, .suspect_age_ms = HOUR },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, raw_set(self->fd, bad[i])) {
			TH_LOG("bad number %u", i);
		}
		EXPECT_EQ(MAX_BYTES, HEAP_STAT(self->fd).out_max_bytes);
		EXPECT_EQ(MAX_OBJECTS, HEAP_STAT(self->fd).out_max_objects);
	}
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		EXPECT_EQ(0, raw_set(self->fd, good[i])) {
			TH_LOG("good number %u", i);
		}
	}
}

TEST_F(set, what_is_not_to_be_set_must_be_zero)
{
	static const struct mheap_set stray[] = {
		{ .max_bytes = MAX_BYTES }, { .max_objects = 10 }, { .suspect_percent = 5 },
		{ .suspect_min = 5 }, { .suspect_age_ms = 1000 },
	};
	struct mheap_set set;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(stray); i++) {
		EXPECT_EQ(-EINVAL, raw_set(self->fd, stray[i])) {
			TH_LOG("number %u", i);
		}
		/* Nor does another's flag excuse it. */
		set = stray[i];
		if (i) {
			set.flags = MHEAP_SET_MAX_BYTES;
			set.max_bytes = 2 << 20;
		} else {
			set.flags = MHEAP_SET_SUSPECT_MIN;
			set.suspect_min = 5;
		}
		EXPECT_EQ(-EINVAL, raw_set(self->fd, set)) {
			TH_LOG("number %u", i);
		}
	}
	EXPECT_EQ(-EINVAL, SET(self->fd, .__reserved = 1));
	EXPECT_EQ(-EOPNOTSUPP, SET(self->fd, .flags = MHEAP_SET_CPU_PERCENT << 1));
	EXPECT_EQ(MAX_BYTES, HEAP_STAT(self->fd).out_max_bytes);
}

TEST(a_heap_that_was_made_without_a_limit_of_objects_gets_none)
{
	int fd = NEW_HEAP(NULL);

	EXPECT_EQ(-EINVAL, SET_OBJECTS(fd, 10));
	EXPECT_EQ(-EINVAL, SET_OBJECTS(fd, 1ULL << 31));
	EXPECT_EQ(1ULL << 31, HEAP_STAT(fd).out_max_objects);
	close(fd);
}

TEST_F(set, it_takes_the_right_to_collect)
{
	int without = SECOND(self->fd, MHEAP_RIGHTS_ALL & ~MHEAP_RIGHT_COLLECT);
	int with = SECOND(self->fd, MHEAP_RIGHT_COLLECT);

	EXPECT_EQ(-EACCES, SET_BYTES(without, 2 << 20));
	EXPECT_EQ(-EACCES, SET(without, .flags = MHEAP_SET_SUSPECT_MIN, .suspect_min = 5));
	EXPECT_EQ(MAX_BYTES, HEAP_STAT(self->fd).out_max_bytes);
	EXPECT_EQ(0, SET_BYTES(with, 2 << 20));
	EXPECT_EQ(2 << 20, HEAP_STAT(self->fd).out_max_bytes);
	close(without);
	close(with);
}

TEST(who_made_a_heap_lowers_its_limits_and_does_not_raise_them)
{
	struct mheap_create options = set_options;
	int fd = SESSION();
	pid_t child;

	if (!running_as_root())
		SKIP(return, "to become another user takes root");
	child = fork_as(USER, false);
	ASSERT_LE(0, child);
	if (!child) {
		NEED(!raw_create(fd, &options));
		NEED(!SET_BYTES(fd, 8 << 20));
		NEED(!SET_OBJECTS(fd, 100));
		NEED(SET_BYTES(fd, (8 << 20) + 1) == -EPERM);
		NEED(SET_BYTES(fd, MAX_BYTES) == -EPERM);
		NEED(SET_OBJECTS(fd, 101) == -EPERM);
		/* What they are already is not more. */
		NEED(!SET_BYTES(fd, 8 << 20));
		NEED(!SET_OBJECTS(fd, 100));
		/* One of two that may not be set keeps the other from it. */
		NEED(SET(fd, .flags = MHEAP_SET_MAX_BYTES | MHEAP_SET_MAX_OBJECTS,
			 .max_bytes = 4 << 20, .max_objects = 200) == -EPERM);
		NEED(SET(fd, .flags = MHEAP_SET_SUSPECT_MIN | MHEAP_SET_MAX_BYTES,
			 .suspect_min = 1, .max_bytes = 9 << 20) == -EPERM);
		_exit(0);
	}
	ASSERT_EQ(0, end_of(child));
	EXPECT_EQ(8 << 20, HEAP_STAT(fd).out_max_bytes);
	EXPECT_EQ(100, HEAP_STAT(fd).out_max_objects);
	close(fd);
}

TEST_F(set, another_user_changes_no_limit_but_the_pace)
{
	pid_t child;

	if (!running_as_root())
		SKIP(return, "to become another user takes root");
	child = fork_as(USER, false);
	ASSERT_LE(0, child);
	if (!child) {
		NEED(SET_BYTES(self->fd, 2 << 20) == -EPERM);
		NEED(SET_BYTES(self->fd, MAX_BYTES) == -EPERM);
		NEED(SET_OBJECTS(self->fd, 10) == -EPERM);
		/* Bad values are bad before that. */
		NEED(SET_OBJECTS(self->fd, 0) == -EINVAL);
		NEED(!SET(self->fd, .flags = MHEAP_SET_SUSPECT_MIN, .suspect_min = 100));
		NEED(!SET(self->fd, .flags = MHEAP_SET_SUSPECT_PERCENT, .suspect_percent = 5));
		NEED(!SET(self->fd, .flags = MHEAP_SET_SUSPECT_AGE_MS, .suspect_age_ms = HOUR));
		_exit(0);
	}
	ASSERT_EQ(0, end_of(child));
	EXPECT_EQ(MAX_BYTES, HEAP_STAT(self->fd).out_max_bytes);
	EXPECT_EQ(MAX_OBJECTS, HEAP_STAT(self->fd).out_max_objects);
}

TEST_F(set, it_is_the_capability_that_counts)
{
	pid_t child;

	if (!running_as_root())
		SKIP(return, "to become another user takes root");
	child = fork_as(USER, true);
	ASSERT_LE(0, child);
	if (!child) {
		NEED(!SET_BYTES(self->fd, 2 << 20));
		NEED(!SET_BYTES(self->fd, 4 << 20));
		NEED(!SET_OBJECTS(self->fd, 10));
		NEED(!SET_OBJECTS(self->fd, 20));
		_exit(0);
	}
	ASSERT_EQ(0, end_of(child));
	/* Root without it is the maker of this heap, and no more than that. */
	child = fork_as(0, false);
	ASSERT_LE(0, child);
	if (!child) {
		NEED(SET_BYTES(self->fd, 8 << 20) == -EPERM);
		NEED(SET_OBJECTS(self->fd, 30) == -EPERM);
		NEED(!SET_BYTES(self->fd, 3 << 20));
		NEED(!SET_OBJECTS(self->fd, 15));
		_exit(0);
	}
	ASSERT_EQ(0, end_of(child));
	EXPECT_EQ(3 << 20, HEAP_STAT(self->fd).out_max_bytes);
	EXPECT_EQ(15, HEAP_STAT(self->fd).out_max_objects);
}

TEST_F(set, fewer_bytes_than_are_held_refuse_more_and_take_nothing)
{
	__u64 handle = ALLOC(self->fd, 1, 20 << 20, 0), other;
	__u64 memory = HEAP_STAT(self->fd).out_memory;
	char byte;

	ASSERT_EQ(0, raw_write(self->fd, handle, (20 << 20) - 1, "x", 1));
	ASSERT_EQ(0, SET_BYTES(self->fd, 4 << 20));
	EXPECT_EQ(memory, HEAP_STAT(self->fd).out_memory);
	EXPECT_EQ(4 << 20, HEAP_STAT(self->fd).out_max_bytes);
	EXPECT_EQ(-EDQUOT, raw_alloc(self->fd, 1, 100000, 0, &other));
	ASSERT_EQ(0, raw_read(self->fd, handle, (20 << 20) - 1, &byte, 1));
	EXPECT_EQ('x', byte);
	CLOSE(self->fd, handle);
	EXPECT_EQ(-EDQUOT, raw_alloc(self->fd, 1, 5 << 20, 0, &other));
	CLOSE(self->fd, ALLOC(self->fd, 1, 2 << 20, 0));
	ASSERT_EQ(0, SET_BYTES(self->fd, MAX_BYTES));
	CLOSE(self->fd, ALLOC(self->fd, 1, 40 << 20, 0));
	EXPECT_EMPTY(self->fd);
}

TEST_F(set, fewer_objects_than_there_are_refuse_more_and_take_nothing)
{
	__u64 handles[100], other;
	unsigned int i;

	for (i = 0; i < 100; i++)
		handles[i] = ALLOC(self->fd, 1, 0, i);
	ASSERT_EQ(0, SET_OBJECTS(self->fd, 10));
	EXPECT_EQ(100, heap_objects(self->fd));
	for (i = 99; i >= 10; i--) {
		EXPECT_EQ(-EDQUOT, raw_alloc(self->fd, 1, 0, 0, &other));
		EXPECT_EQ(i, STAT(self->fd, handles[i]).out_type);
		CLOSE(self->fd, handles[i]);
	}
	EXPECT_EQ(-EDQUOT, raw_alloc(self->fd, 1, 0, 0, &other));
	CLOSE(self->fd, handles[9]);
	ALLOC(self->fd, 1, 0, 0);
	EXPECT_EQ(-EDQUOT, raw_alloc(self->fd, 1, 0, 0, &other));
	ASSERT_EQ(0, SET_OBJECTS(self->fd, 11));
	ALLOC(self->fd, 1, 0, 0);
	EXPECT_EQ(-EDQUOT, raw_alloc(self->fd, 1, 0, 0, &other));
	EXPECT_EQ(11, heap_objects(self->fd));
}

/* No suspects are looked at without one, from the next one on. */
#define ONLY_COLLECTIONS(fd)						\
do {									\
	ASSERT_EQ(0, SET(fd, .flags = MHEAP_SET_LOCAL_OBJECTS,		\
			 .local_objects = 1));				\
	ASSERT_EQ(0, raw_collect(fd));					\
} while (0)

TEST_F(set, a_smaller_age_finds_what_has_waited)
{
	ONLY_COLLECTIONS(self->fd);
	DROP_RINGS(self->fd, 1);
	EXPECT_EQ(2, heap_objects(self->fd));
	ASSERT_EQ(0, SET(self->fd, .flags = MHEAP_SET_SUSPECT_AGE_MS, .suspect_age_ms = 10));
	EXPECT_TRUE(EVENTUALLY(heap_objects(self->fd) == 0));
	EXPECT_EQ(3, COLLECT_STAT(self->fd).out_last_cause);
	/* And what comes. */
	DROP_RINGS(self->fd, 1);
	EXPECT_TRUE(EVENTUALLY(heap_objects(self->fd) == 0));
}

TEST_F(set, a_smaller_number_of_suspects_is_passed_already)
{
	ONLY_COLLECTIONS(self->fd);
	DROP_RINGS(self->fd, 40);
	EXPECT_EQ(1, heap_collections(self->fd));
	ASSERT_EQ(0, SET(self->fd, .flags = MHEAP_SET_SUSPECT_MIN, .suspect_min = 81));
	DROP_RINGS(self->fd, 1);
	EXPECT_TRUE(EVENTUALLY(heap_objects(self->fd) == 0));
	EXPECT_EQ(2, COLLECT_STAT(self->fd).out_last_cause);
	DROP_RINGS(self->fd, 40);
	EXPECT_EQ(80, heap_objects(self->fd));
	ASSERT_EQ(0, SET(self->fd, .flags = MHEAP_SET_SUSPECT_MIN, .suspect_min = 80));
	EXPECT_TRUE(EVENTUALLY(heap_objects(self->fd) == 0));
}

TEST_F(set, a_smaller_percentage_of_suspects_is_passed_already)
{
	unsigned int i;

	ONLY_COLLECTIONS(self->fd);
	ASSERT_EQ(0, SET(self->fd, .flags = MHEAP_SET_SUSPECT_MIN | MHEAP_SET_SUSPECT_PERCENT,
			 .suspect_min = 1, .suspect_percent = 1000));
	for (i = 0; i < 1000; i++)
		ALLOC(self->fd, 0, 0, 0);
	ASSERT_EQ(0, SET(self->fd, .flags = MHEAP_SET_SUSPECT_PERCENT, .suspect_percent = 50));
	/* 200 of 1200 are not half of them, but they are a tenth. */
	DROP_RINGS(self->fd, 100);
	EXPECT_EQ(1, heap_collections(self->fd));
	EXPECT_EQ(1200, heap_objects(self->fd));
	ASSERT_EQ(0, SET(self->fd, .flags = MHEAP_SET_SUSPECT_PERCENT, .suspect_percent = 10));
	EXPECT_TRUE(EVENTUALLY(heap_objects(self->fd) == 1000));
	/* It is told of a collection when that has ended. */
	EXPECT_TRUE(EVENTUALLY(COLLECT_STAT(self->fd).out_last_cause == 2));
}

TEST_HARNESS_MAIN
