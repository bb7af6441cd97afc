// SPDX-License-Identifier: LGPL-2.1-or-later
/* mheap dominators - what an object goes with */
#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "graph_name.h"
#include "json.h"
#include "options.h"
#include "retained.h"
#include "source.h"
#include "target.h"
#include "tool.h"

#define SHOWN_DEFAULT 20

struct options {
	struct common_options common;
	struct source_options source;
	struct target target;
	unsigned long long count;
};

static const struct argp_option argp_options[] = {
	{ "number", 'n', "N", 0, "No more than the N nearest; 0 for all; 20 unless told", 0 },
	{ 0 },
};

static const struct argp_child children[] = {
	{ &common_argp, 0, NULL, 0 }, { &source_argp, 0, NULL, 0 }, { &target_argp, 0, NULL, 0 },
	{ 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->common;
		state->child_inputs[1] = &options->source;
		state->child_inputs[2] = &options->target;
		return 0;
	case 'n':
		if (!parse_number(argument, ULLONG_MAX, &options->count))
			argp_error(state, "`%s' is not a number", argument);
		options->count = options->count ? options->count : ULLONG_MAX;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.children = children,
	.doc = "Say what OBJECT goes with: whatever every way leads through that keeps it alive, "
	       "the nearest first, up to the one that holds it and to the heap, and how much "
	       "each of them retains.\v"
	       "Exit status: 0 something retains it; 1 nothing holds the object, or something "
	       "failed; 2 to 5 as `mheap --help' tells.",
};

/* Returns how many there are above the object; those that are wanted are rows. */
static uint32_t find_chain(struct rows *rows, const struct dominator_tree *tree, uint32_t object,
			   unsigned long long count)
{
	uint32_t length = 0;

	if (tree->above[object] == GRAPH_NULL)
		return 0;
	for (uint32_t at = object; at != GRAPH_NULL; at = tree->above[at]) {
		if (length <= count)
			retained_add_node(rows, tree, at);
		length++;
	}
	return length - 1;
}

static void write_json(const struct rows *rows, const struct graph *graph, uint32_t object,
		       uint32_t length)
{
	struct json_object *json = json_new();
	struct json_object *chain = json_object_new_array();
	struct json_array array;

	json_add_number(json, "heap", graph->heap);
	json_add(json, "object", graph_json_object(graph, object));
	json_add_number(json, "retained",
			rows->count ? (uint64_t)rows_at(rows, 0)[RETAINED_SIZE].number : 0);
	json_add_number(json, "retained_objects",
			rows->count ? (uint64_t)rows_at(rows, 0)[RETAINED_COUNT].number : 0);
	json_add_number(json, "length", length);
	for (size_t i = 1; i < rows->count; i++)
		json_object_array_add(chain, rows_object(rows, i));
	json_add(json, "dominators", chain);
	json_array_begin(&array);
	json_array_element(&array, json);
	json_array_end(&array);
}

static int show(const struct graph *graph, uint32_t object, const struct options *options)
{
	struct dominator_tree tree;
	struct rows rows;
	uint32_t length;
	int code = EXIT_OK;

	retained_init(&rows, RETAINED_BY_OBJECT);
	dominator_tree_make(&tree, graph, false);
	length = find_chain(&rows, &tree, object, options->count);
	dominator_tree_free(&tree);
	if (options->common.json)
		write_json(&rows, graph, object, length);
	else if (length)
		rows_print(&rows, SIZE_MAX, options->common.exact, "");
	if (length && length + 1 > rows.count && !options->common.json)
		printf("... and %zu more\n", length + 1 - rows.count);
	if (!length) {
		char *name = graph_name_object(graph, object);

		code = complain(EXIT_FAILED, "nothing holds %s: it waits to be collected, `mheap "
				"gc %llu' does that", name, (unsigned long long)graph->heap);
		free(name);
	}
	rows_free(&rows);
	return code;
}

int command_dominators(int argc, char **argv)
{
	struct options options = { .count = SHOWN_DEFAULT };
	struct graph graph;
	uint32_t object;
	int code;

	common_init(&options.common);
	if (argp_parse(&argp, argc, argv, 0, NULL, &options))
		return EXIT_USAGE;
	code = target_read(&options.target, &options.source, &graph, &object);
	if (code)
		return code;
	code = show(&graph, object, &options);
	graph_free(&graph);
	return code;
}
