/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A heap as such: its objects, its named roots and its collector. Knows no
 * process, no file and no worker; whoever owns it calls mheap_core_work() when
 * mheap_core_attention() says so.
 *
 * Locks, outermost first; none is held while waiting for anything:
 *
 *	mutators_lock	the list of mutators, and the tally of those that went
 *	instant.serial	see instant.h
 *	roots.lock	the named roots
 *	sites.lock	see site_table.h
 *	types.lock	see type.h
 *	weak.lock	see weak.h
 *	space.lock	see space.h
 *	pool.lock	see pool.h
 *	of a site	see site.h
 *	stripes[].lock	see dump.h
 */
#ifndef _MHEAP_CORE_CORE_H
#define _MHEAP_CORE_CORE_H

#include <linux/mutex.h>
#include <linux/types.h>

#include "cell.h"
#include "collect.h"
#include "cycle.h"
#include "dump.h"
#include "instant.h"
#include "local.h"
#include "mutator.h"
#include "phase.h"
#include "root.h"
#include "site_table.h"
#include "space.h"
#include "trim.h"
#include "type.h"
#include "weak.h"

/**
 * struct mheap_limits - what a heap is made with
 * @max_bytes: memory that it may take
 * @max_objects: objects that it may hold, or 0 for as many as can be named
 * @suspect_percent: see &struct mheap_create
 * @suspect_min: likewise
 * @suspect_age_ms: likewise
 * @local_objects: likewise
 * @cpu_percent: likewise
 * @max_sites: likewise; 0 for none
 * @reserved: all memory is taken at once, and none later
 */
struct mheap_limits {
	u64 max_bytes;
	u64 max_objects;
	u32 suspect_percent;
	u32 suspect_min;
	u32 suspect_age_ms;
	u32 local_objects;
	u32 cpu_percent;
	u32 max_sites;
	bool reserved;
};

/**
 * struct mheap_core - see above
 * @phase: &enum mheap_phase, and the parity of the collection beside it
 * @grey: some chunk may be dirty
 * @cyclic: &enum mheap_cyclic
 * @suspects: objects that turned suspect since the last collection, or the last look at
 *	      suspects, began
 * @suspected_ns: when the first of them did, or 0
 * @objects: objects, counted only where @max_objects asks for it
 * @max_objects: objects that it may hold now, or 0 for as many as can be named
 * @dead: objects that wait for the worker to take them apart
 * @quarantine: dead cells that wait for the collection to end
 * @cells: the space of objects
 * @payloads: the space of payloads
 * @memory: what is held of the system's memory
 * @limits: what the heap was made with
 * @roots: the named roots
 * @weak: the weak references
 * @collector: the collector
 * @local: small dead cycles
 * @trim: empty chunks on their way back to the system
 * @stripes: see dump.h
 * @instant: the picture, if there is one
 * @janitor: the worker's mutator
 * @longest_section: steps of the longest section so far
 * @longest_hold: steps of the longest hold of a spinlock so far, but for the spaces'
 * @mutators_lock: protects @mutators and @departed
 * @mutators: all mutators
 * @departed: tally of those that are gone
 * @born_ns: when the heap was made, by ktime_get_coarse_ns()
 * @sites: the allocation sites
 * @types: the names of types
 */
struct mheap_core {
	u32 phase;
	u32 grey;
	u32 cyclic;
	atomic_long_t suspects;
	atomic64_t suspected_ns;
	atomic_long_t objects;
	u64 max_objects;
	u32 dead;
	u32 quarantine;
	struct mheap_space cells;
	struct mheap_space payloads;
	struct mheap_memory memory;
	struct mheap_limits limits;
	struct mheap_roots roots;
	struct mheap_weak weak;
	struct mheap_collector collector;
	struct mheap_local local;
	struct mheap_trim trim;
	struct mheap_stripe stripes[MHEAP_STRIPES];
	struct mheap_instant instant;
	struct mheap_mutator janitor;
	u32 longest_section;
	u32 longest_hold;
	struct mutex mutators_lock;	/* of @mutators, @departed */
	struct list_head mutators;
	struct mheap_tally departed;
	u64 born_ns;
	struct mheap_sites sites;
	struct mheap_types types;
};

