// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/lockdep.h>

#include "core/trace.h"
#include "core/weak.h"
#include "guest.h"
#include "heap.h"
#include "queue.h"
#include "watch.h"

/*
 * A watch is named by its queue and its place there, plus one: that is what a weak cell
 * and other watches refer to it by.
 */
#define MHEAP_WATCH_SHIFT	16
static_assert(MHEAP_EVENTS_MAX <= 1U << MHEAP_WATCH_SHIFT);

static u32 mheap_watch_name(const struct mheap_queue *queue, u32 place)
{
	return (queue->index << MHEAP_WATCH_SHIFT | place) + 1;
}

static struct mheap_queue *mheap_watch_queue(struct mheap_heap *heap, u32 name)
{
	return heap->events.queues[(name - 1) >> MHEAP_WATCH_SHIFT];
}

static u32 mheap_watch_place(u32 name)
{
	return (name - 1) & ((1U << MHEAP_WATCH_SHIFT) - 1);
}

static struct mheap_watch_entry *mheap_watch_entry(struct mheap_heap *heap, u32 name)
{
	return &mheap_watch_queue(heap, name)->watches[mheap_watch_place(name)];
}

/* The watch is over. The handle that it had is the caller's. */
static void mheap_watch_free(struct mheap_queue *queue, u32 place)
{
	queue->watches[place].weak = 0;
	queue->watches[place].next = queue->free;
	queue->free = place + 1;
}

/**
 * mheap_watch_gone - tell those who watch that an object is gone
 * @core: the heap
 * @weak: its weak cell, which is watched
 * @cause: why it is gone
 *
 * Context: in a section, under the lock of weak references.
 * Return: how many handles of the cell, those of the watches, are the caller's now.
 */
u32 mheap_watch_gone(struct mheap_core *core, const struct mheap_weak_cell *weak,
		     enum mheap_freed cause)
{
	struct mheap_heap *heap = container_of(core, struct mheap_heap, core);
	struct mheap_event event = {
		.kind = MHEAP_EVENT_GONE, .cause = cause, .value = weak->was,
		.time_ns = ktime_get_ns(),
	};
	struct mheap_queue *queue;
	u32 name, next, count = 0;

	lockdep_assert_held(&core->weak.lock);
	for (name = weak->watched; name; name = next, count++) {
		queue = mheap_watch_queue(heap, name);
		next = queue->watches[mheap_watch_place(name)].next;
		event.cookie = queue->watches[mheap_watch_place(name)].cookie;
		mheap_watch_free(queue, mheap_watch_place(name));
		mheap_queue_put(queue, &event);
	}
	return count;
}

/* Takes a watch out of the chain of its cell. */
static void mheap_watch_unlink(struct mheap_heap *heap, u32 name)
{
	u32 *link = &mheap_weak_cell(&heap->core, mheap_watch_entry(heap, name)->weak)->watched;

	lockdep_assert_held(&heap->core.weak.lock);
	while (*link != name)
		link = &mheap_watch_entry(heap, *link)->next;
	*link = mheap_watch_entry(heap, name)->next;
}

/**
 * mheap_watch_drop - end a watch, if it is in use
 * @queue: the queue, whose heap somebody keeps
 * @place: where in the queue
 *
 * Context: may sleep, but not for long; takes the guests' lock.
 */
void mheap_watch_drop(struct mheap_queue *queue, u32 place)
{
	struct mheap_heap *heap = queue->heap;
	u32 weak;

	spin_lock(&heap->core.weak.lock);
	weak = queue->watches[place].weak;
	if (weak) {
		mheap_watch_unlink(heap, mheap_watch_name(queue, place));
		mheap_watch_free(queue, place);
	}
	spin_unlock(&heap->core.weak.lock);
	if (weak)
		mheap_guest_drop(heap, weak);
}

static u32 mheap_watch_count(struct mheap_heap *heap, u32 name)
{
	u32 count;

	for (count = 0; name; count++)
		name = mheap_watch_entry(heap, name)->next;
	return count;
}

/* Links a new watch to a cell whose referent is alive. */
static int mheap_watch_link(struct mheap_queue *queue, struct mheap_weak_cell *cell, u32 weak,
			    u64 cookie)
{
	u32 place = queue->free - 1;

	if (!queue->free) {
		trace_mheap_limit(&queue->heap->core, MHEAP_LIMIT_WATCHES, queue->capacity);
		return -ENOSPC;
	}
	if (mheap_watch_count(queue->heap, cell->watched) >= MHEAP_WATCHES_MAX) {
		trace_mheap_limit(&queue->heap->core, MHEAP_LIMIT_WATCHES, MHEAP_WATCHES_MAX);
		return -EMLINK;
	}
	queue->free = queue->watches[place].next;
	queue->watches[place] = (struct mheap_watch_entry) {
		.weak = weak, .next = cell->watched, .cookie = cookie,
	};
	cell->watched = mheap_watch_name(queue, place);
	return 0;
}

/**
 * mheap_watch_add - tell a queue when an object is gone
 * @queue: the queue
 * @weak: the weak cell of the object; where it is watched from now on, the caller's
 *	  handle is the watch's
 * @cookie: what the event is to carry
 *
 * Context: any but interrupts; takes the lock of weak references.
 * Return: 0; 1 when it is gone, and the queue has been told; -ENOSPC when the queue has no
 *	   room for more; -EMLINK when the object has MHEAP_WATCHES_MAX.
 */
int mheap_watch_add(struct mheap_queue *queue, u32 weak, u64 cookie)
{
	struct mheap_core *core = &queue->heap->core;
	struct mheap_weak_cell *cell = mheap_weak_cell(core, weak);
	struct mheap_event event = {
		.kind = MHEAP_EVENT_GONE, .cookie = cookie, .time_ns = ktime_get_ns(),
	};
	int ret;

	spin_lock(&core->weak.lock);
	if (cell->referent) {
		ret = mheap_watch_link(queue, cell, weak, cookie);
	} else {
		event.cause = cell->watched;
		event.value = cell->was;
		mheap_queue_put(queue, &event);
		ret = 1;
	}
	spin_unlock(&core->weak.lock);
	return ret;
}

/**
 * mheap_watch_remove - do not tell a queue any more
 * @queue: the queue
 * @weak: the weak cell of the object
 * @cookie: of the watch
 *
 * Context: any but interrupts; takes the lock of weak references.
 * Return: 0, and the watch's handle is the caller's; -ENOENT when there is no such watch.
 */
int mheap_watch_remove(struct mheap_queue *queue, u32 weak, u64 cookie)
{
	struct mheap_heap *heap = queue->heap;
	struct mheap_weak_cell *cell = mheap_weak_cell(&heap->core, weak);
	struct mheap_watch_entry *entry;
	int ret = -ENOENT;
	u32 name;

	spin_lock(&heap->core.weak.lock);
	for (name = cell->referent ? cell->watched : 0; name; name = entry->next) {
		entry = mheap_watch_entry(heap, name);
		if (mheap_watch_queue(heap, name) != queue || entry->cookie != cookie)
			continue;
		mheap_watch_unlink(heap, name);
		mheap_watch_free(queue, mheap_watch_place(name));
		ret = 0;
		break;
	}
	spin_unlock(&heap->core.weak.lock);
	return ret;
}
