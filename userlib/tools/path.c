// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "path.h"

/**
 * struct reverse - Who refers to each object, by strong references
 * @first: for each object where its references begin, and one element more
 * @from: the objects that refer to it
 */
struct reverse {
	uint32_t *first;
	uint32_t *from;
};

static bool is_strong(const struct graph *graph, size_t edge)
{
	return graph->edges[edge] != GRAPH_NULL && !graph_edge_is_weak(graph, edge);
}

/* Counts first, then fills from behind, so that no third array is needed. */
static void reverse_make(struct reverse *reverse, const struct graph *graph)
{
	size_t count = graph->object_count;
	size_t bytes;

	reverse->first = must_have(calloc(count + 1, sizeof(*reverse->first)));
	for (size_t e = 0; e < graph->edge_count; e++)
		if (is_strong(graph, e))
			reverse->first[graph->edges[e]]++;
	for (size_t i = 1; i <= count; i++)
		reverse->first[i] += reverse->first[i - 1];
	bytes = (reverse->first[count] + 1UL) * sizeof(*reverse->from);
	reverse->from = must_have(malloc(bytes));
	touch(reverse->from, bytes);
	for (size_t i = count; i-- > 0;) {
		const struct graph_object *object = &graph->objects[i];

		for (size_t e = object->first_edge + object->slots; e-- > object->first_edge;)
			if (is_strong(graph, e))
				reverse->from[--reverse->first[graph->edges[e]]] = (uint32_t)i;
	}
}

/* Returns how far each object is from the target, or GRAPH_NULL. */
static uint32_t *spread(struct path_search *search, const struct reverse *reverse)
{
	size_t count = search->graph->object_count;
	uint32_t *queue = must_have(malloc((count + 1) * sizeof(*queue)));
	uint32_t *far = must_have(malloc((count + 1) * sizeof(*far)));
	size_t reached = 0;

	memset(far, 0xff, (count + 1) * sizeof(*far));
	far[search->target] = 0;
	queue[reached++] = search->target;
	for (size_t i = 0; i < reached; i++) {
		uint32_t at = queue[i];

		for (size_t r = reverse->first[at]; r < reverse->first[at + 1]; r++) {
			uint32_t from = reverse->from[r];

			if (far[from] != GRAPH_NULL)
				continue;
			far[from] = far[at] + 1;
			search->toward[from] = at;
			queue[reached++] = from;
		}
	}
	free(queue);
	return far;
}

static int compare_holders(const void *a, const void *b, void *context)
{
	const struct path_search *search = context;
	const struct graph_holder *holders = search->graph->holders;
	const struct graph_holder *x = &holders[*(const size_t *)a];
	const struct graph_holder *y = &holders[*(const size_t *)b];
	uint32_t p = search->steps[x->object];
	uint32_t q = search->steps[y->object];

	if (p != q)
		return p < q ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->session != y->session)
		return x->session < y->session ? -1 : 1;
	if (x->handle != y->handle)
		return x->handle < y->handle ? -1 : 1;
	return x < y ? -1 : x > y;
}

static void find_holders(struct path_search *search, uint32_t *far)
{
	const struct graph *graph = search->graph;
	uint32_t *steps;

	search->holders = must_have(calloc(graph->holder_count + 1, sizeof(*search->holders)));
	for (size_t i = 0; i < graph->holder_count; i++)
		if (graph->holders[i].kind != GRAPH_HOLDER_WEAK &&
		    far[graph->holders[i].object] != GRAPH_NULL)
			search->holders[search->holder_count++] = i;
	/* While they are compared, steps are those of objects. */
	search->steps = far;
	qsort_r(search->holders, search->holder_count, sizeof(*search->holders),
		compare_holders, search);
	steps = must_have(calloc(search->holder_count + 1, sizeof(*steps)));
	for (size_t i = 0; i < search->holder_count; i++)
		steps[i] = far[graph->holders[search->holders[i]].object];
	search->steps = steps;
}

void path_search(struct path_search *search, const struct graph *graph, uint32_t target)
{
	size_t bytes = (graph->object_count + 1) * sizeof(*search->toward);
	struct reverse reverse;
	uint32_t *far;

	*search = (struct path_search){ .graph = graph, .target = target };
	search->toward = must_have(malloc(bytes));
	memset(search->toward, 0xff, bytes);
	reverse_make(&reverse, graph);
	far = spread(search, &reverse);
	free(reverse.first);
	free(reverse.from);
	find_holders(search, far);
	free(far);
}

void path_search_free(struct path_search *search)
{
	free(search->toward);
	free(search->holders);
	free(search->steps);
}

uint32_t path_slot(const struct graph *graph, uint32_t from, uint32_t to)
{
	const struct graph_object *object = &graph->objects[from];

	for (uint32_t slot = 0; slot < object->slots; slot++) {
		size_t edge = object->first_edge + slot;

		if (graph->edges[edge] == to && !graph_edge_is_weak(graph, edge))
			return slot;
	}
	return 0;
}
