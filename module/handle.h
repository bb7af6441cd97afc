/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session's table of handles. A handle is the index of an entry and the
 * generation of that entry, so what was closed never names anything again.
 *
 * Half of the indices are the kernel's to pick, half are the caller's to
 * choose; each half is a table of its own.
 */
#ifndef _MHEAP_HANDLE_H
#define _MHEAP_HANDLE_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/nospec.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include <linux/mheap.h>

#define MHEAP_HANDLES_MAX		((u32)MHEAP_HANDLE_CHOSEN)
#define MHEAP_HANDLES_END		(2 * MHEAP_HANDLES_MAX)
#define MHEAP_HANDLE_PAGE_SHIFT		8
#define MHEAP_HANDLE_PAGE_ENTRIES	(1U << MHEAP_HANDLE_PAGE_SHIFT)
#define MHEAP_HANDLE_GENERATION_MAX	((1ULL << (64 - MHEAP_HANDLE_INDEX_BITS)) - 1)

/* Beside MHEAP_RIGHTS_HANDLE among the traits of a handle: it does not keep its object. */
#define MHEAP_HANDLE_WEAK		BIT(31)

/* Likewise: somebody wanted whoever has it to have fewer rights than he could give. */
#define MHEAP_HANDLE_REDUCED		BIT(30)

/**
 * struct mheap_handle_entry - an entry of a table
 * @generation: of the last handle that it was used for; 0 for none
 * @object: what that refers to; 0 when it is closed
 * @next: of a closed one: the next entry that can be picked, plus one; 0 for none
 * @traits: of an open one: &enum mheap_right, MHEAP_HANDLE_*
 */
struct mheap_handle_entry {
	u64 generation;
	u32 object;
	union {
		u32 next;
		u32 traits;
	};
};

/**
 * struct mheap_named - what a handle names
 * @object: number of the object
 * @traits: &enum mheap_right, MHEAP_HANDLE_WEAK, MHEAP_HANDLE_REDUCED
 */
struct mheap_named {
	u32 object;
	u32 traits;
};

/**
 * struct mheap_handle_page - entries of a table
 * @entries: MHEAP_HANDLE_PAGE_ENTRIES of them, or NULL
 * @recorded: number of the last picture that they are in (protected by the table's lock)
 */
struct mheap_handle_page {
	struct mheap_handle_entry *entries;
	u64 recorded;
};

/**
 * struct mheap_handle_half - one half of a table
 * @pages: made as needed; replaced under the table's lock
 * @page_count: room in @pages
 * @end: entries below this have been used (of the half that the kernel picks)
 * @free: an entry that can be picked, plus one; 0 for none
 * @open: handles that are open
 */
struct mheap_handle_half {
	struct mheap_handle_page *pages;
	u32 page_count;
	u32 end;
	u32 free;
	u32 open;
};

/**
 * struct mheap_handles - the handles of a session
 * @halves: those that the kernel picks, and those that the caller chooses
 * @max: handles of each half
 * @session: whose
 * @lock: lets somebody look at the table who has not the session's lock; a leaf, held
 *	  while a page is looked at, or the array of pages is replaced
 *
 * All of it is protected by the session's lock; @open may be read without. Entries change
 * in sections of the session's mutator only.
 */
struct mheap_handles {
	struct mheap_handle_half halves[2];
	u32 max;
	u64 session;
	spinlock_t lock;	/* see above */
};

/**
 * struct mheap_handle_walk - where a walk over all handles is
 * @half: of the table
 * @index: of its next entry
 */
struct mheap_handle_walk {
	u32 half;
	u32 index;
};

/* What mheap_handle_check() says when mheap_handle_grow() is needed. */
#define MHEAP_NOT_READY		1

struct mheap_mutator;
struct mheap_picture;
struct mheap_room;

void mheap_handles_init(struct mheap_handles *handles, u64 session);
void mheap_handles_destroy(struct mheap_handles *handles);
int mheap_handle_check(struct mheap_handles *handles, u32 flags, u64 chosen);
int mheap_handles_reserve(struct mheap_handles *handles, u32 max);
int mheap_handle_grow(struct mheap_handles *handles, u32 flags, u64 chosen);
u64 mheap_handle_install(struct mheap_handles *handles, struct mheap_mutator *mutator, u32 flags,
			 u64 chosen, struct mheap_named named);
int mheap_handle_remove(struct mheap_handles *handles, struct mheap_mutator *mutator, u64 handle,
			u32 *ret_object);
u32 mheap_handle_take_next(struct mheap_handles *handles, struct mheap_handle_walk *walk,
			   struct mheap_mutator *mutator);
void mheap_handle_record(struct mheap_handles *handles, struct mheap_picture *picture, u32 place);
bool mheap_handles_dump(struct mheap_handles *handles, struct mheap_picture *picture, u32 *place,
			struct mheap_room *room);

static inline struct mheap_handle_half *mheap_handle_half(struct mheap_handles *handles, u64 handle)
{
	return &handles->halves[!!(handle & MHEAP_HANDLE_CHOSEN)];
}

static inline u32 mheap_handle_index(u64 handle)
{
	return handle & MHEAP_HANDLE_INDEX_MASK & ~MHEAP_HANDLE_CHOSEN;
}

static inline u64 mheap_handle_generation(u64 handle)
{
	return handle >> MHEAP_HANDLE_INDEX_BITS;
}

/* The entry, or NULL when there has never been one. The index is the user's. */
static __always_inline struct mheap_handle_entry *
mheap_handle_entry(struct mheap_handle_half *half, u32 index)
{
	u32 page = index >> MHEAP_HANDLE_PAGE_SHIFT;

	if (page >= half->page_count)
		return NULL;
	page = array_index_nospec(page, half->page_count);
	if (!half->pages[page].entries)
		return NULL;
	return &half->pages[page].entries[index & (MHEAP_HANDLE_PAGE_ENTRIES - 1)];
}

/* The entry of a handle that is open. Every operation comes here, for each of its handles. */
static __always_inline int mheap_handle_find_open(struct mheap_handle_half *half, u64 handle,
						  struct mheap_handle_entry **ret_entry)
{
	struct mheap_handle_entry *entry = mheap_handle_entry(half, mheap_handle_index(handle));
	u64 generation = mheap_handle_generation(handle);

	if (!entry || !generation || generation > entry->generation)
		return -ENOENT;
	if (generation < entry->generation || !entry->object)
		return -ESTALE;
	*ret_entry = entry;
	return 0;
}

/**
 * mheap_handle_find - what a handle names
 * @handles: the table
 * @handle: the handle, as userspace gave it
 * @ret_named: where that goes
 *
 * Context: under the session's lock.
 * Return: 0; -ENOENT when it was never issued; -ESTALE when it was closed.
 */
static inline int mheap_handle_find(struct mheap_handles *handles, u64 handle,
				    struct mheap_named *ret_named)
{
	struct mheap_handle_entry *entry;
	int ret;

	ret = mheap_handle_find_open(mheap_handle_half(handles, handle), handle, &entry);
	if (ret)
		return ret;
	ret_named->object = entry->object;
	ret_named->traits = entry->traits;
	return 0;
}

static inline u32 mheap_handles_open(const struct mheap_handles *handles)
{
	return READ_ONCE(handles->halves[0].open) + READ_ONCE(handles->halves[1].open);
}

#endif
