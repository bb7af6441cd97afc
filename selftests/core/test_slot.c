// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>

#include "heap.h"

struct scene {
	struct mheap_core *core;
	struct mheap_mutator *m;
	u32 box, a, b;
};

static struct scene begin(u32 slots)
{
	struct scene s;

	s.core = heap_new(HEAP_BYTES, 0);
	s.m = heap_mutator(s.core);
	s.box = heap_alloc(s.m, slots, 0);
	s.a = heap_alloc(s.m, 1, 0);
	s.b = heap_alloc(s.m, 1, 0);
	return s;
}

static void end(struct scene *s)
{
	heap_collect(s->core);
	heap_check(s->core);
	heap_mutator_delete(s->m);
	heap_delete(s->core);
}

TEST(slot_store_and_load)
{
	static const u32 at[] = { 0, 1, 1016, 1017, 1018, 1023, 1024, 1025, 4999 };
	struct scene s = begin(5000);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(at); i++) {
		heap_store(s.m, s.box, at[i], s.a);
		CHECK_EQ(heap_slots(s.core, s.a), i + 1);
	}
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		CHECK_EQ(heap_load(s.m, s.box, at[i]), s.a);
		CHECK_EQ(heap_handles(s.core, s.a), i + 2);
	}
	CHECK_EQ(heap_load(s.m, s.box, 2), 0);
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		heap_store(s.m, s.box, at[i], i % 2 ? 0 : s.b);
		CHECK_EQ(heap_slots(s.core, s.a), ARRAY_SIZE(at) - i - 1);
	}
	CHECK_EQ(heap_slots(s.core, s.b), 5);
	CHECK_EQ(mheap_slot_peek(s.core, s.box, 0), s.b);
	CHECK_EQ(mheap_slot_peek(s.core, s.box, 1), 0);
	end(&s);
}

TEST(slot_store_frees_what_was_there)
{
	struct scene s = begin(2);

	heap_store(s.m, s.box, 0, s.a);
	heap_drop(s.m, s.a);
	CHECK(heap_alive(s.core, s.a));
	heap_store(s.m, s.box, 0, s.b);
	CHECK(!heap_alive(s.core, s.a));
	CHECK_EQ(heap_objects(s.core), 2);
	heap_drop(s.m, s.b);
	heap_store(s.m, s.box, 0, 0);
	CHECK_EQ(heap_objects(s.core), 1);
	end(&s);
}

TEST(slot_store_of_what_is_there_already)
{
	struct scene s = begin(2);

	heap_store(s.m, s.box, 0, s.a);
	heap_store(s.m, s.box, 0, s.a);
	CHECK_EQ(heap_slots(s.core, s.a), 1);
	heap_store(s.m, s.box, 1, s.box);
	heap_store(s.m, s.box, 1, s.box);
	CHECK_EQ(heap_slots(s.core, s.box), 1);
	end(&s);
}

TEST(slot_exchange)
{
	struct scene s = begin(1);
	u32 old = 77;

	mheap_section_enter(s.m);
	CHECK_EQ(mheap_slot_exchange(s.m, s.box, 0, s.a, &old), 0);
	CHECK_EQ(old, 0);
	CHECK_EQ(mheap_slot_exchange(s.m, s.box, 0, s.b, &old), 0);
	CHECK_EQ(old, s.a);
	CHECK_EQ(heap_handles(s.core, s.a), 2);
	CHECK_EQ(heap_slots(s.core, s.a), 0);
	CHECK_EQ(mheap_slot_exchange(s.m, s.box, 0, s.b, &old), 0);
	CHECK_EQ(old, s.b);
	CHECK_EQ(heap_slots(s.core, s.b), 1);
	CHECK_EQ(heap_handles(s.core, s.b), 2);
	CHECK_EQ(mheap_slot_exchange(s.m, s.box, 0, 0, &old), 0);
	CHECK_EQ(old, s.b);
	CHECK_EQ(heap_slots(s.core, s.b), 0);
	CHECK_EQ(heap_handles(s.core, s.b), 3);
	mheap_section_exit(s.m);
	end(&s);
}

