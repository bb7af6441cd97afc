// SPDX-License-Identifier: GPL-2.0
/* Collections that nobody asked for: by suspects, by age, and when none. */
#include <pthread.h>

#include "mheap_harness.h"

TEST(a_single_dead_ring_goes_by_age)
{
	struct mheap_create options = { .local_objects = 1, .suspect_age_ms = 50 };
	int fd = NEW_HEAP(&options);

	DROP_RINGS(fd, 1);
	EXPECT_TRUE(EVENTUALLY(heap_objects(fd) == 0));
	EXPECT_TRUE(EVENTUALLY(heap_collections(fd) == 1));
	EXPECT_EQ(3, COLLECT_STAT(fd).out_last_cause);
	EXPECT_EQ(2, HEAP_STAT(fd).out_freed_collect);
	EXPECT_EQ(0, COLLECT_STAT(fd).out_verify_failures);
	EXPECT_EQ(0, heap_bytes(fd));
	/* And again: the age is that of the next first suspect. */
	DROP_RINGS(fd, 1);
	EXPECT_TRUE(EVENTUALLY(heap_objects(fd) == 0));
	EXPECT_EQ(4, HEAP_STAT(fd).out_freed_collect);
	close(fd);
}

TEST(by_default_a_dead_ring_does_not_stay)
{
	int fd = NEW_HEAP(NULL);

	DROP_RINGS(fd, 3);
	EXPECT_TRUE(EVENTUALLY(heap_objects(fd) == 0));
	close(fd);
}

TEST(many_suspects_start_a_collection)
{
	struct mheap_create options = {
		.local_objects = 1, .suspect_age_ms = 3600000, .suspect_min = 100,
	};
	int fd = NEW_HEAP(&options);

	DROP_RINGS(fd, 40);
	EXPECT_EQ(80, HEAP_STAT(fd).out_suspects);
	EXPECT_EQ(0, heap_collections(fd));
	EXPECT_EQ(80, heap_objects(fd));
	DROP_RINGS(fd, 12);
	EXPECT_TRUE(EVENTUALLY(heap_collections(fd) >= 1));
	EXPECT_EQ(2, COLLECT_STAT(fd).out_last_cause);
	EXPECT_LE(100, HEAP_STAT(fd).out_freed_collect);
	close(fd);
}

TEST(the_threshold_is_a_part_of_the_living)
{
	struct mheap_create options = {
		.local_objects = 1, .suspect_age_ms = 3600000, .suspect_min = 1,
		.suspect_percent = 50,
	};
	int fd = NEW_HEAP(&options);
	unsigned int i;

	for (i = 0; i < 1000; i++)
		ALLOC(fd, 0, 0, 0);
	/* Those that live are counted by a collection. */
	ASSERT_EQ(0, raw_collect(fd));
	EXPECT_EQ(1000, COLLECT_STAT(fd).out_last_marked);
	/* 400 suspects beside 1000 living objects are not enough. */
	DROP_RINGS(fd, 200);
	EXPECT_EQ(1, heap_collections(fd));
	EXPECT_EQ(1400, heap_objects(fd));
	/* 1600 beside 2600 are. */
	DROP_RINGS(fd, 600);
	EXPECT_TRUE(EVENTUALLY(heap_collections(fd) >= 2));
	EXPECT_EQ(2, COLLECT_STAT(fd).out_last_cause);
	close(fd);
}

TEST(an_acyclic_load_is_never_collected)
{
	struct mheap_create options = {
		.local_objects = 1, .suspect_age_ms = 10, .suspect_min = 1, .suspect_percent = 1,
	};
	int fd = NEW_HEAP(&options);
	__u64 parent, leaf;
	unsigned int i, j;

	/* Leaves have no slots, so that they can be part of no cycle. */
	for (i = 0; i < 20; i++) {
		parent = ALLOC(fd, 10, 0, 1);
		for (j = 0; j < 10; j++) {
			leaf = ALLOC(fd, 0, 20, 2);
			STORE(fd, parent, j, leaf);
			CLOSE(fd, leaf);
		}
		usleep(20000);
		CLOSE(fd, parent);
	}
	EXPECT_EMPTY(fd);
	EXPECT_EQ(0, HEAP_STAT(fd).out_suspects);
	EXPECT_EQ(0, heap_collections(fd));
	EXPECT_EQ(0, COLLECT_STAT(fd).out_last_cause);
	EXPECT_EQ(220, HEAP_STAT(fd).out_freed_count);
	close(fd);
}

