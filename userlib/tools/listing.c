// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>

#include "json.h"
#include "listing.h"
#include "tool.h"

static const struct argp_child children[] = {
	{ &common_argp, 0, NULL, 0 }, { &source_argp, 0, NULL, 0 }, { &list_argp, 0, NULL, 0 },
	{ 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct listing_options *options = state->input;

	(void)argument;
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	state->child_inputs[0] = &options->common;
	state->child_inputs[1] = &options->source;
	state->child_inputs[2] = &options->list;
	return 0;
}

const struct argp listing_argp = { .parser = parse, .children = children };

void listing_init(struct listing_options *options, size_t count)
{
	*options = (struct listing_options){ .source = { .live = false } };
	common_init(&options->common);
	list_init(&options->list, count);
}

int listing_column(const struct rows *rows, const struct list_options *list, const char *key,
		   const char *command)
{
	int column = rows_column(rows, list->sort ? list->sort : key);

	if (column < 0)
		complain(EXIT_USAGE, "`%s' is not a key to sort by: `mheap %s --help' lists them",
			 list->sort, command);
	return column;
}

void listing_write(const struct rows *rows, const struct list_options *list,
		   const struct common_options *common)
{
	struct json_array array;

	if (common->json) {
		json_array_begin(&array);
		rows_json(rows, list->count, &array);
		json_array_end(&array);
		return;
	}
	rows_print(rows, list->count, common->exact, "");
	if (rows->count > list->count)
		printf("... and %zu more\n", rows->count - list->count);
}
