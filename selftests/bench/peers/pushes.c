// SPDX-License-Identifier: GPL-2.0
/*
 * pushes [COUNT]: messages of 1 KiB are pushed into a window that keeps the last of
 * them, by malloc() and free(), and each push is timed.
 */
#include <stdlib.h>
#include <string.h>

#include "../ours/bench.h"

#define WINDOW	200000U
#define BYTES	1024

int main(int argc, char **argv)
{
	size_t count = argument(argc, argv, 1, 10000000), i;
	u64 *samples = malloc(count * sizeof(*samples));
	char **window = calloc(WINDOW, sizeof(*window));
	u64 begin = clock_ns(), cpu = process_ns();

	if (!samples || !window)
		die("malloc");
	memset(samples, 1, count * sizeof(*samples));	/* its pages are no part of a push */
	for (i = 0; i < count; i++) {
		u64 from = ticks();
		char *message = malloc(BYTES), *old = window[i % WINDOW];

		if (!message)
			die("malloc");
		memset(message, i, BYTES);
		window[i % WINDOW] = message;
		free(old);
		samples[i] = ticks() - from;
	}
	say_span_cpu("push_each", begin, clock_ns(), count, process_ns() - cpu);
	say_latencies("push", samples, count);
	return 0;
}
