// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/minmax.h>

#include "age.h"
#include "core.h"
#include "object.h"
#include "site.h"

/**
 * mheap_site_init - a site at which nothing has been allocated
 * @counter: zeroed memory
 *
 * Context: any.
 */
void mheap_site_init(struct mheap_site_counter *counter)
{
	spin_lock_init(&counter->lock);
}

/* Adds what a mutator noted to the figures of the site. */
static void mheap_site_add(struct mheap_core *core, const struct mheap_site_note *note)
{
	struct mheap_site_counter *counter = mheap_site_counter(core, note->site);
	struct mheap_site_figures *figures = &counter->figures;

	spin_lock(&counter->lock);
	figures->peak_objects = max(figures->peak_objects, figures->objects + note->peak_objects);
	figures->peak_bytes = max(figures->peak_bytes, figures->bytes + note->peak_bytes);
	figures->objects += note->objects;
	figures->bytes += note->bytes;
	figures->total_objects += note->born;
	figures->total_bytes += note->born_bytes;
	figures->young += note->young;
	spin_unlock(&counter->lock);
}

/* Makes a place for another site, of which nothing has been noted. */
static void mheap_site_turn(struct mheap_mutator *mutator, u32 at, u32 site)
{
	struct mheap_site_notes *notes = &mutator->sites;

	if (notes->used & BIT(at))
		mheap_site_add(mutator->core, &notes->note[at]);
	notes->note[at] = (struct mheap_site_note) { .site = site };
	notes->used |= BIT(at);
}

static struct mheap_site_note *mheap_site_note(struct mheap_mutator *mutator, u32 site)
{
	struct mheap_site_notes *notes = &mutator->sites;
	u32 at = site % MHEAP_SITE_NOTES;

	if (!(notes->used & BIT(at)) || unlikely(notes->note[at].site != site))
		mheap_site_turn(mutator, at, site);
	return &notes->note[at];
}

/**
 * mheap_site_born - an object has been allocated
 * @mutator: in a section
 * @site: where
 * @bytes: what it takes
 *
 * Context: any.
 */
void mheap_site_born(struct mheap_mutator *mutator, u32 site, u64 bytes)
{
	struct mheap_site_note *note = mheap_site_note(mutator, site);

	note->born++;
	note->born_bytes += bytes;
	note->objects++;
	note->bytes += bytes;
	note->peak_objects = max(note->peak_objects, note->objects);
	note->peak_bytes = max(note->peak_bytes, note->bytes);
}

/**
 * mheap_site_died - an object is dead
 * @mutator: in a section
 * @cell: the object, of which nothing has been taken apart; not a weak cell
 *
 * Context: any.
 */
void mheap_site_died(struct mheap_mutator *mutator, const struct mheap_cell *cell)
{
	u32 word = READ_ONCE(cell->site);
	struct mheap_site_note *note = mheap_site_note(mutator, mheap_site_of(word));

	note->objects--;
	note->bytes -= mheap_object_bytes(cell);
	note->young += mheap_age_is_young(mutator, word);
}

/**
 * mheap_site_settle - add what a mutator noted to the sites
 * @mutator: in a section that is about to end
 *
 * Context: any.
 */
void mheap_site_settle(struct mheap_mutator *mutator)
{
	struct mheap_site_notes *notes = &mutator->sites;
	u32 at;

	for (at = 0; at < MHEAP_SITE_NOTES; at++)
		if (notes->used & BIT(at))
			mheap_site_add(mutator->core, &notes->note[at]);
	notes->used = 0;
}

/**
 * mheap_site_read - the figures of a site
 * @core: the heap
 * @site: 0, or one that mheap_site_known() knows
 * @ret_figures: where they go; exact while nobody works on the heap
 *
 * Context: any.
 */
void mheap_site_read(struct mheap_core *core, u32 site, struct mheap_site_figures *ret_figures)
{
	struct mheap_site_counter *counter = mheap_site_counter(core, site);

	spin_lock(&counter->lock);
	*ret_figures = counter->figures;
	spin_unlock(&counter->lock);
	ret_figures->objects = max_t(s64, ret_figures->objects, 0);
	ret_figures->bytes = max_t(s64, ret_figures->bytes, 0);
}
