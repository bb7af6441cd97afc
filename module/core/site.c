// SPDX-License-Identifier: GPL-2.0-only
#include <linux/minmax.h>

#include "core.h"
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

/**
 * mheap_site_peak - note how far the births are ahead of the deaths, at most
 * @note: what a mutator noted; a death comes next, or nothing
 *
 * Context: any.
 */
void mheap_site_peak(struct mheap_site_note *note)
{
	note->peak_born = note->born;
	note->peak_objects = max(note->peak_objects, (s64)note->born - note->died);
	note->peak_bytes = max(note->peak_bytes, (s64)(note->born_bytes - note->died_bytes));
}

/* Adds what a mutator noted to the figures of the site, and has noted nothing then. */
static void mheap_site_add(struct mheap_core *core, struct mheap_site_note *note)
{
	struct mheap_site_counter *counter = mheap_site_counter(core, note->key - 1);
	struct mheap_site_figures *figures = &counter->figures;

	mheap_site_peak(note);
	spin_lock(&counter->lock);
	figures->peak_objects = max(figures->peak_objects, figures->objects + note->peak_objects);
	figures->peak_bytes = max(figures->peak_bytes, figures->bytes + note->peak_bytes);
	figures->objects += (s64)note->born - note->died;
	figures->bytes += note->born_bytes - note->died_bytes;
	figures->total_objects += note->born;
	figures->total_bytes += note->born_bytes;
	figures->young += note->young;
	spin_unlock(&counter->lock);
	*note = (struct mheap_site_note) {};
}

/**
 * mheap_site_turn - begin to note things of a site
 * @mutator: in a section; it has noted nothing of this site, or has added that
 * @site: the site
 *
 * Context: any.
 * Return: where to; what was noted there of another site has been added.
 */
struct mheap_site_note *mheap_site_turn(struct mheap_mutator *mutator, u32 site)
{
	struct mheap_site_notes *notes = &mutator->sites;
	struct mheap_site_note *note = &notes->note[site % MHEAP_SITE_NOTES];

	if (note->key)
		mheap_site_add(mutator->core, note);
	note->key = site + 1;
	notes->any = true;
	return note;
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
		if (notes->note[at].key)
			mheap_site_add(mutator->core, &notes->note[at]);
	notes->any = false;
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
