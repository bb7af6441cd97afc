// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random interleavings of a few mutators and the collector on a heap of a few
 * objects, all of them repeatable: TAP_SEED chooses the series, SCHEDULE one of
 * it (and says what it does). What must hold is looked at after every switch.
 *
 * By operations, what others see is whole operations in sections that stay open
 * across the phases of the collector; by points, every access that others may
 * see may be where the next one goes on.
 *
 * With DEFENCE in the environment the core has been broken on purpose, in a way
 * that the verification must catch: warnings are due then, and garbage may be
 * left, but nothing that is reachable may be freed all the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/errno.h>
#include <linux/minmax.h>

#include "fibre.h"
#include "heap.h"
#include "viewer.h"

#define MUTATORS	3
#define HANDLES		4
#define MAX_SLOTS	5
#define ROOTS		2
#define HISTORY		400

enum { EVENT_STEP, EVENT_OP, EVENT_PHASE };

struct event {
	const char *what;
	u8 actor, phase, stage;
	u32 a, b, c;
};

struct actor {
	struct mheap_mutator *m;
	struct fibre fibre;
	struct heap_random random;
	u32 handles[HANDLES];
	u32 nulls[HANDLES];		/* of which weak cell it is known that it is cleared */
	u32 operations;
	u32 id;
	bool parked;
	bool waits;
	u32 frozen;			/* not to go on for so many turns */
	u32 *watched;			/* a slot that is being loaded */
	u64 saw;			/* a bit for each identity that was in it */
};

static struct {
	struct mheap_core *core;
	struct actor mutators[MUTATORS], collector, helper, watcher;
	struct viewer viewer;		/* what the watcher does */
	struct mheap_marker marker;	/* the helper's */
	u32 mail;			/* a handle that belongs to no mutator */
	u32 used_mutators;
	struct heap_random random;
	bool points;
	bool verbose;
	bool defence;			/* marking is broken: is all still safe */
	bool finishing;
	u32 points_left;		/* until somebody else goes on */
	u32 collect_below;		/* of 256, when there is nothing to do */
	unsigned long long seed;
	unsigned long number;
	unsigned long steps;
	unsigned long long locally;	/* objects that no collection was needed for */
	unsigned long long given_up;
	struct event history[HISTORY];
	unsigned long events;
	u32 stamps[1 << 18];
	u32 stamp;
	u32 queue[1 << 10];
} s;

static const char *const stage_names[] = {
#define STAGE_NAME(name, text) text,
	MHEAP_STAGES(STAGE_NAME)
};

static void print_event(const struct event *event)
{
	static const char *const phases[] = { "idle", "start", "mark", "sweep" };

	printf("#   %s%u %-12s %u %u %u\t(phase %s, stage %s)\n",
	       event->actor == MUTATORS ? "collector" : "mutator", event->actor, event->what,
	       event->a, event->b, event->c, phases[event->phase & 3], stage_names[event->stage]);
}

static void note(const struct actor *actor, const char *what, u32 a, u32 b, u32 c)
{
	struct event *event = &s.history[s.events++ % HISTORY];

	*event = (struct event) {
		.what = what, .actor = actor->id, .a = a, .b = b, .c = c,
		.phase = actor->m->phase, .stage = s.core->collector.stage,
	};
	if (s.verbose)
		print_event(event);
}

static void __attribute__((noreturn)) fail(const char *why, u32 number)
{
	unsigned long i = s.events > 60 ? s.events - 60 : 0;

	printf("# schedule %lu of TAP_SEED=%llu (%s): %s: %u\n", s.number, s.seed,
	       s.points ? "points" : "operations", why, number);
	for (; !s.verbose && i < s.events; i++)
		print_event(&s.history[i % HISTORY]);
	printf("not ok - schedule\n");
	exit(1);
}

/* What holds after every step: all that can be reached is there, and kept. */

static u32 reach(u32 number, u32 top)
{
	if (!number || s.stamps[number] == s.stamp)
		return top;
	s.stamps[number] = s.stamp;
	s.queue[top] = number;
	return top + 1;
}

static u32 reach_roots(u32 top)
{
	u32 i, j;

	for (i = 0; i < s.used_mutators; i++)
		for (j = 0; j < HANDLES; j++)
			top = reach(s.mutators[i].handles[j], top);
	for (i = 0; i < MHEAP_ROOTS; i++)
		top = reach(s.core->roots.entries[i].number, top);
	return reach(s.mail, top);
}

