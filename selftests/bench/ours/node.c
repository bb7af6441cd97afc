// SPDX-License-Identifier: GPL-2.0
/*
 * node: what one more record of a batch costs, of several kinds. A batch is
 * timed at two lengths, and the difference is what is told: the system call is
 * in both. "node" is made, linked to two objects and dropped: four records.
 */
#include <stdlib.h>

#include "bench.h"

#define SMALL	2000U		/* records of a batch */
#define LARGE	10000U
#define REPEATS	300

static int fd;
static u64 first, second, holder;
static u64 generation = 1;
static struct mheap_record records[LARGE];

static void fill_node(struct mheap_record *record)
{
	u64 node = chosen(0, generation++);

	record_alloc(&record[0], 2, node);
	record_store(&record[1], node, 0, first);
	record_store(&record[2], node, 1, second);
	record_close(&record[3], node);
}

static void fill_alloc(struct mheap_record *record)
{
	u64 node = chosen(0, generation++);

	record_alloc(&record[0], 2, node);
	record_close(&record[1], node);
}

static void fill_store(struct mheap_record *record)
{
	record_store(&record[0], holder, 0, first);
	record_store(&record[1], holder, 0, second);
}

static void fill_load(struct mheap_record *record)
{
	u64 copy = chosen(0, generation++);

	record_load(&record[0], holder, 1, copy);
	record_close(&record[1], copy);
}

static void fill_dup(struct mheap_record *record)
{
	u64 copy = chosen(0, generation++);

	record_dup(&record[0], first, copy);
	record_close(&record[1], copy);
}

/*
 * What an unordered program meets: the objects are not in the cache, and each
 * record has another one.
 */
#define SPREAD (1U << 20)

static u64 *spread, spread_state = 12345;

static void fill_spread(struct mheap_record *record)
{
	record_store(record, spread[random_below(&spread_state, SPREAD)],
		     random_next(&spread_state) & 1,
		     spread[random_below(&spread_state, SPREAD)]);
}

static void make_spread(void)
{
	static struct queue queue;
	u32 i;

	queue.fd = fd;
	spread = malloc(SPREAD * sizeof(*spread));
	if (!spread)
		die("malloc");
	for (i = 0; i < SPREAD; i++) {
		spread[i] = chosen(i + 1, 1);
		record_alloc(queue_next(&queue), 2, spread[i]);
	}
	queue_flush(&queue);
}

/* The time of a batch, and that of writing its records. */
static void once(void (*fill)(struct mheap_record *), u32 each, u32 count, u64 *fill_ticks,
		 u64 *call_ticks)
{
	u64 begin = ticks(), filled;
	u32 i;

	for (i = 0; i < count; i += each)
		fill(&records[i]);
	filled = ticks();
	batch_run(fd, records, count);
	*call_ticks = ticks() - filled;
	*fill_ticks = filled - begin;
}

/* Says the marginal cost of @each records. */
static void measure(const char *name, const char *in_kernel, void (*fill)(struct mheap_record *),
		    u32 each)
{
	static u64 fills[2][REPEATS], calls[2][REPEATS], sums[2][REPEATS];
	const double units = (LARGE - SMALL) / each;
	int i, size;

	for (i = 0; i < REPEATS; i++)
		for (size = 0; size < 2; size++) {
			once(fill, each, size ? LARGE : SMALL, &fills[size][i], &calls[size][i]);
			sums[size][i] = fills[size][i] + calls[size][i];
		}
	/* The same part of both lengths: low, so that interruptions are in neither. */
	say(name, ns_of((double)samples_at(sums[1], REPEATS, 0.1) -
			samples_at(sums[0], REPEATS, 0.1)) / units);
	say(in_kernel, ns_of((double)samples_at(calls[1], REPEATS, 0.1) -
			     samples_at(calls[0], REPEATS, 0.1)) / units);
}

int main(void)
{
	fd = heap_open();
	first = heap_alloc(fd, 2);
	second = heap_alloc(fd, 2);
	holder = heap_alloc(fd, 2);
	heap_store(fd, holder, 0, first);
	heap_store(fd, holder, 1, second);
	measure("node", "node_kernel", fill_node, 4);
	measure("alloc_close", "alloc_close_kernel", fill_alloc, 2);
	measure("store_store", "store_store_kernel", fill_store, 2);
	measure("load_close", "load_close_kernel", fill_load, 2);
	measure("dup_close", "dup_close_kernel", fill_dup, 2);
	make_spread();
	measure("store_spread", "store_spread_kernel", fill_spread, 1);
	return 0;
}
