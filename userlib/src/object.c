// SPDX-License-Identifier: LGPL-2.1-or-later
#include "internal.h"

MH_PUBLIC int mh_alloc(struct mh_session *session, uint32_t slots, uint32_t payload_bytes,
		       uint32_t type, mh_t *ret_handle)
{
	return mh_alloc_site(session, 0, slots, payload_bytes, type, ret_handle, NULL);
}

MH_PUBLIC int mh_alloc_offset(struct mh_session *session, uint32_t slots, uint32_t payload_bytes,
			      uint32_t type, mh_t *ret_handle, uint64_t *ret_offset)
{
	return mh_alloc_site(session, 0, slots, payload_bytes, type, ret_handle, ret_offset);
}

MH_PUBLIC int mh_alloc_site(struct mh_session *session, uint32_t site, uint32_t slots,
			    uint32_t payload_bytes, uint32_t type, mh_t *ret_handle,
			    uint64_t *ret_offset)
{
	struct mheap_alloc alloc = {
		.size = sizeof(alloc),
		.flags = ret_offset ? MHEAP_ALLOC_OFFSET : 0,
		.slots = slots,
		.payload_bytes = payload_bytes,
		.type = type,
		.site = site,
	};
	int err;

	err = mhi_call(session, MHEAP_ALLOC, &alloc);
	if (err)
		return err;
	*ret_handle = alloc.handle;
	if (ret_offset)
		*ret_offset = alloc.out_offset;
	return 0;
}

MH_PUBLIC int mh_read(struct mh_session *session, mh_t handle, uint32_t offset, void *data,
		      uint32_t length)
{
	struct mheap_read read = {
		.size = sizeof(read),
		.handle = handle,
		.data_uptr = mhi_uptr(data),
		.offset = offset,
		.length = length,
	};

	return mhi_call(session, MHEAP_READ, &read);
}

MH_PUBLIC int mh_write(struct mh_session *session, mh_t handle, uint32_t offset, const void *data,
		       uint32_t length)
{
	struct mheap_write write = {
		.size = sizeof(write),
		.handle = handle,
		.data_uptr = mhi_uptr(data),
		.offset = offset,
		.length = length,
	};

	return mhi_call(session, MHEAP_WRITE, &write);
}

MH_PUBLIC int mh_stat(struct mh_session *session, mh_t handle, struct mh_object_info *ret_info)
{
	struct mheap_stat stat = {
		.size = sizeof(stat),
		.handle = handle,
	};
	int err;

	err = mhi_call(session, MHEAP_STAT, &stat);
	if (err)
		return err;
	*ret_info = (struct mh_object_info){
		.object = stat.out_object,
		.bytes = stat.out_bytes,
		.type = stat.out_type,
		.slots = stat.out_slots,
		.payload_bytes = stat.out_payload_bytes,
		.site = stat.out_site,
		.handle_refs = stat.out_handle_refs,
		.slot_refs = stat.out_slot_refs,
		.offset = stat.out_offset,
		.rights = stat.out_rights,
		.weak = stat.out_weak,
		.age_ms = stat.out_age_ms,
	};
	return 0;
}

MH_PUBLIC int mh_object_reset(struct mh_session *session, mh_t handle)
{
	struct mheap_reset reset = {
		.size = sizeof(reset),
		.handle = handle,
	};

	return mhi_call(session, MHEAP_RESET, &reset);
}