static void check_object(u32 number)
{
	struct mheap_chunk *chunk = mheap_space_chunk(&s.core->cells, number >> MHEAP_INDEX_SHIFT);
	enum mheap_stage stage = s.core->collector.stage;

	if (!chunk || !(chunk->alloc[mheap_chunk_bit(number) / 64] >> number % 64 & 1))
		fail("a cell was freed that is reachable", number);
	if (!(((struct mheap_cell *)mheap_chunk_at(chunk, number))->count.counter &
	      MHEAP_COUNT_REFS))
		fail("an object died that is reachable", number);
	if (s.defence)
		return;
	if (stage >= MHEAP_STAGE_TALLY && stage <= MHEAP_STAGE_SWEEP &&
	    !(chunk->mark[mheap_chunk_bit(number) / 64] >> number % 64 & 1))
		fail("an object was condemned that is reachable", number);
}

/* Returns how many objects are reachable. */
static u32 check_reachable(void)
{
	void (*at_point)(void) = shim_at_point;
	struct mheap_cell *cell;
	u32 at = 0, top, i;

	shim_at_point = NULL;
	s.stamp++;
	top = reach_roots(0);
	while (at < top) {
		check_object(s.queue[at]);
		cell = mheap_cell_of(s.core, s.queue[at++]);
		for (i = 0; i < mheap_cell_slots(cell); i++)
			top = reach(*mheap_cell_slot(cell, i), top);
	}
	shim_at_point = at_point;
	if (shim_warnings && !s.defence)
		fail("the collector warned", shim_warnings);
	return top;
}

/* The operations of a mutator, each of its own accord. */

static u32 pick_held(struct actor *a)
{
	u32 i = heap_below(&a->random, HANDLES), n;

	for (n = 0; n < HANDLES; n++, i = (i + 1) % HANDLES)
		if (a->handles[i])
			return i;
	return HANDLES;
}

static u32 pick_free(struct actor *a)
{
	u32 i;

	for (i = 0; i < HANDLES; i++)
		if (!a->handles[i])
			return i;
	return HANDLES;
}

/* A held object that has slots; its number, and one of its slots. */
static u32 pick_slot(struct actor *a, u32 *slot)
{
	u32 i = pick_held(a), slots;

	if (i == HANDLES)
		return 0;
	slots = mheap_cell_slots(mheap_cell_of(s.core, a->handles[i]));
	if (!slots)
		return 0;
	switch (heap_below(&a->random, 4)) {
	case 0:
		*slot = slots - 1;
		break;
	case 1:
		*slot = heap_below(&a->random, slots);
		break;
	default:
		*slot = 0;
	}
	return a->handles[i];
}

static u32 pick_value(struct actor *a)
{
	u32 i = heap_below(&a->random, HANDLES * 2);

	return i < HANDLES ? a->handles[i] : 0;
}

static void enter(struct actor *a)
{
	mheap_section_enter(a->m);
	/* Sometimes a section can take apart but little of what dies in it. */
	if (heap_below(&a->random, 2)) {
		a->m->steps = heap_below(&a->random, 6);
		a->m->took = a->m->steps;
	}
	note(a, "enter", a->m->steps, 0, 0);
}

static void leave(struct actor *a)
{
	note(a, "leave", 0, 0, 0);
	mheap_section_exit(a->m);
}

/* What a number stands for now: numbers are used again, types of objects are not. */
static u64 identity(u32 number)
{
	void (*at_point)(void) = shim_at_point;
	u64 bit = 1;

	shim_at_point = NULL;
	/* Of what is referred to weakly, null is as good at any time. */
	if (number && mheap_weak_is(s.core, number)) {
		number = mheap_weak_referent(s.core, number);
		if (number)
			bit |= 1ULL << mheap_cell_of(s.core, number)->type % 64;
	} else if (number) {
		bit = 1ULL << mheap_cell_of(s.core, number)->type % 64;
	}
	shim_at_point = at_point;
	return bit;
}

/* What is in a slot that is being loaded goes on record at every point. */
static void watch(struct actor *a)
{
	a->saw |= identity(*a->watched);
}

