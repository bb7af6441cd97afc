// SPDX-License-Identifier: LGPL-2.1-or-later
#include "internal.h"

MHI_SAME_MEMBER(mh_object_entry, mheap_walk_entry, object);
MHI_SAME_MEMBER(mh_object_entry, mheap_walk_entry, type);
MHI_SAME_MEMBER(mh_object_entry, mheap_walk_entry, slots);
MHI_SAME_MEMBER(mh_object_entry, mheap_walk_entry, payload_bytes);
MHI_SAME_MEMBER(mh_object_entry, mheap_walk_entry, site);
MHI_SAME_MEMBER(mh_object_entry, mheap_walk_entry, handle_refs);
MHI_SAME_MEMBER(mh_object_entry, mheap_walk_entry, slot_refs);

MHI_SAME_SIZE(mh_object_row, mheap_walk_entry);
MHI_SAME_MEMBER(mh_object_row, mheap_walk_entry, object);
MHI_SAME_MEMBER(mh_object_row, mheap_walk_entry, type);
MHI_SAME_MEMBER(mh_object_row, mheap_walk_entry, slots);
MHI_SAME_MEMBER(mh_object_row, mheap_walk_entry, payload_bytes);
MHI_SAME_MEMBER(mh_object_row, mheap_walk_entry, site);
MHI_SAME_MEMBER(mh_object_row, mheap_walk_entry, handle_refs);
MHI_SAME_MEMBER(mh_object_row, mheap_walk_entry, slot_refs);
MHI_SAME_MEMBER(mh_object_row, mheap_walk_entry, age_ms);
MHI_SAME_MEMBER(mh_object_row, mheap_walk_entry, bytes);

_Static_assert(MH_LIST_MAX == MHEAP_WALK_MAX, "MH_LIST_MAX differs");

_Static_assert(sizeof(struct mh_object_entry) == 32, "what 0 stands for");

static int walk(struct mh_session *session, uint64_t *cursor, void *entries, uint32_t entry_size,
		uint32_t count, uint32_t *ret_count)
{
	struct mheap_walk walk = {
		.size = sizeof(walk),
		.cursor = *cursor,
		.entries_uptr = mhi_uptr(entries),
		.count = count,
		.entry_size = entry_size,
	};
	int err;

	err = mhi_call(session, MHEAP_WALK, &walk);
	if (err)
		return err;
	*cursor = walk.cursor;
	*ret_count = walk.out_count;
	return 0;
}

MH_PUBLIC int mh_walk(struct mh_session *session, uint64_t *cursor,
		      struct mh_object_entry *entries, uint32_t count, uint32_t *ret_count)
{
	/* As it always was, so that it works with every module. */
	return walk(session, cursor, entries, 0, count, ret_count);
}

MH_PUBLIC int mh_object_list(struct mh_session *session, uint64_t *cursor,
			     struct mh_object_row *rows, uint32_t count, uint32_t *ret_count)
{
	return walk(session, cursor, rows, sizeof(*rows), count, ret_count);
}
