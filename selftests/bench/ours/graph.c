// SPDX-License-Identifier: GPL-2.0
/*
 * graph SHAPE [OBJECTS]: what a collection of a graph costs. A graph that is
 * alive is collected several times and the later ones are told, as the peers
 * do; a dead one only once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

/* Collections of what is alive, besides the first, which is not told. */
#define TIMES_MIN		3
#define TIMES_MAX		64
#define TIMES_REFERENCES	5000000
#define RING	41
#define ARRAYS	1000
#define WINDOW	1000000U	/* of "windows" */
#define HELPED_TIMES	5

static struct queue queue;
static u64 state = 88172645463325252ULL;

static u64 object(u32 i)
{
	return chosen(i, 1);
}

static u32 *permutation(u32 count, int shuffle)
{
	u32 *order = malloc(count * sizeof(*order)), i, other, swap;

	if (!order)
		die("malloc");
	for (i = 0; i < count; i++)
		order[i] = i;
	for (i = count - 1; shuffle && i; i--) {
		other = random_below(&state, i + 1);
		swap = order[i];
		order[i] = order[other];
		order[other] = swap;
	}
	return order;
}

static void close_handles(u32 from, u32 to)
{
	u32 i;

	for (i = from; i < to; i++)
		record_close(queue_next(&queue), object(i));
	queue_flush(&queue);
}

/* One ring, each object with one more reference to a random one. */
static void build_ring(u32 count, int shuffle)
{
	u32 *order = permutation(count, shuffle), i;

	for (i = 0; i < count; i++)
		record_alloc(queue_next(&queue), 2, object(i));
	for (i = 0; i < count; i++) {
		u64 from = object(order[i]);

		record_store(queue_next(&queue), from, 0, object(order[(i + 1) % count]));
		record_store(queue_next(&queue), from, 1,
			     object(order[random_below(&state, count)]));
	}
	queue_flush(&queue);
	free(order);
}

/* Many small rings, each object with references to both of its neighbours. */
static void build_rings(u32 count, u32 size)
{
	u32 ring;

	for (ring = 0; ring + size <= count; ring += size)
		queue_ring(&queue, ring, size, 1);
	queue_flush(&queue);
}

static void build_arrays(u32 count)
{
	u32 i, slot;

	for (i = 0; i < count; i++) {
		record_alloc(queue_next(&queue), ARRAYS, object(i));
		for (slot = 0; i && slot < ARRAYS; slot++)
			record_store(queue_next(&queue), object(i), slot, object(i - 1));
	}
	queue_flush(&queue);
}

/*
 * More objects than a session can have handles to: shuffled windows, made one
 * after the other, hanging on a list. Each object's other reference goes to a
 * random one of all that came before, as far as a sample of them is held.
 */
#define SAMPLE (1U << 22)

static void build_windows(u32 count, int dead)
{
	u64 *generation = calloc(WINDOW + SAMPLE, sizeof(*generation));
	u32 *order = permutation(WINDOW, 1), windows = count / WINDOW, w, i, at, held = 0;
	const u64 tail = chosen(WINDOW + SAMPLE + 1, 1);
	u64 from, to, last = 0;

	if (!generation)
		die("calloc");
	for (w = 0; w < windows; w++) {
		for (i = 0; i < WINDOW; i++)
			record_alloc(queue_next(&queue), 2, chosen(i, w + 1));
		for (i = 0; i < WINDOW; i++) {
			from = chosen(order[i], w + 1);
			to = i + 1 < WINDOW ? chosen(order[i + 1], w + 1) : last;
			record_store(queue_next(&queue), from, 0, to);
			/* The window itself is one of those to choose from. */
			if (random_below(&state, w + 1)) {
				at = WINDOW + random_below(&state, held);
				to = chosen(at, generation[at]);
			} else {
				to = chosen(random_below(&state, WINDOW), w + 1);
			}
			record_store(queue_next(&queue), from, 1, to);
		}
		/* Some of the window's objects take the places of others in the sample. */
		for (i = 0; i < WINDOW; i++) {
			int grows = held < SAMPLE;

			if (!grows && random_below(&state, w + 1) > 3)
				continue;
			at = WINDOW + (grows ? held++ : random_below(&state, SAMPLE));
			if (!grows)
				record_close(queue_next(&queue), chosen(at, generation[at]));
			record_dup(queue_next(&queue), chosen(i, w + 1),
				   chosen(at, ++generation[at]));
		}
		if (last)
			record_close(queue_next(&queue), last);
		else
			record_dup(queue_next(&queue), chosen(order[WINDOW - 1], 1), tail);
		last = chosen(WINDOW + SAMPLE, w + 1);
		record_dup(queue_next(&queue), chosen(order[0], w + 1), last);
		for (i = 0; i < WINDOW; i++)
			record_close(queue_next(&queue), chosen(i, w + 1));
	}
	for (i = 0; i < held; i++)
		record_close(queue_next(&queue), chosen(WINDOW + i, generation[WINDOW + i]));
	/* The list becomes a ring, so that counting alone frees nothing of it. */
	record_store(queue_next(&queue), tail, 0, last);
	record_close(queue_next(&queue), tail);
	if (dead)
		record_close(queue_next(&queue), last);
	queue_flush(&queue);
	free(generation);
	free(order);
}

