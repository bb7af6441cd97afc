// SPDX-License-Identifier: GPL-2.0
/*
 * Reserved heaps where the kernel has no memory to give: each allocation of this
 * process fails (fault injection), and everything works; then those of the workers
 * fail, too. The same on an ordinary heap shows that they do fail.
 *
 * What runs while they fail may not print, nor touch memory for the first time.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "kernel_files.h"
#include "mheap_harness.h"

#define TIMES	1000000
#define HANDLES	1024U

static const char *const injectors[] = { DEBUGFS "/failslab", DEBUGFS "/fail_page_alloc" };

static int inject(const char *name, const char *value)
{
	char path[128];
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(injectors) && !ret; i++) {
		snprintf(path, sizeof(path), "%s/%s", injectors[i], name);
		ret = file_write(path, value);
	}
	return ret;
}

/* Only fail_page_alloc has it. Pages of users are let alone: they are "highmem". */
static int inject_single_pages(void)
{
	return file_write(DEBUGFS "/fail_page_alloc/min-order", "0\n");
}

/* Allocations that have failed since inject_begin(). */
static long injected(void)
{
	char path[128], *text;
	long failed = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(injectors); i++) {
		snprintf(path, sizeof(path), "%s/times", injectors[i]);
		text = file_text(path);
		failed += TIMES - (text ? atol(text) : 0);
		free(text);
	}
	return failed;
}

/* For tasks that are marked, from when on they are. */
static int inject_begin(void)
{
	char times[16];

	snprintf(times, sizeof(times), "%d\n", TIMES);
	return inject("times", times) ?: inject("task-filter", "Y\n") ?:
	       inject("ignore-gfp-wait", "N\n") ?: inject("interval", "1\n") ?:
	       inject("space", "0\n") ?: inject("verbose", "0\n") ?:
	       inject_single_pages() ?: inject("probability", "100\n");
}

static void inject_end(void)
{
	inject("probability", "0\n");
}

