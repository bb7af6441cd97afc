// SPDX-License-Identifier: LGPL-2.1-or-later
/* mheap ls - list the objects of heaps */
#include <argp.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "debugfs.h"
#include "format.h"
#include "json.h"
#include "live.h"
#include "memory.h"
#include "object_name.h"
#include "object_filter.h"
#include "object_list.h"
#include "options.h"
#include "source.h"
#include "tool.h"
#include "top.h"

#define SORTED_DEFAULT	20
#define SORTED_MAX	10000000

/* Room for the names of a type and of a site, and more. */
#define NAME_MAX_BYTES	8192

static const char *const keys[NAME + 1] = {
	[HEAP] = "heap",
	[OBJECT] = "object",
	[TYPE] = "type",
	[SLOTS] = "slots",
	[PAYLOAD_BYTES] = "payload_bytes",
	[HANDLE_REFS] = "handle_refs",
	[SLOT_REFS] = "slot_refs",
	[SITE] = "site",
	[AGE_MS] = "age_ms",
	[BYTES] = "bytes",
	[NAME] = "name",
};

/* Room for any object's figures, for the table is written while it is read. */
#define OBJECT_FORMAT(n) \
	"%6" n " %10" n " %10" n " %8" n " %10s %8" n " %9" n " %10" n " %9s%s%s\n"

struct options {
	struct common_options common;
	struct object_filter filter;
	char **names;
	size_t name_count;
	bool has_count;
	bool sorted;
	unsigned long long count;
	enum object_column key;
};

static const struct argp_option argp_options[] = {
	{ "number", 'n', "N", 0, "No more than N objects; 20 unless told, when sorted", 0 },
	{ "sort", 's', "KEY", 0, "The largest by KEY first: object, type, slots, payload_bytes, "
	  "handle_refs, slot_refs, site, age_ms or bytes; or the first by name", 0 },
	{ 0 },
};

static const struct argp_child children[] = {
	{ &common_argp, 0, NULL, 0 }, { &object_filter_argp, 0, NULL, 0 }, { 0 },
};

static bool parse_key(const char *name, enum object_column *ret_key)
{
	for (int i = OBJECT; i <= NAME; i++)
		if (!strcmp(name, keys[i])) {
			*ret_key = (enum object_column)i;
			return true;
		}
	return false;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->common;
		state->child_inputs[1] = &options->filter;
		return 0;
	case 'n':
		if (!parse_number(argument, ULLONG_MAX, &options->count))
			argp_error(state, "`%s' is not a number of objects", argument);
		options->has_count = true;
		return 0;
	case 's':
		if (!parse_key(argument, &options->key))
			argp_error(state, "`%s' is not a key to sort by", argument);
		options->sorted = true;
		return 0;
	case ARGP_KEY_ARGS:
		options->names = state->argv + state->next;
		options->name_count = (size_t)(state->argc - state->next);
		return 0;
	case ARGP_KEY_END:
		if (options->sorted && options->has_count && options->count > SORTED_MAX)
			argp_error(state, "no more than %d objects can be sorted", SORTED_MAX);
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
	.doc = "List the objects of each HEAP, or of all heaps. Objects are written while they "
	       "are read; a heap of any size can be listed.",
};

/**
 * struct listing - A listing under way
 * @options: what is wanted
 * @top: the objects to be sorted
 * @array: the JSON that is written
 * @left: objects that may still be written
 * @list: the objects
 */
struct listing {
	const struct options *options;
	struct top top;
	struct json_array array;
	unsigned long long left;
	struct object_list list;
};

/* What is known of the name of an object and of its site. */
static void print_name(const struct object_line *line, char *text, size_t size)
{
	char type[32];

	if (!line->is_named) {
		*text = '\0';
		return;
	}
	snprintf(type, sizeof(type), "type %llu", line->columns[TYPE]);
	snprintf(text, size, "%s#%llu at %s", line->type_name ? line->type_name : type,
		 line->columns[OBJECT], line->site_name ? line->site_name : "no site");
}

static void write_json(struct listing *listing, const struct object_line *line)
{
	struct json_object *object = json_new();
	char name[NAME_MAX_BYTES];

	print_name(line, name, sizeof(name));
	for (int i = 0; i < OBJECT_COLUMNS; i++)
		if (i == AGE_MS && line->columns[i] == AGE_OLD)
			json_add_null(object, keys[i]);
		else
			json_add_number(object, keys[i], line->columns[i]);
	if (*name)
		json_add_string(object, "name", name);
	json_array_element(&listing->array, object);
}

