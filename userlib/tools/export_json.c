// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * All of a graph as JSON, for programs. schema/graph.json says what is in it. It is
 * written piece by piece: json-c would keep all of it in memory.
 */
#include <inttypes.h>

#include "export.h"
#include "export_text.h"
#include "export_view.h"

#define FORMAT_VERSION 1

static void write_number(FILE *to, const char *key, uint64_t number)
{
	fputs_unlocked(key, to);
	export_number(to, number);
}

static void write_string(FILE *to, const char *key, const char *text)
{
	fputs_unlocked(key, to);
	export_json_string(to, text);
}

/* Between the elements of an array, each of which is a line. */
static void separate(FILE *to, bool *begun)
{
	fputs_unlocked(*begun ? ",\n" : "\n", to);
	*begun = true;
}

static void write_sites(const struct graph *graph, FILE *to)
{
	bool begun = false;

	fputs("\"sites\":[", to);
	for (size_t i = 0; i < graph->site_count; i++) {
		const struct graph_site *site = &graph->sites[i];

		separate(to, &begun);
		write_number(to, "{\"id\":", site->id);
		write_number(to, ",\"parent\":", site->parent);
		write_string(to, ",\"file\":", site->file);
		write_number(to, ",\"line\":", site->line);
		write_string(to, ",\"function\":", site->function);
		write_number(to, ",\"live_objects\":", site->live_objects);
		write_number(to, ",\"live_bytes\":", site->live_bytes);
		write_number(to, ",\"peak_objects\":", site->peak_objects);
		write_number(to, ",\"peak_bytes\":", site->peak_bytes);
		write_number(to, ",\"total_objects\":", site->total_objects);
		write_number(to, ",\"total_bytes\":", site->total_bytes);
		write_number(to, ",\"young\":", site->young);
		putc('}', to);
	}
	fputs("],\n", to);
}

static void write_types(const struct graph *graph, FILE *to)
{
	bool begun = false;

	fputs("\"types\":[", to);
	for (size_t i = 0; i < graph->type_count; i++) {
		const struct graph_type *type = &graph->types[i];

		separate(to, &begun);
		write_number(to, "{\"type\":", type->type);
		write_string(to, ",\"name\":", type->name);
		fputs(",\"slots\":[", to);
		for (uint32_t slot = 0; slot < type->slot_count; slot++)
			write_string(to, slot ? "," : "", type->slots[slot]);
		fputs("]}", to);
	}
	fputs("],\n", to);
}

static void write_sessions(const struct graph *graph, FILE *to)
{
	bool begun = false;

	fputs("\"sessions\":[", to);
	for (size_t i = 0; i < graph->session_count; i++) {
		const struct graph_session *session = &graph->sessions[i];

		separate(to, &begun);
		write_number(to, "{\"id\":", session->id);
		write_number(to, ",\"pid\":", session->pid);
		write_number(to, ",\"uid\":", session->uid);
		write_number(to, ",\"rights\":", session->rights);
		write_number(to, ",\"handles\":", session->handles);
		write_string(to, ",\"comm\":", session->comm);
		putc('}', to);
	}
	fputs("],\n", to);
}

static void write_holders(const struct export_view *view, FILE *to)
{
	static const char *const kinds[] = {
		[GRAPH_HOLDER_HANDLE] = "handle", [GRAPH_HOLDER_WEAK] = "weak",
		[GRAPH_HOLDER_ROOT] = "root", [GRAPH_HOLDER_FD] = "fd",
	};
	const struct graph *graph = view->graph;
	bool begun = false;

	fputs("\"holders\":[", to);
	for (size_t i = 0; i < graph->holder_count; i++) {
		const struct graph_holder *holder = &graph->holders[i];

		if (!(view->flags[holder->object] & EXPORT_SHOWN))
			continue;
		separate(to, &begun);
		write_string(to, "{\"kind\":", kinds[holder->kind]);
		write_number(to, ",\"object\":", graph->objects[holder->object].number);
		if (holder->kind <= GRAPH_HOLDER_WEAK) {
			write_number(to, ",\"session\":", holder->session);
			write_number(to, ",\"handle\":", holder->handle);
			write_number(to, ",\"traits\":", holder->traits);
		}
		if (holder->kind == GRAPH_HOLDER_ROOT)
			write_string(to, ",\"name\":", holder->name);
		putc('}', to);
	}
	fputs("],\n", to);
}

/* The numbers of the objects that slots refer to, and which slots do so weakly. */
static void write_slots(const struct graph *graph, FILE *to, const struct graph_object *object)
{
	bool any = false;

	fputs_unlocked(",\"slots\":[", to);
	for (uint32_t slot = 0; slot < object->slots; slot++) {
		uint32_t target = graph->edges[object->first_edge + slot];

		if (slot)
			putc_unlocked(',', to);
		if (target == GRAPH_NULL)
			fputs_unlocked("null", to);
		else
			export_number(to, graph->objects[target].number);
		any |= graph_edge_is_weak(graph, object->first_edge + slot);
	}
	putc_unlocked(']', to);
	if (!any)
		return;
	fputs_unlocked(",\"weak\":[", to);
	any = false;
	for (uint32_t slot = 0; slot < object->slots; slot++) {
		if (!graph_edge_is_weak(graph, object->first_edge + slot))
			continue;
		write_number(to, any ? "," : "", slot);
		any = true;
	}
	putc_unlocked(']', to);
}

static void write_objects(const struct export_view *view, FILE *to)
{
	const struct graph *graph = view->graph;
	bool begun = false;

	fputs("\"objects\":[", to);
	for (size_t i = 0; i < graph->object_count; i++) {
		const struct graph_object *object = &graph->objects[i];

		if (!(view->flags[i] & EXPORT_SHOWN))
			continue;
		separate(to, &begun);
		write_number(to, "{\"object\":", object->number);
		write_number(to, ",\"type\":", object->type);
		write_number(to, ",\"site\":", object->site);
		if (object->age_ms == GRAPH_AGE_OLD)
			fputs_unlocked(",\"age_ms\":null", to);
		else
			write_number(to, ",\"age_ms\":", object->age_ms);
		write_number(to, ",\"bytes\":", object->bytes);
		write_number(to, ",\"payload_bytes\":", object->payload_bytes);
		write_number(to, ",\"handle_refs\":", object->handle_refs);
		write_number(to, ",\"slot_refs\":", object->slot_refs);
		fputs_unlocked(view->flags[i] & EXPORT_LIVE ? ",\"live\":true" : ",\"live\":false",
			       to);
		write_slots(graph, to, object);
		putc_unlocked('}', to);
	}
	fputs("]}\n", to);
}

int export_json(const struct graph *graph, FILE *to, const struct export_options *options)
{
	struct export_view view;
	int error;

	error = export_view_make(&view, graph, options, NULL);
	if (error)
		return error;
	fprintf(to, "{\"format\":\"mheap-graph\",\"version\":%d,\"heap\":%" PRIu64
		",\"taken_ns\":%" PRIu64 ",\"consistent\":%s,\n", FORMAT_VERSION, graph->heap,
		graph->taken_ns, graph->consistent ? "true" : "false");
	write_sites(graph, to);
	write_types(graph, to);
	write_sessions(graph, to);
	write_holders(&view, to);
	write_objects(&view, to);
	export_view_free(&view);
	return export_finish(to);
}
