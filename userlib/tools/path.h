/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How an object is held: the shortest ways from what holds objects from outside. */
#ifndef MHEAP_PATH_H
#define MHEAP_PATH_H

#include "graph.h"

/**
 * struct path_search - All ways to one object, the shortest one from each start
 * @graph: the graph
 * @target: the index of the object
 * @toward: for each object the next one on its way there; GRAPH_NULL for those from
 *	which none leads there, and for @target
 * @holders: the indices of the strong holders from which a way leads there, the
 *	nearest first
 * @holder_count: of @holders
 * @steps: for each of @holders how many references there are on its way
 */
struct path_search {
	const struct graph *graph;
	uint32_t target;
	uint32_t *toward;
	size_t *holders;
	size_t holder_count;
	uint32_t *steps;
};

/**
 * path_search - Find the ways to an object
 * @search: for path_search_free()
 * @graph: the graph
 * @target: the index of an object
 *
 * Breadth first, from the object against the direction of the references. Takes
 * memory for each object and for each reference, and time in proportion to both.
 */
void path_search(struct path_search *search, const struct graph *graph, uint32_t target);
void path_search_free(struct path_search *search);

/* The slot of @from that refers to @to and is not weak; there is one. */
uint32_t path_slot(const struct graph *graph, uint32_t from, uint32_t to);

#endif /* MHEAP_PATH_H */
