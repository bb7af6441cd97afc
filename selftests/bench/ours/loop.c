// SPDX-License-Identifier: GPL-2.0
/*
 * loop: what one operation costs beside the system call, of a module that was built
 * for this (see loop/). Each operation has a structure of its own, as it would.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "bench.h"

#define COUNT	4096
#define TIMES	60

static struct mheap_record records[COUNT];
static u64 samples[TIMES];

/* Carries the records out, one command each. */
static u64 carry_out(int fd, unsigned int command, int expected)
{
	struct bench_loop loop = {
		.arg = (unsigned long)records, .command = command, .count = COUNT,
		.stride = sizeof(*records), .expected = expected,
	};
	u64 begin = ticks();

	if (ioctl(fd, BENCH_LOOP, &loop))
		die("the loop");
	return ticks() - begin;
}

static void fill(struct mheap_record record)
{
	int i;

	record.command = sizeof(record);
	for (i = 0; i < COUNT; i++)
		records[i] = record;
}

/* Turns the records into closes of the handles that stand in their word @where. */
static void fill_closes(int where)
{
	struct mheap_record *record;

	for (record = records; record < records + COUNT; record++)
		*record = (struct mheap_record) {
			.command = sizeof(*record), .args = { record->args[where] },
		};
}

static void told(const char *name)
{
	say(name, ns_of(samples_at(samples, TIMES, 0.1)) / COUNT);
}

static void measure(int fd, const char *name, unsigned int command, struct mheap_record record,
		    int where)
{
	int i;

	for (i = 0; i < TIMES; i++) {
		fill(record);
		samples[i] = carry_out(fd, command, 0);
		if (where < 0)
			continue;
		fill_closes(where);
		carry_out(fd, MHEAP_CLOSE, 0);
	}
	told(name);
}

static void measure_close(int fd, struct mheap_record dup)
{
	int i;

	for (i = 0; i < TIMES; i++) {
		fill(dup);
		carry_out(fd, MHEAP_DUP, 0);
		fill_closes(1);
		samples[i] = carry_out(fd, MHEAP_CLOSE, 0);
	}
	told("close");
}

static void measure_nothing(int fd)
{
	int i;

	for (i = 0; i < TIMES; i++)
		samples[i] = carry_out(fd, _IO(MHEAP_TYPE, 0xff), -ENOTTY);
	told("null");
}

int main(void)
{
	int fd = heap_open();
	u64 object = heap_alloc(fd, 2), other = heap_alloc(fd, 2);
	struct mheap_record dup = { .args = { object } };

	heap_store(fd, object, 0, other);
	measure_nothing(fd);
	measure(fd, "store", MHEAP_STORE, (struct mheap_record) { .args = { object, other, 1 } },
		-1);
	measure(fd, "load", MHEAP_LOAD, (struct mheap_record) { .args = { object } }, 1);
	measure(fd, "dup", MHEAP_DUP, dup, 1);
	measure(fd, "alloc", MHEAP_ALLOC, (struct mheap_record) { .args = { 2 } }, 2);
	measure_close(fd, dup);
	return 0;
}
