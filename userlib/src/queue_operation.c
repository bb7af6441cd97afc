// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <string.h>

#include "queue.h"

static const struct mhi_note no_note;

MH_PUBLIC int mh_queue_alloc_site(struct mh_queue *queue, uint32_t site, uint32_t slots,
				  uint32_t payload_bytes, uint32_t type, mh_t *ret_handle,
				  uint64_t *ahead)
{
	union mhi_record record = { .alloc = {
		.size = MHEAP_CMD_ALLOC,
		.flags = MHEAP_CHOSEN | (ahead ? MHEAP_ALLOC_OFFSET : 0),
		.slots = slots,
		.payload_bytes = payload_bytes,
		.type = type,
		.site = site,
	} };
	mh_t chosen;
	int err;

	err = mhi_queue_prepare_chosen(queue, &chosen);
	if (err)
		return err;
	record.alloc.handle = chosen;
	mhi_queue_push(queue, &record, (struct mhi_note){ .chosen = chosen, .ahead = ahead });
	*ret_handle = chosen;
	if (ahead)
		*ahead = MH_NO_OFFSET;
	return 0;
}

MH_PUBLIC int mh_queue_alloc(struct mh_queue *queue, uint32_t slots, uint32_t payload_bytes,
			     uint32_t type, mh_t *ret_handle)
{
	return mh_queue_alloc_site(queue, 0, slots, payload_bytes, type, ret_handle, NULL);
}

MH_PUBLIC int mh_queue_alloc_offset_ahead(struct mh_queue *queue, uint32_t slots,
					  uint32_t payload_bytes, uint32_t type, mh_t *ret_handle,
					  uint64_t *ahead)
{
	return mh_queue_alloc_site(queue, 0, slots, payload_bytes, type, ret_handle, ahead);
}

MH_PUBLIC int mh_queue_alloc_offset_site(struct mh_queue *queue, uint32_t site, uint32_t slots,
					 uint32_t payload_bytes, uint32_t type, mh_t *ret_handle,
					 uint64_t *ret_offset)
{
	union mhi_record record = { .alloc = {
		.size = MHEAP_CMD_ALLOC,
		.flags = MHEAP_ALLOC_OFFSET,
		.slots = slots,
		.payload_bytes = payload_bytes,
		.type = type,
		.site = site,
	} };
	int err;

	err = mhi_queue_ask(queue, &record);
	if (err)
		return err;
	*ret_handle = record.alloc.handle;
	*ret_offset = record.alloc.out_offset;
	return 0;
}

MH_PUBLIC int mh_queue_alloc_offset(struct mh_queue *queue, uint32_t slots,
				    uint32_t payload_bytes, uint32_t type, mh_t *ret_handle,
				    uint64_t *ret_offset)
{
	return mh_queue_alloc_offset_site(queue, 0, slots, payload_bytes, type, ret_handle,
					  ret_offset);
}

MH_PUBLIC struct mh_session *mh_queue_session(const struct mh_queue *queue)
{
	return queue->session;
}

MH_PUBLIC int mh_queue_dup_rights(struct mh_queue *queue, mh_t handle, uint32_t rights,
				  mh_t *ret_handle)
{
	union mhi_record record = { .dup = {
		.size = MHEAP_CMD_DUP,
		.flags = MHEAP_CHOSEN,
		.handle = handle,
		.rights = rights,
	} };
	mh_t chosen;
	int err;

	err = mhi_queue_prepare_chosen(queue, &chosen);
	if (err)
		return err;
	record.dup.out_handle = chosen;
	mhi_queue_push(queue, &record, (struct mhi_note){ .chosen = chosen });
	*ret_handle = chosen;
	return 0;
}

MH_PUBLIC int mh_queue_dup(struct mh_queue *queue, mh_t handle, mh_t *ret_handle)
{
	return mh_queue_dup_rights(queue, handle, 0, ret_handle);
}

