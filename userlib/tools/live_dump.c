// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Slots may refer to weak cells, whose records may come after theirs; and those of
 * wide objects come in pieces, in any order. So everything is kept as it comes, and
 * put together at the end.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/mheap.h>
#include <mheap.h>

#include "graph_maker.h"
#include "live_dump.h"
#include "memory.h"
#include "progress.h"

#define BUFFER_BYTES	(256U << 10)
#define LOG_BYTES_MIN	(16ULL << 20)
#define LOG_BYTES_MAX	(1ULL << 30)

/**
 * struct weak - A weak cell
 * @number: what slots and handles have
 * @object: what it stands for, or 0
 */
struct weak {
	uint32_t number;
	uint32_t object;
};

/**
 * struct wide - An object whose slots come in pieces
 * @number: its number
 * @slots: how many it has
 * @first_edge: where they go
 */
struct wide {
	uint32_t number;
	uint32_t slots;
	size_t first_edge;
};

/**
 * struct piece - Some slots of a wide object
 * @number: the object's
 * @first: the first of them
 * @count: how many
 * @values: what they refer to
 */
struct piece {
	uint32_t number;
	uint32_t first;
	uint32_t count;
	uint32_t *values;
};

/**
 * struct dump - A heap that is being read
 * @maker: gets the graph
 * @progress: told of each object
 * @weaks: all weak cells
 * @weak_count: of @weaks
 * @weak_room: of @weaks
 * @wides: all wide objects
 * @wide_count: of @wides
 * @wide_room: of @wides
 * @pieces: all pieces
 * @piece_count: of @pieces
 * @piece_room: of @pieces
 */
struct dump {
	struct graph_maker *maker;
	struct progress *progress;
	struct weak *weaks;
	size_t weak_count;
	size_t weak_room;
	struct wide *wides;
	size_t wide_count;
	size_t wide_room;
	struct piece *pieces;
	size_t piece_count;
	size_t piece_room;
};

static void add_nulls(struct dump *dump, uint32_t count)
{
	static const uint32_t nulls[1024];

	while (count) {
		uint32_t some = count < 1024 ? count : 1024;

		graph_maker_edges(dump->maker, nulls, some);
		count -= some;
	}
}

/* Where a record says that its slots begin. */
static const uint32_t *values_of(const void *record, uint32_t offset)
{
	return (const uint32_t *)((const char *)record + offset);
}

static void take_object(struct dump *dump, const struct mheap_dump_object *record)
{
	uint32_t count = record->count;
	struct graph_object object = {
		.number = record->object,
		.type = record->type,
		.site = record->site,
		.age_ms = record->age_ms,
		.slots = record->slots,
		.payload_bytes = record->payload_bytes,
		.handle_refs = record->handle_refs,
		.slot_refs = record->slot_refs,
		.bytes = record->object_bytes,
	};

	if (count > record->slots)
		count = record->slots;
	graph_maker_object(dump->maker, &object);
	if (count < record->slots) {
		dump->wides = must_grow(dump->wides, &dump->wide_room, dump->wide_count + 1,
					sizeof(*dump->wides));
		dump->wides[dump->wide_count++] = (struct wide){
			.number = record->object,
			.slots = record->slots,
			.first_edge = dump->maker->graph.edge_count,
		};
	}
	graph_maker_edges(dump->maker, values_of(record, record->offset), count);
	add_nulls(dump, record->slots - count);
	progress_step(dump->progress);
}

static void take_slots(struct dump *dump, const struct mheap_dump_slots *record)
{
	size_t bytes = record->count * sizeof(uint32_t);
	struct piece *piece;

	dump->pieces = must_grow(dump->pieces, &dump->piece_room, dump->piece_count + 1,
				 sizeof(*dump->pieces));
	piece = &dump->pieces[dump->piece_count++];
	*piece = (struct piece){
		.number = record->object,
		.first = record->first,
		.count = record->count,
		.values = must_have(malloc(bytes + 1)),
	};
	memcpy(piece->values, values_of(record, record->offset), bytes);
}

