// SPDX-License-Identifier: GPL-2.0
/* Objects as file descriptors: what they keep, where they go, who may import them. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "kernel_files.h"
#include "mheap_harness.h"

FIXTURE(share)
{
	int fd, heap_fd;
	__u64 object;	/* one slot, 16 bytes, type 1 */
	__u64 number;	/* of it */
};

HEAP_VARIANTS(share);

FIXTURE_SETUP(share)
{
	struct mheap_create options = {
		.suspect_age_ms = 3600000, .suspect_min = ~0U,
		.max_bytes = variant->max_bytes, .flags = variant->flags,
	};

	self->fd = NEW_HEAP(&options);
	self->heap_fd = EXPORT(self->fd, MHEAP_RIGHTS_ALL);
	self->object = ALLOC(self->fd, 1, 16, 1);
	self->number = STAT(self->fd, self->object).out_object;
	ASSERT_EQ(0, raw_write(self->fd, self->object, 0, "fifteen letters", 16));
}

FIXTURE_TEARDOWN(share)
{
	close(self->heap_fd);
	close(self->fd);
}

/* All descriptors of objects have gone, and with them what they held. */
#define EXPECT_EVENTUALLY_EMPTY(fd)					\
do {									\
	EXPECT_TRUE(EVENTUALLY(!heap_objects(fd)));			\
	EXPECT_EMPTY(fd);						\
} while (0)

TEST_F(share, a_descriptor_keeps_its_object_as_a_handle_does)
{
	int object_fd = OBJECT_FD(self->fd, self->object, MHEAP_RIGHTS_HANDLE);
	__u64 child = ALLOC(self->fd, 0, 0, 2);

	EXPECT_EQ(FD_CLOEXEC, fcntl(object_fd, F_GETFD));
	EXPECT_EQ(2, STAT(self->fd, self->object).out_handle_refs);
	EXPECT_EQ(2, heap_handles(self->fd));
	STORE(self->fd, self->object, 0, child);
	CLOSE(self->fd, child);
	CLOSE(self->fd, self->object);
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(2, heap_objects(self->fd));
	close(object_fd);
	EXPECT_EVENTUALLY_EMPTY(self->fd);
}

TEST_F(share, what_is_imported_is_the_object)
{
	int object_fd = OBJECT_FD(self->fd, self->object, MHEAP_RIGHTS_HANDLE);
	int fd = raw_joined(self->heap_fd);
	char data[16] = "";
	__u64 theirs;

	ASSERT_LE(0, fd);
	theirs = IMPORT(fd, object_fd, 0);
	EXPECT_EQ(self->number, STAT(fd, theirs).out_object);
	EXPECT_EQ(3, STAT(fd, theirs).out_handle_refs);
	EXPECT_EQ(0, raw_read(fd, theirs, 0, data, 16));
	EXPECT_STREQ("fifteen letters", data);
	/* As often as one likes, and each is a handle of its own. */
	EXPECT_NE(theirs, IMPORT(fd, object_fd, 0));
	CLOSE(fd, theirs);
	EXPECT_EQ(1, heap_handles(fd));
	close(fd);
	close(object_fd);
}

TEST_F(share, an_object_outlives_its_exporting_session_and_all_handles)
{
	int exporter = raw_joined(self->heap_fd), object_fd;
	__u64 made, imported;

	ASSERT_LE(0, exporter);
	made = ALLOC(exporter, 0, 0, 77);
	object_fd = OBJECT_FD(exporter, made, MHEAP_RIGHTS_HANDLE);
	close(exporter);
	EXPECT_TRUE(EVENTUALLY(HEAP_STAT(self->fd).out_sessions == 1));
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(2, heap_objects(self->fd));
	imported = IMPORT(self->fd, object_fd, 0);
	EXPECT_EQ(77, STAT(self->fd, imported).out_type);
	EXPECT_TRUE(EVENTUALLY(STAT(self->fd, imported).out_handle_refs == 2));
	close(object_fd);
	EXPECT_TRUE(EVENTUALLY(STAT(self->fd, imported).out_handle_refs == 1));
}

