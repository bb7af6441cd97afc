// SPDX-License-Identifier: LGPL-2.1-or-later
/* mheap stat - figures of heaps, their sessions and collections */
#include <argp.h>
#include <json-c/json.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "debugfs.h"
#include "format.h"
#include "json.h"
#include "session_list.h"
#include "summary.h"
#include "tool.h"

#define HISTORY_SHOWN	10

#define HISTORY_HEADER	"# collection cause start_ns duration_ns grace_ns mark_ns " \
			"verify_ns sweep_ns marked freed verify_failures"

struct options {
	struct heap_list heaps;
	bool all;
	bool bytes;
	bool json;
	unsigned int watch;
};

static const struct argp_option argp_options[] = {
	{ "json", 'j', NULL, 0, "Write JSON: an array of heaps", 0 },
	{ "bytes", 'b', NULL, 0, "Write bytes as they are, without units", 0 },
	{ "watch", 'w', "SECONDS", 0, "Write again every so many seconds, until interrupted", 0 },
	{ 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;
	unsigned long long number;

	switch (key) {
	case 'j':
		options->json = true;
		return 0;
	case 'b':
		options->bytes = true;
		return 0;
	case 'w':
		if (!parse_number(argument, 86400, &number) || !number)
			argp_error(state, "`%s' is not 1 to 86400 seconds", argument);
		options->watch = (unsigned int)number;
		return 0;
	case ARGP_KEY_ARG:
		if (!heap_list_add(&options->heaps, argument))
			argp_error(state, "`%s' is not the number of a heap", argument);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "[HEAP]...",
	.doc = "Show figures of all heaps in a table; or, for each HEAP that is named, all "
	       "figures, its sessions and its last collections."
	       "\v"
	       "The exit status is 1 when a heap has verify failures: objects that one of "
	       "the collector's two proofs condemned and the other did not.",
};

/* The numbers of a line of the history, in the order of its columns. */
enum history_column {
	START_NS, DURATION_NS, GRACE_NS, MARK_NS, VERIFY_NS, SWEEP_NS, MARKED, FREED,
	VERIFY_FAILURES, HISTORY_COLUMNS
};

static const char *const history_keys[HISTORY_COLUMNS] = {
	"start_ns", "duration_ns", "grace_ns", "mark_ns", "verify_ns", "sweep_ns", "marked",
	"freed", "verify_failures",
};

struct history_line {
	unsigned long long collection;
	char *cause;
	unsigned long long numbers[HISTORY_COLUMNS];
};

static int parse_history(const struct heap_file *file, struct history_line *line)
{
	char *text = file->line;

	if (!take_number(&text, &line->collection))
		return heap_file_malformed(file, HISTORY_HEADER);
	line->cause = take_word(&text);
	if (!line->cause)
		return heap_file_malformed(file, HISTORY_HEADER);
	make_printable(line->cause);
	for (int i = 0; i < HISTORY_COLUMNS; i++)
		if (!take_number(&text, &line->numbers[i]))
			return heap_file_malformed(file, HISTORY_HEADER);
	return EXIT_OK;
}

/* Whether this user may read the history, which is for root. */
static bool has_history(unsigned long long heap)
{
	return debugfs_is_named() || heap_file_is_readable(heap, "history");
}

/* Call @line for each line of the history. */
static int each_collection(unsigned long long heap,
			   int (*line)(const struct heap_file *file, void *context),
			   void *context)
{
	struct heap_file file;
	bool end = false;
	int code;

	code = heap_file_open(&file, heap, "history");
	if (code)
		return code;
	code = heap_file_header(&file, HISTORY_HEADER);
	while (!code && !end) {
		code = heap_file_next(&file, &end);
		if (!code && !end)
			code = line(&file, context);
	}
	heap_file_close(&file);
	return code;
}

static void session_to_json(const struct session_line *line, void *context)
{
	struct json_object *object = json_new();

	json_add_number(object, "id", line->id);
	json_add_number(object, "pid", line->pid);
	json_add_number(object, "uid", line->uid);
	json_add_string(object, "rights", line->rights);
	json_add_number(object, "handles", line->handles);
	json_add_string(object, "comm", line->comm);
	json_object_array_add(context, object);
}

static int history_to_json(const struct heap_file *file, void *context)
{
	struct history_line line;
	struct json_object *object;
	int code;

	code = parse_history(file, &line);
	if (code)
		return code;
	object = json_new();
	json_add_number(object, "collection", line.collection);
	json_add_string(object, "cause", line.cause);
	for (int i = 0; i < HISTORY_COLUMNS; i++)
		json_add_number(object, history_keys[i], line.numbers[i]);
	json_object_array_add(context, object);
	return EXIT_OK;
}

static int heap_to_json(unsigned long long heap, const struct summary *summary,
			struct json_array *array)
{
	struct json_object *sessions = json_object_new_array();
	struct json_object *object = json_new();
	struct json_object *history;
	int code;

	summary_json(summary, object);
	json_add(object, "session_list", sessions);
	code = session_list_each(heap, session_to_json, sessions);
	if (!code && has_history(heap)) {
		history = json_object_new_array();
		json_add(object, "history", history);
		code = each_collection(heap, history_to_json, history);
	}
	if (code)
		json_object_put(object);
	else
		json_array_element(array, object);
	return code;
}

static void session_to_table(const struct session_line *line, void *context)
{
	struct table *table = context;

	table_cell(table, format_count(line->id).text);
	table_cell(table, format_count(line->pid).text);
	table_cell(table, format_count(line->uid).text);
	table_cell(table, line->rights);
	table_cell(table, format_count(line->handles).text);
	table_cell(table, line->comm);
}

struct history_table {
	struct table *table;
	bool shown;
	unsigned long long after;
};

static int history_to_table(const struct heap_file *file, void *context)
{
	static const enum history_column times[] = {
		DURATION_NS, GRACE_NS, MARK_NS, VERIFY_NS, SWEEP_NS
	};
	struct history_table *to = context;
	struct history_line line;
	int code;

	code = parse_history(file, &line);
	if (code || line.collection <= to->after)
		return code;
	to->shown = true;
	table_cell(to->table, format_count(line.collection).text);
	table_cell(to->table, line.cause);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		table_cell(to->table, format_time(line.numbers[times[i]]).text);
	table_cell(to->table, format_count(line.numbers[MARKED]).text);
	table_cell(to->table, format_count(line.numbers[FREED]).text);
	return EXIT_OK;
}

static int print_sessions(unsigned long long heap)
{
	static const char *const header[] = {
		"SESSION", "PID", "UID", "RIGHTS", "HANDLES", "COMMAND", NULL
	};
	struct table *table = table_create(header);
	int code;

	code = session_list_each(heap, session_to_table, table);
	if (!code) {
		puts("");
		table_print(table, "  ");
	}
	table_free(table);
	return code;
}

/* What makes the history readable, in one line. */
static void print_no_history(unsigned long long heap)
{
	puts("");
	if (debugfs_is_mounted())
		printf("  collections are listed for root: `sudo mheap stat %llu'\n", heap);
	else
		printf("  collections are listed when debugfs is mounted: `%s'\n", DEBUGFS_MOUNT);
}

static int print_history(unsigned long long heap, unsigned long long collections)
{
	static const char *const header[] = {
		"COLLECTION", "-CAUSE", "TIME", "WAITING", "MARK", "VERIFY", "SWEEP", "MARKED",
		"FREED", NULL
	};
	struct history_table to = { .table = table_create(header) };
	int code;

	if (collections > HISTORY_SHOWN)
		to.after = collections - HISTORY_SHOWN;
	code = each_collection(heap, history_to_table, &to);
	if (!code && to.shown) {
		puts("");
		table_print(to.table, "  ");
	}
	table_free(to.table);
	return code;
}

static bool is_bytes(const char *key)
{
	return !strcmp(key, "bytes") || !strcmp(key, "memory") || !strcmp(key, "max_bytes");
}

/* Bytes of @key without the unit that it ends in, which is shown with the value. */
static int label_length(const char *key)
{
	size_t length = strlen(key);

	if (length > 3 && !strcmp(key + length - 3, "_ns"))
		length -= 3;
	return (int)length;
}

static void print_line(const struct summary_line *line, bool exact)
{
	int length = label_length(line->key);
	const char *text = line->text;
	const char *more = "";
	struct figure figure;

	if (line->is_number && is_bytes(line->key)) {
		figure = format_bytes(line->number, exact);
		text = figure.text;
	} else if (line->is_number && line->key[length]) {
		figure = format_time(line->number);
		text = figure.text;
	}
	if (!strcmp(line->key, "created_ns"))
		more = " after the system started";
	printf("  %.*s%*s  %s%s\n", length, line->key, length < 15 ? 15 - length : 0, "", text,
	       more);
}

static void print_summary(const struct summary *summary, bool exact)
{
	printf("heap %s\n", summary_text(summary, "heap"));
	for (size_t i = 0; i < summary->count; i++)
		if (strcmp(summary->lines[i].key, "heap"))
			print_line(&summary->lines[i], exact);
}

static int heap_to_text(unsigned long long heap, const struct summary *summary, bool exact)
{
	unsigned long long collections = summary_number(summary, "collections");
	int code;

	print_summary(summary, exact);
	code = print_sessions(heap);
	if (code || !collections)
		return code;
	if (has_history(heap))
		return print_history(heap, collections);
	print_no_history(heap);
	return EXIT_OK;
}

static void heap_to_table(const struct summary *summary, struct table *table, bool exact)
{
	char creator[128];

	table_cell(table, format_count(summary_number(summary, "heap")).text);
	table_cell(table, format_count(summary_number(summary, "objects")).text);
	table_cell(table, format_bytes(summary_number(summary, "bytes"), exact).text);
	table_cell(table, format_bytes(summary_number(summary, "memory"), exact).text);
	table_cell(table, format_bytes(summary_number(summary, "max_bytes"), exact).text);
	table_cell(table, format_count(summary_number(summary, "sessions")).text);
	table_cell(table, format_count(summary_number(summary, "collections")).text);
	table_cell(table, format_time(summary_number(summary, "last_duration_ns")).text);
	table_cell(table, summary_text(summary, "phase"));
	snprintf(creator, sizeof(creator), "%llu %s", summary_number(summary, "creator_pid"),
		 summary_text(summary, "creator_comm"));
	table_cell(table, creator);
}

/* What is being written: one of the two, or neither for text. */
struct output {
	struct json_array *array;
	struct table *table;
};

static int show_heap(unsigned long long heap, const struct options *options,
		     const struct output *output)
{
	struct summary summary;
	int code;

	code = summary_read(&summary, heap);
	if (code)
		return code;
	if (output->array)
		code = heap_to_json(heap, &summary, output->array);
	else if (output->table)
		heap_to_table(&summary, output->table, options->bytes);
	else
		code = heap_to_text(heap, &summary, options->bytes);
	if (!code && summary_number(&summary, "verify_failures"))
		code = complain(EXIT_FAILED, "heap %llu has %llu verify failures: this is a bug "
				"of the module, please report it with `sudo dmesg'", heap,
				summary_number(&summary, "verify_failures"));
	summary_free(&summary);
	return code;
}

static int show_heaps(const struct heap_list *heaps, const struct options *options,
		      const struct output *output)
{
	int worst = EXIT_OK;

	for (size_t i = 0; i < heaps->count; i++) {
		int code;

		/* One that went away since they were listed is none. */
		if (options->all && !heap_list_is_there(heaps->ids[i]))
			continue;
		if (i && !output->array && !output->table)
			puts("");
		code = show_heap(heaps->ids[i], options, output);
		if (code)
			worst = code;
	}
	return worst;
}

static int show(const struct options *options)
{
	static const char *const header[] = {
		"HEAP", "OBJECTS", "BYTES", "MEMORY", "LIMIT", "SESSIONS", "COLLECTIONS", "LAST",
		"-PHASE", "CREATOR", NULL
	};
	struct heap_list heaps = options->heaps;
	struct json_array array;
	struct output output = { .table = NULL };
	int code = EXIT_OK;

	if (options->all)
		code = heap_list_find(&heaps);
	if (code)
		return code;
	if (options->json) {
		output.array = &array;
		json_array_begin(&array);
	} else if (options->all) {
		output.table = table_create(header);
	}
	code = show_heaps(&heaps, options, &output);
	if (output.array)
		json_array_end(&array);
	if (output.table) {
		table_print(output.table, "");
		table_free(output.table);
	}
	if (options->all)
		heap_list_free(&heaps);
	return code;
}

int command_stat(int argc, char **argv)
{
	struct options options = { .all = false };
	int code;

	if (argp_parse(&argp, argc, argv, 0, NULL, &options))
		return EXIT_USAGE;
	options.all = !options.heaps.count;
	code = show(&options);
	while (options.watch && !code && !finish_output()) {
		sleep(options.watch);
		/* On a terminal, over what was there before. */
		if (isatty(STDOUT_FILENO) && !options.json)
			fputs("\033[H\033[J", stdout);
		code = show(&options);
	}
	heap_list_free(&options.heaps);
	return code;
}
