// SPDX-License-Identifier: LGPL-2.1-or-later
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tools/graph.h"
#include "export_graph.h"

#define SLOTS_MAX 8
#define TAKEN_NS 1790000000123456789ULL

/* So that all machines make the same graphs. */
static uint64_t state;

static uint32_t below(uint32_t limit)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)((state >> 33) * limit >> 31);
}

static void *must(void *allocated)
{
	if (!allocated)
		errx(1, "no memory");
	return allocated;
}

static void *array(size_t count, size_t size)
{
	return must(calloc(count + 1, size));
}

static char *copy(const char *text)
{
	return must(strdup(text));
}

static char *numbered(const char *format, unsigned int number)
{
	char text[64];

	snprintf(text, sizeof(text), format, number);
	return copy(text);
}

/* A name of 4000 bytes. */
static char *long_name(void)
{
	char *name = array(4000, 1);

	memset(name, 'n', 4000);
	memcpy(name, "long ", 5);
	return name;
}

static const char *const odd_names[] = {
	"Order", "Object", "Object(x)", "say \"hello\"", "back\\slash\\", "new\nline\ttab",
	"\xff\xfe not UTF-8 \xc3", "\xed\xa0\x80 surrogate", "\xc0\x80", "gr\xc3\xb6\xc3\x9f\145",
	"\xf0\x9f\x90\x98 elephant", "semi;colon", "a -- b", "<html>&amp;</html>", "{x} %s %d %n",
	" leading and trailing ", "\x01\x1f\x7f", "constructor", "__proto__", "\\N\\G\\l", "#",
};

#define ODD_NAMES (sizeof(odd_names) / sizeof(odd_names[0]))

static void make_types(struct graph *graph, uint32_t count, bool odd)
{
	graph->type_count = count;
	graph->types = array(count, sizeof(*graph->types));
	for (uint32_t i = 0; i < count; i++) {
		struct graph_type *type = &graph->types[i];

		type->type = i + 1;
		type->slot_count = i % SLOTS_MAX;
		type->slots = array(type->slot_count, sizeof(*type->slots));
		if (odd && i < ODD_NAMES)
			type->name = copy(odd_names[i]);
		else if (odd && i == ODD_NAMES)
			type->name = long_name();
		else
			type->name = numbered("Type%u", i + 1);
		/* The second one has no name. */
		for (uint32_t slot = 0; slot < type->slot_count; slot++)
			type->slots[slot] = slot == 1 ? copy("") :
					    odd ? copy(odd_names[(i + slot) % ODD_NAMES]) :
					    numbered("slot%u", slot);
	}
}

static void make_sites(struct graph *graph, uint32_t count, bool odd, bool deep)
{
	graph->site_count = count;
	graph->sites = array(count, sizeof(*graph->sites));
	for (uint32_t i = 0; i < count; i++) {
		struct graph_site *site = &graph->sites[i];

		/* Not all numbers are in use. */
		site->id = 2 * i + 1;
		site->parent = deep && i ? site->id - 2 :
			       i && below(4) ? 2 * below(i) + 1 : 0;
		site->line = below(10) ? below(5000) + 1 : 0;
		if (odd && i < ODD_NAMES) {
			site->function = copy(odd_names[i]);
			site->file = copy(odd_names[ODD_NAMES - 1 - i]);
		} else {
			site->function = i % 7 == 6 ? copy("") : numbered("function%u", i);
			site->file = i % 11 == 10 ? copy("") : numbered("file%u.c", i / 3);
		}
		site->total_objects = below(1000);
		site->total_bytes = site->total_objects * below(500);
		site->young = below((uint32_t)site->total_objects + 1);
	}
}

static void make_sessions(struct graph *graph, uint32_t count, bool odd)
{
	graph->session_count = count;
	graph->sessions = array(count, sizeof(*graph->sessions));
	for (uint32_t i = 0; i < count; i++) {
		graph->sessions[i] = (struct graph_session){
			.id = i + 1 + i / 2, .pid = 4200 + i, .uid = 1000 + i, .rights = 0x7f,
			.comm = odd ? copy(odd_names[(3 + i) % ODD_NAMES]) : numbered("comm%u", i),
		};
	}
}

static struct graph_site *find_site(struct graph *graph, uint32_t id)
{
	return id ? &graph->sites[(id - 1) / 2] : NULL;
}

/* Objects without references; some of types and sites that are not listed. */
static void make_objects(struct graph *graph, uint32_t count, uint32_t step, bool huge)
{
	graph->object_count = count;
	graph->objects = array(count, sizeof(*graph->objects));
	for (uint32_t i = 0; i < count; i++) {
		struct graph_object *object = &graph->objects[i];
		struct graph_site *site;

		object->number = i * step + 1;
		object->type = below((uint32_t)graph->type_count + 3);
		object->site = graph->site_count && below(20) ?
			       2 * below((uint32_t)graph->site_count) + 1 : 0;
		object->age_ms = below(10) ? below(3600 * 8) * 125 : GRAPH_AGE_OLD;
		object->payload_bytes = below(200);
		object->slots = below(SLOTS_MAX + 1);
		object->bytes = 32 + object->slots * 4 + object->payload_bytes;
		if (huge && i % 500 == 7)
			object->bytes = 5ULL << 30 | i;
		object->first_edge = graph->edge_count;
		graph->edge_count += object->slots;
		site = find_site(graph, object->site);
		if (!site)
			continue;
		site->live_objects++;
		site->live_bytes += object->bytes;
		site->total_objects++;
		site->total_bytes += object->bytes;
		site->peak_objects = site->live_objects + site->young;
		site->peak_bytes = site->total_bytes;
	}
}

