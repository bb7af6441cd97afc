// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * export_make KIND SEED DIRECTORY - make a graph and write it in every format, in all
 * the ways that are tested, and as plain text, in a form of this program's own: what
 * the readers of those files say is compared with that (selftests/export). And write it as
 * a raw snapshot, for the mheap command.
 *
 * export_make KIND SEED FORMAT - write one format to stdout
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tools/export.h"
#include "../tools/graph.h"
#include "../tools/graph_file.h"
#include "../tools/tool.h"
#include "export_graph.h"

/* The options that make another file of a graph. */
static const struct variant {
	const char *file;
	const char *format;
	struct export_options options;
} variants[] = {
	{ "full.heapsnapshot", "heapsnapshot", { .max = 0 } },
	{ "plain.heapsnapshot", "heapsnapshot", { .no_stacks = true } },
	{ "vscode.heapsnapshot", "heapsnapshot", { .no_stacks = true, .no_garbage = true } },
	{ "live.heapsnapshot", "heapsnapshot", { .no_garbage = true, .no_weak = true } },
	{ "timeline.heapsnapshot", "heapsnapshot", { .timeline = true } },
	{ "max.heapsnapshot", "heapsnapshot", { .max = 100 } },
	{ "type.heapsnapshot", "heapsnapshot", { .by_type = true, .type = 3 } },
	{ "full.pb.gz", "pprof", { .max = 0 } },
	{ "type.pb.gz", "pprof", { .by_type = true, .type = 3 } },
	{ "full.heap", "pprof-text", { .max = 0 } },
	{ "plain.heap", "pprof-text", { .no_symbols = true } },
	{ "bytes.collapsed", "collapsed", { .max = 0 } },
	{ "count.collapsed", "collapsed", { .count = true } },
	{ "full.dot", "dot", { .max = 0 } },
	{ "strong.dot", "dot", { .no_weak = true } },
	{ "cycles.dot", "dot", { .no_weak = true, .cycles = true } },
	{ "near.dot", "dot", { .no_weak = true, .by_from = true, .from = 1, .depth = 2 } },
	{ "max.dot", "dot", { .max = 50 } },
	{ "full.prom", "openmetrics", { .max = 0 } },
	{ "full.json", "json", { .max = 0 } },
	{ "type.json", "json", { .by_type = true, .type = 3 } },
};

int complain(int code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return code;
}

static void write_hex(FILE *to, const char *text)
{
	putc(' ', to);
	for (; *text; text++)
		fprintf(to, "%02x", (unsigned char)*text);
	putc('.', to);
}

static void write_outside(const struct graph *graph, FILE *to)
{
	for (size_t i = 0; i < graph->session_count; i++) {
		const struct graph_session *session = &graph->sessions[i];

		fprintf(to, "session %u %u %u %" PRIu64, session->id, session->pid, session->uid,
			session->handles);
		write_hex(to, session->comm);
		putc('\n', to);
	}
	for (size_t i = 0; i < graph->holder_count; i++) {
		const struct graph_holder *holder = &graph->holders[i];

		fprintf(to, "holder %c %u %u %" PRIu64, "hwrf"[holder->kind],
			graph->objects[holder->object].number, holder->session, holder->handle);
		write_hex(to, holder->name ? holder->name : "");
		putc('\n', to);
	}
}

static void write_names(const struct graph *graph, FILE *to)
{
	for (size_t i = 0; i < graph->site_count; i++) {
		const struct graph_site *site = &graph->sites[i];

		fprintf(to, "site %u %u %u %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
			" %" PRIu64 " %" PRIu64 " %" PRIu64, site->id, site->parent, site->line,
			site->live_objects, site->live_bytes, site->peak_objects,
			site->peak_bytes, site->total_objects, site->total_bytes, site->young);
		write_hex(to, site->file);
		write_hex(to, site->function);
		putc('\n', to);
	}
	for (size_t i = 0; i < graph->type_count; i++) {
		const struct graph_type *type = &graph->types[i];

		fprintf(to, "type %u", type->type);
		write_hex(to, type->name);
		for (uint32_t slot = 0; slot < type->slot_count; slot++)
			write_hex(to, type->slots[slot]);
		putc('\n', to);
	}
}

