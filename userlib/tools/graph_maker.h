/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A graph in the making. Whoever reads one, from the module or from a file, hands
 * over what was read in any order; nothing of it is believed before the end, when
 * everything is sorted, checked, and made to fit together.
 */
#ifndef MHEAP_GRAPH_MAKER_H
#define MHEAP_GRAPH_MAKER_H

#include "graph.h"

/* Objects and edges of one graph, at most: indices have 32 bits, and one is null. */
#define GRAPH_OBJECTS_MAX	0xfffffffeULL

/* Bytes of a name, at most, and of all names of a type together. */
#define GRAPH_NAME_MAX		4096U

/**
 * struct graph_maker - A graph in the making
 * @graph: what there is of it
 * @object_room: of the graph's objects
 * @object_touched: bytes of those that have memory
 * @edge_room: of its edges
 * @edge_touched: bytes of those that have memory
 * @weak_room: bytes of its weak bits
 * @site_room: of its sites
 * @type_room: of its types
 * @session_room: of its sessions
 * @holder_room: of its holders
 * @lost: references to objects that were not there, which became null or were left
 *	out
 * @twice: objects that came more than once; the first one counts
 */
struct graph_maker {
	struct graph graph;
	size_t object_room;
	size_t object_touched;
	size_t edge_room;
	size_t edge_touched;
	size_t weak_room;
	size_t site_room;
	size_t type_room;
	size_t session_room;
	size_t holder_room;
	size_t lost;
	size_t twice;
};

/* Room for so many objects, from the beginning; more may come. */
void graph_maker_expect(struct graph_maker *maker, size_t objects);

/*
 * Each adds one thing, which is copied, names included; there is memory, or the
 * program ends. Edges belong to the object that was added last; what they and holders
 * refer to may be a number of an object, or an index: the end says which.
 */
struct graph_object *graph_maker_object(struct graph_maker *maker,
					const struct graph_object *object);
void graph_maker_edges(struct graph_maker *maker, const uint32_t *to, size_t count);
void graph_maker_weak(struct graph_maker *maker, size_t edge);
void graph_maker_site(struct graph_maker *maker, const struct graph_site *site);
void graph_maker_session(struct graph_maker *maker, const struct graph_session *session);
void graph_maker_holder(struct graph_maker *maker, const struct graph_holder *holder);

/**
 * graph_maker_type - Add a type by its text
 * @maker: the graph
 * @type: the type's number
 * @text: its name, and those of its slots, each ended by a NUL
 * @bytes: of all that; what comes after the last NUL does not count
 */
void graph_maker_type(struct graph_maker *maker, uint32_t type, const char *text, size_t bytes);

/**
 * graph_maker_end - Sort and check what was added
 * @maker: gone afterwards, however it ends
 * @by_number: edges and holders name objects by number, 0 being null; what is not
 *	there becomes null. Otherwise they are indices, and must be right
 * @ret_graph: the graph, for graph_free()
 *
 * Return: NULL, or what is wrong with it, in words.
 */
const char *graph_maker_end(struct graph_maker *maker, bool by_number, struct graph *ret_graph);

/* Forget all of it. */
void graph_maker_free(struct graph_maker *maker);

#endif /* MHEAP_GRAPH_MAKER_H */