/* Few, but now and then so many that it takes a while to go through them. */
static u32 pick_slots(struct heap_random *random)
{
	return heap_below(random, 16) ? heap_below(random, MAX_SLOTS) : heap_below(random, 64);
}

static u32 new_type(void)
{
	static u32 type;

	return ++type;
}

/* What holds an object, as far as mutators know, and roots. */
static u32 count_holders(u32 number)
{
	u32 i, j, count = s.mail == number;

	for (i = 0; i < MUTATORS; i++)
		for (j = 0; j < HANDLES; j++)
			count += s.mutators[i].handles[j] == number;
	for (i = 0; i < MHEAP_ROOTS; i++)
		count += s.core->roots.entries[i].number == number;
	return count;
}

static void at_clock(void)
{
	void (*at_point)(void) = shim_at_point;

	shim_at_point = NULL;
	viewer_clock(&s.viewer);
	shim_at_point = at_point;
}

/* Outside of sections, and by no fibre. */
static u32 new_object(struct mheap_mutator *m, u32 slots)
{
	struct mheap_shape shape = { .slots = slots, .type = new_type() };
	u32 number;

	if (heap_try_alloc(m, &shape, &number))
		fail("out of memory", 0);
	return number;
}

static void do_alloc(struct actor *a)
{
	struct mheap_shape shape = {
		.slots = pick_slots(&a->random),
		.type = new_type(),
	};
	struct mheap_parts parts;
	u32 number, to = pick_free(a);

	if (to == HANDLES)
		return;
	if (!heap_below(&a->random, 4))
		shape.payload_bytes = 1 + heap_below(&a->random, 64);
	number = mheap_object_try_alloc(a->m, &shape);
	if (!number) {
		leave(a);
		if (mheap_object_prepare(a->m, &shape, &parts))
			fail("out of memory", 0);
		enter(a);
		number = mheap_object_publish(a->m, &shape, &parts);
	}
	a->handles[to] = number;
	note(a, "alloc", number, shape.slots, shape.payload_bytes);
}

static void do_store(struct actor *a)
{
	u32 slot, object = pick_slot(a, &slot), value = pick_value(a);

	if (!object)
		return;
	note(a, "store", object, slot, value);
	if (mheap_slot_store(a->m, object, slot, value))
		fail("a store failed", object);
}

static void do_load(struct actor *a)
{
	u32 slot, number, object = pick_slot(a, &slot), to = pick_free(a);

	if (!object || to == HANDLES)
		return;
	a->saw = 0;
	a->watched = mheap_cell_slot(mheap_cell_of(s.core, object), slot);
	watch(a);
	if (mheap_slot_load(a->m, object, slot, &number))
		fail("a load failed", object);
	watch(a);
	a->watched = NULL;
	if (!(a->saw & identity(number)))
		fail("a load returned what was not in the slot meanwhile", number);
	a->handles[to] = number;
	note(a, "load", object, slot, number);
}

static void do_exchange(struct actor *a)
{
	u32 slot, number, object = pick_slot(a, &slot), to = pick_free(a), value = pick_value(a);

	if (!object || to == HANDLES)
		return;
	note(a, "exchange", object, slot, value);
	if (mheap_slot_exchange(a->m, object, slot, value, &number))
		fail("an exchange failed", object);
	a->handles[to] = number;
	note(a, "exchanged", object, slot, number);
}

static void do_compare_exchange(struct actor *a)
{
	u32 slot, object = pick_slot(a, &slot), value = pick_value(a), expected = pick_value(a);
	int ret;

	if (!object)
		return;
	note(a, "cmpxchg", object, expected, value);
	ret = mheap_slot_compare_exchange(a->m, object, slot, expected, value);
	if (ret && ret != -EAGAIN)
		fail("a compare-and-exchange failed", object);
}

static void do_take(struct actor *a)
{
	u32 from = pick_held(a), to = pick_free(a);

	if (from == HANDLES || to == HANDLES)
		return;
	note(a, "take", a->handles[from], 0, 0);
	if (mheap_handle_take(a->m, a->handles[from]))
		fail("a take failed", a->handles[from]);
	a->handles[to] = a->handles[from];
}

static void do_drop(struct actor *a)
{
	u32 i = pick_held(a), number;

	if (i == HANDLES)
		return;
	number = a->handles[i];
	a->handles[i] = 0;
	a->nulls[i] = 0;
	note(a, "drop", number, 0, 0);
	mheap_handle_drop(a->m, number);
}

