// SPDX-License-Identifier: GPL-2.0
/*
 * call [TICKS]: one operation by one ioctl, beside an ioctl that does nothing
 * on the same file. Calls take turns, so both meet the same machine. With the
 * argument, what is told are the ticks themselves: where the processor's clock
 * counts instructions, these are instructions.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "bench.h"

#define ROUNDS	20000

enum { NOTHING, STORE, DUP, CLOSE, LOAD, ALLOC, KINDS };

static const char * const names[KINDS] = {
	[NOTHING] = "null", [STORE] = "store", [DUP] = "dup", [CLOSE] = "close",
	[LOAD] = "load", [ALLOC] = "alloc",
};

static u64 samples[KINDS][ROUNDS];

static int timed(int fd, unsigned int command, void *arg, u64 *sample)
{
	u64 begin = ticks();
	int ret = ioctl(fd, command, arg);

	*sample = ticks() - begin;
	return ret;
}

static void one_round(int fd, u64 first, u64 second, int round)
{
	struct mheap_store store = {
		.size = sizeof(store), .object = first, .value = round & 1 ? first : second,
	};
	struct mheap_dup dup = { .size = sizeof(dup), .handle = first };
	struct mheap_load load = { .size = sizeof(load), .object = first };
	struct mheap_alloc alloc = { .size = sizeof(alloc), .slots = 2 };
	struct mheap_close end = { .size = sizeof(end) };
	u64 unused;
	int bad = 0;

	if (timed(fd, _IO(MHEAP_TYPE, 0xff), NULL, &samples[NOTHING][round]) != -1 ||
	    errno != ENOTTY)
		die("a command that does not exist");
	bad |= timed(fd, MHEAP_STORE, &store, &samples[STORE][round]);
	bad |= timed(fd, MHEAP_DUP, &dup, &samples[DUP][round]);
	end.handle = dup.out_handle;
	bad |= timed(fd, MHEAP_CLOSE, &end, &samples[CLOSE][round]);
	bad |= timed(fd, MHEAP_LOAD, &load, &samples[LOAD][round]);
	end.handle = load.handle;
	bad |= timed(fd, MHEAP_CLOSE, &end, &unused);
	bad |= timed(fd, MHEAP_ALLOC, &alloc, &samples[ALLOC][round]);
	end.handle = alloc.handle;
	bad |= timed(fd, MHEAP_CLOSE, &end, &unused);
	if (bad)
		die("ioctl");
}

int main(int argc, char **argv)
{
	u64 first, second;
	int fd = heap_open(), i;

	(void)argv;
	first = heap_alloc(fd, 2);
	second = heap_alloc(fd, 2);
	heap_store(fd, first, 0, second);
	for (i = 0; i < ROUNDS; i++)
		one_round(fd, first, second, i);
	for (i = 0; i < KINDS; i++) {
		double low = samples_at(samples[i], ROUNDS, 0.1);
		double middle = samples_at(samples[i], ROUNDS, 0.5);
		char name[32];

		say(names[i], argc > 1 ? middle : ns_of(middle));
		snprintf(name, sizeof(name), "%s_low", names[i]);
		say(name, argc > 1 ? low : ns_of(low));
	}
	return 0;
}
