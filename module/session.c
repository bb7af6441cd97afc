// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/slab.h>

#include "core/core.h"
#include "core/release.h"
#include "core/slot.h"
#include "core/trace.h"
#include "heap.h"
#include "reader.h"
#include "session.h"
#include "trace_session.h"
#include "window.h"

static atomic64_t mheap_session_ids;

/**
 * mheap_session_new - a session without a heap
 * @file: the file that it is going to be
 * @attached: what the file can do when it has a heap
 *
 * Context: may sleep.
 * Return: the session, or NULL.
 */
struct mheap_session *mheap_session_new(struct file *file,
					const struct file_operations *attached)
{
	struct mheap_session *session = kvzalloc(sizeof(*session), GFP_KERNEL_ACCOUNT);

	if (!session)
		return NULL;
	session->bounce = kmalloc(MHEAP_BOUNCE_BYTES, GFP_KERNEL_ACCOUNT);
	if (!session->bounce) {
		kvfree(session);
		return NULL;
	}
	session->file = file;
	session->attached = attached;
	mutex_init(&session->lock);
	INIT_LIST_HEAD(&session->link);
	INIT_LIST_HEAD(&session->all);
	session->id = atomic64_inc_return(&mheap_session_ids);
	mheap_handles_init(&session->handles, session->id);
	session->pid = task_tgid_nr(current);
	session->tgid = get_pid(task_tgid(current));
	session->uid = current_uid();
	get_task_comm(session->comm, current);
	return session;
}

/* Puts a session where its number belongs; most often that is the end. */
static void mheap_session_enlist(struct mheap_session *session, struct mheap_heap *heap)
{
	struct mheap_session *before;

	lockdep_assert_held(&heap->sessions_lock);
	list_for_each_entry_reverse(before, &heap->sessions, link)
		if (before->id < session->id)
			break;
	list_add(&session->link, &before->link);
}

/**
 * mheap_session_attach - give a session its heap
 * @session: a session that has none
 * @heap: the heap; the caller's use of it becomes the session's
 * @rights: &enum mheap_right
 * @max_handles: 1 to MHEAP_HANDLES_MAX
 *
 * Context: under the session's lock; takes the heap's sessions_lock.
 */
void mheap_session_attach(struct mheap_session *session, struct mheap_heap *heap, u32 rights,
			  u32 max_handles)
{
	lockdep_assert_held(&session->lock);
	session->rights = rights;
	session->handles.max = max_handles;
	mheap_mutator_init(&session->mutator, &heap->core);
	mheap_window_attach(heap, session->file);
	mutex_lock(&heap->sessions_lock);
	mheap_session_enlist(session, heap);
	list_add_tail(&session->all, &heap->all_sessions);
	session->place = ++heap->session_places;
	heap->session_count++;
	mutex_unlock(&heap->sessions_lock);
	/* Pairs with mheap_session_heap(). */
	smp_store_release(&session->heap, heap);
	/*
	 * It can be mapped from now on, and not before: while mmap() goes on it looks
	 * at what the file is mapped by more than once.
	 */
	smp_store_release(&session->file->f_op, session->attached);
	trace_mheap_session_open(session);
}

/**
 * mheap_session_close - the file is gone
 * @session: the session, which nobody else uses any more
 *
 * The handles are closed by the heap's worker.
 *
 * Context: may sleep; takes the heap's sessions_lock.
 */
void mheap_session_close(struct mheap_session *session)
{
	struct mheap_heap *heap = session->heap;

	if (!heap) {
		mheap_session_free(session);
		return;
	}
	mheap_reader_end(session);
	trace_mheap_session_close(session);
	mutex_lock(&heap->sessions_lock);
	list_move_tail(&session->link, &heap->closing);
	heap->session_count--;
	mheap_collect_leave(&heap->core);
	mutex_unlock(&heap->sessions_lock);
	mheap_heap_kick(heap);
	mheap_heap_put(heap);
}

/**
 * mheap_session_drain - close some handles of a session that is gone
 * @session: the session
 *
 * Context: by the worker.
 * Return: whether all of them are closed.
 */
bool mheap_session_drain(struct mheap_session *session)
{
	struct mheap_mutator *mutator = &session->mutator;
	u32 object;

	mheap_section_enter(mutator);
	while ((object = mheap_handle_take_next(&session->handles, &session->walk, mutator))) {
		trace_mheap_close(mutator->core, object, 0);
		mheap_handle_drop(mutator, object);
	}
	mheap_release_run(mutator);
	mheap_section_exit(mutator);
	return !mheap_handles_open(&session->handles);
}

/**
 * mheap_session_free - free a session
 * @session: the session; its handles have been closed, or its heap is going
 *
 * Context: may sleep.
 */
void mheap_session_free(struct mheap_session *session)
{
	mheap_handles_destroy(&session->handles);
	mutex_destroy(&session->lock);
	kfree(session->bounce);
	put_pid(session->tgid);
	kvfree(session);
}
