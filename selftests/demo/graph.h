/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The graph of packages, as it is read back from the heap. */
#ifndef DEMO_GRAPH_H
#define DEMO_GRAPH_H

#include <stdint.h>
#include <stdio.h>

struct mh_session;

/**
 * struct node - A package
 * @object: the number of its object
 * @installed_size: in KiB
 * @name: its name
 * @version: its version
 * @slot_refs: slots that refer to it
 */
struct node {
	uint64_t object;
	uint64_t installed_size;
	char *name;
	char *version;
	uint32_t slot_refs;
};

/**
 * struct graph - The packages and what they need
 * @count: packages
 * @nodes: the packages, sorted by the number of the object
 * @first: the needs of node n are those from first[n] up to first[n + 1]
 * @needs: the nodes that they lead to
 */
struct graph {
	uint32_t count;
	struct node *nodes;
	uint32_t *first;
	uint32_t *needs;
};

/* Reads the graph behind the named root. Returns 0 or -errno. */
int graph_read(struct mh_session *session, struct graph *ret_graph);
void graph_free(struct graph *graph);

/* The node of an object, or NULL. */
const struct node *graph_node(const struct graph *graph, uint64_t object);

/* How many packages are not the same in both. */
uint32_t graph_differences(const struct graph *a, const struct graph *b);

/* "package NAME VERSION SIZE REFS" and "needs NAME NAME" for each. */
void graph_print(const struct graph *graph, FILE *file);

#endif /* DEMO_GRAPH_H */
