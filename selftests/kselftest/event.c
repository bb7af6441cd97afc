// SPDX-License-Identifier: GPL-2.0
/* Queues of events: what is told, to whom, in which order, and what is lost. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include "kernel_files.h"
#include "mheap_harness.h"

#define GONE	(1U << MHEAP_EVENT_GONE)

static int raw_events(int fd, __u32 kinds, __u32 capacity)
{
	struct mheap_events events = {
		.size = sizeof(events), .kinds = kinds, .capacity = capacity,
		.event_size = sizeof(struct mheap_event),
	};
	int ret = raw_call(fd, MHEAP_EVENTS, &events);

	return ret ? ret : events.out_fd;
}

static int raw_watch(int fd, int queue, __u64 weak, __u64 cookie, __u32 flags)
{
	struct mheap_watch watch = {
		.size = sizeof(watch), .flags = flags, .events_fd = queue, .handle = weak,
		.cookie = cookie,
	};

	return raw_call(fd, MHEAP_WATCH, &watch);
}

static __u64 weak_to(int fd, __u64 handle)
{
	__u64 weak;

	return raw_weaken(fd, handle, &weak) ? 0 : weak;
}

/* Records that are there now: how many, or a negative errno. */
static int records(int queue, struct mheap_event *events, int max)
{
	ssize_t bytes = read(queue, events, max * sizeof(*events));

	return bytes < 0 ? -errno : (int)(bytes / sizeof(*events));
}

static bool readable(int queue)
{
	struct pollfd poll_fd = { .fd = queue, .events = POLLIN };

	return poll(&poll_fd, 1, 0) == 1 && poll_fd.revents & POLLIN;
}

FIXTURE(event)
{
	int fd, queue;
	__u64 object, weak;
};

HEAP_VARIANTS(event);

FIXTURE_SETUP(event)
{
	struct mheap_create options = {
		.suspect_age_ms = 3600000, .suspect_min = ~0U,
		.max_bytes = variant->max_bytes, .flags = variant->flags,
	};

	self->fd = NEW_HEAP(&options);
	self->queue = raw_events(self->fd, MHEAP_EVENT_KINDS & ~(1U << MHEAP_EVENT_COLLECTION), 8);
	ASSERT_LE(0, self->queue);
	fcntl(self->queue, F_SETFL, O_NONBLOCK);
	self->object = ALLOC(self->fd, 1, 0, 5);
	self->weak = weak_to(self->fd, self->object);
	ASSERT_NE(0, self->weak);
}

FIXTURE_TEARDOWN(event)
{
	close(self->fd);
	close(self->queue);
}

TEST_F(event, an_object_that_goes_by_count_is_told)
{
	__u64 number = STAT(self->fd, self->object).out_object;
	struct mheap_event event = {};
	struct timespec now;

	ASSERT_EQ(0, raw_watch(self->fd, self->queue, self->weak, 77, 0));
	EXPECT_FALSE(readable(self->queue));
	EXPECT_EQ(-EAGAIN, records(self->queue, &event, 1));
	CLOSE(self->fd, self->object);
	clock_gettime(CLOCK_MONOTONIC, &now);
	EXPECT_TRUE(readable(self->queue));
	ASSERT_EQ(1, records(self->queue, &event, 1));
	EXPECT_EQ(MHEAP_EVENT_GONE, event.kind);
	EXPECT_EQ(MHEAP_GONE_COUNT, event.cause);
	EXPECT_EQ(77, event.cookie);
	EXPECT_EQ(number, event.value);
	EXPECT_LE(event.time_ns, now.tv_sec * 1000000000ULL + now.tv_nsec);
	EXPECT_NE(0, event.time_ns);
	EXPECT_EQ(-EAGAIN, records(self->queue, &event, 1));
}

