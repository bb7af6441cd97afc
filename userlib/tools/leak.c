// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "export_view.h"
#include "graph_name.h"
#include "descriptor.h"
#include "leak.h"
#include "memory.h"
#include "reach.h"

#define NAMED	0x1	/* a living process can get there, or whoever has a name for it */
#define PINNED	0x2	/* a session of a dead process does */
#define OWNED	0x4	/* the session that is being looked at does */
#define TOLD	0x8	/* it is in a row */

static const struct column columns[] = {
	[LEAK_HEAP] = { "heap", "HEAP", COLUMN_COUNT },
	[LEAK_KIND] = { "kind", "KIND", COLUMN_TEXT },
	[LEAK_HOLDER] = { "holder", "HOLDER", COLUMN_TEXT },
	[LEAK_TYPE] = { "type", NULL, COLUMN_COUNT },
	[LEAK_TYPE_NAME] = { "type_name", "TYPE", COLUMN_TEXT },
	[LEAK_SITE] = { "site", NULL, COLUMN_COUNT },
	[LEAK_SITE_NAME] = { "site_name", "SITE", COLUMN_TEXT },
	[LEAK_OBJECTS] = { "objects", "OBJECTS", COLUMN_COUNT },
	[LEAK_BYTES] = { "bytes", "BYTES", COLUMN_BYTES },
	[LEAK_OLDEST] = { "oldest_ms", "OLDEST", COLUMN_AGE },
	[LEAK_OBJECTS_CHANGE] = { "objects_change", "GREW", COLUMN_CHANGE },
	[LEAK_BYTES_CHANGE] = { "bytes_change", "GREW BYTES", COLUMN_CHANGE_BYTES },
	[LEAK_COLUMNS] = { 0 },
};

/**
 * struct search - Leaks that are looked for
 * @graph: where
 * @marks: of each object
 * @dead: for each session whether its process is
 * @rows: what was found
 * @first: the rows of the holder that is looked at begin here
 */
struct search {
	const struct graph *graph;
	uint8_t *marks;
	bool *dead;
	struct rows *rows;
	size_t first;
};

void leak_init(struct rows *rows)
{
	rows_init(rows, columns);
}

static bool is_gone(const struct graph_session *session, const struct leak_options *options)
{
	if (session->pid == options->dead_pid)
		return true;
	return options->look_at_processes && kill((pid_t)session->pid, 0) && errno == ESRCH;
}

/*
 * A session is dead when no process has a descriptor of it; the one that opened it says
 * nothing, since it may have passed it on, and its number may be another's by now. Where
 * not all processes can be looked at it has to be gone besides.
 */
static bool is_dead(const struct graph_session *session, const struct leak_options *options,
		    const struct descriptors *descriptors)
{
	if (!session->pid)
		return false;
	if (session->pid == options->dead_pid)
		return true;
	if (!options->look_at_processes || descriptors_have(descriptors, session->id))
		return false;
	return descriptors->complete || is_gone(session, options);
}

static size_t count_dead(struct search *search, const struct leak_options *options,
			 const struct descriptors *descriptors)
{
	const struct graph *graph = search->graph;
	size_t count = 0;

	for (size_t i = 0; i < graph->session_count; i++) {
		search->dead[i] = is_dead(&graph->sessions[i], options, descriptors);
		count += search->dead[i];
	}
	return count;
}

static void find_dead(struct search *search, const struct leak_options *options)
{
	struct descriptors descriptors = { .count = 0 };

	search->dead = must_have(calloc(search->graph->session_count + 1, sizeof(*search->dead)));
	if (options->look_at_processes)
		descriptors_find(&descriptors);
	/* One that was passed on meanwhile is found when they are looked at again. */
	if (count_dead(search, options, &descriptors) && options->look_at_processes) {
		bool complete = descriptors.complete;

		descriptors_find(&descriptors);
		descriptors.complete = descriptors.complete && complete;
		count_dead(search, options, &descriptors);
	}
	descriptors_free(&descriptors);
}

