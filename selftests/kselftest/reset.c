// SPDX-License-Identifier: GPL-2.0
/* MHEAP_RESET: an object is used again in its place. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "mheap_harness.h"

#define LARGE (16U << 20)

FIXTURE(reset)
{
	int fd;
	__u64 object;	/* three slots, 100 bytes, type 1 */
};

FIXTURE_SETUP(reset)
{
	struct mheap_create options = { .suspect_age_ms = 3600000, .suspect_min = ~0U };

	self->fd = NEW_HEAP(&options);
	self->object = ALLOC(self->fd, 3, 100, 1);
}

FIXTURE_TEARDOWN(reset)
{
	close(self->fd);
}

static bool all_zero(const char *bytes, size_t length)
{
	return !length || (!bytes[0] && !memcmp(bytes, bytes + 1, length - 1));
}

TEST_F(reset, slots_become_null_and_the_payload_zero)
{
	__u64 child = ALLOC(self->fd, 0, 0, 2);
	char data[100];
	unsigned int i;

	memset(data, 0x5a, sizeof(data));
	ASSERT_EQ(0, raw_write(self->fd, self->object, 0, data, sizeof(data)));
	for (i = 0; i < 3; i++)
		STORE(self->fd, self->object, i, i == 1 ? self->object : child);
	ASSERT_EQ(0, raw_reset(self->fd, self->object));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, LOAD(self->fd, self->object, i));
	}
	ASSERT_EQ(0, raw_read(self->fd, self->object, 0, data, sizeof(data)));
	EXPECT_TRUE(all_zero(data, sizeof(data)));
	EXPECT_EQ(0, STAT(self->fd, child).out_slot_refs);
	EXPECT_EQ(0, STAT(self->fd, self->object).out_slot_refs);
	/* It is as good as new. */
	STORE(self->fd, self->object, 2, child);
	ASSERT_EQ(0, raw_write(self->fd, self->object, 50, "x", 1));
}

TEST_F(reset, the_object_and_who_refers_to_it_stay)
{
	__u64 other = ALLOC(self->fd, 1, 0, 2), copy = DUP(self->fd, self->object), weak, strong;
	struct mheap_stat before, after;

	STORE(self->fd, other, 0, self->object);
	ASSERT_EQ(0, raw_root_set(self->fd, "root", self->object));
	weak = WEAKEN(self->fd, self->object);
	before = STAT(self->fd, self->object);
	ASSERT_EQ(0, raw_reset(self->fd, copy));
	after = STAT(self->fd, self->object);
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
	strong = UPGRADE(self->fd, weak);
	EXPECT_EQ(before.out_object, STAT(self->fd, strong).out_object);
	CLOSE(self->fd, strong);
	strong = LOAD(self->fd, other, 0);
	EXPECT_EQ(before.out_object, STAT(self->fd, strong).out_object);
	EXPECT_EQ(2, heap_objects(self->fd));
}

TEST_F(reset, what_only_its_slots_held_goes)
{
	__u64 child = ALLOC(self->fd, 1, 0, 2), grandchild = ALLOC(self->fd, 0, 0, 3);

	STORE(self->fd, child, 0, grandchild);
	STORE(self->fd, self->object, 0, child);
	CLOSE(self->fd, child);
	CLOSE(self->fd, grandchild);
	ASSERT_EQ(0, raw_reset(self->fd, self->object));
	EXPECT_TRUE(heap_drained(self->fd));
	EXPECT_EQ(1, heap_objects(self->fd));
}

TEST_F(reset, a_cycle_that_it_breaks_needs_no_collection)
{
	__u64 other = ALLOC(self->fd, 1, 0, 2);

	STORE(self->fd, self->object, 0, other);
	STORE(self->fd, other, 0, self->object);
	CLOSE(self->fd, other);
	ASSERT_EQ(0, raw_reset(self->fd, self->object));
	CLOSE(self->fd, self->object);
	EXPECT_EMPTY(self->fd);
	EXPECT_EQ(0, heap_collections(self->fd));
}

TEST_F(reset, objects_without_slots_or_payload_can_be_reset)
{
	__u64 bare = ALLOC(self->fd, 0, 0, 2), bytes = ALLOC(self->fd, 0, 9, 3);
	char data[9];

	EXPECT_EQ(0, raw_reset(self->fd, bare));
	ASSERT_EQ(0, raw_write(self->fd, bytes, 0, "12345678", 9));
	EXPECT_EQ(0, raw_reset(self->fd, bytes));
	ASSERT_EQ(0, raw_read(self->fd, bytes, 0, data, 9));
	EXPECT_TRUE(all_zero(data, 9));
}

TEST_F(reset, bad_handles_are_refused)
{
	__u64 stale = DUP(self->fd, self->object);

	CLOSE(self->fd, stale);
	EXPECT_EQ(-ESTALE, raw_reset(self->fd, stale));
	EXPECT_EQ(-ENOENT, raw_reset(self->fd, 0));
	EXPECT_EQ(-ENOENT, raw_reset(self->fd, self->object + 9));
}

