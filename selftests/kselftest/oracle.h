/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Plays a plan of selftests/oracle: builds its graph in a heap, changes it from many
 * threads, and tells what it did and what there is then.
 *
 * Each thread has a session, and owns objects: it alone writes to their slots, and it
 * writes down what it wrote. What nobody can name any more, nobody changes; so when
 * all threads wait, what is written down is the graph, whatever the order was.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include <pthread.h>
#include <stdio.h>

#include "mheap_util.h"

#define ORACLE_THREADS 16
#define ORACLE_PAYLOAD 256	/* bytes, at most */
#define SCRATCH 40		/* handles that a thread picks up on its way */
#define WEAKS 24		/* weak handles of a thread */
#define EXPORTED 3		/* descriptors of objects of a thread */
#define PUTS 64			/* slots that a thread remembers */
#define NAMES 3			/* named roots of a thread */
#define MARKET 64		/* slots of an object through which threads pass handles */

/* An object is known by its tag, which is its type, and its payload if it has one. */
#define TAG_NONE (~0U)

/* A slot, as its owner has written it down: null, or a tag and whether weakly. */
#define SLOT_NULL 0U
#define SLOT_WEAK (1U << 31)
#define SLOT_OF(tag) ((tag) + 1)
#define SLOT_TAG(slot) (((slot) & ~SLOT_WEAK) - 1)

struct object {
	__u32 owner, slots, payload;
	__u32 until;		/* of a planned one: the round that ends its first handle */
	__u32 *slot;		/* NULL: it was not made */
};

struct edge {
	__u32 from, slot, to, weak;
};

struct held {
	__u64 handle;
	__u32 tag;
	__u32 until;
};

struct weak {
	__u64 handle;		/* 0: none */
	__u32 tag;
	bool gone;		/* it has been answered null */
};

/* A slot into which a reference was put. */
struct put {
	__u32 tag, index;
	bool filled;
};

struct world;

/* One of the threads. */
struct actor {
	struct world *world;
	unsigned int number;
	pthread_t thread;
	int fd;
	int ret, line;		/* what failed first, and where */
	const char *file;
	__u64 seed;
	__u64 market;
	struct held *planned;	/* in the end, those that go next */
	unsigned int planned_count;
	struct held scratch[SCRATCH];
	unsigned int scratch_count;
	struct weak weak[WEAKS];
	struct {
		int fd;		/* -1: none */
		__u32 tag;
	} exported[EXPORTED];
	struct put put[PUTS];
	__u32 named[NAMES];	/* as slots are written down */
	__u32 next_tag, end_tag;
	__u64 recorded;
};

struct world {
	/* As the plan sets them. */
	__u64 seed, threads, rounds, steps, new_objects, widest, collect_ms, ask;
	__u64 sudden, forget;
	struct mheap_create options;
	__u32 planned, total;	/* objects of the plan; tags that there may be */
	__u32 edges;
	struct object *object;
	struct edge *edge;

	int fd, heap_fd;
	__u64 market;
	__u32 directories;	/* while building: objects that refer to all others */
	pthread_barrier_t built;	/* of the threads: all objects are there */
	pthread_barrier_t pause;	/* of the threads and main: see wait_for_main() */
	volatile bool stop;
	bool unsettled;
	struct actor actor[ORACLE_THREADS];
};

/* The market's tag is the first that is not planned. */
#define MARKET_TAG(world) ((world)->planned)

/* Remember the first failure of an actor; returns @ret. */
#define NOTE(actor, ret) oracle_note(actor, __FILE__, __LINE__, ret)
int oracle_note(struct actor *actor, const char *file, int line, int ret);

/* An object of this shape now exists; and one of its slots was written. */
int oracle_made(struct world *world, __u32 tag, __u32 owner, __u32 slots, __u32 payload);
void oracle_wrote(struct actor *actor, __u32 tag, __u32 index, __u32 slot);

/* What an actor holds in all; @at below oracle_holds(). */
unsigned int oracle_holds(const struct actor *actor);
struct held *oracle_held(struct actor *actor, unsigned int at);

int oracle_read_plan(struct world *world, FILE *file);
void oracle_free_plan(struct world *world);

/* Build what the plan says: main first makes what threads build by. */
int oracle_build_begin(struct world *world);
int oracle_build(struct actor *actor);
int oracle_build_end(struct world *world);

int oracle_act(struct actor *actor, __u32 round);	/* all of a round */
int oracle_leave(struct actor *actor);			/* let go of everything */

/* Have collected what ought to be; where that does not come about, wait only once. */
void oracle_settle(struct world *world);

int oracle_tell(struct world *world, const char *when);

/* Follow all references from all that is held; @entries, which it sorts, are a walk's. */
int oracle_tour(struct world *world, struct mheap_walk_entry *entries, long walked);

void oracle_name(char *name, unsigned int actor, unsigned int number);

#endif
