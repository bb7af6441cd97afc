// SPDX-License-Identifier: GPL-2.0
/* Collections that are asked for: dead cycles of all shapes go, living stay. */
#include <pthread.h>

#include "mheap_harness.h"

FIXTURE(collect)
{
	int fd;
};

FIXTURE_SETUP(collect)
{
	/* Only what the test asks for. */
	struct mheap_create options = {
		.suspect_age_ms = 3600000, .suspect_min = ~0U, .suspect_percent = 1000,
	};

	self->fd = NEW_HEAP(&options);
}

FIXTURE_TEARDOWN(collect)
{
	struct mheap_collect_stat stat;

	EXPECT_EQ(0, raw_collect_stat(self->fd, &stat));
	EXPECT_EQ(0, stat.out_verify_failures);
	close(self->fd);
}

#define MAKE(count, slots)						\
do {									\
	for (i = 0; i < (count); i++)					\
		h[i] = ALLOC(self->fd, slots, i % 100, i);		\
} while (0)

#define CLOSE_ALL(count)						\
do {									\
	for (i = 0; i < (count); i++)					\
		CLOSE(self->fd, h[i]);					\
} while (0)

/* All handles closed: nothing went by counting, everything by collecting. */
#define EXPECT_COLLECTED(count)						\
do {									\
	CLOSE_ALL(count);						\
	EXPECT_TRUE(heap_drained(self->fd));				\
	EXPECT_EQ(count, heap_objects(self->fd));			\
	EXPECT_EMPTY_AFTER_COLLECT(self->fd);				\
	EXPECT_EQ(count, HEAP_STAT(self->fd).out_freed_collect);	\
	EXPECT_EQ(0, HEAP_STAT(self->fd).out_freed_count);		\
	EXPECT_EQ(count, COLLECT_STAT(self->fd).out_last_freed);	\
	EXPECT_EQ(count, COLLECT_STAT(self->fd).out_total_freed);	\
} while (0)

TEST_F(collect, an_object_that_refers_to_itself)
{
	__u64 h[1];
	unsigned int i;

	MAKE(1, 3);
	STORE(self->fd, h[0], 1, h[0]);
	EXPECT_COLLECTED(1);
}

TEST_F(collect, a_ring)
{
	__u64 h[100];
	unsigned int i;

	MAKE(100, 1);
	for (i = 0; i < 100; i++) {
		STORE(self->fd, h[i], 0, h[(i + 1) % 100]);
	}
	EXPECT_COLLECTED(100);
}

TEST_F(collect, a_doubly_linked_list)
{
	__u64 h[100];
	unsigned int i;

	MAKE(100, 2);
	for (i = 0; i + 1 < 100; i++) {
		STORE(self->fd, h[i], 0, h[i + 1]);
		STORE(self->fd, h[i + 1], 1, h[i]);
	}
	EXPECT_COLLECTED(100);
}

TEST_F(collect, a_complete_graph)
{
	__u64 h[20];
	unsigned int i, j;

	MAKE(20, 20);
	for (i = 0; i < 20; i++) {
		for (j = 0; j < 20; j++) {
			STORE(self->fd, h[i], j, h[j]);
		}
	}
	EXPECT_COLLECTED(20);
}

TEST_F(collect, rings_that_share_an_object)
{
	__u64 h[21];
	unsigned int i;

	MAKE(21, 2);
	for (i = 0; i < 10; i++) {
		STORE(self->fd, h[i], 0, h[i + 1]);
		STORE(self->fd, h[10 + i], i ? 0 : 1, h[11 + i]);
	}
	STORE(self->fd, h[10], 0, h[0]);
	STORE(self->fd, h[20], 0, h[10]);
	EXPECT_COLLECTED(21);
}

TEST_F(collect, a_hub_with_many_spokes)
{
	__u64 h[300];
	unsigned int i;

	h[0] = ALLOC(self->fd, 300, 0, 0);
	for (i = 1; i < 300; i++) {
		h[i] = ALLOC(self->fd, 1, 10, i);
		STORE(self->fd, h[0], i, h[i]);
		STORE(self->fd, h[i], 0, h[0]);
	}
	EXPECT_COLLECTED(300);
}

