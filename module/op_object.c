// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "core/object.h"
#include "core/payload.h"
#include "core/release.h"
#include "core/slot.h"
#include "core/trace.h"
#include "heap.h"
#include "op.h"
#include "op_util.h"

/* Bytes that are copied between two looks at whether the caller is being killed. */
#define MHEAP_COPY_BYTES	(64U << 10)

/* Slots that a reset drops in one section; what dies of that has its own limit. */
#define MHEAP_RESET_SLOTS	1024U

/* More would need memory of their own. */
#define MHEAP_RESERVED_SLOTS_MAX	1000U
static_assert(MHEAP_RESERVED_SLOTS_MAX <= MHEAP_INLINE_SLOTS);

static struct mheap_shape mheap_op_shape(const struct mheap_alloc *alloc)
{
	return (struct mheap_shape) {
		.slots = alloc->slots,
		.payload_bytes = alloc->payload_bytes,
		.type = alloc->type,
		.site = alloc->site,
	};
}

/* Where the payload of an object is in the window, or ~0. */
static u64 mheap_op_offset(struct mheap_call *call, u32 object)
{
	u32 payload = mheap_cell_payload(mheap_cell_of(call->core, object));

	return payload ? (u64)payload << MHEAP_GRANULE_SHIFT : ~0ULL;
}

int mheap_op_alloc(struct mheap_call *call)
{
	struct mheap_alloc *alloc = &call->arg->alloc;
	struct mheap_shape shape = mheap_op_shape(alloc);
	u32 object;
	int ret;

	if (shape.slots > MHEAP_SLOTS_MAX || shape.payload_bytes > MHEAP_PAYLOAD_MAX)
		return -EINVAL;
	if (call->core->limits.reserved && shape.slots > MHEAP_RESERVED_SLOTS_MAX)
		return -EINVAL;
	ret = mheap_op_room(call, alloc->handle);
	if (ret)
		return ret;
	if (shape.site) {
		if (shape.site >= mheap_sites_count(&call->core->sites))
			return -EINVAL;
		shape.site = array_index_nospec(shape.site, MHEAP_SITE_NUMBERS);
	}
	call->traits = mheap_op_all_traits(call);
	object = call->prepared ? mheap_object_publish(call->mutator, &shape, &call->parts) :
				  mheap_object_try_alloc(call->mutator, &shape);
	if (!object)
		return MHEAP_NOT_READY;
	mheap_op_issue(call, &alloc->handle, object);
	alloc->out_offset = mheap_op_offset(call, object);
	call->answered |= alloc->flags & MHEAP_ALLOC_OFFSET;
	trace_mheap_alloc(call->core, object, shape.slots, shape.payload_bytes, shape.type,
			  shape.site);
	return 0;
}

static int mheap_op_prepare_object(struct mheap_call *call, const struct mheap_shape *shape)
{
	struct mem_cgroup *active = mheap_heap_charge(call->heap);
	int ret = mheap_object_prepare(call->mutator, shape, &call->parts);

	mheap_heap_uncharge(active);
	return ret;
}

int mheap_op_prepare_alloc(struct mheap_call *call)
{
	const struct mheap_alloc *alloc = &call->arg->alloc;
	struct mheap_handles *handles = &call->session->handles;
	struct mheap_shape shape = mheap_op_shape(alloc);
	int ret;

	call->issued = 0;
	ret = mheap_handle_check(handles, alloc->flags, alloc->handle);
	if (ret == MHEAP_NOT_READY)
		ret = mheap_op_grow_handles(call, alloc->handle);
	if (ret)
		return ret;
	ret = mheap_op_prepare_object(call, &shape);
	if (ret == -EDQUOT || ret == -ENOMEM) {
		/* Chunks that this session keeps for later may be empty. */
		mheap_mutator_release_chunks(call->mutator);
		if (mheap_op_make_room(call, &ret))
			ret = mheap_op_prepare_object(call, &shape);
	}
	call->prepared = !ret;
	return ret;
}

int mheap_op_stat(struct mheap_call *call)
{
	struct mheap_stat *out = &call->arg->stat;
	struct mheap_object_stat stat = {};
	u32 object;
	int ret;

	ret = mheap_op_object(call, out->handle, &object);
	if (ret)
		return ret;
	mheap_object_stat(call->core, object, &stat);
	out->out_object = object;
	out->out_type = stat.shape.type;
	out->out_slots = stat.shape.slots;
	out->out_payload_bytes = stat.shape.payload_bytes;
	out->out_site = stat.shape.site;
	out->out_handle_refs = stat.handles;
	out->out_slot_refs = stat.slots;
	out->out_bytes = stat.bytes;
	out->out_offset = mheap_op_offset(call, object);
	out->out_rights = call->traits & call->session->rights;
	out->out_weak = !!mheap_weak_peek(call->core, object);
	out->out_age_ms = stat.age_ms;
	return 0;
}

