// SPDX-License-Identifier: GPL-2.0
/* Control groups: who is charged for a heap; and what heaps do when memory is short. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "kernel_files.h"
#include "mheap_harness.h"

#define GROUPS	"/sys/fs/cgroup"
#define MIB	(1ULL << 20)
#define NONE	(~0ULL)

/* Files of a group: a number, or one that stands behind a name; ~0 if there is none. */
static unsigned long long group_figure(const char *group, const char *file, const char *name)
{
	unsigned long long value = NONE;
	char path[256], *text, *at;

	snprintf(path, sizeof(path), "%s/%s", group, file);
	text = file_text(path);
	at = text;
	while (at && name && (strncmp(at, name, strlen(name)) || at[strlen(name)] != ' ')) {
		at = strchr(at, '\n');
		at += !!at;
	}
	if (at)
		value = strtoull(at + (name ? strlen(name) : 0), NULL, 10);
	free(text);
	return value;
}

static int group_set(const char *group, const char *file, unsigned long long value)
{
	char path[256], text[32];

	snprintf(path, sizeof(path), "%s/%s", group, file);
	snprintf(text, sizeof(text), "%llu\n", value);
	return file_write(path, text);
}

static unsigned long long charged(const char *group)
{
	return group_figure(group, "memory.current", NULL);
}

/* A child of which the group is the home. */
static pid_t fork_in(const char *group)
{
	pid_t child = fork();

	if (!child && group_set(group, "cgroup.procs", getpid()))
		_exit(99);
	return child;
}

/* The status with which a child ended. */
static int end_of(pid_t child)
{
	int status = -1;

	return waitpid(child, &status, 0) == child ? status : -errno;
}

/* Payloads of a MiB until there is no room. */
static int exhaust(int fd, __u64 *handles, unsigned int most, unsigned int *count)
{
	int ret = 0;

	for (*count = 0; *count < most && !ret; *count += !ret)
		ret = raw_alloc(fd, 1, MIB, 0, &handles[*count]);
	return ret;
}

FIXTURE(cgroup)
{
	char maker[128], user[128];
	int fd;
};

FIXTURE_SETUP(cgroup)
{
	file_write(GROUPS "/cgroup.subtree_control", "+memory");
	snprintf(self->maker, sizeof(self->maker), GROUPS "/mheap-maker-%d", getpid());
	snprintf(self->user, sizeof(self->user), GROUPS "/mheap-user-%d", getpid());
	if (mkdir(self->maker, 0755) || mkdir(self->user, 0755) || charged(self->maker) == NONE)
		SKIP_ALL("no cgroup v2 with a controller of memory, or not for this user");
	self->fd = SESSION();
}

FIXTURE_TEARDOWN(cgroup)
{
	close(self->fd);
	/* A group is busy while a process is on its way out. */
	EXPECT_TRUE(EVENTUALLY(!rmdir(self->maker) || errno == ENOENT));
	EXPECT_TRUE(EVENTUALLY(!rmdir(self->user) || errno == ENOENT));
}

/* The heap is made by a process of the maker's group, which ends. */
static int make_in(const char *group, int fd, struct mheap_create *options)
{
	pid_t child = fork_in(group);

	if (!child)
		_exit(-raw_create(fd, options));
	return end_of(child);
}

TEST_F(cgroup, who_made_a_heap_is_charged_whoever_allocates)
{
	unsigned long long before;
	__u64 handles[40];
	unsigned int count, i;
	int ready[2];
	pid_t child;
	char byte;

	ASSERT_EQ(0, make_in(self->maker, self->fd, NULL));
	ASSERT_EQ(0, pipe(ready));
	before = charged(self->maker);
	child = fork_in(self->user);
	ASSERT_LE(0, child);
	if (!child) {
		close(ready[0]);
		if (exhaust(self->fd, handles, 40, &count))
			_exit(1);
		/* Small ones, and slots, and what is referred to weakly. */
		for (i = 0; i < 20; i++)
			if (raw_alloc(self->fd, 1 << 18, 100, 0, &handles[0]) ||
			    raw_weaken(self->fd, handles[0], &handles[1]))
				_exit(2);
		_exit(write(ready[1], "", 1) == 1 ? 0 : 3);
	}
	close(ready[1]);
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	EXPECT_EQ(0, end_of(child));
	EXPECT_LE(60 * MIB, HEAP_STAT(self->fd).out_memory);
	/* The counters of groups are exact to some pages of each processor. */
	EXPECT_LE(before + 59 * MIB, charged(self->maker));
	EXPECT_GT(8 * MIB, charged(self->user));
	close(self->fd);
	self->fd = -1;
	EXPECT_TRUE(EVENTUALLY(charged(self->maker) < before + 2 * MIB));
	close(ready[0]);
}

