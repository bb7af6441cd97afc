/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can be traced of those who use heaps: processes, sessions, handles, queues. What
 * happens in a heap as such is in core/trace.h. No addresses here either.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM mheap

#if !defined(_MHEAP_TRACE_SESSION_H) || defined(TRACE_HEADER_MULTI_READ)
#define _MHEAP_TRACE_SESSION_H

#include <linux/cred.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/uidgid.h>

#include <linux/mheap.h>

#include "dispatch.h"
#include "heap.h"
#include "queue.h"
#include "session.h"

TRACE_EVENT(mheap_heap_create,
	TP_PROTO(const struct mheap_heap *heap),
	TP_ARGS(heap),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u64, max_bytes)
		__field(u64, max_objects)
		__field(pid_t, pid)
		__field(u32, uid)
		__field(u32, reserved)
	),
	TP_fast_assign(
		__entry->heap = heap->id;
		__entry->max_bytes = heap->core.memory.max;
		__entry->max_objects = heap->core.max_objects;
		__entry->pid = heap->pid;
		__entry->uid = from_kuid_munged(&init_user_ns, heap->uid);
		__entry->reserved = heap->core.limits.reserved;
	),
	TP_printk("heap=%llu max_bytes=%llu max_objects=%llu pid=%d uid=%u reserved=%u",
		  __entry->heap, __entry->max_bytes, __entry->max_objects, __entry->pid,
		  __entry->uid, __entry->reserved)
);

TRACE_EVENT(mheap_heap_destroy,
	TP_PROTO(const struct mheap_heap *heap),
	TP_ARGS(heap),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u64, lived_ns)
		__field(pid_t, pid)
	),
	TP_fast_assign(
		__entry->heap = heap->id;
		__entry->lived_ns = ktime_get_boottime_ns() - heap->created_ns;
		__entry->pid = heap->pid;
	),
	TP_printk("heap=%llu lived_ns=%llu pid=%d",
		  __entry->heap, __entry->lived_ns, __entry->pid)
);

TRACE_EVENT(mheap_session_open,
	TP_PROTO(const struct mheap_session *session),
	TP_ARGS(session),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u64, session)
		__field(pid_t, pid)
		__field(u32, rights)
		__field(u32, max_handles)
	),
	TP_fast_assign(
		__entry->heap = session->heap->id;
		__entry->session = session->id;
		__entry->pid = task_tgid_nr(current);
		__entry->rights = session->rights;
		__entry->max_handles = session->handles.max;
	),
	TP_printk("heap=%llu session=%llu pid=%d rights=0x%x max_handles=%u",
		  __entry->heap, __entry->session, __entry->pid, __entry->rights,
		  __entry->max_handles)
);

DECLARE_EVENT_CLASS(mheap_session_going,
	TP_PROTO(struct mheap_session *session),
	TP_ARGS(session),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u64, session)
		__field(pid_t, pid)
		__field(u32, handles)
	),
	TP_fast_assign(
		__entry->heap = session->heap->id;
		__entry->session = session->id;
		__entry->pid = session->pid;
		__entry->handles = mheap_handles_open(&session->handles);
	),
	TP_printk("heap=%llu session=%llu pid=%d handles=%u",
		  __entry->heap, __entry->session, __entry->pid, __entry->handles)
);

DEFINE_EVENT(mheap_session_going, mheap_session_close,
	TP_PROTO(struct mheap_session *session),
	TP_ARGS(session));

DEFINE_EVENT(mheap_session_going, mheap_session_gone,
	TP_PROTO(struct mheap_session *session),
	TP_ARGS(session));

