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

#include "collect.h"
#include "core.h"
#include "trace_types.h"

#define MHEAP_TRACE_STAGE_ENUM(name, text) TRACE_DEFINE_ENUM(MHEAP_STAGE_##name);
MHEAP_STAGES(MHEAP_TRACE_STAGE_ENUM)
TRACE_DEFINE_ENUM(MHEAP_STAGE_COUNT);

#define MHEAP_TRACE_STAGE(name, text) { MHEAP_STAGE_##name, text },

#define MHEAP_TRACE_LIMIT_ENUM(name, text) TRACE_DEFINE_ENUM(MHEAP_LIMIT_##name);
MHEAP_LIMITS(MHEAP_TRACE_LIMIT_ENUM)
TRACE_DEFINE_ENUM(MHEAP_LIMIT_COUNT);

#define MHEAP_TRACE_LIMIT(name, text) { MHEAP_LIMIT_##name, text },

#define MHEAP_TRACE_CAUSE_ENUM(name, text) TRACE_DEFINE_ENUM(MHEAP_CAUSE_##name);
MHEAP_CAUSES(MHEAP_TRACE_CAUSE_ENUM)
TRACE_DEFINE_ENUM(MHEAP_CAUSE_COUNT);

#define MHEAP_TRACE_CAUSE(name, text) { MHEAP_CAUSE_##name, text },

#define MHEAP_TRACE_FINDING_ENUM(name, text) TRACE_DEFINE_ENUM(MHEAP_FINDING_##name);
MHEAP_FINDINGS(MHEAP_TRACE_FINDING_ENUM)
TRACE_DEFINE_ENUM(MHEAP_FINDING_COUNT);

#define MHEAP_TRACE_FINDING(name, text) { MHEAP_FINDING_##name, text },

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

TRACE_EVENT(mheap_root,
	TP_PROTO(const struct mheap_core *core, u32 root, u32 object, u32 was),
	TP_ARGS(core, root, object, was),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u32, root)
		__field(u32, object)
		__field(u32, was)
	),
	TP_fast_assign(
		__entry->heap = mheap_trace_id(core);
		__entry->root = root;
		__entry->object = object;
		__entry->was = was;
	),
	TP_printk("heap=%llu root=%u object=%u was=%u", __entry->heap, __entry->root,
		  __entry->object, __entry->was)
);

TRACE_EVENT(mheap_weak_clear,
	TP_PROTO(const struct mheap_core *core, u32 weak, u32 object, enum mheap_freed cause),
	TP_ARGS(core, weak, object, cause),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u32, weak)
		__field(u32, object)
		__field(u32, cause)
	),
	TP_fast_assign(
		__entry->heap = mheap_trace_id(core);
		__entry->weak = weak;
		__entry->object = object;
		__entry->cause = cause;
	),
	TP_printk("heap=%llu weak=%u object=%u cause=%s", __entry->heap, __entry->weak,
		  __entry->object, __print_symbolic(__entry->cause,
						    { 1, "count" },
						    { 2, "collect" }))
);

TRACE_EVENT(mheap_limit,
	TP_PROTO(const struct mheap_core *core, enum mheap_limit limit, u64 max),
	TP_ARGS(core, limit, max),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u64, max)
		__field(u32, limit)
	),
	TP_fast_assign(
		__entry->heap = core ? mheap_trace_id(core) : 0;
		__entry->max = max;
		__entry->limit = limit;
	),
	TP_printk("heap=%llu limit=%s max=%llu", __entry->heap,
		  __print_symbolic(__entry->limit, MHEAP_LIMITS(MHEAP_TRACE_LIMIT)
				   { MHEAP_LIMIT_COUNT, "" }),
		  __entry->max)
);

DECLARE_EVENT_CLASS(mheap_chunk,
	TP_PROTO(const struct mheap_memory *memory, u32 chunk, u32 bytes, bool cells),
	TP_ARGS(memory, chunk, bytes, cells),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u64, held)
		__field(u32, chunk)
		__field(u32, bytes)
		__field(u32, cells)
	),
	TP_fast_assign(
		__entry->heap = mheap_trace_id(container_of(memory, struct mheap_core, memory));
		__entry->held = atomic_long_read(&memory->held);
		__entry->chunk = chunk;
		__entry->bytes = bytes;
		__entry->cells = cells;
	),
	TP_printk("heap=%llu chunk=%u bytes=%u cells=%u held=%llu", __entry->heap,
		  __entry->chunk, __entry->bytes, __entry->cells, __entry->held)
);

