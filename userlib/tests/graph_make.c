// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * graph_make FILE - make a raw snapshot out of a text on standard input, in which
 * each line is one of
 *
 *	heap NUMBER TAKEN_NS CONSISTENT
 *	type NUMBER NAME [SLOT]...
 *	site ID PARENT FILE LINE FUNCTION LIVE BYTES PEAK BYTES TOTAL BYTES YOUNG
 *	session ID PID UID COMM
 *	object NUMBER TYPE SITE AGE_MS PAYLOAD BYTES [SLOT]...
 *	handle SESSION HANDLE OBJECT
 *	weak SESSION HANDLE OBJECT
 *	root NAME OBJECT
 *	fd OBJECT
 *
 * A slot is the number of an object, or 0; behind a ~ it is weak. Counts of references
 * are counted. Words have no spaces; "-" is an empty one.
 */
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tools/graph_file.h"
#include "../tools/graph_maker.h"
#include "../tools/tool.h"

#define WORDS_MAX 4096

static struct graph_maker maker;
static char *words[WORDS_MAX];
static size_t count;

int complain(int code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return code;
}

static char *text(size_t i)
{
	if (i >= count)
		errx(2, "a line of %s is too short", words[0]);
	return strcmp(words[i], "-") ? words[i] : words[i] + 1;
}

static uint64_t number(size_t i)
{
	return strtoull(text(i), NULL, 0);
}

static uint32_t small(size_t i)
{
	return (uint32_t)number(i);
}

static void split(char *line)
{
	static const char separators[] = { ' ', '\n', '\0' };

	count = 0;
	for (char *word = strtok(line, separators); word; word = strtok(NULL, separators)) {
		if (count == WORDS_MAX)
			errx(2, "too long a line");
		words[count++] = word;
	}
}

static void add_type(void)
{
	char names[GRAPH_NAME_MAX * 4];
	size_t bytes = 0;

	for (size_t i = 2; i < count; i++) {
		size_t length = strlen(text(i)) + 1;

		if (bytes + length > sizeof(names))
			errx(2, "too long a type");
		memcpy(names + bytes, text(i), length);
		bytes += length;
	}
	graph_maker_type(&maker, small(1), names, bytes);
}

static void add_site(void)
{
	struct graph_site site = {
		.id = small(1), .parent = small(2), .file = text(3), .line = small(4),
		.function = text(5), .live_objects = number(6), .live_bytes = number(7),
		.peak_objects = number(8), .peak_bytes = number(9), .total_objects = number(10),
		.total_bytes = number(11), .young = number(12),
	};

	graph_maker_site(&maker, &site);
}

static void add_object(void)
{
	struct graph_object object = {
		.number = small(1), .type = small(2), .site = small(3), .age_ms = small(4),
		.payload_bytes = small(5), .bytes = number(6), .slots = (uint32_t)(count - 7),
	};

	graph_maker_object(&maker, &object);
	for (size_t i = 7; i < count; i++) {
		bool weak = words[i][0] == '~';
		uint32_t to = (uint32_t)strtoul(words[i] + weak, NULL, 10);

		if (weak)
			graph_maker_weak(&maker, maker.graph.edge_count);
		graph_maker_edges(&maker, &to, 1);
	}
}

static void add_holder(void)
{
	struct graph_holder holder = { .kind = GRAPH_HOLDER_FD };

	if (!strcmp(words[0], "handle") || !strcmp(words[0], "weak")) {
		holder.kind = *words[0] == 'w' ? GRAPH_HOLDER_WEAK : GRAPH_HOLDER_HANDLE;
		holder.session = small(1);
		holder.handle = small(2);
		holder.object = small(3);
	} else if (!strcmp(words[0], "root")) {
		holder.kind = GRAPH_HOLDER_ROOT;
		holder.name = text(1);
		holder.object = small(2);
	} else {
		holder.object = small(1);
	}
	graph_maker_holder(&maker, &holder);
}

static void take_line(void)
{
	const char *what = words[0];

	if (!strcmp(what, "heap")) {
		maker.graph.heap = number(1);
		maker.graph.taken_ns = number(2);
		maker.graph.consistent = number(3);
	} else if (!strcmp(what, "type")) {
		add_type();
	} else if (!strcmp(what, "site")) {
		add_site();
	} else if (!strcmp(what, "session")) {
		struct graph_session session = {
			.id = small(1), .pid = small(2), .uid = small(3), .comm = text(4),
		};

		graph_maker_session(&maker, &session);
	} else if (!strcmp(what, "object")) {
		add_object();
	} else {
		add_holder();
	}
}

static void count_references(struct graph *graph)
{
	for (size_t i = 0; i < graph->edge_count; i++)
		if (graph->edges[i] != GRAPH_NULL && !graph_edge_is_weak(graph, i))
			graph->objects[graph->edges[i]].slot_refs++;
	for (size_t i = 0; i < graph->holder_count; i++)
		if (graph->holders[i].kind != GRAPH_HOLDER_WEAK)
			graph->objects[graph->holders[i].object].handle_refs++;
}

int main(int argc, char **argv)
{
	struct graph graph;
	const char *wrong;
	size_t room = 0;
	char *line = NULL;
	int code;

	if (argc != 2)
		errx(2, "name the file");
	while (getline(&line, &room, stdin) > 0) {
		split(line);
		if (count)
			take_line();
	}
	free(line);
	wrong = graph_maker_end(&maker, true, &graph);
	if (wrong)
		errx(1, "%s", wrong);
	count_references(&graph);
	code = graph_write_file(&graph, argv[1]);
	graph_free(&graph);
	return code;
}
