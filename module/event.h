/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Queues of events, as files. A queue belongs to a heap but does not keep it: when the
 * heap goes, the queue is at its end.
 *
 * Locks, outermost first:
 *
 *	mheap_events_mutex	between the end of a queue and the end of a heap
 *	heap->events.mutex	which queues a heap has; sleepers only
 *	heap->core.weak.lock	who watches what
 *	queue->lock		the records; a leaf but for those of its wait queue
 */
#ifndef _MHEAP_EVENT_H
#define _MHEAP_EVENT_H

#include <linux/mutex.h>
#include <linux/types.h>

#include <linux/mheap.h>

struct file;
struct mheap_heap;
struct mheap_queue;

/* Queues of one heap. */
#define MHEAP_QUEUES_MAX	1024

/**
 * struct mheap_heap_events - the queues of a heap
 * @mutex: protects @queues; whoever changes it holds the lock of weak references too
 * @queues: the queues
 * @kinds: of all queues together, without locks: nobody is told of anything else
 */
struct mheap_heap_events {
	struct mutex mutex;	/* of @queues */
	struct mheap_queue *queues[MHEAP_QUEUES_MAX];
	u32 kinds;
};

void mheap_events_init(struct mheap_heap *heap);
void mheap_events_exit(struct mheap_heap *heap);
void mheap_events_tell(struct mheap_heap *heap, const struct mheap_event *event);
struct file *mheap_queue_create(struct mheap_heap *heap, u32 kinds, u32 capacity);
struct file *mheap_queue_get(struct mheap_heap *heap, int fd, struct mheap_queue **ret_queue);
bool mheap_queue_tells(const struct mheap_queue *queue, u32 kind);

#endif
