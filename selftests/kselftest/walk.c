// SPDX-License-Identifier: GPL-2.0
/* The walk: every living object once, with the figures that stat tells. */
#include <pthread.h>

#include "mheap_harness.h"

FIXTURE(walk)
{
	int fd;
};

FIXTURE_SETUP(walk)
{
	struct mheap_create options = { .suspect_age_ms = 3600000, .suspect_min = ~0U };

	self->fd = NEW_HEAP(&options);
}

FIXTURE_TEARDOWN(walk)
{
	close(self->fd);
}

TEST_F(walk, an_empty_heap_has_no_entries)
{
	struct mheap_walk_entry *entries;

	EXPECT_EQ(0, heap_walk_all(self->fd, &entries));
	free(entries);
}

TEST_F(walk, lists_every_object_once_whatever_the_chunk)
{
	enum { COUNT = 700 };
	static const __u32 chunks[] = { 1, 2, 3, 7, 64, 100, 699, 700, 701, MHEAP_WALK_MAX };
	struct mheap_walk_entry *entries = calloc(MHEAP_WALK_MAX, sizeof(*entries));
	__u64 handles[COUNT], cursor;
	__u32 i, c, written, total;
	bool seen[COUNT];

	ASSERT_NE(NULL, entries);
	for (i = 0; i < COUNT; i++)
		handles[i] = ALLOC(self->fd, i % 13, i * 17 % 5000, i);
	for (i = 0; i < COUNT; i++) {
		if (i % 13) {
			STORE(self->fd, handles[i], 0, handles[i * 31 % COUNT]);
		}
	}
	for (i = 0; i < COUNT; i += 3)
		DUP(self->fd, handles[i]);
	ASSERT_EQ(0, raw_root_set(self->fd, "r", handles[5]));

	for (c = 0; c < ARRAY_SIZE(chunks); c++) {
		memset(seen, 0, sizeof(seen));
		cursor = 0;
		total = 0;
		do {
			memset(entries, 0xff, MHEAP_WALK_MAX * sizeof(*entries));
			ASSERT_EQ(0, raw_walk(self->fd, &cursor, entries, chunks[c], &written));
			ASSERT_LE(written, chunks[c]);
			for (i = 0; i < written; i++) {
				struct mheap_walk_entry *entry = &entries[i];
				struct mheap_stat stat;

				ASSERT_GT(COUNT, entry->type);
				ASSERT_FALSE(seen[entry->type]);
				seen[entry->type] = true;
				stat = STAT(self->fd, handles[entry->type]);
				ASSERT_EQ(stat.out_object, entry->object);
				ASSERT_EQ(stat.out_slots, entry->slots);
				ASSERT_EQ(stat.out_payload_bytes, entry->payload_bytes);
				ASSERT_EQ(stat.out_site, entry->site);
				ASSERT_EQ(stat.out_handle_refs, entry->handle_refs);
				ASSERT_EQ(stat.out_slot_refs, entry->slot_refs);
			}
			for (; i < MHEAP_WALK_MAX; i++) {
				ASSERT_EQ(~0ULL, entries[i].object);
			}
			total += written;
			ASSERT_LE(total, COUNT);
		} while (cursor != DONE);
		EXPECT_EQ(COUNT, total);
	}
	free(entries);
}

TEST_F(walk, lists_what_only_slots_and_roots_hold)
{
	__u64 a = ALLOC(self->fd, 1, 0, 10), b = ALLOC(self->fd, 1, 0, 20);
	struct mheap_walk_entry *entries;
	unsigned int i;

	STORE(self->fd, a, 0, b);
	ASSERT_EQ(0, raw_root_set(self->fd, "r", a));
	CLOSE(self->fd, a);
	CLOSE(self->fd, b);
	ASSERT_EQ(2, heap_walk_all(self->fd, &entries));
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(entries[i].type == 10 ? 1 : 0, entries[i].handle_refs);
		EXPECT_EQ(entries[i].type == 10 ? 0 : 1, entries[i].slot_refs);
	}
	free(entries);
}

TEST_F(walk, does_not_list_what_is_gone)
{
	struct mheap_walk_entry *entries;
	__u64 handles[300];
	unsigned int i;
	long count;

	for (i = 0; i < 300; i++)
		handles[i] = ALLOC(self->fd, i % 8, i, i);
	for (i = 0; i < 300; i++) {
		if (i % 10) {
			CLOSE(self->fd, handles[i]);
		}
	}
	EXPECT_TRUE(heap_drained(self->fd));
	count = heap_walk_all(self->fd, &entries);
	ASSERT_EQ(30, count);
	for (i = 0; i < 30; i++) {
		EXPECT_EQ(0, entries[i].type % 10);
	}
	free(entries);
}