TEST_F(reset, it_may_be_a_record_between_others)
{
	struct mheap_record records[5];
	char data[4] = "abc";

	records[0] = record_write(self->object, 0, "xyz", 4);
	records[1] = record_store(self->object, 0, self->object);
	records[2] = record_reset(self->object);
	records[3] = record_load(self->object, 0, 0);
	records[4] = record_read(self->object, 0, data, 4);
	ASSERT_EQ(0, raw_batch_all(self->fd, records, 5));
	EXPECT_EQ(0, ((struct mheap_load *)&records[3])->handle);
	EXPECT_TRUE(all_zero(data, 4));
	EXPECT_EQ(1, heap_handles(self->fd));
}

/* Let every slot of a wide object hold an object of its own that nobody else holds. */
static int fill(int fd, __u64 wide, __u32 slots)
{
	struct mheap_record records[600];
	__u32 slot = 0, i, n;
	__u64 generation;
	int ret = 0;

	for (generation = 1; !ret && slot < slots; generation++) {
		for (i = n = 0; i < 200 && slot < slots; i++, slot++) {
			records[n++] = record_alloc(0, 0, 3, chosen_handle(i, generation));
			records[n++] = record_store(wide, slot, chosen_handle(i, generation));
			records[n++] = record_close(chosen_handle(i, generation));
		}
		ret = raw_batch_all(fd, records, n);
	}
	return ret;
}

TEST_F_TIMEOUT(reset, a_million_slots_and_what_they_hold, LONG_TEST)
{
	__u64 wide = ALLOC(self->fd, MHEAP_SLOTS_MAX, 0, 2);
	__u64 number = STAT(self->fd, wide).out_object, cursor = 0;
	static __u64 listed[MHEAP_WALK_MAX];
	__u32 written;

	ASSERT_EQ(0, fill(self->fd, wide, MHEAP_SLOTS_MAX));
	EXPECT_EQ(MHEAP_SLOTS_MAX + 2, heap_objects(self->fd));
	ASSERT_EQ(0, raw_reset(self->fd, wide));
	EXPECT_TRUE(heap_drained(self->fd));
	EXPECT_EQ(2, heap_objects(self->fd));
	EXPECT_EQ(number, STAT(self->fd, wide).out_object);
	while (cursor != DONE) {
		ASSERT_EQ(0, raw_slot_list(self->fd, wide, &cursor, listed, MHEAP_WALK_MAX,
					   &written));
		ASSERT_TRUE(all_zero((char *)listed, written * sizeof(*listed)));
	}
}

TEST_F(reset, a_large_payload_is_zero_from_end_to_end)
{
	__u64 large = ALLOC(self->fd, 1, LARGE, 2);
	char *data = malloc(LARGE);

	ASSERT_NE(NULL, data);
	memset(data, 0xa5, LARGE);
	ASSERT_EQ(0, raw_write(self->fd, large, 0, data, LARGE));
	ASSERT_EQ(0, raw_reset(self->fd, large));
	ASSERT_EQ(0, raw_read(self->fd, large, 0, data, LARGE));
	EXPECT_TRUE(all_zero(data, LARGE));
	free(data);
}

struct resetter {
	int fd;
	volatile bool stop;
};

static void *collect_all_the_time(void *arg)
{
	struct resetter *resetter = arg;

	while (!resetter->stop)
		raw_collect(resetter->fd);
	return NULL;
}

TEST_F_TIMEOUT(reset, collections_meanwhile_take_nothing_that_lives, LONG_TEST)
{
	enum { SLOTS = 20000, ROUNDS = 10 };
	__u64 wide = ALLOC(self->fd, SLOTS, 0, 2), kept = ALLOC(self->fd, 1, 0, 3);
	struct resetter collector = { .fd = SECOND(self->fd, MHEAP_RIGHT_COLLECT) };
	pthread_t thread;
	__u64 got, chain;
	unsigned int i, round;

	ASSERT_EQ(0, pthread_create(&thread, NULL, collect_all_the_time, &collector));
	for (round = 0; round < ROUNDS; round++) {
		/* What is held by the slot that comes last is loaded from there first. */
		ASSERT_EQ(0, raw_store(self->fd, wide, SLOTS - 1, kept));
		chain = ALLOC(self->fd, 1, 0, 4);
		STORE(self->fd, kept, 0, chain);
		STORE(self->fd, chain, 0, kept);
		CLOSE(self->fd, chain);
		CLOSE(self->fd, kept);
		for (i = 0; i < SLOTS - 1; i++) {
			ASSERT_EQ(0, raw_store(self->fd, wide, i, self->object));
		}
		kept = LOAD(self->fd, wide, SLOTS - 1);
		ASSERT_EQ(0, raw_reset(self->fd, wide));
		EXPECT_EQ(0, STAT(self->fd, self->object).out_slot_refs);
		got = LOAD(self->fd, kept, 0);
		EXPECT_EQ(4, STAT(self->fd, got).out_type);
		CLOSE(self->fd, got);
	}
	collector.stop = true;
	ASSERT_EQ(0, pthread_join(thread, NULL));
	close(collector.fd);
	CLOSE(self->fd, kept);
	CLOSE(self->fd, wide);
	CLOSE(self->fd, self->object);
	EXPECT_EMPTY_AFTER_COLLECT(self->fd);
}

