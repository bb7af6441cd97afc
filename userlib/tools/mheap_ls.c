// SPDX-License-Identifier: LGPL-2.1-or-later
/* mheap ls - list the objects of heaps */
#include <argp.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "debugfs.h"
#include "format.h"
#include "json.h"
#include "progress.h"
#include "summary.h"
#include "tool.h"
#include "top.h"

#define SORTED_DEFAULT	20
#define SORTED_MAX	10000000

#define OBJECTS_HEADER	"# object type slots payload_bytes handle_refs slot_refs site"

static const char *const keys[OBJECT_COLUMNS] = {
	[HEAP] = "heap",
	[OBJECT] = "object",
	[TYPE] = "type",
	[SLOTS] = "slots",
	[PAYLOAD_BYTES] = "payload_bytes",
	[HANDLE_REFS] = "handle_refs",
	[SLOT_REFS] = "slot_refs",
	[SITE] = "site",
};

/* Room for any object's figures, for the table is written while it is read. */
#define OBJECT_FORMAT(n) \
	"%6" n " %10" n " %10" n " %8" n " %10s %8" n " %9" n " %10" n "\n"

struct options {
	struct heap_list heaps;
	bool all;
	bool bytes;
	bool json;
	bool has_type;
	bool has_count;
	bool sorted;
	unsigned long long type;
	unsigned long long count;
	enum object_column key;
};

static const struct argp_option argp_options[] = {
	{ "json", 'j', NULL, 0, "Write JSON: an array of objects", 0 },
	{ "bytes", 'b', NULL, 0, "Write bytes as they are, without units", 0 },
	{ "type", 't', "TYPE", 0, "Only objects of this type", 0 },
	{ "number", 'n', "N", 0, "No more than N objects; 20 unless told, when sorted", 0 },
	{ "sort", 's', "KEY", 0, "The largest by KEY first: object, type, slots, payload_bytes, "
	  "handle_refs, slot_refs or site", 0 },
	{ 0 },
};

static bool parse_key(const char *name, enum object_column *ret_key)
{
	for (int i = OBJECT; i < OBJECT_COLUMNS; i++)
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
	case 'j':
		options->json = true;
		return 0;
	case 'b':
		options->bytes = true;
		return 0;
	case 't':
		if (!parse_number(argument, UINT_MAX, &options->type))
			argp_error(state, "`%s' is not the number of a type", argument);
		options->has_type = true;
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
	case ARGP_KEY_ARG:
		if (!heap_list_add(&options->heaps, argument))
			argp_error(state, "`%s' is not the number of a heap", argument);
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
	.args_doc = "[HEAP]...",
	.doc = "List the objects of each HEAP, or of all heaps. Objects are written while they "
	       "are read; a heap of any size can be listed.",
};

/**
 * struct listing - A listing under way
 * @options: what is wanted
 * @top: the objects to be sorted
 * @array: the JSON that is written
 * @progress: how far it is
 * @left: objects that may still be written
 */
struct listing {
	const struct options *options;
	struct top top;
	struct json_array array;
	struct progress progress;
	unsigned long long left;
};

static void write_json(struct listing *listing, const struct object_line *line)
{
	struct json_object *object = json_new();

	for (int i = 0; i < OBJECT_COLUMNS; i++)
		json_add_number(object, keys[i], line->columns[i]);
	json_array_element(&listing->array, object);
}

static void write_text(const struct listing *listing, const struct object_line *line)
{
	const unsigned long long *c = line->columns;
	struct figure payload = format_bytes(c[PAYLOAD_BYTES], listing->options->bytes);

	printf(OBJECT_FORMAT("llu"), c[HEAP], c[OBJECT], c[TYPE], c[SLOTS], payload.text,
	       c[HANDLE_REFS], c[SLOT_REFS], c[SITE]);
}

static void write_line(struct listing *listing, const struct object_line *line)
{
	if (listing->options->json)
		write_json(listing, line);
	else
		write_text(listing, line);
}