TEST_F(share, it_passes_over_a_socket_from_a_process_that_is_killed)
{
	int pair[2], status, object_fd;
	__u64 imported;
	pid_t child;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		int fd = raw_joined(self->heap_fd), mine;
		__u64 made;

		if (fd < 0 || raw_alloc(fd, 0, 0, 99, &made))
			_exit(1);
		mine = raw_object_export(fd, made, MHEAP_RIGHT_READ);
		if (mine < 0 || send_fd(pair[1], mine))
			_exit(2);
		for (;;)
			pause();
	}
	object_fd = receive_fd(pair[0]);
	ASSERT_LE(0, object_fd);
	ASSERT_EQ(0, kill(child, SIGKILL));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_TRUE(EVENTUALLY(HEAP_STAT(self->fd).out_sessions == 1));
	ASSERT_EQ(0, raw_collect(self->fd));
	imported = IMPORT(self->fd, object_fd, 0);
	EXPECT_EQ(99, STAT(self->fd, imported).out_type);
	EXPECT_EQ(MHEAP_RIGHT_READ, STAT(self->fd, imported).out_rights);
	CLOSE(self->fd, imported);
	close(object_fd);
	EXPECT_TRUE(EVENTUALLY(heap_objects(self->fd) == 1));
	close(pair[0]);
	close(pair[1]);
}

TEST_F(share, a_child_inherits_it)
{
	int object_fd = OBJECT_FD(self->fd, self->object, MHEAP_RIGHT_READ), status;
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child) {
		int fd = raw_joined(self->heap_fd);
		struct mheap_stat stat;
		__u64 imported;

		if (fd < 0 || raw_object_import(fd, object_fd, 0, &imported) ||
		    raw_stat(fd, imported, &stat) || stat.out_object != self->number)
			_exit(1);
		_exit(0);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	CLOSE(self->fd, self->object);
	close(object_fd);
	EXPECT_EVENTUALLY_EMPTY(self->fd);
}

TEST_F(share, the_heap_lives_as_long_as_a_descriptor_of_an_object)
{
	__u64 id = HEAP_STAT(self->fd).out_heap_id, imported;
	int object_fd = OBJECT_FD(self->fd, self->object, MHEAP_RIGHTS_HANDLE), fd;
	int other = NEW_HEAP(NULL);

	/* With all sessions gone, nothing but the descriptors is left. */
	close(self->fd);
	EXPECT_EQ(-EXDEV, raw_object_import(other, object_fd, 0, &imported));
	fd = raw_joined(self->heap_fd);
	ASSERT_LE(0, fd);
	EXPECT_EQ(id, HEAP_STAT(fd).out_heap_id);
	imported = IMPORT(fd, object_fd, 0);
	EXPECT_EQ(self->number, STAT(fd, imported).out_object);
	/* The object's descriptor alone. */
	close(self->heap_fd);
	close(fd);
	EXPECT_EQ(-EXDEV, raw_object_import(other, object_fd, 0, &imported));
	close(object_fd);
	close(other);
	self->fd = raw_session();
	self->heap_fd = -1;
}

TEST_F(share, another_heap_is_EXDEV_and_another_file_EBADF)
{
	int other = NEW_HEAP(NULL), pipes[2], closed = dup(0);
	int object_fd = OBJECT_FD(self->fd, self->object, MHEAP_RIGHTS_HANDLE);
	int path = open("/proc/self/exe", O_PATH);
	__u64 handle = 7;
	unsigned int i;

	ASSERT_EQ(0, pipe(pipes));
	close(closed);
	{
		int foreign[] = { -1, closed, pipes[0], pipes[1], self->fd, self->heap_fd,
				  other, raw_session(), open("/dev/null", O_RDWR), path,
				  epoll_create1(0), 0x7fffffff, -0x7fffffff - 1 };

		for (i = 0; i < ARRAY_SIZE(foreign); i++) {
			EXPECT_EQ(-EBADF, raw_object_import(self->fd, foreign[i], 0, &handle)) {
				TH_LOG("descriptor %u of the list", i);
			}
		}
	}
	EXPECT_EQ(-EXDEV, raw_object_import(other, object_fd, 0, &handle));
	EXPECT_EQ(7, handle);
	EXPECT_EQ(1, heap_handles(self->fd));
	EXPECT_EQ(0, heap_handles(other));
	close(object_fd);
	close(other);
}

