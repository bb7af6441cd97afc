/* SPDX-License-Identifier: GPL-2.0-only */
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
#ifndef _SCHEDULE_H
#define _SCHEDULE_H

#include "fibre.h"
#include "heap.h"
#include "viewer.h"

#define MUTATORS	3
#define HANDLES		4
#define MAX_SLOTS	5
#define ROOTS		2
#define HISTORY		400

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

struct schedule {
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
};

extern struct schedule s;

void schedule_note(const struct actor *actor, const char *what, u32 a, u32 b, u32 c);
void __attribute__((noreturn)) schedule_fail(const char *why, u32 number);

/* What holds after every step: all that can be reached is there, and kept. */

/* Returns how many objects are reachable. */
u32 schedule_check_reachable(void);

/* What holds at the end. */
void schedule_expect_only_reachable(void);
void schedule_expect_exact_slots(void);

/* The operations of a mutator, each of its own accord. */

extern const char schedule_roots[ROOTS][MHEAP_ROOT_NAME];

/* Returns whether there is more to come. */
bool schedule_mutator_step(struct actor *a);

/* What is in a slot that is being loaded goes on record at every point. */
void schedule_watch(struct actor *a);

/* Few, but now and then so many that it takes a while to go through them. */
u32 schedule_pick_slots(struct heap_random *random);
u32 schedule_new_type(void);

/* Whose turn it is. */

void schedule_run(void *actor);
void schedule_at_point(void);
void schedule_at_relax(void);

/* One goes on for a while, then another one: long stretches find other things than short ones. */
void schedule_interleave(void);

/* Lets the collector work until nothing is left to do; no section is open. */
void schedule_settle(void);

/* The picture that is open, if there is one, is read to its end. */
void schedule_finish_watching(void);

#endif
