// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>

#include "core/slot.h"
#include "core/weak.h"
#include "heap.h"
#include "op.h"
#include "op_util.h"

static_assert(MHEAP_WEAK_NOT_READY == MHEAP_NOT_READY);

int mheap_op_weaken(struct mheap_call *call)
{
	struct mheap_weaken *weaken = &call->arg->weaken;
	u32 object, weak;
	int ret;

	ret = mheap_op_object(call, weaken->handle, &object);
	if (!ret)
		ret = mheap_op_room(call, weaken->out_handle);
	if (!ret)
		ret = mheap_weak_take(call->mutator, object, &weak);
	if (ret)
		return ret;
	call->traits |= MHEAP_HANDLE_WEAK;
	mheap_op_issue(call, &weaken->out_handle, weak);
	return 0;
}

static int mheap_op_prepare_weak(struct mheap_call *call, u32 object)
{
	struct mem_cgroup *active = mheap_heap_charge(call->heap);
	int ret = mheap_weak_prepare(call->mutator, object);

	mheap_heap_uncharge(active);
	return ret;
}

int mheap_op_prepare_weaken(struct mheap_call *call)
{
	const struct mheap_weaken *weaken = &call->arg->weaken;
	u32 object;
	int ret;

	call->issued = 0;
	ret = mheap_handle_check(&call->session->handles, weaken->flags, weaken->out_handle);
	if (ret == MHEAP_NOT_READY)
		ret = mheap_op_grow_handles(call, weaken->out_handle);
	if (!ret)
		ret = mheap_op_object(call, weaken->handle, &object);
	if (ret)
		return ret;
	ret = mheap_op_prepare_weak(call, object);
	if (ret && mheap_op_make_room(call, &ret))
		ret = mheap_op_prepare_weak(call, object);
	return ret;
}

int mheap_op_upgrade(struct mheap_call *call)
{
	struct mheap_upgrade *upgrade = &call->arg->upgrade;
	struct mheap_named named;
	u32 object;
	int ret;

	ret = mheap_op_named(call, upgrade->handle, &named);
	if (ret)
		return ret;
	if (!(named.traits & MHEAP_HANDLE_WEAK))
		return -EINVAL;
	call->traits = named.traits & ~MHEAP_HANDLE_WEAK;
	ret = mheap_op_room(call, upgrade->out_handle);
	if (!ret)
		ret = mheap_weak_upgrade(call->mutator, named.object, &object);
	if (!ret)
		mheap_op_issue(call, &upgrade->out_handle, object);
	return ret;
}