TEST_F(collect, a_chain_that_leads_into_a_ring_goes_by_count_and_the_ring_by_collection)
{
	__u64 h[20];
	unsigned int i;

	MAKE(20, 1);
	for (i = 0; i < 19; i++) {
		STORE(self->fd, h[i], 0, h[i + 1]);
	}
	STORE(self->fd, h[19], 0, h[10]);
	CLOSE_ALL(20);
	EXPECT_TRUE(heap_drained(self->fd));
	EXPECT_EQ(10, heap_objects(self->fd));
	EXPECT_EQ(10, HEAP_STAT(self->fd).out_freed_count);
	EXPECT_EMPTY_AFTER_COLLECT(self->fd);
	EXPECT_EQ(10, HEAP_STAT(self->fd).out_freed_collect);
}

TEST_F(collect, what_hangs_off_a_ring_goes_with_it)
{
	__u64 h[20];
	unsigned int i;

	MAKE(20, 3);
	STORE(self->fd, h[0], 0, h[1]);
	STORE(self->fd, h[1], 0, h[0]);
	STORE(self->fd, h[1], 1, h[2]);
	for (i = 2; i < 19; i++) {
		STORE(self->fd, h[i], i % 3, h[i + 1]);
	}
	CLOSE_ALL(20);
	EXPECT_EQ(20, heap_objects(self->fd));
	EXPECT_EMPTY_AFTER_COLLECT(self->fd);
}

TEST_F(collect, a_ring_that_refers_to_the_living_lets_go_of_them)
{
	__u64 h[3];
	unsigned int i;

	MAKE(3, 2);
	STORE(self->fd, h[0], 0, h[1]);
	STORE(self->fd, h[1], 0, h[0]);
	STORE(self->fd, h[0], 1, h[2]);
	STORE(self->fd, h[1], 1, h[2]);
	CLOSE(self->fd, h[0]);
	CLOSE(self->fd, h[1]);
	EXPECT_EQ(2, STAT(self->fd, h[2]).out_slot_refs);
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(1, heap_objects(self->fd));
	EXPECT_EQ(0, STAT(self->fd, h[2]).out_slot_refs);
	EXPECT_EQ(1, STAT(self->fd, h[2]).out_handle_refs);
	CLOSE(self->fd, h[2]);
	EXPECT_EMPTY(self->fd);
}

TEST_F(collect, a_ring_that_a_living_object_refers_to_is_kept)
{
	__u64 h[4];
	unsigned int i;

	MAKE(4, 2);
	STORE(self->fd, h[0], 0, h[1]);
	STORE(self->fd, h[1], 0, h[2]);
	STORE(self->fd, h[2], 0, h[3]);
	STORE(self->fd, h[3], 0, h[1]);
	for (i = 1; i < 4; i++) {
		CLOSE(self->fd, h[i]);
	}
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(4, heap_objects(self->fd));
	EXPECT_EQ(4, COLLECT_STAT(self->fd).out_last_marked);
	EXPECT_EQ(0, COLLECT_STAT(self->fd).out_last_freed);
	for (i = 1; i < 4; i++) {
		h[i] = LOAD(self->fd, h[i - 1], 0);
		EXPECT_EQ(i, STAT(self->fd, h[i]).out_type);
	}
	STORE(self->fd, h[0], 0, 0);
	CLOSE_ALL(4);
	EXPECT_EMPTY_AFTER_COLLECT(self->fd);
}

TEST_F(collect, a_ring_under_a_root_is_kept)
{
	__u64 h[50];
	unsigned int i;

	MAKE(50, 1);
	for (i = 0; i < 50; i++) {
		STORE(self->fd, h[i], 0, h[(i + 1) % 50]);
	}
	ASSERT_EQ(0, raw_root_set(self->fd, "ring", h[7]));
	CLOSE_ALL(50);
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(50, heap_objects(self->fd));
	ASSERT_EQ(0, raw_root_set(self->fd, "ring", 0));
	EXPECT_EQ(50, heap_objects(self->fd));
	EXPECT_EMPTY_AFTER_COLLECT(self->fd);
}