TEST_F(event, fdinfo_shows_the_kinds_what_waits_and_what_was_lost)
{
	int queue = raw_events(self->fd, 1U << MHEAP_EVENT_COLLECTION, 2), i;
	char path[64], *text = NULL;

	ASSERT_LE(0, queue);
	for (i = 0; i < 5; i++)
		ASSERT_EQ(0, raw_collect(self->fd));
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", queue);
	EXPECT_TRUE(EVENTUALLY(file_has(path, "mheap-lost:\t3\n")));
	text = file_text(path);
	ASSERT_NE(NULL, text);
	EXPECT_EQ(1U << MHEAP_EVENT_COLLECTION, text_figure(text, "mheap-kinds"));
	EXPECT_EQ(2, text_figure(text, "mheap-events"));
	free(text);
	close(queue);
}

TEST_F(event, an_object_that_goes_by_collection_is_told)
{
	struct mheap_event event = {};

	STORE(self->fd, self->object, 0, self->object);
	ASSERT_EQ(0, raw_watch(self->fd, self->queue, self->weak, 78, 0));
	CLOSE(self->fd, self->object);
	EXPECT_EQ(-EAGAIN, records(self->queue, &event, 1));
	ASSERT_EQ(0, raw_collect(self->fd));
	ASSERT_EQ(1, records(self->queue, &event, 1));
	EXPECT_EQ(MHEAP_GONE_COLLECT, event.cause);
	EXPECT_EQ(78, event.cookie);
}

TEST_F(event, what_is_gone_already_is_told_at_once)
{
	__u64 number = STAT(self->fd, self->object).out_object;
	struct mheap_event event = {};

	CLOSE(self->fd, self->object);
	ASSERT_EQ(0, raw_watch(self->fd, self->queue, self->weak, 79, 0));
	ASSERT_EQ(1, records(self->queue, &event, 1));
	EXPECT_EQ(MHEAP_GONE_COUNT, event.cause);
	EXPECT_EQ(79, event.cookie);
	EXPECT_EQ(number, event.value);
	EXPECT_EQ(-ENOENT, raw_watch(self->fd, self->queue, self->weak, 79, MHEAP_WATCH_REMOVE));
}

TEST_F(event, a_watch_needs_no_handle)
{
	struct mheap_event event = {};

	ASSERT_EQ(0, raw_watch(self->fd, self->queue, self->weak, 1, 0));
	CLOSE(self->fd, self->weak);
	CLOSE(self->fd, self->object);
	EXPECT_EQ(1, records(self->queue, &event, 1));
	EXPECT_EMPTY(self->fd);
	EXPECT_EQ(0, HEAP_STAT(self->fd).out_weak);
	EXPECT_EQ(0, HEAP_STAT(self->fd).out_bytes);
}

TEST_F(event, watches_are_removed_one_by_one)
{
	struct mheap_event events[8];
	int i;

	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, raw_watch(self->fd, self->queue, self->weak, 5, 0));
	ASSERT_EQ(0, raw_watch(self->fd, self->queue, self->weak, 6, 0));
	EXPECT_EQ(-ENOENT, raw_watch(self->fd, self->queue, self->weak, 7, MHEAP_WATCH_REMOVE));
	EXPECT_EQ(0, raw_watch(self->fd, self->queue, self->weak, 5, MHEAP_WATCH_REMOVE));
	CLOSE(self->fd, self->object);
	ASSERT_EQ(3, records(self->queue, events, 8));
	EXPECT_EQ(5 + 5 + 6, events[0].cookie + events[1].cookie + events[2].cookie);
}

