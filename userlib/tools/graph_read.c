// SPDX-License-Identifier: LGPL-2.1-or-later
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "graph_file.h"
#include "graph_maker.h"
#include "memory.h"
#include "tool.h"

#define CHUNK 65536U

/**
 * struct reader - A file that is read
 * @in: the file
 * @path: its name
 * @maker: the graph that comes of it
 * @left: bytes of the section that were not read
 * @seen: the sections that there were, a bit each
 * @next_edge: edges that belong to the objects read so far
 * @wrong: what is wrong with it, or NULL
 * @buffer: CHUNK bytes
 */
struct reader {
	gzFile in;
	const char *path;
	struct graph_maker maker;
	uint64_t left;
	unsigned int seen;
	uint64_t next_edge;
	const char *wrong;
	char *buffer;
};

static bool spoil(struct reader *reader, const char *wrong)
{
	if (!reader->wrong)
		reader->wrong = wrong;
	return false;
}

/* Read bytes that do not count as a section's. */
static bool get_any(struct reader *reader, void *to, size_t bytes)
{
	int error;

	if (reader->wrong)
		return false;
	errno = 0;
	if (!bytes || gzfread(to, bytes, 1, reader->in) == 1)
		return true;
	gzerror(reader->in, &error);
	if (error == Z_ERRNO)
		return spoil(reader, strerror(errno ? errno : EIO));
	if (error == Z_DATA_ERROR)
		return spoil(reader, "it is damaged");
	return spoil(reader, "it ends too early");
}

static bool get(struct reader *reader, void *to, size_t bytes)
{
	if (bytes > reader->left)
		return spoil(reader, "a section that is too short");
	reader->left -= bytes;
	return get_any(reader, to, bytes);
}

static uint32_t word(const char *at, size_t i)
{
	uint32_t value;

	memcpy(&value, at + i * sizeof(value), sizeof(value));
	return le32toh(value);
}

static uint64_t wide(const char *at, size_t i)
{
	uint64_t value;

	memcpy(&value, at + i * sizeof(uint32_t), sizeof(value));
	return le64toh(value);
}

/* A text of that many bytes without NUL; it lies in @to until the next one. */
static bool get_text(struct reader *reader, char *to, uint32_t bytes)
{
	if (bytes >= GRAPH_NAME_MAX)
		return spoil(reader, "a name that is too long");
	if (!get(reader, to, bytes))
		return false;
	to[bytes] = '\0';
	return strlen(to) == bytes || spoil(reader, "a name with a NUL");
}

static void read_head(struct reader *reader, uint64_t count)
{
	char at[GRAPH_FILE_HEAD_BYTES];

	if (count != 1)
		spoil(reader, "a head that is none");
	if (!get(reader, at, sizeof(at)))
		return;
	reader->maker.graph.heap = wide(at, 0);
	reader->maker.graph.taken_ns = wide(at, 2);
	reader->maker.graph.consistent = word(at, 4) & GRAPH_FILE_CONSISTENT;
}

static void read_object(struct reader *reader, const char *at)
{
	struct graph_object object = {
		.number = word(at, 0),
		.type = word(at, 1),
		.site = word(at, 2),
		.age_ms = word(at, 3),
		.slots = word(at, 4),
		.payload_bytes = word(at, 5),
		.handle_refs = word(at, 6),
		.slot_refs = word(at, 7),
		.bytes = wide(at, 8),
	};

	graph_maker_object(&reader->maker, &object)->first_edge = reader->next_edge;
	reader->next_edge += object.slots;
}

static void read_objects(struct reader *reader, uint64_t count)
{
	const uint64_t most = CHUNK / GRAPH_FILE_OBJECT_BYTES;

	if (count > GRAPH_OBJECTS_MAX)
		spoil(reader, "too many objects");
	while (count && !reader->wrong) {
		size_t some = count < most ? count : most;

		if (!get(reader, reader->buffer, some * GRAPH_FILE_OBJECT_BYTES))
			return;
		for (size_t i = 0; i < some; i++)
			read_object(reader, reader->buffer + i * GRAPH_FILE_OBJECT_BYTES);
		count -= some;
	}
}

static void read_edges(struct reader *reader, uint64_t count)
{
	const uint64_t most = CHUNK / sizeof(uint32_t);
	uint32_t *edges = (uint32_t *)reader->buffer;

	while (count && !reader->wrong) {
		size_t some = count < most ? count : most;

		if (!get(reader, edges, some * sizeof(*edges)))
			return;
		for (size_t i = 0; i < some; i++)
			edges[i] = le32toh(edges[i]);
		graph_maker_edges(&reader->maker, edges, some);
		count -= some;
	}
}

static void read_weak(struct reader *reader, uint64_t count)
{
	struct graph *graph = &reader->maker.graph;

	if (count != graph->edge_count) {
		spoil(reader, "not a bit for each slot");
		return;
	}
	if (!count)
		return;
	/* There were as many edges, so this much memory is not too much. */
	graph_maker_weak(&reader->maker, count - 1);
	get(reader, graph->edge_weak, (count + 7) / 8);
}

