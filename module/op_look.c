// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looking at heaps that one was given no descriptor of, and at who else uses a heap.
 */
#include <linux/cred.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "heap.h"
#include "op.h"
#include "op_list.h"
#include "op_util.h"
#include "registry.h"

static_assert(MHEAP_COMM_MAX == TASK_COMM_LEN);

#define MHEAP_INSPECT_RIGHTS	(MHEAP_RIGHT_INSPECT | MHEAP_RIGHT_COLLECT)

/* Entries that are written between two copies to userspace. */
#define MHEAP_SESSION_SLICE	(MHEAP_BOUNCE_BYTES / (u32)sizeof(struct mheap_session_entry))

static void mheap_op_heap_entry(struct mheap_heap *heap, struct mheap_heap_entry *entry)
{
	struct mheap_core_stat stat;

	mheap_core_stat(&heap->core, &stat);
	*entry = (struct mheap_heap_entry) {
		.heap_id = heap->id,
		.created_ns = heap->created_ns,
		.objects = stat.objects,
		.bytes = stat.bytes,
		.memory = stat.memory,
		.pid = pid_vnr(heap->tgid),
		.uid = from_kuid_munged(current_user_ns(), heap->uid),
		.sessions = READ_ONCE(heap->session_count),
	};
	memcpy(entry->comm, heap->comm, sizeof(entry->comm));
}

int mheap_op_heap_list(struct mheap_call *call)
{
	struct mheap_heap_list *list = &call->arg->heap_list;
	struct mheap_heap_entry entry;
	struct mheap_heap *heap;
	u32 slices;
	int ret;

	ret = mheap_list_check(list->count, list->entry_size, sizeof(entry));
	list->out_count = 0;
	for (slices = 0; !ret && list->cursor != ~0ULL && list->out_count < list->count &&
	     slices < MHEAP_LIST_SLICES; slices++) {
		if (fatal_signal_pending(current))
			return -EINTR;
		heap = mheap_registry_next(&list->cursor);
		if (heap) {
			mheap_op_heap_entry(heap, &entry);
			mheap_heap_put(heap);
			ret = mheap_list_put(list->entries_uptr, list->entry_size,
					     list->out_count++, &entry, sizeof(entry), 1);
		}
		cond_resched();
	}
	return ret;
}

int mheap_op_inspect(struct mheap_call *call)
{
	struct mheap_inspect *inspect = &call->arg->inspect;
	struct mheap_heap *heap;

	if (call->session->heap)
		return -EBUSY;
	heap = mheap_registry_get(inspect->heap_id);
	if (!heap)
		return -ENOENT;
	inspect->out_rights = MHEAP_INSPECT_RIGHTS;
	/* No command makes a handle with these rights. */
	return mheap_op_enter(call, heap, MHEAP_INSPECT_RIGHTS, 1);
}

static void mheap_op_session_entry(struct mheap_session *session,
				   struct mheap_session_entry *entry)
{
	*entry = (struct mheap_session_entry) {
		.session = session->id,
		.pid = pid_vnr(session->tgid),
		.uid = from_kuid_munged(current_user_ns(), session->uid),
		.rights = session->rights,
		.handles = mheap_handles_open(&session->handles),
	};
	memcpy(entry->comm, session->comm, sizeof(entry->comm));
}

/* Lists up to @count sessions from @cursor on. Returns how many. */
static u32 mheap_op_session_list_some(struct mheap_heap *heap, u64 *cursor,
				      struct mheap_session_entry *entries, u32 count)
{
	struct mheap_session *session;
	u64 next = ~0ULL;
	u32 found = 0;

	mutex_lock(&heap->sessions_lock);
	list_for_each_entry(session, &heap->sessions, link) {
		if (session->id < *cursor)
			continue;
		if (found == count) {
			next = session->id;
			break;
		}
		mheap_op_session_entry(session, &entries[found++]);
	}
	mutex_unlock(&heap->sessions_lock);
	*cursor = next;
	return found;
}

int mheap_op_session_list(struct mheap_call *call)
{
	struct mheap_session_list *list = &call->arg->session_list;
	struct mheap_session_entry *entries = call->session->bounce;
	u32 found;
	int ret;

	ret = mheap_list_check(list->count, list->entry_size, sizeof(*entries));
	list->out_count = 0;
	while (!ret && list->cursor != ~0ULL && list->out_count < list->count) {
		if (fatal_signal_pending(current))
			return -EINTR;
		found = mheap_op_session_list_some(call->heap, &list->cursor, entries,
						   min(list->count - list->out_count,
						       MHEAP_SESSION_SLICE));
		ret = mheap_list_put(list->entries_uptr, list->entry_size, list->out_count,
				     entries, sizeof(*entries), found);
		list->out_count += found;
		cond_resched();
	}
	return ret;
}