TEST_F(event, bad_watches_are_refused)
{
	struct mheap_create options = {};
	int other = NEW_HEAP(&options), pipes[2], i, foreign;

	ASSERT_EQ(0, pipe(pipes));
	foreign = raw_events(other, GONE, 8);
	ASSERT_LE(0, foreign);
	EXPECT_EQ(-EINVAL, raw_watch(self->fd, self->queue, self->object, 1, 0));
	EXPECT_EQ(-ENOENT, raw_watch(self->fd, self->queue, 0, 1, 0));
	EXPECT_EQ(-EBADF, raw_watch(self->fd, -1, self->weak, 1, 0));
	EXPECT_EQ(-EBADF, raw_watch(self->fd, pipes[0], self->weak, 1, 0));
	EXPECT_EQ(-EBADF, raw_watch(self->fd, self->fd, self->weak, 1, 0));
	EXPECT_EQ(-EXDEV, raw_watch(self->fd, foreign, self->weak, 1, 0));
	/* A queue that has outlived its heap is of no heap */
	close(other);
	for (i = 0; i < 8; i++)
		EXPECT_EQ(0, raw_watch(self->fd, self->queue, self->weak, i, 0));
	EXPECT_EQ(-ENOSPC, raw_watch(self->fd, self->queue, self->weak, 9, 0));
	close(foreign);
	close(pipes[0]);
	close(pipes[1]);
}

TEST_F(event, an_object_is_watched_so_many_times)
{
	int queue = raw_events(self->fd, GONE, 100), i;
	struct mheap_event events[100];

	ASSERT_LE(0, queue);
	for (i = 0; i < 64; i++)
		ASSERT_EQ(0, raw_watch(self->fd, queue, self->weak, i, 0));
	EXPECT_EQ(-EMLINK, raw_watch(self->fd, queue, self->weak, 64, 0));
	EXPECT_EQ(-EMLINK, raw_watch(self->fd, self->queue, self->weak, 64, 0));
	CLOSE(self->fd, self->object);
	EXPECT_EQ(64, records(queue, events, 100));
	close(queue);
}

