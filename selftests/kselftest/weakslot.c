// SPDX-License-Identifier: GPL-2.0
/* Slots that refer weakly. */
#include "mheap_harness.h"

FIXTURE(weakslot)
{
	int fd;
	__u64 holder;	/* three slots */
	__u64 object;	/* one slot, type 2 */
	__u64 weak;	/* names it */
	__u64 number;	/* of it */
};

HEAP_VARIANTS(weakslot);

FIXTURE_SETUP(weakslot)
{
	struct mheap_create options = {
		.suspect_age_ms = 3600000, .suspect_min = ~0U,
		.max_bytes = variant->max_bytes, .flags = variant->flags,
	};

	self->fd = NEW_HEAP(&options);
	self->holder = ALLOC(self->fd, 3, 0, 1);
	self->object = ALLOC(self->fd, 1, 0, 2);
	self->weak = WEAKEN(self->fd, self->object);
	self->number = STAT(self->fd, self->object).out_object;
}

FIXTURE_TEARDOWN(weakslot)
{
	close(self->fd);
}

/* What the first three slots of the holder are, as a list. */
#define EXPECT_SLOTS(first, second, third)				\
do {									\
	__u64 cursor = 0, listed[3] = { 7, 7, 7 };			\
	__u32 written = 0;						\
									\
	ASSERT_EQ(0, raw_slot_list(self->fd, self->holder, &cursor, listed, 3, &written)); \
	EXPECT_EQ(3, written);						\
	EXPECT_EQ(first, listed[0]);					\
	EXPECT_EQ(second, listed[1]);					\
	EXPECT_EQ(third, listed[2]);					\
} while (0)

TEST_F(weakslot, a_load_answers_as_an_upgrade_would)
{
	__u64 loaded;

	STORE(self->fd, self->holder, 1, self->weak);
	EXPECT_EQ(0, STAT(self->fd, self->object).out_slot_refs);
	EXPECT_EQ(1, STAT(self->fd, self->object).out_handle_refs);
	loaded = LOAD(self->fd, self->holder, 1);
	ASSERT_NE(0, loaded);
	/* What is loaded is not weak. */
	EXPECT_EQ(self->number, STAT(self->fd, loaded).out_object);
	CLOSE(self->fd, self->object);
	CLOSE(self->fd, loaded);
	EXPECT_EQ(0, LOAD(self->fd, self->holder, 1));
	EXPECT_EQ(1, heap_objects(self->fd));
}

TEST_F(weakslot, a_slot_alone_refers_weakly_and_keeps_the_reference)
{
	STORE(self->fd, self->holder, 0, self->weak);
	CLOSE(self->fd, self->weak);
	EXPECT_EQ(1, heap_weak(self->fd));
	EXPECT_EQ(1, STAT(self->fd, self->object).out_weak);
	CLOSE(self->fd, LOAD(self->fd, self->holder, 0));
	CLOSE(self->fd, self->object);
	EXPECT_EQ(0, LOAD(self->fd, self->holder, 0));
	EXPECT_SLOTS(MHEAP_SLOT_WEAK, 0, 0);
	STORE(self->fd, self->holder, 0, 0);
	EXPECT_EQ(0, heap_weak(self->fd));
	EXPECT_SLOTS(0, 0, 0);
	CLOSE(self->fd, self->holder);
	EXPECT_EMPTY(self->fd);
}

TEST_F(weakslot, a_list_tells_which_slots_refer_weakly_and_what_is_gone)
{
	STORE(self->fd, self->holder, 0, self->weak);
	STORE(self->fd, self->holder, 1, self->object);
	EXPECT_SLOTS(self->number | MHEAP_SLOT_WEAK, self->number, 0);
	STORE(self->fd, self->holder, 1, self->weak);
	CLOSE(self->fd, self->object);
	EXPECT_SLOTS(MHEAP_SLOT_WEAK, MHEAP_SLOT_WEAK, 0);
}

