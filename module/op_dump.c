// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "holder.h"
#include "op.h"
#include "op_util.h"

/* More room than this is not used. */
#define MHEAP_DUMP_BYTES_MAX	1048576U

/* Pieces of one call, whatever they find. */
#define MHEAP_DUMP_PIECES	1024

static_assert(MHEAP_DUMP_BYTES_MIN <= MHEAP_BOUNCE_BYTES);

/* Writes some records. Returns how many bytes, or an error. */
static int mheap_op_dump_some(struct mheap_call *call, struct mheap_telling *telling,
			      void __user *to, u32 bytes)
{
	struct mheap_room room = {
		.base = call->session->bounce, .bytes = min(bytes, MHEAP_BOUNCE_BYTES),
	};

	mheap_holder_tell(call->heap, call->mutator, telling, &room);
	return copy_to_user(to, room.base, room.used) ? -EFAULT : room.used;
}

int mheap_op_dump(struct mheap_call *call)
{
	struct mheap_dump *dump = &call->arg->dump;
	void __user *to = u64_to_user_ptr(dump->data_uptr);
	u32 bytes = min(dump->bytes, MHEAP_DUMP_BYTES_MAX), pieces, used = 0;
	struct mheap_telling telling;
	int ret;

	if (dump->bytes < MHEAP_DUMP_BYTES_MIN)
		return -EINVAL;
	if (dump->flags & MHEAP_DUMP_SNAPSHOT)
		return mheap_op_dump_snapshot(call);
	mheap_telling_seek(&telling, dump->cursor);
	for (pieces = 0; pieces < MHEAP_DUMP_PIECES && telling.what != MHEAP_TOLD_ALL &&
	     bytes - used >= MHEAP_DUMP_BYTES_MIN; pieces++) {
		if (fatal_signal_pending(current))
			return -EINTR;
		ret = mheap_op_dump_some(call, &telling, to + used, bytes - used);
		if (ret < 0)
			return ret;
		used += ret;
		cond_resched();
	}
	dump->out_bytes = used;
	dump->cursor = mheap_telling_tell(&telling);
	return 0;
}
