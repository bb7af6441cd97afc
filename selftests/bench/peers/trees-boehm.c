// SPDX-License-Identifier: GPL-2.0
/* trees-boehm gcbench|binary-trees [DEPTH]: the same with the Boehm collector. */
#include <gc/gc.h>

#include "../ours/bench.h"

struct node {
	struct node *child[2];
	int info[2];
};

#define NODE	struct node *

static size_t node_bytes;

static NODE node_leaf(void)
{
	return GC_MALLOC(node_bytes);
}

static void node_drop(NODE node)
{
	(void)node;
}

static NODE node_make(NODE left, NODE right)
{
	NODE node = node_leaf();

	node->child[0] = left;
	node->child[1] = right;
	return node;
}

static NODE node_add(NODE parent, int side)
{
	return parent->child[side] = node_leaf();
}

static NODE node_child(NODE node, int side)
{
	return node->child[side];
}

static int node_is_leaf(NODE node, u32 depth)
{
	(void)depth;
	return !node->child[0];
}

static void *array_make(size_t bytes)
{
	return GC_MALLOC_ATOMIC(bytes);
}

static void settle(void)
{
	say("memory_mib", GC_get_heap_size() / 1048576.0);
	say("collections", GC_get_gc_no());
}

#include "../trees.h"

int main(int argc, char **argv)
{
	GC_INIT();
	node_bytes = argc > 1 && !strcmp(argv[1], "gcbench") ?
		     sizeof(struct node) : offsetof(struct node, info);
	return trees_main(argc, argv);
}
