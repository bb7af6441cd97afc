// SPDX-License-Identifier: GPL-2.0
/*
 * hub [OBJECTS [SECONDS]]: what part of a processor the collector takes while a hub keeps
 * turning suspect: it refers to each of many objects, which are alive and all refer to
 * it, and a handle to it is loaded and closed all the time. Default settings. "garbage"
 * is the same with a pair of objects that refer to each other, and to the hub, made
 * and dropped each time, so that there is something to collect.
 */
#include "bench.h"

static struct queue queue;
static u64 hub, kept, turn;

static void build(u32 count)
{
	u32 i;

	hub = chosen(0, 1);
	kept = chosen(1, 1);		/* the way in: one of the objects */
	record_alloc(queue_next(&queue), count, hub);
	for (i = 0; i < count; i++) {
		u64 node = i ? chosen(2, i) : kept;

		record_alloc(queue_next(&queue), 2, node);
		record_store(queue_next(&queue), node, 0, hub);
		record_store(queue_next(&queue), hub, i, node);
		if (i)
			record_close(queue_next(&queue), node);
	}
	record_close(queue_next(&queue), hub);
	queue_flush(&queue);
}

static void visit(int garbage)
{
	u64 copy = chosen(3, ++turn), one = chosen(4, turn), other = chosen(5, turn);

	record_load(queue_next(&queue), kept, 0, copy);
	if (garbage) {
		record_alloc(queue_next(&queue), 2, one);
		record_alloc(queue_next(&queue), 2, other);
		record_store(queue_next(&queue), one, 0, other);
		record_store(queue_next(&queue), other, 0, one);
		record_store(queue_next(&queue), one, 1, copy);
		record_store(queue_next(&queue), other, 1, copy);
		record_close(queue_next(&queue), one);
		record_close(queue_next(&queue), other);
	}
	record_close(queue_next(&queue), copy);
}

static void run(u32 count, unsigned long seconds, int garbage)
{
	struct mheap_collect_stat before, after;
	u64 begin, spent, worked, visits = 0;

	queue.fd = heap_open_default();
	queue.count = 0;
	turn = 0;
	build(count);
	heap_collect(queue.fd);
	before = heap_collect_stat(queue.fd);
	worked = heap_worked_ns(queue.fd);
	begin = clock_ns();
	do {
		int i;

		for (i = 0; i < 1000; i++)
			visit(garbage);
		queue_flush(&queue);
		visits += 1000;
		spent = clock_ns() - begin;
	} while (spent < seconds * 1000000000ULL);
	after = heap_collect_stat(queue.fd);
	say(garbage ? "garbage_share" : "share",
	    100.0 * (heap_worked_ns(queue.fd) - worked) / spent);
	say(garbage ? "garbage_elapsed" : "elapsed",
	    100.0 * (after.out_total_ns - before.out_total_ns) / spent);
	say(garbage ? "garbage_collections" : "collections",
	    after.out_collections - before.out_collections);
	say(garbage ? "garbage_visit_ns" : "visit_ns", (double)spent / visits);
}

int main(int argc, char **argv)
{
	u32 count = argument(argc, argv, 1, 1000000);
	unsigned long seconds = argument(argc, argv, 2, 4);

	run(count, seconds, 0);
	run(count, seconds, 1);
	return 0;
}
