// SPDX-License-Identifier: GPL-2.0
/*
 * Snapshots: what is told is of one instant, whatever goes on. MHEAP_SNAPSHOTS: how many
 * are taken while others work.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "client.h"
#include "dumped.h"
#include "mheap_harness.h"

#define LOG (64ULL << 20)

FIXTURE(snapshot)
{
	int fd;
	bool reserved;
	struct dumped before, dumped;
};

HEAP_VARIANTS(snapshot);

FIXTURE_SETUP(snapshot)
{
	struct mheap_create options = {
		.suspect_age_ms = 3600000, .suspect_min = ~0U, .max_bytes = variant->max_bytes,
		.max_handles = 1 << 16,
	};

	self->reserved = variant->flags;
	options.flags = variant->flags;
	self->fd = NEW_HEAP(&options);
}

FIXTURE_TEARDOWN(snapshot)
{
	dump_free(&self->before);
	dump_free(&self->dumped);
	close(self->fd);
}

#define RIGHT(dumped)							\
do {									\
	__u32 wrong;							\
	const char *why = dump_wrong(dumped, &wrong);			\
									\
	ASSERT_EQ(NULL, why) {						\
		TH_LOG("%s: %u", why, wrong);				\
	}								\
} while (0)

static int by_holder(const void *a, const void *b)
{
	const struct dumped_holder *left = a, *right = b;

	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	if (left->session != right->session)
		return left->session < right->session ? -1 : 1;
	if (left->handle != right->handle)
		return left->handle < right->handle ? -1 : 1;
	if (left->object != right->object)
		return left->object < right->object ? -1 : 1;
	return strcmp(left->name, right->name);
}

/* Where two dumps of the same heap differ; NULL if they do not. */
static const char *difference(struct dumped *a, struct dumped *b)
{
	size_t i;

	if (a->object_count != b->object_count)
		return "the number of objects";
	if (a->holder_count != b->holder_count)
		return "the number of holders";
	for (i = 0; i < a->object_count; i++) {
		struct dumped_object left = a->objects[i], right = b->objects[i];

		if (left.slots != right.slots ||
		    memcmp(left.values, right.values, left.slots * sizeof(__u32)))
			return "slots";
		left.values = NULL;
		right.values = NULL;
		if (memcmp(&left, &right, sizeof(left)))
			return "an object";
	}
	qsort(a->holders, a->holder_count, sizeof(*a->holders), by_holder);
	qsort(b->holders, b->holder_count, sizeof(*b->holders), by_holder);
	return memcmp(a->holders, b->holders, a->holder_count * sizeof(*a->holders)) ?
		"holders" : NULL;
}

#define SAME(a, b)							\
do {									\
	const char *where = difference(a, b);				\
									\
	ASSERT_EQ(NULL, where) {					\
		TH_LOG("they differ in %s", where);			\
	}								\
} while (0)

struct world {
	__u64 objects[400], weak[40], wide;
	int other, object_fd;
};

/* A graph of all kinds of things, and several who hold it. */
static int make_world(int fd, bool reserved, struct world *w)
{
	__u64 seed = 11, handle;
	unsigned int i, j;
	int ret = 0;

	for (i = 0; !ret && i < ARRAY_SIZE(w->objects); i++)
		ret = raw_alloc(fd, i % 37 ? i % 6 : 900, i % 100, i, &w->objects[i]);
	for (i = 0; !ret && i < ARRAY_SIZE(w->weak); i++)
		ret = raw_weaken(fd, w->objects[i * 3], &w->weak[i]);
	for (i = 0; !ret && i < ARRAY_SIZE(w->objects); i++)
		for (j = 0; !ret && j < (i % 37 ? i % 6 : 20); j++)
			ret = raw_store(fd, w->objects[i], j, random_below(&seed, 8) ?
					w->objects[random_below(&seed, 400)] :
					w->weak[random_below(&seed, 40)]);
	w->wide = 0;
	if (!ret && !reserved) {
		ret = raw_alloc(fd, 10000, 0, 1000, &w->wide);
		for (i = 0; !ret && i < 10000; i += 1 + random_below(&seed, 50))
			ret = raw_store(fd, w->wide, i, w->objects[random_below(&seed, 400)]);
	}
	for (i = 0; !ret && i < ARRAY_SIZE(w->objects); i += 2)
		ret = raw_close(fd, w->objects[i]);
	if (!ret)
		ret = raw_root_set(fd, "one", w->objects[1]) ?:
		      raw_root_set(fd, "two", w->objects[3]);
	w->other = raw_second(fd, MHEAP_RIGHTS_ALL);
	for (i = 0; !ret && i < 300; i++)
		ret = raw_root_get(w->other, i % 2 ? "one" : "two", &handle);
	w->object_fd = ret ?: raw_object_export(fd, w->objects[5], MHEAP_RIGHTS_HANDLE);
	return ret ?: w->object_fd < 0 ? w->object_fd : 0;
}

