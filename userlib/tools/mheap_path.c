// SPDX-License-Identifier: LGPL-2.1-or-later
/* mheap path - why an object is alive */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "export_view.h"
#include "graph_name.h"
#include "json.h"
#include "options.h"
#include "path.h"
#include "source.h"
#include "target.h"
#include "tool.h"

struct options {
	struct common_options common;
	struct source_options source;
	struct target target;
	unsigned long long all;
};

static const struct argp_option argp_options[] = {
	{ "all", 'a', "K", 0, "The K nearest of all that hold it, each with its shortest path; "
	  "0 for all of them", 0 },
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
	case 'a':
		if (!parse_number(argument, ULLONG_MAX, &options->all))
			argp_error(state, "`%s' is not a number of paths", argument);
		options->all = options->all ? options->all : ULLONG_MAX;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.children = children,
	.doc = "Say why OBJECT is alive: the shortest way of references that leads to it from "
	       "a handle, a named root or an exported descriptor, in one line.\v"
	       "Exit status: 0 there is a path; 1 nothing holds the object, or something "
	       "failed; 2 to 5 as `mheap --help' tells.",
};

static void print_name(char *name)
{
	fputs(name, stdout);
	free(name);
}

static void print_path(const struct path_search *search, const struct graph_holder *holder,
		       const struct common_options *common)
{
	const struct graph *graph = search->graph;
	uint32_t at = holder->object;

	fputs(paint(common, PAINT_BOLD), stdout);
	print_name(graph_name_holder(graph, holder));
	fputs(paint(common, PAINT_PLAIN), stdout);
	for (;;) {
		uint32_t next = search->toward[at];

		fputs(" -> ", stdout);
		fputs(paint(common, PAINT_NAME), stdout);
		print_name(graph_name_object(graph, at));
		fputs(paint(common, PAINT_PLAIN), stdout);
		if (next == GRAPH_NULL)
			break;
		putchar('.');
		print_name(graph_name_slot(graph, at, path_slot(graph, at, next)));
		at = next;
	}
	putchar('\n');
}

static struct json_object *path_to_json(const struct path_search *search,
					const struct graph_holder *holder, uint32_t length)
{
	const struct graph *graph = search->graph;
	struct json_object *path = json_new();
	struct json_object *steps = json_object_new_array();
	uint32_t at = holder->object;

	json_add(path, "holder", graph_json_holder(graph, holder));
	json_add_number(path, "length", length);
	for (;;) {
		uint32_t next = search->toward[at];
		struct json_object *step = json_new();
		char *name = graph_name_object(graph, at);

		json_add_number(step, "object", graph->objects[at].number);
		json_add_string(step, "name", name);
		free(name);
		if (next != GRAPH_NULL) {
			uint32_t slot = path_slot(graph, at, next);

			json_add_number(step, "slot", slot);
			name = graph_name_slot(graph, at, slot);
			json_add_string(step, "slot_name", name);
			free(name);
		}
		json_object_array_add(steps, step);
		if (next == GRAPH_NULL)
			break;
		at = next;
	}
	json_add(path, "steps", steps);
	return path;
}

static void write_json(const struct path_search *search, size_t count)
{
	const struct graph *graph = search->graph;
	struct json_object *object = json_new();
	struct json_object *paths = json_object_new_array();
	struct json_array array;

	json_add_number(object, "heap", graph->heap);
	json_add(object, "object", graph_json_object(graph, search->target));
	json_add_number(object, "holders", search->holder_count);
	for (size_t i = 0; i < count; i++)
		json_object_array_add(paths,
				      path_to_json(search, &graph->holders[search->holders[i]],
						   search->steps[i]));
	json_add(object, "paths", paths);
	json_array_begin(&array);
	json_array_element(&array, object);
	json_array_end(&array);
}

static int show(const struct graph *graph, uint32_t target, const struct options *options)
{
	size_t count = options->all ? options->all : 1;
	struct path_search search;
	int code = EXIT_OK;

	path_search(&search, graph, target);
	if (count > search.holder_count)
		count = search.holder_count;
	if (options->common.json)
		write_json(&search, count);
	for (size_t i = 0; i < count && !options->common.json; i++)
		print_path(&search, &graph->holders[search.holders[i]], &options->common);
	if (!count) {
		char *name = graph_name_object(graph, target);

		code = complain(EXIT_FAILED, "nothing holds %s: it waits to be collected, `mheap "
				"gc %llu' does that", name, (unsigned long long)graph->heap);
		free(name);
	}
	path_search_free(&search);
	return code;
}

int command_path(int argc, char **argv)
{
	struct options options = { .all = 0 };
	struct graph graph;
	uint32_t target;
	int code;

	common_init(&options.common);
	if (argp_parse(&argp, argc, argv, 0, NULL, &options))
		return EXIT_USAGE;
	code = target_read(&options.target, &options.source, &graph, &target);
	if (code)
		return code;
	code = show(&graph, target, &options);
	graph_free(&graph);
	return code;
}
