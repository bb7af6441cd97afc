/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the measured programs share: a clock that needs no system call, a heap
 * that collects only when it is asked to, and batches. A program prints lines
 * "name value", or "span name begin end units" where the processor time of the
 * whole machine between two points in time is to be told, for each of so many
 * units. Whatever goes wrong ends it.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>

#include <linux/mheap.h>

#include "../loop/loop.h"

typedef __u64 u64;
typedef __u32 u32;

void die(const char *what) __attribute__((noreturn));
unsigned long argument(int argc, char **argv, int index, unsigned long otherwise);
void say(const char *name, double value);
void say_span(const char *name, u64 begin_ns, u64 end_ns, double units);
/* For peers, which run outside of the machine as well: with their own account. */
void say_span_cpu(const char *name, u64 begin_ns, u64 end_ns, double units, u64 cpu_ns);

/* Time: ticks of the processor, to be had without the kernel's help. */
static inline u64 ticks(void)
{
#if defined(__x86_64__) || defined(__i386__)
	u64 now;

	__builtin_ia32_lfence();
	now = __builtin_ia32_rdtsc();
	__builtin_ia32_lfence();
	return now;
#else
	extern u64 clock_ns(void);

	return clock_ns();
#endif
}

u64 clock_ns(void);
u64 process_ns(void);	/* processor time of this process */
double ns_of(double tick_count);	/* measures the clock when first called */

/* Samples. */
u64 samples_at(u64 *samples, size_t count, double part);	/* sorts them */
void say_latencies(const char *name, u64 *samples, size_t count);	/* of ticks; sorts them */

/* Heaps. */
int heap_bare(void);				/* a session without a heap */
int heap_open(void);				/* collects only on request */
int heap_open_default(void);			/* as anyone would have it */
int heap_join(int fd);				/* another session of its heap */
void heap_call(int fd, unsigned int command, void *arg, const char *what);
struct mheap_heap_stat heap_stat(int fd);
struct mheap_collect_stat heap_collect_stat(int fd);
u64 heap_worked_ns(int fd);
struct mheap_collect_stat heap_collect(int fd);	/* and wait */
void heap_loop(int fd, struct bench_loop *loop);	/* of a module that has it */
void heap_drained(int fd);
u64 heap_alloc(int fd, u32 slots);
void heap_store(int fd, u64 object, u32 index, u64 value);
void heap_close(int fd, u64 handle);

/* Records. */
static inline u64 chosen(u32 index, u64 generation)
{
	return generation << MHEAP_HANDLE_INDEX_BITS | MHEAP_HANDLE_CHOSEN | index;
}

static inline void record_alloc(struct mheap_record *record, u32 slots, u64 handle)
{
	*record = (struct mheap_record) {
		.command = MHEAP_CMD_ALLOC, .flags = MHEAP_CHOSEN,
		.args = { slots, 0, handle, 0 },
	};
}

static inline void record_store(struct mheap_record *record, u64 object, u32 index, u64 value)
{
	*record = (struct mheap_record) {
		.command = MHEAP_CMD_STORE, .args = { object, value, index, 0 },
	};
}

static inline void record_load(struct mheap_record *record, u64 object, u32 index, u64 handle)
{
	*record = (struct mheap_record) {
		.command = MHEAP_CMD_LOAD, .flags = MHEAP_CHOSEN,
		.args = { object, handle, index, 0 },
	};
}

static inline void record_dup(struct mheap_record *record, u64 handle, u64 copy)
{
	*record = (struct mheap_record) {
		.command = MHEAP_CMD_DUP, .flags = MHEAP_CHOSEN, .args = { handle, copy, 0, 0 },
	};
}

static inline void record_close(struct mheap_record *record, u64 handle)
{
	*record = (struct mheap_record) {
		.command = MHEAP_CMD_CLOSE, .args = { handle, 0, 0, 0 },
	};
}

void batch_run(int fd, struct mheap_record *records, u32 count);

/* A queue of records that is carried out whenever it is full. */
#define QUEUE_RECORDS 1024

struct queue {
	int fd;
	u32 count;
	struct mheap_record records[QUEUE_RECORDS];
};

void queue_flush(struct queue *queue);
/* One ring, each object with references to both neighbours; its handles stay. */
void queue_ring(struct queue *queue, u32 first, u32 count, u64 generation);

static inline struct mheap_record *queue_next(struct queue *queue)
{
	if (queue->count == QUEUE_RECORDS)
		queue_flush(queue);
	return &queue->records[queue->count++];
}

/* Numbers that look random; a state is never 0. */
static inline u64 random_next(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * 0x2545f4914f6cdd1dULL >> 32;
}

static inline u32 random_below(u64 *state, u32 limit)
{
	return random_next(state) * limit >> 32;
}

#endif
