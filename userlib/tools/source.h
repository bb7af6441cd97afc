/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where graphs come from: heaps that are alive, by their number, and files. */
#ifndef MHEAP_SOURCE_H
#define MHEAP_SOURCE_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "graph.h"

/* What is wanted; each includes the ones before. */
enum source_depth {
	SOURCE_NAMES,		/* sites, types and sessions */
	SOURCE_OBJECTS,		/* objects, but not what they refer to */
	SOURCE_GRAPH,		/* slots and holders */
};

/**
 * struct source - A heap, or a file of one
 * @path: of the file, or NULL
 * @heap: number of the heap, of one that is alive
 */
struct source {
	const char *path;
	uint64_t heap;
};

/**
 * struct source_options - How a heap that is alive is read
 * @live: without a snapshot: not all of one instant
 */
struct source_options {
	bool live;
};

extern const struct argp source_argp;

/* Each returns an exit code, and has told the user what was wrong. */

/**
 * source_find - What a name stands for
 * @name: a number, or the name of a file; NULL for the only heap that there is
 * @ret_source: has a copy of the pointer
 */
int source_find(const char *name, struct source *ret_source);

/* Whether a text looks like the name of a source, and not like an object's. */
bool source_is_named(const char *name);

/* @options may be NULL. The graph is for graph_free(). */
int source_read(const struct source *source, enum source_depth depth,
		const struct source_options *options, struct graph *ret_graph);

/* "heap 3", or the name of the file; for free(). */
char *source_name(const struct source *source);

#endif /* MHEAP_SOURCE_H */
