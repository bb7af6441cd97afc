// SPDX-License-Identifier: GPL-2.0
/* Slots: load, store, exchange, compare_exchange, slot_list. */
#include "mheap_harness.h"

FIXTURE(slot)
{
	int fd;
	__u64 a, b, c;	/* types 1, 2, 3; four slots each */
};

HEAP_VARIANTS(slot);

FIXTURE_SETUP(slot)
{
	struct mheap_create options = {
		.suspect_age_ms = 3600000,
		.max_bytes = variant->max_bytes, .flags = variant->flags,
	};

	self->fd = NEW_HEAP(&options);
	self->a = ALLOC(self->fd, 4, 0, 1);
	self->b = ALLOC(self->fd, 4, 0, 2);
	self->c = ALLOC(self->fd, 4, 0, 3);
}

FIXTURE_TEARDOWN(slot)
{
	close(self->fd);
}

TEST_F(slot, store_counts_and_load_gives_a_new_handle)
{
	__u64 loaded;

	STORE(self->fd, self->a, 2, self->b);
	EXPECT_EQ(1, STAT(self->fd, self->b).out_slot_refs);
	EXPECT_EQ(1, STAT(self->fd, self->b).out_handle_refs);
	loaded = LOAD(self->fd, self->a, 2);
	EXPECT_NE(0, loaded);
	EXPECT_NE(self->b, loaded);
	EXPECT_EQ(2, STAT(self->fd, loaded).out_handle_refs);
	EXPECT_EQ(STAT(self->fd, self->b).out_object, STAT(self->fd, loaded).out_object);
	EXPECT_EQ(0, LOAD(self->fd, self->a, 0));
	EXPECT_EQ(0, LOAD(self->fd, self->a, 1));
	EXPECT_EQ(0, LOAD(self->fd, self->a, 3));
	EXPECT_EQ(4, heap_handles(self->fd));
}

TEST_F(slot, store_replaces_and_null_clears)
{
	STORE(self->fd, self->a, 0, self->b);
	STORE(self->fd, self->a, 0, self->c);
	EXPECT_EQ(0, STAT(self->fd, self->b).out_slot_refs);
	EXPECT_EQ(1, STAT(self->fd, self->c).out_slot_refs);
	STORE(self->fd, self->a, 0, self->c);
	EXPECT_EQ(1, STAT(self->fd, self->c).out_slot_refs);
	STORE(self->fd, self->a, 0, 0);
	EXPECT_EQ(0, STAT(self->fd, self->c).out_slot_refs);
	STORE(self->fd, self->a, 0, 0);
	EXPECT_EQ(0, LOAD(self->fd, self->a, 0));
}

TEST_F(slot, a_slot_keeps_its_object_and_clearing_it_frees)
{
	STORE(self->fd, self->a, 0, self->b);
	CLOSE(self->fd, self->b);
	EXPECT_EQ(3, heap_objects(self->fd));
	self->b = LOAD(self->fd, self->a, 0);
	EXPECT_EQ(2, STAT(self->fd, self->b).out_type);
	CLOSE(self->fd, self->b);
	STORE(self->fd, self->a, 0, 0);
	EXPECT_EQ(2, heap_objects(self->fd));
	EXPECT_EQ(1, HEAP_STAT(self->fd).out_freed_count);
}

TEST_F(slot, an_object_may_refer_to_itself)
{
	STORE(self->fd, self->a, 0, self->a);
	STORE(self->fd, self->a, 3, self->a);
	EXPECT_EQ(2, STAT(self->fd, self->a).out_slot_refs);
	EXPECT_EQ(1, STAT(self->fd, LOAD(self->fd, self->a, 3)).out_type);
	STORE(self->fd, self->a, 0, 0);
	STORE(self->fd, self->a, 3, 0);
	EXPECT_EQ(0, STAT(self->fd, self->a).out_slot_refs);
}

