// SPDX-License-Identifier: GPL-2.0
/* Limits of users, of sessions and of all heaps: nobody takes what is not his. */
#include "mheap_harness.h"
#include "user.h"

#define MIB		(1ULL << 20)
#define HEAPS		3
#define HANDLES		10

static const char *const names[] = { "max_heaps_per_user", "max_session_handles", "max_bytes" };

/* Whoever changes a parameter gets it back as it was. */
FIXTURE(limit)
{
	unsigned long long before[ARRAY_SIZE(names)];
};

FIXTURE_SETUP(limit)
{
	unsigned int i;

	if (!running_as_root())
		SKIP_ALL("parameters are root's to change, and so are users");
	for (i = 0; i < ARRAY_SIZE(names); i++)
		self->before[i] = parameter(names[i]);
}

FIXTURE_TEARDOWN(limit)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		EXPECT_EQ(0, set_parameter(names[i], self->before[i]));
}

/* A heap for each of some sessions, which another user may not open. */
static int create_all(const int *fds, unsigned int count, struct mheap_create *options)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < count && !ret; i++)
		ret = raw_create(fds[i], options);
	return ret;
}

/* The same, when those that the user had in another test have gone. */
static bool create_all_soon(const int *fds, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (!EVENTUALLY(!raw_create(fds[i], NULL)))
			return false;
	return true;
}

#define SESSIONS(fds)							\
do {									\
	for (unsigned int at = 0; at < ARRAY_SIZE(fds); at++)		\
		(fds)[at] = SESSION();					\
} while (0)

#define CLOSE_ALL(fds)							\
do {									\
	for (unsigned int at = 0; at < ARRAY_SIZE(fds); at++)		\
		close((fds)[at]);					\
} while (0)

/* Is there room for one large payload? */
static bool fits(int fd, __u32 bytes)
{
	__u64 handle;

	return !raw_alloc(fd, 0, bytes, 0, &handle) && !raw_close(fd, handle);
}

/* All heaps may have so much, and those of other tests have gone out of the way. */
#define LIMIT_ALL(fd, bytes)						\
do {									\
	ASSERT_EQ(0, set_parameter("max_bytes", bytes));		\
	ASSERT_TRUE(EVENTUALLY(fits(fd, (bytes) - 4 * MIB)));		\
} while (0)

/* Payloads of a MiB until there is no room; the last of them is at @last. */
static int exhaust(int fd, __u64 *last, unsigned int *count)
{
	int ret;

	*count = 0;
	do {
		ret = raw_alloc(fd, 1, MIB, 0, last);
		*count += !ret;
	} while (!ret && *count < 10000);
	return ret;
}

TEST_F(limit, a_user_has_so_many_heaps)
{
	int fds[HEAPS + 2];
	pid_t child;

	ASSERT_EQ(0, set_parameter("max_heaps_per_user", HEAPS));
	SESSIONS(fds);
	child = fork_as(USER, false);
	ASSERT_LE(0, child);
	if (!child) {
		NEED(create_all_soon(fds, HEAPS));
		NEED(raw_create(fds[HEAPS], NULL) == -EUSERS);
		NEED(raw_create(fds[HEAPS], NULL) == -EUSERS);
		_exit(0);
	}
	ASSERT_EQ(0, end_of(child));
	/* They are the user's for as long as they live, and no longer. */
	close(fds[0]);
	fds[0] = SESSION();
	child = fork_as(USER, false);
	ASSERT_LE(0, child);
	if (!child) {
		NEED(EVENTUALLY(!raw_create(fds[HEAPS], NULL)));
		NEED(raw_create(fds[HEAPS + 1], NULL) == -EUSERS);
		_exit(0);
	}
	EXPECT_EQ(0, end_of(child));
	CLOSE_ALL(fds);
	SESSIONS(fds);
	child = fork_as(USER, false);
	ASSERT_LE(0, child);
	if (!child) {
		NEED(EVENTUALLY(!raw_create(fds[0], NULL)));
		NEED(EVENTUALLY(!raw_create(fds[1], NULL)));
		NEED(EVENTUALLY(!raw_create(fds[2], NULL)));
		NEED(raw_create(fds[3], NULL) == -EUSERS);
		_exit(0);
	}
	EXPECT_EQ(0, end_of(child));
	CLOSE_ALL(fds);
}

