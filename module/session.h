/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session: one open file, which has at most one heap, once and for all.
 */
#ifndef _MHEAP_SESSION_H
#define _MHEAP_SESSION_H

#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/uidgid.h>

#include <linux/mheap.h>

#include "core/mutator.h"
#include "handle.h"

struct mheap_heap;
struct pid;
struct mheap_reader;

/* Records of a batch that are carried out in one section. */
#define MHEAP_BATCH_SLICE	32

/* Writes up to this size go through @bounce, so that a fault changes nothing. */
#define MHEAP_BOUNCE_BYTES	4096U

/**
 * struct mheap_session - see above
 * @lock: serialises the operations of the session. Outermost of all locks;
 *	  held while user memory is copied, so nothing but operations of this
 *	  session may take it
 * @id: number of the session
 * @file: the file that it is
 * @attached: what the file can do when it has a heap
 * @heap: the heap, or NULL; set once, under @lock, with release semantics
 * @rights: &enum mheap_right; set before @heap
 * @handles: the handles (protected by @lock)
 * @mutator: works on the heap (used under @lock, then by the worker)
 * @records: a slice of a batch (protected by @lock)
 * @bounce: room for a write, or for what is listed (protected by @lock)
 * @reader: reads the picture that the session has (protected by @lock)
 * @link: on the heap's list (protected by the heap's sessions_lock)
 * @all: on the list of all sessions, until it is freed (likewise)
 * @place: its place there: those that follow have greater ones
 * @walk: how far the worker got with closing the handles
 * @pid: process that opened it
 * @tgid: the same
 * @uid: its user
 * @comm: its name
 */
struct mheap_session {
	struct mutex lock;	/* serialises the session's operations */
	u64 id;
	struct file *file;
	const struct file_operations *attached;
	struct mheap_heap *heap;
	u32 rights;
	struct mheap_handles handles;
	struct mheap_mutator mutator;
	struct mheap_record records[MHEAP_BATCH_SLICE];
	void *bounce;
	struct mheap_reader *reader;
	struct list_head link;
	struct list_head all;
	u64 place;
	struct mheap_handle_walk walk;
	pid_t pid;
	struct pid *tgid;
	kuid_t uid;
	char comm[TASK_COMM_LEN];
};

struct mheap_session *mheap_session_new(struct file *file,
					const struct file_operations *attached);
void mheap_session_close(struct mheap_session *session);
void mheap_session_free(struct mheap_session *session);
void mheap_session_attach(struct mheap_session *session, struct mheap_heap *heap, u32 rights,
			  u32 max_handles);
bool mheap_session_drain(struct mheap_session *session);

static inline struct mheap_heap *mheap_session_heap(struct mheap_session *session)
{
	/* Pairs with mheap_session_attach(). */
	return smp_load_acquire(&session->heap);
}

#endif
