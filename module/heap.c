// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/ktime.h>

#include <linux/mheap.h>

#include "core/trace_types.h"
#include "debugfs.h"
#include "heap.h"
#include "helper.h"
#include "options.h"
#include "pressure.h"
#include "registry.h"
#include "session.h"
#include "trace_session.h"
#include "user.h"
#include "window.h"
#include "worker.h"

static atomic64_t mheap_heap_ids;
static atomic_t mheap_heaps_alive;
static DECLARE_WAIT_QUEUE_HEAD(mheap_heaps_gone);

/**
 * mheap_heap_system_init - what all heaps share
 *
 * Context: once, when the module is loaded.
 * Return: 0 or a negative errno.
 */
int mheap_heap_system_init(void)
{
	int ret;

	mheap_options_system_init();
	mheap_class_init();
	ret = mheap_window_system_init();
	if (ret)
		return ret;
	ret = mheap_worker_system_init();
	if (ret)
		goto exit_window;
	ret = mheap_helper_system_init();
	if (ret)
		goto exit_worker;
	ret = mheap_pressure_system_init();
	if (ret)
		goto exit_helper;
	return 0;

exit_helper:
	mheap_helper_system_exit();
exit_worker:
	mheap_worker_system_exit();
exit_window:
	mheap_window_system_exit();
	return ret;
}

/**
 * mheap_heap_system_exit - wait until the last heap is gone
 *
 * Context: may sleep; when the module is unloaded: nobody uses a heap any more,
 *	    but a worker may still be freeing one.
 */
void mheap_heap_system_exit(void)
{
	wait_event(mheap_heaps_gone, !atomic_read(&mheap_heaps_alive));
	mheap_pressure_system_exit();
	mheap_helper_system_exit();
	mheap_worker_system_exit();
	mheap_window_system_exit();
	mheap_user_system_exit();
}

static int mheap_heap_init(struct mheap_heap *heap, const struct mheap_limits *limits)
{
	struct mem_cgroup *active;
	int ret;

	active = mheap_heap_charge(heap);
	ret = mheap_core_init(&heap->core, limits, mheap_options_all_memory());
	mheap_heap_uncharge(active);
	if (!ret)
		ret = mheap_window_init(heap);
	if (ret) {
		mheap_core_destroy(&heap->core);
		return ret;
	}
	refcount_set(&heap->users, 1);
	init_waitqueue_head(&heap->settled);
	mutex_init(&heap->sessions_lock);
	mutex_init(&heap->history_lock);
	mutex_init(&heap->options_lock);
	INIT_LIST_HEAD(&heap->sessions);
	INIT_LIST_HEAD(&heap->closing);
	INIT_LIST_HEAD(&heap->all_sessions);
	xa_init_flags(&heap->shares, XA_FLAGS_ALLOC);
	heap->pid = task_tgid_nr(current);
	heap->tgid = get_pid(task_tgid(current));
	get_task_comm(heap->comm, current);
	heap->created_ns = ktime_get_boottime_ns();
	mheap_guest_init(heap);
	mheap_events_init(heap);
	mheap_worker_init(heap);
	mheap_aging_init(heap);
	return 0;
}

/**
 * mheap_heap_create - make a heap
 * @create: what userspace asks for
 *
 * Context: may sleep.
 * Return: the heap, of which the caller is a user; -EINVAL when a value is out
 *	   of its range; -ENOMEM; -EDQUOT; -EUSERS when the user has too many; -EINTR
 *	   when the caller is being killed.
 */
struct mheap_heap *mheap_heap_create(const struct mheap_create *create)
{
	struct mheap_limits limits = {};
	struct mheap_heap *heap;
	int ret;

