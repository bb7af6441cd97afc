// SPDX-License-Identifier: GPL-2.0
/*
 * More references than can be counted: EMLINK, and nothing is lost. It takes
 * millions of them: only where the machine runs at its own speed.
 */
#include "mheap_harness.h"

#define ROOM 4096

FIXTURE(count)
{
	int fd;
	__u64 object;
	struct mheap_query query;
	struct mheap_record *records;
};

FIXTURE_SETUP(count)
{
	struct mheap_create options = { .suspect_age_ms = 3600000, .suspect_min = ~0U };

	if (!running_on_uml() && !env_number("MHEAP_COUNT", 0))
		SKIP_ALL("millions of references take too long here; MHEAP_COUNT=1 insists");
	self->fd = NEW_HEAP(&options);
	self->object = ALLOC(self->fd, 1, 0, 1);
	self->records = calloc(ROOM, sizeof(*self->records));
	ASSERT_NE(NULL, self->records);
	ASSERT_EQ(0, raw_query(self->fd, &self->query));
}

FIXTURE_TEARDOWN(count)
{
	close(self->fd);
}

TEST_F_TIMEOUT(count, handles_to_one_object_are_limited, LONG_TEST)
{
	__u64 limit = self->query.out_handle_refs_max, have = 1, copy, old;
	__u64 holder = ALLOC(self->fd, 2, 0, 2), weak = WEAKEN(self->fd, self->object);
	__u32 i, n, done;
	int error = 0;

	if (self->query.out_handles_max / 2 < limit + 4)
		SKIP(return, "one session cannot have so many");
	STORE(self->fd, holder, 0, self->object);
	STORE(self->fd, holder, 1, weak);
	while (have < limit) {
		n = limit - have < ROOM ? limit - have : ROOM;
		for (i = 0; i < n; i++)
			self->records[i] = record_dup(self->object, 0);
		ASSERT_EQ(0, raw_batch_all(self->fd, self->records, n));
		have += n;
	}
	EXPECT_EQ(limit, STAT(self->fd, self->object).out_handle_refs);
	EXPECT_EQ(-EMLINK, raw_dup(self->fd, self->object, &copy));
	EXPECT_EQ(-EMLINK, raw_load(self->fd, holder, 0, &copy));
	EXPECT_EQ(-EMLINK, raw_exchange(self->fd, holder, 0, 0, &copy));
	EXPECT_EQ(-EMLINK, raw_load(self->fd, holder, 1, &copy));
	EXPECT_EQ(-EMLINK, raw_exchange(self->fd, holder, 1, 0, &copy));
	EXPECT_EQ(-EMLINK, raw_upgrade(self->fd, weak, &copy));
	EXPECT_EQ(-EMLINK, raw_object_export(self->fd, self->object, 0));
	/* Weak references count elsewhere. */
	EXPECT_EQ(0, raw_weaken(self->fd, self->object, &copy));
	CLOSE(self->fd, copy);
	EXPECT_EQ(-EMLINK, raw_root_set(self->fd, "r", self->object));
	EXPECT_EQ(-EMLINK, raw_root_exchange(self->fd, "r", self->object, &old));
	EXPECT_EQ(0, HEAP_STAT(self->fd).out_roots);
	EXPECT_EQ(1, STAT(self->fd, self->object).out_slot_refs);
	self->records[0] = record_dup(self->object, 0);
	ASSERT_EQ(0, raw_batch(self->fd, self->records, 1, &done, &error));
	EXPECT_EQ(0, done);
	EXPECT_EQ(-EMLINK, error);
	EXPECT_EQ(limit, STAT(self->fd, self->object).out_handle_refs);
	EXPECT_EQ(limit + 2, heap_handles(self->fd));
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(2, heap_objects(self->fd));
	/* One less, one more. */
	CLOSE(self->fd, self->object);
	copy = LOAD(self->fd, holder, 0);
	EXPECT_EQ(limit, STAT(self->fd, copy).out_handle_refs);
}

TEST_F_TIMEOUT(count, slots_that_refer_to_one_object_are_limited, LONG_TEST)
{
	__u64 limit = self->query.out_slot_refs_max, have = 0, wide = 0, last, old;
	__u32 i, n, used = MHEAP_SLOTS_MAX;

	if (limit > 1ULL << 27)
		SKIP(return, "no machine has so many");
	while (have < limit) {
		if (used == MHEAP_SLOTS_MAX) {
			wide = ALLOC(self->fd, MHEAP_SLOTS_MAX, 0, 3);
			used = 0;
		}
		n = limit - have < ROOM ? limit - have : ROOM;
		for (i = 0; i < n; i++)
			self->records[i] = record_store(wide, used + i, self->object);
		ASSERT_EQ(0, raw_batch_all(self->fd, self->records, n));
		used += n;
		have += n;
	}
	last = ALLOC(self->fd, 1, 0, 4);
	EXPECT_EQ(limit, STAT(self->fd, self->object).out_slot_refs);
	EXPECT_EQ(-EMLINK, raw_store(self->fd, last, 0, self->object));
	EXPECT_EQ(-EMLINK, raw_exchange(self->fd, last, 0, self->object, &old));
	EXPECT_EQ(-EMLINK, raw_compare_exchange(self->fd, last, 0, 0, self->object));
	EXPECT_EQ(limit, STAT(self->fd, self->object).out_slot_refs);
	EXPECT_EQ(1, STAT(self->fd, self->object).out_handle_refs);
	EXPECT_EQ(0, LOAD(self->fd, last, 0));
	STORE(self->fd, wide, 0, 0);
	STORE(self->fd, last, 0, self->object);
	EXPECT_EQ(limit, STAT(self->fd, self->object).out_slot_refs);
}

TEST_HARNESS_MAIN
