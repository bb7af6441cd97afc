// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>
#include <string.h>

#include "graph_maker.h"
#include "memory.h"

void graph_maker_expect(struct graph_maker *maker, size_t objects)
{
	maker->graph.objects = must_grow(maker->graph.objects, &maker->object_room, objects,
					 sizeof(*maker->graph.objects));
}

struct graph_object *graph_maker_object(struct graph_maker *maker,
					const struct graph_object *object)
{
	struct graph *graph = &maker->graph;
	struct graph_object *added;

	graph->objects = must_grow(graph->objects, &maker->object_room, graph->object_count + 1,
				   sizeof(*graph->objects));
	touch_ahead(graph->objects, (graph->object_count + 1) * sizeof(*graph->objects),
		    maker->object_room * sizeof(*graph->objects), &maker->object_touched);
	added = &graph->objects[graph->object_count++];
	*added = *object;
	added->first_edge = graph->edge_count;
	return added;
}

void graph_maker_edges(struct graph_maker *maker, const uint32_t *to, size_t count)
{
	struct graph *graph = &maker->graph;

	graph->edges = must_grow(graph->edges, &maker->edge_room, graph->edge_count + count,
				 sizeof(*graph->edges));
	touch_ahead(graph->edges, (graph->edge_count + count) * sizeof(*graph->edges),
		    maker->edge_room * sizeof(*graph->edges), &maker->edge_touched);
	if (count)
		memcpy(graph->edges + graph->edge_count, to, count * sizeof(*to));
	graph->edge_count += count;
}

void graph_maker_weak(struct graph_maker *maker, size_t edge)
{
	struct graph *graph = &maker->graph;
	size_t was = maker->weak_room;

	graph->edge_weak = must_grow(graph->edge_weak, &maker->weak_room, edge / 8 + 1, 1);
	memset(graph->edge_weak + was, 0, maker->weak_room - was);
	graph->edge_weak[edge / 8] |= (uint8_t)(1U << (edge % 8));
}

void graph_maker_site(struct graph_maker *maker, const struct graph_site *site)
{
	struct graph *graph = &maker->graph;
	struct graph_site *added;

	graph->sites = must_grow(graph->sites, &maker->site_room, graph->site_count + 1,
				 sizeof(*graph->sites));
	added = &graph->sites[graph->site_count++];
	*added = *site;
	added->file = must_copy(site->file);
	added->function = must_copy(site->function);
}

void graph_maker_session(struct graph_maker *maker, const struct graph_session *session)
{
	struct graph *graph = &maker->graph;
	struct graph_session *added;

	graph->sessions = must_grow(graph->sessions, &maker->session_room,
				    graph->session_count + 1, sizeof(*graph->sessions));
	added = &graph->sessions[graph->session_count++];
	*added = *session;
	added->comm = must_copy(session->comm);
}

void graph_maker_holder(struct graph_maker *maker, const struct graph_holder *holder)
{
	struct graph *graph = &maker->graph;
	struct graph_holder *added;

	graph->holders = must_grow(graph->holders, &maker->holder_room, graph->holder_count + 1,
				   sizeof(*graph->holders));
	added = &graph->holders[graph->holder_count++];
	*added = *holder;
	added->name = holder->name ? must_copy(holder->name) : NULL;
}

void graph_maker_type(struct graph_maker *maker, uint32_t type, const char *text, size_t bytes)
{
	struct graph *graph = &maker->graph;
	struct graph_type added = { .type = type };
	size_t names = 0;

	for (size_t i = 0; i < bytes; i++)
		names += !text[i];
	if (names > 1) {
		added.slot_count = (uint32_t)(names - 1);
		added.slots = must_have(calloc(added.slot_count, sizeof(*added.slots)));
	}
	added.name = must_copy(names ? text : "");
	for (uint32_t i = 0; i < added.slot_count; i++) {
		text += strlen(text) + 1;
		added.slots[i] = must_copy(text);
	}
	graph->types = must_grow(graph->types, &maker->type_room, graph->type_count + 1,
				 sizeof(*graph->types));
	graph->types[graph->type_count++] = added;
}

