// SPDX-License-Identifier: GPL-2.0-only
/*
 * A table of handles, seen by somebody who has not the session's lock.
 */
#include <linux/nospec.h>

#include "core/core.h"
#include "core/picture.h"
#include "handle.h"

/* Entries that are told at a time. */
#define MHEAP_HANDLE_PART	64U

/* Such parts that are looked at under the lock. */
#define MHEAP_HANDLE_PARTS	64U

/* An entry that may change meanwhile. Returns whether it is, or was, an open handle. */
static bool mheap_handle_entry_read(struct mheap_handle_entry *entry, u64 *ret_generation,
				    struct mheap_named *ret_named)
{
	/* Pairs with mheap_handle_install(). */
	ret_named->object = smp_load_acquire(&entry->object);
	if (!ret_named->object)
		return false;
	*ret_generation = READ_ONCE(entry->generation);
	ret_named->traits = READ_ONCE(entry->traits);
	/* Pairs with mheap_handle_remove(). */
	smp_rmb();
	/* It has been closed; if it has been opened again, that is another handle. */
	return READ_ONCE(entry->object) == ret_named->object &&
	       READ_ONCE(entry->generation) == *ret_generation;
}

static void mheap_handle_dump(const struct mheap_handles *handles, u64 handle,
			      struct mheap_named named, struct mheap_dump_handle *to)
{
	const bool weak = named.traits & MHEAP_HANDLE_WEAK;

	*to = (struct mheap_dump_handle) {
		.bytes = sizeof(*to),
		.kind = MHEAP_DUMP_HANDLE,
		.flags = weak ? MHEAP_DUMP_IS_WEAK : 0,
		.session = handles->session,
		.handle = handle,
		.object = named.object,
		.rights = named.traits & MHEAP_RIGHTS_HANDLE,
	};
}

static struct mheap_handle_page *mheap_handle_page_at(struct mheap_handles *handles, u32 place)
{
	struct mheap_handle_half *half = &handles->halves[!!(place & MHEAP_HANDLES_MAX)];
	u32 page = (place & (MHEAP_HANDLES_MAX - 1)) >> MHEAP_HANDLE_PAGE_SHIFT;

	lockdep_assert_held(&handles->lock);
	if (!READ_ONCE(half->open) || page >= half->page_count)
		return NULL;
	return &half->pages[array_index_nospec(page, half->page_count)];
}

/* Tells @count handles of a page at most, from @place on. There is room for them. */
static void mheap_handles_tell(struct mheap_handles *handles,
			       const struct mheap_handle_page *page, u32 place, u32 count,
			       struct mheap_room *room)
{
	/* Pairs with mheap_handle_grow_entries(). */
	struct mheap_handle_entry *entries = smp_load_acquire(&page->entries);
	u64 chosen = place & MHEAP_HANDLES_MAX ? MHEAP_HANDLE_CHOSEN : 0;
	u32 index = place & (MHEAP_HANDLES_MAX - 1), end = index + count;
	struct mheap_named named;
	u64 generation;

	for (; entries && index < end; index++) {
		if (!mheap_handle_entry_read(&entries[index & (MHEAP_HANDLE_PAGE_ENTRIES - 1)],
					     &generation, &named))
			continue;
		mheap_handle_dump(handles, generation << MHEAP_HANDLE_INDEX_BITS | chosen | index,
				  named, mheap_room_take(room, sizeof(struct mheap_dump_handle)));
	}
}

static u32 mheap_handles_count(const struct mheap_handle_page *page)
{
	u32 i, count = 0;

	for (i = 0; i < MHEAP_HANDLE_PAGE_ENTRIES; i++)
		count += !!READ_ONCE(page->entries[i].object);
	return count;
}

/**
 * mheap_handle_record - see to it that a page of a table has been recorded
 * @handles: the table
 * @picture: the picture
 * @place: an entry of the page, which is going to change
 *
 * Context: in a section of the session's mutator, under the session's lock, or by the
 *	    worker; takes the table's lock.
 */
void mheap_handle_record(struct mheap_handles *handles, struct mheap_picture *picture, u32 place)
{
	struct mheap_handle_half *half = &handles->halves[!!(place & MHEAP_HANDLES_MAX)];
	u32 first = place & ~(MHEAP_HANDLE_PAGE_ENTRIES - 1);
	struct mheap_handle_page *page;
	struct mheap_room room = {};

	page = &half->pages[(place & (MHEAP_HANDLES_MAX - 1)) >> MHEAP_HANDLE_PAGE_SHIFT];
	if (READ_ONCE(page->recorded) == picture->number || mheap_picture_broken(picture))
		return;
	spin_lock(&handles->lock);
	if (page->recorded != picture->number) {
		room.bytes = mheap_handles_count(page) * sizeof(struct mheap_dump_handle);
		if (room.bytes)
			room.base = mheap_picture_log(picture, MHEAP_LOG_HOLDERS, room.bytes);
		if (room.base)
			mheap_handles_tell(handles, page, first, MHEAP_HANDLE_PAGE_ENTRIES, &room);
		if (room.base || !room.bytes)
			WRITE_ONCE(page->recorded, picture->number);
	}
	spin_unlock(&handles->lock);
}

/* Tells handles from @place on. Returns how many entries, or 0 when there is no room. */
static u32 mheap_handles_tell_some(struct mheap_handles *handles, struct mheap_picture *picture,
				   struct mheap_handle_page *page, u32 place,
				   struct mheap_room *room)
{
	u32 count = picture ? MHEAP_HANDLE_PAGE_ENTRIES : MHEAP_HANDLE_PART;

	if (!READ_ONCE(page->entries) || (picture && page->recorded == picture->number))
		return MHEAP_HANDLE_PAGE_ENTRIES;
	if (room->bytes - room->used < count * sizeof(struct mheap_dump_handle))
		return 0;
	mheap_handles_tell(handles, page, place, count, room);
	if (picture)
		/* Pairs with mheap_handle_record(), which looks at it without the lock. */
		smp_store_release(&page->recorded, picture->number);
	return count;
}

/**
 * mheap_handles_dump - tell handles
 * @handles: the table of a session that somebody keeps
 * @picture: those that were open then, and have not been recorded; or NULL: those that are
 *	     open now
 * @place: where to go on, 0 at first; below MHEAP_HANDLES_END when there is more
 * @room: where records go
 *
 * Context: any; takes the table's lock, for MHEAP_HANDLE_PARTS parts of it at most.
 * Return: whether there was room.
 */
bool mheap_handles_dump(struct mheap_handles *handles, struct mheap_picture *picture, u32 *place,
			struct mheap_room *room)
{
	struct mheap_handle_page *page;
	u32 parts, told;
	bool fits = true;

	spin_lock(&handles->lock);
	for (parts = MHEAP_HANDLE_PARTS; *place < MHEAP_HANDLES_END && parts; parts--) {
		page = mheap_handle_page_at(handles, *place);
		if (!page) {
			*place = *place & MHEAP_HANDLES_MAX ? MHEAP_HANDLES_END :
							      MHEAP_HANDLES_MAX;
			continue;
		}
		told = mheap_handles_tell_some(handles, picture, page, *place, room);
		fits = told;
		if (!fits)
			break;
		*place += told;
	}
	spin_unlock(&handles->lock);
	return fits;
}
