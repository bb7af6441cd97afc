/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sites: what is allocated where, counted always.
 *
 * A site's figures belong together, and its lock protects them. Taking it for each
 * object would be too much, so a mutator notes what it does at a few sites, and adds that
 * to their figures when its section ends, or when it needs the place for another site.
 *
 * Locks: that of a site is a leaf, and is held for a handful of additions; by mutators,
 * in sections.
 */
#ifndef _MHEAP_CORE_SITE_H
#define _MHEAP_CORE_SITE_H

#include <linux/spinlock.h>
#include <linux/types.h>

struct mheap_core;
struct mheap_mutator;

/* Sites that a mutator notes things of; a power of two. */
#define MHEAP_SITE_NOTES	4

/**
 * struct mheap_site_figures - what was allocated at a site
 * @objects: objects that are alive; less than there are, and even less than none, while
 *	     who allocated one has not yet come to add it
 * @bytes: bytes of those, likewise
 * @peak_objects: most objects that were alive at one time
 * @peak_bytes: most bytes that were alive at one time
 * @total_objects: objects that were ever allocated
 * @total_bytes: bytes of those
 * @young: objects that died young
 */
struct mheap_site_figures {
	s64 objects;
	s64 bytes;
	s64 peak_objects;
	s64 peak_bytes;
	u64 total_objects;
	u64 total_bytes;
	u64 young;
};

/**
 * struct mheap_site_counter - one site
 * @lock: protects @figures
 * @place: where its names are; see site_table.h
 * @figures: see there
 */
struct mheap_site_counter {
	spinlock_t lock;	/* of @figures */
	u32 place;
	struct mheap_site_figures figures;
};

/**
 * struct mheap_site_note - what a mutator did at a site, and has not yet added to it
 * @key: the site and 1; 0 for none
 * @born: objects that it allocated
 * @died: objects that died
 * @young: those that died young
 * @peak_born: what @born was when the peaks were looked at
 * @peak_objects: the most that @born was ahead of @died, as far as has been looked
 * @born_bytes: bytes of those that it allocated
 * @died_bytes: bytes of those that died
 * @peak_bytes: the most that the former was ahead of the latter, likewise
 */
struct mheap_site_note {
	u32 key;
	u32 born;
	u32 died;
	u32 young;
	u32 peak_born;
	s64 peak_objects;
	u64 born_bytes;
	u64 died_bytes;
	s64 peak_bytes;
};

/**
 * struct mheap_site_notes - what a mutator did at a few sites
 * @any: some of @note is in use
 * @note: a site's is where the low bits of its number say
 */
struct mheap_site_notes {
	bool any;
	struct mheap_site_note note[MHEAP_SITE_NOTES];
};

void mheap_site_init(struct mheap_site_counter *counter);
void mheap_site_peak(struct mheap_site_note *note);
struct mheap_site_note *mheap_site_turn(struct mheap_mutator *mutator, u32 site);
void mheap_site_settle(struct mheap_mutator *mutator);
void mheap_site_read(struct mheap_core *core, u32 site, struct mheap_site_figures *ret_figures);

#endif
