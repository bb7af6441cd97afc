// SPDX-License-Identifier: LGPL-2.1-or-later
/* Tarjan's algorithm, with a stack of its own in the place of recursion. */
#include <errno.h>
#include <stdlib.h>

#include "scc.h"

#define UNSEEN	UINT32_MAX

/**
 * struct scc - The search
 * @order: when each node was met first; UNSEEN before
 * @low: the earliest node on @open that each node is known to lead to
 * @next: the next edge to follow, of each node
 * @path: the nodes from the start to where the search is
 * @open: the nodes that were met and are in no component yet
 * @path_length: nodes in @path
 * @open_length: nodes in @open
 * @met: nodes that were met
 */
struct scc {
	uint32_t *order, *low, *next, *path, *open;
	uint32_t path_length, open_length, met;
};

static void scc_enter(struct scc *scc, const uint32_t *first, uint32_t node)
{
	scc->order[node] = scc->met;
	scc->low[node] = scc->met++;
	scc->next[node] = first[node];
	scc->path[scc->path_length++] = node;
	scc->open[scc->open_length++] = node;
}

/* All edges of the node at the end of the path were followed. */
static void scc_leave(struct scc *scc, uint32_t *component, uint32_t *components)
{
	uint32_t node = scc->path[--scc->path_length];
	uint32_t parent, member;

	if (scc->path_length) {
		parent = scc->path[scc->path_length - 1];
		if (scc->low[node] < scc->low[parent])
			scc->low[parent] = scc->low[node];
	}
	if (scc->low[node] != scc->order[node])
		return;
	do {
		member = scc->open[--scc->open_length];
		component[member] = *components;
	} while (member != node);
	++*components;
}

static void scc_search(struct scc *scc, const uint32_t *first, const uint32_t *edges,
		       uint32_t start, uint32_t *component, uint32_t *components)
{
	uint32_t node, to;

	scc_enter(scc, first, start);
	while (scc->path_length) {
		node = scc->path[scc->path_length - 1];
		if (scc->next[node] == first[node + 1]) {
			scc_leave(scc, component, components);
			continue;
		}
		to = edges[scc->next[node]++];
		if (scc->order[to] == UNSEEN)
			scc_enter(scc, first, to);
		else if (component[to] == UNSEEN && scc->order[to] < scc->low[node])
			scc->low[node] = scc->order[to];
	}
}

int scc_find(uint32_t count, const uint32_t *first, const uint32_t *edges,
	     uint32_t *component, uint32_t *ret_components)
{
	uint32_t *memory = calloc(count * 5UL + 1, sizeof(*memory));
	struct scc scc = { .order = memory };

	if (!memory)
		return -ENOMEM;
	scc.low = scc.order + count;
	scc.next = scc.low + count;
	scc.path = scc.next + count;
	scc.open = scc.path + count;
	for (uint32_t i = 0; i < count; i++) {
		scc.order[i] = UNSEEN;
		component[i] = UNSEEN;
	}
	*ret_components = 0;
	for (uint32_t i = 0; i < count; i++)
		if (scc.order[i] == UNSEEN)
			scc_search(&scc, first, edges, i, component, ret_components);
	free(memory);
	return 0;
}
