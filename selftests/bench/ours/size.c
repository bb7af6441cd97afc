// SPDX-License-Identifier: GPL-2.0
/*
 * size [OBJECTS]: what an object with two slots takes, all included. They hang
 * in a list, so that handles are no part of it. Two accounts are given: what
 * the heap says that it holds, and what the system has less than before.
 */
#include <stdio.h>
#include <unistd.h>

#include "bench.h"

static double system_free(void)
{
	unsigned long kib = 0;
	char line[128];
	FILE *file;

	usleep(200000);		/* until the kernel's own caches have settled */
	file = fopen("/proc/meminfo", "r");
	if (!file)
		die("/proc/meminfo");
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "MemFree: %lu", &kib) == 1)
			break;
	fclose(file);
	return kib * 1024.0;
}

static void push(struct queue *queue, unsigned long i)
{
	u64 new = chosen(i & 1, i / 2 + 1), old = chosen(~i & 1, (i - 1) / 2 + 1);

	record_alloc(queue_next(queue), 2, new);
	if (!i)
		return;
	record_store(queue_next(queue), new, 0, old);
	record_close(queue_next(queue), old);
}

int main(int argc, char **argv)
{
	unsigned long count = argument(argc, argv, 1, 4000000), i;
	static struct queue queue;
	struct mheap_heap_stat before, after;
	double free_before, free_after;

	queue.fd = heap_open();
	/* Pages of this program, and tables of the session, exist from here on. */
	for (i = 0; i < 2; i++)
		push(&queue, i);
	queue_flush(&queue);
	before = heap_stat(queue.fd);
	free_before = system_free();
	for (; i < count; i++)
		push(&queue, i);
	queue_flush(&queue);
	after = heap_stat(queue.fd);
	free_after = system_free();
	if (after.out_objects != count)
		die("objects were lost");
	say("held", (double)(after.out_memory - before.out_memory) / (count - 2));
	say("system", (free_before - free_after) / (count - 2));
	say("cells", (double)(after.out_bytes - before.out_bytes) / (count - 2));
	return 0;
}
