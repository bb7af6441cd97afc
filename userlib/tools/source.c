// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph_file.h"
#include "live.h"
#include "memory.h"
#include "source.h"
#include "tool.h"

#define KEY_LIVE	0x200

static const struct argp_option source_list[] = {
	{ "live", KEY_LIVE, NULL, 0, "Read the heap as it is, without a snapshot: what changes "
	  "meanwhile is seen in part. Needs no memory in the kernel", 0 },
	{ 0 },
};

static error_t parse_source(int key, char *argument, struct argp_state *state)
{
	struct source_options *options = state->input;

	(void)argument;
	if (key != KEY_LIVE)
		return ARGP_ERR_UNKNOWN;
	options->live = true;
	return 0;
}

const struct argp source_argp = { .options = source_list, .parser = parse_source };

static int find_only(struct source *ret_source)
{
	struct mh_heap_entry *heaps;
	size_t count;
	int code;

	code = live_list(&heaps, &count);
	if (code)
		return code;
	if (count == 1)
		*ret_source = (struct source){ .heap = heaps[0].heap };
	free(heaps);
	if (!count)
		return complain(EXIT_FAILED, "there is no heap that you may look at; root sees "
				"all of them: `sudo mheap stat'");
	if (count > 1)
		return complain(EXIT_USAGE, "there are %zu heaps: name one of them, `mheap top "
				"--once' lists them", count);
	return EXIT_OK;
}

int source_find(const char *name, struct source *ret_source)
{
	unsigned long long heap;

	if (!name)
		return find_only(ret_source);
	if (parse_number(name, UINT64_MAX, &heap))
		*ret_source = (struct source){ .heap = heap };
	else
		*ret_source = (struct source){ .path = name };
	return EXIT_OK;
}

bool source_is_named(const char *name)
{
	return !strchr(name, '#');
}

int source_read(const struct source *source, enum source_depth depth,
		const struct source_options *options, struct graph *ret_graph)
{
	const struct source_options none = { .live = false };
	struct mh_session *session;
	int code;

	if (source->path)
		return graph_read_file(source->path, ret_graph);
	code = live_open(source->heap, &session);
	if (code)
		return code;
	code = live_read(session, depth, options ? options : &none, ret_graph);
	mh_session_close(session);
	return code;
}

char *source_name(const struct source *source)
{
	return source->path ? must_copy(source->path) :
			      must_print("heap %llu", (unsigned long long)source->heap);
}
