// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/uaccess.h>

#include "core/picture.h"
#include "heap.h"
#include "op.h"
#include "op_util.h"
#include "reader.h"

/* The log, unless the caller says how large. */
#define MHEAP_SNAPSHOT_LOG	(16ULL << 20)

static int mheap_op_snapshot_end(struct mheap_call *call)
{
	if (call->arg->snapshot.log_bytes)
		return -EINVAL;
	if (!call->session->reader)
		return -ENOENT;
	mheap_reader_end(call->session);
	return mheap_reader_wait(call->session);
}

int mheap_op_snapshot(struct mheap_call *call)
{
	struct mheap_snapshot *snapshot = &call->arg->snapshot;
	u64 log_bytes = snapshot->log_bytes ?: MHEAP_SNAPSHOT_LOG;
	struct mheap_core_stat stat;
	int ret;

	if (snapshot->flags & MHEAP_SNAPSHOT_END)
		return mheap_op_snapshot_end(call);
	if (log_bytes < MHEAP_SNAPSHOT_LOG_MIN || log_bytes > MHEAP_SNAPSHOT_LOG_MAX)
		return -EINVAL;
	if (call->session->reader)
		return -EBUSY;
	ret = mheap_reader_begin(call->session, log_bytes);
	if (ret)
		return ret;
	mheap_core_stat(call->core, &stat);
	snapshot->out_objects = stat.objects;
	snapshot->out_ns = call->session->reader->telling.picture->taken_ns;
	return 0;
}

void mheap_op_settle_snapshot(struct mheap_call *call, bool answered)
{
	if (!answered && !(call->arg->snapshot.flags & MHEAP_SNAPSHOT_END))
		mheap_reader_end(call->session);
}

/* Whole records that fit. */
static u32 mheap_op_snapshot_fits(const struct mheap_reader *reader, u32 bytes)
{
	const struct mheap_dump_record *record;
	u32 at = reader->sent;

	for (; at < reader->room.used; at += record->bytes) {
		record = reader->room.base + at;
		if (at + record->bytes - reader->sent > bytes)
			break;
	}
	return at - reader->sent;
}

int mheap_op_dump_snapshot(struct mheap_call *call)
{
	struct mheap_reader *reader = call->session->reader;
	struct mheap_dump *dump = &call->arg->dump;
	u32 bytes;
	int ret;

	if (!reader)
		return -ENOENT;
	if (dump->cursor != reader->cursor)
		return -EINVAL;
	ret = mheap_reader_fill(call->session);
	if (ret)
		return ret;
	bytes = mheap_op_snapshot_fits(reader, dump->bytes);
	if (copy_to_user(u64_to_user_ptr(dump->data_uptr), reader->room.base + reader->sent, bytes))
		return -EFAULT;
	reader->sent += bytes;
	reader->cursor += bytes;
	if (reader->sent == reader->room.used && reader->telling.what == MHEAP_TOLD_ALL)
		reader->cursor = ~0ULL;
	dump->out_bytes = bytes;
	dump->cursor = reader->cursor;
	return 0;
}
