// SPDX-License-Identifier: LGPL-2.1-or-later
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "delay.h"
#include "object_filter.h"
#include "tool.h"

#define KEY_OLDER	0x301
#define KEY_YOUNGER	0x302
#define KEY_SMALLER	0x303
#define KEY_LARGER	0x304

static const struct argp_option filter_list[] = {
	{ "type", 't', "TYPE", 0, "Only objects of this type, a number or a name", 0 },
	{ "site", 'S', "SITE", 0, "Only objects from this site, a number or a part of its name, "
	  "such as main.c:12", 0 },
	{ "session", 'p', "SESSION", 0, "Only what handles of this session refer to", 0 },
	{ "older", KEY_OLDER, "SECONDS", 0, "Only objects that are at least so old", 0 },
	{ "younger", KEY_YOUNGER, "SECONDS", 0, "Only objects that are at most so old", 0 },
	{ "smaller", KEY_SMALLER, "BYTES", 0, "Only objects that take no more", 0 },
	{ "larger", KEY_LARGER, "BYTES", 0, "Only objects that take no less; K, M and G may "
	  "follow the number", 0 },
	{ 0 },
};

static unsigned long long parse_size(struct argp_state *state, const char *text)
{
	static const char units[] = "KMG";
	unsigned long long number;
	const char *unit;
	char *end;

	if (*text < '0' || *text > '9')
		argp_error(state, "`%s' is not a number of bytes", text);
	number = strtoull(text, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (*end && (!unit || end[1]))
		argp_error(state, "`%s' is not a number of bytes", text);
	return unit ? number << (10 * (unit - units + 1)) : number;
}

static unsigned long long parse_seconds(struct argp_state *state, const char *text)
{
	double seconds;

	if (!delay_parse(text, 0, 1e9, &seconds))
		argp_error(state, "`%s' is not a number of seconds", text);
	return (unsigned long long)(seconds * 1000);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct object_filter *filter = state->input;

	switch (key) {
	case 't':
		filter->is_type_number = parse_number(argument, UINT_MAX, &filter->type_number);
		if (*argument >= '0' && *argument <= '9' && !filter->is_type_number)
			argp_error(state, "`%s' is not the number of a type", argument);
		filter->type = argument;
		return 0;
	case 'S':
		filter->site = argument;
		filter->is_site_number = parse_number(argument, UINT_MAX, &filter->site_number);
		return 0;
	case 'p':
		if (!parse_number(argument, UINT_MAX, &filter->session) || !filter->session)
			argp_error(state, "`%s' is not the number of a session", argument);
		return 0;
	case KEY_OLDER:
		filter->older_ms = parse_seconds(state, argument);
		return 0;
	case KEY_YOUNGER:
		filter->younger_ms = parse_seconds(state, argument);
		return 0;
	case KEY_SMALLER:
		filter->smaller = parse_size(state, argument);
		return 0;
	case KEY_LARGER:
		filter->larger = parse_size(state, argument);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp object_filter_argp = { .options = filter_list, .parser = parse };

void object_filter_init(struct object_filter *filter)
{
	*filter = (struct object_filter){ .younger_ms = ULLONG_MAX, .smaller = ULLONG_MAX };
}

bool object_filter_is_set(const struct object_filter *filter)
{
	return filter->type || filter->site || filter->session || filter->older_ms ||
	       filter->younger_ms != ULLONG_MAX || filter->smaller != ULLONG_MAX ||
	       filter->larger;
}

static bool has_type(const struct object_filter *filter, const struct object_line *line)
{
	if (filter->is_type_number)
		return filter->type_number == line->columns[TYPE];
	return line->type_name && !strcmp(line->type_name, filter->type);
}

static bool has_site(const struct object_filter *filter, const struct object_line *line)
{
	if (filter->is_site_number)
		return filter->site_number == line->columns[SITE];
	return strstr(line->site_name ? line->site_name : "no site", filter->site);
}

bool object_filter_passes(const struct object_filter *filter, const struct object_line *line)
{
	const unsigned long long *c = line->columns;

	/* More than an hour: as old as anything, for all that is known. */
	if (c[AGE_MS] < filter->older_ms ||
	    (filter->younger_ms != ULLONG_MAX && c[AGE_MS] > filter->younger_ms) ||
	    c[BYTES] > filter->smaller || c[BYTES] < filter->larger)
		return false;
	if (filter->type && !has_type(filter, line))
		return false;
	return !filter->site || has_site(filter, line);
}
