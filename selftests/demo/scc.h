/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Strongly connected components: the sets of nodes that all lead to each other. */
#ifndef DEMO_SCC_H
#define DEMO_SCC_H

#include <stdint.h>

/**
 * scc_find() - Find the strongly connected components of a graph
 * @count: its nodes
 * @first: the edges of node n are those from first[n] up to first[n + 1]
 * @edges: the nodes that they lead to
 * @component: written: the number of each node's component, from 0
 * @ret_components: written: how many components there are
 *
 * Returns 0 or -ENOMEM. Does not recurse, whatever the depth of the graph.
 */
int scc_find(uint32_t count, const uint32_t *first, const uint32_t *edges,
	     uint32_t *component, uint32_t *ret_components);

#endif /* DEMO_SCC_H */