TEST_F(weakslot, a_slot_becomes_weak_and_strong_again_by_what_is_stored)
{
	STORE(self->fd, self->holder, 0, self->object);
	EXPECT_EQ(1, STAT(self->fd, self->object).out_slot_refs);
	STORE(self->fd, self->holder, 0, self->weak);
	EXPECT_EQ(0, STAT(self->fd, self->object).out_slot_refs);
	STORE(self->fd, self->holder, 0, self->object);
	EXPECT_EQ(1, STAT(self->fd, self->object).out_slot_refs);
	CLOSE(self->fd, self->object);
	EXPECT_EQ(2, heap_objects(self->fd));
	/* Storing weakly over the last reference is its end. */
	STORE(self->fd, self->holder, 0, self->weak);
	EXPECT_EQ(1, heap_objects(self->fd));
	EXPECT_EQ(0, LOAD(self->fd, self->holder, 0));
}

TEST_F(weakslot, an_exchange_answers_as_an_upgrade_would)
{
	__u64 old;

	STORE(self->fd, self->holder, 0, self->weak);
	ASSERT_EQ(0, raw_exchange(self->fd, self->holder, 0, self->weak, &old));
	ASSERT_NE(0, old);
	EXPECT_EQ(self->number, STAT(self->fd, old).out_object);
	CLOSE(self->fd, old);
	/* Strong against weak, and back. */
	ASSERT_EQ(0, raw_exchange(self->fd, self->holder, 0, self->object, &old));
	CLOSE(self->fd, old);
	EXPECT_EQ(1, STAT(self->fd, self->object).out_slot_refs);
	ASSERT_EQ(0, raw_exchange(self->fd, self->holder, 0, self->weak, &old));
	EXPECT_EQ(self->number, STAT(self->fd, old).out_object);
	CLOSE(self->fd, old);
	CLOSE(self->fd, self->object);
	old = 1;
	ASSERT_EQ(0, raw_exchange(self->fd, self->holder, 0, 0, &old));
	EXPECT_EQ(0, old);
	EXPECT_SLOTS(0, 0, 0);
	CLOSE(self->fd, self->weak);
	EXPECT_EQ(0, heap_weak(self->fd));
}

TEST_F(weakslot, an_exchange_of_the_last_strong_slot_for_a_weak_one_hands_the_object_over)
{
	__u64 old;

	STORE(self->fd, self->holder, 0, self->object);
	CLOSE(self->fd, self->object);
	ASSERT_EQ(0, raw_exchange(self->fd, self->holder, 0, self->weak, &old));
	EXPECT_EQ(self->number, STAT(self->fd, old).out_object);
	EXPECT_EQ(0, STAT(self->fd, old).out_slot_refs);
	CLOSE(self->fd, old);
	EXPECT_EQ(1, heap_objects(self->fd));
}

TEST_F(weakslot, compare_exchange_expects_a_weak_handle_of_a_weak_slot)
{
	__u64 copy = DUP(self->fd, self->weak), more = WEAKEN(self->fd, self->object);
	__u64 other = WEAKEN(self->fd, self->holder);

	STORE(self->fd, self->holder, 0, self->weak);
	EXPECT_EQ(-EAGAIN, raw_compare_exchange(self->fd, self->holder, 0, self->object, 0));
	EXPECT_EQ(-EAGAIN, raw_compare_exchange(self->fd, self->holder, 0, other, 0));
	EXPECT_EQ(-EAGAIN, raw_compare_exchange(self->fd, self->holder, 0, 0, 0));
	/* Any weak handle to that object will do. */
	EXPECT_EQ(0, raw_compare_exchange(self->fd, self->holder, 0, copy, self->weak));
	EXPECT_EQ(0, raw_compare_exchange(self->fd, self->holder, 0, more, self->object));
	EXPECT_EQ(1, STAT(self->fd, self->object).out_slot_refs);
	EXPECT_EQ(-EAGAIN, raw_compare_exchange(self->fd, self->holder, 0, self->weak, 0));
	EXPECT_EQ(0, raw_compare_exchange(self->fd, self->holder, 0, self->object, self->weak));
	EXPECT_EQ(0, STAT(self->fd, self->object).out_slot_refs);
	EXPECT_EQ(0, raw_compare_exchange(self->fd, self->holder, 0, self->weak, 0));
	EXPECT_EQ(0, raw_compare_exchange(self->fd, self->holder, 0, 0, self->weak));
	EXPECT_SLOTS(self->number | MHEAP_SLOT_WEAK, 0, 0);
}

