/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A heap for a test: the operations of module/core, each in a section of its
 * own, and a check of all that must hold while nothing goes on.
 */
#ifndef _HEAP_H
#define _HEAP_H

#include "core.h"
#include "count.h"
#include "help.h"
#include "mark.h"
#include "object.h"
#include "payload.h"
#include "phase.h"
#include "release.h"
#include "root.h"
#include "slot.h"
#include "tap.h"

#define HEAP_BYTES	(1ULL << 30)

/* Sites of a heap that has that, or more; their lines are their numbers. */
#define HEAP_SITES	5

struct mheap_core *heap_new(u64 max_bytes, u64 max_objects);
int heap_try_new(const struct mheap_limits *limits, struct mheap_core **ret_core);
void heap_delete(struct mheap_core *core);

/* The number of the site in @file, in no function. */
u32 heap_site(struct mheap_core *core, const char *file, u32 line);

struct mheap_mutator *heap_mutator(struct mheap_core *core);
void heap_mutator_delete(struct mheap_mutator *mutator);

/* 0, or what refused it. */
int heap_try_alloc(struct mheap_mutator *m, const struct mheap_shape *shape, u32 *ret_number);
u32 heap_alloc(struct mheap_mutator *m, u32 slots, u32 payload_bytes);
void heap_store(struct mheap_mutator *m, u32 object, u32 index, u32 number);
u32 heap_load(struct mheap_mutator *m, u32 object, u32 index);
void heap_drop(struct mheap_mutator *m, u32 number);
void heap_take(struct mheap_mutator *m, u32 number);

/* 0, or what refused it. */
int heap_try_weaken(struct mheap_mutator *m, u32 number, u32 *ret_weak);
u32 heap_weaken(struct mheap_mutator *m, u32 number);
u32 heap_upgrade(struct mheap_mutator *m, u32 weak);

u64 heap_count(struct mheap_core *core, u32 number);
u32 heap_handles(struct mheap_core *core, u32 number);
u32 heap_slots(struct mheap_core *core, u32 number);
bool heap_alive(struct mheap_core *core, u32 number);

/* A section that is another thread's, so that this one may go on as if in none. */
void heap_open(struct mheap_mutator *m);
void heap_close(struct mheap_mutator *m);

/* Lets the worker work until it has nothing to do; allocates nothing. */
unsigned long heap_work(struct mheap_core *core);
void heap_collect(struct mheap_core *core);
void heap_trim(struct mheap_core *core);
u64 heap_objects(struct mheap_core *core);

/* Goes through everything; the heap must be at rest. */
bool heap_check(struct mheap_core *core);

/* Where everything is small: steps of a slice of the collector, and of a section. */
extern u32 tiny_slice_steps, tiny_section_steps;

/* xorshift64*, the same everywhere */
struct heap_random { u64 state; };
u64 heap_random(struct heap_random *random);
u32 heap_below(struct heap_random *random, u32 n);

#endif