/* Marks the threads of the kernel that workers run on. Returns how many there are. */
static int mark_workers(const char *mark)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	char path[300], *comm;
	int marked = 0;

	while (proc && (entry = readdir(proc))) {
		if (!isdigit(entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		comm = file_text(path);
		snprintf(path, sizeof(path), "/proc/%s/make-it-fail", entry->d_name);
		/* Those of unbound queues, and the one that rescues ours. */
		if (comm && (!strncmp(comm, "kworker/u", 9) || !strcmp(comm, "mheap\n")))
			marked += !file_write(path, mark);
		free(comm);
	}
	if (proc)
		closedir(proc);
	return marked;
}

/* What was done, and what the answer was. */
struct step {
	const char *what;
	int ret;
};

struct trial {
	int fd, queue, mark;
	unsigned int count;
	struct step steps[80];
	struct mheap_walk_entry entries[16];
	struct mheap_root_entry roots[4];
	__u64 objects[16];
	__u64 filler[HANDLES];
	char data[70000];
};

static struct trial trial;

static void note(struct trial *t, const char *what, int ret)
{
	if (t->count < ARRAY_SIZE(t->steps))
		t->steps[t->count++] = (struct step){ what, ret };
}

/* A condition, as if it were an answer. */
static void hold(struct trial *t, const char *what, bool holds)
{
	note(t, what, holds ? 0 : -EPROTO);
}

static void try_objects(struct trial *t, __u64 *object)
{
	static const struct {
		const char *what;
		__u32 slots, payload_bytes;
	} shapes[] = {
		{ "alloc of slots", 1000, 0 }, { "alloc of a payload", 2, 100 },
		{ "alloc of a page", 2, 4096 }, { "alloc of many pages", 2, 65536 },
		{ "alloc of a chunk", 2, 65537 }, { "alloc of chunks", 2, 1 << 20 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++)
		note(t, shapes[i].what, raw_alloc(t->fd, shapes[i].slots,
						  shapes[i].payload_bytes, i, &object[i]));
	note(t, "short write", raw_write(t->fd, object[1], 1, t->data, 90));
	note(t, "long write", raw_write(t->fd, object[5], 200000, t->data, sizeof(t->data)));
	note(t, "short read", raw_read(t->fd, object[1], 1, t->data, 90));
	note(t, "long read", raw_read(t->fd, object[5], 200000, t->data, sizeof(t->data)));
}

static void try_references(struct trial *t, const __u64 *object)
{
	__u64 copy = 0, weak = 0, old = 0, cursor = 0;
	struct mheap_stat stat;
	__u32 written;

	note(t, "store", raw_store(t->fd, object[0], 0, object[1]));
	note(t, "load", raw_load(t->fd, object[0], 0, &copy));
	note(t, "dup", raw_dup(t->fd, copy, &old));
	note(t, "exchange", raw_exchange(t->fd, object[0], 0, object[2], &old));
	note(t, "compare_exchange", raw_compare_exchange(t->fd, object[0], 0, object[2], copy));
	note(t, "weaken", raw_weaken(t->fd, object[3], &weak));
	note(t, "store of a weak one", raw_store(t->fd, object[0], 1, weak));
	note(t, "upgrade", raw_upgrade(t->fd, weak, &old));
	note(t, "slot_list", raw_slot_list(t->fd, object[0], &cursor, t->objects, 16, &written));
	note(t, "stat", raw_stat(t->fd, object[0], &stat));
	note(t, "root_set", raw_root_set(t->fd, "root", object[0]));
	note(t, "root_exchange", raw_root_exchange(t->fd, "root", object[4], &old));
	note(t, "root_get", raw_root_get(t->fd, "root", &old));
	cursor = 0;
	note(t, "root_list", raw_root_list(t->fd, &cursor, t->roots, 4, &written));
	note(t, "root_set to null", raw_root_set(t->fd, "root", 0));
	note(t, "reset", raw_reset(t->fd, object[0]));
}

static void try_batch(struct trial *t)
{
	__u64 a = chosen_handle(0, 1), b = chosen_handle(HANDLES - 1, 1);
	struct mheap_record records[] = {
		record_alloc(2, 3000, 0, a), record_alloc(900, 70000, 0, b),
		record_store(a, 0, b), record_store(b, 0, a), record_weaken(a, 0),
		record_dup(a, 0), record_close(a), record_close(b),
	};

	note(t, "batch", raw_batch_all(t->fd, records, ARRAY_SIZE(records)));
	note(t, "collect", raw_collect(t->fd));
}

static void try_watch(struct trial *t)
{
	struct mheap_watch watch = { .size = sizeof(watch), .events_fd = t->queue };
	struct mheap_event event = {};
	__u64 object = 0;

	note(t, "alloc of what is watched", raw_alloc(t->fd, 1, 0, 0, &object));
	note(t, "weaken of what is watched", raw_weaken(t->fd, object, (__u64 *)&watch.handle));
	note(t, "watch", raw_call(t->fd, MHEAP_CMD_WATCH, &watch));
	note(t, "store of itself", raw_store(t->fd, object, 0, object));
	note(t, "close of what is watched", raw_close(t->fd, object));
	note(t, "collect of what is watched", raw_collect(t->fd));
	hold(t, "an event", read(t->queue, &event, sizeof(event)) == sizeof(event) &&
	     event.cause == MHEAP_GONE_COLLECT);
}

static void try_rest(struct trial *t)
{
	struct mheap_collect_stat collect_stat;
	struct mheap_heap_stat heap_stat;
	struct mheap_set set = {
		.size = sizeof(set), .flags = MHEAP_SET_SUSPECT_MIN, .suspect_min = 1000,
	};
	__u64 cursor = 0;
	__u32 written;

	note(t, "heap_stat", raw_heap_stat(t->fd, &heap_stat));
	note(t, "collect_stat", raw_collect_stat(t->fd, &collect_stat));
	note(t, "set", raw_call(t->fd, MHEAP_CMD_SET, &set));
	note(t, "walk", raw_walk(t->fd, &cursor, t->entries, 16, &written));
}

/* Fills the heap and empties it, with one kind of objects after another. */
static void try_limit(struct trial *t)
{
	static const __u32 sizes[] = { 20000, 65537, 4096, 0 };
	unsigned int i, round, filled;
	int ret;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			filled = 0;
			do {
				ret = raw_alloc(t->fd, sizes[i] ? 1 : 1000, sizes[i], 0,
						&t->filler[filled]);
				filled += !ret;
			} while (!ret && filled < HANDLES / 2);
			/* All the room there is, or half of the handles. */
			hold(t, "filling the heap", filled >= 10 && (!ret || ret == -EDQUOT));
			while (filled--)
				ret = raw_close(t->fd, t->filler[filled]);
			hold(t, "emptying it", heap_drained(t->fd));
		}
	}
}

static void try_handles(struct trial *t, __u64 object)
{
	unsigned int taken = 0;
	int ret;

	do {
		ret = raw_dup(t->fd, object, &t->filler[taken]);
		taken += !ret;
	} while (!ret && taken < HANDLES);
	hold(t, "taking all handles", ret == -EMFILE);
	while (taken--)
		raw_close(t->fd, t->filler[taken]);
}

static void try_all(struct trial *t)
{
	__u64 object[6] = {};
	unsigned int i;

	try_objects(t, object);
	try_references(t, object);
	try_batch(t);
	try_watch(t);
	try_rest(t);
	try_handles(t, object[0]);
	for (i = 0; i < ARRAY_SIZE(object); i++)
		note(t, "close", raw_close(t->fd, object[i]));
	note(t, "collect in the end", raw_collect(t->fd));
}

static void mark(struct trial *t, const char *mark)
{
	if (pwrite(t->mark, mark, 1, 0) != 1)
		_exit(1);
}

/* Now, or when the last byte of the stack is touched, would be too late. */
static int touch_all_memory(void)
{
	char stack[200000];

	explicit_bzero(stack, sizeof(stack));
	return mlockall(MCL_CURRENT) ? -errno : 0;
}