/* Weak handles are among the others: what is stored of them is a weak reference. */
static void do_weaken(struct actor *a)
{
	u32 from = pick_held(a), to = pick_free(a), weak;
	int ret;

	if (from == HANDLES || to == HANDLES || mheap_weak_is(s.core, a->handles[from]))
		return;
	note(a, "weaken", a->handles[from], 0, 0);
	while ((ret = mheap_weak_take(a->m, a->handles[from], &weak)) == MHEAP_WEAK_NOT_READY) {
		leave(a);
		if (mheap_weak_prepare(a->m, a->handles[from]))
			fail("out of memory", 0);
		enter(a);
	}
	if (ret || !mheap_weak_is(s.core, weak) ||
	    mheap_weak_referent(s.core, weak) != a->handles[from])
		fail("an object was not weakened", a->handles[from]);
	a->handles[to] = weak;
	note(a, "weakened", a->handles[from], weak, 0);
}

static void do_upgrade(struct actor *a)
{
	u32 from = pick_held(a), to = pick_free(a), number, weak, referent;
	bool reachable;

	if (from == HANDLES || to == HANDLES || !mheap_weak_is(s.core, a->handles[from]))
		return;
	weak = a->handles[from];
	referent = mheap_weak_referent(s.core, weak);
	/* Known only where nobody else goes on meanwhile. */
	reachable = !s.points && referent && s.stamps[referent] == s.stamp;
	if (mheap_weak_upgrade(a->m, weak, &number))
		fail("an upgrade failed", weak);
	note(a, "upgrade", weak, number, 0);
	if (number && number != referent)
		fail("an upgrade returned another object", number);
	a->handles[to] = number;
	if (s.defence)
		return;
	if (reachable && !number)
		fail("an upgrade does not find what is reachable", weak);
	if (number && a->nulls[from] == weak)
		fail("an upgrade found what was gone", weak);
	if (!number)
		a->nulls[from] = weak;
}

static void do_mail(struct actor *a)
{
	u32 to = pick_free(a), from = pick_held(a);

	if (s.mail && to != HANDLES) {
		note(a, "receive", s.mail, 0, 0);
		a->handles[to] = s.mail;
		s.mail = 0;
	} else if (!s.mail && from != HANDLES) {
		note(a, "send", a->handles[from], 0, 0);
		s.mail = a->handles[from];
		a->handles[from] = 0;
		a->nulls[from] = 0;
	}
}

static const char root_names[ROOTS][MHEAP_ROOT_NAME] = { "one", "two" };

static void do_root(struct actor *a)
{
	const char *name = root_names[heap_below(&a->random, ROOTS)];
	u32 to = pick_free(a), value = pick_value(a), number = 0;

	if (to == HANDLES)
		return;
	if (heap_below(&a->random, 2)) {
		note(a, "root set", value, 0, 0);
		if (mheap_root_exchange(a->m, name, value, &number))
			fail("a root was not set", value);
	} else {
		mheap_root_get(a->m, name, &number);
	}
	note(a, "root got", number, 0, 0);
	a->handles[to] = number;
}

static void do_look(struct actor *a)
{
	struct mheap_object_stat stat;
	struct mheap_scan scan;
	u32 number, steps = 1 + heap_below(&a->random, 20);

	mheap_scan_begin(&scan);
	while ((number = mheap_scan_next(s.core, &scan, MHEAP_FILTER_ALL, &steps)))
		mheap_object_stat(s.core, number, &stat);
}

static void do_release(struct actor *a)
{
	note(a, "release", a->m->dead.head, a->m->steps, 0);
	mheap_release_run(a->m);
}

/* A session ends and another one begins: the chunks that it owned are anybody's. */
static void renew(struct actor *a)
{
	note(a, "renew", 0, 0, 0);
	mheap_mutator_exit(a->m);
	memset(a->m, 0, sizeof(*a->m));
	mheap_mutator_init(a->m, s.core);
}