static int parse_line(const struct heap_file *file, struct object_line *line)
{
	char *text = file->line;

	for (int i = OBJECT; i < OBJECT_COLUMNS; i++)
		if (!take_number(&text, &line->columns[i]))
			return heap_file_malformed(file, OBJECTS_HEADER);
	return EXIT_OK;
}

static int take_line(struct listing *listing, struct heap_file *file, unsigned long long heap)
{
	struct object_line line = { .columns = { [HEAP] = heap } };
	int code;

	code = parse_line(file, &line);
	if (code)
		return code;
	progress_step(&listing->progress);
	if (listing->options->has_type && line.columns[TYPE] != listing->options->type)
		return EXIT_OK;
	if (listing->options->sorted) {
		top_offer(&listing->top, &line);
		return EXIT_OK;
	}
	write_line(listing, &line);
	listing->left--;
	return ferror(stdout) ? finish_output() : EXIT_OK;
}

static int list_objects(struct listing *listing, unsigned long long heap)
{
	struct heap_file file;
	bool end = false;
	int code;

	code = heap_file_open(&file, heap, "objects");
	if (code)
		return code;
	code = heap_file_header(&file, OBJECTS_HEADER);
	while (!code && !end && listing->left) {
		code = heap_file_next(&file, &end);
		if (!code && !end)
			code = take_line(listing, &file, heap);
	}
	heap_file_close(&file);
	return code;
}

static int list_heap(struct listing *listing, unsigned long long heap)
{
	struct summary summary;
	bool quiet;
	int code;

	code = summary_read(&summary, heap);
	if (code)
		return code;
	quiet = isatty(STDOUT_FILENO) && !listing->options->sorted;
	progress_begin(&listing->progress, summary_number(&summary, "objects"), quiet);
	summary_free(&summary);
	code = list_objects(listing, heap);
	progress_end(&listing->progress);
	return code;
}

static int list_heaps(struct listing *listing, const struct heap_list *heaps)
{
	int worst = EXIT_OK;

	for (size_t i = 0; i < heaps->count && listing->left; i++) {
		int code;

		/* One that went away since they were listed is none. */
		if (listing->options->all && !heap_exists(heaps->ids[i]))
			continue;
		code = list_heap(listing, heaps->ids[i]);
		if (code)
			worst = code;
	}
	return worst;
}

static void begin_output(struct listing *listing)
{
	if (listing->options->json) {
		json_array_begin(&listing->array);
		return;
	}
	printf(OBJECT_FORMAT("s"), "HEAP", "OBJECT", "TYPE", "SLOTS", "PAYLOAD", "HANDLES",
	       "SLOTREFS", "SITE");
}

static void end_output(struct listing *listing)
{
	if (listing->options->sorted) {
		top_sort(&listing->top);
		for (size_t i = 0; i < listing->top.count; i++)
			write_line(listing, &listing->top.lines[i]);
		top_free(&listing->top);
	}
	if (listing->options->json)
		json_array_end(&listing->array);
}

static int list(const struct options *options, const struct heap_list *heaps)
{
	struct listing listing = {
		.options = options,
		.left = options->has_count && !options->sorted ? options->count : ULLONG_MAX,
	};
	size_t room = options->has_count ? (size_t)options->count : SORTED_DEFAULT;
	int code;

	if (options->sorted && !top_init(&listing.top, room ? room : 1, options->key))
		return complain(EXIT_FAILED, "no memory");
	if (options->sorted)
		listing.top.room = room;
	begin_output(&listing);
	code = list_heaps(&listing, heaps);
	end_output(&listing);
	return code;
}

int command_ls(int argc, char **argv)
{
	struct options options = { .all = false };
	int code = EXIT_OK;

	if (argp_parse(&argp, argc, argv, 0, NULL, &options))
		return EXIT_USAGE;
	options.all = !options.heaps.count;
	if (options.all)
		code = heap_list_find(&options.heaps);
	if (!code)
		code = list(&options, &options.heaps);
	heap_list_free(&options.heaps);
	return code;
}
