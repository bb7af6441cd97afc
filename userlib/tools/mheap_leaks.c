// SPDX-License-Identifier: LGPL-2.1-or-later
/* mheap leaks - what no living process can name, and what only grows */
#include <float.h>
#include <stdio.h>

#include "delay.h"
#include "growth.h"
#include "leak.h"
#include "listing.h"
#include "live.h"
#include "source.h"
#include "tool.h"

#define SHOWN_DEFAULT 20

#define KEY_COLLECT	0x101
#define KEY_DEAD	0x102
#define KEY_LOOKS	0x103

struct options {
	struct listing_options listing;
	const char *name;
	bool collect;
	double interval;
	unsigned long long looks;
	struct leak_options leak;
};

static const struct argp_option argp_options[] = {
	{ "collect", KEY_COLLECT, NULL, 0, "Collect garbage first, so that what only waits for "
	  "that is no finding", 0 },
	{ "interval", 'i', "SECONDS", 0, "Look again after so long, and tell what grew", 0 },
	{ "looks", KEY_LOOKS, "N", 0, "Look N times, 2 unless told: what grew each time", 0 },
	{ "dead", KEY_DEAD, "PID", 0, "Take the process for dead; of a file, no other is", 0 },
	{ 0 },
};

static const struct argp_child children[] = { { &listing_argp, 0, NULL, 0 }, { 0 } };

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;
	unsigned long long pid;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->listing;
		return 0;
	case KEY_COLLECT:
		options->collect = true;
		return 0;
	case 'i':
		if (!delay_parse(argument, DBL_MIN, 1e6, &options->interval))
			argp_error(state, "`%s' is not a number of seconds", argument);
		return 0;
	case KEY_LOOKS:
		if (!parse_number(argument, 1000000, &options->looks) || options->looks < 2)
			argp_error(state, "`%s' is not a number of looks", argument);
		return 0;
	case KEY_DEAD:
		if (!parse_number(argument, UINT32_MAX, &pid) || !pid)
			argp_error(state, "`%s' is not the number of a process", argument);
		options->leak.dead_pid = (uint32_t)pid;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			argp_error(state, "there is one heap too many: `%s'", argument);
		options->name = argument;
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
	.doc = "Find objects that no living process can name, because only sessions of "
	       "processes that are gone hold them, or nothing does and they wait to be "
	       "collected; and, with --interval, the lines whose objects become more.\v"
	       "Keys to sort by: bytes (unless told), objects, kind, holder, type_name, "
	       "site_name, oldest_ms, bytes_change, objects_change. "
	       "Exit status: 0 nothing was found; 1 something was, or failed; "
	       "2 to 5 as `mheap --help' tells.",
};

static int collect(const struct source *source)
{
	struct mh_session *session;
	int error;
	int code;

	if (source->path)
		return complain(EXIT_USAGE, "a file cannot be collected: leave out --collect");
	code = live_open(source->heap, &session);
	if (code)
		return code;
	error = mh_collect_wait(session, NULL);
	mh_session_close(session);
	if (error)
		return live_explain(error, "cannot collect heap %llu",
				    (unsigned long long)source->heap);
	return EXIT_OK;
}

static int look(const struct source *source, const struct options *options,
		enum source_depth depth, struct graph *ret_graph)
{
	int code = options->collect ? collect(source) : EXIT_OK;

	return code ? code : source_read(source, depth, &options->listing.source, ret_graph);
}

static int find_growth(struct rows *rows, const struct source *source,
		       const struct options *options, const struct graph *first)
{
	struct growth growth;
	int code = EXIT_OK;

	growth_begin(&growth, first);
	for (unsigned long long i = 1; i < options->looks && !code; i++) {
		struct graph graph;

		delay_wait(options->interval, NULL);
		code = look(source, options, SOURCE_NAMES, &graph);
		if (code)
			break;
		growth_look(&growth, &graph);
		graph_free(&graph);
	}
	if (!code)
		growth_tell(&growth, rows);
	growth_free(&growth);
	return code;
}

static int find_all(struct rows *rows, const struct source *source,
		    const struct options *options)
{
	struct graph graph;
	int code;

	code = look(source, options, SOURCE_GRAPH, &graph);
	if (code)
		return code;
	leak_find(rows, &graph, &options->leak);
	if (options->interval > 0)
		code = find_growth(rows, source, options, &graph);
	graph_free(&graph);
	return code;
}

static void write_rows(const struct rows *rows, const struct listing_options *options)
{
	if (rows->count || options->common.json)
		listing_write(rows, &options->list, &options->common);
	else
		puts("nothing was found");
}

int command_leaks(int argc, char **argv)
{
	struct options options = { .looks = 2 };
	const struct list_options *list = &options.listing.list;
	struct source source;
	struct rows rows;
	int column;
	int code;

	listing_init(&options.listing, SHOWN_DEFAULT);
	if (argp_parse(&argp, argc, argv, 0, NULL, &options))
		return EXIT_USAGE;
	leak_init(&rows);
	column = listing_column(&rows, list, "bytes", "leaks");
	if (column < 0)
		return EXIT_USAGE;
	code = source_find(options.name, &source);
	if (!code && source.path && options.interval > 0)
		code = complain(EXIT_USAGE, "a file does not grow: compare two with `mheap "
				"diff A B'");
	options.leak.look_at_processes = !source.path;
	if (!code)
		code = find_all(&rows, &source, &options);
	if (!code) {
		rows_sort(&rows, column, list->reverse);
		write_rows(&rows, &options.listing);
		code = rows.count ? EXIT_FAILED : EXIT_OK;
	}
	rows_free(&rows);
	return code;
}