TEST_F(collect, a_ring_made_by_two_sessions)
{
	int fd = SECOND(self->fd, MHEAP_RIGHTS_ALL);
	__u64 mine = ALLOC(self->fd, 1, 0, 1), theirs = ALLOC(fd, 1, 0, 2), handle;

	ASSERT_EQ(0, raw_root_set(self->fd, "mine", mine));
	ASSERT_EQ(0, raw_root_get(fd, "mine", &handle));
	STORE(fd, theirs, 0, handle);
	STORE(fd, handle, 0, theirs);
	ASSERT_EQ(0, raw_root_set(fd, "mine", 0));
	CLOSE(self->fd, mine);
	/* One session still holds it: nothing may go. */
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(2, heap_objects(self->fd));
	close(fd);
	EXPECT_TRUE(heap_alone(self->fd));
	EXPECT_EMPTY_AFTER_COLLECT(self->fd);
}

TEST_F(collect, covers_the_sessions_that_were_closed_before_it)
{
	enum { RINGS = 30000 };
	struct mheap_record *records = calloc(2 * RINGS, sizeof(*records));
	int fds[3];
	__u32 i, j;

	ASSERT_NE(NULL, records);
	for (i = 0; i < RINGS; i++) {
		records[2 * i] = record_alloc(1, 0, i, chosen_handle(i, 1));
		records[2 * i + 1] = record_store(chosen_handle(i, 1), 0, chosen_handle(i, 1));
	}
	for (j = 0; j < 3; j++) {
		fds[j] = SECOND(self->fd, MHEAP_RIGHTS_ALL);
		ASSERT_EQ(0, raw_batch_all(fds[j], records, 2 * RINGS));
	}
	EXPECT_EQ(3 * RINGS, heap_objects(self->fd));
	for (j = 0; j < 3; j++)
		close(fds[j]);
	EXPECT_EMPTY_AFTER_COLLECT(self->fd);
	free(records);
}

TEST_F(collect, many_small_rings_among_the_living)
{
	__u64 h[600];
	unsigned int i;

	MAKE(600, 2);
	for (i = 0; i < 600; i += 3) {
		STORE(self->fd, h[i], 0, h[i + 1]);
		STORE(self->fd, h[i + 1], 0, h[i + 2]);
		STORE(self->fd, h[i + 2], 0, h[i]);
	}
	/* Every other ring dies. */
	for (i = 0; i < 600; i++) {
		if (i / 3 & 1) {
			CLOSE(self->fd, h[i]);
		}
	}
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(300, heap_objects(self->fd));
	for (i = 0; i < 600; i++) {
		if (!(i / 3 & 1)) {
			EXPECT_EQ(i, STAT(self->fd, h[i]).out_type);
		}
	}
}

TEST_F(collect, a_collection_has_a_number_and_ends)
{
	struct mheap_collect_stat stat = COLLECT_STAT(self->fd);
	__u64 first, second;

	EXPECT_EQ(0, stat.out_collections);
	EXPECT_EQ(0, stat.out_phase);
	EXPECT_EQ(0, stat.out_last_cause);
	ASSERT_EQ(0, raw_collect_start(self->fd, &first));
	EXPECT_LT(0, first);
	EXPECT_TRUE(EVENTUALLY(heap_collections(self->fd) >= first));
	ASSERT_EQ(0, raw_collect_start(self->fd, &second));
	EXPECT_LT(first, second);
	EXPECT_TRUE(EVENTUALLY(heap_collections(self->fd) >= second));
	stat = COLLECT_STAT(self->fd);
	EXPECT_EQ(1, stat.out_last_cause);
	EXPECT_EQ(0, stat.out_phase);
	EXPECT_LT(0, stat.out_last_duration_ns);
	EXPECT_LE(stat.out_last_grace_ns, stat.out_last_duration_ns);
	EXPECT_LE(stat.out_last_duration_ns, stat.out_total_ns);
}

TEST_F(collect, wait_returns_when_the_numbered_collection_has_ended)
{
	struct mheap_collect collect = { .size = sizeof(collect), .flags = MHEAP_COLLECT_WAIT };
	unsigned int i;

	for (i = 0; i < 20; i++) {
		__u64 h = ALLOC(self->fd, 1, 0, 0);

		STORE(self->fd, h, 0, h);
		CLOSE(self->fd, h);
		ASSERT_EQ(0, raw_call(self->fd, MHEAP_CMD_COLLECT, &collect));
		EXPECT_LE(collect.out_collection, heap_collections(self->fd));
		ASSERT_EQ(0, heap_objects(self->fd));
	}
}

