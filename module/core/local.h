/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small dead cycles, found from the suspects at a cost that depends on what hangs on
 * these and not on the heap: trial deletion, bounded, in four steps.
 *
 *	explore		from a suspect, objects that no handle refers to, and how many
 *			references there are among them; given up when they are many
 *	judge		an object with more references than that is alive, and so is
 *			what it reaches; the rest is a candidate
 *	claim		each candidate's count word, as it was read first, gets a flag
 *			that mheap_count_take() clears
 *	confirm		the slots are counted again; then every flag must still be
 *			there, and every count as large as what was counted
 *
 * From the last claim to the first look of the confirmation nobody had a handle to any
 * of them: a flag says so for each from its claim on, and there was none when it was
 * claimed. So nobody wrote to their slots, and all references to them were counted among
 * themselves: they are dead, for good. Only a weak reference could bring one back, and
 * what has one is left to the collector, as is all that is given up.
 *
 * While a pass goes on, cells of what dies are kept in quarantine: what is explored may
 * die, but becomes nothing else.
 *
 * What is found alive is no longer suspect. Whatever may make it garbage later makes
 * something suspect again: see collector.rst.
 */
#ifndef _MHEAP_CORE_LOCAL_H
#define _MHEAP_CORE_LOCAL_H

#include <linux/types.h>

struct mheap_core;

/* Objects that are explored from one suspect, and references among them, at most. */
#define MHEAP_LOCAL_OBJECTS	256
#define MHEAP_LOCAL_EDGES	1024
#define MHEAP_LOCAL_TABLE	1024	/* a power of two, above twice the objects */

/**
 * struct mheap_local_object - an object that is explored
 * @count: its count word when it was found
 * @number: the object
 * @inside: references from objects that are explored
 * @alive: it is known to be, or to be reached by one that is
 */
struct mheap_local_object {
	u64 count;
	u32 number;
	u32 inside;
	bool alive;
};

/**
 * struct mheap_local - looking for small dead cycles; all of it the worker's
 * @index: the next chunk that a pass looks into
 * @inside: it has begun with that chunk
 * @word: the next word of it
 * @bits: suspects of the word before that are still to come
 * @taken: suspects that there were when it began
 * @looked: those that it has looked at
 * @visited: objects that it has explored
 * @settled: suspects that it has found to be alive, and objects that it has freed
 * @since_ns: when the first of its suspects turned so
 * @budget: objects that are explored from one suspect, or 0: it does not pay
 * @rest: collections until it is tried again
 * @kept: suspects that are left to the collector
 * @kept_ns: when the first of them turned so
 * @begin_freed: @freed before the pass
 * @begin_given_up: @given_up before it
 * @running: a pass goes on
 * @passes: passes so far
 * @freed: objects that they freed
 * @freed_bytes: bytes of those
 * @given_up: suspects that they gave up
 * @count: objects that are explored
 * @edges: references that may still be looked at
 * @objects: what is explored
 * @queue: objects that are alive, and what they refer to not yet known to be
 * @table: where an object is in @objects, by its number; one more than that, or 0
 */
struct mheap_local {
	u32 index;
	bool inside;
	u32 word;
	unsigned long bits;
	u64 taken;
	u64 looked;
	u64 visited;
	u64 settled;
	u64 since_ns;
	u32 budget;
	u32 rest;
	u64 kept;
	u64 kept_ns;
	u64 begin_freed;
	u64 begin_given_up;
	bool running;
	u64 passes;
	u64 freed;
	u64 freed_bytes;
	u64 given_up;
	u32 count;
	u32 edges;
	struct mheap_local_object objects[MHEAP_LOCAL_OBJECTS];
	u16 queue[MHEAP_LOCAL_OBJECTS];
	u16 table[MHEAP_LOCAL_TABLE];
};

void mheap_local_init(struct mheap_core *core);
void mheap_local_begin(struct mheap_core *core);
bool mheap_local_look(struct mheap_core *core, u32 *steps);
void mheap_local_stop(struct mheap_core *core);
void mheap_local_forget(struct mheap_core *core);

#endif
