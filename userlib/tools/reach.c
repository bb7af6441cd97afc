// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>

#include "memory.h"
#include "reach.h"

size_t reach(const struct graph *graph, uint8_t *marks, uint8_t bit)
{
	uint32_t *queue = must_have(malloc((graph->object_count + 1) * sizeof(*queue)));
	size_t count = 0;

	for (size_t i = 0; i < graph->object_count; i++)
		if (marks[i] & bit)
			queue[count++] = (uint32_t)i;
	for (size_t i = 0; i < count; i++) {
		const struct graph_object *object = &graph->objects[queue[i]];

		for (size_t e = object->first_edge; e < object->first_edge + object->slots; e++) {
			uint32_t to = graph->edges[e];

			if (to == GRAPH_NULL || graph_edge_is_weak(graph, e) || marks[to] & bit)
				continue;
			marks[to] |= bit;
			queue[count++] = to;
		}
	}
	free(queue);
	return count;
}