/* The first slot that is not null; all behind it must not be, either. */
static long first_left(int fd, __u64 wide, __u32 slots)
{
	static __u64 listed[MHEAP_WALK_MAX];
	__u64 cursor = 0;
	long first = slots, at = 0;
	__u32 written, i;

	while (cursor != DONE) {
		if (raw_slot_list(fd, wide, &cursor, listed, MHEAP_WALK_MAX, &written))
			return -1;
		for (i = 0; i < written; i++, at++) {
			if (listed[i] && at < first)
				first = at;
			if (!listed[i] && first < at)
				return -2;
		}
	}
	return first;
}

TEST_F_TIMEOUT(reset, who_is_killed_in_the_middle_leaves_the_rest_in_order, LONG_TEST)
{
	enum { ROUNDS = 12 };
	__u64 wide = ALLOC(self->fd, MHEAP_SLOTS_MAX, 0, 2), seed = 7;
	int heap_fd = EXPORT(self->fd, MHEAP_RIGHTS_ALL), status, pair[2];
	unsigned int round, middle = 0;
	char byte;
	long left;

	ASSERT_EQ(0, raw_root_set(self->fd, "wide", wide));
	ASSERT_EQ(0, fill(self->fd, wide, MHEAP_SLOTS_MAX));
	for (round = 0; round < ROUNDS; round++) {
		pid_t child;

		ASSERT_EQ(0, pipe(pair));
		child = fork();
		ASSERT_LE(0, child);
		if (!child) {
			int fd = raw_joined(heap_fd);
			__u64 mine;

			if (fd < 0 || raw_root_get(fd, "wide", &mine) ||
			    write(pair[1], "r", 1) != 1)
				_exit(1);
			_exit(raw_reset(fd, mine) ? 2 : 0);
		}
		ASSERT_EQ(1, read(pair[0], &byte, 1));
		usleep(random_below(&seed, 2000));
		kill(child, SIGKILL);
		ASSERT_EQ(child, waitpid(child, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status) || !WEXITSTATUS(status));
		close(pair[0]);
		close(pair[1]);
		left = first_left(self->fd, wide, MHEAP_SLOTS_MAX);
		ASSERT_LE(0, left);
		middle += left && left < (long)MHEAP_SLOTS_MAX;
		EXPECT_TRUE(EVENTUALLY(HEAP_STAT(self->fd).out_sessions == 1));
		EXPECT_TRUE(heap_drained(self->fd));
		EXPECT_EQ(MHEAP_SLOTS_MAX - left + 2, heap_objects(self->fd));
	}
	TH_LOG("%u of %u were killed in the middle", middle, ROUNDS);
	ASSERT_EQ(0, raw_reset(self->fd, wide));
	EXPECT_TRUE(heap_drained(self->fd));
	EXPECT_EQ(2, heap_objects(self->fd));
	close(heap_fd);
}

struct other_end {
	int fd;
	__u64 object;
	volatile bool stop;
	int ret;
};

static void *store_all_the_time(void *arg)
{
	struct other_end *end = arg;
	__u32 i;

	for (i = 0; !end->stop && !end->ret; i++)
		end->ret = raw_store(end->fd, end->object, i % 3, i & 1 ? end->object : 0);
	return NULL;
}

TEST_F(reset, another_session_may_store_meanwhile)
{
	struct other_end end = { .fd = SECOND(self->fd, MHEAP_RIGHTS_ALL) };
	pthread_t thread;
	unsigned int i;

	ASSERT_EQ(0, raw_root_set(self->fd, "object", self->object));
	ASSERT_EQ(0, raw_root_get(end.fd, "object", &end.object));
	ASSERT_EQ(0, pthread_create(&thread, NULL, store_all_the_time, &end));
	for (i = 0; i < 5000; i++) {
		ASSERT_EQ(0, raw_reset(self->fd, self->object));
	}
	end.stop = true;
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, end.ret);
	ASSERT_EQ(0, raw_reset(self->fd, self->object));
	EXPECT_EQ(0, STAT(self->fd, self->object).out_slot_refs);
	close(end.fd);
	ASSERT_EQ(0, raw_root_set(self->fd, "object", 0));
	EXPECT_TRUE(heap_alone(self->fd));
	CLOSE(self->fd, self->object);
	EXPECT_EMPTY_AFTER_COLLECT(self->fd);
}

TEST_HARNESS_MAIN
