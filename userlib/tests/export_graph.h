/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Graphs for the tests of the exporters. */
#ifndef MHEAP_EXPORT_GRAPH_H
#define MHEAP_EXPORT_GRAPH_H

struct graph;

/*
 * Make a graph of a kind; NULL when there is no such kind:
 *   empty	no object
 *   small	sixteen objects of plain names
 *   names	names with all that a format could trip over, and sizes over 4 GiB
 *   random	two thousand objects
 *   deep	a chain of calls of a thousand sites
 *   sparse	no names, no sites, no sessions: handles that nobody listed, large numbers
 *   large	so many objects as the seed says
 */
struct graph *export_graph_make(const char *kind, unsigned int seed);
void export_graph_free(struct graph *graph);

#endif /* MHEAP_EXPORT_GRAPH_H */
