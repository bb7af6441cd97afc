/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A heap as the system sees it: who uses it, for how long it lives, and its
 * worker.
 */
#ifndef _MHEAP_HEAP_H
#define _MHEAP_HEAP_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "aging.h"
#include "core/core.h"
#include "event.h"
#include "guest.h"

struct dentry;
struct inode;
struct mheap_create;
struct pid;

#define MHEAP_HISTORY	64

/* The bits of @state. */
#define MHEAP_HEAP_KICKED	0
#define MHEAP_HEAP_DYING	1

/**
 * struct mheap_heap - see above
 * @core: the heap as such
 * @id: its number
 * @users: sessions that are open, and exported descriptors; the heap dies with
 *	   the last of them
 * @state: MHEAP_HEAP_*
 * @helped_ns: time of helpers that has been charged (the worker's)
 * @rest_ns: until then a collection that nobody waits for does not go on (the worker's)
 * @due: when the worker is to run, in jiffies, if it is queued for later
 * @window: what sessions map
 * @events: who is told what happens
 * @guest: works on objects for files
 * @worker: collections, deferred releases, closed sessions
 * @teardown: frees the heap
 * @aging: tells what is old so
 * @settled: woken when a collection has ended, when empty chunks have been given
 *	     back, when something has become of a picture, and when the heap is dying
 * @sessions_lock: protects @sessions, @closing and all up to @session_places; taken under
 *		   a session's lock, and by the worker; nothing but the lock of a
 *		   table of handles is taken under it, and it is not held for longer
 *		   than it takes to look at the list, or to tell some handles
 * @sessions: sessions that are open, in the order of their numbers
 * @closing: sessions whose handles are to be closed
 * @session_count: how many are in @sessions
 * @all_sessions: both, in the order in which they came
 * @session_places: how many have come
 * @shares: exported objects; its lock is a leaf, taken in sections
 * @history_lock: protects @history, @history_count and @total_*; a leaf
 * @history: the last collections, in a ring
 * @history_count: collections so far
 * @collected: the same; set last, so who sees it finds the rest
 * @total_freed: objects that they freed
 * @total_ns: time that they took
 * @total_failures: objects on which their verification did not agree
 * @debugfs: its directory
 * @pid: process that made it
 * @tgid: the same
 * @uid: its user
 * @euid: its effective user
 * @comm: its name
 * @created_ns: when (CLOCK_BOOTTIME)
 * @options_lock: lets one at a time change options; a leaf
 * @memcg: what its memory is charged to, whoever asks for it
 * @pressure: among all heaps (protected by mheap_heaps_lock)
 */
struct mheap_heap {
	struct mheap_core core;
	u64 id;
	refcount_t users;
	unsigned long state;
	u64 helped_ns;
	u64 rest_ns;
	unsigned long due;
	struct inode *window;
	struct mheap_heap_events events;
	struct mheap_guest guest;
	struct delayed_work worker;
	struct work_struct teardown;
	struct mheap_aging aging;
	wait_queue_head_t settled;
	struct mutex sessions_lock;	/* of all up to @session_places */
	struct list_head sessions;
	struct list_head closing;
	u32 session_count;
	struct list_head all_sessions;
	u64 session_places;
	struct xarray shares;
	struct mutex history_lock;	/* of @history, @history_count */
	struct mheap_collection history[MHEAP_HISTORY];
	u64 history_count;
	atomic64_t collected;
	u64 total_freed;
	u64 total_ns;
	u64 total_failures;
	struct dentry *debugfs;
	pid_t pid;
	struct pid *tgid;
	kuid_t uid;
	kuid_t euid;
	char comm[TASK_COMM_LEN];
	u64 created_ns;
	struct mutex options_lock;	/* lets one at a time change options */
	struct mem_cgroup *memcg;
	struct list_head pressure;
};

/* What is allocated between the two is charged to the heap's control group. */
static inline struct mem_cgroup *mheap_heap_charge(struct mheap_heap *heap)
{
	return set_active_memcg(heap->memcg);
}

static inline void mheap_heap_uncharge(struct mem_cgroup *active)
{
	set_active_memcg(active);
}

int mheap_heap_system_init(void);
void mheap_heap_system_exit(void);

struct mheap_heap *mheap_heap_create(const struct mheap_create *create);
void mheap_heap_get(struct mheap_heap *heap);
bool mheap_heap_try_get(struct mheap_heap *heap);
void mheap_heap_put(struct mheap_heap *heap);
void mheap_heap_destroy(struct mheap_heap *heap);
void mheap_heap_kick(struct mheap_heap *heap);
void mheap_heap_attend(struct mheap_heap *heap);
u64 mheap_heap_collect(struct mheap_heap *heap, enum mheap_cause cause);
int mheap_heap_collect_wait(struct mheap_heap *heap, u64 collection);
bool mheap_heap_make_room(struct mheap_heap *heap, int error);

#endif
