// SPDX-License-Identifier: GPL-2.0-only
#include "weak_fixture.h"

TEST(weak_collection_clears)
{
	u32 a, w, v;

	begin();
	a = dead_ring(1);
	w = heap_weaken(m, a);
	v = heap_load(m, a, 0);
	heap_drop(m, v);
	v = heap_weaken(m, v);
	heap_collect(core);
	heap_drop(m, a);
	/* Garbage as yet unseen lives. */
	CHECK_EQ(heap_upgrade(m, w), a);
	heap_collect(core);
	CHECK_EQ(heap_objects(core), 2);
	heap_drop(m, a);
	heap_collect(core);
	CHECK_EQ(core->collector.last.freed, 2);
	CHECK_EQ(heap_objects(core), 0);
	CHECK_EQ(heap_upgrade(m, w), 0);
	CHECK_EQ(heap_upgrade(m, v), 0);
	CHECK_EQ(mheap_weak_cell(core, w)->watched, MHEAP_FREED_COLLECT);
	CHECK_EQ(mheap_weak_cell(core, v)->watched, MHEAP_FREED_COLLECT);
	heap_check(core);
	heap_drop(m, w);
	heap_drop(m, v);
	end_empty();
}

/* Whichever of the two is found first, where garbage refers to both. */
TEST(weak_collection_frees_both)
{
	u32 order, a, w, spare;

	for (order = 0; order < 2; order++) {
		begin();
		spare = heap_alloc(m, 0, 0);
		a = dead_ring(2);
		if (order) {
			heap_drop(m, spare);
			heap_mutator_delete(m);
			m = heap_mutator(core);
		}
		w = heap_weaken(m, a);
		CHECK_EQ(w < a, order);
		heap_store(m, a, 1, w);
		heap_drop(m, w);
		heap_drop(m, a);
		heap_collect(core);
		CHECK_EQ(heap_objects(core), !order);
		CHECK_EQ(core->collector.last.freed, 2);
		CHECK_EQ(core->weak.cells, 0);
		if (!order)
			heap_drop(m, spare);
		end_empty();
	}
}

/* What a collection sees is brought into it by who gets at it. */

static const enum mheap_stage open_stages[] = {
	MHEAP_STAGE_SETTLE, MHEAP_STAGE_START, MHEAP_STAGE_ROOTS, MHEAP_STAGE_PENDING,
	MHEAP_STAGE_MARK, MHEAP_STAGE_TERMINATE,
};

static const enum mheap_stage closed_stages[] = {
	MHEAP_STAGE_CONDEMN, MHEAP_STAGE_TALLY, MHEAP_STAGE_SWEEP, MHEAP_STAGE_FINISH,
	MHEAP_STAGE_UNQUARANTINE, MHEAP_STAGE_CLEAR,
};

TEST(weak_upgrade_while_marking)
{
	u32 i, a, b, w;

	for (i = 0; i < ARRAY_SIZE(open_stages); i++) {
		begin();
		/* One has been before: what that closed is open again. */
		heap_collect(core);
		a = dead_ring(1);
		w = heap_weaken(m, a);
		heap_drop(m, a);
		collect_to(open_stages[i]);
		CHECK_EQ(heap_upgrade(m, w), a);
		heap_work(core);
		CHECK_EQ(core->collector.last.freed, 0);
		CHECK_EQ(core->collector.last.failures, 0);
		/* And all that it refers to. */
		CHECK_EQ(heap_objects(core), 2);
		b = heap_load(m, a, 0);
		CHECK_EQ(heap_load(m, b, 0), a);
		heap_check(core);
		heap_drop(m, a);
		heap_drop(m, a);
		heap_drop(m, b);
		heap_collect(core);
		CHECK_EQ(heap_upgrade(m, w), 0);
		heap_drop(m, w);
		end_empty();
	}
}

TEST(weak_upgrade_of_what_is_condemned)
{
	u32 i, a, w;
	u64 count;

	for (i = 0; i < ARRAY_SIZE(closed_stages); i++) {
		begin();
		a = dead_ring(1);
		w = heap_weaken(m, a);
		heap_drop(m, a);
		collect_to(closed_stages[i]);
		count = heap_count(core, a);
		CHECK_EQ(heap_upgrade(m, w), 0);
		/* Counts of the condemned stand still, but for what they lose. */
		CHECK_EQ(heap_count(core, a), count);
		heap_work(core);
		CHECK_EQ(core->collector.last.freed, 2);
		CHECK_EQ(heap_upgrade(m, w), 0);
		heap_drop(m, w);
		end_empty();
	}
}