/* Nothing of it stays as it is. */
static int unmake_world(int fd, struct world *w)
{
	unsigned int i, j;
	__u64 handle;
	int ret = 0;

	for (i = 0; !ret && i < 500; i++)
		ret = raw_alloc(fd, i % 5, 10, 5000, &handle);
	for (i = 1; !ret && i < ARRAY_SIZE(w->objects); i += 2)
		for (j = 0; !ret && j < (i % 37 ? i % 6 : 900); j++)
			ret = j % 2 ? raw_store(fd, w->objects[i], j, handle) :
				      raw_exchange(fd, w->objects[i], j, 0, &handle) ?:
				      (handle ? raw_close(fd, handle) : 0) ?:
				      raw_dup(fd, w->objects[i], &handle);
	if (!ret && w->wide)
		ret = raw_store(fd, w->wide, 5000, w->objects[1]) ?: raw_reset(fd, w->wide) ?:
		      raw_close(fd, w->wide);
	for (i = 0; !ret && i < ARRAY_SIZE(w->weak); i++)
		ret = raw_close(fd, w->weak[i]);
	ret = ret ?: raw_root_set(fd, "one", 0) ?: raw_root_set(fd, "two", w->objects[7]) ?:
	      raw_root_set(fd, "three", w->objects[9]);
	close(w->other);
	close(w->object_fd);
	for (i = 11; !ret && i < ARRAY_SIZE(w->objects); i += 2)
		ret = raw_close(fd, w->objects[i]);
	return ret ?: raw_collect(fd);
}

TEST_F(snapshot, is_what_a_dump_tells_when_nobody_works)
{
	struct world w;

	ASSERT_EQ(0, make_world(self->fd, self->reserved, &w));
	EXPECT_TRUE(heap_drained(self->fd));
	ASSERT_EQ(0, dump_all(self->fd, 0, 4096, &self->before));
	RIGHT(&self->before);
	ASSERT_EQ(0, dump_instant(self->fd, 0, &self->dumped));
	RIGHT(&self->dumped);
	SAME(&self->before, &self->dumped);
	close(w.other);
	close(w.object_fd);
}

TEST_F(snapshot, shows_nothing_of_what_comes_after)
{
	unsigned int round;
	struct world w;

	for (round = 0; round < 3; round++) {
		ASSERT_EQ(0, make_world(self->fd, self->reserved, &w));
		EXPECT_TRUE(heap_drained(self->fd));
		ASSERT_EQ(0, dump_all(self->fd, 0, 1 << 16, &self->before));
		ASSERT_EQ(0, raw_snapshot(self->fd, LOG));
		ASSERT_EQ(0, unmake_world(self->fd, &w));
		if (round == 1) {
			ASSERT_EQ(0, make_world(self->fd, self->reserved, &w));
		}
		ASSERT_EQ(0, dump_all(self->fd, MHEAP_DUMP_SNAPSHOT, 4096, &self->dumped));
		RIGHT(&self->dumped);
		SAME(&self->before, &self->dumped);
		dump_free(&self->before);
		dump_free(&self->dumped);
		EXPECT_EQ(0, raw_snapshot_end(self->fd));
		ASSERT_EQ(0, dump_instant(self->fd, 0, &self->dumped));
		RIGHT(&self->dumped);
		dump_free(&self->dumped);
	}
}

