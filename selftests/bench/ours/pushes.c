// SPDX-License-Identifier: GPL-2.0
/*
 * pushes [COUNT]: messages of 1 KiB are pushed into a window that keeps the last of
 * them, and each push is timed: an object is made, written, put where the oldest was,
 * which goes, and its handle is closed. A push is one batch of four records, timed in
 * the kernel (see loop/). "cycle" is the same with messages that have a header, and
 * each refers to the other, so that only collections take them away; default settings.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define WINDOW	200000U
#define BYTES	1024
#define EACH	1000U		/* pushes of a call */
#define RECORDS	8		/* of a push, at most */

static struct mheap_record records[EACH][RECORDS];
static struct mheap_batch batches[EACH];
static char message[BYTES];
static u64 *samples;

static void record_message(struct mheap_record *record, u32 slots, u64 handle)
{
	record_alloc(&record[0], slots, handle);
	record[0].args[0] |= (u64)BYTES << 32;
	record[1] = (struct mheap_record) {
		.command = MHEAP_CMD_WRITE,
		.args = { handle, (unsigned long)message, (u64)BYTES << 32, 0 },
	};
}

/* Returns how many records it wrote. */
static u32 fill_push(struct mheap_record *record, u64 window, u64 number, int cycle)
{
	u64 body = chosen(0, number + 1), header = chosen(1, number + 1);
	u32 at = number % WINDOW;

	record_message(record, cycle, body);
	if (!cycle) {
		record_store(&record[2], window, at, body);
		record_close(&record[3], body);
		return 4;
	}
	record_alloc(&record[2], 1, header);
	record_store(&record[3], header, 0, body);
	record_store(&record[4], body, 0, header);
	record_store(&record[5], window, at, header);
	record_close(&record[6], header);
	record_close(&record[7], body);
	return 8;
}

static void push(int fd, u64 window, u64 first, int cycle)
{
	struct bench_loop loop = {
		.arg = (unsigned long)batches, .command = MHEAP_BATCH, .count = EACH,
		.stride = sizeof(*batches), .times_uptr = (unsigned long)(samples + first),
	};
	u32 i;

	for (i = 0; i < EACH; i++)
		batches[i] = (struct mheap_batch) {
			.size = sizeof(batches[i]),
			.records_uptr = (unsigned long)records[i],
			.count = fill_push(records[i], window, first + i, cycle),
			.record_size = sizeof(records[i][0]),
		};
	memset(message, first, sizeof(message));
	heap_loop(fd, &loop);
	for (i = 0; i < EACH; i++)
		if (batches[i].out_error) {
			errno = -batches[i].out_error;
			die("a push");
		}
}

static void run(const char *name, size_t count, int cycle)
{
	int fd = heap_open_default();
	u64 window = heap_alloc(fd, WINDOW), begin = clock_ns();
	struct mheap_collect_stat stat;
	char line[64];
	size_t i;

	for (i = 0; i < count; i += EACH)
		push(fd, window, i, cycle);
	stat = heap_collect_stat(fd);
	strcpy(line, name);
	say_span(strcat(line, "_each"), begin, clock_ns(), count);
	strcpy(line, name);
	say(strcat(line, "_collections"), stat.out_collections);
	say_latencies(name, samples, count);
}

int main(int argc, char **argv)
{
	size_t count = argument(argc, argv, 1, 10000000) / EACH * EACH;

	samples = calloc(count, sizeof(*samples));
	if (!samples || !count)
		die("calloc");
	memset(samples, 1, count * sizeof(*samples));	/* its pages are no part of a push */
	run("push", count, 0);
	run("cycle", count, 1);
	return 0;
}