static void take_weak(struct dump *dump, const struct mheap_dump_weak *record)
{
	dump->weaks = must_grow(dump->weaks, &dump->weak_room, dump->weak_count + 1,
				sizeof(*dump->weaks));
	dump->weaks[dump->weak_count++] = (struct weak){ record->weak, record->object };
}

static void take_root(struct dump *dump, const struct mheap_dump_root *record)
{
	char name[MHEAP_ROOT_NAME_MAX + 1] = "";
	struct graph_holder holder = {
		.kind = GRAPH_HOLDER_ROOT, .object = record->object, .name = name,
	};

	memcpy(name, record->name, MHEAP_ROOT_NAME_MAX);
	graph_maker_holder(dump->maker, &holder);
}

static void take_handle(struct dump *dump, const struct mheap_dump_handle *record)
{
	bool weak = record->flags & MHEAP_DUMP_IS_WEAK;
	struct graph_holder holder = {
		.kind = weak ? GRAPH_HOLDER_WEAK : GRAPH_HOLDER_HANDLE,
		.object = record->object,
		.session = (uint32_t)record->session,
		.handle = record->handle,
		.traits = record->rights,
	};

	graph_maker_holder(dump->maker, &holder);
}

static void take_fd(struct dump *dump, const struct mheap_dump_fd *record)
{
	struct graph_holder holder = {
		.kind = GRAPH_HOLDER_FD, .object = record->object, .traits = record->rights,
	};

	graph_maker_holder(dump->maker, &holder);
}

/* What a newer module tells besides is not needed. */
static void take(struct dump *dump, const struct mheap_dump_record *record)
{
	switch (record->kind) {
	case MHEAP_DUMP_OBJECT:
		take_object(dump, (const struct mheap_dump_object *)record);
		break;
	case MHEAP_DUMP_SLOTS:
		take_slots(dump, (const struct mheap_dump_slots *)record);
		break;
	case MHEAP_DUMP_WEAK:
		take_weak(dump, (const struct mheap_dump_weak *)record);
		break;
	case MHEAP_DUMP_ROOT:
		take_root(dump, (const struct mheap_dump_root *)record);
		break;
	case MHEAP_DUMP_HANDLE:
		take_handle(dump, (const struct mheap_dump_handle *)record);
		break;
	case MHEAP_DUMP_FD:
		take_fd(dump, (const struct mheap_dump_fd *)record);
		break;
	}
}

static int read_records(struct dump *dump, struct mh_session *session, uint32_t flags)
{
	uint64_t *buffer = must_have(malloc(BUFFER_BYTES));
	struct mheap_dump command = {
		.size = sizeof(command),
		.flags = flags,
		.data_uptr = (uintptr_t)buffer,
		.bytes = BUFFER_BYTES,
	};
	int error = 0;

	while (!error && command.cursor != MH_END) {
		const char *at = (const char *)buffer;
		const char *end;

		if (ioctl(mh_session_fd(session), MHEAP_DUMP, &command)) {
			error = -errno;
			break;
		}
		for (end = at + command.out_bytes; at < end;) {
			const struct mheap_dump_record *record = (const void *)at;

			take(dump, record);
			at += record->bytes;
		}
	}
	free(buffer);
	return error;
}

/* The structures that are sorted begin with a number. */
static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* A piece of an object that is not known, or that is another one by now, is left out. */
static void place_pieces(struct dump *dump)
{
	if (dump->wide_count)
		qsort(dump->wides, dump->wide_count, sizeof(*dump->wides), compare);
	for (size_t i = 0; i < dump->piece_count; i++) {
		const struct piece *piece = &dump->pieces[i];
		const struct wide *wide = NULL;

		if (dump->wide_count)
			wide = bsearch(&piece->number, dump->wides, dump->wide_count,
				       sizeof(*dump->wides), compare);
		if (!wide || piece->first > wide->slots ||
		    piece->count > wide->slots - piece->first)
			continue;
		memcpy(dump->maker->graph.edges + wide->first_edge + piece->first, piece->values,
		       piece->count * sizeof(*piece->values));
	}
}