TEST_F(collect, an_empty_heap_can_be_collected)
{
	EXPECT_EMPTY_AFTER_COLLECT(self->fd);
	EXPECT_EQ(0, COLLECT_STAT(self->fd).out_last_marked);
	EXPECT_EQ(0, COLLECT_STAT(self->fd).out_last_freed);
}

TEST_F(collect, suspects_are_counted_until_a_collection_begins)
{
	__u64 a = ALLOC(self->fd, 1, 0, 1), b = ALLOC(self->fd, 1, 0, 2);

	STORE(self->fd, a, 0, b);
	STORE(self->fd, b, 0, a);
	EXPECT_EQ(0, HEAP_STAT(self->fd).out_suspects);
	CLOSE(self->fd, b);
	EXPECT_EQ(1, HEAP_STAT(self->fd).out_suspects);
	CLOSE(self->fd, a);
	EXPECT_EQ(2, HEAP_STAT(self->fd).out_suspects);
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(0, HEAP_STAT(self->fd).out_suspects);
	EXPECT_EMPTY(self->fd);
}

struct mutator {
	int fd, failed;
	volatile bool stop;
	__u64 root;
};

/* Build rings under the shared root's slots, drop them, for as long as asked. */
static void *mutate(void *arg)
{
	struct mutator *mutator = arg;
	__u64 seed = 77 + mutator->fd, ring[5], old;
	unsigned int i;

	while (!mutator->stop) {
		for (i = 0; i < 5; i++)
			if (raw_alloc(mutator->fd, 2, 16, 0x1234, &ring[i]))
				mutator->failed = __LINE__;
		for (i = 0; i < 5; i++)
			if (raw_store(mutator->fd, ring[i], 0, ring[(i + 1) % 5]))
				mutator->failed = __LINE__;
		i = random_below(&seed, 64);
		if (raw_exchange(mutator->fd, mutator->root, i, ring[0], &old))
			mutator->failed = __LINE__;
		for (i = 0; i < 5; i++)
			if (raw_close(mutator->fd, ring[i]))
				mutator->failed = __LINE__;
		if (old) {
			struct mheap_stat stat;

			if (raw_stat(mutator->fd, old, &stat) || stat.out_type != 0x1234)
				mutator->failed = __LINE__;
			if (raw_load(mutator->fd, old, 0, &ring[0]) || !ring[0] ||
			    raw_close(mutator->fd, ring[0]))
				mutator->failed = __LINE__;
			if (raw_close(mutator->fd, old))
				mutator->failed = __LINE__;
		}
	}
	return NULL;
}

TEST_F(collect, goes_on_while_other_sessions_mutate)
{
	enum { THREADS = 3 };
	struct mutator mutators[THREADS] = {};
	__u64 root = ALLOC(self->fd, 64, 0, 1), value;
	pthread_t threads[THREADS];
	unsigned int i, living = 0;

	ASSERT_EQ(0, raw_root_set(self->fd, "root", root));
	for (i = 0; i < THREADS; i++) {
		mutators[i].fd = SECOND(self->fd, MHEAP_RIGHTS_ALL);
		ASSERT_EQ(0, raw_root_get(mutators[i].fd, "root", &mutators[i].root));
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, mutate, &mutators[i]));
	}
	for (i = 0; i < 30; i++) {
		EXPECT_EQ(0, raw_collect(self->fd));
	}
	for (i = 0; i < THREADS; i++)
		mutators[i].stop = true;
	for (i = 0; i < THREADS; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
		EXPECT_EQ(0, mutators[i].failed);
		close(mutators[i].fd);
	}
	EXPECT_TRUE(heap_alone(self->fd));
	for (i = 0; i < 64; i++) {
		value = LOAD(self->fd, root, i);
		living += value != 0;
		if (value) {
			CLOSE(self->fd, value);
		}
	}
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(1 + 5 * living, heap_objects(self->fd));
	EXPECT_EQ(1 + 5 * living, COLLECT_STAT(self->fd).out_last_marked);
	for (i = 0; i < 64; i++) {
		STORE(self->fd, root, i, 0);
	}
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(1, heap_objects(self->fd));
	EXPECT_EQ(HEAP_STAT(self->fd).out_allocated - 1,
		  HEAP_STAT(self->fd).out_freed_count +
		  HEAP_STAT(self->fd).out_freed_collect);
}

TEST_HARNESS_MAIN