static void operate(struct actor *a)
{
	static void (*const operations[])(struct actor *a) = {
		do_alloc, do_alloc, do_alloc, do_store, do_store, do_store, do_store, do_store,
		do_load, do_load, do_load, do_load, do_load, do_exchange, do_exchange,
		do_compare_exchange, do_take, do_drop, do_drop, do_drop, do_drop, do_drop,
		do_weaken, do_weaken, do_upgrade, do_upgrade, do_upgrade,
		do_mail, do_root, do_look, do_release, do_release,
		NULL, NULL, NULL,
	};
	void (*operation)(struct actor *a);

	if (!mheap_in_section(a->m)) {
		if (heap_below(&a->random, 8))
			enter(a);
		else
			renew(a);
		return;
	}
	operation = operations[heap_below(&a->random, ARRAY_SIZE(operations))];
	if (operation)
		operation(a);
	else
		leave(a);
}

/* Returns whether there is more to come. */
static bool mutator_step(struct actor *a)
{
	if (a->operations) {
		a->operations--;
		operate(a);
		return true;
	}
	if (!mheap_in_section(a->m))
		return false;
	mheap_release_run(a->m);
	leave(a);
	return true;
}

static bool collector_step(struct actor *a)
{
	enum mheap_stage stage = s.core->collector.stage;
	enum mheap_step step;

	/* Now and then it is to pause, if nobody waits for it. */
	s.core->collector.resting = !s.finishing && !heap_below(&a->random, 4);
	step = mheap_core_work(s.core);
	if (s.core->collector.stage != stage)
		note(a, "stage", 0, 0, 0);
	a->waits = step == MHEAP_STEP_WAIT;
	if (step != MHEAP_STEP_IDLE)
		return true;
	if (s.finishing)
		return false;
	if (heap_below(&a->random, 256) < s.collect_below)
		mheap_collect_request(s.core, MHEAP_CAUSE_REQUEST);
	else if (!heap_below(&a->random, 4))
		mheap_trim_request(s.core);
	return true;
}

/* A helper takes what there is, when it likes, and is never done. */
static bool helper_step(struct actor *a)
{
	a->waits = !mheap_help(s.core, &s.marker);
	return true;
}

/* Somebody takes a picture now and then, and reads it. */
static bool watcher_step(struct actor *a)
{
	u32 stage = s.core->instant.stage;

	a->waits = viewer_step(&s.viewer);
	if (s.core->instant.stage != stage)
		note(a, "picture", stage, s.core->instant.stage, 0);
	return true;
}

static bool step(struct actor *a)
{
	if (a == &s.watcher)
		return watcher_step(a);
	if (a == &s.helper)
		return helper_step(a);
	return a == &s.collector ? collector_step(a) : mutator_step(a);
}

static void count_step(void)
{
	if (++s.steps > 1000000)
		fail("the schedule does not end", 0);
}

static void fibre_run(void *arg)
{
	struct actor *a = arg;

	for (;;) {
		a->parked = !step(a);
		count_step();
		if (a->parked || a->waits || --s.points_left == 0)
			fibre_yield();
	}
}

/* Between looking at a slot and counting what it held much can happen. */
static bool in_window(void)
{
	return ((struct actor *)fibre_current()->arg)->watched;
}

/* Others go on for long before this one does. */
static void freeze(void)
{
	((struct actor *)fibre_current()->arg)->frozen = 1 << heap_below(&s.random, 6);
	fibre_yield();
}

static void at_point(void)
{
	u32 i;

	if (!fibre_current())
		return;
	for (i = 0; i < s.used_mutators; i++)
		if (s.mutators[i].watched)
			watch(&s.mutators[i]);
	if (--s.points_left == 0)
		fibre_yield();
	else if (in_window() && !heap_below(&s.random, 4))
		freeze();
}

static void at_relax(void)
{
	s.points_left = 1;
	at_point();
}

/* Where whole operations take turns nobody is to wait within one, for a section's end. */
static bool blocked(const struct actor *a)
{
	return !s.points && s.core->instant.serial.holder &&
	       s.core->instant.serial.holder != &a->fibre.task;
}

static void go(struct actor *a)
{
	struct shim_task *outside = shim_task;

	if (blocked(a)) {
		a->waits = true;
		count_step();
		return;
	}

	if (s.points) {
		fibre_go(&a->fibre);
	} else {
		shim_task = &a->fibre.task;
		a->parked = !step(a);
		shim_task = outside;
	}
	count_step();
}