TRACE_EVENT(mheap_open,
	TP_PROTO(const struct mheap_call *call, u32 object, u64 handle),
	TP_ARGS(call, object, handle),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u64, session)
		__field(u64, handle)
		__field(u32, object)
		__field(u32, rights)
		__field(u32, weak)
		__array(char, command, 24)
	),
	TP_fast_assign(
		__entry->heap = call->heap->id;
		__entry->session = call->session->id;
		__entry->handle = handle;
		__entry->object = object;
		__entry->rights = call->traits & MHEAP_RIGHTS_HANDLE;
		__entry->weak = !!(call->traits & MHEAP_HANDLE_WEAK);
		strscpy(__entry->command, call->op->name, sizeof(__entry->command));
	),
	TP_printk("heap=%llu session=%llu handle=0x%llx object=%u rights=0x%x weak=%u command=%s",
		  __entry->heap, __entry->session, __entry->handle, __entry->object,
		  __entry->rights, __entry->weak, __entry->command)
);

DECLARE_EVENT_CLASS(mheap_share,
	TP_PROTO(const struct mheap_heap *heap, u32 object, u32 rights),
	TP_ARGS(heap, object, rights),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u32, object)
		__field(u32, rights)
		__field(pid_t, pid)
	),
	TP_fast_assign(
		__entry->heap = heap->id;
		__entry->object = object;
		__entry->rights = rights;
		__entry->pid = task_tgid_nr(current);
	),
	TP_printk("heap=%llu object=%u rights=0x%x pid=%d",
		  __entry->heap, __entry->object, __entry->rights, __entry->pid)
);

DEFINE_EVENT(mheap_share, mheap_export,
	TP_PROTO(const struct mheap_heap *heap, u32 object, u32 rights),
	TP_ARGS(heap, object, rights));

DEFINE_EVENT(mheap_share, mheap_unexport,
	TP_PROTO(const struct mheap_heap *heap, u32 object, u32 rights),
	TP_ARGS(heap, object, rights));

TRACE_EVENT(mheap_map,
	TP_PROTO(const struct mheap_session *session, const struct vm_area_struct *vma),
	TP_ARGS(session, vma),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u64, session)
		__field(u64, offset)
		__field(u64, bytes)
		__field(pid_t, pid)
		__field(u32, write)
	),
	TP_fast_assign(
		__entry->heap = session->heap->id;
		__entry->session = session->id;
		__entry->offset = (u64)vma->vm_pgoff << PAGE_SHIFT;
		__entry->bytes = vma->vm_end - vma->vm_start;
		__entry->pid = task_tgid_nr(current);
		__entry->write = !!(vma->vm_flags & VM_WRITE);
	),
	TP_printk("heap=%llu session=%llu offset=%llu bytes=%llu pid=%d write=%u",
		  __entry->heap, __entry->session, __entry->offset, __entry->bytes, __entry->pid,
		  __entry->write)
);

TRACE_EVENT(mheap_set,
	TP_PROTO(const struct mheap_call *call),
	TP_ARGS(call),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u64, session)
		__field(u64, max_bytes)
		__field(u64, max_objects)
		__field(u32, flags)
		__field(u32, suspect_percent)
		__field(u32, suspect_min)
		__field(u32, suspect_age_ms)
		__field(u32, local_objects)
		__field(u32, cpu_percent)
		__field(pid_t, pid)
	),
	TP_fast_assign(
		const struct mheap_set *set = &call->arg->set;

		__entry->heap = call->heap->id;
		__entry->session = call->session->id;
		__entry->max_bytes = set->max_bytes;
		__entry->max_objects = set->max_objects;
		__entry->flags = set->flags;
		__entry->suspect_percent = set->suspect_percent;
		__entry->suspect_min = set->suspect_min;
		__entry->suspect_age_ms = set->suspect_age_ms;
		__entry->local_objects = set->local_objects;
		__entry->cpu_percent = set->cpu_percent;
		__entry->pid = task_tgid_nr(current);
	),
	TP_printk("heap=%llu session=%llu max_bytes=%llu max_objects=%llu flags=0x%x suspect_percent=%u suspect_min=%u suspect_age_ms=%u local_objects=%u cpu_percent=%u pid=%d",
		  __entry->heap, __entry->session, __entry->max_bytes, __entry->max_objects,
		  __entry->flags, __entry->suspect_percent, __entry->suspect_min,
		  __entry->suspect_age_ms, __entry->local_objects, __entry->cpu_percent,
		  __entry->pid)
);