TEST_F(event, bad_queues_are_refused)
{
	struct mheap_events events = {
		.size = sizeof(events), .event_size = sizeof(struct mheap_event),
	};
	struct mheap_event event;

	EXPECT_EQ(-EINVAL, raw_events(self->fd, 1, 8));
	EXPECT_EQ(-EINVAL, raw_events(self->fd, 1 << 4, 8));
	EXPECT_EQ(-EINVAL, raw_events(self->fd, 0, MHEAP_EVENTS_MAX + 1));
	events.event_size = 0;
	EXPECT_EQ(-EINVAL, raw_call(self->fd, MHEAP_EVENTS, &events));
	events.event_size = 40;
	EXPECT_EQ(-EINVAL, raw_call(self->fd, MHEAP_EVENTS, &events));
	EXPECT_EQ(-1, read(self->queue, &event, sizeof(event) - 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, write(self->queue, &event, sizeof(event)));
}

TEST_F(event, what_does_not_fit_is_counted_where_it_is_missing)
{
	struct mheap_event events[16];
	__u64 handles[20], weak;
	int i;

	/* Watches come back when they have fired, so more than the queue holds can go. */
	for (i = 0; i < 20; i++) {
		handles[i] = ALLOC(self->fd, 0, 0, 0);
		weak = weak_to(self->fd, handles[i]);
		ASSERT_EQ(0, raw_watch(self->fd, self->queue, weak, 100 + i, 0));
		CLOSE(self->fd, handles[i]);
	}
	ASSERT_EQ(2, records(self->queue, events, 2));
	EXPECT_EQ(100, events[0].cookie);
	EXPECT_EQ(101, events[1].cookie);
	/* Now there is room for the record of the lost, and for one more. */
	ASSERT_EQ(0, raw_watch(self->fd, self->queue, weak, 200, 0));
	ASSERT_EQ(8, records(self->queue, events, 16));
	for (i = 0; i < 6; i++)
		EXPECT_EQ(102 + i, events[i].cookie);
	EXPECT_EQ(MHEAP_EVENT_LOST, events[6].kind);
	EXPECT_EQ(12, events[6].value);
	EXPECT_EQ(200, events[7].cookie);
	/* With nothing behind it, it stands at the end. */
	for (i = 0; i < 9; i++)
		ASSERT_EQ(0, raw_watch(self->fd, self->queue, weak, 300 + i, 0));
	ASSERT_EQ(9, records(self->queue, events, 16));
	EXPECT_EQ(MHEAP_EVENT_LOST, events[8].kind);
	EXPECT_EQ(1, events[8].value);
	EXPECT_EQ(-EAGAIN, records(self->queue, events, 16));
}

TEST_F(event, records_that_cannot_be_copied_are_not_lost)
{
	struct mheap_event *page = map_pages(1), event;

	CLOSE(self->fd, self->object);
	ASSERT_EQ(0, raw_watch(self->fd, self->queue, self->weak, 1, 0));
	EXPECT_EQ(-EFAULT, records(self->queue, (void *)((char *)page + 4096), 1));
	EXPECT_EQ(-EFAULT, records(self->queue, (void *)((char *)page + 4096 - 8), 1));
	EXPECT_EQ(1, records(self->queue, &event, 1));
	EXPECT_EQ(1, event.cookie);
}

TEST_F(event, a_limit_is_told)
{
	struct mheap_create options = { .max_objects = 10 };
	int fd = NEW_HEAP(&options), queue, i;
	struct mheap_event event = {};
	__u64 handle;

	queue = raw_events(fd, 1U << MHEAP_EVENT_LIMIT, 4);
	ASSERT_LE(0, queue);
	for (i = 0; i < 10; i++)
		ALLOC(fd, 0, 0, 0);
	EXPECT_FALSE(readable(queue));
	EXPECT_EQ(-EDQUOT, raw_alloc(fd, 0, 0, 0, &handle));
	ASSERT_EQ(1, records(queue, &event, 1));
	EXPECT_EQ(MHEAP_EVENT_LIMIT, event.kind);
	EXPECT_EQ(EDQUOT, event.cause);
	EXPECT_EQ(HEAP_STAT(fd).out_memory, event.value);
	close(queue);
	close(fd);
}

TEST_F(event, the_end_of_a_collection_is_told)
{
	int queue = raw_events(self->fd, 1U << MHEAP_EVENT_COLLECTION, 0);
	struct mheap_event event = {};

	ASSERT_LE(0, queue);
	STORE(self->fd, self->object, 0, self->object);
	CLOSE(self->fd, self->object);
	ASSERT_EQ(0, raw_collect(self->fd));
	ASSERT_EQ(1, records(queue, &event, 1));
	EXPECT_EQ(MHEAP_EVENT_COLLECTION, event.kind);
	EXPECT_EQ(1, event.cookie);
	EXPECT_EQ(COLLECT_STAT(self->fd).out_collections, event.value);
	EXPECT_EQ(1, event.cause);
	/* Who did not ask for it is not told. */
	EXPECT_EQ(-EAGAIN, records(self->queue, &event, 1));
	close(queue);
}

TEST_F(event, a_queue_ends_with_its_heap_and_tells_what_went_with_it)
{
	struct mheap_event events[4] = {};
	struct pollfd poll_fd = { .fd = self->queue, .events = POLLIN };

	ASSERT_EQ(0, raw_watch(self->fd, self->queue, self->weak, 11, 0));
	ASSERT_EQ(0, raw_root_set(self->fd, "kept", self->object));
	close(self->fd);
	self->fd = -1;
	do {
		ASSERT_EQ(1, poll(&poll_fd, 1, 60000));
	} while (!(poll_fd.revents & POLLHUP));
	ASSERT_EQ(1, records(self->queue, events, 4));
	EXPECT_EQ(MHEAP_EVENT_GONE, events[0].kind);
	EXPECT_EQ(MHEAP_GONE_TEARDOWN, events[0].cause);
	EXPECT_EQ(11, events[0].cookie);
	EXPECT_EQ(0, records(self->queue, events, 4));
	EXPECT_EQ(0, records(self->queue, events, 4));
}

static void *close_soon(void *arg)
{
	usleep(50000);
	raw_close(((int *)arg)[0], *(__u64 *)((int *)arg + 2));
	return NULL;
}

TEST_F(event, a_reader_waits)
{
	struct {
		int fd, unused;
		__u64 handle;
	} what = { .fd = self->fd, .handle = self->object };
	struct epoll_event ready = { .events = EPOLLIN };
	int epoll = epoll_create1(0);
	struct mheap_event event = {};
	pthread_t thread;

	ASSERT_EQ(0, raw_watch(self->fd, self->queue, self->weak, 12, 0));
	fcntl(self->queue, F_SETFL, 0);
	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, self->queue, &ready));
	EXPECT_EQ(0, epoll_wait(epoll, &ready, 1, 0));
	ASSERT_EQ(0, pthread_create(&thread, NULL, close_soon, &what));
	ASSERT_EQ(1, records(self->queue, &event, 1));
	EXPECT_EQ(12, event.cookie);
	pthread_join(thread, NULL);
	EXPECT_EQ(0, epoll_wait(epoll, &ready, 1, 0));
	ASSERT_EQ(0, raw_watch(self->fd, self->queue, self->weak, 13, 0));
	EXPECT_EQ(1, epoll_wait(epoll, &ready, 1, 60000));
	close(epoll);
}

