// SPDX-License-Identifier: GPL-2.0
/*
 * during [OBJECTS]: what a slot store costs while collections run one after
 * the other, and while none runs. The objects are alive, in a shuffled ring.
 */
#include <pthread.h>
#include <stdlib.h>

#include "bench.h"

#define RECORDS	8192U
#define BATCHES	400

static struct queue queue;
static int stop;

static void build(u32 count, u64 *state)
{
	u32 i;

	for (i = 0; i < count; i++)
		record_alloc(queue_next(&queue), 2, chosen(i, 1));
	for (i = 0; i < count; i++) {
		record_store(queue_next(&queue), chosen(i, 1), 0, chosen((i + 1) % count, 1));
		record_store(queue_next(&queue), chosen(i, 1), 1,
			     chosen(random_below(state, count), 1));
	}
	queue_flush(&queue);
}

static void *collect_on(void *unused)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		heap_collect(queue.fd);
	return unused;
}

/* Stores between @span of the objects, so that few or many are in the cache. */
static double stores(u32 span, u64 *state)
{
	static struct mheap_record records[RECORDS];
	static u64 samples[BATCHES];
	u32 i, j;

	for (i = 0; i < BATCHES; i++) {
		u64 begin;

		for (j = 0; j < RECORDS; j++)
			record_store(&records[j], chosen(random_below(state, span), 1), 1,
				     chosen(random_below(state, span), 1));
		begin = ticks();
		batch_run(queue.fd, records, RECORDS);
		samples[i] = ticks() - begin;
	}
	return ns_of(samples_at(samples, BATCHES, 0.5)) / RECORDS;
}

int main(int argc, char **argv)
{
	u32 count = argument(argc, argv, 1, 1000000);
	u64 state = 4711, collections;
	pthread_t thread;

	queue.fd = heap_open();
	build(count, &state);
	heap_collect(queue.fd);
	stores(1000, &state);
	say("idle", stores(1000, &state));
	say("idle_spread", stores(count, &state));
	if (pthread_create(&thread, NULL, collect_on, NULL))
		die("pthread_create");
	collections = heap_collect_stat(queue.fd).out_collections;
	say("busy", stores(1000, &state));
	say("busy_spread", stores(count, &state));
	collections = heap_collect_stat(queue.fd).out_collections - collections;
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	if (!collections)
		die("no collection ran meanwhile");
	say("collections", collections);
	return 0;
}