TEST_F(slot, storing_its_own_last_reference_over_itself_is_safe)
{
	__u64 old;

	STORE(self->fd, self->a, 0, self->b);
	STORE(self->fd, self->b, 0, self->c);
	CLOSE(self->fd, self->c);
	/* a -> b -> c: make a -> c, which lets go of b. */
	CLOSE(self->fd, self->b);
	self->b = LOAD(self->fd, self->a, 0);
	self->c = LOAD(self->fd, self->b, 0);
	STORE(self->fd, self->a, 0, self->c);
	CLOSE(self->fd, self->b);
	CLOSE(self->fd, self->c);
	EXPECT_EQ(2, heap_objects(self->fd));
	self->c = LOAD(self->fd, self->a, 0);
	EXPECT_EQ(3, STAT(self->fd, self->c).out_type);
	/* Exchange a slot's only reference with the same object. */
	ASSERT_EQ(0, raw_exchange(self->fd, self->a, 0, self->c, &old));
	EXPECT_EQ(2, STAT(self->fd, self->c).out_handle_refs);
	EXPECT_EQ(1, STAT(self->fd, self->c).out_slot_refs);
}

TEST_F(slot, store_move_closes_the_handle)
{
	EXPECT_EQ(0, raw_store_move(self->fd, self->a, 2, self->b));
	EXPECT_EQ(-ESTALE, raw_close(self->fd, self->b));
	EXPECT_EQ(2, heap_handles(self->fd));
	EXPECT_EQ(3, heap_objects(self->fd));
	self->b = LOAD(self->fd, self->a, 2);
	EXPECT_EQ(2, STAT(self->fd, self->b).out_type);
	EXPECT_EQ(1, STAT(self->fd, self->b).out_slot_refs);
	EXPECT_EQ(1, STAT(self->fd, self->b).out_handle_refs);
	/* Null has no handle to close. */
	EXPECT_EQ(0, raw_store_move(self->fd, self->a, 2, 0));
	EXPECT_EQ(0, STAT(self->fd, self->b).out_slot_refs);
	EXPECT_EQ(3, heap_handles(self->fd));
}

TEST_F(slot, store_move_that_fails_closes_nothing)
{
	__u64 reduced;

	EXPECT_EQ(-ERANGE, raw_store_move(self->fd, self->a, 4, self->b));
	EXPECT_EQ(-ENOENT, raw_store_move(self->fd, 7777, 0, self->b));
	EXPECT_EQ(-ENOENT, raw_store_move(self->fd, self->a, 0, 7777));
	ASSERT_EQ(0, raw_dup_rights(self->fd, self->b, MHEAP_RIGHT_READ, &reduced));
	EXPECT_EQ(-EACCES, raw_store_move(self->fd, self->a, 0, reduced));
	EXPECT_EQ(4, heap_handles(self->fd));
	EXPECT_EQ(2, STAT(self->fd, self->b).out_handle_refs);
	EXPECT_EQ(0, STAT(self->fd, self->b).out_slot_refs);
}

TEST_F(slot, store_move_of_the_last_handle)
{
	/* Into itself: a cycle, which nothing but a collection finds. */
	EXPECT_EQ(0, raw_store_move(self->fd, self->a, 1, self->a));
	EXPECT_EQ(2, heap_handles(self->fd));
	EXPECT_EQ(3, heap_objects(self->fd));
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(2, heap_objects(self->fd));
	/* Over the last reference to what it was loaded from. */
	EXPECT_EQ(0, raw_store_move(self->fd, self->b, 0, self->c));
	self->c = LOAD(self->fd, self->b, 0);
	EXPECT_EQ(0, raw_store_move(self->fd, self->b, 0, self->c));
	EXPECT_EQ(2, heap_objects(self->fd));
	CLOSE(self->fd, self->b);
	EXPECT_EQ(0, heap_objects(self->fd));
}

