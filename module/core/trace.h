/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can be traced of a heap. Scalar arguments only, and no addresses.
 */
#if defined(__KERNEL__) && !defined(MHEAP_NO_TRACE)

#undef TRACE_SYSTEM
#define TRACE_SYSTEM mheap

#if !defined(_MHEAP_CORE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _MHEAP_CORE_TRACE_H

#include <linux/tracepoint.h>

#include "stage.h"
#include "trace_types.h"

#define MHEAP_TRACE_STAGE_ENUM(name, text) TRACE_DEFINE_ENUM(MHEAP_STAGE_##name);
MHEAP_STAGES(MHEAP_TRACE_STAGE_ENUM)
TRACE_DEFINE_ENUM(MHEAP_STAGE_COUNT);

#define MHEAP_TRACE_STAGE(name, text) { MHEAP_STAGE_##name, text },

TRACE_EVENT(mheap_alloc,
	TP_PROTO(const struct mheap_core *core, u32 object, u32 slots, u32 payload_bytes,
		 u32 type, u32 site),
	TP_ARGS(core, object, slots, payload_bytes, type, site),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u32, object)
		__field(u32, slots)
		__field(u32, payload_bytes)
		__field(u32, type)
		__field(u32, site)
	),
	TP_fast_assign(
		__entry->heap = mheap_trace_id(core);
		__entry->object = object;
		__entry->slots = slots;
		__entry->payload_bytes = payload_bytes;
		__entry->type = type;
		__entry->site = site;
	),
	TP_printk("heap=%llu object=%u slots=%u payload_bytes=%u type=%u site=%u",
		  __entry->heap, __entry->object, __entry->slots, __entry->payload_bytes,
		  __entry->type, __entry->site)
);

TRACE_EVENT(mheap_site,
	TP_PROTO(const struct mheap_core *core, u32 site, u32 line, u32 parent),
	TP_ARGS(core, site, line, parent),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u32, site)
		__field(u32, line)
		__field(u32, parent)
	),
	TP_fast_assign(
		__entry->heap = mheap_trace_id(core);
		__entry->site = site;
		__entry->line = line;
		__entry->parent = parent;
	),
	TP_printk("heap=%llu site=%u line=%u parent=%u", __entry->heap, __entry->site,
		  __entry->line, __entry->parent)
);

TRACE_EVENT(mheap_free,
	TP_PROTO(const struct mheap_core *core, u32 object, enum mheap_freed cause),
	TP_ARGS(core, object, cause),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u32, object)
		__field(u32, cause)
	),
	TP_fast_assign(
		__entry->heap = mheap_trace_id(core);
		__entry->object = object;
		__entry->cause = cause;
	),
	TP_printk("heap=%llu object=%u cause=%s", __entry->heap, __entry->object,
		  __print_symbolic(__entry->cause,
				   { 1, "count" },
				   { 2, "collect" }))
);

TRACE_EVENT(mheap_store,
	TP_PROTO(const struct mheap_core *core, u32 object, u32 index, u32 value),
	TP_ARGS(core, object, index, value),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u32, object)
		__field(u32, index)
		__field(u32, value)
	),
	TP_fast_assign(
		__entry->heap = mheap_trace_id(core);
		__entry->object = object;
		__entry->index = index;
		__entry->value = value;
	),
	TP_printk("heap=%llu object=%u index=%u value=%u", __entry->heap, __entry->object,
		  __entry->index, __entry->value)
);

TRACE_EVENT(mheap_close,
	TP_PROTO(const struct mheap_core *core, u32 object, u64 handle),
	TP_ARGS(core, object, handle),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u32, object)
		__field(u64, handle)
	),
	TP_fast_assign(
		__entry->heap = mheap_trace_id(core);
		__entry->object = object;
		__entry->handle = handle;
	),
	TP_printk("heap=%llu object=%u handle=0x%llx", __entry->heap, __entry->object,
		  __entry->handle)
);

TRACE_EVENT(mheap_collect_phase,
	TP_PROTO(const struct mheap_core *core, u64 collection, u32 stage),
	TP_ARGS(core, collection, stage),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u64, collection)
		__field(u32, stage)
	),
	TP_fast_assign(
		__entry->heap = mheap_trace_id(core);
		__entry->collection = collection;
		__entry->stage = stage;
	),
	TP_printk("heap=%llu collection=%llu stage=%s", __entry->heap, __entry->collection,
		  __print_symbolic(__entry->stage, MHEAP_STAGES(MHEAP_TRACE_STAGE)
				   { MHEAP_STAGE_COUNT, "" }))
);

TRACE_EVENT(mheap_verify_failed,
	TP_PROTO(const struct mheap_core *core, u32 object, u32 handles, u32 slots),
	TP_ARGS(core, object, handles, slots),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u32, object)
		__field(u32, handles)
		__field(u32, slots)
	),
	TP_fast_assign(
		__entry->heap = mheap_trace_id(core);
		__entry->object = object;
		__entry->handles = handles;
		__entry->slots = slots;
	),
	TP_printk("heap=%llu object=%u handles=%u unexplained_slots=%u", __entry->heap,
		  __entry->object, __entry->handles, __entry->slots)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>

#else /* in userspace, or in tests */

#ifndef _MHEAP_CORE_TRACE_H
#define _MHEAP_CORE_TRACE_H

#include "trace_types.h"

#define trace_mheap_free(core, object, cause)			((void)(core))
#define trace_mheap_site(core, site, line, parent)		((void)(core))
#define trace_mheap_collect_phase(core, collection, stage)	((void)(core))
#define trace_mheap_verify_failed(core, object, handles, slots)	((void)(core), (void)(handles))

#endif
#endif