TEST_F(weakslot, compare_exchange_still_knows_what_is_gone)
{
	__u64 other = WEAKEN(self->fd, self->holder);

	STORE(self->fd, self->holder, 0, self->weak);
	CLOSE(self->fd, self->object);
	/* It loads as null, and is not null. */
	EXPECT_EQ(0, LOAD(self->fd, self->holder, 0));
	EXPECT_EQ(-EAGAIN, raw_compare_exchange(self->fd, self->holder, 0, 0, 0));
	EXPECT_EQ(-EAGAIN, raw_compare_exchange(self->fd, self->holder, 0, other, 0));
	EXPECT_EQ(0, raw_compare_exchange(self->fd, self->holder, 0, self->weak, other));
	EXPECT_SLOTS(STAT(self->fd, self->holder).out_object | MHEAP_SLOT_WEAK, 0, 0);
}

TEST_F(weakslot, a_reset_lets_go_of_weak_references)
{
	STORE(self->fd, self->holder, 0, self->weak);
	STORE(self->fd, self->holder, 2, self->weak);
	CLOSE(self->fd, self->weak);
	ASSERT_EQ(0, raw_reset(self->fd, self->holder));
	EXPECT_SLOTS(0, 0, 0);
	EXPECT_EQ(0, heap_weak(self->fd));
	EXPECT_EQ(1, STAT(self->fd, self->object).out_handle_refs);
}

TEST_F(weakslot, records_of_a_batch_do_the_same)
{
	struct mheap_record records[5];

	records[0] = record_store(self->holder, 0, self->weak);
	records[1] = record_load(self->holder, 0, 0);
	records[2] = record_exchange(self->holder, 0, self->weak, 0);
	records[3] = record_compare_exchange(self->holder, 0, self->weak, 0);
	records[4] = record_compare_exchange(self->holder, 1, 0, self->weak);
	ASSERT_EQ(0, raw_batch_all(self->fd, records, 5));
	EXPECT_EQ(self->number,
		  STAT(self->fd, ((struct mheap_load *)&records[1])->handle).out_object);
	EXPECT_EQ(self->number,
		  STAT(self->fd, ((struct mheap_exchange *)&records[2])->out_handle).out_object);
	EXPECT_SLOTS(0, self->number | MHEAP_SLOT_WEAK, 0);
}

TEST_F(weakslot, a_collection_clears_what_weak_slots_refer_to)
{
	__u64 loaded;

	STORE(self->fd, self->object, 0, self->object);
	STORE(self->fd, self->holder, 0, self->weak);
	CLOSE(self->fd, self->object);
	loaded = LOAD(self->fd, self->holder, 0);
	ASSERT_NE(0, loaded);
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(0, COLLECT_STAT(self->fd).out_last_freed);
	CLOSE(self->fd, loaded);
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(1, COLLECT_STAT(self->fd).out_last_freed);
	EXPECT_EQ(0, LOAD(self->fd, self->holder, 0));
	EXPECT_SLOTS(MHEAP_SLOT_WEAK, 0, 0);
}

TEST_F(weakslot, weak_references_in_a_dead_cycle_go_with_it)
{
	__u64 ring = ALLOC(self->fd, 2, 0, 3);

	STORE(self->fd, ring, 0, ring);
	STORE(self->fd, ring, 1, self->weak);
	CLOSE(self->fd, self->weak);
	CLOSE(self->fd, ring);
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(1, COLLECT_STAT(self->fd).out_last_freed);
	EXPECT_EQ(0, heap_weak(self->fd));
	/* And what was referred to can be again. */
	self->weak = WEAKEN(self->fd, self->object);
	CLOSE(self->fd, UPGRADE(self->fd, self->weak));
	CLOSE(self->fd, self->object);
	EXPECT_EQ(0, UPGRADE(self->fd, self->weak));
}

TEST_HARNESS_MAIN
