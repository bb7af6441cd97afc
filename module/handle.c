// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "core/core.h"
#include "core/phase.h"
#include "handle.h"

/**
 * mheap_handles_init - a table without handles
 * @handles: zeroed memory
 * @session: number of the session
 *
 * Context: any.
 */
void mheap_handles_init(struct mheap_handles *handles, u64 session)
{
	handles->session = session;
	spin_lock_init(&handles->lock);
}

/**
 * mheap_handles_destroy - free a table
 * @handles: the table; what its handles refer to has been let go, or does not
 *	     matter any more
 *
 * Context: may sleep.
 */
void mheap_handles_destroy(struct mheap_handles *handles)
{
	struct mheap_handle_half *half;
	u32 i, page;

	for (i = 0; i < ARRAY_SIZE(handles->halves); i++) {
		half = &handles->halves[i];
		for (page = 0; page < half->page_count; page++) {
			kfree(half->pages[page].entries);
			cond_resched();
		}
		kvfree(half->pages);
	}
}

static int mheap_handle_check_chosen(struct mheap_handles *handles, u64 chosen)
{
	u64 generation = mheap_handle_generation(chosen);
	struct mheap_handle_entry *entry;

	if (!(chosen & MHEAP_HANDLE_CHOSEN) || !generation)
		return -EINVAL;
	if (mheap_handle_index(chosen) >= handles->max)
		return -EMFILE;
	entry = mheap_handle_entry(mheap_handle_half(handles, chosen),
				   mheap_handle_index(chosen));
	if (!entry)
		return generation == 1 ? MHEAP_NOT_READY : -EINVAL;
	if (generation == entry->generation && entry->object)
		return -EEXIST;
	if (generation <= entry->generation)
		return -ESTALE;
	if (entry->object)
		return -EEXIST;
	return generation == entry->generation + 1 ? 0 : -EINVAL;
}

/**
 * mheap_handle_check - can mheap_handle_install() be called
 * @handles: the table
 * @flags: with MHEAP_CHOSEN or without
 * @chosen: the handle that was chosen
 *
 * Context: under the session's lock.
 * Return: 0; MHEAP_NOT_READY when mheap_handle_grow() is needed first; -EMFILE
 *	   when all handles are open; -EEXIST, -ESTALE or -EINVAL when @chosen
 *	   cannot be had.
 */
int mheap_handle_check(struct mheap_handles *handles, u32 flags, u64 chosen)
{
	struct mheap_handle_half *half = &handles->halves[0];

	if (flags & MHEAP_CHOSEN)
		return mheap_handle_check_chosen(handles, chosen);
	if (half->free)
		return 0;
	if (half->end >= handles->max)
		return -EMFILE;
	return mheap_handle_entry(half, half->end) ? 0 : MHEAP_NOT_READY;
}

static int mheap_handle_grow_pages(struct mheap_handles *handles, struct mheap_handle_half *half,
				   u32 page)
{
	struct mheap_handle_page *pages, *old;
	u32 count;

	if (page < half->page_count)
		return 0;
	count = max3(page + 1, half->page_count * 2, 8U);
	pages = kvcalloc(count, sizeof(*pages), MHEAP_GFP);
	if (!pages)
		return -ENOMEM;
	spin_lock(&handles->lock);
	old = half->pages;
	if (old)
		memcpy(pages, old, half->page_count * sizeof(*pages));
	half->pages = pages;
	half->page_count = count;
	spin_unlock(&handles->lock);
	kvfree(old);
	return 0;
}

static int mheap_handle_grow_entries(struct mheap_handle_half *half, u32 page)
{
	struct mheap_handle_entry *entries;

	if (half->pages[page].entries)
		return 0;
	entries = kcalloc(MHEAP_HANDLE_PAGE_ENTRIES, sizeof(*entries), MHEAP_GFP);
	/* Pairs with mheap_handles_dump(). */
	smp_store_release(&half->pages[page].entries, entries);
	return entries ? 0 : -ENOMEM;
}

static int mheap_handle_half_reserve(struct mheap_handles *handles,
				     struct mheap_handle_half *half, u32 max)
{
	u32 page, pages = DIV_ROUND_UP(max, MHEAP_HANDLE_PAGE_ENTRIES);
	int ret;

	ret = mheap_handle_grow_pages(handles, half, pages - 1);
	for (page = 0; !ret && page < pages; page++) {
		ret = mheap_handle_grow_entries(half, page);
		cond_resched();
	}
	return ret;
}

/**
 * mheap_handles_reserve - make room for all handles that there may be
 * @handles: a table without handles
 * @max: handles of each half
 *
 * Context: under the session's lock; may sleep.
 * Return: 0 or -ENOMEM.
 */
int mheap_handles_reserve(struct mheap_handles *handles, u32 max)
{
	return mheap_handle_half_reserve(handles, &handles->halves[0], max) ?:
	       mheap_handle_half_reserve(handles, &handles->halves[1], max);
}

/**
 * mheap_handle_grow - make room for one more handle
 * @handles: the table; mheap_handle_check() said MHEAP_NOT_READY
 * @flags: with MHEAP_CHOSEN or without
 * @chosen: the handle that was chosen
 *
 * Context: under the session's lock; may sleep.
 * Return: 0 or -ENOMEM.
 */