TEST_F(limit, a_heap_counts_while_a_descriptor_keeps_it)
{
	int fds[HEAPS + 1], heap_fd;
	pid_t child;

	ASSERT_EQ(0, set_parameter("max_heaps_per_user", HEAPS));
	SESSIONS(fds);
	child = fork_as(USER, false);
	ASSERT_LE(0, child);
	if (!child)
		_exit(create_all_soon(fds, HEAPS) ? 0 : 1);
	ASSERT_EQ(0, end_of(child));
	heap_fd = EXPORT(fds[0], 0);
	close(fds[0]);
	fds[0] = SESSION();
	child = fork_as(USER, false);
	ASSERT_LE(0, child);
	if (!child) {
		/* To join another's heap, or one's own, makes none. */
		NEED(!raw_join(fds[0], heap_fd));
		NEED(raw_create(fds[HEAPS], NULL) == -EUSERS);
		_exit(0);
	}
	EXPECT_EQ(0, end_of(child));
	close(fds[0]);
	fds[0] = SESSION();
	close(heap_fd);
	child = fork_as(USER, false);
	ASSERT_LE(0, child);
	if (!child)
		_exit(EVENTUALLY(!raw_create(fds[HEAPS], NULL)) ? 0 : 1);
	EXPECT_EQ(0, end_of(child));
	CLOSE_ALL(fds);
}

TEST_F(limit, heaps_that_could_not_be_made_do_not_count)
{
	struct mheap_create bad = { .suspect_percent = 1001 };
	int fds[HEAPS + 1];
	unsigned int i;
	pid_t child;

	ASSERT_EQ(0, set_parameter("max_heaps_per_user", HEAPS));
	ASSERT_EQ(0, set_parameter("max_bytes", 0));
	SESSIONS(fds);
	child = fork_as(USER, false);
	ASSERT_LE(0, child);
	if (!child) {
		for (i = 0; i < 3 * HEAPS; i++) {
			NEED(raw_create(fds[0], &bad) == -EINVAL);
			NEED(raw_create(fds[0], NULL) == -EDQUOT);
		}
		_exit(0);
	}
	EXPECT_EQ(0, end_of(child));
	ASSERT_EQ(0, set_parameter("max_bytes", self->before[2]));
	child = fork_as(USER, false);
	ASSERT_LE(0, child);
	if (!child) {
		NEED(create_all_soon(fds, HEAPS));
		NEED(raw_create(fds[HEAPS], NULL) == -EUSERS);
		_exit(0);
	}
	EXPECT_EQ(0, end_of(child));
	CLOSE_ALL(fds);
}

TEST_F(limit, each_user_has_his_own_heaps)
{
	int fds[HEAPS + 1], others[HEAPS + 1];
	pid_t child;

	ASSERT_EQ(0, set_parameter("max_heaps_per_user", HEAPS));
	SESSIONS(fds);
	SESSIONS(others);
	child = fork_as(USER, false);
	ASSERT_LE(0, child);
	if (!child)
		_exit(create_all(fds, HEAPS + 1, NULL) == -EUSERS ? 0 : 1);
	EXPECT_EQ(0, end_of(child));
	child = fork_as(OTHER, false);
	ASSERT_LE(0, child);
	if (!child) {
		NEED(create_all_soon(others, HEAPS));
		NEED(raw_create(others[HEAPS], NULL) == -EUSERS);
		_exit(0);
	}
	EXPECT_EQ(0, end_of(child));
	CLOSE_ALL(fds);
	CLOSE_ALL(others);
}

