/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The worker of a heap: a work item on a queue of the module's own. It drives
 * the collector, takes apart what mutators left, closes the handles of sessions
 * that are gone, and gives memory back. Another one frees the heap in the end.
 */
#ifndef _MHEAP_WORKER_H
#define _MHEAP_WORKER_H

struct delayed_work;
struct mheap_heap;

int mheap_worker_system_init(void);
void mheap_worker_system_exit(void);
void mheap_worker_init(struct mheap_heap *heap);
void mheap_worker_exit(struct mheap_heap *heap);
void mheap_worker_queue_teardown(struct mheap_heap *heap);
void mheap_worker_queue_work(struct delayed_work *work, u32 ms);
void mheap_worker_queue(struct mheap_heap *heap);
void mheap_worker_queue_soon(struct mheap_heap *heap);
void mheap_worker_queue_later(struct mheap_heap *heap);

#endif