TEST_F(share, it_is_good_for_nothing_else)
{
	int object_fd = OBJECT_FD(self->fd, self->object, MHEAP_RIGHTS_HANDLE);
	int session = SESSION();
	char byte = 0;

	EXPECT_EQ(-EBADF, raw_join(session, object_fd));
	EXPECT_EQ(-1, read(object_fd, &byte, 1));
	EXPECT_EQ(-1, write(object_fd, &byte, 1));
	EXPECT_GT(0, raw_close(object_fd, self->object));
	EXPECT_EQ(1, STAT(self->fd, self->object).out_type);
	close(session);
	close(object_fd);
}

TEST_F(share, an_import_with_a_chosen_handle)
{
	int object_fd = OBJECT_FD(self->fd, self->object, MHEAP_RIGHTS_HANDLE);
	struct mheap_object_import arg = {
		.size = sizeof(arg), .flags = MHEAP_CHOSEN, .object_fd = object_fd,
		.handle = chosen_handle(9, 1),
	};

	if (variant->flags & MHEAP_CREATE_RESERVED)
		SKIP(return, "sessions of a reserved heap have fewer handles");
	ASSERT_EQ(0, raw_call(self->fd, MHEAP_CMD_OBJECT_IMPORT, &arg));
	EXPECT_EQ(chosen_handle(9, 1), arg.handle);
	EXPECT_EQ(self->number, STAT(self->fd, arg.handle).out_object);
	EXPECT_EQ(-EEXIST, raw_call(self->fd, MHEAP_CMD_OBJECT_IMPORT, &arg));
	CLOSE(self->fd, arg.handle);
	EXPECT_EQ(-ESTALE, raw_call(self->fd, MHEAP_CMD_OBJECT_IMPORT, &arg));
	arg.handle = chosen_handle(9, 3);
	EXPECT_EQ(-EINVAL, raw_call(self->fd, MHEAP_CMD_OBJECT_IMPORT, &arg));
	/* Far away: the table has to grow. */
	arg.handle = chosen_handle(100000, 1);
	ASSERT_EQ(0, raw_call(self->fd, MHEAP_CMD_OBJECT_IMPORT, &arg));
	EXPECT_EQ(3, STAT(self->fd, self->object).out_handle_refs);
	close(object_fd);
}

TEST_F(share, an_import_needs_room_in_the_table)
{
	struct mheap_create options = { .max_handles = 1 };
	int fd = NEW_HEAP(&options), object_fd;
	__u64 object = ALLOC(fd, 0, 0, 1), imported;

	object_fd = OBJECT_FD(fd, object, 0);
	EXPECT_EQ(-EMFILE, raw_object_import(fd, object_fd, 0, &imported));
	EXPECT_EQ(2, STAT(fd, object).out_handle_refs);
	CLOSE(fd, object);
	EXPECT_EQ(0, raw_object_import(fd, object_fd, 0, &imported));
	close(object_fd);
	close(fd);
}

TEST_F(share, fdinfo_tells_heap_object_and_rights)
{
	int object_fd = OBJECT_FD(self->fd, self->object, MHEAP_RIGHT_READ | MHEAP_RIGHT_LINK);
	char path[64], *text;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", object_fd);
	text = file_text(path);
	ASSERT_NE(NULL, text);
	EXPECT_EQ(HEAP_STAT(self->fd).out_heap_id, text_figure(text, "mheap-heap"));
	EXPECT_EQ(self->number, text_figure(text, "mheap-object"));
	EXPECT_NE(NULL, strstr(text, "mheap-rights:\t0x5\n"));
	free(text);
	close(object_fd);
}

TEST_F(share, bad_handles_and_rights_make_no_descriptor)
{
	__u64 stale = DUP(self->fd, self->object);
	int lowest = dup(0);
	__u32 bit;

	close(lowest);
	CLOSE(self->fd, stale);
	EXPECT_EQ(-ESTALE, raw_object_export(self->fd, stale, 0));
	EXPECT_EQ(-ENOENT, raw_object_export(self->fd, 0, 0));
	EXPECT_EQ(-ENOENT, raw_object_export(self->fd, self->object + 9, 0));
	for (bit = MHEAP_RIGHTS_HANDLE + 1; bit; bit <<= 1) {
		EXPECT_EQ(-EINVAL, raw_object_export(self->fd, self->object, bit)) {
			TH_LOG("right %#x", bit);
		}
	}
	EXPECT_EQ(lowest, dup(0));
	EXPECT_EQ(1, STAT(self->fd, self->object).out_handle_refs);
}