static struct actor *actor_of(u32 i)
{
	if (i < s.used_mutators)
		return &s.mutators[i];
	if (i == s.used_mutators)
		return &s.collector;
	return i == s.used_mutators + 1 ? &s.helper : &s.watcher;
}

/* One goes on for a while, then another one: long stretches find other things than short ones. */
static void interleave(void)
{
	const u32 scales = s.points ? 13 : 6;
	struct actor *a;
	u32 i, parked;

	for (;;) {
		for (i = parked = 0; i < s.used_mutators; i++)
			parked += s.mutators[i].parked;
		if (parked == s.used_mutators)
			return;
		a = actor_of(heap_below(&s.random, s.used_mutators + 3));
		if (a->parked || (a->frozen && a->frozen--))
			continue;
		s.points_left = 1 + heap_below(&s.random, 1 << heap_below(&s.random, scales));
		do {
			go(a);
			check_reachable();
		} while (!s.points && --s.points_left && !a->parked && !a->waits);
	}
}

/* Lets the collector work until nothing is left to do; no section is open. */
static void settle(void)
{
	s.finishing = true;
	do {
		s.points_left = 1U << 31;
		go(&s.collector);
		/* It may have something that the collector waits for. */
		go(&s.helper);
	} while (!s.collector.parked);
	s.finishing = false;
	s.collector.parked = false;
}

/* The picture that is open, if there is one, is read to its end. */
static void finish_watching(void)
{
	s.viewer.last = true;
	s.finishing = true;
	while (s.core->instant.stage != MHEAP_INSTANT_NONE) {
		s.points_left = 1U << 31;
		go(&s.watcher);
		go(&s.collector);
		s.collector.parked = false;
		go(&s.helper);
	}
	s.viewer.last = false;
	s.finishing = false;
}

static void expect_only_reachable(void)
{
	struct mheap_scan scan;
	u32 number, steps = ~0U, reachable, alive = 0, weak = 0, i, j, mine;

	reachable = check_reachable();
	mheap_scan_begin(&scan);
	while ((number = mheap_scan_next(s.core, &scan, MHEAP_FILTER_ALL, &steps))) {
		alive++;
		weak += mheap_weak_is(s.core, number);
		if (s.stamps[number] != s.stamp)
			fail("garbage was not collected", number);
		mine = s.mail == number;
		for (i = 0; i < s.used_mutators; i++)
			for (j = 0; j < HANDLES; j++)
				mine += s.mutators[i].handles[j] == number;
		for (i = 0; i < MHEAP_ROOTS; i++)
			mine += s.core->roots.entries[i].number == number;
		if (heap_handles(s.core, number) != mine)
			fail("the handles of an object were miscounted", number);
	}
	if (alive != reachable || heap_objects(s.core) != alive - weak)
		fail("the number of objects is wrong", alive);
	if (s.core->weak.cells != weak)
		fail("the number of weak cells is wrong", weak);
	if (s.core->collector.total_failures)
		fail("a verification failed", 0);
}

static u32 count_slots(u32 number)
{
	struct mheap_scan scan;
	struct mheap_cell *cell;
	u32 other, steps = ~0U, i, slots = 0;

	mheap_scan_begin(&scan);
	while ((other = mheap_scan_next(s.core, &scan, MHEAP_FILTER_ALL, &steps))) {
		cell = mheap_cell_of(s.core, other);
		for (i = 0; i < mheap_cell_slots(cell); i++)
			slots += *mheap_cell_slot(cell, i) == number;
	}
	return slots;
}

static void expect_exact_slots(void)
{
	struct mheap_scan scan;
	u32 number, steps = ~0U;

	mheap_scan_begin(&scan);
	while ((number = mheap_scan_next(s.core, &scan, MHEAP_FILTER_ALL, &steps)))
		if (heap_slots(s.core, number) != count_slots(number))
			fail("the slots of an object were miscounted", number);
}

/* Handles of the schedule before go, all or some of them; what is left is garbage or not. */
static void drop_some(u32 below)
{
	u32 i, j, number;

	for (i = 0; i < MUTATORS; i++)
		for (j = 0; j < HANDLES; j++)
			if (s.mutators[i].handles[j] && heap_below(&s.random, 256) < below) {
				heap_drop(s.mutators[0].m, s.mutators[i].handles[j]);
				s.mutators[i].handles[j] = 0;
			}
	for (i = 0; i < ROOTS; i++)
		if (heap_below(&s.random, 256) < below) {
			mheap_section_enter(s.mutators[0].m);
			mheap_root_exchange(s.mutators[0].m, root_names[i], 0, &number);
			if (number)
				mheap_handle_drop(s.mutators[0].m, number);
			mheap_release_run(s.mutators[0].m);
			mheap_section_exit(s.mutators[0].m);
		}
	if (s.mail && heap_below(&s.random, 256) < below) {
		heap_drop(s.mutators[0].m, s.mail);
		s.mail = 0;
	}
}

