/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GCBench and binary-trees, for whatever memory they are given. Who includes this
 * has defined NODE and static functions:
 *
 *   NODE node_make(NODE left, NODE right)	a node; takes both over
 *   NODE node_leaf(void)				a node without children
 *   NODE node_add(NODE parent, int side)		a new child, to go on with
 *   NODE node_child(NODE node, int side)		a child that is there
 *   int node_is_leaf(NODE node, u32 depth)
 *   void node_drop(NODE node)			is not used any more
 *   void *array_make(size_t bytes)			one that has no references
 *   void settle(void)					all that was queued is done
 *
 * GCBench is that of J. Ellis, P. Kovac and H. Boehm, written anew from its
 * parameters; binary-trees is that of the Computer Language Benchmarks Game.
 */
#ifndef TREES_H
#define TREES_H

#include <stdio.h>
#include <string.h>

#define LONG_LIVED_LESS	2	/* than the depth that memory is stretched by */
#define ARRAY_DOUBLES	500000
#define DEPTH_MIN	4U

static u64 nodes;		/* made in all */

static u64 tree_size(u32 depth)
{
	return (2ULL << depth) - 1;
}

static NODE bottom_up(u32 depth)
{
	NODE left;

	if (!depth)
		return node_leaf();
	left = bottom_up(depth - 1);
	return node_make(left, bottom_up(depth - 1));
}

static void populate(NODE node, u32 depth)
{
	NODE left;
	NODE right;

	if (!depth)
		return;
	left = node_add(node, 0);
	right = node_add(node, 1);
	populate(left, depth - 1);
	populate(right, depth - 1);
	node_drop(left);
	node_drop(right);
}

static u64 check(NODE node, u32 depth)
{
	u64 count = 1;
	int side;

	if (node_is_leaf(node, depth))
		return count;
	for (side = 0; side < 2; side++) {
		NODE child = node_child(node, side);

		count += check(child, depth - 1);
		node_drop(child);
	}
	return count;
}

static void time_construction(u32 depth, u64 budget)
{
	u64 times = budget / tree_size(depth), i;

	for (i = 0; i < times; i++) {
		NODE root = node_leaf();

		populate(root, depth);
		node_drop(root);
	}
	for (i = 0; i < times; i++)
		node_drop(bottom_up(depth));
	nodes += 2 * times * tree_size(depth);
}

static void gcbench(u32 stretch)
{
	u32 longest = stretch - LONG_LIVED_LESS, depth;
	NODE long_lived;
	double *array;

	node_drop(bottom_up(stretch));
	long_lived = node_leaf();
	populate(long_lived, longest);
	nodes += tree_size(stretch) + tree_size(longest);
	array = array_make(ARRAY_DOUBLES * sizeof(*array));
	for (depth = 0; depth < ARRAY_DOUBLES / 2; depth++)
		array[depth] = 1.0 / (depth + 1);
	for (depth = DEPTH_MIN; depth <= longest; depth += 2)
		time_construction(depth, 2 * tree_size(stretch));
	if (check(long_lived, longest) != tree_size(longest) || array[1000] != 1.0 / 1001)
		die("what should have stayed is not there");
	node_drop(long_lived);
}

static void binary_trees(u32 depth_max)
{
	NODE long_lived;
	NODE tree;
	u32 depth;

	tree = bottom_up(depth_max + 1);
	if (check(tree, depth_max + 1) != tree_size(depth_max + 1))
		die("the stretch tree");
	node_drop(tree);
	long_lived = bottom_up(depth_max);
	nodes += tree_size(depth_max + 1) + tree_size(depth_max);
	for (depth = DEPTH_MIN; depth <= depth_max; depth += 2) {
		u64 times = 1ULL << (depth_max - depth + DEPTH_MIN), found = 0, i;

		for (i = 0; i < times; i++) {
			tree = bottom_up(depth);
			found += check(tree, depth);
			node_drop(tree);
		}
		nodes += found;
		if (found != times * tree_size(depth))
			die("a tree");
	}
	if (check(long_lived, depth_max) != tree_size(depth_max))
		die("the long-lived tree");
	node_drop(long_lived);
}

static int trees_main(int argc, char **argv)
{
	u64 begin = clock_ns(), cpu = process_ns();

	if (argc > 1 && !strcmp(argv[1], "gcbench"))
		gcbench(argument(argc, argv, 2, 18));
	else if (argc > 1 && !strcmp(argv[1], "binary-trees"))
		binary_trees(argument(argc, argv, 2, 16));
	else
		die("gcbench or binary-trees");
	settle();
	say_span_cpu("each", begin, clock_ns(), nodes, process_ns() - cpu);
	return 0;
}

#endif