TEST_F(limit, who_has_CAP_SYS_RESOURCE_has_as_many_heaps_as_he_likes)
{
	int fds[3 * HEAPS], one = SESSION();
	pid_t child;

	ASSERT_EQ(0, set_parameter("max_heaps_per_user", HEAPS));
	SESSIONS(fds);
	child = fork_as(USER, true);
	ASSERT_LE(0, child);
	if (!child)
		_exit(create_all_soon(fds, ARRAY_SIZE(fds)) ? 0 : 1);
	EXPECT_EQ(0, end_of(child));
	/* They count all the same, for when he has it no more. */
	child = fork_as(USER, false);
	ASSERT_LE(0, child);
	if (!child)
		_exit(raw_create(one, NULL) == -EUSERS ? 0 : 1);
	EXPECT_EQ(0, end_of(child));
	ASSERT_EQ(0, set_parameter("max_heaps_per_user", 0));
	child = fork_as(0, false);
	ASSERT_LE(0, child);
	if (!child)
		_exit(raw_create(one, NULL) == -EUSERS ? 0 : 1);
	EXPECT_EQ(0, end_of(child));
	EXPECT_EQ(0, raw_create(one, NULL));
	close(one);
	CLOSE_ALL(fds);
}

TEST_F(limit, a_session_has_so_many_handles)
{
	static const struct {
		unsigned long long limit;
		__u32 asked, given;
	} table[] = {
		{ HANDLES, 0, HANDLES }, { HANDLES, HANDLES - 1, HANDLES - 1 },
		{ HANDLES, 1000, HANDLES }, { 1, 0, 1 }, { 0, 0, 1 },
		{ 1 << 30, 0, 1 << 23 }, { 1 << 30, 100, 100 },
	};
	struct mheap_join join = { .size = sizeof(join) };
	int fd = NEW_HEAP(NULL), other;
	__u64 object, copy;
	unsigned int i, j;

	join.heap_fd = EXPORT(fd, MHEAP_RIGHTS_ALL);
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		ASSERT_EQ(0, set_parameter("max_session_handles", table[i].limit));
		other = SESSION();
		join.max_handles = table[i].asked;
		ASSERT_EQ(0, raw_call(other, MHEAP_CMD_JOIN, &join));
		ASSERT_EQ(table[i].given, join.out_max_handles) {
			TH_LOG("number %u", i);
		}
		object = ALLOC(other, 0, 0, 0);
		for (j = 1; j < table[i].given && j < 1000; j++)
			DUP(other, object);
		if (j == table[i].given) {
			EXPECT_EQ(-EMFILE, raw_dup(other, object, &copy));
		}
		close(other);
	}
	/* Who has joined before has what he was told. */
	object = ALLOC(fd, 0, 0, 0);
	ASSERT_EQ(0, set_parameter("max_session_handles", 1));
	for (i = 0; i < 2 * HANDLES; i++)
		DUP(fd, object);
	close(join.heap_fd);
	close(fd);
}

TEST_F(limit, all_heaps_together_hold_so_much)
{
	int a = NEW_HEAP(NULL), b = NEW_HEAP(NULL);
	unsigned int count, more;
	__u64 last, other;

	LIMIT_ALL(a, 32 * MIB);
	ASSERT_EQ(-EDQUOT, exhaust(a, &last, &count));
	EXPECT_LT(24, count);
	EXPECT_LE(HEAP_STAT(a).out_memory + HEAP_STAT(b).out_memory, 32 * MIB);
	EXPECT_EQ(-EDQUOT, raw_alloc(b, 1, 2 * MIB, 0, &other));
	/* What the one gives back the other can have. */
	CLOSE(a, last);
	EXPECT_TRUE(EVENTUALLY(!raw_alloc(b, 1, MIB / 2, 0, &other)));
	EXPECT_LE(HEAP_STAT(a).out_memory + HEAP_STAT(b).out_memory, 32 * MIB);
	/* And when more may be had it is had. */
	ASSERT_EQ(0, set_parameter("max_bytes", 64 * MIB));
	ASSERT_EQ(-EDQUOT, exhaust(b, &last, &more));
	EXPECT_LE(16, more);
	EXPECT_LE(HEAP_STAT(a).out_memory + HEAP_STAT(b).out_memory, 64 * MIB);
	close(a);
	close(b);
}

