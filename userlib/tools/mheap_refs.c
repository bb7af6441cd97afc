// SPDX-License-Identifier: LGPL-2.1-or-later
/* mheap refs - who refers to an object */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "graph_name.h"
#include "json.h"
#include "listing.h"
#include "target.h"
#include "tool.h"

struct options {
	struct listing_options listing;
	struct target target;
};

static const struct argp_child children[] = {
	{ &listing_argp, 0, NULL, 0 }, { &target_argp, 0, NULL, 0 }, { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	(void)argument;
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	state->child_inputs[0] = &options->listing;
	state->child_inputs[1] = &options->target;
	return 0;
}

static const struct argp argp = {
	.parser = parse,
	.children = children,
	.doc = "Say who refers to OBJECT: handles, named roots, exported descriptors, and slots "
	       "of other objects.\v"
	       "References come in the order of the heap; --sort knows no key. "
	       "Exit status: 0 something refers to it; 1 nothing does, or something failed; "
	       "2 to 5 as `mheap --help' tells.",
};

/**
 * struct listing - A listing under way
 * @graph: the graph
 * @target: the object
 * @left: references that may still be written
 * @found: references that there are
 * @strong: those that keep it
 * @holders: JSON of holders, or NULL
 * @slots: JSON of slots, or NULL
 * @common: how it is written
 */
struct listing {
	const struct graph *graph;
	uint32_t target;
	size_t left;
	size_t found;
	size_t strong;
	struct json_object *holders;
	struct json_object *slots;
	const struct common_options *common;
};

/* Count a reference; returns whether it is to be written. */
static bool take(struct listing *listing, bool weak)
{
	listing->found++;
	listing->strong += !weak;
	if (!listing->left)
		return false;
	listing->left--;
	return true;
}

static void list_holder(struct listing *listing, const struct graph_holder *holder)
{
	char *name;

	if (!take(listing, holder->kind == GRAPH_HOLDER_WEAK))
		return;
	if (listing->holders) {
		json_object_array_add(listing->holders,
				      graph_json_holder(listing->graph, holder));
		return;
	}
	name = graph_name_holder(listing->graph, holder);
	printf("%s%s%s\n", paint(listing->common, PAINT_BOLD), name,
	       paint(listing->common, PAINT_PLAIN));
	free(name);
}

static void list_slot(struct listing *listing, uint32_t from, uint32_t slot)
{
	const struct graph *graph = listing->graph;
	bool weak = graph_edge_is_weak(graph, graph->objects[from].first_edge + slot);
	char *object, *name;

	if (!take(listing, weak))
		return;
	object = graph_name_object(graph, from);
	name = graph_name_slot(graph, from, slot);
	if (listing->slots) {
		struct json_object *json = json_new();

		json_add_number(json, "object", graph->objects[from].number);
		json_add_string(json, "name", object);
		json_add_number(json, "slot", slot);
		json_add_string(json, "slot_name", name);
		json_add(json, "weak", json_object_new_boolean(weak));
		json_object_array_add(listing->slots, json);
	} else {
		printf("%s%s%s.%s%s\n", paint(listing->common, PAINT_NAME), object,
		       paint(listing->common, PAINT_PLAIN), name, weak ? " (weak)" : "");
	}
	free(object);
	free(name);
}

static void list_all(struct listing *listing)
{
	const struct graph *graph = listing->graph;

	for (size_t i = 0; i < graph->holder_count; i++)
		if (graph->holders[i].object == listing->target)
			list_holder(listing, &graph->holders[i]);
	for (uint32_t i = 0; i < graph->object_count; i++) {
		const struct graph_object *object = &graph->objects[i];

		for (uint32_t slot = 0; slot < object->slots; slot++)
			if (graph->edges[object->first_edge + slot] == listing->target)
				list_slot(listing, i, slot);
	}
}

static void write_json(const struct listing *listing)
{
	struct json_object *object = json_new();
	struct json_array array;

	json_add_number(object, "heap", listing->graph->heap);
	json_add(object, "object", graph_json_object(listing->graph, listing->target));
	json_add_number(object, "references", listing->found);
	json_add_number(object, "strong", listing->strong);
	json_add(object, "holders", listing->holders);
	json_add(object, "slots", listing->slots);
	json_array_begin(&array);
	json_array_element(&array, object);
	json_array_end(&array);
}

static int show(const struct graph *graph, uint32_t target, const struct listing_options *options)
{
	struct listing listing = {
		.graph = graph, .target = target, .left = options->list.count,
		.common = &options->common,
	};
	char *name;

	if (options->common.json) {
		listing.holders = json_object_new_array();
		listing.slots = json_object_new_array();
	}
	list_all(&listing);
	if (options->common.json) {
		write_json(&listing);
		return listing.found ? EXIT_OK : EXIT_FAILED;
	}
	if (listing.found > options->list.count)
		printf("... and %zu more\n", listing.found - options->list.count);
	if (listing.found)
		return EXIT_OK;
	name = graph_name_object(graph, target);
	complain(EXIT_FAILED, "nothing refers to %s: it waits to be collected, `mheap gc %llu' "
		 "does that", name, (unsigned long long)graph->heap);
	free(name);
	return EXIT_FAILED;
}

int command_refs(int argc, char **argv)
{
	struct options options = { .target = { .name = NULL } };
	struct graph graph;
	uint32_t target;
	int code;

	listing_init(&options.listing, SIZE_MAX);
	if (argp_parse(&argp, argc, argv, 0, NULL, &options))
		return EXIT_USAGE;
	if (options.listing.list.sort || options.listing.list.reverse)
		return complain(EXIT_USAGE, "references cannot be sorted");
	code = target_read(&options.target, &options.listing.source, &graph, &target);
	if (code)
		return code;
	code = show(&graph, target, &options.listing);
	graph_free(&graph);
	return code;
}
