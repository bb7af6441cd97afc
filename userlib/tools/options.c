// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "tool.h"

#define KEY_COLOR	0x100

static const struct argp_option common_list[] = {
	{ "json", 'j', NULL, 0, "Write JSON", 0 },
	{ "bytes", 'b', NULL, 0, "Write bytes as they are, without units", 0 },
	{ "color", KEY_COLOR, "WHEN", 0, "Use colours: auto, always or never. NO_COLOR in the "
	  "environment means never, unless this says otherwise", 0 },
	{ 0 },
};

void common_init(struct common_options *options)
{
	const char *no_color = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	*options = (struct common_options){ .json = false };
	options->color = !(no_color && *no_color) && isatty(STDOUT_FILENO) &&
			 !(terminal && !strcmp(terminal, "dumb"));
}

static error_t parse_common(int key, char *argument, struct argp_state *state)
{
	struct common_options *options = state->input;

	switch (key) {
	case 'j':
		options->json = true;
		return 0;
	case 'b':
		options->exact = true;
		return 0;
	case KEY_COLOR:
		if (!strcmp(argument, "always"))
			options->color = true;
		else if (!strcmp(argument, "never"))
			options->color = false;
		else if (strcmp(argument, "auto"))
			argp_error(state, "`%s' is not one of auto, always and never", argument);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp common_argp = { .options = common_list, .parser = parse_common };

static const struct argp_option list_list[] = {
	{ "number", 'n', "N", 0, "No more than N; 0 for all", 0 },
	{ "sort", 's', "KEY", 0, "Sort by KEY: numbers fall, names rise", 0 },
	{ "reverse", 'r', NULL, 0, "The other way round", 0 },
	{ 0 },
};

void list_init(struct list_options *options, size_t count)
{
	*options = (struct list_options){ .count = count };
}

static error_t parse_list(int key, char *argument, struct argp_state *state)
{
	struct list_options *options = state->input;
	unsigned long long number;

	switch (key) {
	case 'n':
		if (!parse_number(argument, SIZE_MAX, &number))
			argp_error(state, "`%s' is not a number", argument);
		options->count = number ? number : SIZE_MAX;
		return 0;
	case 's':
		options->sort = argument;
		return 0;
	case 'r':
		options->reverse = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp list_argp = { .options = list_list, .parser = parse_list };

const char *paint(const struct common_options *options, enum paint paint)
{
	static const char *const sequences[] = {
		[PAINT_PLAIN] = "\033[0m", [PAINT_BOLD] = "\033[1m", [PAINT_DIM] = "\033[2m",
		[PAINT_GOOD] = "\033[32m", [PAINT_BAD] = "\033[1;31m",
		[PAINT_NAME] = "\033[36m",
	};

	return options->color && !options->json ? sequences[paint] : "";
}