/**
 * struct mheap_bytes - a range of a payload
 * @payload: number of the payload
 * @bytes: its size
 * @offset: where the range begins
 * @length: of the range
 */
struct mheap_bytes {
	u32 payload;
	u32 bytes;
	u32 offset;
	u32 length;
};

/* The range that a command names. The handle keeps it until the lock is given up. */
static int mheap_op_bytes(struct mheap_call *call, u64 handle, u32 offset, u32 length,
			  struct mheap_bytes *ret_bytes)
{
	struct mheap_cell *cell;
	u32 object;
	int ret;

	ret = mheap_op_object(call, handle, &object);
	if (ret)
		return ret;
	cell = mheap_cell_of(call->core, object);
	ret_bytes->payload = mheap_cell_payload(cell);
	ret_bytes->bytes = mheap_cell_payload_bytes(cell);
	if (offset > ret_bytes->bytes || length > ret_bytes->bytes - offset)
		return -ERANGE;
	ret_bytes->offset = array_index_nospec(offset, (unsigned long)ret_bytes->bytes + 1);
	ret_bytes->length = length;
	return 0;
}

/* Walks the pieces of a range. Returns the next one, or NULL at the end. */
static void *mheap_bytes_next(struct mheap_call *call, struct mheap_bytes *bytes, u32 *ret_length)
{
	u32 length;
	void *at;

	if (!bytes->length)
		return NULL;
	at = mheap_payload_at(call->core, bytes->payload, bytes->bytes, bytes->offset, &length);
	length = min3(length, bytes->length, MHEAP_COPY_BYTES);
	bytes->offset += length;
	bytes->length -= length;
	*ret_length = length;
	return at;
}

int mheap_op_read(struct mheap_call *call)
{
	const struct mheap_read *read = &call->arg->read;
	char __user *to = u64_to_user_ptr(read->data_uptr);
	struct mheap_bytes bytes;
	void *from;
	u32 length;
	int ret;

	ret = mheap_op_bytes(call, read->handle, read->offset, read->length, &bytes);
	if (ret)
		return ret;
	while ((from = mheap_bytes_next(call, &bytes, &length))) {
		if (fatal_signal_pending(current))
			return -EINTR;
		if (copy_to_user(to, from, length))
			return -EFAULT;
		to += length;
		cond_resched();
	}
	return 0;
}

/* Drops the slots from *@index on, as far as one section goes. */
static void mheap_op_reset_slots(struct mheap_call *call, u32 object, u32 slots, u32 *index)
{
	u32 some = min(slots - *index, MHEAP_RESET_SLOTS);

	mheap_section_enter(call->mutator);
	for (; some; some--)
		mheap_slot_store(call->mutator, object, (*index)++, 0);
	mheap_release_run(call->mutator);
	mheap_section_exit(call->mutator);
	mheap_heap_attend(call->heap);
}

int mheap_op_reset(struct mheap_call *call)
{
	const struct mheap_reset *reset = &call->arg->reset;
	struct mheap_bytes bytes = {};
	u32 object, slots, length, index = 0;
	void *at;
	int ret;

	ret = mheap_op_object(call, reset->handle, &object);
	if (ret)
		return ret;
	slots = mheap_cell_slots(mheap_cell_of(call->core, object));
	while (index < slots) {
		mheap_op_reset_slots(call, object, slots, &index);
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	bytes.payload = mheap_cell_payload(mheap_cell_of(call->core, object));
	bytes.bytes = mheap_cell_payload_bytes(mheap_cell_of(call->core, object));
	bytes.length = bytes.bytes;
	while ((at = mheap_bytes_next(call, &bytes, &length))) {
		memset(at, 0, length);
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

static int mheap_op_write_long(struct mheap_call *call, const char __user *from,
			       struct mheap_bytes *bytes)
{
	u32 length;
	void *to;

	if (fault_in_readable(from, bytes->length))
		return -EFAULT;
	while ((to = mheap_bytes_next(call, bytes, &length))) {
		if (fatal_signal_pending(current))
			return -EINTR;
		if (copy_from_user(to, from, length))
			return -EFAULT;
		from += length;
		cond_resched();
	}
	return 0;
}

int mheap_op_write(struct mheap_call *call)
{
	const struct mheap_write *write = &call->arg->write;
	const char __user *from = u64_to_user_ptr(write->data_uptr);
	const char *bounce = call->session->bounce;
	struct mheap_bytes bytes;
	u32 length;
	void *to;
	int ret;

	ret = mheap_op_bytes(call, write->handle, write->offset, write->length, &bytes);
	if (ret)
		return ret;
	if (bytes.length > MHEAP_BOUNCE_BYTES)
		return mheap_op_write_long(call, from, &bytes);
	if (copy_from_user(call->session->bounce, from, bytes.length))
		return -EFAULT;
	while ((to = mheap_bytes_next(call, &bytes, &length))) {
		memcpy(to, bounce, length);
		bounce += length;
	}
	return 0;
}