#define HELPERS	"/sys/module/mheap/parameters/mark_helpers"

static void set_helpers(int helpers)
{
	FILE *file = fopen(HELPERS, "w");

	if (!file || fprintf(file, "%d\n", helpers) < 0 || fclose(file))
		die(HELPERS);
}

/* The time that passes while a collection marks, by one worker and by two. */
static void collect_helped(u32 count, double units)
{
	struct mheap_collect_stat stat;
	int i;

	heap_collect(queue.fd);
	for (i = 0; i < 2 * HELPED_TIMES; i++) {
		set_helpers(i & 1);
		stat = heap_collect(queue.fd);
		if (stat.out_last_marked != count || stat.out_last_freed)
			die("not all was found alive");
		say(i & 1 ? "two" : "one",
		    (stat.out_last_duration_ns - stat.out_last_grace_ns) / units);
	}
	set_helpers(0);
}

/*
 * Collections in a row: the processor time of all of them, so that short ones
 * can be told, and the collector's own account of each.
 */
static void collect_live(u32 count, double units)
{
	u64 times = TIMES_MIN + TIMES_REFERENCES / units, begin, i;
	struct mheap_collect_stat stat[TIMES_MAX];

	if (times > TIMES_MAX)
		times = TIMES_MAX;
	heap_collect(queue.fd);
	begin = clock_ns();
	for (i = 0; i < times; i++)
		stat[i] = heap_collect(queue.fd);
	say_span("each", begin, clock_ns(), units * times);
	for (i = 0; i < times; i++) {
		if (stat[i].out_last_marked != count || stat[i].out_last_freed)
			die("not all was found alive");
		say("each_duration", stat[i].out_last_duration_ns / units);
		say("each_grace", stat[i].out_last_grace_ns / units);
	}
}

static void collect_dead(u32 count, double units)
{
	u64 begin = clock_ns();
	struct mheap_collect_stat stat = heap_collect(queue.fd);

	say_span("each", begin, clock_ns(), units);
	say("each_duration", stat.out_last_duration_ns / units);
	say("each_grace", stat.out_last_grace_ns / units);
	if (stat.out_last_freed != count || stat.out_verify_failures)
		die("not all was found dead");
}

int main(int argc, char **argv)
{
	const char *shape = argc > 1 ? argv[1] : "ring";
	u32 count = argument(argc, argv, 2, 1000000);
	u64 begin = clock_ns(), built;

	queue.fd = heap_open();
	if (!strcmp(shape, "ring") || !strcmp(shape, "shuffled")) {
		build_ring(count, *shape == 's');
		close_handles(1, count);
		built = clock_ns();
		collect_live(count, count);
	} else if (!strcmp(shape, "dead-ring") || !strcmp(shape, "dead-shuffled")) {
		build_ring(count, shape[5] == 's');
		close_handles(0, count);
		built = clock_ns();
		collect_dead(count, count);
	} else if (!strcmp(shape, "dead-rings") || !strcmp(shape, "dead-pairs")) {
		count -= count % (shape[5] == 'r' ? RING : 2);
		build_rings(count, shape[5] == 'r' ? RING : 2);
		close_handles(0, count);
		built = clock_ns();
		collect_dead(count, count);
	} else if (!strcmp(shape, "arrays")) {
		build_arrays(ARRAYS);
		close_handles(0, ARRAYS - 1);
		built = clock_ns();
		collect_live(ARRAYS, (ARRAYS - 1.0) * ARRAYS);
	} else if (!strcmp(shape, "windows") || !strcmp(shape, "dead-windows")) {
		count -= count % WINDOW;
		build_windows(count, *shape == 'd');
		built = clock_ns();
		if (*shape == 'd')
			collect_dead(count, count);
		else
			collect_live(count, count);
	} else if (!strcmp(shape, "helped")) {
		if (access(HELPERS, W_OK))
			die("this module has no " HELPERS);
		build_ring(count, 1);
		close_handles(1, count);
		built = clock_ns();
		collect_helped(count, count);
	} else {
		die(shape);
	}
	say_span("build_each", begin, built, count);
	return 0;
}
