// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>

#include "graph.h"

void graph_free(struct graph *graph)
{
	for (size_t i = 0; i < graph->site_count; i++) {
		free(graph->sites[i].file);
		free(graph->sites[i].function);
	}
	for (size_t i = 0; i < graph->type_count; i++) {
		for (uint32_t slot = 0; slot < graph->types[i].slot_count; slot++)
			free(graph->types[i].slots[slot]);
		free(graph->types[i].slots);
		free(graph->types[i].name);
	}
	for (size_t i = 0; i < graph->session_count; i++)
		free(graph->sessions[i].comm);
	for (size_t i = 0; i < graph->holder_count; i++)
		free(graph->holders[i].name);
	free(graph->objects);
	free(graph->edges);
	free(graph->edge_weak);
	free(graph->sites);
	free(graph->types);
	free(graph->sessions);
	free(graph->holders);
	*graph = (struct graph){ .heap = 0 };
}