TEST_F(cgroup, a_reserved_heap_is_charged_when_it_is_made)
{
	struct mheap_create options = {
		.flags = MHEAP_CREATE_RESERVED, .max_bytes = 32 * MIB,
	};
	unsigned long long before = charged(self->maker);

	ASSERT_EQ(0, make_in(self->maker, self->fd, &options));
	EXPECT_LE(before + 31 * MIB, charged(self->maker));
}

TEST_F(cgroup, a_reserved_heap_that_its_group_cannot_hold_is_ENOMEM)
{
	struct mheap_create options = {
		.flags = MHEAP_CREATE_RESERVED, .max_bytes = 64 * MIB,
	};

	ASSERT_EQ(0, group_set(self->maker, "memory.max", 32 * MIB));
	EXPECT_EQ(ENOMEM << 8, make_in(self->maker, self->fd, &options));
	EXPECT_EQ(0, group_figure(self->maker, "memory.events", "oom_kill"));
	EXPECT_TRUE(EVENTUALLY(charged(self->maker) < 2 * MIB));
	options.max_bytes = 16 * MIB;
	EXPECT_EQ(0, make_in(self->maker, self->fd, &options));
}

TEST_F(cgroup, at_the_limit_of_the_group_dead_cycles_make_room)
{
	struct mheap_create options = { .suspect_age_ms = 3600000, .suspect_min = ~0U };
	unsigned int i;
	__u64 handle;

	ASSERT_EQ(0, group_set(self->maker, "memory.max", 32 * MIB));
	ASSERT_EQ(0, make_in(self->maker, self->fd, &options));
	for (i = 0; i < 150; i++) {
		handle = ALLOC(self->fd, 1, MIB, 0);
		STORE(self->fd, handle, 0, handle);
		CLOSE(self->fd, handle);
	}
	EXPECT_LE(150 / 32, heap_collections(self->fd));
	EXPECT_GT(75, heap_collections(self->fd));
	EXPECT_EQ(4, COLLECT_STAT(self->fd).out_last_cause);
	EXPECT_NE(0, group_figure(self->maker, "memory.events", "max"));
	EXPECT_EQ(0, group_figure(self->maker, "memory.events", "oom_kill"));
	EXPECT_EMPTY_AFTER_COLLECT(self->fd);
}

TEST_F(cgroup, at_the_limit_of_the_group_the_answer_is_ENOMEM_and_nobody_is_killed)
{
	unsigned int count, more, i;
	__u64 handles[100], other;
	int stop[2];
	pid_t child;
	char byte;

	ASSERT_EQ(0, group_set(self->maker, "memory.max", 32 * MIB));
	ASSERT_EQ(0, make_in(self->maker, self->fd, NULL));
	/* Somebody who would be killed, if anybody were. */
	ASSERT_EQ(0, pipe(stop));
	child = fork_in(self->maker);
	ASSERT_LE(0, child);
	if (!child) {
		close(stop[1]);
		_exit(read(stop[0], &byte, 1) ? 1 : 0);
	}
	ASSERT_TRUE(EVENTUALLY(group_figure(self->maker, "cgroup.procs", NULL) ==
			       (unsigned long long)child));
	ASSERT_EQ(-ENOMEM, exhaust(self->fd, handles, 100, &count));
	EXPECT_LT(24, count);
	EXPECT_GE(32, count);
	for (i = 0; i < 20; i++)
		EXPECT_EQ(-ENOMEM, raw_alloc(self->fd, 1, MIB, 0, &other));
	/* Others know nothing of it. */
	close(NEW_HEAP(NULL));
	for (i = 0; i < count; i++) {
		CLOSE(self->fd, handles[i]);
	}
	EXPECT_TRUE(EVENTUALLY(charged(self->maker) < 4 * MIB));
	ASSERT_EQ(-ENOMEM, exhaust(self->fd, handles, 100, &more));
	EXPECT_LE(count - 2, more);
	for (i = 0; i < more; i++) {
		CLOSE(self->fd, handles[i]);
	}
	close(stop[1]);
	EXPECT_EQ(0, end_of(child));
	EXPECT_EQ(0, group_figure(self->maker, "memory.events", "oom_kill"));
	EXPECT_EQ(0, group_figure(self->user, "memory.events", "oom_kill"));
	close(stop[0]);
}

TEST_F(cgroup, small_objects_meet_the_limit_of_the_group_too)
{
	unsigned int i;
	__u64 handle;
	int ret = 0;

	ASSERT_EQ(0, group_set(self->maker, "memory.max", 8 * MIB));
	ASSERT_EQ(0, make_in(self->maker, self->fd, NULL));
	for (i = 0; i < 100000 && !ret; i++)
		ret = raw_alloc(self->fd, 100, 4000, 0, &handle);
	EXPECT_EQ(-ENOMEM, ret);
	EXPECT_GE(8 * MIB, HEAP_STAT(self->fd).out_memory);
	EXPECT_LE(5 * MIB, HEAP_STAT(self->fd).out_memory);
	EXPECT_EQ(i - 1, heap_objects(self->fd));
	EXPECT_EQ(0, group_figure(self->maker, "memory.events", "oom_kill"));
}

