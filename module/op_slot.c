// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/uaccess.h>

#include "core/slot.h"
#include "core/trace.h"
#include "op.h"
#include "op_util.h"

/* Slots that are listed between two copies to userspace. */
#define MHEAP_SLOT_LIST_SLICE	64

/* The object that has a slot, and the slot's index, fit to be used. */
static int mheap_op_slot(struct mheap_call *call, u64 handle, u32 *index, u32 *ret_object)
{
	u32 slots;
	int ret;

	ret = mheap_op_object(call, handle, ret_object);
	if (ret)
		return ret;
	slots = mheap_cell_slots(mheap_cell_of(call->core, *ret_object));
	if (*index >= slots)
		return -ERANGE;
	*index = array_index_nospec(*index, slots);
	return 0;
}

int mheap_op_load(struct mheap_call *call)
{
	struct mheap_load *load = &call->arg->load;
	u32 index = load->index, object, value;
	int ret;

	ret = mheap_op_slot(call, load->object, &index, &object);
	if (!ret)
		ret = mheap_op_room(call, load->handle);
	if (!ret)
		ret = mheap_slot_load(call->mutator, object, index, &value);
	if (!ret)
		mheap_op_issue(call, &load->handle, value);
	return ret;
}

int mheap_op_store(struct mheap_call *call)
{
	struct mheap_store *store = &call->arg->store;
	u32 index = store->index, object, value;
	int ret;

	ret = mheap_op_slot(call, store->object, &index, &object);
	if (!ret)
		ret = mheap_op_value(call, store->value, &value);
	if (!ret)
		ret = mheap_slot_store(call->mutator, object, index, value);
	if (ret)
		return ret;
	trace_mheap_store(call->core, object, index, value);
	/* It has been found above, and nobody else closes handles meanwhile. */
	if (store->flags & MHEAP_STORE_MOVE && store->value)
		return mheap_op_close_named(call, store->value);
	return 0;
}

int mheap_op_exchange(struct mheap_call *call)
{
	struct mheap_exchange *exchange = &call->arg->exchange;
	u32 index = exchange->index, object, value, old;
	int ret;

	ret = mheap_op_slot(call, exchange->object, &index, &object);
	if (!ret)
		ret = mheap_op_value(call, exchange->value, &value);
	if (!ret)
		ret = mheap_op_room(call, exchange->out_handle);
	if (!ret)
		ret = mheap_slot_exchange(call->mutator, object, index, value, &old);
	if (ret)
		return ret;
	trace_mheap_store(call->core, object, index, value);
	mheap_op_issue(call, &exchange->out_handle, old);
	return 0;
}

int mheap_op_compare_exchange(struct mheap_call *call)
{
	struct mheap_compare_exchange *arg = &call->arg->compare_exchange;
	u32 index = arg->index, object, value, expected;
	int ret;

	ret = mheap_op_slot(call, arg->object, &index, &object);
	if (!ret)
		ret = mheap_op_expected(call, arg->expected, &expected);
	if (!ret)
		ret = mheap_op_value(call, arg->value, &value);
	if (!ret)
		ret = mheap_slot_compare_exchange(call->mutator, object, index, expected, value);
	if (!ret)
		trace_mheap_store(call->core, object, index, value);
	return ret;
}

/* Writes some entries to userspace. The handle keeps the object meanwhile. */
static int mheap_op_slot_list_some(struct mheap_call *call, u32 object, u32 index, u32 count,
				   u64 __user *to)
{
	u64 objects[MHEAP_SLOT_LIST_SLICE];
	u32 i, number;

	mheap_section_enter(call->mutator);
	mheap_section_took(call->mutator, count);
	for (i = 0; i < count; i++) {
		number = mheap_slot_peek(call->core, object, index + i);
		objects[i] = mheap_weak_look(call->core, &number) ? MHEAP_SLOT_WEAK : 0;
		objects[i] |= number;
	}
	mheap_section_exit(call->mutator);
	return copy_to_user(to, objects, count * sizeof(*objects)) ? -EFAULT : 0;
}

int mheap_op_slot_list(struct mheap_call *call)
{
	struct mheap_slot_list *list = &call->arg->slot_list;
	u64 __user *to = u64_to_user_ptr(list->objects_uptr);
	u32 object, slots, index, count, done, some;
	int ret;

	if (!list->count || list->count > MHEAP_WALK_MAX)
		return -EINVAL;
	ret = mheap_op_object(call, list->handle, &object);
	if (ret)
		return ret;
	slots = mheap_cell_slots(mheap_cell_of(call->core, object));
	if (list->cursor > slots)
		return -ERANGE;
	index = list->cursor;
	count = min(list->count, slots - index);
	for (done = 0; done < count; done += some) {
		some = min_t(u32, count - done, MHEAP_SLOT_LIST_SLICE);
		ret = mheap_op_slot_list_some(call, object,
					      array_index_nospec(index + done, slots), some,
					      to + done);
		if (ret)
			return ret;
	}
	list->out_count = count;
	list->cursor = index + count < slots ? index + count : ~0ULL;
	return 0;
}
