// SPDX-License-Identifier: LGPL-2.1-or-later
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "live.h"
#include "tool.h"
#include "view.h"

static const struct mh_heap_entry *find_heap(const struct view *view)
{
	for (size_t i = 0; i < view->heap_count; i++)
		if (view->heaps[i].heap == view->heap)
			return &view->heaps[i];
	return NULL;
}

int view_update(struct view *view)
{
	int code;

	free(view->heaps);
	view->heaps = NULL;
	view->heap_count = 0;
	code = live_list(&view->heaps, &view->heap_count);
	if (code)
		return code;
	if (view->only && !find_heap(view))
		return complain(EXIT_FAILED, "there is no heap %llu that you may look at",
				(unsigned long long)view->heap);
	if (!view->heap_count)
		return complain(EXIT_FAILED, "there is no heap that you may look at; root sees "
				"all of them: `sudo mheap top'");
	if (!find_heap(view))
		view->heap = view->heaps[0].heap;
	return EXIT_OK;
}

int view_read(struct view *view)
{
	enum source_depth depth = view->group == GROUP_TYPE ? SOURCE_OBJECTS : SOURCE_NAMES;
	const struct source_options options = { .live = true };
	struct mh_session *session;
	struct graph graph;
	int error;
	int code;

	code = live_open(view->heap, &session);
	if (code)
		return code;
	error = mh_heap_stat(session, &view->info);
	if (error)
		code = live_explain(error, "cannot read heap %llu",
				    (unsigned long long)view->heap);
	if (!code)
		code = live_read(session, depth, &options, &graph);
	mh_session_close(session);
	if (code)
		return code;
	rows_free(&view->rows);
	site_table_init(&view->rows, view->group);
	site_table_add(&view->rows, &graph, view->group);
	rows_sort(&view->rows, view->column, view->reverse);
	graph_free(&graph);
	return EXIT_OK;
}

void view_next(struct view *view, bool back)
{
	const struct mh_heap_entry *entry = find_heap(view);
	size_t at;

	if (!entry || view->only)
		return;
	at = (size_t)(entry - view->heaps) + (back ? view->heap_count - 1 : 1);
	view->heap = view->heaps[at % view->heap_count].heap;
}

void view_line(const struct view *view, int line, bool exact, char text[VIEW_LINE_MAX])
{
	const struct mh_heap_entry *entry = find_heap(view);
	const struct mh_heap_info *info = &view->info;
	char comm[MH_COMM_MAX + 1] = "";

	if (entry)
		snprintf(comm, sizeof(comm), "%s", entry->comm);
	make_printable(comm);
	if (!line)
		snprintf(text, VIEW_LINE_MAX,
			 "heap %llu of process %u (%s), %zu heap%s   objects %llu   bytes %s   "
			 "memory %s of %s", (unsigned long long)view->heap, entry ? entry->pid : 0,
			 comm, view->heap_count, view->heap_count == 1 ? "" : "s",
			 (unsigned long long)info->objects,
			 format_bytes(info->bytes, exact).text,
			 format_bytes(info->memory, exact).text,
			 format_bytes(info->max_bytes, exact).text);
	else
		snprintf(text, VIEW_LINE_MAX,
			 "sessions %u   roots %u   sites %u of %u   allocated %llu   freed by "
			 "counting %llu, by collections %llu   suspects %llu", info->sessions,
			 info->roots, info->sites, info->max_sites,
			 (unsigned long long)info->allocated,
			 (unsigned long long)info->freed_count,
			 (unsigned long long)info->freed_collect,
			 (unsigned long long)info->suspects);
}

struct json_object *view_json(const struct view *view, size_t count)
{
	const struct mh_heap_entry *entry = find_heap(view);
	const struct mh_heap_info *info = &view->info;
	struct json_object *rows = json_object_new_array();
	struct json_object *object = json_new();
	char comm[MH_COMM_MAX + 1] = "";

	json_add_number(object, "heap", view->heap);
	if (entry)
		snprintf(comm, sizeof(comm), "%s", entry->comm);
	make_printable(comm);
	json_add_number(object, "creator_pid", entry ? entry->pid : 0);
	json_add_string(object, "creator_comm", comm);
	json_add_number(object, "objects", info->objects);
	json_add_number(object, "bytes", info->bytes);
	json_add_number(object, "memory", info->memory);
	json_add_number(object, "max_bytes", info->max_bytes);
	json_add_number(object, "sessions", info->sessions);
	json_add_number(object, "roots", info->roots);
	json_add_number(object, "site_count", info->sites);
	json_add_number(object, "max_sites", info->max_sites);
	json_add_number(object, "allocated", info->allocated);
	json_add_number(object, "freed_count", info->freed_count);
	json_add_number(object, "freed_collect", info->freed_collect);
	json_add_number(object, "suspects", info->suspects);
	for (size_t i = 0; i < view->rows.count && i < count; i++)
		json_object_array_add(rows, rows_object(&view->rows, i));
	json_add(object, "sites", rows);
	return object;
}

void view_free(struct view *view)
{
	rows_free(&view->rows);
	free(view->heaps);
}
