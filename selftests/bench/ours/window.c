// SPDX-License-Identifier: GPL-2.0
/*
 * window: writing and reading 64 bytes of a payload by pointer, through the mapped window,
 * and reading by a record of a batch. No call is made between the two clocks; that the
 * bytes are the heap's is seen by reading them by call afterwards.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench.h"

#define BYTES	64
#define OBJECTS	1024
#define ROUNDS	2000

static u64 samples[ROUNDS];

int main(void)
{
	struct mheap_record *records = calloc(OBJECTS, sizeof(*records));
	struct mheap_alloc alloc = { .size = sizeof(alloc), .payload_bytes = BYTES };
	static char from[BYTES], to[BYTES];
	u64 handles[OBJECTS], offsets[OBJECTS], begin;
	int fd = heap_open(), i, j;
	struct mheap_heap_stat stat = heap_stat(fd);
	char *window = mmap(NULL, stat.out_window_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (window == MAP_FAILED || !records)
		die("mmap");
	for (i = 0; i < OBJECTS; i++) {
		heap_call(fd, MHEAP_ALLOC, &alloc, "alloc");
		handles[i] = alloc.handle;
		offsets[i] = alloc.out_offset;
	}
	for (i = 0; i < ROUNDS; i++) {
		memset(from, i, BYTES);
		begin = ticks();
		for (j = 0; j < OBJECTS; j++) {
			memcpy(window + offsets[j], from, BYTES);
			__asm__ volatile("" ::: "memory");
			memcpy(to, window + offsets[j], BYTES);
			__asm__ volatile("" ::: "memory");
		}
		samples[i] = ticks() - begin;
	}
	say("mapped", ns_of(samples_at(samples, ROUNDS, 0.1)) / (2 * OBJECTS));
	for (j = 0; j < OBJECTS; j++) {
		records[j] = (struct mheap_record) {
			.command = MHEAP_CMD_READ,
			.args = { handles[j], (unsigned long)to, (u64)BYTES << 32, 0 },
		};
	}
	for (i = 0; i < ROUNDS; i++) {
		begin = ticks();
		batch_run(fd, records, OBJECTS);
		samples[i] = ticks() - begin;
	}
	if (memcmp(to, from, BYTES))
		die("what was written by pointer is not what is read by call");
	say("batched", ns_of(samples_at(samples, ROUNDS, 0.1)) / OBJECTS);
	return 0;
}
