// SPDX-License-Identifier: LGPL-2.1-or-later
#include "internal.h"

MH_PUBLIC int mh_load(struct mh_session *session, mh_t object, uint32_t index, mh_t *ret_handle)
{
	struct mheap_load load = {
		.size = sizeof(load),
		.object = object,
		.index = index,
	};
	int err;

	err = mhi_call(session, MHEAP_LOAD, &load);
	if (!err)
		*ret_handle = load.handle;
	return err;
}

static int slot_store(struct mh_session *session, mh_t object, uint32_t index, mh_t value,
		      uint32_t flags)
{
	struct mheap_store store = {
		.size = sizeof(store),
		.flags = flags,
		.object = object,
		.value = value,
		.index = index,
	};

	return mhi_call(session, MHEAP_STORE, &store);
}

MH_PUBLIC int mh_store(struct mh_session *session, mh_t object, uint32_t index, mh_t value)
{
	return slot_store(session, object, index, value, 0);
}

MH_PUBLIC int mh_store_move(struct mh_session *session, mh_t object, uint32_t index, mh_t value)
{
	int err = slot_store(session, object, index, value, MHEAP_STORE_MOVE);

	if (!err)
		mhi_closed(session, value);
	return err;
}

MH_PUBLIC int mh_exchange(struct mh_session *session, mh_t object, uint32_t index, mh_t value,
			  mh_t *ret_handle)
{
	struct mheap_exchange exchange = {
		.size = sizeof(exchange),
		.object = object,
		.value = value,
		.index = index,
	};
	int err;

	err = mhi_call(session, MHEAP_EXCHANGE, &exchange);
	if (!err)
		*ret_handle = exchange.out_handle;
	return err;
}

MH_PUBLIC int mh_compare_exchange(struct mh_session *session, mh_t object, uint32_t index,
				  mh_t expected, mh_t value)
{
	struct mheap_compare_exchange exchange = {
		.size = sizeof(exchange),
		.object = object,
		.expected = expected,
		.value = value,
		.index = index,
	};

	return mhi_call(session, MHEAP_COMPARE_EXCHANGE, &exchange);
}

MH_PUBLIC int mh_slot_list(struct mh_session *session, mh_t handle, uint64_t *cursor,
			   uint64_t *objects, uint32_t count, uint32_t *ret_count)
{
	struct mheap_slot_list list = {
		.size = sizeof(list),
		.handle = handle,
		.cursor = *cursor,
		.objects_uptr = mhi_uptr(objects),
		.count = count,
	};
	int err;

	err = mhi_call(session, MHEAP_SLOT_LIST, &list);
	if (err)
		return err;
	*cursor = list.cursor;
	*ret_count = list.out_count;
	return 0;
}

_Static_assert(MH_SLOT_WEAK == MHEAP_SLOT_WEAK, "MH_SLOT_WEAK differs");
