// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "core/object.h"
#include "core/root.h"
#include "core/slot.h"
#include "op.h"
#include "op_util.h"

static int mheap_op_root_name(const char *name)
{
	size_t length = strnlen(name, MHEAP_ROOT_NAME_MAX);

	if (!length || length == MHEAP_ROOT_NAME_MAX ||
	    memchr_inv(name + length, 0, MHEAP_ROOT_NAME_MAX - length))
		return -EINVAL;
	return 0;
}

int mheap_op_root_get(struct mheap_call *call)
{
	struct mheap_root_get *get = &call->arg->root_get;
	u32 object;
	int ret;

	call->traits = mheap_op_all_traits(call);
	ret = mheap_op_root_name(get->name);
	if (!ret)
		ret = mheap_op_room(call, get->handle);
	if (!ret)
		ret = mheap_root_get(call->mutator, get->name, &object);
	if (!ret)
		mheap_op_issue(call, &get->handle, object);
	return ret;
}

/* What a root is to refer to. Its name is what keeps it, so not weakly. */
static int mheap_op_root_value(struct mheap_call *call, u64 handle, u32 *ret_object)
{
	int ret;

	ret = mheap_op_value(call, handle, ret_object);
	if (!ret && *ret_object && mheap_weak_is(call->core, *ret_object))
		return -EINVAL;
	return ret;
}

int mheap_op_root_set(struct mheap_call *call)
{
	struct mheap_root_set *set = &call->arg->root_set;
	u32 object, old;
	int ret;

	ret = mheap_op_root_name(set->name);
	if (!ret)
		ret = mheap_op_root_value(call, set->handle, &object);
	if (!ret)
		ret = mheap_root_exchange(call->mutator, set->name, object, &old);
	if (ret)
		return ret;
	if (old)
		mheap_handle_drop(call->mutator, old);
	return object || old ? 0 : -ENOENT;
}

int mheap_op_root_exchange(struct mheap_call *call)
{
	struct mheap_root_exchange *exchange = &call->arg->root_exchange;
	u32 object, old;
	int ret;

	call->traits = mheap_op_all_traits(call);
	ret = mheap_op_root_name(exchange->name);
	if (!ret)
		ret = mheap_op_root_value(call, exchange->handle, &object);
	if (!ret)
		ret = mheap_op_room(call, exchange->out_handle);
	if (!ret)
		ret = mheap_root_exchange(call->mutator, exchange->name, object, &old);
	if (!ret)
		mheap_op_issue(call, &exchange->out_handle, old);
	return ret;
}

/* Describes a root. Returns whether there is one at @index. */
static bool mheap_op_root_entry(struct mheap_call *call, u32 index, struct mheap_root_entry *entry)
{
	struct mheap_object_stat stat = {};
	struct mheap_root root;
	bool used;

	memset(entry, 0, sizeof(*entry));
	mheap_section_enter(call->mutator);
	used = mheap_root_peek(&call->core->roots, index, &root);
	if (used)
		mheap_object_stat(call->core, root.number, &stat);
	mheap_section_exit(call->mutator);
	if (!used)
		return false;
	entry->object = root.number;
	entry->type = stat.shape.type;
	memcpy(entry->name, root.name, sizeof(entry->name));
	return true;
}

int mheap_op_root_list(struct mheap_call *call)
{
	struct mheap_root_list *list = &call->arg->root_list;
	struct mheap_root_entry __user *to = u64_to_user_ptr(list->entries_uptr);
	struct mheap_root_entry entry;
	u32 count = 0;
	u64 index;

	if (!list->count || list->count > MHEAP_WALK_MAX)
		return -EINVAL;
	for (index = list->cursor; index < MHEAP_ROOTS && count < list->count; index++) {
		if (!mheap_op_root_entry(call, index, &entry))
			continue;
		if (copy_to_user(&to[count], &entry, sizeof(entry)))
			return -EFAULT;
		count++;
	}
	list->out_count = count;
	list->cursor = index < MHEAP_ROOTS ? index : ~0ULL;
	return 0;
}
