/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Noting what a mutator does at sites: see site.h. Every object comes here when it is
 * born and when it dies, so all of it is short.
 */
#ifndef _MHEAP_CORE_SITE_NOTE_H
#define _MHEAP_CORE_SITE_NOTE_H

#include <linux/compiler.h>

#include "age.h"
#include "mutator.h"
#include "object.h"

/* What a mutator notes of a site. */
static inline struct mheap_site_note *mheap_site_note(struct mheap_mutator *mutator, u32 site)
{
	struct mheap_site_note *note = &mutator->sites.note[site % MHEAP_SITE_NOTES];

	return likely(note->key == site + 1) ? note : mheap_site_turn(mutator, site);
}

/**
 * mheap_site_born - an object has been allocated
 * @mutator: in a section
 * @site: where
 * @bytes: what it takes
 *
 * Context: any.
 */
static inline void mheap_site_born(struct mheap_mutator *mutator, u32 site, u64 bytes)
{
	struct mheap_site_note *note = mheap_site_note(mutator, site);

	note->born++;
	note->born_bytes += bytes;
}

/**
 * mheap_site_died - an object is dead
 * @mutator: in a section
 * @cell: the object, of which nothing has been taken apart; not a weak cell
 *
 * Context: any.
 */
static inline void mheap_site_died(struct mheap_mutator *mutator, const struct mheap_cell *cell)
{
	u32 word = READ_ONCE(cell->site);
	struct mheap_site_note *note = mheap_site_note(mutator, mheap_site_of(word));

	if (note->born != note->peak_born)
		mheap_site_peak(note);
	note->died++;
	note->died_bytes += mheap_object_bytes(cell);
	note->young += mheap_age_is_young(mutator, word);
}

#endif
