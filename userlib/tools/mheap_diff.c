// SPDX-License-Identifier: LGPL-2.1-or-later
/* mheap diff - what is different between two graphs */
#include "difference.h"
#include "listing.h"
#include "source.h"
#include "tool.h"

#define SHOWN_DEFAULT 20

#define KEY_OBJECTS	0x101

struct options {
	struct listing_options listing;
	enum difference_group group;
	bool objects;
	const char *names[2];
};

static const struct argp_option argp_options[] = {
	{ "group-by", 'g', "GROUP", 0, "A row for each type (unless told), site, or both of them "
	  "together", 0 },
	{ "objects", KEY_OBJECTS, NULL, 0, "A row for each object that came or went", 0 },
	{ 0 },
};

static const struct argp_child children[] = { { &listing_argp, 0, NULL, 0 }, { 0 } };

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;
	int group;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->listing;
		return 0;
	case 'g':
		group = difference_group_find(argument);
		if (group < 0)
			argp_error(state, "`%s' is not one of type, site and both", argument);
		options->group = (enum difference_group)group;
		return 0;
	case KEY_OBJECTS:
		options->objects = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 1)
			argp_error(state, "there is one file too many: `%s'", argument);
		options->names[state->arg_num] = argument;
		return 0;
	case ARGP_KEY_END:
		if (!options->names[1])
			argp_error(state, "name two: files, or heaps by their numbers");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.children = children,
	.args_doc = "BEFORE AFTER",
	.doc = "Compare two snapshots, or one with a heap as it is now: which types, or lines, "
	       "have more objects, and which have fewer.\v"
	       "Keys to sort by: bytes_change (unless told: the largest change first), "
	       "objects_change, objects, bytes, objects_before, bytes_before, name; with "
	       "--objects: bytes (unless told), object, change, name, site_name, age_ms. "
	       "Exit status: 0 there is no difference; 1 there is one, or something failed; "
	       "2 to 5 as `mheap --help' tells.",
};

static int show(const struct graph *graphs, const struct options *options)
{
	const struct list_options *list = &options->listing.list;
	const char *key = options->objects ? "bytes" : "size_of_change";
	struct rows rows;
	int column;
	int code;

	if (options->objects)
		difference_init_objects(&rows);
	else
		difference_init(&rows, options->group);
	column = listing_column(&rows, list, key, "diff");
	if (column < 0)
		return EXIT_USAGE;
	if (options->objects)
		difference_objects(&rows, &graphs[0], &graphs[1]);
	else
		difference_find(&rows, &graphs[0], &graphs[1], options->group);
	rows_sort(&rows, column, list->reverse);
	if (rows.count || options->listing.common.json)
		listing_write(&rows, list, &options->listing.common);
	code = rows.count ? EXIT_FAILED : EXIT_OK;
	rows_free(&rows);
	return code;
}

int command_diff(int argc, char **argv)
{
	struct options options = { .group = DIFFERENCE_TYPE };
	struct graph graphs[2] = { 0 };
	int code = EXIT_OK;

	listing_init(&options.listing, SHOWN_DEFAULT);
	if (argp_parse(&argp, argc, argv, 0, NULL, &options))
		return EXIT_USAGE;
	for (int i = 0; i < 2 && !code; i++) {
		struct source source;

		code = source_find(options.names[i], &source);
		if (!code)
			code = source_read(&source, SOURCE_GRAPH, &options.listing.source,
					   &graphs[i]);
	}
	if (!code)
		code = show(graphs, &options);
	graph_free(&graphs[0]);
	graph_free(&graphs[1]);
	return code;
}
