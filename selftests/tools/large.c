// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * large OBJECTS: makes a heap with so many objects, tells what it is about on standard
 * output, and has two processes change it from then on.
 *
 * Object i refers to object i - 1, and three of four to one more at random, which may
 * be any of those that were made with it or a sample of those before; but only the
 * chain leads to the first of them. Root "large" is the last one. Root "table" has
 * some of the objects in its slots: those are what is changed.
 *
 * Lines on standard input: `stat' tells how much was changed since the last one, and
 * the longest time that one of the two took for a change. The end of it ends all.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MH_NO_SITES
#include <mheap.h>

enum type { TYPE_NODE = 1, TYPE_ITEM, TYPE_BLOB, TYPE_TABLE, TYPE_SCRATCH, TYPES };

#define SITES		8
#define SLOTS		3
#define BLOB_BYTES	100
#define WINDOW		65536U	/* objects that have handles at a time */
#define SAMPLED		16U	/* one of so many keeps its handle */
#define CHAIN		500U	/* to the first ones only the chain leads */
#define TABLE		1000U
#define TARGETS		4
#define MUTATORS	2
#define NONE		0xffffffffU

struct tally {
	atomic_ullong changes;
	atomic_ullong longest_ns;
};

static uint64_t state = 88172645463325252ULL;
static uint32_t count;
static uint32_t *other;		/* what each refers to besides, or NONE */
static uint32_t *chosen;	/* what the table refers to */
static uint32_t sites[SITES];

static void check(int err)
{
	if (!err)
		return;
	fprintf(stderr, "large: %s\n", mh_explain(err));
	exit(1);
}

static void *must(void *memory)
{
	if (memory && memory != MAP_FAILED)
		return memory;
	fprintf(stderr, "large: no memory\n");
	exit(1);
}

static uint32_t below(uint32_t limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)((state * 0x2545f4914f6cdd1dULL >> 32) * limit >> 32);
}

static enum type type_of(uint32_t i)
{
	return i % 10 < 6 ? TYPE_NODE : i % 10 < 9 ? TYPE_ITEM : TYPE_BLOB;
}

static uint32_t site_of(uint32_t i)
{
	return i / 3 % SITES;
}

static uint64_t number_of(struct mh_session *session, mh_t handle)
{
	struct mh_object_info info;

	check(mh_stat(session, handle, &info));
	return info.object;
}

static void tell_target(struct mh_session *session, int target, mh_t handle)
{
	printf("target%d %llu\n", target, (unsigned long long)number_of(session, handle));
}

static void name_all(struct mh_session *session)
{
	const char *const slots[] = { "previous", "other", "scratch" };
	char function[32];

	check(mh_type_set(session, TYPE_NODE, "Node", slots, 3));
	check(mh_type_set(session, TYPE_ITEM, "Item", slots, 3));
	check(mh_type_set(session, TYPE_BLOB, "Blob", slots, 3));
	check(mh_type_set(session, TYPE_TABLE, "Table", NULL, 0));
	check(mh_type_set(session, TYPE_SCRATCH, "Scratch", NULL, 0));
	for (uint32_t i = 0; i < SITES; i++) {
		snprintf(function, sizeof(function), "line_%u", i);
		check(mh_site(session, "large.c", function, 100 + i, 0, &sites[i]));
	}
}

/* Which objects are asked for later, and which the table has. */
static uint32_t target_of(int i)
{
	static const uint32_t percent[TARGETS] = { 0, 30, 60, 95 };

	return (uint32_t)((uint64_t)count * percent[i] / 100);
}

static bool is_target(uint32_t i)
{
	for (int t = 0; t < TARGETS; t++)
		if (target_of(t) == i)
			return true;
	return false;
}

struct sample {
	mh_t *handles;
	uint32_t *objects;
	uint32_t count;
};

/* Which object the next one refers to besides: an object, and its handle. */
static uint32_t choose(const struct sample *sample, const mh_t *window, uint32_t first,
		       uint32_t size, mh_t *ret_handle)
{
	uint32_t to, at;

	if (!below(4))
		return NONE;
	if (sample->count && below(2)) {
		at = below(sample->count);
		to = sample->objects[at];
		*ret_handle = sample->handles[at];
	} else {
		at = below(size);
		to = first + at;
		*ret_handle = window[at];
	}
	return to < CHAIN ? NONE : to;
}

/* The table's places are filled as the sample grows, evenly. */
static void fill_table(struct mh_queue *queue, mh_t table, uint32_t i, mh_t handle,
		       uint32_t *filled)
{
	uint32_t at = *filled;

	if (at == TABLE || i < CHAIN || is_target(i) || i < (uint64_t)count * at / TABLE)
		return;
	chosen[at] = i;
	check(mh_queue_store(queue, table, at, handle));
	*filled = at + 1;
}

static void build(struct mh_session *session, mh_t table)
{
	struct sample sample = {
		.handles = must(calloc(count / SAMPLED + 1, sizeof(mh_t))),
		.objects = must(calloc(count / SAMPLED + 1, sizeof(uint32_t))),
	};
	mh_t *window = must(calloc(WINDOW, sizeof(*window)));
	uint32_t filled = 0, first, size, i;
	struct mh_queue *queue;
	mh_t last = 0, to = 0;

	check(mh_queue_create(session, 4096, &queue));
	for (first = 0; first < count; first += size) {
		size = count - first < WINDOW ? count - first : WINDOW;
		for (i = 0; i < size; i++) {
			enum type type = type_of(first + i);

			check(mh_queue_alloc_site(queue, sites[site_of(first + i)], SLOTS,
						  type == TYPE_BLOB ? BLOB_BYTES : 0, type,
						  &window[i], NULL));
		}
		for (i = 0; i < size; i++) {
			if (first + i)
				check(mh_queue_store(queue, window[i], 0,
						     i ? window[i - 1] : last));
			other[first + i] = choose(&sample, window, first, size, &to);
			if (other[first + i] != NONE)
				check(mh_queue_store(queue, window[i], 1, to));
			fill_table(queue, table, first + i, window[i], &filled);
		}
		check(mh_queue_flush(queue));
		for (int t = 0; t < TARGETS; t++)
			if (target_of(t) >= first && target_of(t) - first < size)
				tell_target(session, t, window[target_of(t) - first]);
		if (last)
			check(mh_queue_close(queue, last));
		check(mh_queue_dup(queue, window[size - 1], &last));
		for (i = 0; i < size; i++) {
			if (i % SAMPLED) {
				check(mh_queue_close(queue, window[i]));
				continue;
			}
			sample.handles[sample.count] = window[i];
			sample.objects[sample.count++] = first + i;
		}
	}
	for (i = 0; i < sample.count; i++)
		check(mh_queue_close(queue, sample.handles[i]));
	check(mh_queue_destroy(queue));
	check(mh_root_set(session, "large", last));
	check(mh_close(session, last));
	free(sample.handles);
	free(sample.objects);
	free(window);
}

static void visit(uint32_t *far, uint32_t *queue, uint32_t *reached, uint32_t i, uint32_t steps)
{
	if (far[i] != NONE)
		return;
	far[i] = steps;
	queue[(*reached)++] = i;
}

/* How many references lead from a root to the targets, at least, and to each directly. */
static void tell_targets(void)
{
	uint32_t *far = must(malloc(count * sizeof(*far)));
	uint32_t *queue = must(malloc(count * sizeof(*queue)));
	uint32_t reached = 0, refs[TARGETS] = { 0 };

	memset(far, 0xff, count * sizeof(*far));
	visit(far, queue, &reached, count - 1, 0);
	/* What is one step from a root comes before what is two, and so on. */
	for (uint32_t i = 0; i < TABLE; i++)
		visit(far, queue, &reached, chosen[i], 1);
	for (uint32_t i = 0; i < reached; i++) {
		uint32_t at = queue[i];

		if (at)
			visit(far, queue, &reached, at - 1, far[at] + 1);
		if (other[at] != NONE)
			visit(far, queue, &reached, other[at], far[at] + 1);
	}
	for (int t = 0; t < TARGETS; t++) {
		for (uint32_t i = 0; i < count; i++)
			refs[t] += (uint32_t)((i == target_of(t) + 1) + (other[i] == target_of(t)));
		printf("steps%d %u\nrefs%d %u\n", t, far[target_of(t)], t, refs[t]);
	}
	free(far);
	free(queue);
}

static void tell_counts(void)
{
	uint32_t types[TYPES] = { 0 }, of_site[SITES] = { 0 };

	for (uint32_t i = 0; i < count; i++) {
		types[type_of(i)]++;
		of_site[site_of(i)]++;
	}
	printf("nodes %u\nitems %u\nblobs %u\n", types[TYPE_NODE], types[TYPE_ITEM],
	       types[TYPE_BLOB]);
	for (uint32_t i = 0; i < SITES; i++)
		printf("site%u %u\n", i, of_site[i]);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Puts something new into an object that the table has, or takes it away again. */
static void change(struct mh_session *session, mh_t table)
{
	mh_t object, scratch = 0;

	check(mh_load(session, table, below(TABLE), &object));
	if (below(2))
		check(mh_alloc(session, 1, 0, TYPE_SCRATCH, &scratch));
	check(mh_store(session, object, 2, scratch));
	if (scratch)
		check(mh_close(session, scratch));
	check(mh_close(session, object));
}

static void mutate(int heap, struct tally *tally, int end)
{
	struct mh_session *session;
	uint64_t before, after;
	mh_t table;

	state += (uint64_t)getpid() << 32;
	check(mh_session_join(heap, NULL, &session));
	check(mh_root_get(session, "table", &table));
	before = now_ns();
	while (getppid() == end) {
		change(session, table);
		after = now_ns();
		if (after - before > atomic_load(&tally->longest_ns))
			atomic_store(&tally->longest_ns, after - before);
		before = after;
		atomic_fetch_add(&tally->changes, 1);
	}
	_exit(0);
}

static void answer(struct tally *tally)
{
	unsigned long long least = ~0ULL, longest = 0;
	char line[64];

	while (fgets(line, sizeof(line), stdin)) {
		for (int i = 0; i < MUTATORS; i++) {
			unsigned long long changes = atomic_exchange(&tally[i].changes, 0);
			unsigned long long ns = atomic_exchange(&tally[i].longest_ns, 0);

			least = i && least < changes ? least : changes;
			longest = i && longest > ns ? longest : ns;
		}
		printf("changes %llu\nlongest_ns %llu\ndone\n", least, longest);
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	struct mh_session *session;
	struct tally *tally;
	uint64_t begin;
	pid_t parent = getpid();
	mh_t table;
	int heap;

	count = argc == 2 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
	if (count < 4 * CHAIN) {
		fprintf(stderr, "usage: large OBJECTS, %u or more\n", 4 * CHAIN);
		return 2;
	}
	other = must(malloc(count * sizeof(*other)));
	chosen = must(calloc(TABLE, sizeof(*chosen)));
	tally = must(mmap(NULL, MUTATORS * sizeof(*tally), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	check(mh_session_create(NULL, &session));
	name_all(session);
	check(mh_alloc(session, TABLE, 0, TYPE_TABLE, &table));
	check(mh_root_set(session, "table", table));
	begin = now_ns();
	build(session, table);
	printf("build_ms %llu\n", (unsigned long long)(now_ns() - begin) / 1000000);
	check(mh_close(session, table));
	tell_targets();
	tell_counts();
	free(other);
	check(mh_session_export(session, MH_RIGHTS_ALL, &heap));
	for (int i = 0; i < MUTATORS; i++)
		if (!fork())
			mutate(heap, &tally[i], parent);
	printf("heap %llu\ndone\n", (unsigned long long)mh_session_heap(session));
	fflush(stdout);
	answer(tally);
	return 0;
}