TEST_F(share, at_the_limit_of_descriptors_an_export_is_EMFILE)
{
	struct rlimit limit;
	int fds[200], i;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	for (i = 0; i < 200; i++)
		fds[i] = OBJECT_FD(self->fd, self->object, 0);
	limit.rlim_cur = fds[199] + 1;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EQ(-EMFILE, raw_object_export(self->fd, self->object, 0));
	EXPECT_EQ(201, STAT(self->fd, self->object).out_handle_refs);
	for (i = 0; i < 200; i++)
		close(fds[i]);
	EXPECT_TRUE(EVENTUALLY(STAT(self->fd, self->object).out_handle_refs == 1));
}

TEST_F(share, a_descriptor_that_nobody_receives_comes_back)
{
	int pair[2], object_fd = OBJECT_FD(self->fd, self->object, MHEAP_RIGHTS_HANDLE);

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	ASSERT_EQ(0, send_fd(pair[0], object_fd));
	close(object_fd);
	CLOSE(self->fd, self->object);
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(1, heap_objects(self->fd));
	close(pair[0]);
	EXPECT_EQ(1, heap_objects(self->fd));
	close(pair[1]);
	EXPECT_EVENTUALLY_EMPTY(self->fd);
}

TEST_F(share, also_from_a_socket_that_was_sent_through_itself)
{
	int object_fd = OBJECT_FD(self->fd, self->object, MHEAP_RIGHTS_HANDLE);
	int a[2], b[2];

	/* Each pair's ends lie in the queues of the other: nobody can get at them. */
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, a));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, b));
	ASSERT_EQ(0, send_fd(a[0], object_fd));
	ASSERT_EQ(0, send_fd(a[0], a[1]));
	ASSERT_EQ(0, send_fd(a[0], b[1]));
	ASSERT_EQ(0, send_fd(b[0], a[1]));
	ASSERT_EQ(0, send_fd(b[0], a[0]));
	close(object_fd);
	close(a[0]);
	close(a[1]);
	close(b[0]);
	close(b[1]);
	CLOSE(self->fd, self->object);
	/* The kernel looks for such sockets when one is closed that was passed on. */
	EXPECT_TRUE(EVENTUALLY(({
		int again[2];

		socketpair(AF_UNIX, SOCK_DGRAM, 0, again);
		send_fd(again[0], again[1]);
		close(again[0]);
		close(again[1]);
		!heap_objects(self->fd);
	})));
	EXPECT_EMPTY(self->fd);
}

TEST_F(share, a_descriptor_keeps_what_weak_handles_name)
{
	int object_fd = OBJECT_FD(self->fd, self->object, MHEAP_RIGHTS_HANDLE);
	__u64 weak = WEAKEN(self->fd, self->object), strong;

	CLOSE(self->fd, self->object);
	strong = UPGRADE(self->fd, weak);
	EXPECT_NE(0, strong);
	CLOSE(self->fd, strong);
	close(object_fd);
	EXPECT_TRUE(EVENTUALLY(!heap_objects(self->fd)));
	EXPECT_EQ(0, UPGRADE(self->fd, weak));
}

TEST_F(share, a_cycle_that_a_descriptor_held_is_collected)
{
	int object_fd = OBJECT_FD(self->fd, self->object, 0);

	STORE(self->fd, self->object, 0, self->object);
	CLOSE(self->fd, self->object);
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(1, heap_objects(self->fd));
	close(object_fd);
	EXPECT_TRUE(EVENTUALLY(!raw_collect(self->fd) && !heap_objects(self->fd)));
	EXPECT_EMPTY_AFTER_COLLECT(self->fd);
}

TEST_F(share, they_cannot_be_records_of_a_batch)
{
	struct mheap_record records[2] = {
		{ .command = MHEAP_CMD_OBJECT_EXPORT }, { .command = MHEAP_CMD_OBJECT_IMPORT },
	};
	__u32 i, done;
	int error;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, raw_batch(self->fd, &records[i], 1, &done, &error));
		EXPECT_EQ(0, done);
		EXPECT_EQ(-EINVAL, error);
	}
}

TEST_HARNESS_MAIN