TEST(one_collection_settles_the_suspects_that_live)
{
	struct mheap_create options = { .local_objects = 1, .suspect_age_ms = 50 };
	int fd = NEW_HEAP(&options);
	__u64 a = ALLOC(fd, 1, 0, 1), b = ALLOC(fd, 1, 0, 2);

	STORE(fd, a, 0, b);
	STORE(fd, b, 0, a);
	CLOSE(fd, b);
	EXPECT_TRUE(EVENTUALLY(heap_collections(fd) == 1));
	EXPECT_EQ(2, heap_objects(fd));
	/* Nothing new is suspect: no collection follows. */
	usleep(500000);
	EXPECT_EQ(1, heap_collections(fd));
	CLOSE(fd, a);
	EXPECT_TRUE(EVENTUALLY(heap_objects(fd) == 0));
	close(fd);
}

/* Small cycles need no collection, however large the heap is. */
TEST(small_dead_cycles_go_without_a_collection)
{
	struct mheap_create options = { .suspect_age_ms = 3600000, .suspect_min = 64 };
	int fd = NEW_HEAP(&options);
	unsigned int i;

	for (i = 0; i < 1000; i++)
		ALLOC(fd, 2, 0, 0);
	DROP_RINGS(fd, 100);
	EXPECT_TRUE(EVENTUALLY(heap_objects(fd) < 1064));
	EXPECT_EQ(0, heap_collections(fd));
	EXPECT_LE(1, COLLECT_STAT(fd).out_local_passes);
	EXPECT_LT(136, COLLECT_STAT(fd).out_local_freed);
	EXPECT_EQ(0, COLLECT_STAT(fd).out_local_given_up);
	EXPECT_EQ(HEAP_STAT(fd).out_freed_collect, COLLECT_STAT(fd).out_local_freed);
	EXPECT_EQ(0, HEAP_STAT(fd).out_freed_count);
	close(fd);
}

TEST(by_age_too)
{
	struct mheap_create options = { .suspect_age_ms = 400 };
	int fd = NEW_HEAP(&options);

	DROP_RINGS(fd, 1);
	EXPECT_TRUE(EVENTUALLY(heap_objects(fd) == 0));
	EXPECT_EQ(0, heap_collections(fd));
	EXPECT_EQ(2, COLLECT_STAT(fd).out_local_freed);
	close(fd);
}

/* What has more than so many objects is the collector's. */
TEST(large_dead_cycles_are_collected)
{
	struct mheap_create options = { .suspect_age_ms = 50, .local_objects = 16 };
	int fd = NEW_HEAP(&options);
	__u64 first = ALLOC(fd, 1, 0, 0), last = DUP(fd, first), next;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		next = ALLOC(fd, 1, 0, 0);
		STORE(fd, last, 0, next);
		CLOSE(fd, last);
		last = next;
	}
	STORE(fd, last, 0, first);
	CLOSE(fd, last);
	CLOSE(fd, first);
	EXPECT_TRUE(EVENTUALLY(heap_objects(fd) == 0));
	EXPECT_TRUE(EVENTUALLY(heap_collections(fd) >= 1));
	EXPECT_EQ(3, COLLECT_STAT(fd).out_last_cause);
	EXPECT_EQ(0, COLLECT_STAT(fd).out_local_freed);
	EXPECT_LE(1, COLLECT_STAT(fd).out_local_given_up);
	close(fd);
}

