// SPDX-License-Identifier: GPL-2.0
/* Ends: sessions with many handles, exits in the middle, the module's own. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "mheap_harness.h"
#include "shapes.h"

FIXTURE(close)
{
	int fd;
};

FIXTURE_SETUP(close)
{
	self->fd = NEW_HEAP(NULL);
}

FIXTURE_TEARDOWN(close)
{
	close(self->fd);
}

static __u64 many(void)
{
	__u64 deep = shape_deep();

	return env_number("MHEAP_HANDLES", deep > 1000000 ? 1000000 : deep);
}

TEST_F_TIMEOUT(close, a_session_with_a_million_handles_does_not_hold_its_closer_up, LONG_TEST)
{
	__u64 count = many(), right_after;
	int other = SECOND(self->fd, MHEAP_RIGHTS_ALL);

	ASSERT_EQ(0, shape_handles(other, count));
	EXPECT_EQ(count, heap_objects(self->fd));
	EXPECT_EQ(count, heap_handles(other));
	close(other);
	/* Most of the work is still to be done, by somebody else. */
	right_after = heap_objects(self->fd);
	EXPECT_LT(0, right_after);
	CLOSE(self->fd, ALLOC(self->fd, 1, 1, 1));
	EXPECT_TRUE(EVENTUALLY(heap_objects(self->fd) == 0));
	EXPECT_TRUE(EVENTUALLY(HEAP_STAT(self->fd).out_sessions == 1));
	EXPECT_EMPTY(self->fd);
	EXPECT_EQ(0, heap_handles(self->fd));
}

TEST_F_TIMEOUT(close, a_process_with_a_million_handles_is_killed, LONG_TEST)
{
	int heap_fd = EXPORT(self->fd, MHEAP_RIGHTS_ALL), ready[2], status;
	__u64 count = many();
	pid_t child;
	char byte;

	ASSERT_EQ(0, pipe(ready));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		int fd = raw_joined(heap_fd);

		close(self->fd);
		if (fd < 0 || shape_handles(fd, count) || write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(2);
	}
	close(ready[1]);
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	EXPECT_EQ(count, heap_objects(self->fd));
	ASSERT_EQ(0, kill(child, SIGKILL));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(EVENTUALLY(heap_objects(self->fd) == 0));
	EXPECT_TRUE(EVENTUALLY(HEAP_STAT(self->fd).out_sessions == 1));
	close(heap_fd);
}

TEST_F_TIMEOUT(close, a_heap_with_a_million_handles_goes_quietly, LONG_TEST)
{
	int fd = NEW_HEAP(NULL);

	ASSERT_EQ(0, shape_handles(fd, many()));
	close(fd);
	fd = NEW_HEAP(NULL);
	EXPECT_EMPTY(fd);
	close(fd);
}

TEST_F(close, a_session_lives_as_long_as_one_of_its_descriptors)
{
	int other = SECOND(self->fd, MHEAP_RIGHTS_ALL), copy = dup(other);
	__u64 handle = ALLOC(other, 1, 8, 5);

	close(other);
	EXPECT_EQ(5, STAT(copy, handle).out_type);
	EXPECT_EQ(2, HEAP_STAT(self->fd).out_sessions);
	close(copy);
	EXPECT_TRUE(EVENTUALLY(HEAP_STAT(self->fd).out_sessions == 1));
	EXPECT_TRUE(EVENTUALLY(heap_objects(self->fd) == 0));
}

static void *batch_for_ever(void *arg)
{
	static __thread struct mheap_record records[1000];
	int fd = *(int *)arg, i, error;
	__u32 done;

	for (;;) {
		for (i = 0; i < 1000; i += 2) {
			records[i] = record_alloc(2, 32, 1, 0);
			records[i + 1] = record_alloc(0, 0, 2, 0);
		}
		if (raw_batch(fd, records, 1000, &done, &error))
			return NULL;
	}
}

TEST_F_TIMEOUT(close, a_process_exits_while_its_batches_run, LONG_TEST)
{
	int heap_fd = EXPORT(self->fd, MHEAP_RIGHTS_ALL), status, i;

	for (i = 0; i < 30; i++) {
		pid_t child = fork();

		ASSERT_LE(0, child);
		if (!child) {
			int fds[2] = { raw_joined(heap_fd), raw_joined(heap_fd) };
			pthread_t thread;

			close(self->fd);
			if (fds[0] < 0 || fds[1] < 0)
				_exit(1);
			/* Two in one session, one in its own. */
			pthread_create(&thread, NULL, batch_for_ever, &fds[0]);
			pthread_create(&thread, NULL, batch_for_ever, &fds[0]);
			pthread_create(&thread, NULL, batch_for_ever, &fds[1]);
			usleep(500 * i);
			if (i & 1)
				close(fds[0]);
			_exit(0);
		}
		ASSERT_EQ(child, waitpid(child, &status, 0));
		EXPECT_EQ(0, status);
	}
	EXPECT_TRUE(EVENTUALLY(HEAP_STAT(self->fd).out_sessions == 1));
	EXPECT_TRUE(EVENTUALLY(heap_objects(self->fd) == 0));
	EXPECT_EMPTY(self->fd);
	close(heap_fd);
}

TEST_F(close, a_collection_that_runs_when_the_heap_goes_is_no_problem)
{
	__u64 head, number;
	int fd, i;

	for (i = 0; i < 20; i++) {
		fd = NEW_HEAP(NULL);
		ASSERT_EQ(0, shape_ring(fd, 1 + i * 500, &head));
		if (i & 1) {
			CLOSE(fd, head);
		}
		ASSERT_EQ(0, raw_collect_start(fd, &number));
		close(fd);
	}
}

#ifndef MODULE_NAME
#define MODULE_NAME "mheap"
#endif

static int remove_module(void)
{
	return syscall(SYS_delete_module, MODULE_NAME, O_NONBLOCK) ? -errno : 0;
}

static bool module_can_be_removed(void)
{
	return running_as_root() && !access("/sys/module/" MODULE_NAME "/refcnt", R_OK);
}

TEST_F(close, the_module_stays_while_a_session_is_open)
{
	int fd = SESSION(), ret;

	if (!module_can_be_removed())
		SKIP(return, "no module to remove, or nobody to remove it");
	ret = remove_module();
	EXPECT_TRUE(ret == -EBUSY || ret == -EAGAIN) {
		TH_LOG("%d", ret);
	}
	EXPECT_EMPTY(self->fd);
	close(fd);
}

TEST(the_module_stays_while_a_heap_lives_in_a_descriptor)
{
	int fd = NEW_HEAP(NULL), heap_fd = EXPORT(fd, MHEAP_RIGHTS_ALL), ret;
	__u64 handle = ALLOC(fd, 1, 10, 33);

	if (!module_can_be_removed())
		SKIP(return, "no module to remove, or nobody to remove it");
	ASSERT_EQ(0, raw_root_set(fd, "r", handle));
	close(fd);
	ret = remove_module();
	EXPECT_TRUE(ret == -EBUSY || ret == -EAGAIN) {
		TH_LOG("%d", ret);
	}
	fd = raw_joined(heap_fd);
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, heap_objects(fd));
	close(fd);
	close(heap_fd);
}

TEST_HARNESS_MAIN