TEST_F(slot, exchange_returns_the_old_reference)
{
	__u64 old = 1;

	ASSERT_EQ(0, raw_exchange(self->fd, self->a, 1, self->b, &old));
	EXPECT_EQ(0, old);
	EXPECT_EQ(3, heap_handles(self->fd));
	ASSERT_EQ(0, raw_exchange(self->fd, self->a, 1, self->c, &old));
	EXPECT_EQ(2, STAT(self->fd, old).out_type);
	EXPECT_EQ(2, STAT(self->fd, self->b).out_handle_refs);
	EXPECT_EQ(0, STAT(self->fd, self->b).out_slot_refs);
	EXPECT_EQ(1, STAT(self->fd, self->c).out_slot_refs);
	/* The slot's reference may be the last one: the handle takes over. */
	CLOSE(self->fd, self->c);
	ASSERT_EQ(0, raw_exchange(self->fd, self->a, 1, 0, &old));
	EXPECT_EQ(3, STAT(self->fd, old).out_type);
	EXPECT_EQ(1, STAT(self->fd, old).out_handle_refs);
	EXPECT_EQ(0, STAT(self->fd, old).out_slot_refs);
}

TEST_F(slot, compare_exchange_stores_only_what_it_expects)
{
	__u64 copy = DUP(self->fd, self->b);

	EXPECT_EQ(-EAGAIN, raw_compare_exchange(self->fd, self->a, 0, self->b, self->c));
	EXPECT_EQ(0, STAT(self->fd, self->c).out_slot_refs);
	EXPECT_EQ(0, raw_compare_exchange(self->fd, self->a, 0, 0, self->b));
	EXPECT_EQ(1, STAT(self->fd, self->b).out_slot_refs);
	EXPECT_EQ(-EAGAIN, raw_compare_exchange(self->fd, self->a, 0, 0, self->c));
	EXPECT_EQ(-EAGAIN, raw_compare_exchange(self->fd, self->a, 0, self->c, 0));
	/* Any handle to the object will do. */
	EXPECT_EQ(0, raw_compare_exchange(self->fd, self->a, 0, copy, self->c));
	EXPECT_EQ(0, STAT(self->fd, self->b).out_slot_refs);
	EXPECT_EQ(1, STAT(self->fd, self->c).out_slot_refs);
	EXPECT_EQ(0, raw_compare_exchange(self->fd, self->a, 0, self->c, self->c));
	EXPECT_EQ(1, STAT(self->fd, self->c).out_slot_refs);
	EXPECT_EQ(0, raw_compare_exchange(self->fd, self->a, 0, self->c, 0));
	EXPECT_EQ(0, raw_compare_exchange(self->fd, self->a, 0, 0, 0));
	EXPECT_EQ(0, STAT(self->fd, self->c).out_slot_refs);
	EXPECT_EQ(4, heap_handles(self->fd));
}

TEST_F(slot, an_index_outside_of_the_object_is_ERANGE)
{
	static const __u32 bad[] = { 4, 5, 1024, 1 << 20, 1U << 31, ~0U };
	__u64 value, leaf = ALLOC(self->fd, 0, 8, 9);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-ERANGE, raw_load(self->fd, self->a, bad[i], &value));
		EXPECT_EQ(-ERANGE, raw_store(self->fd, self->a, bad[i], self->b));
		EXPECT_EQ(-ERANGE, raw_exchange(self->fd, self->a, bad[i], self->b, &value));
		EXPECT_EQ(-ERANGE, raw_compare_exchange(self->fd, self->a, bad[i], 0, self->b));
	}
	EXPECT_EQ(-ERANGE, raw_load(self->fd, leaf, 0, &value));
	EXPECT_EQ(-ERANGE, raw_store(self->fd, leaf, 0, self->b));
	EXPECT_EQ(1, STAT(self->fd, self->b).out_handle_refs);
	EXPECT_EQ(0, STAT(self->fd, self->b).out_slot_refs);
	EXPECT_EQ(4, heap_handles(self->fd));
}