static void nothing(int signal)
{
	(void)signal;
}

TEST_F(event, a_signal_ends_the_wait)
{
	struct sigaction act = { .sa_handler = nothing };
	struct mheap_event event;
	pid_t child, parent = getpid();

	fcntl(self->queue, F_SETFL, 0);
	sigaction(SIGUSR1, &act, NULL);
	child = fork();
	if (!child) {
		for (;;) {
			usleep(1000);
			kill(parent, SIGUSR1);
		}
	}
	EXPECT_EQ(-EINTR, records(self->queue, &event, 1));
	kill(child, SIGKILL);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}

TEST_F(event, queues_come_and_go_while_objects_do)
{
	unsigned int rounds = env_number("MHEAP_EVENT_ROUNDS", 2000), i, told = 0;
	struct mheap_event events[8];
	__u64 handle, weak;
	int queue, got;

	for (i = 0; i < rounds; i++) {
		handle = ALLOC(self->fd, 1, 0, 0);
		weak = weak_to(self->fd, handle);
		queue = raw_events(self->fd, GONE, 2);
		ASSERT_LE(0, queue);
		ASSERT_EQ(0, raw_watch(self->fd, queue, weak, i, 0));
		ASSERT_EQ(0, raw_watch(self->fd, self->queue, weak, i, 0));
		if (i % 3 == 0)
			close(queue);
		CLOSE(self->fd, weak);
		CLOSE(self->fd, handle);
		if (i % 3)
			close(queue);
		got = records(self->queue, events, 8);
		ASSERT_EQ(1, got);
		told += got;
	}
	EXPECT_EQ(rounds, told);
	EXPECT_EQ(1, HEAP_STAT(self->fd).out_weak);
	EXPECT_EQ(1, heap_objects(self->fd));
}

TEST(there_are_so_many_queues_of_a_heap)
{
	int fd = NEW_HEAP(NULL), *queues = calloc(1025, sizeof(int)), i;

	ASSERT_NE(NULL, queues);
	for (i = 0; i < 1024; i++) {
		queues[i] = raw_events(fd, GONE, 1);
		if (queues[i] == -EMFILE)
			break;
		ASSERT_LE(0, queues[i]);
	}
	EXPECT_EQ(i == 1024 ? -ENOSPC : -EMFILE, raw_events(fd, GONE, 1));
	while (i--)
		close(queues[i]);
	EXPECT_LE(0, raw_events(fd, GONE, 1));
	close(fd);
	free(queues);
}

TEST_HARNESS_MAIN