TEST_F(snapshot, shows_the_same_when_half_of_it_is_read_already)
{
	static char data[4096];
	__u64 cursor = 0;
	struct world w;
	__u32 written;
	unsigned int i;

	/* What was read is told by nobody else: here only the rest is looked at. */
	ASSERT_EQ(0, make_world(self->fd, self->reserved, &w));
	ASSERT_EQ(0, raw_snapshot(self->fd, LOG));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, raw_dump(self->fd, MHEAP_DUMP_SNAPSHOT, &cursor, data, 4096,
				      &written));
	}
	ASSERT_EQ(0, unmake_world(self->fd, &w));
	while (cursor != DONE) {
		ASSERT_EQ(0, raw_dump(self->fd, MHEAP_DUMP_SNAPSHOT, &cursor, data, 4096,
				      &written));
	}
	EXPECT_EQ(0, raw_snapshot_end(self->fd));
}

TEST_F(snapshot, there_is_one_at_a_time)
{
	int other = SECOND(self->fd, MHEAP_RIGHT_INSPECT);

	EXPECT_EQ(-ENOENT, raw_snapshot_end(self->fd));
	EXPECT_EQ(0, raw_snapshot(self->fd, 0));
	EXPECT_EQ(-EBUSY, raw_snapshot(self->fd, 0));
	EXPECT_EQ(-EBUSY, raw_snapshot(other, 0));
	EXPECT_EQ(-ENOENT, raw_snapshot_end(other));
	EXPECT_EQ(0, raw_snapshot_end(self->fd));
	EXPECT_EQ(-ENOENT, raw_snapshot_end(self->fd));
	EXPECT_EQ(0, raw_snapshot(other, 0));
	EXPECT_EQ(-EBUSY, raw_snapshot(self->fd, 0));
	close(other);
	EXPECT_EQ(0, raw_snapshot(self->fd, 0));
	EXPECT_EQ(0, raw_snapshot_end(self->fd));
}

TEST_F(snapshot, ends_with_who_began_it)
{
	unsigned int i;
	int status;
	pid_t child;

	for (i = 0; i < 20; i++) {
		child = fork();
		if (!child) {
			int fd = raw_second(self->fd, MHEAP_RIGHTS_ALL);

			if (raw_snapshot(fd, 0))
				_exit(1);
			kill(getpid(), SIGKILL);
		}
		ASSERT_EQ(child, waitpid(child, &status, 0));
		ASSERT_TRUE(WIFSIGNALED(status));
		ASSERT_EQ(0, raw_snapshot(self->fd, 0));
		ASSERT_EQ(0, raw_snapshot_end(self->fd));
	}
}

TEST_F(snapshot, bad_arguments_are_refused)
{
	struct mheap_snapshot arg = { .size = sizeof(arg), .flags = 2 };
	char *page = map_pages(1);
	__u64 cursor = 0, wrong;
	__u32 written = 0;

	ALLOC(self->fd, 1, 0, 0);
	EXPECT_EQ(-EOPNOTSUPP, raw_call(self->fd, MHEAP_CMD_SNAPSHOT, &arg));
	arg.flags = MHEAP_SNAPSHOT_END;
	arg.log_bytes = 1 << 20;
	EXPECT_EQ(-EINVAL, raw_call(self->fd, MHEAP_CMD_SNAPSHOT, &arg));
	EXPECT_EQ(-EINVAL, raw_snapshot(self->fd, MHEAP_SNAPSHOT_LOG_MIN - 1));
	EXPECT_EQ(-EINVAL, raw_snapshot(self->fd, MHEAP_SNAPSHOT_LOG_MAX + 1));
	EXPECT_EQ(-EINVAL, raw_snapshot(self->fd, ~0ULL));
	EXPECT_EQ(-ENOENT, raw_dump(self->fd, MHEAP_DUMP_SNAPSHOT, &cursor, page, 4096, &written));
	ASSERT_EQ(0, raw_snapshot(self->fd, MHEAP_SNAPSHOT_LOG_MIN));
	wrong = 8;
	EXPECT_EQ(-EINVAL, raw_dump(self->fd, MHEAP_DUMP_SNAPSHOT, &wrong, page, 4096, &written));
	EXPECT_EQ(-EINVAL, raw_dump(self->fd, MHEAP_DUMP_SNAPSHOT, &cursor, page, 4095, &written));
	EXPECT_EQ(-EFAULT, raw_dump(self->fd, MHEAP_DUMP_SNAPSHOT, &cursor, NULL, 4096, &written));
	EXPECT_EQ(0, raw_dump(self->fd, MHEAP_DUMP_SNAPSHOT, &cursor, page, 4096, &written));
	EXPECT_NE(0, written);
	wrong = 0;
	if (cursor) {
		EXPECT_EQ(-EINVAL, raw_dump(self->fd, MHEAP_DUMP_SNAPSHOT, &wrong, page, 4096,
					    &written));
	}
	while (cursor != DONE) {
		ASSERT_EQ(0, raw_dump(self->fd, MHEAP_DUMP_SNAPSHOT, &cursor, page, 4096,
				      &written));
	}
	EXPECT_EQ(0, raw_dump(self->fd, MHEAP_DUMP_SNAPSHOT, &cursor, page, 4096, &written));
	EXPECT_EQ(0, written);
	EXPECT_EQ(0, raw_snapshot_end(self->fd));
}

