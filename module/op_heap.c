// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/minmax.h>

#include "dispatch.h"
#include "heap.h"
#include "op.h"
#include "op_util.h"
#include "options.h"
#include "session.h"
#include "share.h"

static int mheap_session_may_attach(const struct mheap_session *session, u32 max_handles)
{
	if (session->heap)
		return -EBUSY;
	return max_handles > MHEAP_HANDLES_MAX ? -EINVAL : 0;
}

/* Handles that a session of a reserved heap has unless it asks for another number. */
#define MHEAP_RESERVED_HANDLES	4096U

/**
 * mheap_op_enter - get the session ready for a heap
 * @call: the call; mheap_op_settle_heap() gives its session the heap when the answer has
 *	  been written
 * @heap: the heap; the caller's use of it becomes the session's, or ends if this fails
 * @rights: &enum mheap_right
 * @max_handles: 0 for the default
 *
 * Context: under the session's lock; may sleep.
 * Return: 0 or -ENOMEM.
 */
int mheap_op_enter(struct mheap_call *call, struct mheap_heap *heap, u32 rights, u32 max_handles)
{
	bool reserved = heap->core.limits.reserved;
	u32 handles = max_handles ?: reserved ? MHEAP_RESERVED_HANDLES : MHEAP_HANDLES_MAX;
	int ret = 0;

	handles = min(handles, mheap_options_max_handles());
	if (reserved)
		ret = mheap_handles_reserve(&call->session->handles, handles);
	if (ret) {
		mheap_heap_put(heap);
		return ret;
	}
	call->joining = heap;
	call->rights = rights;
	call->max_handles = handles;
	return 0;
}

int mheap_op_create(struct mheap_call *call)
{
	struct mheap_create *create = &call->arg->create;
	struct mheap_heap *heap;
	int ret;

	ret = mheap_session_may_attach(call->session, create->max_handles);
	if (ret)
		return ret;
	heap = mheap_heap_create(create);
	if (IS_ERR(heap))
		return PTR_ERR(heap);
	create->out_heap_id = heap->id;
	return mheap_op_enter(call, heap, MHEAP_RIGHTS_ALL, create->max_handles);
}

int mheap_op_join(struct mheap_call *call)
{
	struct mheap_join *join = &call->arg->join;
	struct mheap_heap *heap;
	u32 rights;
	int ret;

	ret = mheap_session_may_attach(call->session, join->max_handles);
	if (ret)
		return ret;
	heap = mheap_share_open(join->heap_fd, &rights);
	if (IS_ERR(heap))
		return PTR_ERR(heap);
	join->out_heap_id = heap->id;
	ret = mheap_op_enter(call, heap, rights, join->max_handles);
	if (ret)
		return ret;
	join->out_rights = call->rights;
	join->out_max_handles = call->max_handles;
	return 0;
}

void mheap_op_settle_heap(struct mheap_call *call, bool answered)
{
	if (answered)
		mheap_session_attach(call->session, call->joining, call->rights,
				     call->max_handles);
	else
		mheap_heap_put(call->joining);
}

int mheap_op_heap_stat(struct mheap_call *call)
{
	struct mheap_heap_stat *out = &call->arg->heap_stat;
	struct mheap_core_stat stat;

	mheap_core_stat(call->core, &stat);
	out->out_heap_id = call->heap->id;
	out->out_objects = stat.objects;
	out->out_bytes = stat.bytes;
	out->out_memory = stat.memory;
	out->out_max_bytes = READ_ONCE(call->core->memory.max);
	out->out_max_objects = READ_ONCE(call->core->max_objects) ?: 1ULL << 31;
	out->out_allocated = stat.tally.allocated;
	out->out_freed_count = stat.tally.freed;
	out->out_freed_collect = stat.tally.collected;
	out->out_suspects = stat.suspects;
	out->out_pending = stat.pending;
	out->out_sessions = READ_ONCE(call->heap->session_count);
	out->out_roots = READ_ONCE(call->core->roots.count);
	out->out_rights = call->session->rights;
	out->out_handles = mheap_handles_open(&call->session->handles);
	out->out_window_bytes = (u64)call->core->payloads.indices << MHEAP_CHUNK_SHIFT;
	out->out_weak = READ_ONCE(call->core->weak.bound);
	out->out_sites = mheap_sites_count(&call->core->sites) - 1;
	out->out_max_sites = call->core->sites.max;
	return 0;
}