/* Each array that is sorted begins with the number that it is sorted by. */
static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Mostly it is sorted already, and then qsort() would cost much for nothing. */
static void sort(void *array, size_t count, size_t size)
{
	for (size_t i = 1; i < count; i++) {
		const char *at = (const char *)array + i * size;

		if (compare_numbers(at - size, at) > 0) {
			qsort(array, count, size, compare_numbers);
			return;
		}
	}
}

static bool has_twins(const void *array, size_t count, size_t size)
{
	for (size_t i = 1; i < count; i++) {
		const char *at = (const char *)array + i * size;

		if (!compare_numbers(at - size, at))
			return true;
	}
	return false;
}

/* Of objects that came twice keep the one that came first: its edges are first, too. */
static void drop_twins(struct graph_maker *maker)
{
	struct graph *graph = &maker->graph;
	size_t kept = 0;

	for (size_t i = 0; i < graph->object_count; i++) {
		struct graph_object *last = kept ? &graph->objects[kept - 1] : NULL;

		if (!last || last->number != graph->objects[i].number) {
			graph->objects[kept++] = graph->objects[i];
			continue;
		}
		if (graph->objects[i].first_edge < last->first_edge)
			*last = graph->objects[i];
		maker->twice++;
	}
	graph->object_count = kept;
}

/* An object's edges lie one behind the other, in the order of the objects. */
static void order_edges(struct graph_maker *maker)
{
	struct graph *graph = &maker->graph;
	struct graph_maker to = { .lost = 0 };
	size_t next = 0;
	bool ordered = true;

	for (size_t i = 0; i < graph->object_count; i++) {
		ordered = ordered && graph->objects[i].first_edge == next;
		next += graph->objects[i].slots;
	}
	if (ordered && next == graph->edge_count)
		return;
	for (size_t i = 0; i < graph->object_count; i++) {
		struct graph_object *object = &graph->objects[i];
		size_t from = object->first_edge;

		object->first_edge = to.graph.edge_count;
		graph_maker_edges(&to, graph->edges + from, object->slots);
		for (size_t e = 0; e < object->slots; e++)
			if (graph_edge_is_weak(graph, from + e))
				graph_maker_weak(&to, object->first_edge + e);
	}
	free(graph->edges);
	free(graph->edge_weak);
	graph->edges = to.graph.edges;
	graph->edge_weak = to.graph.edge_weak;
	graph->edge_count = to.graph.edge_count;
	maker->weak_room = to.weak_room;
}

