// SPDX-License-Identifier: LGPL-2.1-or-later
/* mheap retained - what would go if something went */
#include <stdio.h>
#include <stdlib.h>

#include "graph_name.h"
#include "listing.h"
#include "memory.h"
#include "object_filter.h"
#include "object_list.h"
#include "retained.h"
#include "source.h"
#include "tool.h"

#define SHOWN_DEFAULT 20

struct options {
	struct listing_options listing;
	struct object_filter filter;
	enum retained_group group;
	const char *under;
	const char *name;
};

static const struct argp_option argp_options[] = {
	{ "group-by", 'g', "GROUP", 0, "A row for each object, type, site or holder", 0 },
	{ "under", 'u', "OBJECT", 0, "Only what goes with this object and with no other that it "
	  "retains: the first level of its part of the tree of dominators", 0 },
	{ 0 },
};

static const struct argp_child children[] = {
	{ &listing_argp, 0, NULL, 0 }, { &object_filter_argp, 0, NULL, 0 }, { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;
	uint32_t number;
	int group;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->listing;
		state->child_inputs[1] = &options->filter;
		return 0;
	case 'g':
		group = retained_group_find(argument);
		if (group < 0)
			argp_error(state, "`%s' is not one of object, type, site and holder",
				   argument);
		options->group = (enum retained_group)group;
		return 0;
	case 'u':
		if (!graph_is_object(argument, &number))
			argp_error(state, "`%s' is not an object: write 12, or Order#12", argument);
		options->under = argument;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			argp_error(state, "there is one heap too many: `%s'", argument);
		options->name = argument;
		return 0;
	case ARGP_KEY_END:
		if (options->group == RETAINED_BY_HOLDER &&
		    (options->under || object_filter_is_set(&options->filter)))
			argp_error(state, "holders are no objects: all of them are listed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.children = children,
	.args_doc = "[HEAP|FILE]",
	.doc = "Tell what would go if an object went: its own bytes, and those of all objects "
	       "that every way from a handle, a named root or an exported descriptor leads to "
	       "through it. `mheap dominators' tells of one object what retains it.\v"
	       "Keys to sort by: retained (unless told), retained_objects, retained_percent, "
	       "bytes, heap; of objects, object; of groups, objects, name, and type, site or "
	       "session.",
};

/* For each object whether the filter lets it pass. */
static bool *find_wanted(const struct dominator_tree *tree, const struct object_filter *filter,
			 uint32_t under)
{
	const struct graph *graph = tree->graph;
	bool *held = filter->session ? object_list_held(graph, (uint32_t)filter->session) : NULL;
	bool *wanted = must_have(calloc(graph->object_count + 1, sizeof(*wanted)));
	bool every = !object_filter_is_set(filter);
	struct object_names names = { .graph = NULL };

	object_names_begin(&names, graph);
	for (size_t i = 0; i < graph->object_count; i++) {
		struct object_line line;

		if ((under != GRAPH_NULL && tree->above[i] != under) || (held && !held[i]))
			continue;
		wanted[i] = every;
		if (every)
			continue;
		line = object_list_line(graph, i);
		line.is_named = true;
		line.type_name = object_names_type(&names, (uint32_t)line.columns[TYPE]);
		line.site_name = object_names_site(&names, (uint32_t)line.columns[SITE]);
		wanted[i] = object_filter_passes(filter, &line);
	}
	object_names_free(&names);
	free(held);
	return wanted;
}

static void write_more(const struct options *options, size_t more)
{
	if (more && !options->listing.common.json)
		printf("... and %zu more\n", more);
}

static void show(struct rows *rows, const struct graph *graph, const struct options *options,
		 int column, uint32_t under)
{
	const struct list_options *list = &options->listing.list;
	struct dominator_tree tree;
	bool *wanted;
	size_t more = 0;

	dominator_tree_make(&tree, graph, false);
	wanted = find_wanted(&tree, &options->filter, under);
	if (options->group == RETAINED_BY_OBJECT)
		more = retained_add_objects(rows, &tree, wanted, (enum retained_column)column,
					    list->reverse, list->count);
	else if (options->group == RETAINED_BY_HOLDER)
		retained_add_holders(rows, &tree);
	else
		retained_add_groups(rows, &tree, wanted, options->group);
	free(wanted);
	dominator_tree_free(&tree);
	if (options->group != RETAINED_BY_OBJECT)
		rows_sort(rows, column, list->reverse);
	listing_write(rows, list, &options->listing.common);
	write_more(options, more);
}

static int find_column(const struct rows *rows, const struct options *options)
{
	const struct list_options *list = &options->listing.list;
	int column = listing_column(rows, list, "retained", "retained");

	if (column >= 0 && options->group == RETAINED_BY_OBJECT &&
	    rows->columns[column].kind == COLUMN_TEXT) {
		complain(EXIT_USAGE, "objects cannot be sorted by `%s' here: `mheap ls' sorts "
			 "them by name", list->sort);
		return -1;
	}
	return column;
}

int command_retained(int argc, char **argv)
{
	struct options options = { .group = RETAINED_BY_OBJECT };
	uint32_t under = GRAPH_NULL;
	struct source source;
	struct graph graph;
	struct rows rows;
	int column;
	int code;

	listing_init(&options.listing, SHOWN_DEFAULT);
	object_filter_init(&options.filter);
	if (argp_parse(&argp, argc, argv, 0, NULL, &options))
		return EXIT_USAGE;
	retained_init(&rows, options.group);
	column = find_column(&rows, &options);
	if (column < 0)
		return EXIT_USAGE;
	code = source_find(options.name, &source);
	if (!code)
		code = source_read(&source, SOURCE_GRAPH, &options.listing.source, &graph);
	if (code)
		return code;
	if (options.under)
		under = graph_find_object(&graph, options.under);
	if (options.under && under == GRAPH_NULL)
		code = complain(EXIT_FAILED, "there is no object %s: `mheap ls' lists those that "
				"there are", options.under);
	else
		show(&rows, &graph, &options, column, under);
	graph_free(&graph);
	rows_free(&rows);
	return code;
}
