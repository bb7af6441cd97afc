// SPDX-License-Identifier: GPL-2.0
/*
 * churn [OBJECTS [TURNS]]: so many objects are kept, in rings of four, and rings chosen
 * at random are replaced, as fast as can be, until all have been TURNS times. What is
 * replaced is cyclic garbage until a collection that the heap begins by itself. Told
 * is the most of it that there was at a time, as a part of what is alive.
 */
#include <stdlib.h>

#include "bench.h"

#define RING	4U

static struct queue queue;

static void make_ring(u32 ring, u64 generation)
{
	u32 first = ring * RING, i;

	queue_ring(&queue, first, RING, generation);
	for (i = 1; i < RING; i++)
		record_close(queue_next(&queue), chosen(first + i, generation));
}

int main(int argc, char **argv)
{
	u32 rings = argument(argc, argv, 1, 400000) / RING, turns = argument(argc, argv, 2, 20);
	u64 *generation = calloc(rings, sizeof(*generation));
	u64 live = (u64)rings * RING, objects, most = 0, sum = 0, looks = 0;
	u64 state = 4711, left, begin, spent;
	struct mheap_collect_stat stat;
	u32 i;

	if (!generation || !rings)
		die("calloc");
	queue.fd = heap_open_default();
	for (i = 0; i < rings; i++)
		make_ring(i, ++generation[i]);
	queue_flush(&queue);
	begin = clock_ns();
	for (left = (u64)rings * turns; left; left--) {
		i = random_below(&state, rings);
		record_close(queue_next(&queue), chosen(i * RING, generation[i]));
		make_ring(i, ++generation[i]);
		if (left % 32)
			continue;
		queue_flush(&queue);
		objects = heap_stat(queue.fd).out_objects;
		if (objects < live)
			die("objects were lost");
		if (objects - live > most)
			most = objects - live;
		sum += objects - live;
		looks++;
	}
	queue_flush(&queue);
	spent = clock_ns() - begin;
	stat = heap_collect_stat(queue.fd);
	say("peak", (double)most / live);
	say("mean", (double)sum / looks / live);
	say("collections", stat.out_collections);
	say("collector_share", (double)heap_worked_ns(queue.fd) / spent);
	say("churn_ns", (double)spent / ((u64)rings * turns * RING));
	return 0;
}
