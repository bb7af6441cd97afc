/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What keeps what alive: the tree of dominators, and what each of them retains. */
#ifndef MHEAP_DOMINATOR_H
#define MHEAP_DOMINATOR_H

#include "graph.h"

/**
 * enum dominator_kind - What a node of the tree stands for
 * @DOMINATOR_OBJECT: an object
 * @DOMINATOR_SESSION: a session, with all of its handles
 * @DOMINATOR_ROOT: a named root
 * @DOMINATOR_FD: a file descriptor that an object was exported to
 * @DOMINATOR_UNLISTED: whatever holds an object and is not in the graph, all of it
 * @DOMINATOR_HEAP: all that holds anything: the root of the tree
 */
enum dominator_kind {
	DOMINATOR_OBJECT,
	DOMINATOR_SESSION,
	DOMINATOR_ROOT,
	DOMINATOR_FD,
	DOMINATOR_UNLISTED,
	DOMINATOR_HEAP,
};

/**
 * struct dominator_tree - Which node every way to a node leads through
 * @graph: the graph
 * @root: the node of the heap, the last one. Nodes are the objects by their indices, and
 *	behind them what holds objects from outside
 * @above: for each node the nearest one that every way from the root to it leads through;
 *	GRAPH_NULL for the root, and for what nothing holds
 * @order: the nodes that something holds, each behind the one above it; the root first
 * @count: of @order
 * @bytes: for each node what would go if it went; 0 of what nothing holds
 * @objects: likewise, how many objects, itself included
 * @holds: for each node that is no object where what it holds begins, in @held; for the
 *	root the end
 * @held: objects, one for each handle, root or descriptor
 * @roots: the holders of nodes behind those of the sessions
 */
struct dominator_tree {
	const struct graph *graph;
	uint32_t root;
	uint32_t *above;
	uint32_t *order;
	uint32_t count;
	uint64_t *bytes;
	uint32_t *objects;
	size_t *holds;
	uint32_t *held;
	size_t *roots;
};

/**
 * dominator_tree_make - Find the dominators of all that is held
 * @tree: for dominator_tree_free()
 * @graph: the graph
 * @quiet: show no progress
 *
 * Weak references and weak handles keep nothing. It is the algorithm of Lengauer and
 * Tarjan, by arrays alone, however deep the graph is: for n objects with m references
 * it takes O((n + m) log n) of time at the most, and some 40 bytes for each object and
 * 4 for each reference, of which 20 for each object stay.
 */
void dominator_tree_make(struct dominator_tree *tree, const struct graph *graph, bool quiet);
void dominator_tree_free(struct dominator_tree *tree);

enum dominator_kind dominator_kind(const struct dominator_tree *tree, uint32_t node);

/* The session's index in the graph, or the holder's: of a node of such a kind. */
size_t dominator_holder(const struct dominator_tree *tree, uint32_t node);

/* What a node is called, for free(). */
char *dominator_name(const struct dominator_tree *tree, uint32_t node);

#endif /* MHEAP_DOMINATOR_H */
