// SPDX-License-Identifier: LGPL-2.1-or-later
/* Figures for Prometheus and its like: of the heap, its types, its sessions, its sites. */
#include <inttypes.h>
#include <stddef.h>

#include "export.h"
#include "export_tally.h"
#include "export_text.h"
#include "export_view.h"

#define SECOND_NS 1000000000ULL

/**
 * struct family - Figures of the same meaning
 * @name: without the suffix that a counter has
 * @type: gauge or counter
 * @unit: that the name ends with, or NULL
 * @help: what they mean
 * @offset: of the figure in the structure that it is a member of
 */
struct family {
	const char *name;
	const char *type;
	const char *unit;
	const char *help;
	size_t offset;
};

static const struct family site_families[] = {
	{ "mheap_site_objects", "gauge", NULL,
	  "Objects that live, by the place that allocated them.",
	  offsetof(struct graph_site, live_objects) },
	{ "mheap_site_bytes", "gauge", "bytes", "Their bytes.",
	  offsetof(struct graph_site, live_bytes) },
	{ "mheap_site_peak_objects", "gauge", NULL, "The most objects that lived at once.",
	  offsetof(struct graph_site, peak_objects) },
	{ "mheap_site_peak_bytes", "gauge", "bytes", "The most bytes at once.",
	  offsetof(struct graph_site, peak_bytes) },
	{ "mheap_site_allocated_objects", "counter", NULL, "Objects ever allocated.",
	  offsetof(struct graph_site, total_objects) },
	{ "mheap_site_allocated_bytes", "counter", "bytes", "Bytes ever allocated.",
	  offsetof(struct graph_site, total_bytes) },
	{ "mheap_site_young_deaths", "counter", NULL,
	  "Objects that died within a second of their birth.",
	  offsetof(struct graph_site, young) },
};

static const struct family type_families[] = {
	{ "mheap_type_objects", "gauge", NULL, "Objects, by type.",
	  offsetof(struct export_sum, objects) },
	{ "mheap_type_bytes", "gauge", "bytes", "Their bytes.",
	  offsetof(struct export_sum, bytes) },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *escape_value(char character)
{
	switch (character) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\n':
		return "\\n";
	default:
		return NULL;
	}
}

static void write_family(FILE *to, const struct family *family)
{
	fprintf(to, "# TYPE %s %s\n", family->name, family->type);
	if (family->unit)
		fprintf(to, "# UNIT %s %s\n", family->name, family->unit);
	fprintf(to, "# HELP %s %s\n", family->name, family->help);
}

/* Up to the last label of its own, and the value. */
static void begin_figure(const struct graph *graph, FILE *to, const struct family *family)
{
	fprintf(to, "%s%s{heap=\"%" PRIu64 "\"", family->name,
		*family->type == 'c' ? "_total" : "", graph->heap);
}

static void write_label(FILE *to, const char *name, const char *value)
{
	fprintf(to, ",%s=\"", name);
	export_text(to, value, escape_value);
	putc('"', to);
}

static void end_figure(FILE *to, const struct family *family, const void *of)
{
	fputs("} ", to);
	export_number(to, *(const uint64_t *)((const char *)of + family->offset));
	putc('\n', to);
}

static void write_heap(const struct graph *graph, FILE *to, const struct export_view *view)
{
	struct figures {
		uint64_t objects, bytes, garbage, garbage_bytes, sessions;
	} figures = { .objects = graph->object_count, .sessions = graph->session_count };
	const struct family families[] = {
		{ "mheap_objects", "gauge", NULL, "Objects in the heap.",
		  offsetof(struct figures, objects) },
		{ "mheap_bytes", "gauge", "bytes", "Their bytes.",
		  offsetof(struct figures, bytes) },
		{ "mheap_garbage_objects", "gauge", NULL,
		  "Objects that nothing holds and that are not collected yet.",
		  offsetof(struct figures, garbage) },
		{ "mheap_garbage_bytes", "gauge", "bytes", "Their bytes.",
		  offsetof(struct figures, garbage_bytes) },
		{ "mheap_sessions", "gauge", NULL, "Sessions of the heap.",
		  offsetof(struct figures, sessions) },
	};

	for (size_t i = 0; i < graph->object_count; i++) {
		figures.bytes += graph->objects[i].bytes;
		if (view->flags[i] & EXPORT_LIVE)
			continue;
		figures.garbage++;
		figures.garbage_bytes += graph->objects[i].bytes;
	}
	for (size_t i = 0; i < COUNT(families); i++) {
		write_family(to, &families[i]);
		begin_figure(graph, to, &families[i]);
		end_figure(to, &families[i], &figures);
	}
	fprintf(to, "# TYPE mheap_read_timestamp_seconds gauge\n"
		"# UNIT mheap_read_timestamp_seconds seconds\n"
		"# HELP mheap_read_timestamp_seconds When the heap was read.\n"
		"mheap_read_timestamp_seconds{heap=\"%" PRIu64 "\"} %llu.%03llu\n", graph->heap,
		graph->taken_ns / SECOND_NS, graph->taken_ns % SECOND_NS / 1000000);
}

static void write_types(const struct graph *graph, FILE *to, const struct export_tally *tally)
{
	char buffer[EXPORT_TYPE_MAX];

	for (size_t i = 0; i < COUNT(type_families); i++) {
		write_family(to, &type_families[i]);
		for (size_t j = 0; j < tally->count; j++) {
			const struct export_sum *sum = &tally->sums[j];

			begin_figure(graph, to, &type_families[i]);
			fprintf(to, ",type=\"%u\"", sum->type);
			write_label(to, "name", export_type_name(graph, sum->type, buffer));
			end_figure(to, &type_families[i], sum);
		}
	}
}

static void write_sessions(const struct graph *graph, FILE *to)
{
	static const struct family family = {
		"mheap_session_handles", "gauge", NULL, "Handles of a session.",
		offsetof(struct graph_session, handles)
	};

	write_family(to, &family);
	for (size_t i = 0; i < graph->session_count; i++) {
		const struct graph_session *session = &graph->sessions[i];

		begin_figure(graph, to, &family);
		fprintf(to, ",session=\"%u\",pid=\"%u\",uid=\"%u\"", session->id, session->pid,
			session->uid);
		write_label(to, "comm", session->comm);
		end_figure(to, &family, session);
	}
}

static void write_sites(const struct graph *graph, FILE *to)
{
	for (size_t i = 0; i < COUNT(site_families); i++) {
		write_family(to, &site_families[i]);
		for (size_t j = 0; j < graph->site_count; j++) {
			const struct graph_site *site = &graph->sites[j];

			begin_figure(graph, to, &site_families[i]);
			fprintf(to, ",site=\"%u\"", site->id);
			write_label(to, "function", site->function);
			write_label(to, "file", site->file);
			fprintf(to, ",line=\"%u\"", site->line);
			end_figure(to, &site_families[i], site);
		}
	}
}

int export_openmetrics(const struct graph *graph, FILE *to, const struct export_options *options)
{
	struct export_tally tally;
	struct export_view view;
	int error;

	error = export_view_make(&view, graph, options, NULL);
	if (error)
		return error;
	error = export_tally(&tally, &view, EXPORT_BY_TYPE);
	if (!error) {
		write_heap(graph, to, &view);
		write_types(graph, to, &tally);
		write_sessions(graph, to);
		write_sites(graph, to);
		fputs("# EOF\n", to);
		export_tally_free(&tally);
	}
	export_view_free(&view);
	return error ? error : export_finish(to);
}