static void begin_actor(struct actor *a, u32 id, struct mheap_mutator *m)
{
	a->id = id;
	a->m = m;
	a->random.state = heap_random(&s.random) | 1;
	a->parked = false;
	a->waits = false;
	a->watched = NULL;
	a->frozen = 0;
	memset(a->nulls, 0, sizeof(a->nulls));
}

#define BUILT 6

static void build_slot(u32 from, u32 slot, u32 to)
{
	bool weak = !heap_below(&s.random, 8);
	u32 number = weak ? heap_weaken(s.mutators[0].m, to) : to;

	heap_store(s.mutators[0].m, from, slot, number);
	if (weak)
		heap_drop(s.mutators[0].m, number);
	if (s.verbose)
		printf("#   built %u[%u] = %u%s\n", from, slot, to, weak ? " weakly" : "");
}

/* Some objects that refer to each other, some of them held by several. */
static void build(void)
{
	u32 objects[BUILT], count = 1 + heap_below(&s.random, BUILT), i, j, object, held;
	struct mheap_mutator *m = s.mutators[0].m;

	for (i = 0; i < count; i++) {
		objects[i] = new_object(m, pick_slots(&s.random));
		if (s.verbose)
			printf("#   built %u\n", objects[i]);
	}
	for (i = 0; i < count; i++)
		for (j = 0; j < mheap_cell_slots(mheap_cell_of(s.core, objects[i])); j++)
			if (heap_below(&s.random, 4))
				build_slot(objects[i], j, objects[heap_below(&s.random, count)]);
	held = 1 + heap_below(&s.random, 3);
	for (i = 0; i < s.used_mutators; i++)
		for (j = 0; j < held && j < HANDLES; j++) {
			object = objects[heap_below(&s.random, min(count, held))];
			if (s.mutators[i].handles[j])
				continue;
			heap_take(m, object);
			s.mutators[i].handles[j] = object;
			if (s.verbose)
				printf("#   mutator%u holds %u\n", i, object);
		}
	for (i = 0; i < count; i++)
		heap_drop(m, objects[i]);
}

static void one_schedule(void)
{
	u32 i;

	s.random.state = (s.seed + s.number) * 0x9e3779b97f4a7c15ULL | 1;
	heap_random(&s.random);
	s.events = 0;
	s.steps = 0;
	shim_at_point = NULL;
	drop_some(200);
	s.used_mutators = MUTATORS;
	for (i = 0; i < MUTATORS; i++) {
		begin_actor(&s.mutators[i], i, s.mutators[i].m);
		s.mutators[i].operations = heap_below(&s.random, 24);
	}
	begin_actor(&s.collector, MUTATORS, &s.core->janitor);
	begin_actor(&s.helper, MUTATORS + 1, NULL);
	begin_actor(&s.watcher, MUTATORS + 2, s.viewer.m);
	s.viewer.random = &s.watcher.random;
	s.viewer.below = s.defence ? 0 : (u32 []){ 0, 8, 128 }[heap_below(&s.random, 3)];
	tiny_section_steps = 2 + heap_below(&s.random, 6);
	tiny_slice_steps = 2 + heap_below(&s.random, 6);
	s.collect_below = (u32 []){ 256, 32, 2 }[heap_below(&s.random, 3)];
	/* Small cycles are found without a collection, or only by one. */
	s.core->limits.suspect_min = heap_below(&s.random, 2) ? 1 : 1U << 30;
	s.core->limits.suspect_age_ms = 1000;
	s.verbose = getenv("SCHEDULE") && strtoul(getenv("SCHEDULE"), NULL, 0) == s.number;

	build();
	shim_at_point = s.points ? at_point : NULL;
	shim_at_relax = s.points ? at_relax : NULL;
	interleave();
	shim_at_point = NULL;
	finish_watching();
	settle();
	check_reachable();
	/* One collection is enough for all that is dead; and where it is due, it begins. */
	if (s.core->limits.suspect_min == 1) {
		shim_clock += 1ULL << 40;
		settle();
		/* Of some it was not known when they turned suspect, until now. */
		shim_clock += 1ULL << 40;
		/* A collection that went on while the clock was set seems to have taken long. */
		s.core->collector.rest_ns = 0;
	} else {
		mheap_collect_request(s.core, MHEAP_CAUSE_REQUEST);
	}
	settle();
	if (s.defence)
		return;
	expect_only_reachable();
	expect_exact_slots();
}

