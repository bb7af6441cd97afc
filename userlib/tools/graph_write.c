// SPDX-License-Identifier: LGPL-2.1-or-later
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "graph_file.h"
#include "tool.h"

/* Fast, and still five times as small as the graph in memory. */
#define MODE "wbe1"

#define EDGES_AT_ONCE 4096

/**
 * struct writer - A file that is written
 * @out: the file
 * @failed: something could not be written
 */
struct writer {
	gzFile out;
	bool failed;
};

static void put(struct writer *writer, const void *from, size_t bytes)
{
	if (bytes && gzfwrite(from, bytes, 1, writer->out) != 1)
		writer->failed = true;
}

static void put32(struct writer *writer, uint32_t number)
{
	number = htole32(number);
	put(writer, &number, sizeof(number));
}

static void put64(struct writer *writer, uint64_t number)
{
	number = htole64(number);
	put(writer, &number, sizeof(number));
}

static uint32_t length(const char *text)
{
	return text ? (uint32_t)strlen(text) : 0;
}

static void section(struct writer *writer, const char *tag, uint64_t count, uint64_t bytes)
{
	put(writer, tag, 4);
	put32(writer, 0);
	put64(writer, count);
	put64(writer, bytes);
}

static void write_head(struct writer *writer, const struct graph *graph)
{
	section(writer, "HEAD", 1, GRAPH_FILE_HEAD_BYTES);
	put64(writer, graph->heap);
	put64(writer, graph->taken_ns);
	put32(writer, graph->consistent ? GRAPH_FILE_CONSISTENT : 0);
	put32(writer, 0);
	put64(writer, 0);
}

static void write_objects(struct writer *writer, const struct graph *graph)
{
	section(writer, "OBJS", graph->object_count,
		(uint64_t)graph->object_count * GRAPH_FILE_OBJECT_BYTES);
	for (size_t i = 0; i < graph->object_count; i++) {
		const struct graph_object *object = &graph->objects[i];
		const uint32_t words[] = {
			htole32(object->number), htole32(object->type), htole32(object->site),
			htole32(object->age_ms), htole32(object->slots),
			htole32(object->payload_bytes), htole32(object->handle_refs),
			htole32(object->slot_refs),
		};

		put(writer, words, sizeof(words));
		put64(writer, object->bytes);
	}
}

static void write_edges(struct writer *writer, const struct graph *graph)
{
	uint32_t words[EDGES_AT_ONCE];

	section(writer, "EDGE", graph->edge_count,
		(uint64_t)graph->edge_count * sizeof(uint32_t));
	for (size_t i = 0; i < graph->edge_count;) {
		size_t count = 0;

		while (count < EDGES_AT_ONCE && i < graph->edge_count)
			words[count++] = htole32(graph->edges[i++]);
		put(writer, words, count * sizeof(*words));
	}
	if (!graph->edge_weak)
		return;
	section(writer, "WEAK", graph->edge_count, (graph->edge_count + 7) / 8);
	put(writer, graph->edge_weak, (graph->edge_count + 7) / 8);
}

static void write_sites(struct writer *writer, const struct graph *graph)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < graph->site_count; i++)
		bytes += GRAPH_FILE_SITE_BYTES + length(graph->sites[i].file) +
			 length(graph->sites[i].function);
	section(writer, "SITE", graph->site_count, bytes);
	for (size_t i = 0; i < graph->site_count; i++) {
		const struct graph_site *site = &graph->sites[i];

		put32(writer, site->id);
		put32(writer, site->parent);
		put32(writer, site->line);
		put32(writer, length(site->file));
		put32(writer, length(site->function));
		put32(writer, 0);
		put64(writer, site->live_objects);
		put64(writer, site->live_bytes);
		put64(writer, site->peak_objects);
		put64(writer, site->peak_bytes);
		put64(writer, site->total_objects);
		put64(writer, site->total_bytes);
		put64(writer, site->young);
		put(writer, site->file, length(site->file));
		put(writer, site->function, length(site->function));
	}
}

static uint32_t type_bytes(const struct graph_type *type)
{
	uint32_t bytes = length(type->name) + 1;

	for (uint32_t i = 0; i < type->slot_count; i++)
		bytes += length(type->slots[i]) + 1;
	return bytes;
}

static void write_types(struct writer *writer, const struct graph *graph)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < graph->type_count; i++)
		bytes += GRAPH_FILE_TYPE_BYTES + type_bytes(&graph->types[i]);
	section(writer, "TYPE", graph->type_count, bytes);
	for (size_t i = 0; i < graph->type_count; i++) {
		const struct graph_type *type = &graph->types[i];

		put32(writer, type->type);
		put32(writer, type_bytes(type));
		put(writer, type->name, length(type->name) + 1);
		for (uint32_t slot = 0; slot < type->slot_count; slot++)
			put(writer, type->slots[slot], length(type->slots[slot]) + 1);
	}
}

static void write_sessions(struct writer *writer, const struct graph *graph)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < graph->session_count; i++)
		bytes += GRAPH_FILE_SESSION_BYTES + length(graph->sessions[i].comm);
	section(writer, "SESS", graph->session_count, bytes);
	for (size_t i = 0; i < graph->session_count; i++) {
		const struct graph_session *session = &graph->sessions[i];

		put32(writer, session->id);
		put32(writer, session->pid);
		put32(writer, session->uid);
		put32(writer, session->rights);
		put64(writer, session->handles);
		put32(writer, length(session->comm));
		put32(writer, 0);
		put(writer, session->comm, length(session->comm));
	}
}

static void write_holders(struct writer *writer, const struct graph *graph)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < graph->holder_count; i++)
		bytes += GRAPH_FILE_HOLDER_BYTES + length(graph->holders[i].name);
	section(writer, "HOLD", graph->holder_count, bytes);
	for (size_t i = 0; i < graph->holder_count; i++) {
		const struct graph_holder *holder = &graph->holders[i];

		put32(writer, (uint32_t)holder->kind);
		put32(writer, holder->object);
		put32(writer, holder->session);
		put32(writer, holder->traits);
		put64(writer, holder->handle);
		put32(writer, length(holder->name));
		put(writer, holder->name, length(holder->name));
	}
}

int graph_write_file(const struct graph *graph, const char *path)
{
	struct writer writer = { .out = gzopen(path, MODE) };
	int error;

	if (!writer.out)
		return complain(EXIT_FAILED, "cannot write %s: %s", path,
				strerror(errno ? errno : ENOMEM));
	gzbuffer(writer.out, 1 << 18);
	put(&writer, GRAPH_FILE_MAGIC, strlen(GRAPH_FILE_MAGIC));
	put32(&writer, GRAPH_FILE_VERSION);
	put32(&writer, 0);
	write_head(&writer, graph);
	write_objects(&writer, graph);
	write_edges(&writer, graph);
	write_sites(&writer, graph);
	write_types(&writer, graph);
	write_sessions(&writer, graph);
	write_holders(&writer, graph);
	section(&writer, "END ", 0, 0);
	errno = 0;
	if (gzclose(writer.out) != Z_OK)
		writer.failed = true;
	error = errno ? errno : EIO;
	if (writer.failed)
		return complain(EXIT_FAILED, "cannot write %s: %s", path, strerror(error));
	return EXIT_OK;
}