MH_PUBLIC int mh_queue_weaken(struct mh_queue *queue, mh_t handle, mh_t *ret_handle)
{
	union mhi_record record = { .weaken = {
		.size = MHEAP_CMD_WEAKEN,
		.flags = MHEAP_CHOSEN,
		.handle = handle,
	} };
	mh_t chosen;
	int err;

	err = mhi_queue_prepare_chosen(queue, &chosen);
	if (err)
		return err;
	record.weaken.out_handle = chosen;
	mhi_queue_push(queue, &record, (struct mhi_note){ .chosen = chosen });
	*ret_handle = chosen;
	return 0;
}

MH_PUBLIC int mh_queue_upgrade(struct mh_queue *queue, mh_t handle, mh_t *ret_handle)
{
	union mhi_record record = { .upgrade = {
		.size = MHEAP_CMD_UPGRADE,
		.handle = handle,
	} };
	int err;

	err = mhi_queue_ask(queue, &record);
	if (!err)
		*ret_handle = record.upgrade.out_handle;
	return err;
}

MH_PUBLIC int mh_queue_upgrade_ahead(struct mh_queue *queue, mh_t handle, mh_t *ahead)
{
	union mhi_record record = { .upgrade = {
		.size = MHEAP_CMD_UPGRADE,
		.flags = MHEAP_CHOSEN,
		.handle = handle,
	} };
	mh_t chosen;
	int err;

	err = mhi_queue_prepare_chosen(queue, &chosen);
	if (err)
		return err;
	record.upgrade.out_handle = chosen;
	mhi_queue_push(queue, &record, (struct mhi_note){ .chosen = chosen, .ahead = ahead });
	*ahead = chosen;
	return 0;
}

MH_PUBLIC int mh_queue_object_reset(struct mh_queue *queue, mh_t handle)
{
	union mhi_record record = { .reset = {
		.size = MHEAP_CMD_RESET,
		.handle = handle,
	} };
	int err;

	err = mhi_queue_prepare(queue);
	if (!err)
		mhi_queue_push(queue, &record, no_note);
	return err;
}

MH_PUBLIC int mh_queue_close(struct mh_queue *queue, mh_t handle)
{
	union mhi_record record = { .close = {
		.size = MHEAP_CMD_CLOSE,
		.handle = handle,
	} };
	int err;

	if (!handle)
		return 0;
	err = mhi_queue_prepare(queue);
	if (!err)
		mhi_queue_push(queue, &record, no_note);
	return err;
}

static int queue_store(struct mh_queue *queue, mh_t object, uint32_t index, mh_t value,
		       uint32_t flags)
{
	union mhi_record record = { .store = {
		.size = MHEAP_CMD_STORE,
		.flags = flags,
		.object = object,
		.value = value,
		.index = index,
	} };
	int err;

	err = mhi_queue_prepare(queue);
	if (!err)
		mhi_queue_push(queue, &record, no_note);
	return err;
}

MH_PUBLIC int mh_queue_store(struct mh_queue *queue, mh_t object, uint32_t index, mh_t value)
{
	return queue_store(queue, object, index, value, 0);
}

MH_PUBLIC int mh_queue_store_move(struct mh_queue *queue, mh_t object, uint32_t index, mh_t value)
{
	return queue_store(queue, object, index, value, MHEAP_STORE_MOVE);
}

/* A place for @length bytes of a write that is being queued, or NULL. */
static void *data_place(struct mh_queue *queue, uint32_t length)
{
	if (length > mhi_queue_data_size(queue) - queue->data_used)
		return NULL;
	return queue->data + queue->data_used;
}

MH_PUBLIC int mh_queue_write(struct mh_queue *queue, mh_t handle, uint32_t offset,
			     const void *data, uint32_t length)
{
	union mhi_record record = { .write = {
		.size = MHEAP_CMD_WRITE,
		.handle = handle,
		.data_uptr = mhi_uptr(data),
		.offset = offset,
		.length = length,
	} };
	void *place;
	int err;

	if (length > mhi_queue_data_size(queue))
		return mhi_queue_ask(queue, &record);
	err = mhi_queue_prepare(queue);
	if (err)
		return err;
	place = data_place(queue, length);
	if (!place) {
		if (mh_queue_flush(queue))
			return -ECANCELED;
		place = data_place(queue, length);
	}
	if (length)
		memcpy(place, data, length);
	queue->data_used += length;
	record.write.data_uptr = mhi_uptr(place);
	mhi_queue_push(queue, &record, no_note);
	return 0;
}