TEST_F(walk, bad_counts_and_addresses_are_refused)
{
	struct mheap_walk_entry *page = map_pages(1), *edge;
	__u64 cursor = 0;
	__u32 written = 0, i;

	ASSERT_NE(NULL, page);
	edge = (void *)((char *)page + 4096 - 2 * sizeof(*page));
	for (i = 0; i < 10; i++)
		ALLOC(self->fd, 0, 0, i);
	EXPECT_EQ(-EINVAL, raw_walk(self->fd, &cursor, page, 0, &written));
	EXPECT_EQ(-EINVAL, raw_walk(self->fd, &cursor, page, MHEAP_WALK_MAX + 1, &written));
	EXPECT_EQ(-EINVAL, raw_walk(self->fd, &cursor, page, ~0U, &written));
	EXPECT_EQ(-EFAULT, raw_walk(self->fd, &cursor, NULL, 4, &written));
	EXPECT_EQ(-EFAULT, raw_walk(self->fd, &cursor, KERNEL_ADDRESS, 4, &written));
	EXPECT_EQ(-EFAULT, raw_walk(self->fd, &cursor, edge, 3, &written));
	EXPECT_EQ(0, cursor);
	EXPECT_EQ(0, raw_walk(self->fd, &cursor, edge, 2, &written));
	EXPECT_LE(written, 2);
}

TEST_F(walk, any_cursor_is_harmless)
{
	struct mheap_walk_entry entries[16];
	__u64 seed = 3, cursor;
	__u32 written;
	unsigned int i;
	int ret;

	for (i = 0; i < 1000; i++)
		ALLOC(self->fd, i % 3, i % 100, 0x5a5a);
	for (i = 0; i < 5000; i++) {
		cursor = random_next(&seed);
		if (i % 3 == 0)
			cursor = cursor << 20 ^ random_next(&seed);
		else if (i % 3 == 1)
			cursor &= 0xffffff;
		written = 0;
		ret = raw_walk(self->fd, &cursor, entries, 16, &written);
		ASSERT_TRUE(!ret || ret == -EINVAL) {
			TH_LOG("%d", ret);
		}
		ASSERT_LE(written, 16);
		while (written--) {
			ASSERT_EQ(0x5a5a, entries[written].type);
		}
	}
	cursor = DONE;
	written = 0;
	ret = raw_walk(self->fd, &cursor, entries, 16, &written);
	EXPECT_TRUE(ret == -EINVAL || (!ret && !written && cursor == DONE));
}

struct churner {
	int fd, failed;
	volatile bool stop;
};

static void *churn(void *arg)
{
	struct churner *churner = arg;
	__u64 handles[50];
	unsigned int i;

	while (!churner->stop) {
		for (i = 0; i < 50; i++)
			if (raw_alloc(churner->fd, i % 4, i * 20, 0xc0de, &handles[i]))
				churner->failed = __LINE__;
		for (i = 0; i < 50; i++)
			if (raw_close(churner->fd, handles[i]))
				churner->failed = __LINE__;
	}
	return NULL;
}

TEST_F(walk, objects_that_live_throughout_are_listed_once_while_others_come_and_go)
{
	enum { COUNT = 400 };
	struct churner churner = { .fd = SECOND(self->fd, MHEAP_RIGHTS_ALL) };
	struct mheap_walk_entry *entries;
	unsigned int round, seen[COUNT];
	pthread_t thread;
	long count, i;

	for (i = 0; i < COUNT; i++)
		ALLOC(self->fd, i % 4, i % 300, i);
	ASSERT_EQ(0, pthread_create(&thread, NULL, churn, &churner));
	for (round = 0; round < 20; round++) {
		memset(seen, 0, sizeof(seen));
		count = heap_walk_all(self->fd, &entries);
		ASSERT_LE(COUNT, count);
		for (i = 0; i < count; i++) {
			if (entries[i].type == 0xc0de)
				continue;
			ASSERT_GT(COUNT, entries[i].type);
			seen[entries[i].type]++;
		}
		for (i = 0; i < COUNT; i++) {
			ASSERT_EQ(1, seen[i]);
		}
		free(entries);
		if (round % 5 == 4) {
			EXPECT_EQ(0, raw_collect(self->fd));
		}
	}
	churner.stop = true;
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, churner.failed);
	close(churner.fd);
}

TEST_HARNESS_MAIN
