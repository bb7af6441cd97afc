// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include <linux/minmax.h>

#include "bound.h"
#include "heap.h"

#ifdef __SANITIZE_ADDRESS__
#define LONG_CHAIN 1000000
#else
#define LONG_CHAIN 10000000
#endif

#define MOST_SLOTS (1U << 20)

static struct mheap_core *core;
static struct mheap_mutator *m;

static void begin(void)
{
	core = heap_new(4ULL << 30, 0);
	m = heap_mutator(core);
}

static void end(void)
{
	CHECK_EQ(heap_objects(core), 0);
	heap_check(core);
	heap_mutator_delete(m);
	heap_delete(core);
}

static u32 chain(u32 length)
{
	u32 head = 0, node;

	while (length--) {
		node = heap_alloc(m, 1, 0);
		if (head) {
			heap_store(m, node, 0, head);
			heap_drop(m, head);
		}
		head = node;
	}
	return head;
}

/* Each piece of the worker's work takes no more steps than a section has. */
static u32 work_in_pieces(u32 most)
{
	u32 pieces = 0;
	u64 before;

	for (;;) {
		before = heap_objects(core);
		if (mheap_core_work(core) == MHEAP_STEP_IDLE)
			return pieces;
		pieces++;
		REQUIRE(before - heap_objects(core) <= most);
	}
}

TEST(release_long_chain_takes_bounded_sections)
{
	u32 length = tap_effort(LONG_CHAIN), head, pieces;

	begin();
	head = chain(length);
	mheap_section_enter(m);
	mheap_handle_drop(m, head);
	mheap_release_run(m);
	CHECK_EQ(m->steps, 0);
	mheap_section_exit(m);
	/* Each object: its slot, and itself. */
	CHECK_EQ(heap_objects(core), length - MHEAP_SECTION_STEPS / 2);
	CHECK_EQ(mheap_core_attention(core), MHEAP_ATTENTION_NOW);
	pieces = work_in_pieces(MHEAP_SECTION_STEPS / 2);
	CHECK(pieces >= length / (MHEAP_SECTION_STEPS / 2) - 1);
	CHECK(pieces <= length / (MHEAP_SECTION_STEPS / 2) + 2);
	end();
}

TEST(release_longest_section_is_known)
{
	struct mheap_core_stat stat;

	begin();
	mheap_core_stat(core, &stat);
	CHECK(stat.longest_section < 16);
	heap_drop(m, chain(50));
	mheap_core_stat(core, &stat);
	/* The first of them may have had its slot cleared in a section of its own. */
	CHECK(stat.longest_section >= 100 && stat.longest_section < 116);
	heap_drop(m, heap_alloc(m, MOST_SLOTS, 0));
	mheap_core_stat(core, &stat);
	CHECK(stat.longest_section >= MHEAP_SECTION_STEPS);
	heap_work(core);
	mheap_core_stat(core, &stat);
	/* The pages of its slots went all at once. */
	CHECK(stat.longest_section >= MOST_SLOTS / MHEAP_PIECE_SLOTS);
	CHECK(stat.longest_section <= MHEAP_SECTION_STEPS + 1 + MOST_SLOTS / MHEAP_PIECE_SLOTS);
	CHECK(stat.longest_hold && stat.longest_hold <= 64);
	end();
}

TEST(release_a_section_that_is_too_long_is_reported)
{
	u32 longest = 0;

	tap_expect_warnings(1);
	mheap_bound_note(&longest, MHEAP_BOUND_SECTION, MHEAP_BOUND_SECTION);
	CHECK_EQ(longest, MHEAP_BOUND_SECTION);
	CHECK_EQ(shim_warnings, 0);
	mheap_bound_note(&longest, MHEAP_BOUND_SECTION + 1, MHEAP_BOUND_SECTION);
	CHECK_EQ(longest, MHEAP_BOUND_SECTION + 1);
	CHECK_EQ(shim_warnings, 1);
}

TEST(release_short_chain_is_gone_at_once)
{
	begin();
	heap_drop(m, chain(MHEAP_SECTION_STEPS / 2));
	CHECK_EQ(heap_objects(core), 0);
	CHECK(mheap_core_attention(core) != MHEAP_ATTENTION_NOW);
	heap_drop(m, chain(MHEAP_SECTION_STEPS / 2 + 1));
	CHECK_EQ(heap_objects(core), 1);
	heap_work(core);
	end();
}

TEST(release_steps_are_counted_exactly)
{
	static const u32 slots[] = { 0, 1, 2, 3, 7, 50, 500, 1022, 1023 };
	u32 i, number;

	begin();
	for (i = 0; i < ARRAY_SIZE(slots); i++) {
		if (slots[i] > MHEAP_INLINE_SLOTS)
			continue;
		number = heap_alloc(m, slots[i], 0);
		mheap_section_enter(m);
		mheap_handle_drop(m, number);
		mheap_release_run(m);
		CHECK_EQ(m->steps, MHEAP_SECTION_STEPS - slots[i] - 1);
		mheap_section_exit(m);
	}
	end();
}