static void write_text(const struct listing *listing, const struct object_line *line)
{
	const unsigned long long *c = line->columns;
	struct figure payload = format_bytes(c[PAYLOAD_BYTES], listing->options->common.exact);
	struct figure age = { .text = "> 1 h" };
	char name[NAME_MAX_BYTES];

	print_name(line, name, sizeof(name));
	if (c[AGE_MS] != AGE_OLD)
		age = format_time(c[AGE_MS] * 1000000);
	printf(OBJECT_FORMAT("llu"), c[HEAP], c[OBJECT], c[TYPE], c[SLOTS], payload.text,
	       c[HANDLE_REFS], c[SLOT_REFS], c[SITE], age.text, *name ? "  " : "", name);
}

static void write_line(struct listing *listing, const struct object_line *line)
{
	if (listing->options->common.json)
		write_json(listing, line);
	else
		write_text(listing, line);
}

static int take_line(struct object_list *list, const struct object_line *line, bool *done)
{
	struct listing *listing = list->context;

	if (!object_filter_passes(&listing->options->filter, line))
		return EXIT_OK;
	if (listing->options->sorted) {
		top_offer(&listing->top, line);
		return EXIT_OK;
	}
	write_line(listing, line);
	*done = !--listing->left;
	return ferror(stdout) ? finish_output() : EXIT_OK;
}

static int list_source(struct listing *listing, const struct source *source)
{
	bool quiet = isatty(STDOUT_FILENO) && !listing->options->sorted;

	return object_list_run(&listing->list, source,
			       (uint32_t)listing->options->filter.session, quiet);
}

static int list_named(struct listing *listing)
{
	const struct options *options = listing->options;
	int worst = EXIT_OK;

	for (size_t i = 0; i < options->name_count && listing->left; i++) {
		struct source source;
		int code;

		code = source_find(options->names[i], &source);
		if (!code)
			code = list_source(listing, &source);
		if (code)
			worst = code;
	}
	return worst;
}

/* One that went away since they were listed is none. */
static int list_files(struct listing *listing)
{
	struct heap_list heaps;
	int worst;

	worst = heap_list_find(&heaps);
	if (worst)
		return worst;
	for (size_t i = 0; i < heaps.count && listing->left; i++) {
		const struct source source = { .heap = heaps.ids[i] };
		int code = EXIT_OK;

		if (heap_exists(heaps.ids[i]))
			code = list_source(listing, &source);
		if (code)
			worst = code;
	}
	heap_list_free(&heaps);
	return worst;
}

static int list_all(struct listing *listing)
{
	struct mh_heap_entry *heaps;
	int worst = EXIT_OK;
	size_t count;
	int code;

	if (debugfs_is_named())
		return list_files(listing);
	code = live_list(&heaps, &count);
	if (code)
		return code;
	for (size_t i = 0; i < count && listing->left; i++) {
		const struct source source = { .heap = heaps[i].heap };

		code = list_source(listing, &source);
		if (code)
			worst = code;
	}
	free(heaps);
	return worst;
}

static void begin_output(struct listing *listing)
{
	if (listing->options->common.json) {
		json_array_begin(&listing->array);
		return;
	}
	printf(OBJECT_FORMAT("s"), "HEAP", "OBJECT", "TYPE", "SLOTS", "PAYLOAD", "HANDLES",
	       "SLOTREFS", "SITE", "AGE", "  ", "NAME");
}

static void end_output(struct listing *listing)
{
	if (listing->options->sorted) {
		top_sort(&listing->top);
		for (size_t i = 0; i < listing->top.count; i++)
			write_line(listing, &listing->top.lines[i]);
		top_free(&listing->top);
	}
	if (listing->options->common.json)
		json_array_end(&listing->array);
}

static int list(const struct options *options)
{
	struct listing listing = {
		.options = options,
		.left = options->has_count && !options->sorted ? options->count : ULLONG_MAX,
	};
	size_t room = options->has_count ? (size_t)options->count : SORTED_DEFAULT;
	int code = EXIT_OK;

	if (options->sorted && !top_init(&listing.top, room ? room : 1, options->key))
		return complain(EXIT_FAILED, "no memory");
	if (options->sorted)
		listing.top.room = room;
	listing.list = (struct object_list){ .take = take_line, .context = &listing };
	begin_output(&listing);
	if (listing.left)
		code = options->name_count ? list_named(&listing) : list_all(&listing);
	end_output(&listing);
	object_list_free(&listing.list);
	return code;
}

int command_ls(int argc, char **argv)
{
	struct options options = { .names = NULL };

	common_init(&options.common);
	object_filter_init(&options.filter);
	if (argp_parse(&argp, argc, argv, 0, NULL, &options))
		return EXIT_USAGE;
	return list(&options);
}
