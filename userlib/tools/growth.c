// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>

#include "graph_name.h"
#include "growth.h"
#include "leak.h"
#include "memory.h"

/* Sites come in the order of their numbers, and none ever goes away. */
static struct growth_site *find_site(struct growth *growth, const struct graph *graph,
				     const struct graph_site *site)
{
	for (size_t i = growth->count; i-- > 0 && growth->sites[i].id >= site->id;)
		if (growth->sites[i].id == site->id)
			return &growth->sites[i];
	growth->sites = must_grow(growth->sites, &growth->room, growth->count + 1,
				  sizeof(*growth->sites));
	growth->names = must_grow(growth->names, &growth->name_room, growth->count + 1,
				  sizeof(*growth->names));
	growth->names[growth->count] = graph_name_site(graph, site->id);
	growth->sites[growth->count] = (struct growth_site){
		.id = site->id,
		.grew = true,
	};
	return &growth->sites[growth->count++];
}

void growth_look(struct growth *growth, const struct graph *graph)
{
	for (size_t i = 0; i < graph->site_count; i++) {
		const struct graph_site *site = &graph->sites[i];
		struct growth_site *known = find_site(growth, graph, site);

		if (!growth->looks) {
			known->first_objects = site->live_objects;
			known->first_bytes = site->live_bytes;
		} else if (site->live_objects <= known->objects) {
			known->grew = false;
		}
		known->objects = site->live_objects;
		known->bytes = site->live_bytes;
	}
	growth->looks++;
}

void growth_begin(struct growth *growth, const struct graph *graph)
{
	*growth = (struct growth){ .heap = graph->heap };
	growth_look(growth, graph);
}

void growth_tell(const struct growth *growth, struct rows *rows)
{
	for (size_t i = 0; i < growth->count; i++) {
		const struct growth_site *site = &growth->sites[i];
		struct cell *row;

		if (!site->grew || site->objects <= site->first_objects)
			continue;
		row = rows_add(rows);
		row[LEAK_HEAP].number = (long long)growth->heap;
		cell_text(&row[LEAK_KIND], "growth");
		cell_text(&row[LEAK_HOLDER], "became more at each look");
		row[LEAK_SITE].number = site->id;
		cell_text(&row[LEAK_SITE_NAME], growth->names[i]);
		row[LEAK_OBJECTS].number = (long long)site->objects;
		row[LEAK_BYTES].number = (long long)site->bytes;
		row[LEAK_OBJECTS_CHANGE].number =
			(long long)(site->objects - site->first_objects);
		row[LEAK_BYTES_CHANGE].number = (long long)(site->bytes - site->first_bytes);
	}
}

void growth_free(struct growth *growth)
{
	for (size_t i = 0; i < growth->count; i++)
		free(growth->names[i]);
	free(growth->names);
	free(growth->sites);
}
