// SPDX-License-Identifier: GPL-2.0-only
#include "core/core.h"
#include "core/slot.h"
#include "core/trace.h"
#include "dispatch.h"
#include "heap.h"
#include "op.h"
#include "op_util.h"

/**
 * mheap_op_make_room - a limit was met: collect what can be collected
 * @call: the call
 * @ret: what was met; -EAGAIN when the call must not wait
 *
 * Context: under the session's lock; may sleep, and wait for a collection.
 * Return: whether it is worth to try again.
 */
bool mheap_op_make_room(struct mheap_call *call, int *ret)
{
	if (*ret != -EDQUOT && *ret != -ENOMEM)
		return false;
	if (call->may_wait)
		return mheap_heap_make_room(call->heap, *ret);
	*ret = -EAGAIN;
	return false;
}

/**
 * mheap_op_grow_handles - make room in the table of handles
 * @call: the call
 * @chosen: the handle that was chosen, if the command's flags say so
 *
 * Context: under the session's lock; may sleep, and wait for a collection.
 * Return: 0 or -ENOMEM.
 */
int mheap_op_grow_handles(struct mheap_call *call, u64 chosen)
{
	struct mheap_handles *handles = &call->session->handles;
	u32 flags = call->arg->record.flags;
	int ret;

	ret = mheap_handle_grow(handles, flags, chosen);
	if (ret && mheap_op_make_room(call, &ret))
		ret = mheap_handle_grow(handles, flags, chosen);
	return ret;
}

int mheap_op_prepare_handle(struct mheap_call *call)
{
	u64 chosen;

	/* Where the handle is differs, so the command has said it in @issued. */
	chosen = call->issued;
	call->issued = 0;
	return mheap_op_grow_handles(call, chosen);
}

int mheap_op_dup(struct mheap_call *call)
{
	struct mheap_dup *dup = &call->arg->dup;
	struct mheap_named named;
	int ret;

	if (dup->rights & ~MHEAP_RIGHTS_HANDLE)
		return -EINVAL;
	ret = mheap_op_named(call, dup->handle, &named);
	if (ret)
		return ret;
	if (dup->rights & ~named.traits)
		return -EACCES;
	call->traits = named.traits;
	if (dup->rights)
		call->traits = mheap_op_reduce(call, named.traits, dup->rights);
	ret = mheap_op_room(call, dup->out_handle);
	if (!ret)
		ret = mheap_handle_take(call->mutator, named.object);
	if (!ret)
		mheap_op_issue(call, &dup->out_handle, named.object);
	return ret;
}

/**
 * mheap_op_close_named - close a handle
 * @call: the call
 * @handle: as userspace gave it
 *
 * Context: under the session's lock, in a section.
 * Return: 0; -ENOENT when it was never issued; -ESTALE when it was closed.
 */
int mheap_op_close_named(struct mheap_call *call, u64 handle)
{
	u32 object;
	int ret;

	ret = mheap_handle_remove(&call->session->handles, call->mutator, handle, &object);
	if (ret)
		return ret;
	trace_mheap_close(call->core, object, handle);
	mheap_handle_drop(call->mutator, object);
	return 0;
}

int mheap_op_close(struct mheap_call *call)
{
	return mheap_op_close_named(call, call->arg->close.handle);
}