TEST_F(limit, what_all_heaps_hold_may_be_more_than_a_lower_limit)
{
	int a = NEW_HEAP(NULL);
	__u64 last, other;
	unsigned int count;

	LIMIT_ALL(a, 32 * MIB);
	ASSERT_EQ(-EDQUOT, exhaust(a, &last, &count));
	ASSERT_EQ(0, set_parameter("max_bytes", 4 * MIB));
	EXPECT_EQ(count, heap_objects(a));
	CLOSE(a, last);
	EXPECT_EQ(-EDQUOT, raw_alloc(a, 1, MIB, 0, &other));
	EXPECT_EQ(-EDQUOT, raw_new_heap(NULL));
	close(a);
	/* The account of all is right: there is room when it is gone. */
	a = -1;
	EXPECT_TRUE(EVENTUALLY((a = raw_new_heap(NULL)) >= 0));
	/* It goes bit by bit: there may be room for a heap, and none in it yet. */
	EXPECT_TRUE(EVENTUALLY(!raw_alloc(a, 1, MIB, 0, &other)));
	close(a);
}

TEST_F(limit, a_reserved_heap_is_whole_or_not_at_all)
{
	struct mheap_create options = { .flags = MHEAP_CREATE_RESERVED, .max_bytes = 16 * MIB };
	int fd, more;

	ASSERT_EQ(0, set_parameter("max_bytes", 24 * MIB));
	fd = -1;
	EXPECT_TRUE(EVENTUALLY((fd = raw_new_heap(&options)) >= 0));
	ASSERT_LE(0, fd);
	EXPECT_LT(15 * MIB, HEAP_STAT(fd).out_memory);
	/* Of the second there is room for a part. */
	more = raw_new_heap(&options);
	EXPECT_EQ(-EDQUOT, more);
	if (more >= 0)
		close(more);
	close(fd);
}

TEST_F(limit, dead_cycles_make_room_under_the_limit_of_all_heaps)
{
	struct mheap_create options = { .suspect_age_ms = 3600000, .suspect_min = ~0U };
	int fd = NEW_HEAP(&options);
	unsigned int i, collections;
	__u64 object;

	LIMIT_ALL(fd, 32 * MIB);
	for (i = 0; i < 200; i++) {
		object = ALLOC(fd, 1, MIB, 0);
		STORE(fd, object, 0, object);
		CLOSE(fd, object);
	}
	collections = heap_collections(fd);
	EXPECT_LE(200 / 32, collections);
	EXPECT_GT(100, collections);
	EXPECT_EQ(4, COLLECT_STAT(fd).out_last_cause);
	close(fd);
}

TEST_F(limit, a_user_exhausts_only_what_is_his)
{
	struct mheap_create small = { .max_bytes = 8 * MIB, .max_objects = 5000 };
	struct mheap_create mine = { .max_bytes = 16 * MIB };
	int fds[HEAPS + 1], fd = NEW_HEAP(&mine);
	unsigned int count, i;
	int ready[2];
	__u64 handle;
	pid_t child;
	char byte;

	ASSERT_EQ(0, set_parameter("max_heaps_per_user", HEAPS));
	ASSERT_EQ(0, pipe(ready));
	SESSIONS(fds);
	child = fork_as(USER, false);
	ASSERT_LE(0, child);
	if (!child) {
		NEED(create_all(fds, HEAPS + 1, &small) == -EUSERS);
		for (i = 0; i < HEAPS; i++) {
			NEED(exhaust(fds[i], &handle, &count) == -EDQUOT && count > 3);
			do {
				NEED(!raw_alloc(fds[i], 2, 0, 0, &handle));
			} while (heap_objects(fds[i]) < 5000);
			NEED(raw_alloc(fds[i], 0, 0, 0, &handle) == -EDQUOT);
		}
		NEED(write(ready[1], "", 1) == 1);
		/* And goes on asking. */
		for (;;)
			raw_alloc(fds[i++ % HEAPS], 2, MIB, 0, &handle);
	}
	close(ready[1]);
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	for (i = 0; i < 50; i++) {
		handle = ALLOC(fd, 10, 12 * MIB, 0);
		STORE(fd, handle, 0, handle);
		CLOSE(fd, handle);
		close(NEW_HEAP(NULL));
	}
	EXPECT_EMPTY_AFTER_COLLECT(fd);
	kill(child, SIGKILL);
	end_of(child);
	CLOSE_ALL(fds);
	close(ready[0]);
	close(fd);
}

TEST_HARNESS_MAIN
