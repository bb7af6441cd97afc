// SPDX-License-Identifier: GPL-2.0
/*
 * acyclic [SECONDS]: how many collections a heap begins by itself when no reference
 * ever closes a cycle, for each of several loads that go on for so long. Default
 * settings.
 */
#include "bench.h"

#define DEPTH	10
#define TABLE	10000U
#define LENGTH	2000U		/* of a list and of a queue */

static struct queue queue;
static u64 generation[256];

static u64 fresh(u32 entry)
{
	return chosen(entry, ++generation[entry]);
}

static void store_and_close(u64 object, u32 index, u64 value)
{
	record_store(queue_next(&queue), object, index, value);
	record_close(queue_next(&queue), value);
}

/* A tree is built from its leaves. */
static u64 bottom_up(u32 depth)
{
	u32 entry = 2 * depth;
	u64 child[2], node;
	int i;

	for (i = 0; depth && i < 2; i++) {
		u64 built = bottom_up(depth - 1);

		/* The second child of one depth must not take the entry of the first. */
		child[i] = fresh(128 + entry + i);
		record_dup(queue_next(&queue), built, child[i]);
		record_close(queue_next(&queue), built);
	}
	node = fresh(entry);
	record_alloc(queue_next(&queue), 2, node);
	for (i = 0; depth && i < 2; i++)
		store_and_close(node, i, child[i]);
	return node;
}

/* A tree is built from its root: a child is stored into its parent, and then filled. */
static void fill_below(u64 parent, u32 depth)
{
	u32 i;

	for (i = 0; depth && i < 2; i++) {
		u64 child = fresh(2 * depth + i);

		record_alloc(queue_next(&queue), 2, child);
		record_store(queue_next(&queue), parent, i, child);
		fill_below(child, depth - 1);
		record_close(queue_next(&queue), child);
	}
}

static void load_bottom_up(u64 *state)
{
	(void)state;
	record_close(queue_next(&queue), bottom_up(DEPTH));
}

static void load_top_down(u64 *state)
{
	u64 root = fresh(0);

	(void)state;
	record_alloc(queue_next(&queue), 2, root);
	fill_below(root, DEPTH);
	record_close(queue_next(&queue), root);
}

/* A list is pushed and popped at its head. */
static void load_list(u64 *state)
{
	u64 head = 0, next;
	u32 i;

	(void)state;
	for (i = 0; i < LENGTH; i++) {
		next = fresh(i & 1);
		record_alloc(queue_next(&queue), 1, next);
		if (head)
			store_and_close(next, 0, head);
		head = next;
	}
	for (; i > 1; i--) {
		next = fresh(i & 1);
		record_load(queue_next(&queue), head, 0, next);
		record_close(queue_next(&queue), head);
		head = next;
	}
	record_close(queue_next(&queue), head);
}

/* A queue: what is new is appended at the tail, what is old goes from the head. */
static void load_queue(u64 *state)
{
	u64 head = fresh(0), tail = fresh(2), next;
	u32 i;

	(void)state;
	record_alloc(queue_next(&queue), 1, head);
	record_dup(queue_next(&queue), head, tail);
	for (i = 1; i <= 2 * LENGTH; i++) {
		next = fresh(2 + (i & 1));
		record_alloc(queue_next(&queue), 1, next);
		record_store(queue_next(&queue), tail, 0, next);
		record_close(queue_next(&queue), tail);
		tail = next;
		if (i < LENGTH)
			continue;
		next = fresh(~i & 1);
		record_load(queue_next(&queue), head, 0, next);
		record_close(queue_next(&queue), head);
		head = next;
	}
	record_close(queue_next(&queue), head);
	record_close(queue_next(&queue), tail);
}

/* A table of objects is kept whose entries refer to older objects. */
static void load_table(u64 *state)
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

static const struct {
	const char *name;
	void (*load)(u64 *state);
} loads[] = {
	{ "bottom_up_trees", load_bottom_up }, { "top_down_trees", load_top_down },
	{ "lists", load_list }, { "queues", load_queue }, { "table", load_table },
};

int main(int argc, char **argv)
{
	const u64 each = argument(argc, argv, 1, 3) * 1000000000ULL;
	struct mheap_collect_stat before, after = {};
	u64 state = 4711, until;
	size_t i;

	queue.fd = heap_open_default();
	for (i = 0; i < sizeof(loads) / sizeof(*loads); i++) {
		before = heap_collect_stat(queue.fd);
		until = clock_ns() + each;
		while (clock_ns() < until)
			loads[i].load(&state);
		queue_flush(&queue);
		after = heap_collect_stat(queue.fd);
		say(loads[i].name, after.out_collections - before.out_collections);
	}
	say("collections", after.out_collections);
	say("per_million", after.out_collections * 1e6 / heap_stat(queue.fd).out_allocated);
	say("freed_by_them", after.out_total_freed);
	say("share_of_time", (double)after.out_total_ns / (each * i));
	return 0;
}
