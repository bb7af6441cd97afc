// SPDX-License-Identifier: GPL-2.0
/*
 * stall [OBJECTS]: how long a user waits who has nothing to do with what is collected:
 * one store by one ioctl, in a session of its own and on objects of its own, of the
 * same heap, while a dead ring of so many objects is reclaimed ("busy"), and while
 * nothing is ("idle"). Between any two, a call that does nothing is timed ("nothing"):
 * what that waits is the machine's doing.
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "bench.h"

#define SAMPLES	200000

static u64 samples[SAMPLES], nothing[SAMPLES];
static struct queue queue;
static int done = 1;

static void *reclaim(void *stat)
{
	*(struct mheap_collect_stat *)stat = heap_collect(queue.fd);
	__atomic_store_n(&done, 1, __ATOMIC_RELEASE);
	return NULL;
}

static size_t stores(int fd, u64 object, size_t at_least)
{
	size_t i;

	for (i = 0; i < SAMPLES && (i < at_least || !__atomic_load_n(&done, __ATOMIC_ACQUIRE));
	     i++) {
		u64 begin = ticks();

		heap_store(fd, object, i & 1, object);
		samples[i] = ticks() - begin;
		begin = ticks();
		ioctl(fd, _IO(MHEAP_TYPE, 0xff), NULL);
		nothing[i] = ticks() - begin;
	}
	return i;
}

static void build_dead(u32 count)
{
	u64 state = 4711;
	u32 i;

	for (i = 0; i < count; i++)
		record_alloc(queue_next(&queue), 2, chosen(i, 1));
	for (i = 0; i < count; i++) {
		record_store(queue_next(&queue), chosen(i, 1), 0, chosen((i + 1) % count, 1));
		record_store(queue_next(&queue), chosen(i, 1), 1,
			     chosen(random_below(&state, count), 1));
	}
	for (i = 0; i < count; i++)
		record_close(queue_next(&queue), chosen(i, 1));
	queue_flush(&queue);
}

int main(int argc, char **argv)
{
	u32 count = argument(argc, argv, 1, 1000000);
	struct mheap_collect_stat stat;
	pthread_t thread;
	u64 object;
	size_t i;
	int fd;

	queue.fd = heap_open();
	fd = heap_join(queue.fd);
	object = heap_alloc(fd, 2);
	stores(fd, object, 1000);
	say_latencies("idle", samples, stores(fd, object, 5000));
	build_dead(count);
	done = 0;
	if (pthread_create(&thread, NULL, reclaim, &stat))
		die("pthread_create");
	i = stores(fd, object, 0);
	pthread_join(thread, NULL);
	say_latencies("busy", samples, i);
	say_latencies("nothing", nothing, i);
	if (stat.out_last_freed != count)
		die("not all was found dead");
	say("collection_us", stat.out_last_duration_ns / 1e3);
	say("calls", i);
	return 0;
}
