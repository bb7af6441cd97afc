// SPDX-License-Identifier: LGPL-2.1-or-later
/* mheap snapshot - a heap as a file; mheap graph - as a drawing */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "export_view.h"
#include "graph_file.h"
#include "graph_name.h"
#include "json.h"
#include "memory.h"
#include "options.h"
#include "source.h"
#include "tool.h"

#define RAW		"raw"
#define STDOUT		"-"

#define KEY_FORMAT	0x101
#define KEY_MAX		0x102
#define KEY_NO_GARBAGE	0x103
#define KEY_NO_WEAK	0x104
#define KEY_NO_STACKS	0x105
#define KEY_TIMELINE	0x106
#define KEY_NO_SYMBOLS	0x107
#define KEY_COUNT	0x108
#define KEY_CYCLES	0x109
#define KEY_FROM	0x10a
#define KEY_DEPTH	0x10b

struct options {
	struct common_options common;
	struct source_options source;
	struct export_options export;
	const char *name;
	const char *output;
	const char *format;
	const char *type;
	const char *from;
};

static const struct argp_option what_list[] = {
	{ "output", 'o', "FILE", 0, "Write to FILE; - is the standard output", 0 },
	{ "type", 't', "TYPE", 0, "Only objects of TYPE, a name or a number", 0 },
	{ "max", KEY_MAX, "N", 0, "No more than N objects, the nearest to a session", 0 },
	{ "no-garbage", KEY_NO_GARBAGE, NULL, 0, "Leave out what nothing holds", 0 },
	{ "no-weak", KEY_NO_WEAK, NULL, 0, "Leave out weak references", 0 },
	{ 0 },
};

static const struct argp_option snapshot_list[] = {
	{ "format", KEY_FORMAT, "FORMAT", 0, "raw (unless the name of the file says "
	  "otherwise), heapsnapshot, pprof, pprof-text, collapsed, dot, openmetrics or json",
	  0 },
	{ "no-stacks", KEY_NO_STACKS, NULL, 0, "heapsnapshot: without allocation stacks", 0 },
	{ "timeline", KEY_TIMELINE, NULL, 0, "heapsnapshot: with times of allocation", 0 },
	{ "no-symbols", KEY_NO_SYMBOLS, NULL, 0, "pprof-text: without names", 0 },
	{ "count", KEY_COUNT, NULL, 0, "collapsed: objects, and not their bytes", 0 },
	{ 0 },
};

