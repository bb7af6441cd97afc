// SPDX-License-Identifier: GPL-2.0
/*
 * latency [OBJECTS]: how long one store takes, at random places of a large heap, while
 * collections run one after the other, and while none runs; timed in the kernel (see
 * loop/). How much of the worst is the machine's is told by the same loop around a
 * command that does nothing, while collections run as well.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "bench.h"

#define EACH	8192U		/* operations of a call */
#define CALLS	400
#define COUNT	((size_t)EACH * CALLS)

static struct queue queue;
static struct mheap_record records[EACH];
static u64 samples[COUNT];
static int stop;

static void build(u32 count, u64 *state)
{
	u32 *order = malloc(count * sizeof(*order)), i;

	if (!order)
		die("malloc");
	for (i = 0; i < count; i++) {
		u32 other = random_below(state, i + 1);

		order[i] = order[other];
		order[other] = i;
		record_alloc(queue_next(&queue), 2, chosen(i, 1));
	}
	for (i = 0; i < count; i++) {
		u64 from = chosen(order[i], 1);

		record_store(queue_next(&queue), from, 0, chosen(order[(i + 1) % count], 1));
		record_store(queue_next(&queue), from, 1,
			     chosen(random_below(state, count), 1));
	}
	queue_flush(&queue);
	free(order);
}

static void *collect_on(void *unused)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		heap_collect(queue.fd);
	return unused;
}

static void measure(const char *name, u32 count, int nothing, u64 *state)
{
	u32 call, i;

	for (call = 0; call < CALLS; call++) {
		struct bench_loop loop = {
			.arg = (unsigned long)records,
			.command = nothing ? _IO(MHEAP_TYPE, 0xff) : MHEAP_STORE,
			.count = EACH,
			.stride = sizeof(*records),
			.expected = nothing ? -ENOTTY : 0,
			.times_uptr = (unsigned long)&samples[(size_t)call * EACH],
		};

		for (i = 0; i < EACH; i++) {
			record_store(&records[i], chosen(random_below(state, count), 1), 1,
				     chosen(random_below(state, count), 1));
			records[i].command = sizeof(*records);
		}
		heap_loop(queue.fd, &loop);
	}
	if (name)
		say_latencies(name, samples, COUNT);
}

int main(int argc, char **argv)
{
	u32 count = argument(argc, argv, 1, 5000000);
	u64 state = 4711, collections;
	pthread_t thread;

	queue.fd = heap_open();
	build(count, &state);
	heap_collect(queue.fd);
	measure(NULL, count, 0, &state);
	measure("idle", count, 0, &state);
	collections = heap_collect_stat(queue.fd).out_collections;
	if (pthread_create(&thread, NULL, collect_on, NULL))
		die("pthread_create");
	measure("busy", count, 0, &state);
	collections = heap_collect_stat(queue.fd).out_collections - collections;
	measure("machine", count, 1, &state);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	if (!collections)
		die("no collection ran meanwhile");
	say("collections", collections);
	return 0;
}
