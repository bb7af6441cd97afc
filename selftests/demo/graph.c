// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Walks the heap from its named root. Nothing is listed whole: packages come one
 * by one, their slots come in pieces behind a cursor, and at most two handles
 * are open at any time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <mheap.h>

#include "graph.h"
#include "package.h"

#define PIECE	8			/* slots to list at a time */

/* A package on its way into the graph; @needs are numbers of objects. */
struct found {
	struct node node;
	uint64_t *needs;
	uint32_t needs_count;
};

static void found_free(struct found *found, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		free(found[i].needs);
	free(found);
}

static int read_payload(struct mh_session *session, mh_t handle, uint32_t bytes,
			struct node *node)
{
	struct package_payload *payload;
	int err = -EBADMSG;

	if (bytes < sizeof(*payload))
		return err;
	payload = malloc(bytes);
	if (!payload)
		return -ENOMEM;
	if (!mh_read(session, handle, 0, payload, bytes) &&
	    (uint64_t)payload->name_length + payload->version_length == bytes - sizeof(*payload)) {
		node->installed_size = payload->installed_size;
		node->name = strndup(payload->text, payload->name_length);
		node->version = strndup(payload->text + payload->name_length,
					payload->version_length);
		err = node->name && node->version ? 0 : -ENOMEM;
	}
	free(payload);
	return err;
}

static int read_slots(struct mh_session *session, mh_t handle, struct found *found,
		      uint32_t slots)
{
	uint64_t piece[PIECE], cursor = 0;
	uint32_t count;
	int err;

	found->needs = calloc(slots + 1UL, sizeof(*found->needs));
	if (!found->needs)
		return -ENOMEM;
	while (cursor != MH_END) {
		err = mh_slot_list(session, handle, &cursor, piece, PIECE, &count);
		if (err)
			return err;
		for (uint32_t i = 0; i < count && found->needs_count < slots; i++)
			found->needs[found->needs_count++] = piece[i];
	}
	return found->needs_count == slots ? 0 : -EBADMSG;
}

static int read_package(struct mh_session *session, mh_t index, uint32_t slot,
			struct found *found)
{
	mh_auto_ref struct mh_ref package = MH_REF(session);
	struct mh_object_info info;
	int err;

	err = mh_load(session, index, slot, &package.h);
	if (!err)
		err = mh_stat(session, package.h, &info);
	if (!err && info.type != TYPE_PACKAGE)
		err = -EBADMSG;
	if (err)
		return err;
	found->node.object = info.object;
	found->node.slot_refs = info.slot_refs;
	err = read_payload(session, package.h, info.payload_bytes, &found->node);
	return err ?: read_slots(session, package.h, found, info.slots);
}

static int compare_found(const void *left, const void *right)
{
	const struct found *a = left, *b = right;

	return (a->node.object > b->node.object) - (a->node.object < b->node.object);
}

static int compare_object(const void *key, const void *item)
{
	const uint64_t object = *(const uint64_t *)key;
	const struct node *node = item;

	return (object > node->object) - (object < node->object);
}

const struct node *graph_node(const struct graph *graph, uint64_t object)
{
	return bsearch(&object, graph->nodes, graph->count, sizeof(*graph->nodes),
		       compare_object);
}

/* Numbers of objects become indices of nodes. */
static int link_nodes(struct graph *graph, const struct found *found)
{
	const struct node *node;
	uint32_t at = 0;

	for (uint32_t i = 0; i < graph->count; i++) {
		graph->first[i] = at;
		for (uint32_t j = 0; j < found[i].needs_count; j++) {
			node = graph_node(graph, found[i].needs[j]);
			if (!node)
				return -EBADMSG;
			graph->needs[at++] = (uint32_t)(node - graph->nodes);
		}
	}
	graph->first[graph->count] = at;
	return 0;
}

static int build(struct graph *graph, struct found *found, uint32_t count)
{
	size_t needs = 1;

	qsort(found, count, sizeof(*found), compare_found);
	for (uint32_t i = 0; i < count; i++)
		needs += found[i].needs_count;
	graph->nodes = calloc(count + 1UL, sizeof(*graph->nodes));
	graph->first = calloc(count + 1UL, sizeof(*graph->first));
	graph->needs = calloc(needs, sizeof(*graph->needs));
	for (uint32_t i = 0; i < count && graph->nodes; i++)
		graph->nodes[graph->count++] = found[i].node;
	if (!graph->nodes || !graph->first || !graph->needs)
		return -ENOMEM;
	return link_nodes(graph, found);
}

int graph_read(struct mh_session *session, struct graph *ret_graph)
{
	mh_auto_ref struct mh_ref index = MH_REF(session);
	struct mh_object_info info;
	struct found *found;
	int err;

	*ret_graph = (struct graph){ .count = 0 };
	err = mh_root_get(session, ROOT_NAME, &index.h);
	if (!err)
		err = mh_stat(session, index.h, &info);
	if (err)
		return err;
	found = calloc(info.slots + 1UL, sizeof(*found));
	if (!found)
		return -ENOMEM;
	for (uint32_t i = 0; i < info.slots && !err; i++)
		err = read_package(session, index.h, i, &found[i]);
	if (!err)
		err = build(ret_graph, found, info.slots);
	found_free(found, info.slots);
	return err;
}

void graph_free(struct graph *graph)
{
	for (uint32_t i = 0; i < graph->count; i++) {
		free(graph->nodes[i].name);
		free(graph->nodes[i].version);
	}
	free(graph->nodes);
	free(graph->first);
	free(graph->needs);
	*graph = (struct graph){ .count = 0 };
}

static int same_node(const struct graph *a, const struct graph *b, uint32_t i)
{
	const struct node *x = &a->nodes[i], *y = &b->nodes[i];
	uint32_t needs = a->first[i + 1] - a->first[i];

	return x->object == y->object && x->installed_size == y->installed_size &&
	       x->slot_refs == y->slot_refs && !strcmp(x->name, y->name) &&
	       !strcmp(x->version, y->version) && needs == b->first[i + 1] - b->first[i] &&
	       !memcmp(a->needs + a->first[i], b->needs + b->first[i],
		       needs * sizeof(*a->needs));
}

uint32_t graph_differences(const struct graph *a, const struct graph *b)
{
	uint32_t differences = 0;

	if (a->count != b->count)
		return a->count > b->count ? a->count : b->count;
	for (uint32_t i = 0; i < a->count; i++)
		differences += !same_node(a, b, i);
	return differences;
}

void graph_print(const struct graph *graph, FILE *file)
{
	const struct node *node;

	for (uint32_t i = 0; i < graph->count; i++) {
		node = &graph->nodes[i];
		fprintf(file, "package %s %s %llu %u\n", node->name, node->version,
			(unsigned long long)node->installed_size, node->slot_refs);
		for (uint32_t j = graph->first[i]; j < graph->first[i + 1]; j++)
			fprintf(file, "needs %s %s\n", node->name,
				graph->nodes[graph->needs[j]].name);
	}
}