/* Names in hexadecimal, each with a dot at its end; slots that are not null. */
static void write_truth(const struct graph *graph, FILE *to)
{
	fprintf(to, "heap %" PRIu64 " %" PRIu64 " %d\n", graph->heap, graph->taken_ns,
		graph->consistent);
	for (size_t i = 0; i < graph->object_count; i++) {
		const struct graph_object *object = &graph->objects[i];

		fprintf(to, "object %u %u %u %u %u %u %u %u %" PRIu64 "\n", object->number,
			object->type, object->site, object->age_ms, object->slots,
			object->payload_bytes, object->handle_refs, object->slot_refs,
			object->bytes);
		for (uint32_t slot = 0; slot < object->slots; slot++) {
			size_t edge = object->first_edge + slot;

			if (graph->edges[edge] != GRAPH_NULL)
				fprintf(to, "edge %u %u %u %d\n", object->number, slot,
					graph->objects[graph->edges[edge]].number,
					graph_edge_is_weak(graph, edge));
		}
	}
	write_outside(graph, to);
	write_names(graph, to);
}

static FILE *create(const char *directory, const char *file)
{
	char path[4096];
	FILE *to;

	snprintf(path, sizeof(path), "%s/%s", directory, file);
	to = fopen(path, "w");
	if (!to)
		err(1, "%s", path);
	return to;
}

static void write_one(const struct graph *graph, FILE *to, const char *format,
		      const struct export_options *options)
{
	int error = export_find(format)->write(graph, to, options);

	if (error)
		errx(1, "%s: %s", format, strerror(-error));
}

/* What has to fail. */
static void check_errors(const struct graph *graph)
{
	const struct export_options nowhere = { .by_from = true, .from = UINT32_MAX };
	const struct export_options none = { .max = 0 };
	FILE *null = fopen("/dev/null", "w"), *full;

	if (export_dot(graph, null, &nowhere) != -ENOENT)
		errx(1, "there is no such object to draw from");
	fclose(null);
	for (const struct export_format *format = export_formats; format->name; format++) {
		full = fopen("/dev/full", "w");
		/* There is no stack where there is no object. */
		if (!format->write(graph, full, &none) && graph->object_count)
			errx(1, "%s: a full disk is not noticed", format->name);
		fclose(full);
	}
	if (export_find("heap"))
		errx(1, "there is no such format");
}

static void write_all(const struct graph *graph, const char *directory)
{
	FILE *notes = create(directory, "notes");
	FILE *to = create(directory, "truth");
	char path[4096];

	write_truth(graph, to);
	if (fclose(to))
		err(1, "truth");
	snprintf(path, sizeof(path), "%s/full.mheap", directory);
	if (graph_write_file(graph, path))
		exit(1);
	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
		struct export_options options = variants[i].options;
		struct export_notes said = { .left_out = 0 };

		if (options.by_from && !graph->object_count)
			continue;
		options.notes = &said;
		to = create(directory, variants[i].file);
		write_one(graph, to, variants[i].format, &options);
		if (fclose(to))
			err(1, "%s", variants[i].file);
		fprintf(notes, "%s %zu %zu %zu %zu\n", variants[i].file, said.left_out,
			said.garbage, said.clamped, said.renumbered);
	}
	if (fclose(notes))
		err(1, "notes");
	check_errors(graph);
}

int main(int argc, char **argv)
{
	struct export_options none = { .max = 0 };
	struct graph *graph;

	if (argc != 4)
		errx(2, "usage: export_make KIND SEED DIRECTORY|FORMAT");
	graph = export_graph_make(argv[1], (unsigned int)strtoul(argv[2], NULL, 10));
	if (!graph)
		errx(2, "%s: there is no such graph", argv[1]);
	if (export_find(argv[3]))
		write_one(graph, stdout, argv[3], &none);
	else
		write_all(graph, argv[3]);
	export_graph_free(graph);
	return 0;
}
