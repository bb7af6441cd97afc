// SPDX-License-Identifier: GPL-2.0
/*
 * graph-boehm ring|shuffled [OBJECTS]: full collections of the graphs of ours/graph.c
 * by the Boehm collector, one marking thread (GC_MARKERS=1). Told is the processor time of
 * all but the first.
 */
#include <gc/gc.h>
#include <stdlib.h>
#include <string.h>

#include "../ours/bench.h"

#define TIMES 5

struct node {
	struct node *next, *other;
};

static struct node *root;

static void build(u32 count, int shuffle)
{
	/* Not looked at by the collector, which sleeps until the graph is there. */
	struct node **nodes = malloc(count * sizeof(*nodes)), *swap;
	u64 state = 88172645463325252ULL;
	u32 i, other;

	if (!nodes)
		die("malloc");
	GC_disable();
	for (i = 0; i < count; i++)
		nodes[i] = GC_MALLOC(sizeof(**nodes));
	for (i = count - 1; shuffle && i; i--) {
		other = random_below(&state, i + 1);
		swap = nodes[i];
		nodes[i] = nodes[other];
		nodes[other] = swap;
	}
	for (i = 0; i < count; i++) {
		nodes[i]->next = nodes[i + 1 < count ? i + 1 : 0];
		nodes[i]->other = nodes[random_below(&state, count)];
	}
	root = nodes[0];
	memset(nodes, 0, count * sizeof(*nodes));
	free(nodes);
	GC_enable();
}

int main(int argc, char **argv)
{
	u32 count = argument(argc, argv, 2, 1000000);
	u64 begin, cpu;
	int i;

	setenv("GC_MARKERS", "1", 1);
	GC_INIT();
	build(count, argc > 1 && !strcmp(argv[1], "shuffled"));
	GC_gcollect();
	begin = clock_ns();
	cpu = process_ns();
	for (i = 0; i < TIMES; i++)
		GC_gcollect();
	say_span_cpu("each", begin, clock_ns(), (double)count * TIMES, process_ns() - cpu);
	if (GC_get_heap_size() - GC_get_free_bytes() < count * sizeof(struct node) || !root)
		die("not all was found alive");
	return 0;
}