static void read_sites(struct reader *reader, uint64_t count)
{
	char at[GRAPH_FILE_SITE_BYTES];
	char function[GRAPH_NAME_MAX];
	char file[GRAPH_NAME_MAX];

	while (count-- && get(reader, at, sizeof(at)) &&
	       get_text(reader, file, word(at, 3)) && get_text(reader, function, word(at, 4))) {
		struct graph_site site = {
			.id = word(at, 0),
			.parent = word(at, 1),
			.line = word(at, 2),
			.file = file,
			.function = function,
			.live_objects = wide(at, 6),
			.live_bytes = wide(at, 8),
			.peak_objects = wide(at, 10),
			.peak_bytes = wide(at, 12),
			.total_objects = wide(at, 14),
			.total_bytes = wide(at, 16),
			.young = wide(at, 18),
		};

		graph_maker_site(&reader->maker, &site);
	}
}

static void read_types(struct reader *reader, uint64_t count)
{
	char at[GRAPH_FILE_TYPE_BYTES];

	while (count-- && get(reader, at, sizeof(at))) {
		uint32_t bytes = word(at, 1);

		if (!bytes || bytes > CHUNK) {
			spoil(reader, "a type with too long a text");
			return;
		}
		if (!get(reader, reader->buffer, bytes))
			return;
		if (reader->buffer[bytes - 1]) {
			spoil(reader, "a name without an end");
			return;
		}
		graph_maker_type(&reader->maker, word(at, 0), reader->buffer, bytes);
	}
}

static void read_sessions(struct reader *reader, uint64_t count)
{
	char at[GRAPH_FILE_SESSION_BYTES];
	char comm[GRAPH_NAME_MAX];

	while (count-- && get(reader, at, sizeof(at)) && get_text(reader, comm, word(at, 6))) {
		struct graph_session session = {
			.id = word(at, 0),
			.pid = word(at, 1),
			.uid = word(at, 2),
			.rights = word(at, 3),
			.handles = wide(at, 4),
			.comm = comm,
		};

		graph_maker_session(&reader->maker, &session);
	}
}

static void read_holders(struct reader *reader, uint64_t count)
{
	char at[GRAPH_FILE_HOLDER_BYTES];
	char name[GRAPH_NAME_MAX];

	while (count-- && get(reader, at, sizeof(at)) && get_text(reader, name, word(at, 6))) {
		uint32_t kind = word(at, 0);
		struct graph_holder holder = {
			.kind = (enum graph_holder_kind)kind,
			.object = word(at, 1),
			.session = word(at, 2),
			.traits = word(at, 3),
			.handle = wide(at, 4),
			.name = kind == GRAPH_HOLDER_ROOT ? name : NULL,
		};

		if (kind > GRAPH_HOLDER_FD) {
			spoil(reader, "a holder of an unknown kind");
			return;
		}
		graph_maker_holder(&reader->maker, &holder);
	}
}

static const struct {
	char tag[5];
	void (*read)(struct reader *reader, uint64_t count);
} sections[] = {
	{ "HEAD", read_head }, { "OBJS", read_objects }, { "EDGE", read_edges },
	{ "WEAK", read_weak }, { "SITE", read_sites }, { "TYPE", read_types },
	{ "SESS", read_sessions }, { "HOLD", read_holders },
};

#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

/* What is left of a section: all of one that is not known. */
static void skip(struct reader *reader)
{
	while (reader->left && !reader->wrong)
		get(reader, reader->buffer, reader->left < CHUNK ? reader->left : CHUNK);
}

/* Returns whether there is another one. */
static bool read_section(struct reader *reader)
{
	char at[24];
	size_t i = 0;

	if (!get_any(reader, at, sizeof(at)) || !memcmp(at, "END ", 4))
		return false;
	reader->left = wide(at, 4);
	while (i < SECTIONS && memcmp(at, sections[i].tag, 4))
		i++;
	if (i == SECTIONS) {
		skip(reader);
		return !reader->wrong;
	}
	if (reader->seen & 1U << i)
		return spoil(reader, "a section that comes twice");
	reader->seen |= 1U << i;
	sections[i].read(reader, wide(at, 2));
	if (!reader->wrong && reader->left)
		spoil(reader, "a section that is too long");
	return !reader->wrong;
}

static void read_all(struct reader *reader, struct graph *ret_graph)
{
	char at[16];

	if (!get_any(reader, at, sizeof(at)))
		return;
	if (memcmp(at, GRAPH_FILE_MAGIC, 8)) {
		spoil(reader, "it is not a snapshot; `mheap snapshot -o FILE' makes one");
		return;
	}
	if (word(at, 2) != GRAPH_FILE_VERSION) {
		spoil(reader, "it has another version: use the tool that made it");
		return;
	}
	while (read_section(reader))
		;
	if (!(reader->seen & 1U))
		spoil(reader, "it has no head");
	if (reader->next_edge != reader->maker.graph.edge_count)
		spoil(reader, "not as many slots as its objects have");
	if (!reader->wrong)
		reader->wrong = graph_maker_end(&reader->maker, false, ret_graph);
}

int graph_read_file(const char *path, struct graph *ret_graph)
{
	struct reader reader = { .path = path };

	errno = 0;
	reader.in = gzopen(path, "rbe");
	if (!reader.in)
		return complain(EXIT_FAILED, "cannot read %s: %s", path,
				strerror(errno ? errno : ENOMEM));
	gzbuffer(reader.in, 1 << 18);
	reader.buffer = must_have(malloc(CHUNK));
	read_all(&reader, ret_graph);
	gzclose_r(reader.in);
	free(reader.buffer);
	if (!reader.wrong)
		return EXIT_OK;
	graph_maker_free(&reader.maker);
	return complain(EXIT_FAILED, "cannot read %s: %s", path, reader.wrong);
}