/* Marking ends while a section is open that sees it go on. */
TEST(weak_upgrade_after_the_end_of_marking)
{
	struct mheap_mutator *other;
	u32 a, w, number;

	begin();
	other = heap_mutator(core);
	a = dead_ring(1);
	w = heap_weaken(m, a);
	heap_drop(m, a);
	collect_to(MHEAP_STAGE_TERMINATE);
	heap_open(other);
	mheap_core_work(core);
	CHECK_EQ(core->collector.stage, MHEAP_STAGE_CONDEMN);
	CHECK(core->weak.closed);
	CHECK(mheap_phase_barrier(other->phase));
	CHECK_EQ(mheap_weak_upgrade(other, w, &number), 0);
	CHECK_EQ(number, 0);
	heap_close(other);
	heap_work(core);
	CHECK_EQ(core->collector.last.freed, 2);
	heap_drop(m, w);
	heap_mutator_delete(other);
	end_empty();
}

/* An upgrade that is faster than the end of marking has it go on. */
TEST(weak_upgrade_holds_the_end_of_marking_up)
{
	struct mheap_mutator *other;
	u32 a, w, number;

	begin();
	other = heap_mutator(core);
	a = dead_ring(1);
	w = heap_weaken(m, a);
	heap_drop(m, a);
	collect_to(MHEAP_STAGE_TERMINATE);
	CHECK(mheap_grace_over(core, MHEAP_GRACE_COLLECT));
	heap_open(other);
	CHECK_EQ(mheap_weak_upgrade(other, w, &number), 0);
	CHECK_EQ(number, a);
	CHECK(!mheap_weak_close(core));
	CHECK(!core->weak.closed);
	mheap_core_work(core);
	CHECK_EQ(core->collector.stage, MHEAP_STAGE_MARK);
	heap_close(other);
	heap_work(core);
	CHECK_EQ(heap_objects(core), 2);
	CHECK(core->weak.closed);
	heap_drop(m, a);
	heap_collect(core);
	heap_drop(m, w);
	heap_mutator_delete(other);
	end_empty();
}

/* An object that lives, and whose weak cell only garbage refers to; returns the cell. */
static u32 lost_cell(u32 *ret_object)
{
	u32 a = dead_ring(2), w;

	*ret_object = heap_alloc(m, 0, 0);
	w = heap_weaken(m, *ret_object);
	heap_store(m, a, 1, w);
	heap_drop(m, w);
	heap_drop(m, a);
	return w;
}

TEST(weak_share_while_marking)
{
	u32 i, a, w;

	for (i = 0; i < ARRAY_SIZE(open_stages); i++) {
		begin();
		/* One has been before: what that closed is open again. */
		heap_collect(core);
		w = lost_cell(&a);
		collect_to(open_stages[i]);
		CHECK_EQ(heap_weaken(m, a), w);
		heap_work(core);
		CHECK_EQ(core->collector.last.failures, 0);
		CHECK_EQ(core->collector.last.freed, 2);
		CHECK_EQ(heap_upgrade(m, w), a);
		CHECK_EQ(heap_handles(core, w), 1);
		CHECK_EQ(heap_slots(core, w), 0);
		heap_drop(m, a);
		heap_drop(m, a);
		heap_drop(m, w);
		end_empty();
	}
}

TEST(weak_share_of_what_is_condemned)
{
	u32 i, a, w, v;

	/* Later it is gone, and its cell may be the new one. */
	for (i = 0; i < ARRAY_SIZE(closed_stages) - 3; i++) {
		begin();
		w = lost_cell(&a);
		collect_to(closed_stages[i]);
		v = heap_weaken(m, a);
		CHECK(v != w);
		CHECK_EQ(mheap_weak_peek(core, a), v);
		heap_work(core);
		CHECK_EQ(core->collector.last.failures, 0);
		CHECK_EQ(core->weak.cells, 1);
		CHECK_EQ(core->weak.bound, 1);
		CHECK_EQ(heap_upgrade(m, v), a);
		heap_drop(m, a);
		heap_drop(m, a);
		CHECK_EQ(heap_upgrade(m, v), 0);
		heap_drop(m, v);
		end_empty();
	}
}

TEST(weak_share_after_the_end_of_marking)
{
	struct mheap_mutator *other;
	u32 a, w, v = 0;

	begin();
	other = heap_mutator(core);
	w = lost_cell(&a);
	REQUIRE_EQ(mheap_weak_prepare(other, a), 0);
	collect_to(MHEAP_STAGE_TERMINATE);
	heap_open(other);
	mheap_core_work(core);
	CHECK_EQ(core->collector.stage, MHEAP_STAGE_CONDEMN);
	CHECK_EQ(mheap_weak_take(other, a, &v), 0);
	CHECK(v != w);
	heap_close(other);
	heap_work(core);
	CHECK_EQ(core->collector.last.failures, 0);
	CHECK_EQ(core->weak.cells, 1);
	CHECK_EQ(heap_upgrade(m, v), a);
	heap_drop(m, a);
	heap_drop(m, a);
	heap_drop(m, v);
	heap_mutator_delete(other);
	end_empty();
}

