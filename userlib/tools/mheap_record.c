// SPDX-License-Identifier: LGPL-2.1-or-later
/* mheap record - sites over time, and which lines should use objects again */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "churn.h"
#include "delay.h"
#include "listing.h"
#include "options.h"
#include "recording.h"
#include "source.h"
#include "tool.h"

#define SHOWN_DEFAULT	20
#define KEY_COUNT	0x101

struct options {
	struct common_options common;
	struct list_options list;
	const char *output;
	const char *report;
	const char *name;
	double interval;
	unsigned long long count;
};

static const struct argp_option argp_options[] = {
	{ "output", 'o', "FILE", 0, "Write what is recorded to FILE", 0 },
	{ "interval", 'i', "SECONDS", 0, "Look every so often; 1 unless told", 0 },
	{ "count", KEY_COUNT, "N", 0, "Look N times; until interrupted, or until the heap is "
	  "gone, unless told", 0 },
	{ "report", 'R', "FILE", 0, "Tell of what was recorded in FILE, and record nothing", 0 },
	{ 0 },
};

static const struct argp_child children[] = {
	{ &common_argp, 0, NULL, 0 }, { &list_argp, 0, NULL, 0 }, { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->common;
		state->child_inputs[1] = &options->list;
		return 0;
	case 'o':
		options->output = argument;
		return 0;
	case 'i':
		if (!delay_parse(argument, 0.01, 1e6, &options->interval))
			argp_error(state, "`%s' is not a number of seconds, 0.01 and more",
				   argument);
		return 0;
	case KEY_COUNT:
		if (!parse_number(argument, ULLONG_MAX, &options->count) || !options->count)
			argp_error(state, "`%s' is not a number of looks", argument);
		return 0;
	case 'R':
		options->report = argument;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			argp_error(state, "there is one heap too many: `%s'", argument);
		options->name = argument;
		return 0;
	case ARGP_KEY_END:
		if (options->report && (options->name || options->output))
			argp_error(state, "--report records nothing");
		if (!options->report && !options->output)
			argp_error(state, "name the file: `mheap record -o FILE'");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.children = children,
	.args_doc = "-o FILE [HEAP]\n--report FILE",
	.doc = "Record the figures of a heap's sites over time, and tell at the end which lines "
	       "churn: whose objects die within a second, so that objects should be reused "
	       "there, see mh_object_reset(3).\v"
	       "Keys to sort by: young_per_second (unless told), allocated_per_second, "
	       "allocated, bytes_per_second, young_percent, name, objects, objects_change. "
	       "Exit status as `mheap --help' tells.",
};

static volatile sig_atomic_t interrupted;

static void interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

static int record_looks(FILE *to, const struct source *source, const struct options *options)
{
	unsigned long long looks = 0;

	while (!interrupted && (!options->count || looks < options->count)) {
		struct graph graph;
		int code;

		if (looks)
			delay_wait(options->interval, &interrupted);
		if (interrupted)
			break;
		code = source_read(source, SOURCE_NAMES, NULL, &graph);
		if (code)
			return looks > 1 ? EXIT_OK : code;
		recording_write(to, &graph);
		graph_free(&graph);
		looks++;
		if (fflush(to))
			return complain(EXIT_FAILED, "cannot write %s: %s", options->output,
					strerror(errno));
	}
	return EXIT_OK;
}

static int record(const struct options *options)
{
	const struct sigaction action = { .sa_handler = interrupt };
	struct source source;
	FILE *to;
	int code;

	code = source_find(options->name, &source);
	if (code)
		return code;
	if (source.path)
		return complain(EXIT_USAGE, "`%s' is not the number of a heap", source.path);
	to = fopen(options->output, "we");
	if (!to)
		return complain(EXIT_FAILED, "cannot write %s: %s", options->output,
				strerror(errno));
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	code = record_looks(to, &source, options);
	if (fclose(to) && !code)
		code = complain(EXIT_FAILED, "cannot write %s: %s", options->output,
				strerror(errno));
	return code;
}

static int report(const char *path, const struct options *options)
{
	struct recording recording;
	struct rows rows;
	int column;
	int code;

	churn_init(&rows);
	column = listing_column(&rows, &options->list, "young_per_second", "record");
	if (column < 0)
		return EXIT_USAGE;
	code = recording_read(path, &recording);
	if (code)
		return code;
	churn_find(&rows, &recording);
	recording_free(&recording);
	rows_sort(&rows, column, options->list.reverse);
	listing_write(&rows, &options->list, &options->common);
	rows_free(&rows);
	return EXIT_OK;
}

int command_record(int argc, char **argv)
{
	struct options options = { .interval = 1 };
	int code = EXIT_OK;

	common_init(&options.common);
	list_init(&options.list, SHOWN_DEFAULT);
	if (argp_parse(&argp, argc, argv, 0, NULL, &options))
		return EXIT_USAGE;
	if (!options.report)
		code = record(&options);
	if (code)
		return code;
	return report(options.report ? options.report : options.output, &options);
}
