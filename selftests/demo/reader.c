// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * reader SOCKET DIR: joins the heap that the loader gives away at SOCKET, and does
 * what lines of standard input say. Answers are lines "KEY VALUE" and a last one
 * "done"; what is long goes to files in DIR.
 *
 *   walk      read the graph and look for its components     DIR/graph DIR/components
 *   alone     wait until no other process has the heap open
 *   collect   have the heap collected
 *   drop      remove the named root, and wait until all that counting frees is gone
 *   left      list the packages that are in the heap all the same         DIR/left
 *
 * Each answers with the figures of the heap as well.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <mheap.h>

#include "graph.h"
#include "package.h"
#include "scc.h"

#define PIECE		64		/* objects to list at a time */
#define PATIENCE	60000		/* milliseconds that a wait may take */

struct reader {
	struct mh_session *session;
	const char *directory;
	struct graph graph;		/* what was read last */
};

static void say(const char *key, uint64_t value)
{
	printf("%s %llu\n", key, (unsigned long long)value);
}

static FILE *open_file(const struct reader *reader, const char *name)
{
	FILE *file = NULL;
	char *path;

	if (asprintf(&path, "%s/%s", reader->directory, name) >= 0) {
		file = fopen(path, "w");
		free(path);
	}
	return file;
}

static int close_file(FILE *file)
{
	int bad = ferror(file);

	return fclose(file) || bad ? -EIO : 0;
}

/* The first of a component's packages by name stands for the component. */
static void name_components(const struct graph *graph, const uint32_t *component,
			    const char **names, uint32_t *sizes)
{
	for (uint32_t i = 0; i < graph->count; i++) {
		const char **name = &names[component[i]];

		if (!*name || strcmp(graph->nodes[i].name, *name) < 0)
			*name = graph->nodes[i].name;
		sizes[component[i]]++;
	}
}

/* "NAME MEMBER" for each member of a component that has more than one. */
static int print_components(const struct graph *graph, const uint32_t *component,
			    const char **names, const uint32_t *sizes, FILE *file)
{
	uint32_t largest = 0, cycles = 0, members = 0;

	for (uint32_t i = 0; i < graph->count; i++) {
		uint32_t of = component[i];

		if (sizes[of] < 2)
			continue;
		fprintf(file, "%s %s\n", names[of], graph->nodes[i].name);
		cycles += names[of] == graph->nodes[i].name;
		members++;
		if (sizes[of] > largest)
			largest = sizes[of];
	}
	say("components", cycles);
	say("members", members);
	say("largest", largest);
	return close_file(file);
}

static int find_components(const struct reader *reader)
{
	const struct graph *graph = &reader->graph;
	uint32_t *component = calloc(graph->count + 1UL, sizeof(*component));
	uint32_t *sizes = calloc(graph->count + 1UL, sizeof(*sizes));
	const char **names = calloc(graph->count + 1UL, sizeof(*names));
	FILE *file = open_file(reader, "components");
	uint32_t components;
	int err = -ENOMEM;

	if (component && sizes && names && file)
		err = scc_find(graph->count, graph->first, graph->needs, component, &components);
	if (!err) {
		name_components(graph, component, names, sizes);
		err = print_components(graph, component, names, sizes, file);
	}
	free(names);
	free(sizes);
	free(component);
	return err;
}

static void say_graph(const struct graph *graph)
{
	const struct node *most = graph->nodes;
	uint64_t size = 0;

	for (uint32_t i = 0; i < graph->count; i++) {
		size += graph->nodes[i].installed_size;
		if (graph->nodes[i].slot_refs > most->slot_refs)
			most = &graph->nodes[i];
	}
	say("packages", graph->count);
	say("needs", graph->first[graph->count]);
	say("size", size);
	if (graph->count) {
		printf("most %s\n", most->name);
		say("most_refs", most->slot_refs);
	}
}

static int do_walk(struct reader *reader)
{
	struct graph before = reader->graph;
	FILE *file;
	int err;

	err = graph_read(reader->session, &reader->graph);
	if (!err) {
		say("differences", graph_differences(&before, &reader->graph));
		say_graph(&reader->graph);
		file = open_file(reader, "graph");
		if (!file)
			return -errno;
		graph_print(&reader->graph, file);
		err = close_file(file);
	}
	graph_free(&before);
	return err ?: find_components(reader);
}