DECLARE_EVENT_CLASS(mheap_queue,
	TP_PROTO(const struct mheap_queue *queue, const struct mheap_event *event),
	TP_ARGS(queue, event),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u64, value)
		__field(u64, cookie)
		__field(u32, queue)
		__field(u32, kind)
		__field(u32, cause)
		__field(u64, lost)
	),
	TP_fast_assign(
		__entry->heap = queue->heap->id;
		__entry->value = event->value;
		__entry->cookie = event->cookie;
		__entry->queue = queue->index;
		__entry->kind = event->kind;
		__entry->cause = event->cause;
		__entry->lost = queue->lost;
	),
	TP_printk("heap=%llu value=%llu cookie=%llu queue=%u kind=%s cause=%u lost=%llu",
		  __entry->heap, __entry->value, __entry->cookie, __entry->queue,
		  __print_symbolic(__entry->kind,
				   { 1, "gone" },
				   { 2, "limit" },
				   { 3, "collection" }),
		  __entry->cause, __entry->lost)
);

DEFINE_EVENT(mheap_queue, mheap_event,
	TP_PROTO(const struct mheap_queue *queue, const struct mheap_event *event),
	TP_ARGS(queue, event));

DEFINE_EVENT(mheap_queue, mheap_event_lost,
	TP_PROTO(const struct mheap_queue *queue, const struct mheap_event *event),
	TP_ARGS(queue, event));

TRACE_EVENT(mheap_pressure,
	TP_PROTO(struct mheap_heap *heap, unsigned long pages),
	TP_ARGS(heap, pages),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u64, suspects)
		__field(u64, pages)
	),
	TP_fast_assign(
		__entry->heap = heap->id;
		__entry->suspects = mheap_core_suspects(&heap->core);
		__entry->pages = pages;
	),
	TP_printk("heap=%llu suspects=%llu pages=%llu",
		  __entry->heap, __entry->suspects, __entry->pages)
);

TRACE_EVENT(mheap_command,
	TP_PROTO(const struct mheap_call *call, int ret, bool batched),
	TP_ARGS(call, ret, batched),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u64, session)
		__field(u32, batched)
		__field(s32, ret)
		__field(pid_t, pid)
		__array(char, command, 24)
	),
	TP_fast_assign(
		const struct mheap_heap *heap = READ_ONCE(call->session->heap);

		__entry->heap = heap ? heap->id : 0;
		__entry->session = call->session->id;
		__entry->batched = batched;
		__entry->ret = ret;
		__entry->pid = task_tgid_nr(current);
		strscpy(__entry->command, call->op->name, sizeof(__entry->command));
	),
	TP_printk("heap=%llu session=%llu batched=%u ret=%d pid=%d command=%s",
		  __entry->heap, __entry->session, __entry->batched, __entry->ret, __entry->pid,
		  __entry->command)
);

TRACE_EVENT(mheap_refused,
	TP_PROTO(struct mheap_session *session, const struct mheap_op *op, u32 number,
		 int ret, bool batched),
	TP_ARGS(session, op, number, ret, batched),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u64, session)
		__field(u32, number)
		__field(u32, batched)
		__field(s32, ret)
		__field(pid_t, pid)
		__array(char, command, 24)
	),
	TP_fast_assign(
		const struct mheap_heap *heap = mheap_session_heap(session);

		__entry->heap = heap ? heap->id : 0;
		__entry->session = session->id;
		__entry->number = number;
		__entry->batched = batched;
		__entry->ret = ret;
		__entry->pid = task_tgid_nr(current);
		strscpy(__entry->command, op ? op->name : "-", sizeof(__entry->command));
	),
	TP_printk("heap=%llu session=%llu number=0x%x batched=%u ret=%d pid=%d command=%s",
		  __entry->heap, __entry->session, __entry->number, __entry->batched,
		  __entry->ret, __entry->pid, __entry->command)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace_session
#include <trace/define_trace.h>