DEFINE_EVENT(mheap_chunk, mheap_chunk_new,
	TP_PROTO(const struct mheap_memory *memory, u32 chunk, u32 bytes, bool cells),
	TP_ARGS(memory, chunk, bytes, cells));

DEFINE_EVENT(mheap_chunk, mheap_chunk_delete,
	TP_PROTO(const struct mheap_memory *memory, u32 chunk, u32 bytes, bool cells),
	TP_ARGS(memory, chunk, bytes, cells));

TRACE_EVENT(mheap_collect_begin,
	TP_PROTO(const struct mheap_core *core),
	TP_ARGS(core),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u64, collection)
		__field(u64, suspects)
		__field(u64, threshold)
		__field(u32, cause)
	),
	TP_fast_assign(
		__entry->heap = mheap_trace_id(core);
		__entry->collection = core->collector.now.number;
		__entry->suspects = atomic_long_read(&core->suspects) + core->local.kept;
		__entry->threshold = core->collector.threshold;
		__entry->cause = core->collector.now.cause;
	),
	TP_printk("heap=%llu collection=%llu cause=%s suspects=%llu threshold=%llu",
		  __entry->heap, __entry->collection,
		  __print_symbolic(__entry->cause, MHEAP_CAUSES(MHEAP_TRACE_CAUSE)
				   { MHEAP_CAUSE_COUNT, "" }),
		  __entry->suspects, __entry->threshold)
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

TRACE_EVENT(mheap_collect_end,
	TP_PROTO(const struct mheap_core *core),
	TP_ARGS(core),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u64, collection)
		__field(u64, marked)
		__field(u64, freed)
		__field(u64, verify_failures)
		__field(u64, steps)
		__field(u64, duration_ns)
		__field(u64, worked_ns)
		__field(u64, grace_ns)
		__field(u32, cause)
	),
	TP_fast_assign(
		const struct mheap_collection *now = &core->collector.now;

		__entry->heap = mheap_trace_id(core);
		__entry->collection = now->number;
		__entry->marked = now->marked;
		__entry->freed = now->freed;
		__entry->verify_failures = now->failures;
		__entry->steps = core->collector.steps - core->collector.begin_steps;
		__entry->duration_ns = now->end_ns - now->start_ns;
		__entry->worked_ns = core->collector.worked_ns;
		__entry->grace_ns = now->grace_ns;
		__entry->cause = now->cause;
	),
	TP_printk("heap=%llu collection=%llu cause=%s marked=%llu freed=%llu verify_failures=%llu steps=%llu duration_ns=%llu worked_ns=%llu grace_ns=%llu",
		  __entry->heap, __entry->collection,
		  __print_symbolic(__entry->cause, MHEAP_CAUSES(MHEAP_TRACE_CAUSE)
				   { MHEAP_CAUSE_COUNT, "" }),
		  __entry->marked, __entry->freed, __entry->verify_failures, __entry->steps,
		  __entry->duration_ns, __entry->worked_ns, __entry->grace_ns)
);

TRACE_EVENT(mheap_local_look,
	TP_PROTO(const struct mheap_core *core, u32 object, enum mheap_finding result),
	TP_ARGS(core, object, result),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u32, object)
		__field(u32, explored)
		__field(u32, result)
	),
	TP_fast_assign(
		__entry->heap = mheap_trace_id(core);
		__entry->object = object;
		__entry->explored = core->local.count;
		__entry->result = result;
	),
	TP_printk("heap=%llu object=%u explored=%u result=%s", __entry->heap, __entry->object,
		  __entry->explored,
		  __print_symbolic(__entry->result, MHEAP_FINDINGS(MHEAP_TRACE_FINDING)
				   { MHEAP_FINDING_COUNT, "" }))
);

