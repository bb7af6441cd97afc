// SPDX-License-Identifier: LGPL-2.1-or-later
/* mheap sites - which lines allocate */
#include <stdlib.h>

#include "listing.h"
#include "live.h"
#include "site_table.h"
#include "source.h"
#include "tool.h"

#define SHOWN_DEFAULT 20

struct options {
	struct listing_options listing;
	enum site_group group;
	char **names;
	size_t name_count;
};

static const struct argp_option argp_options[] = {
	{ "group-by", 'g', "GROUP", 0, "A row for each site, function, file or type", 0 },
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
		group = site_group_find(argument);
		if (group < 0)
			argp_error(state, "`%s' is not one of site, function, file and type",
				   argument);
		options->group = (enum site_group)group;
		return 0;
	case ARGP_KEY_ARGS:
		options->names = state->argv + state->next;
		options->name_count = (size_t)(state->argc - state->next);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.children = children,
	.args_doc = "[HEAP|FILE]...",
	.doc = "Show which lines allocate: the objects from there that are alive, the most that "
	       "were at once, all that there ever were, and the part of these that died within "
	       "a second of their birth.\v"
	       "Keys to sort by: bytes (unless told), objects, peak_objects, peak_bytes, "
	       "total_objects, total_bytes, young, young_percent, name, heap.",
};

static int add_source(struct rows *rows, const struct source *source,
		      const struct options *options)
{
	enum source_depth depth = options->group == GROUP_TYPE ? SOURCE_OBJECTS : SOURCE_NAMES;
	struct graph graph;
	int code;

	code = source_read(source, depth, &options->listing.source, &graph);
	if (code)
		return code;
	site_table_add(rows, &graph, options->group);
	graph_free(&graph);
	return EXIT_OK;
}

/* All heaps that there are; one that went away since is none. */
static int add_heaps(struct rows *rows, const struct options *options)
{
	struct mh_heap_entry *heaps;
	size_t count;
	int code;

	code = live_list(&heaps, &count);
	if (code)
		return code;
	for (size_t i = 0; i < count && !code; i++) {
		const struct source source = { .heap = heaps[i].heap };

		code = add_source(rows, &source, options);
	}
	free(heaps);
	return code;
}

static int add_named(struct rows *rows, const struct options *options)
{
	int worst = EXIT_OK;

	for (size_t i = 0; i < options->name_count; i++) {
		struct source source;
		int code;

		code = source_find(options->names[i], &source);
		if (!code)
			code = add_source(rows, &source, options);
		if (code)
			worst = code;
	}
	return worst;
}

int command_sites(int argc, char **argv)
{
	struct options options = { .group = GROUP_SITE };
	const struct list_options *list = &options.listing.list;
	struct rows rows;
	int column;
	int code;

	listing_init(&options.listing, SHOWN_DEFAULT);
	if (argp_parse(&argp, argc, argv, 0, NULL, &options))
		return EXIT_USAGE;
	site_table_init(&rows, options.group);
	column = listing_column(&rows, list, "bytes", "sites");
	if (column < 0)
		return EXIT_USAGE;
	if (options.name_count)
		code = add_named(&rows, &options);
	else
		code = add_heaps(&rows, &options);
	rows_sort(&rows, column, list->reverse);
	if (!code || rows.count)
		listing_write(&rows, list, &options.listing.common);
	rows_free(&rows);
	return code;
}