TEST_F(slot, stale_and_forged_handles_are_refused_in_every_place)
{
	__u64 none = chosen_handle(1, 1), stale = DUP(self->fd, self->b), value;

	CLOSE(self->fd, stale);
	EXPECT_EQ(-ESTALE, raw_load(self->fd, stale, 0, &value));
	EXPECT_EQ(-ESTALE, raw_store(self->fd, stale, 0, self->b));
	EXPECT_EQ(-ESTALE, raw_store(self->fd, self->a, 0, stale));
	EXPECT_EQ(-ESTALE, raw_exchange(self->fd, stale, 0, self->b, &value));
	EXPECT_EQ(-ESTALE, raw_exchange(self->fd, self->a, 0, stale, &value));
	EXPECT_EQ(-ESTALE, raw_compare_exchange(self->fd, stale, 0, 0, self->b));
	EXPECT_EQ(-ESTALE, raw_compare_exchange(self->fd, self->a, 0, stale, self->b));
	EXPECT_EQ(-ESTALE, raw_compare_exchange(self->fd, self->a, 0, 0, stale));
	EXPECT_EQ(-ENOENT, raw_load(self->fd, none, 0, &value));
	EXPECT_EQ(-ENOENT, raw_store(self->fd, none, 0, self->b));
	EXPECT_EQ(-ENOENT, raw_store(self->fd, self->a, 0, none));
	EXPECT_EQ(-ENOENT, raw_exchange(self->fd, self->a, 0, none, &value));
	EXPECT_EQ(-ENOENT, raw_compare_exchange(self->fd, self->a, 0, none, 0));
	EXPECT_EQ(-ENOENT, raw_compare_exchange(self->fd, self->a, 0, 0, none));
	EXPECT_EQ(0, STAT(self->fd, self->b).out_slot_refs);
	EXPECT_EQ(3, heap_handles(self->fd));
}

TEST_F(slot, null_is_no_object_to_load_from)
{
	__u64 value;

	EXPECT_EQ(-ENOENT, raw_load(self->fd, 0, 0, &value));
	EXPECT_EQ(-ENOENT, raw_store(self->fd, 0, 0, self->a));
	EXPECT_EQ(-ENOENT, raw_exchange(self->fd, 0, 0, self->a, &value));
	EXPECT_EQ(-ENOENT, raw_compare_exchange(self->fd, 0, 0, 0, self->a));
}

TEST_F(slot, list_tells_numbers_in_chunks)
{
	__u64 handle = ALLOC(self->fd, 100, 0, 9), objects[100], cursor, expected;
	__u64 b = STAT(self->fd, self->b).out_object, c = STAT(self->fd, self->c).out_object;
	__u32 chunk, written, i, index;

	for (i = 0; i < 100; i++) {
		STORE(self->fd, handle, i, i % 3 == 0 ? 0 : i % 3 == 1 ? self->b : self->c);
	}
	for (chunk = 1; chunk <= 100; chunk += 9) {
		cursor = 0;
		index = 0;
		do {
			ASSERT_EQ(index, cursor);
			ASSERT_EQ(0, raw_slot_list(self->fd, handle, &cursor, objects,
						   chunk, &written));
			ASSERT_LT(0, written);
			ASSERT_LE(written, chunk);
			for (i = 0; i < written; i++, index++) {
				expected = index % 3 == 0 ? 0 : index % 3 == 1 ? b : c;
				ASSERT_EQ(expected, objects[i]);
			}
		} while (cursor != DONE);
		ASSERT_EQ(100, index);
	}
	cursor = 97;
	ASSERT_EQ(0, raw_slot_list(self->fd, handle, &cursor, objects, 100, &written));
	EXPECT_EQ(3, written);
	EXPECT_EQ(DONE, cursor);
	EXPECT_EQ(4, heap_handles(self->fd));
}

