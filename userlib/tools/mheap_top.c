// SPDX-License-Identifier: LGPL-2.1-or-later
/* mheap top - which lines allocate, live */
#include <stdio.h>
#include <unistd.h>

#include "delay.h"
#include "json.h"
#include "listing.h"
#include "options.h"
#include "screen.h"
#include "tool.h"
#include "view.h"

#define KEY_ONCE	'1'

struct options {
	struct common_options common;
	struct list_options list;
	struct view view;
	bool once;
	double delay;
};

static const struct argp_option argp_options[] = {
	{ "group-by", 'g', "GROUP", 0, "A row for each site, function, file or type", 0 },
	{ "delay", 'd', "SECONDS", 0, "Look every so often; 1 unless told", 0 },
	{ "once", KEY_ONCE, NULL, 0, "Write it once, for programs; so it is where there is no "
	  "terminal", 0 },
	{ "batch", 'B', NULL, OPTION_ALIAS, NULL, 0 },
	{ 0 },
};

static const struct argp_child children[] = {
	{ &common_argp, 0, NULL, 0 }, { &list_argp, 0, NULL, 0 }, { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;
	unsigned long long heap;
	int group;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->common;
		state->child_inputs[1] = &options->list;
		return 0;
	case 'g':
		group = site_group_find(argument);
		if (group < 0)
			argp_error(state, "`%s' is not one of site, function, file and type",
				   argument);
		options->view.group = (enum site_group)group;
		return 0;
	case 'd':
		if (!delay_parse(argument, 0.1, 1e4, &options->delay))
			argp_error(state, "`%s' is not a number of seconds, 0.1 and more",
				   argument);
		return 0;
	case KEY_ONCE:
		options->once = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			argp_error(state, "there is one heap too many: `%s'", argument);
		if (!parse_number(argument, UINT64_MAX, &heap))
			argp_error(state, "`%s' is not the number of a heap", argument);
		options->view.heap = heap;
		options->view.only = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.children = children,
	.args_doc = "[HEAP]",
	.doc = "Show which lines allocate, again and again. h tells the keys.\v"
	       "Keys to sort by are those of `mheap sites'.",
};

static void write_text(const struct view *view, const struct options *options)
{
	char line[VIEW_LINE_MAX];

	for (int i = 0; i < VIEW_LINES; i++) {
		view_line(view, i, options->common.exact, line);
		puts(line);
	}
	puts("");
	rows_print(&view->rows, options->list.count, options->common.exact, "");
}

static int write_once(struct options *options)
{
	struct view *view = &options->view;
	struct json_array array;
	int code;

	code = view_update(view);
	if (code)
		return code;
	if (options->common.json)
		json_array_begin(&array);
	for (size_t i = 0; i < view->heap_count && !code; i++) {
		if (view->only && view->heaps[i].heap != view->heap)
			continue;
		view->heap = view->heaps[i].heap;
		code = view_read(view);
		if (code)
			break;
		if (options->common.json) {
			json_array_element(&array, view_json(view, options->list.count));
			continue;
		}
		if (i && !view->only)
			puts("");
		write_text(view, options);
	}
	if (options->common.json)
		json_array_end(&array);
	return code;
}

int command_top(int argc, char **argv)
{
	struct options options = { .delay = 1 };
	struct view *view = &options.view;
	int code;

	common_init(&options.common);
	list_init(&options.list, SIZE_MAX);
	if (argp_parse(&argp, argc, argv, 0, NULL, &options))
		return EXIT_USAGE;
	site_table_init(&view->rows, view->group);
	view->reverse = options.list.reverse;
	view->column = listing_column(&view->rows, &options.list, "bytes", "sites");
	if (view->column < 0)
		return EXIT_USAGE;
	if (options.once || options.common.json || !isatty(STDOUT_FILENO))
		code = write_once(&options);
	else
		code = screen_run(view, options.delay, options.common.exact);
	view_free(view);
	return code;
}