TEST_F(cgroup, a_heap_outlives_the_group_of_its_maker)
{
	__u64 handles[10];
	unsigned int count;

	ASSERT_EQ(0, make_in(self->maker, self->fd, NULL));
	ASSERT_EQ(0, exhaust(self->fd, handles, 5, &count));
	ASSERT_TRUE(EVENTUALLY(!rmdir(self->maker)));
	ASSERT_EQ(0, exhaust(self->fd, handles + 5, 5, &count));
	for (count = 0; count < 10; count++) {
		CLOSE(self->fd, handles[count]);
	}
	EXPECT_EMPTY(self->fd);
}

static int drop_caches(void)
{
	return file_write("/proc/sys/vm/drop_caches", "2\n");
}

FIXTURE(pressure)
{
	int fd;
	__u64 memory;	/* of a heap that is empty */
};

FIXTURE_SETUP(pressure)
{
	struct mheap_create options = { .suspect_age_ms = 3600000, .suspect_min = ~0U };

	if (!running_as_root() || access("/proc/sys/vm/drop_caches", W_OK))
		SKIP_ALL("no memory pressure can be made, or not by this user");
	self->fd = NEW_HEAP(&options);
	self->memory = HEAP_STAT(self->fd).out_memory;
}

FIXTURE_TEARDOWN(pressure)
{
	close(self->fd);
}

TEST_F(pressure, dead_cycles_are_collected_and_their_memory_is_given_back)
{
	__u64 handle;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		handle = ALLOC(self->fd, 1, MIB, 0);
		STORE(self->fd, handle, 0, handle);
		CLOSE(self->fd, handle);
	}
	EXPECT_EQ(20, heap_objects(self->fd));
	EXPECT_LT(20 * MIB, HEAP_STAT(self->fd).out_memory);
	ASSERT_EQ(0, drop_caches());
	EXPECT_TRUE(EVENTUALLY(heap_objects(self->fd) == 0));
	EXPECT_TRUE(EVENTUALLY(heap_collections(self->fd) == 1));
	EXPECT_EQ(5, COLLECT_STAT(self->fd).out_last_cause);
	/* But for the chunk of cells, which the session goes on to use. */
	EXPECT_TRUE(EVENTUALLY(HEAP_STAT(self->fd).out_memory < self->memory + MIB));
}

TEST_F(pressure, where_nothing_turned_suspect_there_is_no_collection)
{
	struct mheap_create options = { .suspect_age_ms = 3600000, .suspect_min = ~0U };
	int other = NEW_HEAP(&options);
	__u64 handle = ALLOC(self->fd, 1, 0, 0), payloads[20];
	unsigned int round, i;

	ALLOC(other, 10, 1000, 0);
	for (round = 1; round < 5; round++) {
		/* Chunks that are empty for a moment: there is something to give back. */
		for (i = 0; i < ARRAY_SIZE(payloads); i++)
			payloads[i] = ALLOC(other, 0, 65536, 0);
		for (i = 0; i < ARRAY_SIZE(payloads); i++) {
			CLOSE(other, payloads[i]);
		}
		STORE(self->fd, handle, 0, handle);
		CLOSE(self->fd, handle);
		ASSERT_EQ(0, drop_caches());
		/* Those that come later have been looked at as well by then. */
		EXPECT_TRUE(EVENTUALLY(heap_collections(self->fd) == round));
		EXPECT_EQ(0, heap_collections(other));
		EXPECT_EQ(1, heap_objects(other));
		handle = ALLOC(self->fd, 1, 0, 0);
	}
	close(other);
}

TEST_F(pressure, heaps_come_and_go_meanwhile)
{
	unsigned int rounds = running_on_uml() ? 50 : 200, i;
	int status, stop[2], fd;
	__u64 handle;
	pid_t child;

	ASSERT_EQ(0, pipe(stop));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		close(stop[1]);
		fcntl(stop[0], F_SETFL, O_NONBLOCK);
		while (read(stop[0], &status, 1) < 0)
			if (drop_caches())
				_exit(1);
		_exit(0);
	}
	for (i = 0; i < rounds; i++) {
		fd = NEW_HEAP(NULL);
		handle = ALLOC(fd, 1, 300000, 0);
		STORE(fd, handle, 0, handle);
		CLOSE(fd, handle);
		if (i % 3 == 0) {
			EXPECT_EQ(0, raw_collect(fd));
		}
		close(fd);
	}
	close(stop[1]);
	EXPECT_EQ(0, end_of(child));
	close(stop[0]);
}

TEST_HARNESS_MAIN