static const struct weak *find_weak(const struct dump *dump, uint32_t number)
{
	if (!number || !dump->weak_count)
		return NULL;
	return bsearch(&number, dump->weaks, dump->weak_count, sizeof(*dump->weaks), compare);
}

/* In the place of weak cells, what they stand for. */
static void see_through(struct dump *dump)
{
	struct graph *graph = &dump->maker->graph;
	size_t kept = 0;

	if (dump->weak_count)
		qsort(dump->weaks, dump->weak_count, sizeof(*dump->weaks), compare);
	for (size_t i = 0; i < graph->edge_count && dump->weak_count; i++) {
		const struct weak *weak = find_weak(dump, graph->edges[i]);

		if (!weak)
			continue;
		graph->edges[i] = weak->object;
		graph_maker_weak(dump->maker, i);
	}
	for (size_t i = 0; i < graph->holder_count; i++) {
		struct graph_holder *holder = &graph->holders[i];

		if (holder->kind == GRAPH_HOLDER_WEAK) {
			const struct weak *weak = find_weak(dump, holder->object);

			/* Of an object that is gone. */
			if (!weak || !weak->object)
				continue;
			holder->object = weak->object;
		}
		graph->holders[kept++] = *holder;
	}
	graph->holder_count = kept;
}

static void dump_free(struct dump *dump)
{
	for (size_t i = 0; i < dump->piece_count; i++)
		free(dump->pieces[i].values);
	free(dump->pieces);
	free(dump->wides);
	free(dump->weaks);
}

/* One attempt; what was read of a snapshot that failed is of no use. */
static int dump_once(struct mh_session *session, uint32_t flags, struct graph_maker *maker,
		     struct progress *progress)
{
	struct dump dump = { .maker = maker, .progress = progress };
	int error;

	error = read_records(&dump, session, flags);
	if (!error) {
		place_pieces(&dump);
		see_through(&dump);
	}
	dump_free(&dump);
	return error;
}

/* Drop what an attempt has added. */
static void forget(struct graph_maker *maker)
{
	struct graph *graph = &maker->graph;

	for (size_t i = 0; i < graph->holder_count; i++)
		free(graph->holders[i].name);
	graph->object_count = 0;
	graph->edge_count = 0;
	graph->holder_count = 0;
	free(graph->edge_weak);
	graph->edge_weak = NULL;
	maker->weak_room = 0;
}

static int snapshot_begin(struct mh_session *session, uint64_t log_bytes)
{
	struct mheap_snapshot command = { .size = sizeof(command), .log_bytes = log_bytes };

	return ioctl(mh_session_fd(session), MHEAP_SNAPSHOT, &command) ? -errno : 0;
}

static void snapshot_end(struct mh_session *session)
{
	struct mheap_snapshot command = {
		.size = sizeof(command), .flags = MHEAP_SNAPSHOT_END,
	};

	(void)ioctl(mh_session_fd(session), MHEAP_SNAPSHOT, &command);
}

int live_dump(struct mh_session *session, bool snapshot, struct graph_maker *maker,
	      struct progress *progress)
{
	uint64_t log_bytes = LOG_BYTES_MIN;
	int error;

	if (!snapshot)
		return dump_once(session, 0, maker, progress);
	/* Where much changes meanwhile, more of it has to be remembered. */
	for (;;) {
		error = snapshot_begin(session, log_bytes);
		if (error)
			return error;
		error = dump_once(session, MHEAP_DUMP_SNAPSHOT, maker, progress);
		snapshot_end(session);
		if (error != -EOVERFLOW || log_bytes == LOG_BYTES_MAX)
			break;
		forget(maker);
		log_bytes *= 4;
	}
	maker->graph.consistent = !error;
	return error;
}