int mheap_handle_grow(struct mheap_handles *handles, u32 flags, u64 chosen)
{
	struct mheap_handle_half *half = &handles->halves[!!(flags & MHEAP_CHOSEN)];
	u32 index = flags & MHEAP_CHOSEN ? mheap_handle_index(chosen) : half->end;
	u32 page = index >> MHEAP_HANDLE_PAGE_SHIFT;
	int ret;

	ret = mheap_handle_grow_pages(handles, half, page);
	return ret ?: mheap_handle_grow_entries(half, page);
}

/* The entry is going to change: a picture has it as it was. */
static void mheap_handle_touch(struct mheap_handles *handles, struct mheap_mutator *mutator,
			       struct mheap_handle_half *half, u32 index)
{
	if (unlikely(mutator->phase & MHEAP_PHASE_RECORD))
		mheap_handle_record(handles, mutator->core->instant.picture,
				    index + (half - handles->halves) * MHEAP_HANDLES_MAX);
}

static u32 mheap_handle_pick(struct mheap_handle_half *half)
{
	u32 index;

	if (!half->free)
		return half->end++;
	index = half->free - 1;
	half->free = mheap_handle_entry(half, index)->next;
	return index;
}

/**
 * mheap_handle_install - give an object a handle
 * @handles: the table; mheap_handle_check() said 0
 * @mutator: the session's, in the section in which the reference was counted
 * @flags: with MHEAP_CHOSEN or without
 * @chosen: the handle that was chosen
 * @named: the object, whose reference becomes the handle's, and its traits
 *
 * Context: under the session's lock.
 * Return: the handle.
 */
u64 mheap_handle_install(struct mheap_handles *handles, struct mheap_mutator *mutator, u32 flags,
			 u64 chosen, struct mheap_named named)
{
	struct mheap_handle_half *half = &handles->halves[!!(flags & MHEAP_CHOSEN)];
	u32 index = flags & MHEAP_CHOSEN ? mheap_handle_index(chosen) : mheap_handle_pick(half);
	struct mheap_handle_entry *entry = mheap_handle_entry(half, index);

	mheap_handle_touch(handles, mutator, half, index);
	WRITE_ONCE(entry->generation, entry->generation + 1);
	WRITE_ONCE(entry->traits, named.traits);
	/* Pairs with mheap_handle_entry_read(). */
	smp_store_release(&entry->object, named.object);
	WRITE_ONCE(half->open, half->open + 1);
	return entry->generation << MHEAP_HANDLE_INDEX_BITS |
	       (flags & MHEAP_CHOSEN ? MHEAP_HANDLE_CHOSEN : 0) | index;
}

/**
 * mheap_handle_remove - close a handle
 * @handles: the table
 * @mutator: the session's, in the section in which the reference is going to be given up
 * @handle: the handle, as userspace gave it
 * @ret_object: where the number of the object goes; the handle's reference
 *		becomes the caller's
 *
 * Context: under the session's lock.
 * Return: 0; -ENOENT when it was never issued; -ESTALE when it was closed.
 */
int mheap_handle_remove(struct mheap_handles *handles, struct mheap_mutator *mutator, u64 handle,
			u32 *ret_object)
{
	struct mheap_handle_half *half = mheap_handle_half(handles, handle);
	struct mheap_handle_entry *entry;
	int ret;

	ret = mheap_handle_find_open(half, handle, &entry);
	if (ret)
		return ret;
	*ret_object = entry->object;
	mheap_handle_touch(handles, mutator, half, mheap_handle_index(handle));
	WRITE_ONCE(entry->object, 0);
	/* Pairs with mheap_handle_entry_read(): what follows is not told of it. */
	smp_wmb();
	WRITE_ONCE(half->open, half->open - 1);
	/* An entry whose generation would wrap is retired. */
	if (!(handle & MHEAP_HANDLE_CHOSEN) &&
	    entry->generation < MHEAP_HANDLE_GENERATION_MAX) {
		WRITE_ONCE(entry->next, half->free);
		half->free = mheap_handle_index(handle) + 1;
	}
	return 0;
}

/**
 * mheap_handle_take_next - close the next handle, whatever it is
 * @handles: the table of a session that is gone
 * @walk: where to look, zeroed at first
 * @mutator: the session's, in a section; its steps are how many are left
 *
 * Context: by the worker.
 * Return: the number of the object, whose reference becomes the caller's; 0
 *	   when there are no steps left, or when there are no more.
 */
u32 mheap_handle_take_next(struct mheap_handles *handles, struct mheap_handle_walk *walk,
			   struct mheap_mutator *mutator)
{
	struct mheap_handle_half *half;
	struct mheap_handle_entry *entry;
	u32 object;

	while (walk->half < ARRAY_SIZE(handles->halves)) {
		half = &handles->halves[walk->half];
		if (!half->open || walk->index >= half->page_count * MHEAP_HANDLE_PAGE_ENTRIES) {
			walk->half++;
			walk->index = 0;
			continue;
		}
		if (!mutator->steps)
			return 0;
		mutator->steps--;
		entry = mheap_handle_entry(half, walk->index);
		if (!entry) {
			walk->index += MHEAP_HANDLE_PAGE_ENTRIES;
			continue;
		}
		walk->index++;
		object = entry->object;
		if (object) {
			mheap_handle_touch(handles, mutator, half, walk->index - 1);
			WRITE_ONCE(entry->object, 0);
			WRITE_ONCE(half->open, half->open - 1);
			return object;
		}
	}
	return 0;
}
