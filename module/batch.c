// SPDX-License-Identifier: GPL-2.0-only
/*
 * Batches: a slice of the records is copied in, carried out in as few sections
 * as its commands allow, and what it answers is copied out.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/prefetch.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "dispatch.h"
#include "op.h"
#include "session.h"
#include "trace_session.h"

static_assert(MHEAP_BATCH_SLICE <= BITS_PER_LONG);

/**
 * struct mheap_slice - a part of a batch
 * @records: its records, in kernel memory
 * @urecords: where they came from
 * @count: how many; those that are left for the next slice do not count
 * @done: how many have been carried out
 * @answers: a bit for each that has an answer
 * @ops: the commands of the records; NULL for what is none
 * @issued: for each that has an answer its handle, or 0
 */
struct mheap_slice {
	struct mheap_record *records;
	struct mheap_record __user *urecords;
	u32 count;
	u32 done;
	unsigned long answers;
	const struct mheap_op *ops[MHEAP_BATCH_SLICE];
	u64 issued[MHEAP_BATCH_SLICE];
};

static int mheap_batch_record(struct mheap_call *call, struct mheap_record *record,
			      const struct mheap_op *op, bool *in_section)
{
	int ret;

	if (!op || !(op->traits & MHEAP_COMMAND_BATCH)) {
		ret = op ? -EINVAL : -ENOTTY;
		trace_mheap_refused(call->session, op, record->command, ret, true);
		return ret;
	}
	call->op = op;
	call->arg = container_of(record, union mheap_argument, record);
	ret = mheap_call_check(call);
	if (!ret)
		ret = mheap_call_execute(call, in_section);
	trace_mheap_command(call, ret, true);
	return ret;
}

static int mheap_batch_execute(struct mheap_call *call, struct mheap_slice *slice)
{
	bool in_section = false;
	int ret = 0;
	u32 i;

	for (i = 0; i < slice->count; i++) {
		ret = mheap_batch_record(call, &slice->records[i], slice->ops[i],
					 &in_section);
		if (ret)
			break;
		if (call->answered) {
			__set_bit(i, &slice->answers);
			slice->issued[i] = call->issued;
		}
	}
	mheap_call_leave(call, &in_section);
	slice->done = i;
	return ret;
}

static int mheap_batch_answer(struct mheap_call *call, struct mheap_slice *slice)
{
	int ret = 0;
	u32 i;

	for_each_set_bit(i, &slice->answers, MHEAP_BATCH_SLICE) {
		if (!mheap_call_answer(slice->ops[i], &slice->records[i], &slice->urecords[i]))
			continue;
		ret = -EFAULT;
		call->issued = slice->issued[i];
		mheap_call_revoke(call);
	}
	return ret;
}

/* Whether the record may have an answer, as far as the table knows. */
static bool mheap_batch_may_answer(const struct mheap_op *op, const struct mheap_record *record)
{
	if (!op || !(op->traits & MHEAP_COMMAND_CHOSEN))
		return false;
	return !(record->flags & MHEAP_CHOSEN) || op->traits & MHEAP_OP_NULLABLE ||
	       record->flags & op->answer_flags;
}

/*
 * Can the answer of a record be written? One that lies in the page in which the last one
 * ended can. *@page is that page, or no page at all.
 */
static bool mheap_batch_probe(const struct mheap_slice *slice, u32 i, unsigned long *page)
{
	const struct mheap_part *answer = &slice->ops[i]->answer;
	unsigned long first = (unsigned long)&slice->urecords[i] + answer->offset;
	unsigned long last = first + answer->size - 1;

	if ((first & PAGE_MASK) == *page && (last & PAGE_MASK) == *page)
		return true;
	*page = last & PAGE_MASK;
	return !mheap_call_answer(slice->ops[i], &slice->records[i], &slice->urecords[i]);
}

/*
 * Copies records in, as many as can be read and, where they may have an answer,
 * written. The first that cannot is left for the next slice, of which it will
 * be the first.
 */
static int mheap_batch_fetch(struct mheap_call *call, struct mheap_slice *slice)
{
	const u32 size = sizeof(*slice->records);
	unsigned long left, page = ~0UL;
	u32 i;

	left = copy_from_user(slice->records, slice->urecords, slice->count * size);
	slice->count -= DIV_ROUND_UP(left, size);
	for (i = 0; i < slice->count; i++) {
		slice->ops[i] = mheap_op_find(slice->records[i].command);
		if (mheap_batch_may_answer(slice->ops[i], &slice->records[i]) &&
		    !mheap_batch_probe(slice, i, &page))
			slice->count = i;
	}
	return slice->count ? 0 : -EFAULT;
}

static int mheap_batch_slice(struct mheap_call *call, struct mheap_slice *slice)
{
	int ret, fault;

	ret = fatal_signal_pending(current) ? -EINTR : mheap_batch_fetch(call, slice);
	if (ret) {
		/* There is no record here to say what was refused. */
		trace_mheap_refused(call->session, NULL, 0, ret, true);
		return ret;
	}
	ret = mheap_batch_execute(call, slice);
	fault = mheap_batch_answer(call, slice);
	return fault ?: ret;
}

int mheap_op_batch(struct mheap_call *call)
{
	struct mheap_batch *batch = &call->arg->batch;
	struct mheap_record __user *urecords = u64_to_user_ptr(batch->records_uptr);
	struct mheap_call inner;
	u32 done = 0;
	int ret = 0;

	if (!batch->count || batch->record_size != sizeof(struct mheap_record))
		return -EINVAL;
	mheap_call_init(&inner, call->session);
	while (!ret && done < batch->count) {
		struct mheap_slice slice mheap_uninitialized;

		slice.records = call->session->records;
		slice.urecords = urecords + done;
		slice.count = min_t(u32, batch->count - done, MHEAP_BATCH_SLICE);
		slice.done = 0;
		slice.answers = 0;
		ret = mheap_batch_slice(&inner, &slice);
		done += slice.done;
		cond_resched();
	}
	batch->out_done = done;
	batch->out_error = ret;
	return 0;
}