TEST_F(snapshot, needs_the_right)
{
	int fd = SECOND(self->fd, MHEAP_RIGHTS_ALL & ~MHEAP_RIGHT_INSPECT);

	EXPECT_EQ(-EACCES, raw_snapshot(fd, 0));
	close(fd);
	fd = SECOND(self->fd, MHEAP_RIGHT_INSPECT);
	EXPECT_EQ(0, dump_instant(fd, 0, &self->dumped));
	close(fd);
}

TEST_F(snapshot, whose_log_is_full_is_broken_and_disturbs_nobody)
{
	enum { COUNT = 5000 };
	static __u64 handles[COUNT];
	unsigned int i, round;

	for (i = 0; i < COUNT; i++)
		handles[i] = ALLOC(self->fd, 4, 0, i);
	ASSERT_EQ(0, raw_snapshot(self->fd, MHEAP_SNAPSHOT_LOG_MIN));
	for (round = 0; round < 3; round++) {
		for (i = 0; i < COUNT; i++) {
			STORE(self->fd, handles[i], round, handles[(i * 7 + round) % COUNT]);
		}
		EXPECT_EQ(0, raw_collect(self->fd));
	}
	EXPECT_EQ(-EOVERFLOW, dump_all(self->fd, MHEAP_DUMP_SNAPSHOT, 4096, &self->dumped));
	dump_free(&self->dumped);
	EXPECT_EQ(-EOVERFLOW, dump_all(self->fd, MHEAP_DUMP_SNAPSHOT, 4096, &self->dumped));
	dump_free(&self->dumped);
	EXPECT_EQ(0, raw_snapshot_end(self->fd));
	ASSERT_EQ(0, raw_snapshot(self->fd, LOG));
	for (i = 0; i < COUNT; i++)
		CLOSE(self->fd, handles[i]);
	EXPECT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(0, heap_objects(self->fd));
	ASSERT_EQ(0, dump_all(self->fd, MHEAP_DUMP_SNAPSHOT, 4096, &self->dumped));
	RIGHT(&self->dumped);
	EXPECT_EQ(COUNT, self->dumped.object_count);
	EXPECT_EQ(0, raw_snapshot_end(self->fd));
}

TEST_F(snapshot, that_nobody_reads_stops_nobody)
{
	int other = SECOND(self->fd, MHEAP_RIGHTS_ALL);
	unsigned int i, round;
	__u64 a, b;

	ASSERT_EQ(0, raw_snapshot(other, LOG));
	for (round = 0; round < 20; round++) {
		for (i = 0; i < 500; i++) {
			a = ALLOC(self->fd, 2, 100, 0);
			b = ALLOC(self->fd, 2, 0, 1);
			STORE(self->fd, a, 0, b);
			STORE(self->fd, b, 0, a);
			CLOSE(self->fd, a);
			CLOSE(self->fd, b);
		}
		ASSERT_EQ(0, raw_collect(self->fd));
		ASSERT_EQ(0, heap_objects(self->fd));
	}
	ASSERT_EQ(0, dump_all(other, MHEAP_DUMP_SNAPSHOT, 4096, &self->dumped));
	EXPECT_EQ(0, self->dumped.object_count);
	EXPECT_EQ(0, self->dumped.holder_count);
	close(other);
}

static unsigned long snapshots_wanted(void)
{
	return env_number("MHEAP_SNAPSHOTS", running_on_uml() ? 60 : 20);
}

#define RANKS 200

struct marcher {
	int fd, failed;
	__u64 ranks[RANKS];
	volatile bool stop;
	volatile __u32 step;
};