static uint32_t find_object(const struct graph *graph, uint32_t number)
{
	size_t low = 0, high = graph->object_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (graph->objects[middle].number == number)
			return (uint32_t)middle;
		if (graph->objects[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return GRAPH_NULL;
}

/*
 * A table from numbers to indices: numbers are dense, so it is smaller than the
 * objects are, and one look in it is what an edge costs. NULL when they are not.
 */
static uint32_t *index_numbers(const struct graph *graph)
{
	size_t count = graph->object_count;
	uint64_t last = count ? graph->objects[count - 1].number : 0;
	uint32_t *table;

	if (last / 16 > count + 4096)
		return NULL;
	table = must_have(malloc((last + 1) * sizeof(*table)));
	memset(table, 0xff, (last + 1) * sizeof(*table));
	for (size_t i = 0; i < count; i++)
		table[graph->objects[i].number] = (uint32_t)i;
	return table;
}

/* From numbers of objects to their indices. */
static void resolve(struct graph_maker *maker)
{
	struct graph *graph = &maker->graph;
	uint32_t last = graph->object_count ?
			graph->objects[graph->object_count - 1].number : 0;
	uint32_t *table = index_numbers(graph);
	size_t kept = 0;

	for (size_t i = 0; i < graph->edge_count; i++) {
		uint32_t number = graph->edges[i];

		if (!number)
			graph->edges[i] = GRAPH_NULL;
		else if (table)
			graph->edges[i] = number <= last ? table[number] : GRAPH_NULL;
		else
			graph->edges[i] = find_object(graph, number);
		maker->lost += number && graph->edges[i] == GRAPH_NULL;
	}
	free(table);
	for (size_t i = 0; i < graph->holder_count; i++) {
		struct graph_holder *holder = &graph->holders[i];

		holder->object = find_object(graph, holder->object);
		if (holder->object == GRAPH_NULL) {
			free(holder->name);
			maker->lost++;
			continue;
		}
		graph->holders[kept++] = *holder;
	}
	graph->holder_count = kept;
}

static const char *check_objects(const struct graph *graph)
{
	size_t edges = 0;

	if (graph->object_count > GRAPH_OBJECTS_MAX)
		return "too many objects";
	if (graph->edge_count > GRAPH_OBJECTS_MAX)
		return "too many slots";
	for (size_t i = 0; i < graph->object_count; i++) {
		const struct graph_object *object = &graph->objects[i];

		if (object->first_edge > graph->edge_count ||
		    object->slots > graph->edge_count - object->first_edge)
			return "an object with more slots than there are";
		edges += object->slots;
	}
	return edges > graph->edge_count ? "slots that belong to two objects" : NULL;
}

static const char *check_edges(const struct graph *graph)
{
	for (size_t i = 0; i < graph->edge_count; i++)
		if (graph->edges[i] >= graph->object_count && graph->edges[i] != GRAPH_NULL)
			return "a slot that refers to no object";
	for (size_t i = 0; i < graph->holder_count; i++)
		if (graph->holders[i].object >= graph->object_count)
			return "a holder of no object";
	return NULL;
}

static const char *check_lists(struct graph *graph)
{
	sort(graph->sites, graph->site_count, sizeof(*graph->sites));
	sort(graph->types, graph->type_count, sizeof(*graph->types));
	sort(graph->sessions, graph->session_count, sizeof(*graph->sessions));
	if (has_twins(graph->sites, graph->site_count, sizeof(*graph->sites)))
		return "two sites of one number";
	if (has_twins(graph->types, graph->type_count, sizeof(*graph->types)))
		return "two types of one number";
	if (has_twins(graph->sessions, graph->session_count, sizeof(*graph->sessions)))
		return "two sessions of one number";
	for (size_t i = 0; i < graph->site_count; i++)
		if (graph->sites[i].parent && graph->sites[i].parent >= graph->sites[i].id)
			return "a site whose caller comes later";
	return NULL;
}

/* As many bits as there are edges: those behind them are never looked at. */
static void fit_weak(struct graph_maker *maker)
{
	size_t needed = (maker->graph.edge_count + 7) / 8;

	if (maker->graph.edge_weak && maker->weak_room < needed) {
		maker->graph.edge_weak = must_have(realloc(maker->graph.edge_weak, needed));
		memset(maker->graph.edge_weak + maker->weak_room, 0, needed - maker->weak_room);
		maker->weak_room = needed;
	}
}

static const char *put_together(struct graph_maker *maker, bool by_number)
{
	struct graph *graph = &maker->graph;
	const char *wrong;

	fit_weak(maker);
	wrong = check_objects(graph);
	if (wrong)
		return wrong;
	if (by_number) {
		sort(graph->objects, graph->object_count, sizeof(*graph->objects));
		drop_twins(maker);
		order_edges(maker);
		fit_weak(maker);
		resolve(maker);
	}
	for (size_t i = 1; i < graph->object_count; i++)
		if (graph->objects[i - 1].number >= graph->objects[i].number)
			return "objects out of order";
	wrong = check_edges(graph);
	return wrong ? wrong : check_lists(graph);
}

const char *graph_maker_end(struct graph_maker *maker, bool by_number, struct graph *ret_graph)
{
	const char *wrong = put_together(maker, by_number);

	if (wrong)
		graph_maker_free(maker);
	else
		*ret_graph = maker->graph;
	maker->graph = (struct graph){ .heap = 0 };
	return wrong;
}

void graph_maker_free(struct graph_maker *maker)
{
	graph_free(&maker->graph);
}
