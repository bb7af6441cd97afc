// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdlib.h>

#include "export_view.h"

/**
 * struct search - Tarjan's algorithm, without recursion
 * @graph: what is searched
 * @visited: when an object was met, from 1; 0 is not yet
 * @low: the earliest object that it leads back to; 0 once its component is known
 * @slot: the slot to follow next
 * @path: the objects on the way from where the search began
 * @depth: of @path
 * @open: objects whose component is not known
 * @open_count: of @open
 * @components: the result
 * @count: how many there are
 * @clock: objects that were met
 */
struct search {
	const struct graph *graph;
	uint32_t *visited;
	uint32_t *low;
	uint32_t *slot;
	uint32_t *path;
	size_t depth;
	uint32_t *open;
	size_t open_count;
	uint32_t *components;
	uint32_t count;
	uint32_t clock;
};

static void enter(struct search *search, uint32_t object)
{
	search->visited[object] = ++search->clock;
	search->low[object] = search->clock;
	search->path[search->depth++] = object;
	search->open[search->open_count++] = object;
}

static bool refers_to_itself(const struct graph *graph, uint32_t object)
{
	const struct graph_object *it = &graph->objects[object];

	for (size_t e = it->first_edge; e < it->first_edge + it->slots; e++)
		if (graph->edges[e] == object && !graph_edge_is_weak(graph, e))
			return true;
	return false;
}

/* All that leads from @object has been followed. */
static void leave(struct search *search, uint32_t object)
{
	uint32_t component = 0, member;

	search->depth--;
	if (search->depth) {
		uint32_t before = search->path[search->depth - 1];

		if (search->low[object] < search->low[before])
			search->low[before] = search->low[object];
	}
	if (search->low[object] != search->visited[object])
		return;
	if (search->open[search->open_count - 1] != object ||
	    refers_to_itself(search->graph, object))
		component = ++search->count;
	do {
		member = search->open[--search->open_count];
		search->low[member] = 0;
		search->components[member] = component;
	} while (member != object);
}

/* Follow one slot of the last object of the path. */
static void step(struct search *search)
{
	const struct graph *graph = search->graph;
	uint32_t object = search->path[search->depth - 1], to;
	size_t edge;

	if (search->slot[object] == graph->objects[object].slots) {
		leave(search, object);
		return;
	}
	edge = graph->objects[object].first_edge + search->slot[object]++;
	to = graph->edges[edge];
	if (to == GRAPH_NULL || graph_edge_is_weak(graph, edge))
		return;
	if (!search->visited[to])
		enter(search, to);
	else if (search->low[to] && search->visited[to] < search->low[object])
		search->low[object] = search->visited[to];
}

int export_components(const struct graph *graph, uint32_t **ret_components, uint32_t *ret_count)
{
	size_t count = graph->object_count;
	uint32_t *memory = calloc(count * 5 + 1, sizeof(*memory));
	struct search search = {
		.graph = graph,
		.components = calloc(count + 1, sizeof(*search.components)),
	};

	if (!memory || !search.components) {
		free(memory);
		free(search.components);
		return -ENOMEM;
	}
	search.visited = memory;
	search.low = memory + count;
	search.slot = memory + count * 2;
	search.path = memory + count * 3;
	search.open = memory + count * 4;
	for (uint32_t i = 0; i < count; i++) {
		if (search.visited[i])
			continue;
		enter(&search, i);
		while (search.depth)
			step(&search);
	}
	free(memory);
	*ret_components = search.components;
	*ret_count = search.count;
	return 0;
}