/* Lets all objects refer to a new one, one after the other, each time in the same order. */
static void *march(void *arg)
{
	struct marcher *m = arg;
	unsigned int i;
	__u64 value;

	while (!m->stop) {
		if (raw_alloc(m->fd, 0, 0, 1000000 + m->step, &value))
			m->failed = __LINE__;
		for (i = 0; i < RANKS; i++)
			if (raw_store(m->fd, m->ranks[i], 0, value))
				m->failed = __LINE__;
		if (raw_close(m->fd, value))
			m->failed = __LINE__;
		m->step++;
	}
	return NULL;
}

TEST_F_TIMEOUT(snapshot, is_of_one_instant, LONG_TEST)
{
	struct marcher m = { .fd = SECOND(self->fd, MHEAP_RIGHTS_ALL) };
	unsigned long round, wanted = snapshots_wanted();
	__u32 numbers[RANKS], steps[RANKS], first, between = 0;
	pthread_t thread;
	unsigned int i;

	for (i = 0; i < RANKS; i++) {
		m.ranks[i] = ALLOC(m.fd, 1 + i % 30, 0, i);
		numbers[i] = object_number(m.fd, m.ranks[i]);
	}
	ASSERT_EQ(0, pthread_create(&thread, NULL, march, &m));
	EXPECT_TRUE(EVENTUALLY(m.step > 1));
	for (round = 0; round < wanted; round++) {
		first = m.step;
		ASSERT_EQ(0, dump_instant(self->fd, LOG, &self->dumped));
		RIGHT(&self->dumped);
		for (i = 0; i < RANKS; i++) {
			struct dumped_object *rank = dump_find(&self->dumped, numbers[i]), *value;

			ASSERT_NE(NULL, rank);
			value = dump_find(&self->dumped, rank->values[0]);
			ASSERT_NE(NULL, value);
			steps[i] = value->type - 1000000;
			/* What was done before is there. */
			ASSERT_LE(first, steps[i] + 1);
			ASSERT_TRUE(!i || steps[i] == steps[i - 1] || steps[i] + 1 == steps[i - 1]);
		}
		ASSERT_LE(steps[0] - steps[RANKS - 1], 1);
		between += steps[0] != steps[RANKS - 1];
		dump_free(&self->dumped);
		if (round % 16 == 15) {
			EXPECT_EQ(0, raw_collect(self->fd));
		}
	}
	m.stop = true;
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, m.failed);
	/* Otherwise nothing went on meanwhile. */
	EXPECT_LT(wanted / 10, between);
	close(m.fd);
}

#define CHILDREN 4

TEST_F_TIMEOUT(snapshot, holds_whoever_works_and_is_killed, LONG_TEST)
{
	unsigned long round, wanted = snapshots_wanted();
	int heap_fd = EXPORT(self->fd, MHEAP_RIGHTS_ALL), status;
	pid_t children[CHILDREN], ended;
	__u64 seed = env_number("MHEAP_SEED", 99);
	unsigned int i, overflows = 0;

	ASSERT_EQ(0, client_make_shared(self->fd));
	for (i = 0; i < CHILDREN; i++)
		children[i] = client_fork(heap_fd, ++seed);
	for (round = 0; round < wanted; round++) {
		int ret = dump_instant(self->fd, round % 8 ? LOG : MHEAP_SNAPSHOT_LOG_MIN,
				       &self->dumped);

		ASSERT_TRUE(!ret || (ret == -EOVERFLOW && round % 8 == 0)) {
			TH_LOG("%d", ret);
		}
		if (!ret) {
			RIGHT(&self->dumped);
		}
		overflows += !!ret;
		dump_free(&self->dumped);
		if (round % 8 == 3) {
			ASSERT_EQ(0, raw_collect(self->fd));
		}
		if (round % 4 == 1) {
			i = round / 4 % CHILDREN;
			kill(children[i], SIGKILL);
			ended = waitpid(children[i], &status, 0);
			ASSERT_EQ(children[i], ended);
			ASSERT_TRUE(WIFSIGNALED(status)) {
				TH_LOG("status %d", WEXITSTATUS(status));
			}
			children[i] = client_fork(heap_fd, ++seed);
		}
	}
	TH_LOG("%u logs were full", overflows);
	for (i = 0; i < CHILDREN; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], &status, 0);
	}
	close(heap_fd);
	ASSERT_EQ(0, dump_instant(self->fd, 0, &self->dumped));
	RIGHT(&self->dumped);
}

TEST_HARNESS_MAIN