TEST_F(slot, list_writes_nothing_behind_what_it_says)
{
	__u64 objects[16], cursor = 0;
	__u32 written, i;

	memset(objects, 0xff, sizeof(objects));
	ASSERT_EQ(0, raw_slot_list(self->fd, self->a, &cursor, objects, 16, &written));
	EXPECT_EQ(4, written);
	for (i = 4; i < 16; i++) {
		EXPECT_EQ(~0ULL, objects[i]);
	}
	EXPECT_EQ(-EINVAL, raw_slot_list(self->fd, self->a, &cursor, objects, 0, &written));
	cursor = 0;
	EXPECT_EQ(-EINVAL, raw_slot_list(self->fd, self->a, &cursor, objects, 0, &written));
	EXPECT_EQ(-EINVAL, raw_slot_list(self->fd, self->a, &cursor, objects,
					 MHEAP_WALK_MAX + 1, &written));
	EXPECT_EQ(-EFAULT, raw_slot_list(self->fd, self->a, &cursor, NULL, 4, &written));
	EXPECT_EQ(-ENOENT, raw_slot_list(self->fd, 0, &cursor, objects, 4, &written));
}

TEST_F(slot, list_of_an_object_without_slots_is_empty)
{
	__u64 leaf = ALLOC(self->fd, 0, 8, 9), objects[4], cursor = 0;
	__u32 written = 9;

	ASSERT_EQ(0, raw_slot_list(self->fd, leaf, &cursor, objects, 4, &written));
	EXPECT_EQ(0, written);
	EXPECT_EQ(DONE, cursor);
}

TEST_F(slot, a_wide_object_has_a_million_slots_that_all_work)
{
	__u64 wide, *objects, cursor = 0;
	__u64 b = STAT(self->fd, self->b).out_object, index = 0;
	struct mheap_record *records = calloc(4096, sizeof(*records));
	__u32 written, i, filled = 0;

	if (variant->flags & MHEAP_CREATE_RESERVED)
		SKIP(return, "objects of a reserved heap have at most 1000 slots");
	wide = ALLOC(self->fd, MHEAP_SLOTS_MAX, 0, 9);
	objects = calloc(MHEAP_WALK_MAX, sizeof(*objects));
	ASSERT_NE(NULL, records);
	ASSERT_NE(NULL, objects);
	/* Every seventh slot. */
	for (i = 0; i < MHEAP_SLOTS_MAX; i += 7) {
		records[filled % 4096] = record_store(wide, i, self->b);
		if (++filled % 4096 == 0) {
			ASSERT_EQ(0, raw_batch_all(self->fd, records, 4096));
		}
	}
	ASSERT_EQ(0, raw_batch_all(self->fd, records, filled % 4096));
	EXPECT_EQ(filled, STAT(self->fd, self->b).out_slot_refs);
	do {
		ASSERT_EQ(0, raw_slot_list(self->fd, wide, &cursor, objects,
					   MHEAP_WALK_MAX, &written));
		for (i = 0; i < written; i++, index++) {
			ASSERT_EQ(index % 7 ? 0 : b, objects[i]);
		}
	} while (cursor != DONE);
	EXPECT_EQ(MHEAP_SLOTS_MAX, index);
	CLOSE(self->fd, wide);
	EXPECT_TRUE(heap_drained(self->fd));
	EXPECT_EQ(3, heap_objects(self->fd));
	EXPECT_EQ(0, STAT(self->fd, self->b).out_slot_refs);
	free(records);
	free(objects);
}

TEST_F(slot, slots_of_two_sessions_are_the_same_slots)
{
	int fd = SECOND(self->fd, MHEAP_RIGHTS_ALL);
	__u64 theirs, value;

	ASSERT_EQ(0, raw_root_set(self->fd, "a", self->a));
	ASSERT_EQ(0, raw_root_get(fd, "a", &theirs));
	STORE(self->fd, self->a, 0, self->b);
	value = LOAD(fd, theirs, 0);
	EXPECT_EQ(2, STAT(fd, value).out_type);
	EXPECT_EQ(0, raw_compare_exchange(fd, theirs, 0, value, theirs));
	EXPECT_EQ(1, STAT(self->fd, LOAD(self->fd, self->a, 0)).out_type);
	/* A handle of one session names nothing in the other. */
	EXPECT_EQ(-ENOENT, raw_store(fd, theirs, 1, chosen_handle(0, 1)));
	close(fd);
}

TEST_HARNESS_MAIN