static int wait_for(struct reader *reader, int (*reached)(const struct mh_heap_info *))
{
	struct mh_heap_info info;
	int err;

	for (int i = 0; i < PATIENCE; i++) {
		err = mh_heap_stat(reader->session, &info);
		if (err || reached(&info))
			return err;
		usleep(1000);
	}
	return -ETIMEDOUT;
}

static int is_alone(const struct mh_heap_info *info)
{
	return info->sessions == 1 && !info->pending;
}

static int is_settled(const struct mh_heap_info *info)
{
	return !info->pending;
}

static int do_alone(struct reader *reader)
{
	return wait_for(reader, is_alone);
}

static int do_collect(struct reader *reader)
{
	struct mh_collect_info info;
	int err;

	err = mh_collect_wait(reader->session, NULL);
	if (!err)
		err = mh_collect_stat(reader->session, &info);
	if (err)
		return err;
	say("collections", info.collections);
	say("marked", info.last_marked);
	say("freed", info.last_freed);
	say("verify_failures", info.verify_failures);
	return wait_for(reader, is_settled);
}

static int do_drop(struct reader *reader)
{
	int err = mh_root_set(reader->session, ROOT_NAME, MH_NULL);

	return err ?: wait_for(reader, is_settled);
}

/* No handle leads to what is left, but the heap can be walked from end to end. */
static int do_left(struct reader *reader)
{
	struct mh_object_entry entries[PIECE];
	FILE *file = open_file(reader, "left");
	uint64_t cursor = 0, left = 0;
	const struct node *node;
	uint32_t count;
	int err = 0;

	if (!file)
		return -errno;
	while (cursor != MH_END && !err) {
		err = mh_walk(reader->session, &cursor, entries, PIECE, &count);
		for (uint32_t i = 0; i < count && !err; i++) {
			node = graph_node(&reader->graph, entries[i].object);
			fprintf(file, "%s %u\n", node ? node->name : "?", entries[i].slot_refs);
			left++;
		}
	}
	say("left", left);
	return close_file(file) ?: err;
}

static int say_figures(struct reader *reader)
{
	struct mh_heap_info info;
	int err = mh_heap_stat(reader->session, &info);

	if (err)
		return err;
	say("objects", info.objects);
	say("bytes", info.bytes);
	say("freed_count", info.freed_count);
	say("freed_collect", info.freed_collect);
	say("suspects", info.suspects);
	say("sessions", info.sessions);
	say("roots", info.roots);
	say("handles", info.handles);
	return 0;
}

static const struct command {
	const char *name;
	int (*run)(struct reader *reader);
} commands[] = {
	{ "walk", do_walk },
	{ "alone", do_alone },
	{ "collect", do_collect },
	{ "drop", do_drop },
	{ "left", do_left },
};

static int run(struct reader *reader, const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(commands[i].name, name))
			return commands[i].run(reader) ?: say_figures(reader);
	return -EINVAL;
}

static int join(const char *path, struct mh_session **ret_session)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int heap_fd, err = -ENAMETOOLONG;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (strlen(path) < sizeof(address.sun_path)) {
		strcpy(address.sun_path, path);
		err = connect(fd, (struct sockaddr *)&address, sizeof(address)) ? -errno : 0;
	}
	if (!err)
		err = mh_recv_fd(fd, &heap_fd);
	close(fd);
	if (err)
		return err;
	err = mh_session_join(heap_fd, NULL, ret_session);
	close(heap_fd);
	return err;
}

int main(int argc, char **argv)
{
	mh_auto_session struct mh_session *session = NULL;
	struct reader reader = { .graph = { .count = 0 } };
	char line[32];
	int err;

	if (argc != 3) {
		fputs("usage: reader SOCKET DIR\n", stderr);
		return 2;
	}
	err = join(argv[1], &session);
	reader.session = session;
	reader.directory = argv[2];
	if (!err)
		err = say_figures(&reader);
	while (!err) {
		puts("done");
		fflush(stdout);
		if (!fgets(line, sizeof(line), stdin))
			break;
		line[strcspn(line, "\n")] = '\0';
		err = run(&reader, line);
	}
	if (err)
		fprintf(stderr, "reader: %s\n", mh_explain(err));
	graph_free(&reader.graph);
	return err ? 1 : 0;
}
