/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The objects of a heap, one after the other: they are never all in memory. */
#ifndef MHEAP_OBJECT_LIST_H
#define MHEAP_OBJECT_LIST_H

#include <stdbool.h>

#include "graph.h"
#include "object_name.h"
#include "source.h"
#include "top.h"

/**
 * struct object_list - A listing under way
 * @graph: the types, sites and sessions of the heap that is listed
 * @names: what its objects are called; until object_list_free()
 * @take: called with each object. @done stops the listing
 * @context: for @take
 */
struct object_list {
	struct graph graph;
	struct object_names names;
	int (*take)(struct object_list *list, const struct object_line *line, bool *done);
	void *context;
};

/**
 * object_list_run - List the objects of a heap or of a file
 * @list: with @take and @context
 * @source: what to list
 * @session: only what handles of this session refer to; 0 for all. Needs the graph in
 *	memory
 * @quiet: no progress is shown
 *
 * One listing may go through several of them, one after the other.
 *
 * Return: an exit code; the user was told what was wrong.
 */
int object_list_run(struct object_list *list, const struct source *source, uint32_t session,
		    bool quiet);
void object_list_free(struct object_list *list);

/* An object of a graph as a line; nothing is known of its names. */
struct object_line object_list_line(const struct graph *graph, size_t i);

/* For each object whether handles of a session refer to it, weak ones too; for free(). */
bool *object_list_held(const struct graph *graph, uint32_t session);

#endif /* MHEAP_OBJECT_LIST_H */