/* Mostly near each other, so that there are cycles of all sizes; one in eight weak. */
static void make_edges(struct graph *graph)
{
	uint32_t count = (uint32_t)graph->object_count;

	graph->edges = array(graph->edge_count, sizeof(*graph->edges));
	graph->edge_weak = array(graph->edge_count / 8 + 1, 1);
	for (uint32_t i = 0; i < count; i++) {
		struct graph_object *object = &graph->objects[i];

		for (size_t e = object->first_edge; e < object->first_edge + object->slots; e++) {
			uint32_t to = below(8) ? i + below(12) : below(count);

			/* Back only seldom, or it would be one large cycle. */
			if (!below(12))
				to = i - below(i < 40 ? i + 1 : 40);
			if (!below(3) || to >= count) {
				graph->edges[e] = GRAPH_NULL;
				continue;
			}
			graph->edges[e] = to;
			if (below(8))
				graph->objects[to].slot_refs++;
			else
				graph->edge_weak[e / 8] |= (uint8_t)(1 << e % 8);
		}
	}
}

static void make_holders(struct graph *graph, uint32_t count)
{
	graph->holder_count = graph->object_count ? count : 0;
	graph->holders = array(graph->holder_count, sizeof(*graph->holders));
	for (uint32_t i = 0; i < graph->holder_count; i++) {
		struct graph_holder *holder = &graph->holders[i];
		uint32_t kind = below(10);

		holder->object = below((uint32_t)graph->object_count);
		holder->kind = kind < 6 ? GRAPH_HOLDER_HANDLE : kind < 8 ? GRAPH_HOLDER_WEAK :
			       kind < 9 ? GRAPH_HOLDER_ROOT : GRAPH_HOLDER_FD;
		if (holder->kind != GRAPH_HOLDER_WEAK)
			graph->objects[holder->object].handle_refs++;
		if (holder->kind == GRAPH_HOLDER_ROOT)
			holder->name = i % 3 ? numbered("root%u", i) :
				       copy(odd_names[i % ODD_NAMES]);
		if (holder->kind <= GRAPH_HOLDER_WEAK) {
			struct graph_session *session =
				&graph->sessions[below((uint32_t)graph->session_count)];

			session->handles++;
			holder->session = session->id;
			holder->handle = (i + 1) | (uint64_t)(i % 3) * 200 << 24;
		}
	}
	/* A session that went meanwhile. */
	if (graph->holder_count > 20 && graph->holders[20].kind <= GRAPH_HOLDER_WEAK)
		graph->holders[20].session = 999;
}

static void make_sparse(struct graph *graph)
{
	make_objects(graph, 300, 14000000, false);
	make_edges(graph);
	graph->consistent = false;
	for (size_t i = 0; i < graph->object_count; i += 5)
		graph->objects[i].handle_refs = 1;
	free(graph->edge_weak);
	graph->edge_weak = NULL;
	for (size_t i = 0; i < graph->object_count; i++)
		graph->objects[i].slot_refs = 0;
	for (size_t i = 0; i < graph->edge_count; i++)
		if (graph->edges[i] != GRAPH_NULL)
			graph->objects[graph->edges[i]].slot_refs++;
}

struct graph *export_graph_make(const char *kind, unsigned int seed)
{
	static const struct shape {
		const char *kind;
		uint32_t objects, types, sites, sessions, holders;
		bool odd, deep;
	} shapes[] = {
		{ "empty", 0, 0, 0, 0, 0, false, false },
		{ "small", 16, 3, 4, 2, 4, false, false },
		{ "names", 600, ODD_NAMES + 3, 40, 8, 40, true, false },
		{ "random", 2000, 12, 60, 5, 60, false, false },
		{ "deep", 500, 5, 1000, 3, 30, false, true },
		{ "sparse", 0, 0, 0, 0, 0, false, false },
		{ "large", 0, 40, 500, 20, 10000, false, false },
	};
	const struct shape *shape = shapes;
	struct graph *graph;

	while (strcmp(shape->kind, kind))
		if (++shape == shapes + sizeof(shapes) / sizeof(shapes[0]))
			return NULL;
	state = seed;
	graph = array(1, sizeof(*graph));
	graph->heap = 7;
	graph->taken_ns = TAKEN_NS;
	graph->consistent = true;
	if (!strcmp(kind, "sparse")) {
		make_sparse(graph);
		return graph;
	}
	make_types(graph, shape->types, shape->odd);
	make_sites(graph, shape->sites, shape->odd, shape->deep);
	make_sessions(graph, shape->sessions, shape->odd);
	make_objects(graph, strcmp(kind, "large") ? shape->objects : seed, 3, shape->odd);
	make_edges(graph);
	make_holders(graph, shape->holders);
	return graph;
}

void export_graph_free(struct graph *graph)
{
	graph_free(graph);
	free(graph);
}
