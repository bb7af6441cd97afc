// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/file.h>
#include <linux/minmax.h>

#include "core/release.h"
#include "core/slot.h"
#include "event.h"
#include "op.h"
#include "op_util.h"
#include "watch.h"

#define MHEAP_EVENTS_DEFAULT	1024

int mheap_op_events(struct mheap_call *call)
{
	struct mheap_events *events = &call->arg->events;
	u32 capacity = events->capacity ?: MHEAP_EVENTS_DEFAULT;

	if (events->kinds & ~MHEAP_EVENT_KINDS || capacity > MHEAP_EVENTS_MAX ||
	    events->event_size != sizeof(struct mheap_event))
		return -EINVAL;
	return mheap_op_offer(call, mheap_queue_create(call->heap, events->kinds, capacity),
			      &events->out_fd);
}

static int mheap_op_watch_add(struct mheap_call *call, struct mheap_queue *queue, u32 weak)
{
	int ret;

	mheap_section_enter(call->mutator);
	ret = mheap_handle_take(call->mutator, weak);
	if (!ret) {
		ret = mheap_watch_add(queue, weak, call->arg->watch.cookie);
		if (ret)
			mheap_handle_drop(call->mutator, weak);
	}
	mheap_section_exit(call->mutator);
	return min(ret, 0);
}

static int mheap_op_watch_remove(struct mheap_call *call, struct mheap_queue *queue, u32 weak)
{
	int ret;

	mheap_section_enter(call->mutator);
	ret = mheap_watch_remove(queue, weak, call->arg->watch.cookie);
	if (!ret)
		mheap_handle_drop(call->mutator, weak);
	mheap_section_exit(call->mutator);
	return ret;
}

int mheap_op_watch(struct mheap_call *call)
{
	const struct mheap_watch *watch = &call->arg->watch;
	struct mheap_named named;
	struct mheap_queue *queue;
	struct file *file;
	int ret;

	ret = mheap_op_named(call, watch->handle, &named);
	if (ret)
		return ret;
	if (!(named.traits & MHEAP_HANDLE_WEAK))
		return -EINVAL;
	file = mheap_queue_get(call->heap, watch->events_fd, &queue);
	if (IS_ERR(file))
		return PTR_ERR(file);
	if (!mheap_queue_tells(queue, MHEAP_EVENT_GONE))
		ret = -EINVAL;
	else if (watch->flags & MHEAP_WATCH_REMOVE)
		ret = mheap_op_watch_remove(call, queue, named.object);
	else
		ret = mheap_op_watch_add(call, queue, named.object);
	fput(file);
	return ret;
}
