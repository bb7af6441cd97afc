// SPDX-License-Identifier: GPL-2.0
/*
 * parallel: nodes made, linked and dropped by two sessions of one heap, each in a process
 * of its own and on objects of its own, against the same by one session. Told is the time
 * from the first begin to the last end, for each node; with two, twice as many are made.
 * They are processes, not threads: User Mode Linux runs one thread of a process at a time.
 *
 * What two processors of this machine can do at most is told beside it, "nothing": the
 * same two processes write and read as much memory, and make as many atomic changes to
 * it, but share nothing and make no call. All take turns, so all meet the same machine.
 */
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define NODES	4096U		/* of a batch */
#define BATCHES	40
#define REPEATS	15
#define CELLS	4096		/* that one worker changes */

struct worker {
	int fd;
	u64 first, second, generation;
	struct mheap_record *records;
	u64 *cells;			/* of "nothing" */
	u64 begin, end;
};

/* What the processes have in common. */
static struct shared {
	pthread_barrier_t barrier;
	struct worker workers[2];
} *shared;

static void *shared_memory(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
			    0);

	if (memory == MAP_FAILED)
		die("mmap");
	return memory;
}

static void prepare(struct worker *worker, int fd)
{
	int i;

	worker->fd = fd;
	worker->first = heap_alloc(fd, 2);
	worker->second = heap_alloc(fd, 2);
	worker->generation = 1;
	worker->records = shared_memory(4 * NODES * sizeof(*worker->records));
	worker->cells = shared_memory(CELLS * sizeof(*worker->cells));
	for (i = 0; i < CELLS; i++)
		worker->cells[i] = 1;
}

static void fill(struct worker *worker)
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
}

static void batch(struct worker *worker)
{
	fill(worker);
	batch_run(worker->fd, worker->records, 4 * NODES);
}

/* Two atomic changes for each record, at places that the record tells. */
static void nothing(struct worker *worker)
{
	struct mheap_record *record = worker->records, *end = record + 4 * NODES;

	fill(worker);
	worker->generation -= NODES;	/* they are not made */
	for (; record < end; record++) {
		u64 place = (record->args[0] ^ record->args[2]) * 0x9e3779b97f4a7c15ULL >> 32;

		__atomic_fetch_add(&worker->cells[place % CELLS], 1, __ATOMIC_SEQ_CST);
		__atomic_fetch_sub(&worker->cells[(place >> 8) % CELLS], 1, __ATOMIC_SEQ_CST);
	}
}

static void __attribute__((noreturn)) work(struct worker *worker,
					   void (*step)(struct worker *worker))
{
	cpu_set_t mine;
	int i;

	/* Who is woken from the barrier would else stay for long where it was woken. */
	CPU_ZERO(&mine);
	CPU_SET(worker - shared->workers, &mine);
	if (sched_setaffinity(0, sizeof(mine), &mine))
		die("sched_setaffinity");
	step(worker);		/* its pages are there from here on */
	pthread_barrier_wait(&shared->barrier);
	worker->begin = ticks();
	for (i = 0; i < BATCHES; i++)
		step(worker);
	worker->end = ticks();
	_exit(0);
}

/* The time that so many workers take together. */
static u64 together(int count, void (*step)(struct worker *worker))
{
	pthread_barrierattr_t attributes;
	u64 begin = ~0ULL, end = 0;
	int i, status;

	pthread_barrierattr_init(&attributes);
	pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&shared->barrier, &attributes, count);
	for (i = 0; i < count; i++)
		switch (fork()) {
		case -1:
			die("fork");
		case 0:
			work(&shared->workers[i], step);
		}
	for (i = 0; i < count; i++)
		if (wait(&status) < 0 || status)
			die("a worker");
	for (i = 0; i < count; i++) {
		begin = shared->workers[i].begin < begin ? shared->workers[i].begin : begin;
		end = shared->workers[i].end > end ? shared->workers[i].end : end;
	}
	return end - begin;
}

static double median(u64 *samples)
{
	return ns_of(samples_at(samples, REPEATS, 0.5)) / (BATCHES * NODES);
}

int main(void)
{
	static u64 one[REPEATS], two[REPEATS], nothing_one[REPEATS], nothing_two[REPEATS];
	int i;

	shared = shared_memory(sizeof(*shared));
	prepare(&shared->workers[0], heap_open());
	prepare(&shared->workers[1], heap_join(shared->workers[0].fd));
	together(2, batch);
	for (i = 0; i < REPEATS; i++) {
		one[i] = together(1, batch);
		two[i] = together(2, batch);
		nothing_one[i] = together(1, nothing);
		nothing_two[i] = together(2, nothing);
	}
	say("one", median(one));
	say("two", median(two) / 2);
	say("nothing_one", median(nothing_one));
	say("nothing_two", median(nothing_two) / 2);
	say("nothing_ratio", median(nothing_one) / (median(nothing_two) / 2));
	return 0;
}
