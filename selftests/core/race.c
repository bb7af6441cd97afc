// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "race.h"

struct race r;
struct party first, second;

void race_keep(u32 number)
{
	if (number)
		r.kept[r.count++] = number;
}

void race_at_point(void)
{
	struct party *party = fibre_current() ? fibre_current()->arg : NULL;

	if (party && party->points_left && !--party->points_left)
		fibre_yield();
}

static void race_party_run(void *arg)
{
	struct party *party = arg;

	party->run();
	party->over = true;
	for (;;)
		fibre_yield();
}

void race_party_begin(struct party *party, void (*run)(void))
{
	*party = (struct party) { .run = run };
	fibre_init(&party->fibre, race_party_run, party);
}

void race_party_finish(struct party *party, struct party *other)
{
	unsigned long turns;

	for (turns = 0; !party->over; turns++) {
		REQUIRE(turns < 10000);
		party->points_left = 0;
		fibre_go(&party->fibre);
		if (party->over || other->over)
			continue;
		other->points_left = 1;
		fibre_go(&other->fibre);
	}
}

void race_party_end(void)
{
	shim_at_point = NULL;
	fibre_exit(&first.fibre);
	fibre_exit(&second.fibre);
}

static bool drop_kept(void)
{
	u32 i;

	for (i = 0; i < 2; i++)
		if (r.weak[i])
			heap_drop(r.other, r.weak[i]);
	while (r.count)
		heap_drop(r.other, r.kept[--r.count]);
	heap_drop(r.other, r.hub);
	return true;
}

void race_begin(void (*setup)(void), u32 steps)
{
	memset(&r, 0, sizeof(r));
	r.core = heap_new(4 << 20, 0);
	r.one = heap_mutator(r.core);
	r.other = heap_mutator(r.core);
	r.hub = heap_alloc(r.one, 2, 0);
	setup();
	if (steps)
		mheap_collect_request(r.core, MHEAP_CAUSE_REQUEST);
	while (steps--)
		mheap_core_work(r.core);
}

void race_end(void)
{
	u32 i;

	heap_work(r.core);
	CHECK_EQ(r.core->collector.total_failures, 0);
	CHECK(heap_alive(r.core, r.hub));
	for (i = 0; i < r.count; i++)
		CHECK(heap_alive(r.core, r.kept[i]));
	for (i = 0; i < 2; i++)
		CHECK(!r.weak[i] || mheap_weak_is(r.core, r.weak[i]));
	heap_check(r.core);
	drop_kept();
	heap_work(r.core);
	heap_collect(r.core);
	CHECK_EQ(heap_objects(r.core), 0);
	CHECK_EQ(r.core->weak.cells, 0);
	heap_check(r.core);
	heap_mutator_delete(r.one);
	heap_mutator_delete(r.other);
	heap_delete(r.core);
}

bool race_meet(void (*one)(void), void (*other)(void), u32 n)
{
	bool reached;

	race_party_begin(&first, one);
	race_party_begin(&second, other);
	shim_at_point = race_at_point;
	shim_at_relax = fibre_yield;
	first.points_left = n;
	fibre_go(&first.fibre);
	reached = !first.over;
	race_party_finish(&second, &first);
	race_party_finish(&first, &second);
	race_party_end();
	return reached;
}

bool race_try(void (*setup)(void), void (*one)(void), void (*other)(void), u32 n, u32 steps)
{
	bool reached;

	race_begin(setup, steps);
	reached = race_meet(one, other, n);
	race_end();
	return reached;
}

void race(void (*setup)(void), void (*one)(void), void (*other)(void))
{
	u32 n, steps;

	shim_clock = 1;
	for (steps = 0; steps < RACE_STEPS; steps++)
		for (n = 1; race_try(setup, one, other, n, steps); n++)
			;
}

void with_leaf(void)
{
	struct mheap_shape shape = { .slots = 1, .type = RACE_LEAF };

	REQUIRE_EQ(heap_try_alloc(r.one, &shape, &r.leaf), 0);
	heap_store(r.one, r.hub, 0, r.leaf);
	heap_drop(r.one, r.leaf);
}

/* The leaf is the only one in its chunk, which nobody owns. */
void with_lonely_leaf(void)
{
	u32 others[8], i;

	for (i = 0; i < 8; i++)
		others[i] = heap_alloc(r.one, 0, 0);
	with_leaf();
	for (i = 0; i < 8; i++)
		heap_drop(r.one, others[i]);
	mheap_mutator_exit(r.one);
	memset(r.one, 0, sizeof(*r.one));
	mheap_mutator_init(r.one, r.core);
}

void with_chain(void)
{
	u32 end = heap_alloc(r.one, 1, 0);

	with_leaf();
	heap_store(r.one, r.leaf, 0, end);
	heap_store(r.one, end, 0, r.leaf);
	heap_drop(r.one, end);
}

void collect(void)
{
	u32 i;

	mheap_collect_request(r.core, MHEAP_CAUSE_REQUEST);
	for (i = 0; i < RACE_STEPS; i++)
		mheap_core_work(r.core);
}

void work(void)
{
	u32 i;

	for (i = 0; i < 2 * RACE_STEPS; i++)
		if (mheap_core_work(r.core) == MHEAP_STEP_IDLE)
			return;
}

void clear_too(void)
{
	heap_store(r.other, r.hub, 0, 0);
}

void clear_and_work(void)
{
	clear_too();
	work();
}

void clear_and_collect(void)
{
	clear_too();
	mheap_collect_request(r.core, MHEAP_CAUSE_REQUEST);
	work();
}

/* The cell is used again at once, if it can be. */
void clear_and_make(void)
{
	u32 i;

	clear_too();
	for (i = 0; i < 5; i++)
		race_keep(heap_alloc(r.other, 1, 0));
	heap_store(r.other, r.kept[r.count - 1], 0, r.kept[r.count - 2]);
}

void clear_and_trim(void)
{
	clear_too();
	mheap_trim_request(r.core);
	work();
}
