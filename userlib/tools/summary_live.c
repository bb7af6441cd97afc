// SPDX-License-Identifier: LGPL-2.1-or-later
#include "live.h"
#include "summary.h"
#include "summary_live.h"
#include "tool.h"

static const char *const phases[] = {
	[MH_PHASE_IDLE] = "idle", [MH_PHASE_START] = "start", [MH_PHASE_MARK] = "mark",
	[MH_PHASE_SWEEP] = "sweep",
};

static const char *const causes[] = {
	[MH_CAUSE_NONE] = "none", [MH_CAUSE_REQUEST] = "request",
	[MH_CAUSE_SUSPECTS] = "suspects", [MH_CAUSE_AGE] = "age", [MH_CAUSE_LIMIT] = "limit",
	[MH_CAUSE_PRESSURE] = "pressure",
};

#define NAME_OF(names, i) \
	((i) < sizeof(names) / sizeof((names)[0]) && (names)[i] ? (names)[i] : "unknown")

/* In the order in which debugfs has them, and by the same names. */
static void add_heap(struct summary *summary, const struct mh_heap_info *info)
{
	summary_add_number(summary, "heap", info->heap);
	summary_add_number(summary, "objects", info->objects);
	summary_add_number(summary, "bytes", info->bytes);
	summary_add_number(summary, "memory", info->memory);
	summary_add_number(summary, "max_bytes", info->max_bytes);
	summary_add_number(summary, "max_objects", info->max_objects);
	summary_add_number(summary, "allocated", info->allocated);
	summary_add_number(summary, "freed_count", info->freed_count);
	summary_add_number(summary, "freed_collect", info->freed_collect);
	summary_add_number(summary, "suspects", info->suspects);
	summary_add_number(summary, "pending", info->pending);
	summary_add_number(summary, "sessions", info->sessions - !!info->sessions);
	summary_add_number(summary, "roots", info->roots);
}

static void add_collector(struct summary *summary, const struct mh_collect_info *info)
{
	summary_add_text(summary, "phase", NAME_OF(phases, info->phase));
	summary_add_number(summary, "collections", info->collections);
	summary_add_text(summary, "last_cause", NAME_OF(causes, info->last_cause));
	summary_add_number(summary, "last_duration_ns", info->last_duration_ns);
	summary_add_number(summary, "last_grace_ns", info->last_grace_ns);
	summary_add_number(summary, "last_marked", info->last_marked);
	summary_add_number(summary, "last_freed", info->last_freed);
	summary_add_number(summary, "total_freed", info->total_freed);
	summary_add_number(summary, "total_ns", info->total_ns);
	summary_add_number(summary, "local_passes", info->local_passes);
	summary_add_number(summary, "local_freed", info->local_freed);
	summary_add_number(summary, "local_given_up", info->local_given_up);
	summary_add_number(summary, "verify_failures", info->verify_failures);
}

static void add_creator(struct summary *summary, const struct mh_heap_entry *entry)
{
	summary_add_number(summary, "creator_pid", entry->pid);
	summary_add_text(summary, "creator_comm", entry->comm);
	summary_add_number(summary, "creator_uid", entry->uid);
	summary_add_number(summary, "created_ns", entry->created_ns);
}

static int read_session(struct summary *summary, struct mh_session *session)
{
	unsigned long long heap = mh_session_heap(session);
	struct mh_collect_info collector;
	struct mh_heap_entry entry;
	struct mh_heap_info info;
	int error;

	error = mh_heap_stat(session, &info);
	if (!error)
		error = mh_collect_stat(session, &collector);
	if (error)
		return live_explain(error, "cannot read heap %llu", heap);
	if (!live_find(heap, &entry))
		return complain(EXIT_FAILED, "heap %llu is not listed; please report this", heap);
	add_heap(summary, &info);
	add_collector(summary, &collector);
	add_creator(summary, &entry);
	return EXIT_OK;
}

int summary_live(struct summary *summary, unsigned long long heap)
{
	struct mh_session *session;
	int code;

	code = live_open(heap, &session);
	if (code)
		return code;
	code = read_session(summary, session);
	mh_session_close(session);
	return code;
}