MH_PUBLIC int mh_queue_load(struct mh_queue *queue, mh_t object, uint32_t index, mh_t *ret_handle)
{
	union mhi_record record = { .load = {
		.size = MHEAP_CMD_LOAD,
		.object = object,
		.index = index,
	} };
	int err;

	err = mhi_queue_ask(queue, &record);
	if (!err)
		*ret_handle = record.load.handle;
	return err;
}

MH_PUBLIC int mh_queue_load_ahead(struct mh_queue *queue, mh_t object, uint32_t index, mh_t *ahead)
{
	union mhi_record record = { .load = {
		.size = MHEAP_CMD_LOAD,
		.flags = MHEAP_CHOSEN,
		.object = object,
		.index = index,
	} };
	mh_t chosen;
	int err;

	err = mhi_queue_prepare_chosen(queue, &chosen);
	if (err)
		return err;
	record.load.handle = chosen;
	mhi_queue_push(queue, &record, (struct mhi_note){ .chosen = chosen, .ahead = ahead });
	*ahead = chosen;
	return 0;
}

MH_PUBLIC int mh_queue_exchange(struct mh_queue *queue, mh_t object, uint32_t index, mh_t value,
				mh_t *ret_handle)
{
	union mhi_record record = { .exchange = {
		.size = MHEAP_CMD_EXCHANGE,
		.object = object,
		.value = value,
		.index = index,
	} };
	int err;

	err = mhi_queue_ask(queue, &record);
	if (!err)
		*ret_handle = record.exchange.out_handle;
	return err;
}

MH_PUBLIC int mh_queue_exchange_ahead(struct mh_queue *queue, mh_t object, uint32_t index,
				      mh_t value, mh_t *ahead)
{
	union mhi_record record = { .exchange = {
		.size = MHEAP_CMD_EXCHANGE,
		.flags = MHEAP_CHOSEN,
		.object = object,
		.value = value,
		.index = index,
	} };
	mh_t chosen;
	int err;

	err = mhi_queue_prepare_chosen(queue, &chosen);
	if (err)
		return err;
	record.exchange.out_handle = chosen;
	mhi_queue_push(queue, &record, (struct mhi_note){ .chosen = chosen, .ahead = ahead });
	*ahead = chosen;
	return 0;
}

MH_PUBLIC int mh_queue_compare_exchange(struct mh_queue *queue, mh_t object, uint32_t index,
					mh_t expected, mh_t value)
{
	union mhi_record record = { .compare_exchange = {
		.size = MHEAP_CMD_COMPARE_EXCHANGE,
		.object = object,
		.expected = expected,
		.value = value,
		.index = index,
	} };

	return mhi_queue_ask(queue, &record);
}

static union mhi_record read_record(mh_t handle, uint32_t offset, const void *data, uint32_t length)
{
	return (union mhi_record){ .read = {
		.size = MHEAP_CMD_READ,
		.handle = handle,
		.data_uptr = mhi_uptr(data),
		.offset = offset,
		.length = length,
	} };
}

MH_PUBLIC int mh_queue_read(struct mh_queue *queue, mh_t handle, uint32_t offset, void *data,
			    uint32_t length)
{
	union mhi_record record = read_record(handle, offset, data, length);

	return mhi_queue_ask(queue, &record);
}

MH_PUBLIC int mh_queue_read_ahead(struct mh_queue *queue, mh_t handle, uint32_t offset,
				  void *data, uint32_t length)
{
	union mhi_record record = read_record(handle, offset, data, length);
	int err;

	err = mhi_queue_prepare(queue);
	if (!err)
		mhi_queue_push(queue, &record, no_note);
	return err;
}

MH_PUBLIC int mh_queue_stat(struct mh_queue *queue, mh_t handle, struct mh_object_info *ret_info)
{
	if (mh_queue_flush(queue))
		return -ECANCELED;
	return mh_stat(queue->session, handle, ret_info);
}
