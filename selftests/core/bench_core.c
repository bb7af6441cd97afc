// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the core costs, in nanoseconds of CPU time: the least of some runs.
 * usage: bench_core [OBJECTS [PART-OF-A-NAME]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core.h"
#include "count.h"
#include "object.h"
#include "release.h"
#include "shim.h"
#include "slot.h"
#include "heap.h"

/* What a failed check of the helpers would ask of TAP. */
jmp_buf tap_jump;

bool tap_check(bool ok, const char *file, int line, const char *what)
{
	if (!ok)
		shim_bug("%s:%d: %s\n", file, line, what);
	return ok;
}

bool tap_check_equal(long long a, long long b, const char *file, int line, const char *what)
{
	return tap_check(a == b, file, line, what);
}

static struct mheap_core *core;
static struct mheap_mutator *m;
static u32 *numbers, *order;
static u32 count;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static void begin(void)
{
	core = heap_new(8ULL << 30, 0);
	m = heap_mutator(core);
}

static void end(void)
{
	heap_mutator_delete(m);
	heap_delete(core);
}

static void shuffle(void)
{
	struct heap_random random = { 1 };
	u32 i, j, t;

	for (i = count - 1; i; i--) {
		j = heap_below(&random, i + 1);
		t = order[i];
		order[i] = order[j];
		order[j] = t;
	}
}

static void in_order(void)
{
	u32 i;

	for (i = 0; i < count; i++)
		order[i] = i;
}

/* Each object refers to the next one, and to another one. */
static void build_ring(void)
{
	struct heap_random random = { 7 };
	u32 i;

	begin();
	for (i = 0; i < count; i++)
		numbers[i] = heap_alloc(m, 2, 0);
	for (i = 0; i < count; i++) {
		heap_store(m, numbers[order[i]], 0, numbers[order[(i + 1) % count]]);
		heap_store(m, numbers[order[i]], 1, numbers[order[heap_below(&random, count)]]);
	}
	for (i = 1; i < count; i++)
		heap_drop(m, numbers[order[i]]);
}

static double collect(void)
{
	double start = now();

	heap_collect(core);
	return now() - start;
}

static double best(double (*run)(void))
{
	double least = 1e18, took;
	int i;

	for (i = 0; i < 3; i++) {
		took = run();
		if (took < least)
			least = took;
	}
	return least / count;
}

static double live_ring(void)
{
	double took;

	build_ring();
	/* The first one clears the flags of suspects besides. */
	collect();
	took = collect();
	end();
	return took;
}

static double dead_ring(void)
{
	double took;

	build_ring();
	heap_drop(m, numbers[order[0]]);
	took = collect();
	end();
	return took;
}

static double pairs(void)
{
	double took;
	u32 i, a, b;

	begin();
	for (i = 0; i < count / 2; i++) {
		a = heap_alloc(m, 2, 0);
		b = heap_alloc(m, 2, 0);
		heap_store(m, a, 0, b);
		heap_store(m, b, 0, a);
		heap_drop(m, a);
		heap_drop(m, b);
	}
	took = collect();
	end();
	return took;
}

static u32 tree(u32 depth)
{
	u32 node = heap_alloc(m, 2, 0), i, child;

	for (i = 0; depth && i < 2; i++) {
		child = tree(depth - 1);
		heap_store(m, node, i, child);
		heap_drop(m, child);
	}
	return node;
}

/* The largest complete tree that is not larger than was asked for. */
static double tree_drop(void)
{
	u32 depth = 0, root;
	double start;

	while ((4U << depth) - 1 <= count)
		depth++;
	begin();
	root = tree(depth);
	start = now();
	heap_drop(m, root);
	heap_work(core);
	start = now() - start;
	end();
	return start * count / ((2U << depth) - 1);
}

static double list_drop(void)
{
	u32 head = 0, node, i;
	double start;

	begin();
	for (i = 0; i < count; i++) {
		node = heap_alloc(m, 2, 0);
		if (head) {
			heap_store(m, node, 0, head);
			heap_drop(m, head);
		}
		head = node;
	}
	start = now();
	heap_drop(m, head);
	heap_work(core);
	start = now() - start;
	end();
	return start;
}

/* In sections of 64 operations, as a batch has them. */
#define BATCH 64

static double alloc_drop(void)
{
	struct mheap_shape shape = { .slots = 2 };
	u32 i, number, held[BATCH];
	double start;

	begin();
	heap_drop(m, heap_alloc(m, 2, 0));
	start = now();
	for (i = 0; i < count - count % BATCH; i++) {
		if (i % BATCH == 0)
			mheap_section_enter(m);
		number = mheap_object_try_alloc(m, &shape);
		if (!number)
			number = heap_alloc(m, 2, 0);
		held[i % BATCH] = number;
		if (i % BATCH == BATCH - 1) {
			for (number = 0; number < BATCH; number++)
				mheap_handle_drop(m, held[number]);
			mheap_release_run(m);
			mheap_section_exit(m);
		}
	}
	start = now() - start;
	end();
	return start;
}

static double store(void)
{
	u32 a, b, i;
	double start;

	begin();
	a = heap_alloc(m, 2, 0);
	b = heap_alloc(m, 2, 0);
	start = now();
	for (i = 0; i < count; i++) {
		if (i % BATCH == 0)
			mheap_section_enter(m);
		mheap_slot_store(m, a, i & 1, b);
		if (i % BATCH == BATCH - 1)
			mheap_section_exit(m);
	}
	start = now() - start;
	end();
	return start;
}

static double load(void)
{
	u32 a, b, i, number;
	double start;

	begin();
	a = heap_alloc(m, 2, 0);
	b = heap_alloc(m, 2, 0);
	heap_store(m, a, 0, b);
	start = now();
	for (i = 0; i < count; i++) {
		if (i % BATCH == 0)
			mheap_section_enter(m);
		mheap_slot_load(m, a, 0, &number);
		mheap_handle_drop(m, number);
		if (i % BATCH == BATCH - 1)
			mheap_section_exit(m);
	}
	start = now() - start;
	end();
	return start;
}

static double section(void)
{
	double start;
	u32 i;

	begin();
	start = now();
	for (i = 0; i < count; i++) {
		mheap_section_enter(m);
		mheap_section_exit(m);
	}
	start = now() - start;
	end();
	return start;
}

static double bytes_of_an_object(void)
{
	double held;
	u32 i;

	begin();
	for (i = 0; i < count; i++)
		heap_alloc(m, 2, 0);
	held = atomic_long_read(&core->memory.held);
	end();
	return held;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *what;
		double (*run)(void);
		bool shuffled;
	} rows[] = {
		{ "collect, live ring in order", live_ring, false },
		{ "collect, live ring shuffled", live_ring, true },
		{ "collect, dead ring in order", dead_ring, false },
		{ "collect, dead ring shuffled", dead_ring, true },
		{ "collect, dead pairs", pairs, false },
		{ "drop of a list", list_drop, false },
		{ "drop of a tree", tree_drop, false },
		{ "alloc and drop", alloc_drop, false },
		{ "store", store, false },
		{ "load and drop", load, false },
		{ "section", section, false },
		{ "bytes held", bytes_of_an_object, false },
	};
	unsigned int i;

	count = argc > 1 ? strtoul(argv[1], NULL, 0) : 1000000;
	numbers = calloc(count, sizeof(u32));
	order = calloc(count, sizeof(u32));
	shim_memory.arena = true;
	printf("%-32s %10s\n", "", "ns each");
	printf("%-32s %10u\n", "objects", count);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (argc > 2 && !strstr(rows[i].what, argv[2]))
			continue;
		in_order();
		if (rows[i].shuffled)
			shuffle();
		printf("%-32s %10.1f\n", rows[i].what, best(rows[i].run));
		fflush(stdout);
	}
	return 0;
}
