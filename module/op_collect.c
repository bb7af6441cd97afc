// SPDX-License-Identifier: GPL-2.0-only
#include "core/core.h"
#include "core/phase.h"
#include "dispatch.h"
#include "heap.h"
#include "op.h"

int mheap_op_collect(struct mheap_call *call)
{
	struct mheap_collect *collect = &call->arg->collect;

	collect->out_collection = mheap_heap_collect(call->heap, MHEAP_CAUSE_REQUEST);
	if (collect->flags & MHEAP_COLLECT_WAIT)
		return mheap_heap_collect_wait(call->heap, collect->out_collection);
	return 0;
}

int mheap_op_collect_stat(struct mheap_call *call)
{
	struct mheap_collect_stat *stat = &call->arg->collect_stat;
	struct mheap_heap *heap = call->heap;
	struct mheap_collection last = {};

	mutex_lock(&heap->history_lock);
	stat->out_collections = heap->history_count;
	stat->out_total_freed = heap->total_freed;
	stat->out_total_ns = heap->total_ns;
	stat->out_verify_failures = heap->total_failures;
	if (heap->history_count)
		last = heap->history[(heap->history_count - 1) % MHEAP_HISTORY];
	mutex_unlock(&heap->history_lock);
	stat->out_last_cause = last.cause;
	stat->out_last_duration_ns = last.end_ns - last.start_ns;
	stat->out_last_grace_ns = last.grace_ns;
	stat->out_last_marked = last.marked;
	stat->out_last_freed = last.freed;
	stat->out_local_passes = READ_ONCE(call->core->local.passes);
	stat->out_local_freed = READ_ONCE(call->core->local.freed);
	stat->out_local_given_up = READ_ONCE(call->core->local.given_up);
	stat->out_phase = mheap_phase_of(READ_ONCE(call->core->phase));
	return 0;
}
