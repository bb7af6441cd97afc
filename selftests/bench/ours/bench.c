// SPDX-License-Identifier: GPL-2.0
/* What the measured programs share; see bench.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

unsigned long argument(int argc, char **argv, int index, unsigned long otherwise)
{
	return index < argc ? strtoul(argv[index], NULL, 0) : otherwise;
}

void say(const char *name, double value)
{
	printf("%s %.9g\n", name, value);
	fflush(stdout);
}

void say_span(const char *name, u64 begin_ns, u64 end_ns, double units)
{
	printf("span %s %llu %llu %.9g\n", name, begin_ns, end_ns, units);
	fflush(stdout);
}

void say_span_cpu(const char *name, u64 begin_ns, u64 end_ns, double units, u64 cpu_ns)
{
	printf("span %s %llu %llu %.9g %llu\n", name, begin_ns, end_ns, units, cpu_ns);
	fflush(stdout);
}

static u64 read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

u64 clock_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

u64 process_ns(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

/* One reading of both clocks: the tightest of some tries. */
static void clock_pair(u64 *tick, u64 *ns)
{
	u64 best = ~0ULL;
	int i;

	for (i = 0; i < 20; i++) {
		u64 before = ticks(), middle = clock_ns(), after = ticks();

		if (after - before >= best)
			continue;
		best = after - before;
		*tick = before + best / 2;
		*ns = middle;
	}
}

double ns_of(double tick_count)
{
	static double ns_per_tick;
	u64 tick0, tick1, ns0, ns1;

	if (!ns_per_tick) {
		clock_pair(&tick0, &ns0);
		usleep(100000);
		clock_pair(&tick1, &ns1);
		ns_per_tick = (double)(ns1 - ns0) / (tick1 - tick0);
	}
	return tick_count * ns_per_tick;
}

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

u64 samples_at(u64 *samples, size_t count, double part)
{
	qsort(samples, count, sizeof(*samples), compare);
	return samples[(size_t)(part * (count - 1))];
}

void say_latencies(const char *name, u64 *samples, size_t count)
{
	static const struct {
		const char *name;
		double part;
	} parts[] = {
		{ "p50", 0.5 }, { "p90", 0.9 }, { "p99", 0.99 }, { "p99.9", 0.999 },
		{ "p99.99", 0.9999 }, { "p99.999", 0.99999 }, { "worst", 1 },
	};
	size_t i;

	samples_at(samples, count, 1);
	for (i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		char line[64];
		u64 at = samples[(size_t)(parts[i].part * (count - 1))];

		snprintf(line, sizeof(line), "%s_%s_us", name, parts[i].name);
		say(line, ns_of(at) / 1000);
	}
}

void heap_call(int fd, unsigned int command, void *arg, const char *what)
{
	if (ioctl(fd, command, arg))
		die(what);
}

int heap_bare(void)
{
	int fd = open("/dev/mheap", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die("/dev/mheap");
	return fd;
}

static int heap_create(struct mheap_create *options)
{
	int fd = heap_bare();

	options->size = sizeof(*options);
	heap_call(fd, MHEAP_CREATE, options, "create");
	return fd;
}

int heap_open(void)
{
	struct mheap_create options = {
		.suspect_percent = 1000,
		.suspect_min = ~0U,
		.suspect_age_ms = 3600000,
	};

	return heap_create(&options);
}

int heap_open_default(void)
{
	struct mheap_create options = {};

	return heap_create(&options);
}

int heap_join(int fd)
{
	struct mheap_export export = { .size = sizeof(export), .rights = MHEAP_RIGHTS_ALL };
	struct mheap_join join = { .size = sizeof(join) };
	int other = heap_bare();

	heap_call(fd, MHEAP_EXPORT, &export, "export");
	join.heap_fd = export.out_fd;
	heap_call(other, MHEAP_JOIN, &join, "join");
	return other;
}

struct mheap_heap_stat heap_stat(int fd)
{
	struct mheap_heap_stat stat = { .size = sizeof(stat) };

	heap_call(fd, MHEAP_HEAP_STAT, &stat, "heap_stat");
	return stat;
}

struct mheap_collect_stat heap_collect_stat(int fd)
{
	struct mheap_collect_stat stat = { .size = sizeof(stat) };

	heap_call(fd, MHEAP_COLLECT_STAT, &stat, "collect_stat");
	return stat;
}

/* Of processor time debugfs tells only. */
u64 heap_worked_ns(int fd)
{
	char path[80], line[120];
	unsigned long long ns = ~0ULL;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/debug/mheap/%llu/summary",
		 (unsigned long long)heap_stat(fd).out_heap_id);
	file = fopen(path, "r");
	if (!file)
		die(path);
	while (fgets(line, sizeof(line), file) && sscanf(line, "worked_ns: %llu", &ns) != 1)
		;
	fclose(file);
	if (ns == ~0ULL)
		die("worked_ns");
	return ns;
}

struct mheap_collect_stat heap_collect(int fd)
{
	struct mheap_collect arg = { .size = sizeof(arg), .flags = MHEAP_COLLECT_WAIT };

	heap_call(fd, MHEAP_COLLECT, &arg, "collect");
	return heap_collect_stat(fd);
}

void heap_loop(int fd, struct bench_loop *loop)
{
	heap_call(fd, BENCH_LOOP, loop, "the loop");
}

void heap_drained(int fd)
{
	while (heap_stat(fd).out_pending)
		usleep(1000);
}

u64 heap_alloc(int fd, u32 slots)
{
	struct mheap_alloc arg = { .size = sizeof(arg), .slots = slots };

	heap_call(fd, MHEAP_ALLOC, &arg, "alloc");
	return arg.handle;
}

void heap_store(int fd, u64 object, u32 index, u64 value)
{
	struct mheap_store arg = {
		.size = sizeof(arg), .object = object, .index = index, .value = value,
	};

	heap_call(fd, MHEAP_STORE, &arg, "store");
}

void heap_close(int fd, u64 handle)
{
	struct mheap_close arg = { .size = sizeof(arg), .handle = handle };

	heap_call(fd, MHEAP_CLOSE, &arg, "close");
}

void batch_run(int fd, struct mheap_record *records, u32 count)
{
	struct mheap_batch batch = {
		.size = sizeof(batch),
		.records_uptr = (unsigned long)records,
		.count = count,
		.record_size = sizeof(*records),
	};

	heap_call(fd, MHEAP_BATCH, &batch, "batch");
	if (batch.out_error) {
		errno = -batch.out_error;
		fprintf(stderr, "record %u (command %u): ", batch.out_done,
			records[batch.out_done].command);
		die("batch");
	}
}

void queue_ring(struct queue *queue, u32 first, u32 count, u64 generation)
{
	u32 i;

	for (i = 0; i < count; i++)
		record_alloc(queue_next(queue), 2, chosen(first + i, generation));
	for (i = 0; i < count; i++) {
		u64 from = chosen(first + i, generation);

		record_store(queue_next(queue), from, 0,
			     chosen(first + (i + 1) % count, generation));
		record_store(queue_next(queue), from, 1,
			     chosen(first + (i + count - 1) % count, generation));
	}
}

void queue_flush(struct queue *queue)
{
	if (queue->count)
		batch_run(queue->fd, queue->records, queue->count);
	queue->count = 0;
}