/* Who holds an object without being listed is taken for alive. */
static void mark_held(struct search *search)
{
	const struct graph *graph = search->graph;

	for (size_t i = 0; i < graph->holder_count; i++) {
		const struct graph_holder *holder = &graph->holders[i];
		size_t session;

		if (holder->kind == GRAPH_HOLDER_WEAK)
			continue;
		session = export_session(graph, holder->session);
		if (holder->kind == GRAPH_HOLDER_HANDLE && session != EXPORT_NONE &&
		    search->dead[session])
			search->marks[holder->object] |= PINNED;
		else
			search->marks[holder->object] |= NAMED;
	}
	for (size_t i = 0; i < graph->object_count; i++)
		if (graph->objects[i].handle_refs && !search->marks[i])
			search->marks[i] |= NAMED;
	reach(graph, search->marks, NAMED);
	reach(graph, search->marks, PINNED);
}

static struct cell *find_row(struct search *search, const struct graph_object *object,
			     const char *kind, const char *holder)
{
	const struct graph *graph = search->graph;
	struct cell *row;
	char *name;

	for (size_t i = search->first; i < search->rows->count; i++) {
		row = rows_at(search->rows, i);
		if (row[LEAK_TYPE].number == object->type &&
		    row[LEAK_SITE].number == object->site)
			return row;
	}
	row = rows_add(search->rows);
	row[LEAK_HEAP].number = (long long)graph->heap;
	cell_text(&row[LEAK_KIND], kind);
	cell_text(&row[LEAK_HOLDER], holder);
	row[LEAK_TYPE].number = object->type;
	name = graph_name_type(graph, object->type);
	cell_text(&row[LEAK_TYPE_NAME], name);
	free(name);
	row[LEAK_SITE].number = object->site;
	name = graph_name_site(graph, object->site);
	cell_text(&row[LEAK_SITE_NAME], name);
	free(name);
	return row;
}

static void add_object(struct search *search, size_t i, const char *kind, const char *holder)
{
	const struct graph_object *object = &search->graph->objects[i];
	struct cell *row = find_row(search, object, kind, holder);

	row[LEAK_OBJECTS].number++;
	row[LEAK_BYTES].number += (long long)object->bytes;
	if (object->age_ms == GRAPH_AGE_OLD)
		row[LEAK_OLDEST].number = -1;
	else if (row[LEAK_OLDEST].number >= 0 && row[LEAK_OLDEST].number < object->age_ms)
		row[LEAK_OLDEST].number = object->age_ms;
	search->marks[i] |= TOLD;
}

/* What a dead session pins; what two of them do is told of the first. */
static void tell_session(struct search *search, size_t session,
			 const struct leak_options *options)
{
	const struct graph *graph = search->graph;
	uint32_t id = graph->sessions[session].id;
	char *name;

	for (size_t i = 0; i < graph->object_count; i++)
		search->marks[i] &= (uint8_t)~OWNED;
	for (size_t i = 0; i < graph->holder_count; i++)
		if (graph->holders[i].kind == GRAPH_HOLDER_HANDLE &&
		    graph->holders[i].session == id)
			search->marks[graph->holders[i].object] |= OWNED;
	reach(graph, search->marks, OWNED);
	name = must_print("session %u of process %u (%s), which %s", id,
			  graph->sessions[session].pid, graph->sessions[session].comm,
			  is_gone(&graph->sessions[session], options) ? "is gone" :
			  "does not have it any more");
	search->first = search->rows->count;
	for (size_t i = 0; i < graph->object_count; i++)
		if ((search->marks[i] & (OWNED | NAMED | TOLD)) == OWNED)
			add_object(search, i, "pinned", name);
	free(name);
}

void leak_find(struct rows *rows, const struct graph *graph, const struct leak_options *options)
{
	struct search search = { .graph = graph, .rows = rows };

	search.marks = must_have(calloc(graph->object_count + 1, 1));
	find_dead(&search, options);
	mark_held(&search);
	for (size_t i = 0; i < graph->session_count; i++)
		if (search.dead[i])
			tell_session(&search, i, options);
	search.first = rows->count;
	for (size_t i = 0; i < graph->object_count; i++)
		if (!(search.marks[i] & (NAMED | PINNED)))
			add_object(&search, i, "unreachable", "nothing: waits to be collected");
	free(search.marks);
	free(search.dead);
}
