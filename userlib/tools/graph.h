/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One heap as it was read: from the module or from a file. Every number that leads
 * to an object is its index in @objects, unless it says otherwise, so that whatever
 * works on a graph needs no search. Names are as they were registered: any bytes but
 * NUL.
 */
#ifndef MHEAP_GRAPH_H
#define MHEAP_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A slot that refers to nothing. */
#define GRAPH_NULL 0xffffffffU

/* The age of what is more than an hour old. */
#define GRAPH_AGE_OLD 0xffffffffU

/**
 * struct graph_object - An object
 * @number: its number in the heap
 * @type: its type's number
 * @site: the site that it was allocated at, 0 when that is not known
 * @age_ms: how long before the graph was taken that was, or GRAPH_AGE_OLD
 * @slots: how many slots it has
 * @payload_bytes: and how much payload
 * @handle_refs: strong handles to it, and roots and descriptors
 * @slot_refs: strong references from slots
 * @bytes: what the heap counts for it
 * @first_edge: of its slots, in the graph's edges
 */
struct graph_object {
	uint32_t number;
	uint32_t type;
	uint32_t site;
	uint32_t age_ms;
	uint32_t slots;
	uint32_t payload_bytes;
	uint32_t handle_refs;
	uint32_t slot_refs;
	uint64_t bytes;
	size_t first_edge;
};

/**
 * struct graph_site - A place in a program that allocates, with the heap's own figures
 * @id: its number
 * @parent: the number of the place that called it, smaller than @id; 0 for none
 * @line: in @file, 0 when that is not known
 * @file: its name, or ""
 * @function: its name, or ""
 * @live_objects: objects from there that are alive
 * @live_bytes: theirs
 * @peak_objects: the most that were alive at once
 * @peak_bytes: the most that they took
 * @total_objects: objects that were ever allocated there
 * @total_bytes: theirs
 * @young: objects from there that died within a second of their birth
 */
struct graph_site {
	uint32_t id;
	uint32_t parent;
	uint32_t line;
	char *file;
	char *function;
	uint64_t live_objects;
	uint64_t live_bytes;
	uint64_t peak_objects;
	uint64_t peak_bytes;
	uint64_t total_objects;
	uint64_t total_bytes;
	uint64_t young;
};

/**
 * struct graph_type - A type whose names a session has registered
 * @type: its number
 * @name: its name
 * @slots: the names of its first slots; one without is ""
 * @slot_count: of @slots
 */
struct graph_type {
	uint32_t type;
	char *name;
	char **slots;
	uint32_t slot_count;
};

/**
 * struct graph_session - A session
 * @id: its number in the heap
 * @pid: the process that it belongs to
 * @uid: that process's user
 * @rights: MHEAP_RIGHT_*
 * @handles: how many it has
 * @comm: what the process is called
 */
struct graph_session {
	uint32_t id;
	uint32_t pid;
	uint32_t uid;
	uint32_t rights;
	uint64_t handles;
	char *comm;
};

/**
 * enum graph_holder_kind - What holds an object from outside
 * @GRAPH_HOLDER_HANDLE: a handle
 * @GRAPH_HOLDER_WEAK: a weak handle, which keeps nothing alive
 * @GRAPH_HOLDER_ROOT: a named root
 * @GRAPH_HOLDER_FD: a file descriptor that the object was exported to
 */
enum graph_holder_kind {
	GRAPH_HOLDER_HANDLE,
	GRAPH_HOLDER_WEAK,
	GRAPH_HOLDER_ROOT,
	GRAPH_HOLDER_FD,
};

/**
 * struct graph_holder - One thing that holds an object from outside
 * @kind: what it is
 * @object: the index of the object
 * @session: the number of the session, of a handle
 * @handle: the handle
 * @traits: the handle's traits
 * @name: of a root; otherwise NULL
 */
struct graph_holder {
	enum graph_holder_kind kind;
	uint32_t object;
	uint32_t session;
	uint64_t handle;
	uint32_t traits;
	char *name;
};

/**
 * struct graph - One heap
 * @heap: its number
 * @taken_ns: when it was read: CLOCK_REALTIME
 * @consistent: whether all of it is of one instant
 * @objects: sorted by number
 * @object_count: of @objects
 * @edges: what the slots of all objects refer to, object by object: indices of
 *	objects, or GRAPH_NULL
 * @edge_weak: a bit for each of @edges, bit i % 8 of byte i / 8: whether the slot is
 *	weak. NULL when none is
 * @edge_count: of @edges
 * @sites: sorted by id
 * @site_count: of @sites
 * @types: sorted by type
 * @type_count: of @types
 * @sessions: sorted by id
 * @session_count: of @sessions
 * @holders: in no order
 * @holder_count: of @holders
 */
struct graph {
	uint64_t heap;
	uint64_t taken_ns;
	bool consistent;
	struct graph_object *objects;
	size_t object_count;
	uint32_t *edges;
	uint8_t *edge_weak;
	size_t edge_count;
	struct graph_site *sites;
	size_t site_count;
	struct graph_type *types;
	size_t type_count;
	struct graph_session *sessions;
	size_t session_count;
	struct graph_holder *holders;
	size_t holder_count;
};

/* Whether a slot is weak, by the index of its edge. */
static inline bool graph_edge_is_weak(const struct graph *graph, size_t edge)
{
	return graph->edge_weak && (graph->edge_weak[edge / 8] >> (edge % 8) & 1);
}

/* Free what is in a graph; not the structure itself. All zero is a graph, too. */
void graph_free(struct graph *graph);

#endif /* MHEAP_GRAPH_H */
