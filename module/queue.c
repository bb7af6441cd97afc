// SPDX-License-Identifier: GPL-2.0-only
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "queue.h"
#include "trace_session.h"

/**
 * mheap_queue_new - an empty queue
 * @kinds: of events that it is told of
 * @capacity: records, and watches, 1 to MHEAP_EVENTS_MAX
 *
 * Context: may sleep.
 * Return: the queue, or NULL.
 */
struct mheap_queue *mheap_queue_new(u32 kinds, u32 capacity)
{
	struct mheap_queue *queue = kzalloc(sizeof(*queue), GFP_KERNEL_ACCOUNT);
	u32 i;

	if (!queue)
		return NULL;
	queue->ring = kvcalloc(capacity, sizeof(*queue->ring), GFP_KERNEL_ACCOUNT);
	queue->watches = kvcalloc(capacity, sizeof(*queue->watches), GFP_KERNEL_ACCOUNT);
	if (!queue->ring || !queue->watches) {
		kvfree(queue->ring);
		kvfree(queue->watches);
		kfree(queue);
		return NULL;
	}
	for (i = 1; i < capacity; i++)
		queue->watches[i - 1].next = i + 1;
	queue->free = 1;
	queue->kinds = kinds;
	queue->capacity = capacity;
	mutex_init(&queue->read);
	spin_lock_init(&queue->lock);
	init_waitqueue_head(&queue->wait);
	return queue;
}

/**
 * mheap_queue_free - free a queue
 * @queue: the queue, which nobody knows any more
 *
 * Context: may sleep.
 */
void mheap_queue_free(struct mheap_queue *queue)
{
	mutex_destroy(&queue->read);
	kvfree(queue->ring);
	kvfree(queue->watches);
	kfree(queue);
}

static void mheap_queue_push(struct mheap_queue *queue, const struct mheap_event *event)
{
	lockdep_assert_held(&queue->lock);
	queue->ring[(queue->first + queue->count++) % queue->capacity] = *event;
}

/* The record that stands for what was lost. */
static struct mheap_event mheap_queue_lost(const struct mheap_queue *queue)
{
	return (struct mheap_event) {
		.kind = MHEAP_EVENT_LOST, .value = queue->lost, .time_ns = queue->lost_ns,
	};
}

/**
 * mheap_queue_put - write a record
 * @queue: the queue
 * @event: what happened
 *
 * Context: any but interrupts; takes the queue's lock.
 */
void mheap_queue_put(struct mheap_queue *queue, const struct mheap_event *event)
{
	struct mheap_event lost;
	bool first;

	spin_lock(&queue->lock);
	first = !queue->count;
	if (queue->lost && queue->count < queue->capacity) {
		lost = mheap_queue_lost(queue);
		mheap_queue_push(queue, &lost);
		queue->lost = 0;
	}
	if (queue->count < queue->capacity) {
		mheap_queue_push(queue, event);
		trace_mheap_event(queue, event);
	} else {
		if (!queue->lost++)
			queue->lost_ns = event->time_ns;
		trace_mheap_event_lost(queue, event);
	}
	spin_unlock(&queue->lock);
	/* Who has not read what is there knows already. */
	if (first)
		wake_up_interruptible_poll(&queue->wait, EPOLLIN | EPOLLRDNORM);
}

/**
 * mheap_queue_end - there are going to be no more records
 * @queue: the queue
 *
 * Context: any but interrupts; takes the queue's lock.
 */
void mheap_queue_end(struct mheap_queue *queue)
{
	spin_lock(&queue->lock);
	WRITE_ONCE(queue->ended, true);
	spin_unlock(&queue->lock);
	wake_up_interruptible_poll(&queue->wait, EPOLLIN | EPOLLRDNORM | EPOLLHUP);
}

/**
 * mheap_queue_ready - is there anything to read
 * @queue: the queue
 *
 * Context: any.
 * Return: whether there is.
 */
bool mheap_queue_ready(struct mheap_queue *queue)
{
	return READ_ONCE(queue->count) || READ_ONCE(queue->lost);
}

/**
 * mheap_queue_look - copy the oldest records
 * @queue: the queue, whose @read the caller holds
 * @events: where to
 * @max: how many at most, at least 1
 *
 * Context: any but interrupts; takes the queue's lock.
 * Return: how many.
 */
u32 mheap_queue_look(struct mheap_queue *queue, struct mheap_event *events, u32 max)
{
	struct mheap_event lost;
	u32 i, count;

	lockdep_assert_held(&queue->read);
	spin_lock(&queue->lock);
	if (!queue->count && queue->lost) {
		lost = mheap_queue_lost(queue);
		mheap_queue_push(queue, &lost);
		queue->lost = 0;
	}
	count = min(max, queue->count);
	for (i = 0; i < count; i++)
		events[i] = queue->ring[(queue->first + i) % queue->capacity];
	spin_unlock(&queue->lock);
	return count;
}

/**
 * mheap_queue_forget - the oldest records have been read
 * @queue: the queue, whose @read the caller holds
 * @count: how many, of those that mheap_queue_look() copied
 *
 * Context: any but interrupts; takes the queue's lock.
 */
void mheap_queue_forget(struct mheap_queue *queue, u32 count)
{
	spin_lock(&queue->lock);
	queue->first = (queue->first + count) % queue->capacity;
	WRITE_ONCE(queue->count, queue->count - count);
	spin_unlock(&queue->lock);
}
