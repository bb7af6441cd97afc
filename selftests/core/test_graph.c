// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random graphs with strongly connected components planted in them. An oracle
 * knows what must be alive: at once when references go, all that is reachable
 * and all that an unreachable cycle leads to; after a collection, the former.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/minmax.h>

#include "heap.h"

#define MAX_NODES	400
#define MAX_EDGES	8

struct graph {
	u32 count;
	u32 number[MAX_NODES];
	u32 slots[MAX_NODES];
	u32 edge[MAX_NODES][MAX_EDGES];	/* node + 1, or 0 */
	bool held[MAX_NODES];
	/* The oracle's: */
	bool reachable[MAX_NODES];
	bool kept[MAX_NODES];		/* by an unreachable cycle */
	u32 index[MAX_NODES], low[MAX_NODES];
	bool on_stack[MAX_NODES];
	u32 stack[MAX_NODES], top, next;
};

static struct graph g;
static struct heap_random rnd;

static void spread(bool *set)
{
	u32 queue[MAX_NODES], at = 0, top = 0, i, to;

	for (i = 0; i < g.count; i++)
		if (set[i])
			queue[top++] = i;
	while (at < top) {
		u32 node = queue[at++];

		for (i = 0; i < g.slots[node]; i++) {
			to = g.edge[node][i];
			if (to && !set[to - 1]) {
				set[to - 1] = true;
				queue[top++] = to - 1;
			}
		}
	}
}

/* Tarjan's. Sets @kept for the members of unreachable components that are cycles. */
static void connect(u32 node)
{
	bool self = false;
	u32 i, to, size = 0;

	g.index[node] = ++g.next;
	g.low[node] = g.next;
	g.stack[g.top++] = node;
	g.on_stack[node] = true;
	for (i = 0; i < g.slots[node]; i++) {
		if (!g.edge[node][i])
			continue;
		to = g.edge[node][i] - 1;
		self |= to == node;
		if (!g.index[to]) {
			connect(to);
			g.low[node] = min(g.low[node], g.low[to]);
		} else if (g.on_stack[to]) {
			g.low[node] = min(g.low[node], g.index[to]);
		}
	}
	if (g.low[node] != g.index[node])
		return;
	do {
		to = g.stack[--g.top];
		g.on_stack[to] = false;
		size++;
		if (g.low[node] == g.index[node] && (size > 1 || to != node || self))
			g.kept[to] = true;
	} while (to != node);
}

static void ask_oracle(void)
{
	u32 i;

	memcpy(g.reachable, g.held, sizeof(g.held));
	spread(g.reachable);
	memset(g.kept, 0, sizeof(g.kept));
	memset(g.index, 0, sizeof(g.index));
	g.next = 0;
	g.top = 0;
	for (i = 0; i < g.count; i++)
		if (!g.index[i])
			connect(i);
	spread(g.kept);
}

static void set_edge(struct mheap_mutator *m, u32 from, u32 slot, u32 to)
{
	g.edge[from][slot] = to;
	heap_store(m, g.number[from], slot, to ? g.number[to - 1] : 0);
}

/* A part of the nodes, connected all around. */
static void plant(struct mheap_mutator *m, u32 first, u32 size)
{
	u32 i, chords;

	for (i = 0; i < size; i++)
		if (g.slots[first + i])
			set_edge(m, first + i, 0, first + (i + 1) % size + 1);
	chords = heap_below(&rnd, size + 1);
	while (chords--) {
		u32 from = first + heap_below(&rnd, size);

		if (g.slots[from] > 1)
			set_edge(m, from, 1 + heap_below(&rnd, g.slots[from] - 1),
				 first + heap_below(&rnd, size) + 1);
	}
}

static void build(struct mheap_mutator *m)
{
	u32 i, j, size, between = heap_below(&rnd, 4);

	memset(&g, 0, sizeof(g));
	g.count = 1 + heap_below(&rnd, MAX_NODES);
	for (i = 0; i < g.count; i++) {
		g.slots[i] = heap_below(&rnd, MAX_EDGES + 1);
		g.number[i] = heap_alloc(m, g.slots[i], heap_below(&rnd, 4) ? 0 : 100);
		g.held[i] = true;
	}
	for (i = 0; i < g.count; i += size) {
		/* Sizes are geometric. */
		for (size = 1; size < 100 && heap_below(&rnd, 4); size++)
			;
		size = min(size, g.count - i);
		if (heap_below(&rnd, 2))
			plant(m, i, size);
	}
	for (i = 0; i < g.count; i++)
		for (j = 0; j < g.slots[i]; j++)
			if (!g.edge[i][j] && heap_below(&rnd, 4) < between)
				set_edge(m, i, j, heap_below(&rnd, g.count) + 1);
}

static void compare(struct mheap_core *core, bool collected)
{
	u32 i, alive = 0;
	bool want;

	for (i = 0; i < g.count; i++) {
		want = g.reachable[i] || (!collected && g.kept[i]);
		if (!CHECK_EQ(heap_alive(core, g.number[i]), want))
			tap_note("node %u of %u", i, g.count);
		alive += want;
	}
	REQUIRE_EQ(heap_objects(core), alive);
}

/* What is gone is not part of the graph any more. */
static void forget_dead(void)
{
	u32 i;

	for (i = 0; i < g.count; i++)
		if (!g.reachable[i])
			g.slots[i] = 0;
}

TEST(graph_random)
{
	struct mheap_core *core = heap_new(HEAP_BYTES, 0);
	struct mheap_mutator *m = heap_mutator(core);
	u32 round, turn, i, stay, node;

	rnd.state = tap_seed(21);
	for (round = 0; round < tap_effort(400); round++) {
		build(m);
		for (turn = 0; turn < 4; turn++) {
			stay = turn == 3 ? 0 : heap_below(&rnd, 256);
			for (i = 0; i < g.count; i++)
				if (g.held[i] && heap_below(&rnd, 256) >= stay) {
					heap_drop(m, g.number[i]);
					g.held[i] = false;
				}
			heap_work(core);
			ask_oracle();
			compare(core, false);
			heap_collect(core);
			compare(core, true);
			forget_dead();
			/* Some edges change among those that are held. */
			for (i = 0; i < 20; i++) {
				node = heap_below(&rnd, g.count);
				if (g.held[node] && g.slots[node])
					set_edge(m, node, heap_below(&rnd, g.slots[node]), 0);
			}
		}
		REQUIRE_EQ(heap_objects(core), 0);
		if (round % 50 == 0)
			heap_check(core);
	}
	CHECK_EQ(core->collector.total_failures, 0);
	heap_mutator_delete(m);
	heap_delete(core);
}