static void begin(bool points)
{
	u32 i;

	s.points = points;
	s.core = heap_new(64 << 20, 0);
	s.mail = 0;
	shim_clock = 1;
	for (i = 0; i < MUTATORS; i++) {
		s.mutators[i].m = heap_mutator(s.core);
		memset(s.mutators[i].handles, 0, sizeof(s.mutators[i].handles));
		fibre_init(&s.mutators[i].fibre, fibre_run, &s.mutators[i]);
	}
	fibre_init(&s.collector.fibre, fibre_run, &s.collector);
	fibre_init(&s.helper.fibre, fibre_run, &s.helper);
	fibre_init(&s.watcher.fibre, fibre_run, &s.watcher);
	s.viewer = (struct viewer) {
		.core = s.core, .m = heap_mutator(s.core), .worker = &s.collector.fibre.task,
		.holders = count_holders,
		.fail = fail, .pictures = s.viewer.pictures, .broken = s.viewer.broken,
		.records = s.viewer.records,
	};
	shim_at_clock = s.defence ? NULL : at_clock;
	memset(&s.marker, 0, sizeof(s.marker));
	if (mheap_help_init(&s.marker))
		fail("no memory", 0);
}

static void end(void)
{
	u32 i;

	drop_some(256);
	heap_collect(s.core);
	s.locally += s.core->local.freed;
	s.given_up += s.core->local.given_up;
	if (!s.defence) {
		if (heap_objects(s.core) || s.core->weak.cells)
			fail("garbage is left", heap_objects(s.core));
		heap_check(s.core);
	}
	for (i = 0; i < MUTATORS; i++) {
		heap_mutator_delete(s.mutators[i].m);
		fibre_exit(&s.mutators[i].fibre);
	}
	fibre_exit(&s.collector.fibre);
	fibre_exit(&s.helper.fibre);
	fibre_exit(&s.watcher.fibre);
	shim_at_clock = NULL;
	heap_mutator_delete(s.viewer.m);
	pictured_drop(&s.viewer.pictured);
	free(s.viewer.data);
	mheap_help_exit(&s.marker);
	heap_delete(s.core);
}

#define SCHEDULES_OF_A_HEAP 500

static void run_schedules(bool points, unsigned long count, unsigned long long seed)
{
	const char *one = getenv("SCHEDULE");
	unsigned long i, last = count;

	s.seed = tap_seed(seed);
	s.defence = getenv("DEFENCE");
	i = one ? strtoul(one, NULL, 0) / SCHEDULES_OF_A_HEAP * SCHEDULES_OF_A_HEAP : 0;
	if (one)
		last = strtoul(one, NULL, 0) + 1;
	tap_note("TAP_SEED=%llu: %lu schedules", s.seed, count);
	shim_warn_fatal = false;
	for (; i < last; i++) {
		if (i % SCHEDULES_OF_A_HEAP == 0)
			begin(points);
		s.number = i;
		one_schedule();
		if (i % SCHEDULES_OF_A_HEAP == SCHEDULES_OF_A_HEAP - 1 || i + 1 == last)
			end();
	}
	tap_note("%llu objects freed without a collection, %llu suspects left to one", s.locally,
		 s.given_up);
	tap_note("%lu pictures, %lu bytes, %lu of them broken", s.viewer.pictures,
		 s.viewer.records, s.viewer.broken);
	if (s.defence) {
		tap_note("%lu warnings", shim_warnings);
		tap_expect_warnings(shim_warnings);
	}
}

TEST(schedule_operations)
{
	run_schedules(false, tap_effort(200000), 1);
}

TEST(schedule_points)
{
	run_schedules(true, tap_effort(50000), 1);
}
