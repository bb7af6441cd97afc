// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "export_view.h"

/* In arrays that are sorted by a number that each element begins with. */
static size_t find(const void *array, size_t count, size_t size, uint32_t number)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint32_t there = *(const uint32_t *)((const char *)array + middle * size);

		if (there == number)
			return middle;
		if (there < number)
			low = middle + 1;
		else
			high = middle;
	}
	return EXPORT_NONE;
}

size_t export_object(const struct graph *graph, uint32_t number)
{
	return find(graph->objects, graph->object_count, sizeof(*graph->objects), number);
}

size_t export_site(const struct graph *graph, uint32_t id)
{
	return find(graph->sites, graph->site_count, sizeof(*graph->sites), id);
}

size_t export_type(const struct graph *graph, uint32_t type)
{
	return find(graph->types, graph->type_count, sizeof(*graph->types), type);
}

size_t export_session(const struct graph *graph, uint32_t id)
{
	return find(graph->sessions, graph->session_count, sizeof(*graph->sessions), id);
}

size_t export_parent(const struct graph *graph, size_t site)
{
	const struct graph_site *it = &graph->sites[site];

	return it->parent && it->parent < it->id ? export_site(graph, it->parent) : EXPORT_NONE;
}

const char *export_type_name(const struct graph *graph, uint32_t type,
			     char buffer[EXPORT_TYPE_MAX])
{
	size_t at = export_type(graph, type);

	if (at != EXPORT_NONE && *graph->types[at].name)
		return graph->types[at].name;
	snprintf(buffer, EXPORT_TYPE_MAX, "type %u", type);
	return buffer;
}

const char *export_slot_name(const struct graph *graph, size_t type, uint32_t slot)
{
	const struct graph_type *it;

	if (type == EXPORT_NONE)
		return NULL;
	it = &graph->types[type];
	return slot < it->slot_count && *it->slots[slot] ? it->slots[slot] : NULL;
}

static void find_held(struct export_view *view)
{
	const struct graph *graph = view->graph;

	for (size_t i = 0; i < graph->holder_count; i++)
		if (graph->holders[i].kind != GRAPH_HOLDER_WEAK)
			view->flags[graph->holders[i].object] |= EXPORT_HELD;
	for (size_t i = 0; i < graph->object_count; i++)
		if (graph->objects[i].handle_refs && !(view->flags[i] & EXPORT_HELD))
			view->flags[i] |= EXPORT_UNSEEN;
}

/* Leaves the living objects in @queue, the nearest to a holder first. */
static void find_live(struct export_view *view, uint32_t *queue)
{
	const struct graph *graph = view->graph;
	size_t count = 0;

	for (size_t i = 0; i < graph->object_count; i++) {
		if (view->flags[i] & (EXPORT_HELD | EXPORT_UNSEEN)) {
			view->flags[i] |= EXPORT_LIVE;
			queue[count++] = (uint32_t)i;
		}
	}
	for (size_t i = 0; i < count; i++) {
		const struct graph_object *object = &graph->objects[queue[i]];

		for (size_t e = object->first_edge; e < object->first_edge + object->slots; e++) {
			uint32_t to = graph->edges[e];

			if (to == GRAPH_NULL || graph_edge_is_weak(graph, e) ||
			    view->flags[to] & EXPORT_LIVE)
				continue;
			view->flags[to] |= EXPORT_LIVE;
			queue[count++] = to;
		}
	}
	view->live = count;
}

static void show(struct export_view *view, const struct export_options *options,
		 const bool *wanted, size_t object)
{
	if (wanted && !wanted[object])
		return;
	if (options->by_type && view->graph->objects[object].type != options->type)
		return;
	if (options->max && view->shown == options->max)
		return;
	view->flags[object] |= EXPORT_SHOWN;
	view->shown++;
}

/* What the objects that are left out refer to. */
static void find_beyond(struct export_view *view)
{
	const struct graph *graph = view->graph;

	for (size_t i = 0; i < graph->object_count; i++) {
		const struct graph_object *object = &graph->objects[i];

		if ((view->flags[i] & (EXPORT_LIVE | EXPORT_SHOWN)) != EXPORT_LIVE)
			continue;
		view->live_hidden++;
		view->live_hidden_bytes += object->bytes;
		for (size_t e = object->first_edge; e < object->first_edge + object->slots; e++)
			if (graph->edges[e] != GRAPH_NULL && !graph_edge_is_weak(graph, e))
				view->flags[graph->edges[e]] |= EXPORT_BEYOND;
	}
}

int export_view_make(struct export_view *view, const struct graph *graph,
		     const struct export_options *options, const bool *wanted)
{
	uint32_t *queue;

	*view = (struct export_view){ .graph = graph };
	view->flags = calloc(graph->object_count + 1, sizeof(*view->flags));
	queue = malloc((graph->object_count + 1) * sizeof(*queue));
	if (!view->flags || !queue) {
		free(queue);
		export_view_free(view);
		return -ENOMEM;
	}
	find_held(view);
	find_live(view, queue);
	for (size_t i = 0; i < view->live; i++)
		show(view, options, wanted, queue[i]);
	free(queue);
	for (size_t i = 0; i < graph->object_count && !options->no_garbage; i++)
		if (!(view->flags[i] & EXPORT_LIVE))
			show(view, options, wanted, i);
	find_beyond(view);
	if (options->notes) {
		options->notes->left_out += graph->object_count - view->shown;
		options->notes->garbage += graph->object_count - view->live;
	}
	return 0;
}

void export_view_free(struct export_view *view)
{
	free(view->flags);
	view->flags = NULL;
}
