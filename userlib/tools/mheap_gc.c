// SPDX-License-Identifier: LGPL-2.1-or-later
/* mheap gc - collect garbage, and wait until that is done */
#include <argp.h>

#include "debugfs.h"
#include "format.h"
#include "json.h"
#include "live.h"
#include "summary.h"
#include "tool.h"

struct options {
	struct heap_list heaps;
	bool all;
	bool bytes;
	bool json;
};

static const struct argp_option argp_options[] = {
	{ "all", 'a', NULL, 0, "All heaps", 0 },
	{ "json", 'j', NULL, 0, "Write JSON: an array with one object for each heap", 0 },
	{ "bytes", 'b', NULL, 0, "Write bytes as they are, without units", 0 },
	{ 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'a':
		options->all = true;
		return 0;
	case 'j':
		options->json = true;
		return 0;
	case 'b':
		options->bytes = true;
		return 0;
	case ARGP_KEY_ARG:
		if (!heap_list_add(&options->heaps, argument))
			argp_error(state, "`%s' is not the number of a heap", argument);
		return 0;
	case ARGP_KEY_END:
		if (options->all == (options->heaps.count > 0))
			argp_error(state, "name the heaps, or use --all");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "HEAP...\n--all",
	.doc = "Ask for a collection of each HEAP, and wait until it is over.",
};

/* What is different after a collection. */
struct difference {
	unsigned long long heap;
	const struct summary *before;
	const struct summary *after;
};

static unsigned long long grown(const struct difference *d, const char *key)
{
	unsigned long long before = summary_number(d->before, key);
	unsigned long long after = summary_number(d->after, key);

	return after > before ? after - before : 0;
}

static void write_json(const struct difference *d, struct json_array *array)
{
	struct json_object *object = json_new();

	json_add_number(object, "heap", d->heap);
	json_add_number(object, "collections", grown(d, "collections"));
	json_add_number(object, "freed", grown(d, "total_freed"));
	json_add_number(object, "duration_ns", summary_number(d->after, "last_duration_ns"));
	json_add_number(object, "objects_before", summary_number(d->before, "objects"));
	json_add_number(object, "objects", summary_number(d->after, "objects"));
	json_add_number(object, "bytes_before", summary_number(d->before, "bytes"));
	json_add_number(object, "bytes", summary_number(d->after, "bytes"));
	json_add_number(object, "memory_before", summary_number(d->before, "memory"));
	json_add_number(object, "memory", summary_number(d->after, "memory"));
	json_add_number(object, "verify_failures", grown(d, "verify_failures"));
	json_array_element(array, object);
}

static void write_text(const struct difference *d, bool exact)
{
	printf("heap %llu: %llu objects reclaimed in %s; %llu objects remain, %s in %s\n", d->heap,
	       grown(d, "total_freed"),
	       format_time(summary_number(d->after, "last_duration_ns")).text,
	       summary_number(d->after, "objects"),
	       format_bytes(summary_number(d->after, "bytes"), exact).text,
	       format_bytes(summary_number(d->after, "memory"), exact).text);
}

static int report(const struct difference *d, const struct options *options,
		  struct json_array *array)
{
	if (options->json)
		write_json(d, array);
	else
		write_text(d, options->bytes);
	if (grown(d, "verify_failures"))
		return complain(EXIT_FAILED, "heap %llu has %llu new verify failures: this is a "
				"bug of the module, please report it with `sudo dmesg'", d->heap,
				grown(d, "verify_failures"));
	return EXIT_OK;
}

static int collect(unsigned long long heap)
{
	struct mh_session *session;
	int code, error;

	if (debugfs_is_named())
		return heap_write(heap, "collect", "wait");
	code = live_open(heap, &session);
	if (code)
		return code;
	error = mh_collect_wait(session, NULL);
	mh_session_close(session);
	return error ? live_explain(error, "cannot collect heap %llu", heap) : EXIT_OK;
}

static int collect_heap(unsigned long long heap, const struct options *options,
			struct json_array *array)
{
	struct summary before, after;
	int code;

	code = summary_read(&before, heap);
	if (code)
		return code;
	code = collect(heap);
	if (!code)
		code = summary_read(&after, heap);
	if (!code) {
		struct difference d = { .heap = heap, .before = &before, .after = &after };

		code = report(&d, options, array);
		summary_free(&after);
	}
	summary_free(&before);
	return code;
}

static int collect_heaps(const struct options *options)
{
	struct json_array array;
	int worst = EXIT_OK;

	if (options->json)
		json_array_begin(&array);
	for (size_t i = 0; i < options->heaps.count; i++) {
		int code;

		/* One that went away since they were listed is none. */
		if (options->all && !heap_list_is_there(options->heaps.ids[i]))
			continue;
		code = collect_heap(options->heaps.ids[i], options, &array);
		if (code)
			worst = code;
	}
	if (options->json)
		json_array_end(&array);
	return worst;
}

int command_gc(int argc, char **argv)
{
	struct options options = { .all = false };
	int code = EXIT_OK;

	if (argp_parse(&argp, argc, argv, 0, NULL, &options))
		return EXIT_USAGE;
	if (options.all)
		code = heap_list_find(&options.heaps);
	if (!code)
		code = collect_heaps(&options);
	heap_list_free(&options.heaps);
	return code;
}
