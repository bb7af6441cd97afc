// SPDX-License-Identifier: LGPL-2.1-or-later
#include "internal.h"

MHI_SAME_SIZE(mh_dump_record, mheap_dump_record);
MHI_SAME_MEMBER(mh_dump_record, mheap_dump_record, bytes);
MHI_SAME_MEMBER(mh_dump_record, mheap_dump_record, kind);
MHI_SAME_MEMBER(mh_dump_record, mheap_dump_record, flags);
MHI_SAME_SIZE(mh_dump_object, mheap_dump_object);
MHI_SAME_MEMBER(mh_dump_object, mheap_dump_object, object);
MHI_SAME_MEMBER(mh_dump_object, mheap_dump_object, type);
MHI_SAME_MEMBER(mh_dump_object, mheap_dump_object, site);
MHI_SAME_MEMBER(mh_dump_object, mheap_dump_object, age_ms);
MHI_SAME_MEMBER(mh_dump_object, mheap_dump_object, payload_bytes);
MHI_SAME_MEMBER(mh_dump_object, mheap_dump_object, slots);
MHI_SAME_MEMBER(mh_dump_object, mheap_dump_object, handle_refs);
MHI_SAME_MEMBER(mh_dump_object, mheap_dump_object, slot_refs);
MHI_SAME_MEMBER(mh_dump_object, mheap_dump_object, object_bytes);
MHI_SAME_MEMBER(mh_dump_object, mheap_dump_object, count);
MHI_SAME_MEMBER(mh_dump_object, mheap_dump_object, offset);
MHI_SAME_SIZE(mh_dump_slots, mheap_dump_slots);
MHI_SAME_MEMBER(mh_dump_slots, mheap_dump_slots, object);
MHI_SAME_MEMBER(mh_dump_slots, mheap_dump_slots, first);
MHI_SAME_MEMBER(mh_dump_slots, mheap_dump_slots, count);
MHI_SAME_MEMBER(mh_dump_slots, mheap_dump_slots, offset);
MHI_SAME_SIZE(mh_dump_weak, mheap_dump_weak);
MHI_SAME_MEMBER(mh_dump_weak, mheap_dump_weak, weak);
MHI_SAME_MEMBER(mh_dump_weak, mheap_dump_weak, object);
MHI_SAME_MEMBER(mh_dump_weak, mheap_dump_weak, handle_refs);
MHI_SAME_MEMBER(mh_dump_weak, mheap_dump_weak, slot_refs);
MHI_SAME_SIZE(mh_dump_root, mheap_dump_root);
MHI_SAME_MEMBER(mh_dump_root, mheap_dump_root, object);
MHI_SAME_MEMBER(mh_dump_root, mheap_dump_root, name);
MHI_SAME_SIZE(mh_dump_handle, mheap_dump_handle);
MHI_SAME_MEMBER(mh_dump_handle, mheap_dump_handle, session);
MHI_SAME_MEMBER(mh_dump_handle, mheap_dump_handle, handle);
MHI_SAME_MEMBER(mh_dump_handle, mheap_dump_handle, object);
MHI_SAME_MEMBER(mh_dump_handle, mheap_dump_handle, rights);
MHI_SAME_SIZE(mh_dump_fd, mheap_dump_fd);
MHI_SAME_MEMBER(mh_dump_fd, mheap_dump_fd, object);
MHI_SAME_MEMBER(mh_dump_fd, mheap_dump_fd, rights);

_Static_assert((int)MH_DUMP_OBJECT == (int)MHEAP_DUMP_OBJECT, "a kind differs");
_Static_assert((int)MH_DUMP_SLOTS == (int)MHEAP_DUMP_SLOTS, "a kind differs");
_Static_assert((int)MH_DUMP_WEAK == (int)MHEAP_DUMP_WEAK, "a kind differs");
_Static_assert((int)MH_DUMP_ROOT == (int)MHEAP_DUMP_ROOT, "a kind differs");
_Static_assert((int)MH_DUMP_HANDLE == (int)MHEAP_DUMP_HANDLE, "a kind differs");
_Static_assert((int)MH_DUMP_FD == (int)MHEAP_DUMP_FD, "a kind differs");
_Static_assert(MH_DUMP_IS_DEAD == MHEAP_DUMP_IS_DEAD, "a flag differs");
_Static_assert(MH_DUMP_IS_WEAK == MHEAP_DUMP_IS_WEAK, "a flag differs");
_Static_assert(MH_DUMP_SNAPSHOT == MHEAP_DUMP_SNAPSHOT, "a flag differs");
_Static_assert(MH_DUMP_BYTES_MIN == MHEAP_DUMP_BYTES_MIN, "a limit differs");
_Static_assert(MH_DUMP_SLOTS_MAX == MHEAP_DUMP_SLOTS_MAX, "a limit differs");

MH_PUBLIC int mh_dump(struct mh_session *session, uint32_t flags, uint64_t *cursor, void *buffer,
		      uint32_t bytes, uint32_t *ret_bytes)
{
	struct mheap_dump dump = {
		.size = sizeof(dump),
		.flags = flags,
		.cursor = *cursor,
		.data_uptr = mhi_uptr(buffer),
		.bytes = bytes,
	};
	int err;

	err = mhi_call(session, MHEAP_DUMP, &dump);
	if (err)
		return err;
	*cursor = dump.cursor;
	*ret_bytes = dump.out_bytes;
	return 0;
}

MH_PUBLIC const struct mh_dump_record *mh_dump_next(const void *buffer, uint32_t bytes,
						    const struct mh_dump_record *record)
{
	const struct mh_dump_record *next;
	uint32_t at = 0;

	if (record)
		at = (uint32_t)((const char *)record - (const char *)buffer) + record->bytes;
	if (bytes < sizeof(*next) || at > bytes - sizeof(*next))
		return NULL;
	next = (const void *)((const char *)buffer + at);
	/* What is not whole is none; nor does anything go on behind it. */
	if (next->bytes < sizeof(*next) || next->bytes > bytes - at)
		return NULL;
	return next;
}

MH_PUBLIC int mh_snapshot_begin(struct mh_session *session, uint64_t log_bytes,
				struct mh_snapshot_info *ret_info)
{
	struct mheap_snapshot snapshot = {
		.size = sizeof(snapshot),
		.log_bytes = log_bytes,
	};
	int err;

	err = mhi_call(session, MHEAP_SNAPSHOT, &snapshot);
	if (err || !ret_info)
		return err;
	ret_info->objects = snapshot.out_objects;
	ret_info->taken_ns = snapshot.out_ns;
	return 0;
}

MH_PUBLIC int mh_snapshot_end(struct mh_session *session)
{
	struct mheap_snapshot snapshot = {
		.size = sizeof(snapshot),
		.flags = MHEAP_SNAPSHOT_END,
	};

	return mhi_call(session, MHEAP_SNAPSHOT, &snapshot);
}
