/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Races, tried at every point: one goes on up to its n-th access that others
 * may see, then all of the other happens, then the first one ends; for every
 * n, and for every step of a collection that may be under way.
 */
#ifndef _RACE_H
#define _RACE_H

#include "fibre.h"
#include "heap.h"

#define RACE_KEPT 8

/* A collection of such a heap takes less than so many steps. */
#define RACE_STEPS 60

/* The type of the leaf. */
#define RACE_LEAF 7

struct race {
	struct mheap_core *core;
	struct mheap_mutator *one, *other;
	u32 hub;			/* held by both and by the test */
	u32 leaf;			/* hub[0], at first */
	u32 weak[2];			/* handles to weak cells: the leaf's, another's */
	u32 kept[RACE_KEPT];		/* handles that are left */
	u32 count;
};

/* Who takes part: what it does, and how far it may go. */
struct party {
	struct fibre fibre;
	void (*run)(void);
	unsigned long points_left;
	bool over;
};

extern struct race r;
extern struct party first, second;

void race_keep(u32 number);
void race_begin(void (*setup)(void), u32 steps);
void race_end(void);

void race_at_point(void);
void race_party_begin(struct party *party, void (*run)(void));

/* Lets one go on to its end; where it waits for the other, that goes on a little. */
void race_party_finish(struct party *party, struct party *other);

/* Nothing happens at points any more. */
void race_party_end(void);

/* Returns whether the first got as far as its @n-th point. */
bool race_meet(void (*one)(void), void (*other)(void), u32 n);
bool race_try(void (*setup)(void), void (*one)(void), void (*other)(void), u32 n, u32 steps);
void race(void (*setup)(void), void (*one)(void), void (*other)(void));

/* What is in the heap at first. */
void with_leaf(void);
void with_lonely_leaf(void);	/* in its chunk, which nobody owns */
void with_chain(void);

/* What one does. */
void collect(void);

/* What the other does meanwhile. */
void work(void);
void clear_too(void);
void clear_and_work(void);
void clear_and_collect(void);
void clear_and_make(void);	/* of the cell again at once, if it can be */
void clear_and_trim(void);

#define RACE(setup, one, other) \
	TEST(race_##one##_##other##_##setup) { race(setup, one, other); }

/* There is one collector: it is the first, so it is not under way already. */
#define RACE_COLLECT(setup, other)							\
	TEST(race_collect_##other##_##setup)						\
	{										\
		u32 n;									\
											\
		for (n = 1; race_try(setup, collect, other, n, 0); n++)			\
			;								\
	}

#endif
