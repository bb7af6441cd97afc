// SPDX-License-Identifier: GPL-2.0
/* Heaps that one was given no descriptor of: who may see them, and what. */
#include "mheap_harness.h"
#include "user.h"

FIXTURE(inspect)
{
	int fd;
	__u64 id;
};

HEAP_VARIANTS(inspect);

FIXTURE_SETUP(inspect)
{
	struct mheap_create options = {
		.flags = variant->flags, .max_bytes = variant->max_bytes,
	};

	self->fd = NEW_HEAP(&options);
	self->id = options.out_heap_id;
}

FIXTURE_TEARDOWN(inspect)
{
	close(self->fd);
}

/* The heap's entry in the list of those that the caller may see; whether there is one. */
static bool find_heap(int fd, __u64 id, struct mheap_heap_entry *ret_entry)
{
	struct mheap_heap_entry entries[3];
	__u64 cursor = 0, before = 0;
	bool found = false;
	__u32 written, i;

	while (cursor != DONE) {
		if (raw_heap_list(fd, &cursor, entries, 3, &written))
			return false;
		for (i = 0; i < written; i++) {
			if (entries[i].heap_id <= before)
				return false;
			before = entries[i].heap_id;
			if (before != id)
				continue;
			*ret_entry = entries[i];
			found = true;
		}
	}
	return found;
}

TEST_F(inspect, heaps_are_listed_with_their_figures)
{
	struct mheap_heap_entry entry;
	int fd = SESSION(), heap_fd;
	struct mheap_heap_stat stat;
	char comm[16] = {};

	ALLOC(self->fd, 3, 100, 1);
	ASSERT_TRUE(find_heap(fd, self->id, &entry));
	stat = HEAP_STAT(self->fd);
	EXPECT_EQ(stat.out_objects, entry.objects);
	EXPECT_EQ(stat.out_bytes, entry.bytes);
	EXPECT_EQ(stat.out_memory, entry.memory);
	EXPECT_EQ(1, entry.sessions);
	EXPECT_EQ(getpid(), (pid_t)entry.pid);
	EXPECT_EQ(getuid(), entry.uid);
	EXPECT_LT(0, entry.created_ns);
	ASSERT_EQ(0, prctl(PR_GET_NAME, comm));
	EXPECT_STREQ(comm, entry.comm);
	/* A heap that has no session is one all the same, until it is gone. */
	heap_fd = EXPORT(self->fd, MHEAP_RIGHTS_ALL);
	close(self->fd);
	EXPECT_TRUE(EVENTUALLY(find_heap(fd, self->id, &entry) && !entry.sessions));
	close(heap_fd);
	EXPECT_TRUE(EVENTUALLY(!find_heap(fd, self->id, &entry)));
	EXPECT_EQ(-ENOENT, raw_inspect(fd, self->id));
	close(fd);
	self->fd = SESSION();
}

TEST_F(inspect, a_session_that_inspects_has_two_rights)
{
	__u64 handle = ALLOC(self->fd, 1, 10, 7), other = 0, cursor = 0;
	struct mheap_walk_entry *entries;
	struct mheap_session_entry session[4];
	struct mheap_site_entry site;
	int fd = SESSION();
	__u32 written;
	char data[10];

	ASSERT_EQ(0, raw_root_set(self->fd, "r", handle));
	ASSERT_EQ(0, raw_inspect(fd, self->id));
	EXPECT_EQ(-EBUSY, raw_inspect(fd, self->id));
	EXPECT_EQ(self->id, HEAP_STAT(fd).out_heap_id);
	EXPECT_EQ(MHEAP_RIGHT_INSPECT | MHEAP_RIGHT_COLLECT, HEAP_STAT(fd).out_rights);
	EXPECT_EQ(1, heap_walk_all(fd, &entries));
	EXPECT_EQ(7, entries[0].type);
	free(entries);
	EXPECT_EQ(0, raw_site_entry(fd, 0, &site));
	EXPECT_EQ(1, site.objects);
	ASSERT_EQ(0, raw_session_list(fd, &cursor, session, 4, &written));
	EXPECT_EQ(2, written);
	EXPECT_EQ(0, raw_collect(fd));
	/* Nothing that is in objects, and no way to them. */
	EXPECT_EQ(-EACCES, raw_root_get(fd, "r", &other));
	EXPECT_EQ(-EACCES, raw_alloc(fd, 0, 0, 0, &other));
	EXPECT_EQ(-EACCES, raw_read(fd, handle, 0, data, 10));
	EXPECT_EQ(-EACCES, raw_write(fd, handle, 0, data, 10));
	EXPECT_EQ(-EACCES, raw_root_set(fd, "s", 0));
	EXPECT_EQ(-EACCES, raw_export(fd, 0));
	EXPECT_EQ(-EACCES, raw_site(fd, "f", "", 1, 0, &written));
	EXPECT_EQ(-EACCES, raw_type_set(fd, 1, "t", 2));
	EXPECT_EQ(-ENOENT, raw_stat(fd, handle, &(struct mheap_stat){}));
	/* It keeps the heap as any session does. */
	close(self->fd);
	EXPECT_TRUE(EVENTUALLY(HEAP_STAT(fd).out_sessions == 1));
	EXPECT_EQ(1, heap_objects(fd));
	self->fd = fd;
}

