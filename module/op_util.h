/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What many commands begin and end with.
 */
#ifndef _MHEAP_OP_UTIL_H
#define _MHEAP_OP_UTIL_H

#include <linux/lockdep.h>

#include "core/core.h"
#include "dispatch.h"
#include "session.h"

/* The object that a handle refers to. */
static inline int mheap_op_object(struct mheap_call *call, u64 handle, u32 *ret_object)
{
	lockdep_assert_held(&call->session->lock);
	return mheap_handle_find(&call->session->handles, handle, ret_object);
}

/* The same, where 0 is null. */
static inline int mheap_op_value(struct mheap_call *call, u64 handle, u32 *ret_object)
{
	*ret_object = 0;
	return handle ? mheap_op_object(call, handle, ret_object) : 0;
}

/* Is there room for one more handle? If not yet, mheap_op_prepare_handle() makes it. */
static inline int mheap_op_room(struct mheap_call *call, u64 chosen)
{
	int ret;

	lockdep_assert_held(&call->session->lock);
	ret = mheap_handle_check(&call->session->handles, call->arg->record.flags, chosen);
	if (ret == MHEAP_NOT_READY)
		call->issued = chosen;
	return ret;
}

/* Makes room in the table; where there is no memory, after a collection. */
int mheap_op_grow_handles(struct mheap_call *call, u64 chosen);

/* Gives the object a handle, or answers null. */
static inline void mheap_op_issue(struct mheap_call *call, __u64 *handle, u32 object)
{
	u64 asked = *handle;

	*handle = object ? mheap_handle_install(&call->session->handles, call->arg->record.flags,
						asked, object) : 0;
	call->issued = *handle;
	call->answered = *handle != asked;
}

#endif
