// SPDX-License-Identifier: LGPL-2.1-or-later
/* mheap profile - source files with what their lines allocated */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "annotation.h"
#include "delay.h"
#include "json.h"
#include "live.h"
#include "memory.h"
#include "options.h"
#include "source.h"
#include "supervise.h"
#include "tool.h"

struct options {
	struct common_options common;
	const char **directories;
	size_t directory_count;
	size_t directory_room;
	const char *output;
	const char *name;
	unsigned long long interval;
	char **program;
};

static const struct argp_option argp_options[] = {
	{ "source", 'S', "DIR", 0, "Look for source files below DIR, too. May be given more than "
	  "once", 0 },
	{ "output", 'o', "FILE", 0, "Write to FILE, and not to standard output", 0 },
	{ "interval", 'i', "SECONDS", 0, "Of a heap: only what is allocated from now on, for so "
	  "long", 0 },
	{ 0 },
};

static const struct argp_child children[] = { { &common_argp, 0, NULL, 0 }, { 0 } };

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->common;
		return 0;
	case 'S':
		options->directories = must_grow(options->directories, &options->directory_room,
						 options->directory_count + 1,
						 sizeof(*options->directories));
		options->directories[options->directory_count++] = argument;
		return 0;
	case 'o':
		options->output = argument;
		return 0;
	case 'i':
		if (!parse_number(argument, 1000000, &options->interval) || !options->interval)
			argp_error(state, "`%s' is not a number of seconds", argument);
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			argp_error(state, "a program is written behind --");
		options->name = argument;
		if (!strcmp(state->argv[state->next - 2], "--")) {
			options->program = state->argv + state->next - 1;
			state->next = state->argc;
		}
		return 0;
	case ARGP_KEY_END:
		if (options->program && options->interval)
			argp_error(state, "--interval is for a heap that is alive");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.children = children,
	.args_doc = "-- PROGRAM [ARGUMENT]...\n[HEAP|FILE]",
	.doc = "Show source files with what each line allocated, as memory_profiler does. Run "
	       "PROGRAM and tell of the heaps that it and what it starts make or join; or tell "
	       "of a heap that is there, and nothing needs to be started again.\v"
	       "Mem usage is the most that objects of the line took at one time; Increment what "
	       "it allocated in all, in Occurrences objects. "
	       "Exit status: that of PROGRAM; otherwise 0, or 1 to 5 as `mheap --help' tells.",
};

/**
 * struct watched - A heap of the program
 * @heap: its number
 * @session: looks at it, and keeps it until all is told
 * @before: its sites when the program came to it
 */
struct watched {
	uint64_t heap;
	struct mh_session *session;
	struct graph before;
};

struct watch {
	struct watched *heaps;
	size_t count;
	size_t room;
};

static void watch_heap(uint64_t heap, void *context)
{
	const struct source_options options = { .live = false };
	struct watch *watch = context;
	struct watched new = { .heap = heap };

	for (size_t i = 0; i < watch->count; i++)
		if (watch->heaps[i].heap == heap)
			return;
	/* Both have said what is wrong. */
	if (live_open(heap, &new.session))
		return;
	if (live_read(new.session, SOURCE_NAMES, &options, &new.before)) {
		mh_session_close(new.session);
		return;
	}
	watch->heaps = must_grow(watch->heaps, &watch->room, watch->count + 1,
				 sizeof(*watch->heaps));
	watch->heaps[watch->count++] = new;
}

static void tell_watched(struct watch *watch, struct annotation *annotation)
{
	const struct source_options options = { .live = false };

	for (size_t i = 0; i < watch->count; i++) {
		struct watched *watched = &watch->heaps[i];
		struct graph after;

		if (!live_read(watched->session, SOURCE_NAMES, &options, &after)) {
			annotation_add(annotation, &watched->before, &after);
			graph_free(&after);
		}
		graph_free(&watched->before);
		mh_session_close(watched->session);
	}
	free(watch->heaps);
}

static int run_program(const struct options *options, struct annotation *annotation)
{
	struct watch watch = { .count = 0 };
	int status = EXIT_FAILED;
	int code;

	code = supervise(options->program, watch_heap, &watch, &status);
	if (code)
		return code;
	if (!watch.count)
		complain(EXIT_OK, "%s has made no heap and joined none", options->program[0]);
	tell_watched(&watch, annotation);
	return status;
}

static int read_source(const struct options *options, struct annotation *annotation)
{
	struct graph before = { .heap = 0 }, after = { .heap = 0 };
	struct source source;
	int code;

	code = source_find(options->name, &source);
	if (!code && source.path && options->interval)
		code = complain(EXIT_USAGE, "--interval is for a heap that is alive");
	if (!code && options->interval) {
		code = source_read(&source, SOURCE_NAMES, NULL, &before);
		if (!code)
			delay_wait((double)options->interval, NULL);
	}
	if (!code)
		code = source_read(&source, SOURCE_NAMES, NULL, &after);
	if (!code)
		annotation_add(annotation, &before, &after);
	graph_free(&before);
	graph_free(&after);
	return code;
}

static int write_annotation(const struct options *options, struct annotation *annotation)
{
	FILE *to = stdout;

	annotation_sort(annotation);
	if (options->output && !freopen(options->output, "we", stdout))
		return complain(EXIT_FAILED, "cannot write %s: %s", options->output,
				strerror(errno));
	if (options->common.json)
		annotation_json(annotation);
	else
		annotation_print(annotation, to);
	return EXIT_OK;
}

int command_profile(int argc, char **argv)
{
	struct options options = { .name = NULL };
	struct annotation annotation = { .count = 0 };
	int code, written;

	common_init(&options.common);
	if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &options))
		return EXIT_USAGE;
	annotation.directories = options.directories;
	annotation.directory_count = options.directory_count;
	if (options.program)
		code = run_program(&options, &annotation);
	else
		code = read_source(&options, &annotation);
	if (options.program || !code) {
		written = write_annotation(&options, &annotation);
		code = written ? written : code;
	}
	annotation_free(&annotation);
	free(options.directories);
	return code;
}