/* Whatever refers to each other, but for one store that may close a cycle. */
TEST(trees_and_queues_make_nothing_suspect)
{
	struct mheap_create options = { .suspect_age_ms = 10, .suspect_min = 1 };
	int fd = NEW_HEAP(&options);
	__u64 head = ALLOC(fd, 1, 0, 0), tail = DUP(fd, head), next;
	unsigned int i;

	for (i = 0; i < 300; i++) {
		next = ALLOC(fd, 1, 0, 0);
		STORE(fd, tail, 0, next);
		CLOSE(fd, tail);
		tail = next;
		if (i % 2) {
			next = LOAD(fd, head, 0);
			CLOSE(fd, head);
			head = next;
		}
	}
	EXPECT_EQ(0, HEAP_STAT(fd).out_suspects);
	EXPECT_EQ(0, heap_collections(fd));
	STORE(fd, tail, 0, head);
	CLOSE(fd, head);
	EXPECT_LE(1, HEAP_STAT(fd).out_suspects + COLLECT_STAT(fd).out_local_passes);
	CLOSE(fd, tail);
	EXPECT_TRUE(EVENTUALLY(heap_objects(fd) == 0));
	close(fd);
}

TEST(garbage_stays_bounded_under_a_cyclic_load)
{
	struct mheap_create options = {
		.local_objects = 1, .suspect_age_ms = 3600000, .suspect_min = 64,
	};
	int fd = NEW_HEAP(&options);
	__u64 most = 0, objects;
	unsigned int i;

	for (i = 0; i < 200; i++) {
		DROP_RINGS(fd, 50);
		objects = heap_objects(fd);
		if (objects > most)
			most = objects;
	}
	EXPECT_LE(2, heap_collections(fd));
	EXPECT_LE(1000, HEAP_STAT(fd).out_freed_collect);
	EXPECT_LT(most, 20000);
	EXPECT_EMPTY_AFTER_COLLECT(fd);
	close(fd);
}

struct asker {
	int fd, ret;
	volatile unsigned int done;
	volatile bool stop;
};

static void *ask(void *arg)
{
	struct asker *asker = arg;
	__u64 seed = 11;
	volatile unsigned int i;

	while (!asker->stop && !asker->ret) {
		asker->ret = raw_collect(asker->fd);
		asker->done++;
		/* At any moment of what the worker does after a collection. */
		for (i = random_below(&seed, 1 << random_below(&seed, 16)); i; i--)
			;
	}
	return NULL;
}

/* Now and then a suspect that may well wait: the worker is told so. */
static void *make_suspects(void *arg)
{
	struct asker *asker = arg;
	__u64 seed = 12, a, b;

	asker->ret = raw_alloc(asker->fd, 1, 0, 1, &a);
	while (!asker->stop && !asker->ret) {
		asker->ret = raw_alloc(asker->fd, 1, 0, 2, &b) ?:
			     raw_store(asker->fd, a, 0, b) ?: raw_close(asker->fd, b);
		asker->done++;
		usleep(random_below(&seed, 500));
	}
	return NULL;
}

TEST(what_is_asked_for_does_not_wait_for_the_suspects_to_age)
{
	struct mheap_create options = {
		.local_objects = 1, .suspect_age_ms = 3600000, .suspect_min = ~0U,
	};
	int fd = NEW_HEAP(&options);
	struct asker asker = { .fd = SECOND(fd, MHEAP_RIGHTS_ALL) };
	struct asker maker = { .fd = SECOND(fd, MHEAP_RIGHTS_ALL) };
	pthread_t threads[2];
	unsigned int i, before;

	ASSERT_EQ(0, pthread_create(&threads[0], NULL, ask, &asker));
	ASSERT_EQ(0, pthread_create(&threads[1], NULL, make_suspects, &maker));
	for (i = 0; i < 1500; i++) {
		before = asker.done;
		ASSERT_TRUE(EVENTUALLY(asker.done > before + 3)) {
			TH_LOG("no collection has ended since number %u", before);
		}
	}
	asker.stop = true;
	maker.stop = true;
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
	}
	EXPECT_EQ(0, asker.ret);
	EXPECT_EQ(0, maker.ret);
	close(asker.fd);
	close(maker.fd);
	close(fd);
}

TEST_HARNESS_MAIN
