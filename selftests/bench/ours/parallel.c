// SPDX-License-Identifier: GPL-2.0
/*
 * parallel: nodes made, linked and dropped by two sessions of one heap, each in a thread
 * of its own and on objects of its own, against the same by one session. Told is the time
 * from the first begin to the last end, for each node; with two, twice as many are made.
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "bench.h"

#define NODES	4096U		/* of a batch */
#define BATCHES	40
#define REPEATS	9

struct worker {
	int fd;
	u64 first, second, generation;
	struct mheap_record *records;
	pthread_t thread;
	pthread_barrier_t *barrier;
	u64 begin, end;
};

static int join(int fd)
{
	struct mheap_export export = { .size = sizeof(export), .rights = MHEAP_RIGHTS_ALL };
	struct mheap_join join = { .size = sizeof(join) };
	int other = heap_bare();

	heap_call(fd, MHEAP_EXPORT, &export, "export");
	join.heap_fd = export.out_fd;
	heap_call(other, MHEAP_JOIN, &join, "join");
	return other;
}

static void prepare(struct worker *worker, int fd)
{
	worker->fd = fd;
	worker->first = heap_alloc(fd, 2);
	worker->second = heap_alloc(fd, 2);
	worker->generation = 1;
	worker->records = malloc(4 * NODES * sizeof(*worker->records));
	if (!worker->records)
		die("malloc");
}

static void batch(struct worker *worker)
{
	struct mheap_record *record = worker->records;
	u64 node;
	u32 i;

	for (i = 0; i < NODES; i++, record += 4) {
		node = chosen(0, worker->generation++);
		record_alloc(&record[0], 2, node);
		record_store(&record[1], node, 0, worker->first);
		record_store(&record[2], node, 1, worker->second);
		record_close(&record[3], node);
	}
	batch_run(worker->fd, worker->records, 4 * NODES);
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	int i;

	pthread_barrier_wait(worker->barrier);
	worker->begin = ticks();
	for (i = 0; i < BATCHES; i++)
		batch(worker);
	worker->end = ticks();
	return NULL;
}

/* The time that so many workers take together. */
static u64 together(struct worker *workers, int count)
{
	pthread_barrier_t barrier;
	u64 begin = ~0ULL, end = 0;
	int i;

	pthread_barrier_init(&barrier, NULL, count);
	for (i = 0; i < count; i++) {
		workers[i].barrier = &barrier;
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			die("pthread_create");
	}
	for (i = 0; i < count; i++) {
		pthread_join(workers[i].thread, NULL);
		begin = workers[i].begin < begin ? workers[i].begin : begin;
		end = workers[i].end > end ? workers[i].end : end;
	}
	pthread_barrier_destroy(&barrier);
	return end - begin;
}

int main(void)
{
	static u64 one[REPEATS], two[REPEATS];
	struct worker workers[2];
	int i;

	prepare(&workers[0], heap_open());
	prepare(&workers[1], join(workers[0].fd));
	for (i = 0; i < REPEATS; i++) {
		one[i] = together(workers, 1);
		two[i] = together(workers, 2);
	}
	say("one", ns_of(samples_at(one, REPEATS, 0.5)) / (BATCHES * NODES));
	say("two", ns_of(samples_at(two, REPEATS, 0.5)) / (2 * BATCHES * NODES));
	return 0;
}
