// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>

#include "debugfs.h"
#include "live.h"
#include "memory.h"
#include "object_list.h"
#include "progress.h"
#include "tool.h"

#define OBJECTS_HEADER	"# object type slots payload_bytes handle_refs slot_refs site"

/* Lists from the files of debugfs know no names; the last columns may be missing. */
static int take_text(struct object_list *list, const struct heap_file *file,
		     unsigned long long heap, bool *done)
{
	struct object_line line = { .columns = { [HEAP] = heap } };
	char *text = file->line;

	for (int i = OBJECT; i <= SITE; i++)
		if (!take_number(&text, &line.columns[i]))
			return heap_file_malformed(file, OBJECTS_HEADER);
	if (!take_number(&text, &line.columns[AGE_MS]))
		line.columns[AGE_MS] = AGE_OLD;
	if (!take_number(&text, &line.columns[BYTES]))
		line.columns[BYTES] = 0;
	return list->take(list, &line, done);
}

static int list_debugfs(struct object_list *list, unsigned long long heap)
{
	struct heap_file file;
	bool end = false, done = false;
	int code;

	code = heap_file_open(&file, heap, "objects");
	if (code)
		return code;
	code = heap_file_header(&file, OBJECTS_HEADER);
	while (!code && !end && !done) {
		code = heap_file_next(&file, &end);
		if (!code && !end)
			code = take_text(list, &file, heap, &done);
	}
	heap_file_close(&file);
	return code;
}

static int take_named(struct object_list *list, struct object_line *line, bool *done)
{
	line->is_named = true;
	line->type_name = object_names_type(&list->names, (uint32_t)line->columns[TYPE]);
	line->site_name = object_names_site(&list->names, (uint32_t)line->columns[SITE]);
	return list->take(list, line, done);
}

static int take_row(struct object_list *list, unsigned long long heap,
		    const struct mh_object_row *row, bool *done)
{
	struct object_line line = {
		.columns = {
			[HEAP] = heap,
			[OBJECT] = row->object,
			[TYPE] = row->type,
			[SLOTS] = row->slots,
			[PAYLOAD_BYTES] = row->payload_bytes,
			[HANDLE_REFS] = row->handle_refs,
			[SLOT_REFS] = row->slot_refs,
			[SITE] = row->site,
			[AGE_MS] = row->age_ms,
			[BYTES] = row->bytes,
		},
	};

	return take_named(list, &line, done);
}

static int list_session(struct object_list *list, struct mh_session *session, bool quiet)
{
	struct mh_object_row *rows = must_have(calloc(MH_LIST_MAX, sizeof(*rows)));
	unsigned long long heap = mh_session_heap(session);
	struct mh_heap_info info = { .objects = 0 };
	struct progress progress;
	bool done = false;
	uint64_t cursor = 0;
	int code = EXIT_OK;

	mh_heap_stat(session, &info);
	progress_begin(&progress, info.objects, "read", quiet);
	while (!code && !done && cursor != MH_END) {
		uint32_t count = 0;
		int error = mh_object_list(session, &cursor, rows, MH_LIST_MAX, &count);

		if (error)
			code = live_explain(error, "cannot list heap %llu", heap);
		for (uint32_t i = 0; i < count && !code && !done; i++) {
			progress_step(&progress);
			code = take_row(list, heap, &rows[i], &done);
		}
	}
	progress_end(&progress);
	free(rows);
	return code;
}

static int list_live(struct object_list *list, const struct source *source, bool quiet)
{
	const struct source_options options = { .live = true };
	struct mh_session *session;
	int code;

	code = live_open(source->heap, &session);
	if (code)
		return code;
	code = live_read(session, SOURCE_NAMES, &options, &list->graph);
	if (!code) {
		object_names_begin(&list->names, &list->graph);
		code = list_session(list, session, quiet);
	}
	mh_session_close(session);
	return code;
}

bool *object_list_held(const struct graph *graph, uint32_t session)
{
	bool *held = must_have(calloc(graph->object_count + 1, sizeof(*held)));

	for (size_t i = 0; i < graph->holder_count; i++) {
		const struct graph_holder *holder = &graph->holders[i];

		if ((holder->kind == GRAPH_HOLDER_HANDLE || holder->kind == GRAPH_HOLDER_WEAK) &&
		    holder->session == session)
			held[holder->object] = true;
	}
	return held;
}

struct object_line object_list_line(const struct graph *graph, size_t i)
{
	const struct graph_object *object = &graph->objects[i];

	return (struct object_line){
		.columns = {
			[HEAP] = graph->heap,
			[OBJECT] = object->number,
			[TYPE] = object->type,
			[SLOTS] = object->slots,
			[PAYLOAD_BYTES] = object->payload_bytes,
			[HANDLE_REFS] = object->handle_refs,
			[SLOT_REFS] = object->slot_refs,
			[SITE] = object->site,
			[AGE_MS] = object->age_ms,
			[BYTES] = object->bytes,
		},
	};
}

static int list_graph(struct object_list *list, uint32_t session)
{
	const struct graph *graph = &list->graph;
	bool *held = session ? object_list_held(graph, session) : NULL;
	bool done = false;
	int code = EXIT_OK;

	object_names_begin(&list->names, graph);
	for (size_t i = 0; i < graph->object_count && !code && !done; i++) {
		struct object_line line = object_list_line(graph, i);

		if (!held || held[i])
			code = take_named(list, &line, &done);
	}
	free(held);
	return code;
}

int object_list_run(struct object_list *list, const struct source *source, uint32_t session,
		    bool quiet)
{
	int code;

	list->graph = (struct graph){ .heap = 0 };
	if (!source->path && debugfs_is_named() && !session)
		return list_debugfs(list, source->heap);
	if (!source->path && !session) {
		code = list_live(list, source, quiet);
	} else {
		code = source_read(source, SOURCE_GRAPH, NULL, &list->graph);
		if (!code)
			code = list_graph(list, session);
	}
	graph_free(&list->graph);
	return code;
}

void object_list_free(struct object_list *list)
{
	object_names_free(&list->names);
}
