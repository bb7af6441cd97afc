/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The records of a queue of events: a ring that tells what it had to lose.
 */
#ifndef _MHEAP_QUEUE_H
#define _MHEAP_QUEUE_H

#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include <linux/mheap.h>

struct mheap_heap;

/**
 * struct mheap_watch_entry - one watch
 * @weak: the weak cell, of which the watch has a handle; 0 when it is not in use
 * @next: the next watch of the same cell, or the next that is not in use; 0 for none
 * @cookie: what the event is to carry
 */
struct mheap_watch_entry {
	u32 weak;
	u32 next;
	u64 cookie;
};

/**
 * struct mheap_queue - a queue of events
 * @heap: whose, until that goes (protected by mheap_events_mutex)
 * @index: among the queues of the heap
 * @kinds: of events that it is told of
 * @capacity: records, and watches
 * @read: lets one at a time read, and copy to user memory; outermost
 * @lock: protects what follows, but for the watches
 * @wait: readers
 * @first: the oldest record in @ring
 * @count: records in @ring
 * @lost: events that found no room since the last record was written
 * @lost_ns: when the first of them did
 * @ended: there are going to be no more
 * @ring: the records
 * @watches: the watches (protected by the lock of weak references)
 * @free: a watch that is not in use, plus one; 0 for none (likewise)
 */
struct mheap_queue {
	struct mheap_heap *heap;
	u32 index;
	u32 kinds;
	u32 capacity;
	struct mutex read;	/* serialises readers */
	spinlock_t lock;	/* of the ring */
	wait_queue_head_t wait;
	u32 first;
	u32 count;
	u64 lost;
	u64 lost_ns;
	bool ended;
	struct mheap_event *ring;
	struct mheap_watch_entry *watches;
	u32 free;
};

struct mheap_queue *mheap_queue_new(u32 kinds, u32 capacity);
void mheap_queue_free(struct mheap_queue *queue);
void mheap_queue_put(struct mheap_queue *queue, const struct mheap_event *event);
void mheap_queue_end(struct mheap_queue *queue);
bool mheap_queue_ready(struct mheap_queue *queue);
u32 mheap_queue_look(struct mheap_queue *queue, struct mheap_event *events, u32 max);
void mheap_queue_forget(struct mheap_queue *queue, u32 count);

#endif
