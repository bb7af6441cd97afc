/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What many commands begin and end with.
 */
#ifndef _MHEAP_OP_UTIL_H
#define _MHEAP_OP_UTIL_H

#include <linux/lockdep.h>

#include "core/core.h"
#include "core/trace.h"
#include "dispatch.h"
#include "session.h"
#include "trace_session.h"

/* What a handle names, weakly or not, whatever its rights. */
static inline int mheap_op_named(struct mheap_call *call, u64 handle, struct mheap_named *ret_named)
{
	lockdep_assert_held(&call->session->lock);
	return mheap_handle_find(&call->session->handles, handle, ret_named);
}

/*
 * The object that a handle refers to, with the rights that the command needs. What
 * the command makes of it has the traits of that handle.
 */
static inline int mheap_op_object(struct mheap_call *call, u64 handle, u32 *ret_object)
{
	struct mheap_named named;
	int ret;

	ret = mheap_op_named(call, handle, &named);
	if (ret)
		return ret;
	if (named.traits & MHEAP_HANDLE_WEAK)
		return -EINVAL;
	if (call->op->rights & MHEAP_RIGHTS_HANDLE & ~named.traits)
		return -EACCES;
	*ret_object = named.object;
	call->traits = named.traits;
	return 0;
}

/* What a slot is expected to refer to; 0 is null. It is only compared. */
static inline int mheap_op_expected(struct mheap_call *call, u64 handle, u32 *ret_object)
{
	struct mheap_named named = {};
	int ret;

	ret = handle ? mheap_op_named(call, handle, &named) : 0;
	*ret_object = named.object;
	return ret;
}

/* The rights of a handle that lacks none. */
static inline u32 mheap_op_all_traits(const struct mheap_call *call)
{
	return call->session->rights & MHEAP_RIGHTS_HANDLE;
}

/* The traits of a handle with only some of the rights of another one. */
static inline u32 mheap_op_reduce(const struct mheap_call *call, u32 traits, u32 rights)
{
	u32 kept = traits & (MHEAP_HANDLE_WEAK | MHEAP_HANDLE_REDUCED);
	u32 could = traits & mheap_op_all_traits(call);

	return kept | rights | (could & ~rights ? MHEAP_HANDLE_REDUCED : 0);
}

/*
 * What is to be stored, weakly or not; 0 is null. Who loads it again gets all of the
 * rights that his session has, so the handle must have all that this one has; and not
 * be one with which somebody wanted to give less.
 */
static inline int mheap_op_value(struct mheap_call *call, u64 handle, u32 *ret_object)
{
	struct mheap_named named;
	int ret;

	*ret_object = 0;
	if (!handle)
		return 0;
	ret = mheap_op_named(call, handle, &named);
	if (ret)
		return ret;
	if (mheap_op_all_traits(call) & ~named.traits || named.traits & MHEAP_HANDLE_REDUCED)
		return -EACCES;
	*ret_object = named.object;
	return 0;
}

/* Is there room for one more handle? If not yet, mheap_op_prepare_handle() makes it. */
static inline int mheap_op_room(struct mheap_call *call, u64 chosen)
{
	int ret;

	lockdep_assert_held(&call->session->lock);
	ret = mheap_handle_check(&call->session->handles, call->arg->record.flags, chosen);
	if (ret == MHEAP_NOT_READY)
		call->issued = chosen;
	else if (ret == -EMFILE)
		trace_mheap_limit(call->core, MHEAP_LIMIT_HANDLES, call->session->handles.max);
	return ret;
}

int mheap_op_close_named(struct mheap_call *call, u64 handle);

/* At a limit: is it worth to try again, after waiting for a collection? */
bool mheap_op_make_room(struct mheap_call *call, int *ret);

struct file;
struct mheap_heap;

/* Gets the session ready for a heap that the caller is a user of. */
int mheap_op_enter(struct mheap_call *call, struct mheap_heap *heap, u32 rights, u32 max_handles);

int mheap_op_offer(struct mheap_call *call, struct file *file, __s32 *ret_fd);

/* Makes room in the table; where there is no memory, after a collection. */
int mheap_op_grow_handles(struct mheap_call *call, u64 chosen);

/* Gives the object a handle with the call's traits, or answers null. */
static inline void mheap_op_issue(struct mheap_call *call, __u64 *handle, u32 object)
{
	struct mheap_named named = { .object = object, .traits = call->traits };
	u64 asked = *handle;

	*handle = object ? mheap_handle_install(&call->session->handles, call->mutator,
						call->arg->record.flags, asked, named) : 0;
	if (object)
		trace_mheap_open(call, object, *handle);
	call->issued = *handle;
	call->answered = *handle != asked;
}

#endif