TEST(release_goes_on_where_it_stopped)
{
	const u32 slots = 700;
	u32 number, leaf, i, budget, done;

	begin();
	for (budget = 1; budget < 40; budget += 3) {
		number = heap_alloc(m, slots, 0);
		for (i = 0; i < slots; i++) {
			leaf = heap_alloc(m, 0, 0);
			heap_store(m, number, i, leaf);
			heap_drop(m, leaf);
		}
		mheap_section_enter(m);
		mheap_handle_drop(m, number);
		done = 0;
		while (m->dead.head) {
			m->steps = budget;
			m->took = budget;
			mheap_release_run(m);
			done += budget - m->steps;
			REQUIRE(done <= 4 * slots);
		}
		/* A step a slot, one a leaf, one for the object where any are left. */
		CHECK(done == 2 * slots + 1 || done == 2 * slots);
		mheap_section_exit(m);
		CHECK_EQ(heap_objects(core), 0);
	}
	end();
}

TEST(release_wide_object)
{
	const u32 slots = 1 << 20;
	u32 number, leaf, i, pieces;

	begin();
	number = heap_alloc(m, slots, 0);
	for (i = 0; i < slots; i++) {
		leaf = heap_alloc(m, 0, 0);
		heap_store(m, number, i, leaf);
		heap_drop(m, leaf);
	}
	heap_drop(m, number);
	CHECK(heap_objects(core) >= slots - MHEAP_SECTION_STEPS);
	pieces = work_in_pieces(MHEAP_SECTION_STEPS);
	CHECK(pieces >= 2 * slots / MHEAP_SECTION_STEPS - 2);
	CHECK(pieces <= 2 * slots / MHEAP_SECTION_STEPS + 4);
	end();
}

TEST(release_large_payload)
{
	const u32 chunks = 100;
	u32 number, pieces;
	long held;

	begin();
	number = heap_alloc(m, 3, chunks * MHEAP_CHUNK_BYTES);
	held = atomic_long_read(&core->memory.held);
	heap_drop(m, number);
	CHECK(atomic_long_read(&core->memory.held) > held - 30 * (long)MHEAP_CHUNK_BYTES);
	pieces = work_in_pieces(1);
	CHECK(pieces >= chunks / (MHEAP_SECTION_STEPS / MHEAP_PIECE_STEPS) - 1);
	CHECK(atomic_long_read(&core->memory.held) <= held - chunks * (long)MHEAP_CHUNK_BYTES);
	end();
}

TEST(release_shared_objects_go_once)
{
	u32 top, bottom, i, nodes[100];

	begin();
	/* A ladder: each refers to the next by both of its slots. */
	bottom = heap_alloc(m, 2, 8);
	top = bottom;
	for (i = 0; i < 100; i++) {
		nodes[i] = heap_alloc(m, 2, 8);
		heap_store(m, nodes[i], 0, top);
		heap_store(m, nodes[i], 1, top);
		heap_drop(m, top);
		top = nodes[i];
	}
	CHECK_EQ(heap_slots(core, bottom), 2);
	heap_drop(m, top);
	CHECK_EQ(heap_objects(core), 0);
	end();
}

TEST(release_several_mutators_leave_work)
{
	struct mheap_mutator *other;
	u32 a, b;

	begin();
	other = heap_mutator(core);
	a = chain(2000);
	b = chain(3000);
	/* Both sections are open, and end the other way round. */
	heap_open(m);
	heap_open(other);
	mheap_handle_drop(m, a);
	mheap_handle_drop(other, b);
	mheap_release_run(m);
	mheap_release_run(other);
	heap_close(m);
	CHECK_EQ(heap_objects(core), 5000 - 2 * MHEAP_SECTION_STEPS / 2);
	heap_work(core);
	/* The other's are its own until its section ends. */
	CHECK_EQ(heap_objects(core), 3000 - MHEAP_SECTION_STEPS / 2);
	heap_close(other);
	heap_work(core);
	heap_mutator_delete(other);
	end();
}

TEST(release_without_a_run_is_left_to_the_worker)
{
	u32 a;

	begin();
	a = chain(3);
	mheap_section_enter(m);
	mheap_handle_drop(m, a);
	mheap_section_exit(m);
	CHECK_EQ(heap_objects(core), 3);
	CHECK_EQ(mheap_core_attention(core), MHEAP_ATTENTION_NOW);
	heap_work(core);
	end();
}

TEST(release_while_collecting_waits_in_quarantine)
{
	u32 a, b, held;

	begin();
	a = chain(5);
	b = heap_alloc(m, 1, 0);
	mheap_collect_request(core, MHEAP_CAUSE_REQUEST);
	while (core->collector.stage != MHEAP_STAGE_TERMINATE)
		mheap_core_work(core);
	held = atomic_read(&mheap_chunk_of(&core->cells, a)->used);
	heap_drop(m, a);
	CHECK_EQ(heap_objects(core), 1);
	CHECK_EQ(atomic_read(&mheap_chunk_of(&core->cells, a)->used), held);
	CHECK(core->quarantine);
	heap_work(core);
	CHECK_EQ(atomic_read(&mheap_chunk_of(&core->cells, b)->used), held - 5);
	CHECK_EQ(core->collector.last.freed, 0);
	heap_drop(m, b);
	end();
}