	ret = mheap_options_from(create, &limits);
	if (ret)
		return ERR_PTR(ret);
	heap = kvzalloc(sizeof(*heap), GFP_KERNEL_ACCOUNT);
	if (!heap)
		return ERR_PTR(-ENOMEM);
	heap->id = atomic64_inc_return(&mheap_heap_ids);
	heap->uid = current_uid();
	heap->euid = current_euid();
	ret = mheap_user_add_heap(heap->uid);
	if (ret)
		goto free_heap;
	ret = mheap_registry_reserve(heap->id);
	if (ret)
		goto remove_heap;
	heap->memcg = get_mem_cgroup_from_mm(current->mm);
	ret = mheap_heap_init(heap, &limits);
	if (ret)
		goto put_memcg;
	atomic_inc(&mheap_heaps_alive);
	mheap_pressure_add(heap);
	mheap_debugfs_add(heap);
	mheap_aging_begin(heap);
	/* From here on others may be users of it. */
	mheap_registry_add(heap);
	trace_mheap_heap_create(heap);
	return heap;

put_memcg:
	mem_cgroup_put(heap->memcg);
	mheap_registry_release(heap->id);
remove_heap:
	mheap_user_remove_heap(heap->uid);
free_heap:
	kvfree(heap);
	return ERR_PTR(ret);
}

/**
 * mheap_heap_get - one more user
 * @heap: the heap; the caller is a user of it
 *
 * Context: any.
 */
void mheap_heap_get(struct mheap_heap *heap)
{
	refcount_inc(&heap->users);
}

/**
 * mheap_heap_try_get - one more user, unless the heap is going
 * @heap: the heap, whose memory somebody keeps
 *
 * Context: any.
 * Return: whether it is not.
 */
bool mheap_heap_try_get(struct mheap_heap *heap)
{
	return refcount_inc_not_zero(&heap->users);
}

/**
 * mheap_heap_put - one user less
 * @heap: the heap; it may be gone afterwards
 *
 * Context: any. The worker does what is to be done.
 */
void mheap_heap_put(struct mheap_heap *heap)
{
	if (!refcount_dec_and_test(&heap->users))
		return;
	set_bit(MHEAP_HEAP_DYING, &heap->state);
	/* A writer of debugfs may be waiting, and the teardown is to wait for it. */
	wake_up_all(&heap->settled);
	mheap_worker_queue_teardown(heap);
}

/**
 * mheap_heap_destroy - free a heap
 * @heap: the heap, which has no user
 *
 * Debugfs goes first: from then on only the worker knows the heap, and nobody
 * can queue it but itself. Handles need not be closed one by one.
 *
 * Context: by the teardown, which nothing but the last mheap_heap_put() queues,
 *	    as the last thing that it does; waits for readers of debugfs and for
 *	    the worker.
 */
void mheap_heap_destroy(struct mheap_heap *heap)
{
	struct mheap_session *session, *next;

	mheap_registry_remove(heap);
	mheap_debugfs_remove(heap);
	mheap_pressure_remove(heap);
	mheap_aging_exit(heap);
	mheap_worker_exit(heap);
	/* Until then the end of a queue may queue the worker, which does nothing now. */
	mheap_events_exit(heap);
	mheap_worker_exit(heap);
	mheap_helper_flush(heap);
	list_for_each_entry_safe(session, next, &heap->closing, link)
		mheap_session_free(session);
	mheap_guest_exit(heap);
	xa_destroy(&heap->shares);
	mheap_core_destroy(&heap->core);
	/* Chunks that were on their way were taken out of its mappings until here. */
	mheap_window_exit(heap);
	mutex_destroy(&heap->sessions_lock);
	mutex_destroy(&heap->history_lock);
	mutex_destroy(&heap->options_lock);
	mem_cgroup_put(heap->memcg);
	mheap_user_remove_heap(heap->uid);
	trace_mheap_heap_destroy(heap);
	put_pid(heap->tgid);
	kvfree(heap);
	if (atomic_dec_and_test(&mheap_heaps_alive))
		wake_up_all(&mheap_heaps_gone);
}

/**
 * mheap_heap_kick - somebody waits for the worker
 * @heap: the heap
 *
 * Context: any.
 */
void mheap_heap_kick(struct mheap_heap *heap)
{
	set_bit(MHEAP_HEAP_KICKED, &heap->state);
	mheap_worker_queue(heap);
}

