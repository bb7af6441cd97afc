// SPDX-License-Identifier: GPL-2.0-only
/*
 * A look at suspects, and a mutator at the same time. The worker goes on up to its n-th
 * access that others may see; the mutator does the first half of what it does; the worker
 * goes on for m more; the mutator does the rest; and the worker ends. For every n and m.
 */
#include <string.h>

#include "fibre.h"
#include "heap.h"

static struct mheap_core *core;
static struct mheap_mutator *m;
static u32 hub;			/* held by the test all the time */
static u32 a, b, leaf;
static u32 left;		/* a handle that the mutator ends with, or 0 */
static u32 weak;		/* a handle to a weak cell, or 0 */

static struct fibre fibre;
static unsigned long points_left;
static bool over;

static void at_point(void)
{
	if (fibre_current() && points_left && !--points_left)
		fibre_yield();
}

static void fibre_run(void *arg)
{
	(void)arg;
	while (mheap_core_work(core) != MHEAP_STEP_IDLE)
		;
	over = true;
	for (;;)
		fibre_yield();
}

/* Lets the worker go on for so many points, or to its end. */
static void go(unsigned long points)
{
	points_left = points;
	while (!over) {
		fibre_go(&fibre);
		if (points)
			break;
	}
}

/* The mutator waits for a lock that the worker has. */
static void at_relax(void)
{
	go(1);
}

/* What is done in one part, and in another later. */
struct script {
	void (*setup)(void);
	void (*one)(void);
	void (*two)(void);
};

/* hub[0] -> b -> a, and b is suspect. */
static void with_line(void)
{
	heap_store(m, b, 0, a);
	heap_store(m, hub, 0, b);
}

/* hub[0] -> a <-> b, and both are suspect. */
static void with_pair(void)
{
	heap_store(m, a, 0, b);
	heap_store(m, b, 0, a);
	heap_store(m, hub, 0, a);
}

static void with_weak_pair(void)
{
	with_pair();
	weak = heap_weaken(m, b);
}

/* A cycle is there for a moment. */
static void close_cycle(void)
{
	u32 to = heap_load(m, hub, 0);

	left = heap_load(m, to, 0);
	heap_store(m, left, 0, to);
	heap_drop(m, to);
	heap_drop(m, left);
	left = 0;
}

static void open_cycle(void)
{
	u32 from = heap_load(m, hub, 0), to = heap_load(m, from, 0);

	heap_store(m, to, 0, 0);
	heap_drop(m, to);
	heap_drop(m, from);
}

/* The only handle goes from one to the other. */
static void take_over(void)
{
	left = heap_load(m, hub, 0);
	heap_store(m, hub, 0, 0);
}

static void hop(void)
{
	u32 next = heap_load(m, left, 0);

	heap_drop(m, left);
	left = next;
}

static void put_back(void)
{
	heap_store(m, hub, 1, left);
	heap_drop(m, left);
	left = 0;
}

static void take_over_and_hop(void)
{
	take_over();
	hop();
}

static void hop_and_put_back(void)
{
	hop();
	put_back();
}

static void let_go(void)
{
	heap_store(m, hub, 0, 0);
}

static void upgrade(void)
{
	left = heap_upgrade(m, weak);
}

static void let_go_and_upgrade(void)
{
	let_go();
	upgrade();
}

static void nothing(void)
{
}

/* Its cell becomes another object, whose payload stands where slots were. */
static void replace(void)
{
	u32 i;

	let_go();
	for (i = 0; i < 8; i++)
		heap_drop(m, heap_alloc(m, 0, 8));
}

static u32 new_suspect(void)
{
	u32 number = heap_alloc(m, 2, 0);

	heap_store(m, number, 1, leaf);
	return number;
}

static void begin(const struct script *script)
{
	left = 0;
	weak = 0;
	core = heap_new(4 << 20, 0);
	m = heap_mutator(core);
	hub = heap_alloc(m, 2, 0);
	leaf = heap_alloc(m, 0, 0);
	/* There may be cycles. */
	b = heap_alloc(m, 1, 0);
	heap_store(m, b, 0, b);
	heap_store(m, b, 0, 0);
	heap_drop(m, b);
	a = new_suspect();
	b = new_suspect();
	script->setup();
	heap_drop(m, a);
	heap_drop(m, b);
	core->limits.suspect_min = 1;
	core->limits.suspect_age_ms = 1;
	fibre_init(&fibre, fibre_run, NULL);
	over = false;
}

