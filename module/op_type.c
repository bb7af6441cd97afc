// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/uaccess.h>

#include "heap.h"
#include "op.h"
#include "op_util.h"

static_assert(MHEAP_TYPE_TEXT_MAX == MHEAP_TYPE_TEXT);
static_assert(MHEAP_TYPE_TEXT_MAX <= MHEAP_BOUNCE_BYTES);
static_assert(MHEAP_TYPES_MAX == MHEAP_TYPES);

static int mheap_op_type_name(struct mheap_call *call)
{
	const struct mheap_type_set *set = &call->arg->type_set;
	struct mem_cgroup *active = mheap_heap_charge(call->heap);
	int ret = mheap_type_set(call->core, set->type, call->session->bounce, set->bytes);

	mheap_heap_uncharge(active);
	return ret;
}

int mheap_op_type_set(struct mheap_call *call)
{
	const struct mheap_type_set *set = &call->arg->type_set;
	char *text = call->session->bounce;
	int ret;

	if (set->bytes > MHEAP_TYPE_TEXT_MAX)
		return -EINVAL;
	if (copy_from_user(text, u64_to_user_ptr(set->text_uptr), set->bytes))
		return -EFAULT;
	if (set->bytes && text[set->bytes - 1])
		return -EINVAL;
	ret = mheap_op_type_name(call);
	if ((ret == -EDQUOT || ret == -ENOMEM) && mheap_op_make_room(call, &ret))
		ret = mheap_op_type_name(call);
	/* That is a limit which no collection moves. */
	return ret == -ENOSPC ? -EDQUOT : ret;
}

int mheap_op_type_get(struct mheap_call *call)
{
	struct mheap_type_get *get = &call->arg->type_get;
	char *text = call->session->bounce;
	u64 cursor = get->cursor;
	u32 bytes, type = 0;

	if (!(call->session->rights & (MHEAP_RIGHT_READ | MHEAP_RIGHT_INSPECT)))
		return -EACCES;
	bytes = mheap_type_get(call->core, &cursor, &type, text, MHEAP_TYPE_TEXT_MAX);
	if (copy_to_user(u64_to_user_ptr(get->text_uptr), text, min(bytes, get->bytes)))
		return -EFAULT;
	get->cursor = cursor;
	get->out_bytes = bytes;
	get->out_type = type;
	return 0;
}