FIXTURE(reservedfault)
{
	int unused;
};

FIXTURE_VARIANT(reservedfault)
{
	bool workers;
};

FIXTURE_VARIANT_ADD(reservedfault, of_the_process)
{
	.workers = false,
};

FIXTURE_VARIANT_ADD(reservedfault, of_the_workers_too)
{
	.workers = true,
};

/* A heap, a queue of its events, and faults that are about to be injected. */
static int trial_begin(struct trial *t, struct mheap_create *options)
{
	struct mheap_events events = {
		.size = sizeof(events), .kinds = 1U << MHEAP_EVENT_GONE,
		.event_size = sizeof(struct mheap_event),
	};
	int ret;

	memset(t, 0, sizeof(*t));
	t->fd = raw_new_heap(options);
	if (t->fd < 0)
		return t->fd;
	ret = raw_call(t->fd, MHEAP_CMD_EVENTS, &events);
	if (ret)
		return ret;
	t->queue = events.out_fd;
	fcntl(t->queue, F_SETFL, O_NONBLOCK);
	t->mark = open("/proc/self/make-it-fail", O_WRONLY);
	if (t->mark < 0)
		return -errno;
	return touch_all_memory() ?: inject_begin();
}

static void trial_end(struct trial *t)
{
	inject_end();
	close(t->mark);
	close(t->queue);
	close(t->fd);
	munlockall();
}

FIXTURE_SETUP(reservedfault)
{
	if (!have_debugfs() || access(DEBUGFS "/failslab/times", W_OK) ||
	    access(DEBUGFS "/fail_page_alloc/times", W_OK))
		SKIP_ALL("the kernel injects no faults, or not for this user");
}

FIXTURE_TEARDOWN(reservedfault)
{
	inject_end();
	mark_workers("0");
}

TEST_F(reservedfault, everything_works_without_memory)
{
	struct mheap_create options = {
		.flags = MHEAP_CREATE_RESERVED, .max_bytes = 8 << 20, .max_handles = HANDLES,
		.suspect_age_ms = 3600000,
	};
	struct trial *t = &trial;
	unsigned int i;

	ASSERT_EQ(0, trial_begin(t, &options));
	if (variant->workers) {
		ASSERT_LT(0, mark_workers("1"));
	}
	mark(t, "1");
	try_all(t);
	try_limit(t);
	mark(t, "0");
	mark_workers("0");
	ASSERT_GT(ARRAY_SIZE(t->steps), t->count);
	for (i = 0; i < t->count; i++) {
		EXPECT_EQ(0, t->steps[i].ret) {
			TH_LOG("%s", t->steps[i].what);
		}
	}
	/* Nobody even asked. (Other work may have, where workers are marked.) */
	if (!variant->workers) {
		EXPECT_EQ(0, injected());
	}
	EXPECT_EQ(0, COLLECT_STAT(t->fd).out_verify_failures);
	trial_end(t);
}

TEST_F(reservedfault, an_ordinary_heap_says_ENOMEM)
{
	struct mheap_create options = { .max_bytes = 8 << 20, .suspect_age_ms = 3600000 };
	unsigned int i, failed = 0, ended = 0;
	struct trial *t = &trial;

	ASSERT_EQ(0, trial_begin(t, &options));
	if (variant->workers) {
		ASSERT_LT(0, mark_workers("1"));
	}
	mark(t, "1");
	try_all(t);
	mark(t, "0");
	mark_workers("0");
	for (i = 0; i < t->count; i++) {
		failed += t->steps[i].ret == -ENOMEM;
		if (!strncmp(t->steps[i].what, "alloc", 5)) {
			EXPECT_EQ(-ENOMEM, t->steps[i].ret) {
				TH_LOG("%s", t->steps[i].what);
			}
		}
		/* Collections take no memory on any heap. */
		if (!strcmp(t->steps[i].what, "collect in the end")) {
			EXPECT_EQ(0, t->steps[i].ret);
			ended++;
		}
	}
	EXPECT_LT(7, failed);
	EXPECT_EQ(1, ended);
	EXPECT_LE(failed, injected());
	/* And when there is memory again it is as any other. */
	CLOSE(t->fd, ALLOC(t->fd, 2000, 1 << 20, 0));
	EXPECT_EMPTY(t->fd);
	trial_end(t);
}

TEST_F(reservedfault, none_is_made_without_memory)
{
	struct mheap_create options = { .flags = MHEAP_CREATE_RESERVED, .max_bytes = 8 << 20 };
	struct trial *t = &trial;
	int bare = SESSION(), ret;

	ASSERT_EQ(0, trial_begin(t, NULL));
	mark(t, "1");
	ret = raw_create(bare, &options);
	mark(t, "0");
	EXPECT_EQ(-ENOMEM, ret);
	EXPECT_LT(0, injected());
	/* The session is none the worse for it. */
	EXPECT_EQ(0, raw_create(bare, &options));
	close(bare);
	trial_end(t);
}

TEST_HARNESS_MAIN