/* There is work for the worker, if it does not know. */
static void mheap_heap_nudge(struct mheap_heap *heap)
{
	/* Pairs with the worker's: it sees what we did, or we see that it must run. */
	smp_mb();
	if (!test_bit(MHEAP_HEAP_KICKED, &heap->state) &&
	    !test_and_set_bit(MHEAP_HEAP_KICKED, &heap->state))
		mheap_worker_queue_soon(heap);
}

/**
 * mheap_heap_attend - let the worker know what a section left to it
 * @heap: the heap
 *
 * Context: any, outside of sections.
 */
void mheap_heap_attend(struct mheap_heap *heap)
{
	switch (mheap_core_attention(&heap->core)) {
	case MHEAP_ATTENTION_NONE:
		break;
	case MHEAP_ATTENTION_LATER:
		mheap_worker_queue_later(heap);
		break;
	case MHEAP_ATTENTION_NOW:
		mheap_heap_nudge(heap);
		break;
	}
}

/**
 * mheap_heap_collect - ask for a collection
 * @heap: the heap
 * @cause: why
 *
 * It begins when the sessions that are closed by now have lost their handles,
 * so what only they held is found to be dead.
 *
 * Context: any.
 * Return: the number of the collection.
 */
u64 mheap_heap_collect(struct mheap_heap *heap, enum mheap_cause cause)
{
	u64 collection = mheap_collect_request(&heap->core, cause);

	mheap_heap_kick(heap);
	return collection;
}

/**
 * mheap_heap_collect_wait - wait for the end of a collection
 * @heap: the heap
 * @collection: its number
 *
 * Context: may sleep.
 * Return: 0; -EINTR when the caller is being killed; -ENODEV when the heap is
 *	   going, which cannot happen to a user of it.
 */
int mheap_heap_collect_wait(struct mheap_heap *heap, u64 collection)
{
	atomic64_t *collected = &heap->collected;

	if (wait_event_killable(heap->settled, atomic64_read(collected) >= collection ||
				test_bit(MHEAP_HEAP_DYING, &heap->state)))
		return -EINTR;
	return atomic64_read(collected) >= collection ? 0 : -ENODEV;
}

/* Whether anything is dead, suspect or empty, or on its way to being so. */
static bool mheap_heap_has_room_to_make(struct mheap_heap *heap)
{
	struct mheap_core *core = &heap->core;
	struct mheap_core_stat stat;

	if (mheap_collect_leaving(core) || mheap_collect_running(core) ||
	    READ_ONCE(core->local.running) || mheap_trim_running(core) ||
	    mheap_trim_useful(core))
		return true;
	mheap_core_stat(core, &stat);
	return stat.suspects || stat.pending;
}

/**
 * mheap_heap_make_room - a limit was met: collect what can be collected
 * @heap: the heap
 * @error: what was met
 *
 * First a collection is run, then empty chunks are given back; both are waited
 * for, and neither of the waits is for what others start meanwhile.
 *
 * Context: may sleep.
 * Return: whether it is worth to try again.
 */
bool mheap_heap_make_room(struct mheap_heap *heap, int error)
{
	struct mheap_event event = {
		.kind = MHEAP_EVENT_LIMIT, .cause = -error,
		.value = atomic_long_read(&heap->core.memory.held),
	};
	atomic64_t *trimmed = &heap->core.trim.finished;
	s64 pass;

	mheap_events_tell(heap, &event);
	if (!mheap_heap_has_room_to_make(heap))
		return false;
	if (mheap_heap_collect_wait(heap, mheap_heap_collect(heap, MHEAP_CAUSE_LIMIT)))
		return false;
	pass = mheap_trim_request(&heap->core);
	mheap_heap_kick(heap);
	return !wait_event_killable(heap->settled, atomic64_read(trimmed) >= pass);
}

/**
 * mheap_trace_id - the number under which a heap is traced
 * @core: the heap
 *
 * Context: any.
 * Return: the number, which debugfs and fdinfo show as well.
 */
u64 mheap_trace_id(const struct mheap_core *core)
{
	return container_of(core, struct mheap_heap, core)->id;
}