TEST(slot_compare_exchange)
{
	struct scene s = begin(1);

	mheap_section_enter(s.m);
	CHECK_EQ(mheap_slot_compare_exchange(s.m, s.box, 0, s.a, s.b), -EAGAIN);
	CHECK_EQ(heap_slots(s.core, s.b), 0);
	CHECK_EQ(mheap_slot_compare_exchange(s.m, s.box, 0, 0, s.a), 0);
	CHECK_EQ(mheap_slot_compare_exchange(s.m, s.box, 0, 0, s.b), -EAGAIN);
	CHECK_EQ(mheap_slot_compare_exchange(s.m, s.box, 0, s.b, 0), -EAGAIN);
	CHECK_EQ(mheap_slot_compare_exchange(s.m, s.box, 0, s.a, s.a), 0);
	CHECK_EQ(heap_slots(s.core, s.a), 1);
	CHECK_EQ(mheap_slot_compare_exchange(s.m, s.box, 0, s.a, s.b), 0);
	CHECK_EQ(heap_slots(s.core, s.a), 0);
	CHECK_EQ(heap_slots(s.core, s.b), 1);
	CHECK_EQ(mheap_slot_compare_exchange(s.m, s.box, 0, s.b, 0), 0);
	CHECK_EQ(heap_slots(s.core, s.b), 0);
	mheap_section_exit(s.m);
	end(&s);
}

/* As many references as can be counted, without making them. */
static void fill(struct scene *s, u32 number, u64 mask, s64 *before)
{
	atomic64_t *word = &mheap_cell_of(s->core, number)->count;

	*before = atomic64_read(word);
	atomic64_set(word, *before | mask);
}

static void unfill(struct scene *s, u32 number, s64 before)
{
	atomic64_set(&mheap_cell_of(s->core, number)->count, before);
}

TEST(slot_full_count_of_slots)
{
	struct scene s = begin(1);
	s64 before;
	u32 old;

	heap_store(s.m, s.box, 0, s.b);
	fill(&s, s.a, MHEAP_COUNT_SLOTS, &before);
	mheap_section_enter(s.m);
	CHECK_EQ(mheap_slot_store(s.m, s.box, 0, s.a), -EMLINK);
	CHECK_EQ(mheap_slot_exchange(s.m, s.box, 0, s.a, &old), -EMLINK);
	CHECK_EQ(mheap_slot_compare_exchange(s.m, s.box, 0, s.b, s.a), -EMLINK);
	mheap_section_exit(s.m);
	CHECK_EQ(mheap_slot_peek(s.core, s.box, 0), s.b);
	CHECK_EQ(heap_slots(s.core, s.b), 1);
	CHECK_EQ(heap_handles(s.core, s.b), 1);
	CHECK_EQ(heap_count(s.core, s.a), (before | MHEAP_COUNT_SLOTS));
	unfill(&s, s.a, before);
	end(&s);
}

TEST(slot_full_count_of_handles)
{
	struct scene s = begin(1);
	s64 before;
	u32 old = 77;

	heap_store(s.m, s.box, 0, s.a);
	fill(&s, s.a, MHEAP_COUNT_HANDLES, &before);
	mheap_section_enter(s.m);
	CHECK_EQ(mheap_handle_take(s.m, s.a), -EMLINK);
	CHECK_EQ(mheap_slot_load(s.m, s.box, 0, &old), -EMLINK);
	CHECK_EQ(mheap_slot_exchange(s.m, s.box, 0, s.b, &old), -EMLINK);
	CHECK_EQ(old, 77);
	CHECK_EQ(mheap_slot_peek(s.core, s.box, 0), s.a);
	CHECK_EQ(heap_slots(s.core, s.b), 0);
	/* No handle is made, so these can be done. */
	CHECK_EQ(mheap_slot_store(s.m, s.box, 0, s.b), 0);
	CHECK_EQ(heap_slots(s.core, s.a), 0);
	mheap_section_exit(s.m);
	unfill(&s, s.a, before - MHEAP_COUNT_SLOT);
	end(&s);
}

TEST(slot_handles)
{
	struct scene s = begin(1);

	heap_take(s.m, s.a);
	CHECK_EQ(heap_handles(s.core, s.a), 2);
	heap_drop(s.m, s.a);
	CHECK(heap_alive(s.core, s.a));
	heap_drop(s.m, s.a);
	CHECK(!heap_alive(s.core, s.a));
	end(&s);
}

TEST(slot_self_reference_alone_does_not_keep)
{
	struct scene s = begin(1);

	heap_store(s.m, s.a, 0, s.a);
	heap_drop(s.m, s.a);
	CHECK(heap_alive(s.core, s.a));
	heap_collect(s.core);
	CHECK(!heap_alive(s.core, s.a));
	end(&s);
}
