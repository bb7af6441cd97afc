// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>

#include "export_view.h"
#include "graph_name.h"
#include "memory.h"
#include "object_name.h"

static const char *keep(struct object_names *names, char *name)
{
	names->kept = must_grow(names->kept, &names->kept_room, names->kept_count + 1,
				sizeof(*names->kept));
	names->kept[names->kept_count++] = name;
	return name;
}

void object_names_begin(struct object_names *names, const struct graph *graph)
{
	free(names->types);
	free(names->sites);
	names->graph = graph;
	names->types = must_have(calloc(graph->type_count + 1, sizeof(*names->types)));
	names->sites = must_have(calloc(graph->site_count + 1, sizeof(*names->sites)));
	for (size_t i = 0; i < graph->type_count; i++)
		names->types[i] = keep(names, graph_name_type(graph, graph->types[i].type));
	for (size_t i = 0; i < graph->site_count; i++)
		names->sites[i] = keep(names, graph_name_site(graph, graph->sites[i].id));
}

void object_names_free(struct object_names *names)
{
	for (size_t i = 0; i < names->kept_count; i++)
		free(names->kept[i]);
	free(names->kept);
	free(names->types);
	free(names->sites);
}

const char *object_names_type(const struct object_names *names, uint32_t type)
{
	size_t at = export_type(names->graph, type);

	return at == EXPORT_NONE ? NULL : names->types[at];
}

const char *object_names_site(const struct object_names *names, uint32_t site)
{
	size_t at = site ? export_site(names->graph, site) : EXPORT_NONE;

	return at == EXPORT_NONE ? NULL : names->sites[at];
}