static const struct argp_option graph_list[] = {
	{ "cycles", KEY_CYCLES, NULL, 0, "Only what is on a cycle", 0 },
	{ "from", KEY_FROM, "OBJECT", 0, "Only what can be reached from OBJECT", 0 },
	{ "depth", KEY_DEPTH, "N", 0, "In no more than N steps", 0 },
	{ 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state);

/* Those that both commands have. */
static const struct argp what_argp = { .options = what_list, .parser = parse };

static const struct argp_child children[] = {
	{ &common_argp, 0, NULL, 0 }, { &source_argp, 0, NULL, 0 }, { &what_argp, 0, NULL, 0 },
	{ 0 },
};

static size_t parse_size(struct argp_state *state, const char *text)
{
	unsigned long long number = 0;

	if (!parse_number(text, SIZE_MAX, &number))
		argp_error(state, "`%s' is not a number", text);
	return number;
}

static error_t parse_flag(int key, struct export_options *export)
{
	switch (key) {
	case KEY_NO_GARBAGE:
		export->no_garbage = true;
		return 0;
	case KEY_NO_WEAK:
		export->no_weak = true;
		return 0;
	case KEY_NO_STACKS:
		export->no_stacks = true;
		return 0;
	case KEY_TIMELINE:
		export->timeline = true;
		return 0;
	case KEY_NO_SYMBOLS:
		export->no_symbols = true;
		return 0;
	case KEY_COUNT:
		export->count = true;
		return 0;
	case KEY_CYCLES:
		export->cycles = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		if (!state->child_inputs)
			return 0;
		state->child_inputs[0] = &options->common;
		state->child_inputs[1] = &options->source;
		state->child_inputs[2] = options;
		return 0;
	case 'o':
		options->output = argument;
		return 0;
	case 't':
		options->type = argument;
		return 0;
	case KEY_FORMAT:
		if (strcmp(argument, RAW) && !export_find(argument))
			argp_error(state, "`%s' is not a format", argument);
		options->format = argument;
		return 0;
	case KEY_FROM:
		if (!graph_is_object(argument, &options->export.from))
			argp_error(state, "`%s' is not an object", argument);
		options->from = argument;
		options->export.by_from = true;
		return 0;
	case KEY_MAX:
		options->export.max = parse_size(state, argument);
		return 0;
	case KEY_DEPTH:
		options->export.depth = parse_size(state, argument);
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			argp_error(state, "there is one heap too many: `%s'", argument);
		options->name = argument;
		return 0;
	default:
		return parse_flag(key, &options->export);
	}
}

static const struct argp snapshot_argp = {
	.options = snapshot_list,
	.parser = parse,
	.children = children,
	.args_doc = "[HEAP|FILE]",
	.doc = "Write a heap into a file: all of it of one instant, while it is used. Or "
	       "convert FILE, which is a raw snapshot. --json tells what was done, on "
	       "standard output.",
};

static const struct argp graph_argp = {
	.options = graph_list,
	.parser = parse,
	.children = children,
	.args_doc = "[HEAP|FILE]",
	.doc = "Draw a heap for graphviz: `mheap graph 1 | dot -Tsvg >heap.svg'. Cycles are "
	       "coloured. With --json, the graph as JSON.",
};

/* The format that the name of a file ends in. */
static const char *format_of(const char *path)
{
	size_t length = path ? strlen(path) : 0;

	for (const struct export_format *format = export_formats; format->name; format++) {
		size_t suffix = strlen(format->suffix);

		if (length > suffix && !strcmp(path + length - suffix, format->suffix))
			return format->name;
	}
	return RAW;
}

static int find_type(const struct graph *graph, const char *name, uint32_t *ret_type)
{
	unsigned long long number;

	for (size_t i = 0; i < graph->type_count; i++)
		if (!strcmp(graph->types[i].name, name)) {
			*ret_type = graph->types[i].type;
			return EXIT_OK;
		}
	if (!parse_number(name, UINT32_MAX, &number))
		return complain(EXIT_FAILED, "there is no type `%s'", name);
	*ret_type = (uint32_t)number;
	return EXIT_OK;
}

/* A snapshot that is made in the place of another one is there as a whole, or not at all. */
static int write_export(const struct graph *graph, const struct options *options)
{
	const struct export_format *format = export_find(options->format);
	FILE *to = stdout;
	int error;

	if (strcmp(options->output, STDOUT))
		to = fopen(options->output, "we");
	if (!to)
		return complain(EXIT_FAILED, "cannot write %s: %s", options->output,
				strerror(errno));
	error = format->write(graph, to, &options->export);
	if (to != stdout && fclose(to) && !error)
		error = errno ? -errno : -EIO;
	if (error == -ENOENT)
		return complain(EXIT_FAILED, "there is no object %s", options->from);
	if (error)
		return complain(EXIT_FAILED, "cannot write %s: %s", options->output,
				strerror(-error));
	return EXIT_OK;
}

static void tell(const struct graph *graph, const struct options *options,
		 const struct export_notes *notes)
{
	struct json_array array;
	struct json_object *object;

	if (notes->clamped)
		complain(EXIT_OK, "%zu objects are shown as smaller than they are: the format "
			 "has no room for more than 4 GiB", notes->clamped);
	if (notes->left_out)
		complain(EXIT_OK, "%zu objects were left out", notes->left_out);
	if (notes->renumbered && !options->export.timeline)
		complain(EXIT_OK, "%zu objects have numbers that the format has no room for, so "
			 "they have others, which match those in no other file",
			 notes->renumbered);
	if (!options->common.json || !strcmp(options->output, STDOUT))
		return;
	object = json_new();
	json_add_number(object, "heap", graph->heap);
	json_add_string(object, "file", options->output);
	json_add_string(object, "format", options->format);
	json_add_number(object, "taken_ns", graph->taken_ns);
	json_add_bool(object, "consistent", graph->consistent);
	json_add_number(object, "objects", graph->object_count);
	json_add_number(object, "slots", graph->edge_count);
	json_add_number(object, "holders", graph->holder_count);
	json_add_number(object, "left_out", notes->left_out);
	json_add_number(object, "garbage", notes->garbage);
	json_add_number(object, "clamped", notes->clamped);
	json_array_begin(&array);
	json_array_element(&array, object);
	json_array_end(&array);
}

static int write_graph(const struct graph *graph, struct options *options)
{
	struct export_notes notes = { .left_out = 0 };
	int code = EXIT_OK;

	options->export.notes = &notes;
	if (options->type) {
		code = find_type(graph, options->type, &options->export.type);
		options->export.by_type = true;
	}
	if (code)
		return code;
	if (!strcmp(options->format, RAW))
		code = graph_write_file(graph, options->output);
	else
		code = write_export(graph, options);
	if (!code)
		tell(graph, options, &notes);
	return code;
}

static int run(struct options *options)
{
	struct source source;
	struct graph graph;
	int code;

	code = source_find(options->name, &source);
	if (!code)
		code = source_read(&source, SOURCE_GRAPH, &options->source, &graph);
	if (code)
		return code;
	code = write_graph(&graph, options);
	graph_free(&graph);
	return code;
}

int command_snapshot(int argc, char **argv)
{
	struct options options = { .name = NULL };

	common_init(&options.common);
	if (argp_parse(&snapshot_argp, argc, argv, 0, NULL, &options))
		return EXIT_USAGE;
	if (!options.format)
		options.format = format_of(options.output);
	if (!options.output && !strcmp(options.format, RAW))
		return complain(EXIT_USAGE, "name the file: `mheap snapshot -o FILE"
				GRAPH_FILE_SUFFIX "'");
	if (!options.output)
		options.output = STDOUT;
	if (!strcmp(options.output, STDOUT) && !strcmp(options.format, RAW))
		options.output = "/dev/stdout";
	return run(&options);
}

int command_graph(int argc, char **argv)
{
	struct options options = { .output = STDOUT };

	common_init(&options.common);
	if (argp_parse(&graph_argp, argc, argv, 0, NULL, &options))
		return EXIT_USAGE;
	options.format = options.common.json ? "json" : "dot";
	options.common.json = false;
	return run(&options);
}