static bool referred(u32 number)
{
	u32 i;

	for (i = 0; i < 2; i++)
		if (READ_ONCE(*mheap_cell_slot(mheap_cell_of(core, hub), i)) == number)
			return true;
	return number == left;
}

/* Whatever is still referred to is there, and whole. */
static void expect_whole(void)
{
	const u32 numbers[] = { a, b };
	u32 i, to, slot;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		if (!referred(numbers[i]))
			continue;
		CHECK(heap_alive(core, numbers[i]));
		CHECK_EQ(*mheap_cell_slot(mheap_cell_of(core, numbers[i]), 1), leaf);
		for (slot = 0; slot < 2; slot++) {
			to = *mheap_cell_slot(mheap_cell_of(core, numbers[i]), slot);
			CHECK(!to || heap_alive(core, to));
		}
	}
}

static void end(void)
{
	CHECK_EQ(core->collector.total_failures, 0);
	heap_check(core);
	expect_whole();
	heap_drop(m, hub);
	if (left)
		heap_drop(m, left);
	if (weak)
		heap_drop(m, weak);
	heap_drop(m, leaf);
	heap_work(core);
	heap_collect(core);
	CHECK_EQ(heap_objects(core), 0);
	heap_check(core);
	heap_mutator_delete(m);
	fibre_exit(&fibre);
	heap_delete(core);
}

/* Returns whether the worker got as far as its n-th point. */
static bool try(const struct script *script, unsigned long n, unsigned long more,
		bool *ret_more)
{
	bool reached;

	begin(script);
	shim_clock = 1ULL << 50;
	shim_at_point = at_point;
	shim_at_relax = at_relax;
	go(n);
	reached = !over;
	script->one();
	go(more);
	*ret_more = !over;
	script->two();
	go(0);
	shim_at_point = NULL;
	shim_clock = 0;
	end();
	return reached;
}

static void race(void (*setup)(void), void (*one)(void), void (*two)(void))
{
	const struct script script = { setup, one, two };
	unsigned long n, more;
	bool again, reached = true;

	for (n = 1; reached; n++)
		for (more = 1, again = true; again; more++)
			reached = try(&script, n, more, &again);
}

TEST(race_local_with_line_close_cycle_open_cycle)
{
	race(with_line, close_cycle, open_cycle);
}

TEST(race_local_with_line_let_go_nothing)
{
	race(with_line, let_go, nothing);
}

TEST(race_local_with_line_replace_nothing)
{
	race(with_line, replace, nothing);
}

TEST(race_local_with_pair_take_over_hop)
{
	race(with_pair, take_over, hop);
}

TEST(race_local_with_pair_take_over_and_hop_hop)
{
	race(with_pair, take_over_and_hop, hop);
}

TEST(race_local_with_pair_take_over_put_back)
{
	race(with_pair, take_over, put_back);
}

TEST(race_local_with_pair_take_over_hop_and_put_back)
{
	race(with_pair, take_over, hop_and_put_back);
}

TEST(race_local_with_pair_take_over_and_hop_hop_and_put_back)
{
	race(with_pair, take_over_and_hop, hop_and_put_back);
}

TEST(race_local_with_pair_let_go_nothing)
{
	race(with_pair, let_go, nothing);
}

TEST(race_local_with_weak_pair_let_go_upgrade)
{
	race(with_weak_pair, let_go, upgrade);
}

TEST(race_local_with_weak_pair_let_go_and_upgrade_nothing)
{
	race(with_weak_pair, let_go_and_upgrade, nothing);
}

TEST(race_local_with_weak_pair_nothing_let_go_and_upgrade)
{
	race(with_weak_pair, nothing, let_go_and_upgrade);
}

/* The only handle goes to and fro all the time, and is never where one looks. */
TEST(race_local_with_a_handle_that_hops)
{
	static const struct script script = { .setup = with_pair };
	struct heap_random random = { 4711 };
	unsigned long i, hops;

	for (i = 0; i < tap_effort(5000); i++) {
		begin(&script);
		shim_clock = 1ULL << 50;
		take_over();
		shim_at_point = at_point;
		shim_at_relax = at_relax;
		/* Each hop makes something suspect: it would go on for ever. */
		for (hops = 0; !over && hops < 50; hops++) {
			go(1 + heap_below(&random, 1 << heap_below(&random, 5)));
			hop();
		}
		go(0);
		shim_at_point = NULL;
		shim_clock = 0;
		end();
	}
}