/* Cells that are made meanwhile are there after it, whatever the stage. */
TEST(weak_cells_are_born_alive)
{
	enum mheap_stage stage;
	u32 a, w;

	for (stage = MHEAP_STAGE_SETTLE; stage <= MHEAP_STAGE_CLEAR; stage++) {
		if (stage >= MHEAP_STAGE_NARROW && stage <= MHEAP_STAGE_RESCUE)
			continue;
		begin();
		heap_drop(m, dead_ring(1));
		a = heap_alloc(m, 1, 0);
		collect_to(stage);
		w = heap_weaken(m, a);
		heap_work(core);
		CHECK_EQ(core->collector.last.failures, 0);
		CHECK_EQ(heap_objects(core), 1);
		CHECK_EQ(heap_upgrade(m, w), a);
		heap_check(core);
		heap_drop(m, a);
		heap_drop(m, a);
		CHECK_EQ(heap_upgrade(m, w), 0);
		heap_drop(m, w);
		end_empty();
	}
}

TEST(weak_cells_die_while_collecting)
{
	enum mheap_stage stage;
	u32 a, b, w, v;

	for (stage = MHEAP_STAGE_SETTLE; stage <= MHEAP_STAGE_CLEAR; stage++) {
		if (stage >= MHEAP_STAGE_NARROW && stage <= MHEAP_STAGE_RESCUE)
			continue;
		begin();
		a = heap_alloc(m, 1, 0);
		b = heap_alloc(m, 1, 0);
		w = heap_weaken(m, a);
		v = heap_weaken(m, b);
		collect_to(stage);
		heap_drop(m, w);
		CHECK_EQ(mheap_weak_peek(core, a), 0);
		heap_drop(m, b);
		CHECK_EQ(heap_upgrade(m, v), 0);
		heap_work(core);
		CHECK_EQ(heap_objects(core), 1);
		CHECK_EQ(core->weak.cells, 1);
		heap_check(core);
		heap_drop(m, a);
		heap_drop(m, v);
		end_empty();
	}
}

/* The section of @other begins in SWEEP and goes on, while the worker gets to FINISH. */
static void sweep_behind(struct mheap_mutator *other)
{
	collect_to(MHEAP_STAGE_SWEEP);
	heap_open(other);
	while (core->collector.stage != MHEAP_STAGE_FINISH)
		mheap_core_work(core);
	CHECK_EQ(mheap_phase_of(other->phase), MHEAP_PHASE_SWEEP);
	CHECK_EQ(mheap_phase_of(core->phase), MHEAP_PHASE_IDLE);
}

/* What is born when the phase is over is white, and not condemned. */
TEST(weak_upgrade_of_what_was_born_after_the_phase)
{
	struct mheap_mutator *other;
	u32 s, r, w, number;

	begin();
	other = heap_mutator(core);
	s = heap_alloc(m, 1, 0);
	sweep_behind(other);
	r = heap_alloc(m, 1, 0);
	w = heap_weaken(m, r);
	heap_store(m, s, 0, w);
	CHECK_EQ(mheap_slot_load(other, s, 0, &number), 0);
	REQUIRE_EQ(number, r);
	mheap_handle_drop(other, number);
	heap_close(other);
	CHECK_EQ(heap_upgrade(m, w), r);
	heap_drop(m, r);
	heap_drop(m, r);
	heap_drop(m, w);
	heap_drop(m, s);
	heap_mutator_delete(other);
	end_empty();
}

TEST(weak_share_of_what_was_born_after_the_phase)
{
	struct mheap_mutator *other;
	u32 r, w, v;

	begin();
	other = heap_mutator(core);
	r = heap_alloc(m, 1, 0);
	REQUIRE_EQ(mheap_weak_prepare(other, r), 0);
	sweep_behind(other);
	w = heap_weaken(m, r);
	CHECK_EQ(mheap_weak_take(other, r, &v), 0);
	CHECK_EQ(v, w);
	heap_close(other);
	REQUIRE_EQ(heap_upgrade(m, w), r);
	heap_drop(m, r);
	heap_drop(m, v);
	heap_drop(m, w);
	heap_drop(m, r);
	heap_mutator_delete(other);
	end_empty();
}
