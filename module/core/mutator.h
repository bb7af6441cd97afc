/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A mutator is whoever works on the objects of a heap: a session, the worker,
 * somebody who looks. All work on objects happens in sections: short stretches
 * that do not sleep, take a bounded number of steps, and see one phase of the
 * collector from beginning to end.
 *
 * A grace period ends when every section has ended that was open when it
 * began. It is how the collector changes phases without stopping anyone, and
 * how memory that somebody may still look at is freed.
 */
#ifndef _MHEAP_CORE_MUTATOR_H
#define _MHEAP_CORE_MUTATOR_H

#include <linux/list.h>
#include <linux/types.h>

#include "class.h"
#include "site.h"
#include "space.h"

struct mheap_core;

/* Steps that a section may take to free what died in it. */
#define MHEAP_SECTION_STEPS	1024

/**
 * enum mheap_grace - for whom a grace period is
 * @MHEAP_GRACE_COLLECT: the collector, or trimming, which take turns
 * @MHEAP_GRACE_INSTANT: a picture
 * @MHEAP_GRACES: how many there are
 */
enum mheap_grace {
	MHEAP_GRACE_COLLECT,
	MHEAP_GRACE_INSTANT,
	MHEAP_GRACES,
};

/**
 * struct mheap_chain - dead cells, linked by their numbers
 * @head: the first, or 0
 * @tail: the last
 */
struct mheap_chain {
	u32 head;
	u32 tail;
};

/**
 * struct mheap_tally - what a mutator did since it began
 * @allocated: objects
 * @allocated_bytes: bytes of those
 * @died: objects whose last reference went
 * @freed: those of them that were taken apart and freed
 * @freed_bytes: bytes of those
 * @collected: objects freed by the collector
 * @collected_bytes: bytes of those
 */
struct mheap_tally {
	u64 allocated;
	u64 allocated_bytes;
	u64 died;
	u64 freed;
	u64 freed_bytes;
	u64 collected;
	u64 collected_bytes;
};

/**
 * struct mheap_mutator - see above
 * @seq: odd while in a section
 * @grace: @seq when the running grace periods began (the worker's)
 * @core: the heap
 * @phase: the collector's phase, as this section sees it
 * @suspect: the flag that suspects get in this section
 * @steps: how many more this section may take to free what died
 * @took: those that it began with, and what it has taken besides
 * @suspects: objects that turned suspect in this section
 * @dead: objects that died in this section and are not yet taken apart
 * @quarantine: those that are, and wait for the collection to end
 * @keep_dead: @dead outlives the section: the worker's
 * @tick: see age.h; 0 when this section has not yet asked
 * @sites: what it did at some sites in this section
 * @tally: written by the mutator, read by anyone
 * @cells: where it allocates cells
 * @payloads: where it allocates payloads
 * @link: on the list of the heap (protected by the heap's mutators_lock)
 *
 * A mutator is used by one thread at a time; who sees to that is the caller's
 * business (a session's lock, the worker being one).
 */
struct mheap_mutator {
	unsigned long seq;
	unsigned long grace[MHEAP_GRACES];
	struct mheap_core *core;
	u32 phase;
	u64 suspect;
	u32 steps;
	u32 took;
	u32 suspects;
	struct mheap_chain dead;
	struct mheap_chain quarantine;
	bool keep_dead;
	u32 tick;
	struct mheap_site_notes sites;
	struct mheap_tally tally;
	struct mheap_cursor cells[MHEAP_CELL_CLASSES];
	struct mheap_cursor payloads[MHEAP_CLASSES];
	struct list_head link;
};

void mheap_mutator_init(struct mheap_mutator *mutator, struct mheap_core *core);
void mheap_mutator_exit(struct mheap_mutator *mutator);
void mheap_mutator_release_chunks(struct mheap_mutator *mutator);
void mheap_section_enter(struct mheap_mutator *mutator);
void mheap_section_exit(struct mheap_mutator *mutator);
void mheap_grace_begin(struct mheap_core *core, enum mheap_grace whose);
bool mheap_grace_over(struct mheap_core *core, enum mheap_grace whose);

static inline bool mheap_in_section(const struct mheap_mutator *mutator)
{
	return mutator->seq & 1;
}

/**
 * mheap_section_took - account for steps of a section
 * @mutator: in a section
 * @steps: what it has taken, but not of its own steps
 *
 * Context: any.
 */
static inline void mheap_section_took(struct mheap_mutator *mutator, u32 steps)
{
	mutator->took += steps;
}

#endif
