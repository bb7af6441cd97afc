// SPDX-License-Identifier: GPL-2.0
/*
 * acyclic [SECONDS]: how many collections a heap begins by itself when no
 * reference ever closes a cycle: trees are built from their leaves and
 * dropped, a list is pushed and popped, and a table of objects is kept whose
 * entries refer to older objects. Default settings.
 */
#include "bench.h"

#define DEPTH	10
#define TABLE	10000U

static struct queue queue;
static u64 generation[256];

static u64 build(u32 depth)
{
	u32 entry = 2 * depth;
	u64 child[2], node;
	int i;

	for (i = 0; depth && i < 2; i++) {
		child[i] = build(depth - 1);
		/* The second child of one depth must not take the entry of the first. */
		record_dup(queue_next(&queue), child[i], chosen(128 + entry + i,
								++generation[128 + entry + i]));
		record_close(queue_next(&queue), child[i]);
		child[i] = chosen(128 + entry + i, generation[128 + entry + i]);
	}
	node = chosen(entry, ++generation[entry]);
	record_alloc(queue_next(&queue), 2, node);
	for (i = 0; depth && i < 2; i++) {
		record_store(queue_next(&queue), node, i, child[i]);
		record_close(queue_next(&queue), child[i]);
	}
	return node;
}

static void churn_table(u64 *state)
{
	static u64 table[TABLE], made[TABLE];
	u32 i, at, other;

	for (i = 0; i < TABLE; i++) {
		at = random_below(state, TABLE);
		other = random_below(state, TABLE);
		if (table[at])
			record_close(queue_next(&queue), table[at]);
		table[at] = chosen(1000 + at, ++made[at]);
		record_alloc(queue_next(&queue), 2, table[at]);
		if (other != at && table[other])
			record_store(queue_next(&queue), table[at], 0, table[other]);
	}
}

int main(int argc, char **argv)
{
	u64 until = clock_ns() + argument(argc, argv, 1, 3) * 1000000000ULL;
	struct mheap_collect_stat stat;
	u64 state = 4711, objects;

	queue.fd = heap_open_default();
	while (clock_ns() < until) {
		record_close(queue_next(&queue), build(DEPTH));
		churn_table(&state);
	}
	queue_flush(&queue);
	stat = heap_collect_stat(queue.fd);
	objects = heap_stat(queue.fd).out_allocated;
	say("collections", stat.out_collections);
	say("per_million", stat.out_collections * 1e6 / objects);
	say("freed_by_them", stat.out_total_freed);
	say("share_of_time", stat.out_total_ns / (argument(argc, argv, 1, 3) * 1e9));
	return 0;
}