TEST_F(inspect, what_there_is_not_is_ENOENT)
{
	static const __u64 bad[] = { 0, 1ULL << 31, 1ULL << 32, 1ULL << 63, ~0ULL };
	unsigned int i;
	int fd = SESSION();

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-ENOENT, raw_inspect(fd, bad[i]));
	}
	EXPECT_EQ(0, raw_inspect(fd, self->id));
	close(fd);
}

/* What another user sees of the heap, who has been let into the device. */
static void other_user(int fd, __u64 id, bool sees)
{
	struct mheap_heap_entry entry;

	NEED(find_heap(fd, id, &entry) == sees);
	NEED(raw_inspect(fd, id) == (sees ? 0 : -ENOENT));
	_exit(0);
}

TEST_F(inspect, only_who_made_a_heap_sees_it)
{
	struct mheap_heap_entry entry;
	__u64 id[2] = {};
	int pipes[2], ends[2], fd;
	pid_t child, maker;

	if (geteuid())
		SKIP(return, "it takes root to become others");
	fd = SESSION();
	child = fork_as(USER, false);
	ASSERT_LE(0, child);
	if (!child)
		other_user(fd, self->id, false);
	EXPECT_EQ(0, end_of(child));

	/* The other way round: one of USER, as seen by USER, by OTHER and by root. */
	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(0, pipe(ends));
	close(fd);
	fd = SESSION();
	maker = fork_as(USER, false);
	ASSERT_LE(0, maker);
	if (!maker) {
		struct mheap_create options = {};

		close(ends[1]);
		NEED(!raw_create(fd, &options));
		NEED(write(pipes[1], &options.out_heap_id, 8) == 8);
		_exit(read(ends[0], &id, 1));
	}
	close(ends[0]);
	ASSERT_EQ(8, read(pipes[0], id, 8));
	close(fd);
	fd = SESSION();
	EXPECT_TRUE(find_heap(fd, id[0], &entry));
	EXPECT_EQ(USER, entry.uid);
	EXPECT_EQ(maker, (pid_t)entry.pid);
	child = fork_as(OTHER, true);
	ASSERT_LE(0, child);
	if (!child)
		other_user(fd, id[0], false);
	EXPECT_EQ(0, end_of(child));
	child = fork_as(USER, false);
	ASSERT_LE(0, child);
	if (!child)
		other_user(fd, id[0], true);
	EXPECT_EQ(0, end_of(child));
	close(fd);
	fd = SESSION();
	EXPECT_EQ(0, raw_inspect(fd, id[0]));
	close(fd);
	close(ends[1]);
	EXPECT_EQ(0, end_of(maker));
	close(pipes[0]);
	close(pipes[1]);
}

TEST_F(inspect, what_runs_for_another_user_is_not_seen)
{
	struct mheap_create options = {};
	int made, seen, both[2];
	pid_t child;
	__u64 id;

	if (geteuid())
		SKIP(return, "it takes root to become others");
	/* Like a program that is root whoever starts it: the user is that, and root. */
	made = SESSION();
	ASSERT_EQ(0, pipe(both));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		NEED(!setresuid(USER, 0, 0));
		NEED(!raw_create(made, &options));
		NEED(write(both[1], &options.out_heap_id, 8) == 8);
		_exit(0);
	}
	EXPECT_EQ(0, end_of(child));
	/* The heap is still there: its session is ours as well. */
	ASSERT_EQ(8, read(both[0], &id, 8));
	EXPECT_EQ(id, HEAP_STAT(made).out_heap_id);
	seen = SESSION();
	child = fork_as(USER, false);
	ASSERT_LE(0, child);
	if (!child)
		other_user(seen, id, false);
	EXPECT_EQ(0, end_of(child));
	close(made);
	close(seen);
	close(both[0]);
	close(both[1]);
}

TEST_F(inspect, sessions_are_listed_in_order)
{
	enum { COUNT = 150 };
	static struct mheap_session_entry entries[COUNT + 8];
	static const __u32 counts[] = { 1, 50, 102, 103, COUNT + 8 };
	int fds[COUNT], heap_fd = EXPORT(self->fd, MHEAP_RIGHT_READ);
	__u32 i, c, written, total;
	__u64 cursor, before;

	for (i = 0; i < COUNT; i++)
		fds[i] = SESSION();
	/* Whatever order they join in. */
	for (i = 0; i < COUNT; i++)
		ASSERT_EQ(0, raw_join(fds[(i * 77) % COUNT], heap_fd));
	for (c = 0; c < ARRAY_SIZE(counts); c++) {
		cursor = 0;
		total = 0;
		before = 0;
		while (cursor != DONE) {
			ASSERT_EQ(0, raw_session_list(self->fd, &cursor, entries, counts[c],
						      &written));
			for (i = 0; i < written; i++) {
				ASSERT_LT(before, entries[i].session);
				before = entries[i].session;
				ASSERT_EQ(getpid(), (pid_t)entries[i].pid);
				ASSERT_EQ(getuid(), entries[i].uid);
				ASSERT_EQ(total + i ? MHEAP_RIGHT_READ : MHEAP_RIGHTS_ALL,
					  entries[i].rights);
				ASSERT_EQ(0, entries[i].handles);
			}
			total += written;
		}
		EXPECT_EQ(COUNT + 1, total);
	}
	ALLOC(self->fd, 0, 0, 0);
	cursor = 0;
	ASSERT_EQ(0, raw_session_list(self->fd, &cursor, entries, 1, &written));
	EXPECT_EQ(1, entries[0].handles);
	for (i = 0; i < COUNT; i++)
		close(fds[i]);
	close(heap_fd);
}

TEST_HARNESS_MAIN