TRACE_EVENT(mheap_local_end,
	TP_PROTO(const struct mheap_core *core),
	TP_ARGS(core),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u64, pass)
		__field(u64, suspects)
		__field(u64, looked)
		__field(u64, freed)
		__field(u64, given_up)
		__field(u32, budget)
	),
	TP_fast_assign(
		const struct mheap_local *local = &core->local;

		__entry->heap = mheap_trace_id(core);
		__entry->pass = local->passes;
		__entry->suspects = local->taken;
		__entry->looked = local->looked;
		__entry->freed = local->freed - local->begin_freed;
		__entry->given_up = local->given_up - local->begin_given_up;
		__entry->budget = local->budget;
	),
	TP_printk("heap=%llu pass=%llu suspects=%llu looked=%llu freed=%llu given_up=%llu budget=%u",
		  __entry->heap, __entry->pass, __entry->suspects, __entry->looked,
		  __entry->freed, __entry->given_up, __entry->budget)
);

TRACE_EVENT(mheap_snapshot_begin,
	TP_PROTO(const struct mheap_core *core, u64 snapshot, u64 serial_ns),
	TP_ARGS(core, snapshot, serial_ns),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u64, snapshot)
		__field(u64, serial_ns)
	),
	TP_fast_assign(
		__entry->heap = mheap_trace_id(core);
		__entry->snapshot = snapshot;
		__entry->serial_ns = serial_ns;
	),
	TP_printk("heap=%llu snapshot=%llu serial_ns=%llu", __entry->heap, __entry->snapshot,
		  __entry->serial_ns)
);

TRACE_EVENT(mheap_snapshot_overflow,
	TP_PROTO(const struct mheap_core *core, u64 snapshot, u32 segments),
	TP_ARGS(core, snapshot, segments),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u64, snapshot)
		__field(u32, segments)
	),
	TP_fast_assign(
		__entry->heap = mheap_trace_id(core);
		__entry->snapshot = snapshot;
		__entry->segments = segments;
	),
	TP_printk("heap=%llu snapshot=%llu segments=%u", __entry->heap, __entry->snapshot,
		  __entry->segments)
);

TRACE_EVENT(mheap_snapshot_end,
	TP_PROTO(const struct mheap_core *core, u64 snapshot, bool broken),
	TP_ARGS(core, snapshot, broken),
	TP_STRUCT__entry(
		__field(u64, heap)
		__field(u64, snapshot)
		__field(u32, broken)
	),
	TP_fast_assign(
		__entry->heap = mheap_trace_id(core);
		__entry->snapshot = snapshot;
		__entry->broken = broken;
	),
	TP_printk("heap=%llu snapshot=%llu broken=%u", __entry->heap, __entry->snapshot,
		  __entry->broken)
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
	TP_printk("heap=%llu object=%u handles=%u slots=%u", __entry->heap,
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

#include "collect.h"

struct mheap_memory;

static inline void trace_mheap_site(const struct mheap_core *core, u32 site, u32 line, u32 parent)
{
}

static inline void trace_mheap_free(const struct mheap_core *core, u32 object,
				    enum mheap_freed cause)
{
}

static inline void trace_mheap_root(const struct mheap_core *core, u32 root, u32 object, u32 was)
{
}

static inline void trace_mheap_weak_clear(const struct mheap_core *core, u32 weak, u32 object,
					  enum mheap_freed cause)
{
}

static inline void trace_mheap_limit(const struct mheap_core *core, enum mheap_limit limit,
				     u64 max)
{
}

static inline void trace_mheap_chunk_new(const struct mheap_memory *memory, u32 chunk, u32 bytes,
					 bool cells)
{
}

static inline void trace_mheap_chunk_delete(const struct mheap_memory *memory, u32 chunk,
					    u32 bytes, bool cells)
{
}

static inline void trace_mheap_collect_begin(const struct mheap_core *core)
{
}

static inline void trace_mheap_collect_phase(const struct mheap_core *core, u64 collection,
					     u32 stage)
{
}

static inline void trace_mheap_collect_end(const struct mheap_core *core)
{
}

static inline void trace_mheap_local_look(const struct mheap_core *core, u32 object,
					  enum mheap_finding result)
{
}

static inline void trace_mheap_local_end(const struct mheap_core *core)
{
}

static inline void trace_mheap_snapshot_begin(const struct mheap_core *core, u64 snapshot,
					      u64 serial_ns)
{
}

static inline void trace_mheap_snapshot_overflow(const struct mheap_core *core, u64 snapshot,
						 u32 segments)
{
}

static inline void trace_mheap_snapshot_end(const struct mheap_core *core, u64 snapshot,
					    bool broken)
{
}

static inline void trace_mheap_verify_failed(const struct mheap_core *core, u32 object,
					     u32 handles, u32 slots)
{
}

#endif
#endif