/**
 * enum mheap_attention - what a heap wants of its worker
 * @MHEAP_ATTENTION_NONE: nothing
 * @MHEAP_ATTENTION_LATER: a look after suspect_age_ms
 * @MHEAP_ATTENTION_NOW: mheap_core_work()
 */
enum mheap_attention {
	MHEAP_ATTENTION_NONE,
	MHEAP_ATTENTION_LATER,
	MHEAP_ATTENTION_NOW,
};

/**
 * struct mheap_core_stat - figures of a heap
 * @tally: what all mutators did
 * @objects: objects that are alive or not yet reclaimed
 * @bytes: bytes of those
 * @memory: bytes that the heap holds of the system's memory
 * @suspects: objects that are suspect
 * @pending: dead objects that wait for the worker
 * @longest_section: steps of the longest section so far
 * @longest_hold: steps of the longest hold of a spinlock so far
 */
struct mheap_core_stat {
	struct mheap_tally tally;
	u64 objects;
	u64 bytes;
	u64 memory;
	u64 suspects;
	u64 pending;
	u32 longest_section;
	u32 longest_hold;
};

int mheap_core_init(struct mheap_core *core, const struct mheap_limits *limits,
		    struct mheap_memory *all);
void mheap_core_destroy(struct mheap_core *core);
enum mheap_attention mheap_core_attention(struct mheap_core *core);
enum mheap_step mheap_core_work(struct mheap_core *core);
void mheap_core_stat(struct mheap_core *core, struct mheap_core_stat *ret_stat);

/* Objects that are suspect: those that have been looked at, and those that have not. */
static inline u64 mheap_core_suspects(struct mheap_core *core)
{
	return atomic_long_read(&core->suspects) + READ_ONCE(core->local.kept);
}

/*
 * Whether mheap_core_attention() is going to say that nothing is wanted. Who asks
 * for something wakes the worker itself; what sections leave behind is seen here.
 */
static inline bool mheap_core_quiet(struct mheap_core *core)
{
	return !(READ_ONCE(core->dead) | mheap_core_suspects(core) |
		 READ_ONCE(core->cells.empty_count) | READ_ONCE(core->payloads.empty_count));
}

/*
 * For who is in a section of MHEAP_PHASE_SWEEP, and has found something white: is that
 * condemned? Others may be beyond the end of the phase, and what is born there is white, too.
 */
static inline bool mheap_core_condemns(struct mheap_core *core)
{
	/* Pairs with mheap_collect_publish(), by way of who saw that and made it known. */
	smp_rmb();
	return mheap_phase_of(READ_ONCE(core->phase)) == MHEAP_PHASE_SWEEP;
}

/*
 * Whether there are weak cells. There is one for sure, for who has one, or whose object has
 * one that nobody can give up or take any more.
 */
static inline bool mheap_core_has_weak(const struct mheap_core *core)
{
	return READ_ONCE(core->weak.cells);
}

/* Whether an object is marked. */
static inline bool mheap_core_marked(struct mheap_core *core, u32 number)
{
	return test_bit(mheap_chunk_bit(number),
			READ_ONCE(mheap_entry_of(&core->cells, number)->mark));
}

/* A site, whose number is one that is known; any other is as good as none. */
static inline struct mheap_site_counter *mheap_site_counter(struct mheap_core *core, u32 site)
{
	struct mheap_sites *sites = &core->sites;

	if (!site || site >= mheap_sites_count(sites))
		return &sites->none;
	return &sites->leaf[site >> MHEAP_SITE_LEAF_SHIFT][site % MHEAP_SITE_LEAF];
}

static inline struct mheap_cell *mheap_cell_of(struct mheap_core *core, u32 number)
{
	return mheap_space_at(&core->cells, number);
}

#endif
