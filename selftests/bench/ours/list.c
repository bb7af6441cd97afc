// SPDX-License-Identifier: GPL-2.0
/*
 * list [OBJECTS]: how long the call takes that drops the head of a long list,
 * and what it costs until all of it is gone. Beside it an ioctl that does
 * nothing, which is what a call costs at least where this runs.
 */
#include <sys/ioctl.h>

#include "bench.h"

#define NULLS 2000

static u64 build(struct queue *queue, unsigned long count)
{
	u64 new = 0, old = 0;
	unsigned long i;

	for (i = 0; i < count; i++) {
		new = chosen(i & 1, i / 2 + 1);
		record_alloc(queue_next(queue), 2, new);
		if (old) {
			record_store(queue_next(queue), new, 0, old);
			record_close(queue_next(queue), old);
		}
		old = new;
	}
	queue_flush(queue);
	return new;
}

static double null_ns(int fd)
{
	static u64 samples[NULLS];
	int i;

	for (i = 0; i < NULLS; i++) {
		u64 begin = ticks();

		ioctl(fd, _IO(MHEAP_TYPE, 0xff), NULL);
		samples[i] = ticks() - begin;
	}
	return ns_of(samples_at(samples, NULLS, 0.5));
}

int main(int argc, char **argv)
{
	unsigned long count = argument(argc, argv, 1, 10000000);
	struct mheap_close arg = { .size = sizeof(arg) };
	static struct queue queue;
	u64 dropped, begin, returned;

	queue.fd = heap_open();
	arg.handle = build(&queue, count);
	say("null_us", null_ns(queue.fd) / 1000);
	if (heap_stat(queue.fd).out_objects != count)
		die("objects were lost");
	dropped = clock_ns();
	begin = ticks();
	heap_call(queue.fd, MHEAP_CLOSE, &arg, "close");
	returned = ticks();
	heap_drained(queue.fd);
	if (heap_stat(queue.fd).out_objects)
		die("objects have remained");
	say("close_us", ns_of(returned - begin) / 1000);
	say_span("gone_ns", dropped, clock_ns(), count);
	return 0;
}
