// SPDX-License-Identifier: LGPL-2.1-or-later
/* A heap that is alive as a graph. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "graph_maker.h"
#include "live.h"
#include "live_dump.h"
#include "memory.h"
#include "progress.h"
#include "tool.h"

#define ENTRIES 256

static int read_sites(struct mh_session *session, struct graph_maker *maker)
{
	struct mh_site_entry *entries = must_have(calloc(ENTRIES, sizeof(*entries)));
	uint64_t cursor = 0;
	int error = 0;

	while (!error && cursor != MH_END) {
		uint32_t count = 0;

		error = mh_site_list(session, &cursor, entries, ENTRIES, &count);
		for (uint32_t i = 0; i < count && !error; i++) {
			struct mh_site_entry *entry = &entries[i];
			struct graph_site site = {
				.id = entry->site,
				.parent = entry->parent,
				.line = entry->line,
				.file = entry->file,
				.function = entry->function,
				.live_objects = entry->objects,
				.live_bytes = entry->bytes,
				.peak_objects = entry->peak_objects,
				.peak_bytes = entry->peak_bytes,
				.total_objects = entry->total_objects,
				.total_bytes = entry->total_bytes,
				.young = entry->young,
			};

			graph_maker_site(maker, &site);
		}
	}
	free(entries);
	return error;
}

static int read_types(struct mh_session *session, struct graph_maker *maker)
{
	char text[MH_TYPE_TEXT_MAX];
	uint64_t cursor = 0;
	int error = 0;

	while (!error && cursor != MH_END) {
		uint32_t bytes = 0;
		uint32_t type;

		error = mh_type_get(session, &cursor, &type, text, sizeof(text), &bytes);
		if (!error && bytes)
			graph_maker_type(maker, type, text,
					 bytes < sizeof(text) ? bytes : sizeof(text));
	}
	return error;
}

static int read_sessions(struct mh_session *session, struct graph_maker *maker)
{
	struct mh_session_entry *entries = must_have(calloc(ENTRIES, sizeof(*entries)));
	uint64_t cursor = 0;
	int error = 0;

	while (!error && cursor != MH_END) {
		uint32_t count = 0;

		error = mh_session_list(session, &cursor, entries, ENTRIES, &count);
		for (uint32_t i = 0; i < count && !error; i++) {
			struct graph_session one = {
				.id = (uint32_t)entries[i].session,
				.pid = entries[i].pid,
				.uid = entries[i].uid,
				.rights = entries[i].rights,
				.handles = entries[i].handles,
				.comm = entries[i].comm,
			};

			/* That of the tool itself would only puzzle. */
			if (one.pid != (uint32_t)getpid())
				graph_maker_session(maker, &one);
		}
	}
	free(entries);
	return error;
}

static int read_objects(struct mh_session *session, struct graph_maker *maker,
			struct progress *progress)
{
	struct mh_object_row *rows = must_have(calloc(MH_LIST_MAX, sizeof(*rows)));
	uint64_t cursor = 0;
	int error = 0;

	while (!error && cursor != MH_END) {
		uint32_t count = 0;

		error = mh_object_list(session, &cursor, rows, MH_LIST_MAX, &count);
		for (uint32_t i = 0; i < count && !error; i++) {
			struct graph_object object = {
				.number = (uint32_t)rows[i].object,
				.type = rows[i].type,
				.site = rows[i].site,
				.age_ms = rows[i].age_ms,
				.payload_bytes = rows[i].payload_bytes,
				.bytes = rows[i].bytes,
				.handle_refs = rows[i].handle_refs,
				.slot_refs = rows[i].slot_refs,
			};

			graph_maker_object(maker, &object);
			progress_step(progress);
		}
	}
	free(rows);
	return error;
}

static int read_all(struct mh_session *session, enum source_depth depth,
		    const struct source_options *options, struct graph_maker *maker,
		    struct progress *progress)
{
	int error;

	/* Sites and types first: what is allocated from now on may have new ones. */
	error = read_sites(session, maker);
	if (!error)
		error = read_types(session, maker);
	if (!error)
		error = read_sessions(session, maker);
	if (!error && depth == SOURCE_OBJECTS)
		error = read_objects(session, maker, progress);
	if (!error && depth == SOURCE_GRAPH)
		error = live_dump(session, !options->live, maker, progress);
	return error;
}

int live_read(struct mh_session *session, enum source_depth depth,
	      const struct source_options *options, struct graph *ret_graph)
{
	struct graph_maker maker = { .lost = 0 };
	unsigned long long heap = mh_session_heap(session);
	struct mh_heap_info info;
	struct progress progress;
	struct timespec now;
	const char *wrong;
	int error;

	error = mh_heap_stat(session, &info);
	if (error)
		return live_explain(error, "cannot read heap %llu", heap);
	clock_gettime(CLOCK_REALTIME, &now);
	maker.graph.heap = heap;
	maker.graph.taken_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	/* Some come while it is read; and a heap that says too much takes no memory by it. */
	if (depth != SOURCE_NAMES)
		graph_maker_expect(&maker, info.objects + info.objects / 64);
	progress_begin(&progress, info.objects, "read", depth == SOURCE_NAMES);
	error = read_all(session, depth, options, &maker, &progress);
	progress_end(&progress);
	if (error)
		graph_maker_free(&maker);
	if (error == -EBUSY)
		return complain(EXIT_FAILED, "somebody else takes a snapshot of heap %llu: wait "
				"for it, or use --live", heap);
	if (error)
		return live_explain(error, "cannot read heap %llu", heap);
	wrong = graph_maker_end(&maker, true, ret_graph);
	if (wrong)
		return complain(EXIT_FAILED, "heap %llu: %s; please report this", heap, wrong);
	if (maker.lost && ret_graph->consistent)
		complain(EXIT_OK, "heap %llu: %zu references of the snapshot lead to nothing; "
			 "please report this", heap, maker.lost);
	return EXIT_OK;
}
