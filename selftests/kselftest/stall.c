// SPDX-License-Identifier: GPL-2.0
/*
 * User memory that stalls the kernel's copy for ever (userfaultfd): others go
 * on, collections end, descriptors close, and the stalled one can be killed.
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "kernel_files.h"
#include "mheap_harness.h"

#define PAGE 4096
#define SIZE (4 * PAGE)

struct stall {
	int uffd;
	char *memory;	/* 8 pages that nobody has touched */
};

static int stall_make(struct stall *stall)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	stall->uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (stall->uffd < 0)
		return -errno;
	if (ioctl(stall->uffd, UFFDIO_API, &api))
		return -errno;
	stall->memory = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	area.range.start = (unsigned long)stall->memory;
	area.range.len = 8 * PAGE;
	return ioctl(stall->uffd, UFFDIO_REGISTER, &area) ? -errno : 0;
}

/* Wait until somebody is stalled, and say where; 0 when nobody is. */
static __u64 stall_address(int uffd)
{
	struct pollfd poller = { .fd = uffd, .events = POLLIN };
	struct uffd_msg message;

	if (poll(&poller, 1, patience_ms()) != 1)
		return 0;
	if (read(uffd, &message, sizeof(message)) != sizeof(message))
		return 0;
	return message.arg.pagefault.address;
}

static int stall_end(int uffd, __u64 address, const void *content)
{
	struct uffdio_copy copy = {
		.dst = address & ~(PAGE - 1ULL), .src = (unsigned long)content, .len = PAGE,
	};

	return ioctl(uffd, UFFDIO_COPY, &copy) ? -errno : 0;
}

FIXTURE(stall)
{
	int fd, other;
	__u64 object, others;	/* the same object */
	struct stall stall;
};

FIXTURE_SETUP(stall)
{
	int ret = stall_make(&self->stall);

	if (ret)
		SKIP_ALL("no userfaultfd: %s", strerror(-ret));
	self->fd = NEW_HEAP(NULL);
	self->other = SECOND(self->fd, MHEAP_RIGHTS_ALL);
	self->object = ALLOC(self->fd, 4, SIZE, 1);
	ASSERT_EQ(0, raw_root_set(self->fd, "root", self->object));
	ASSERT_EQ(0, raw_root_get(self->other, "root", &self->others));
}

FIXTURE_TEARDOWN(stall)
{
}

/* What another session does while one is stalled: everything, and it ends. */
static int others_work(int fd, __u64 object)
{
	__u64 a, b, loaded;
	char data[64];
	int ret, i;

	for (i = 0; i < 50; i++) {
		ret = raw_alloc(fd, 2, 64, 2, &a) ?: raw_alloc(fd, 2, 64, 3, &b) ?:
		      raw_store(fd, a, 0, b) ?: raw_store(fd, b, 0, a) ?:
		      raw_store(fd, object, 0, a) ?: raw_load(fd, object, 0, &loaded) ?:
		      raw_write(fd, object, i, "others", 6) ?: raw_read(fd, object, 0, data, 64) ?:
		      raw_close(fd, a) ?: raw_close(fd, b) ?: raw_close(fd, loaded) ?:
		      raw_store(fd, object, 0, 0);
		if (ret)
			return ret;
	}
	/* The dead rings are collected, all of them. */
	for (i = 0; i < 3; i++) {
		ret = raw_collect(fd);
		if (ret)
			return ret;
	}
	return heap_objects(fd) == 1 ? 0 : -EIO;
}

struct worker {
	int fd, ret;
	__u32 command;
	void *arg;
};

static void *work(void *arg)
{
	struct worker *worker = arg;

	worker->ret = raw_call(worker->fd, worker->command, worker->arg);
	return NULL;
}

/* Start @call in a thread, let others work while it is stalled, then let it go on. */
#define RUN_STALLED(number, argument)					\
({									\
	struct worker worker = { .fd = self->fd, .command = number, .arg = argument }; \
	__u64 address;							\
	pthread_t thread;						\
									\
	ASSERT_EQ(0, pthread_create(&thread, NULL, work, &worker));	\
	address = stall_address(self->stall.uffd);			\
	ASSERT_NE(0, address);						\
	EXPECT_EQ(0, others_work(self->other, self->others));		\
	ASSERT_EQ(0, stall_end(self->stall.uffd, address, content));	\
	ASSERT_EQ(0, pthread_join(thread, NULL));			\
	worker.ret;							\
})

TEST_F(stall, in_a_read_leaves_others_alone)
{
	static char content[PAGE];
	struct mheap_read read = {
		.size = sizeof(read), .handle = self->object,
		.data_uptr = (unsigned long)self->stall.memory, .length = PAGE,
	};

	memset(content, 'c', PAGE);
	EXPECT_EQ(0, RUN_STALLED(MHEAP_CMD_READ, &read));
	EXPECT_NE('c', self->stall.memory[0]);
	EXPECT_NE('c', self->stall.memory[PAGE - 1]);
}

TEST_F(stall, in_a_write_leaves_others_alone)
{
	static char content[PAGE], data[PAGE];
	struct mheap_write write = {
		.size = sizeof(write), .handle = self->object, .offset = PAGE,
		.data_uptr = (unsigned long)self->stall.memory, .length = PAGE,
	};

	memset(content, 'c', PAGE);
	EXPECT_EQ(0, RUN_STALLED(MHEAP_CMD_WRITE, &write));
	ASSERT_EQ(0, raw_read(self->other, self->others, PAGE, data, PAGE));
	EXPECT_EQ(0, memcmp(content, data, PAGE));
}

TEST_F(stall, in_the_argument_leaves_others_alone)
{
	static char content[PAGE];
	struct mheap_dup dup = { .size = sizeof(dup), .handle = self->object };

	memcpy(content, &dup, sizeof(dup));
	EXPECT_EQ(0, RUN_STALLED(MHEAP_CMD_DUP, self->stall.memory));
	EXPECT_EQ(2, heap_handles(self->fd));
}

TEST_F(stall, in_the_records_of_a_batch_leaves_others_alone)
{
	static char content[PAGE];
	struct mheap_record *records = (void *)content, alloc = record_alloc(0, 0, 5, 0);
	struct mheap_batch batch = {
		.size = sizeof(batch), .records_uptr = (unsigned long)self->stall.memory,
		.count = 90, .record_size = sizeof(alloc),
	};
	unsigned int i;

	for (i = 0; i < 90; i++)
		records[i] = alloc;
	EXPECT_EQ(0, RUN_STALLED(MHEAP_CMD_BATCH, &batch));
	EXPECT_EQ(0, batch.out_error);
	EXPECT_EQ(90, batch.out_done);
	EXPECT_EQ(91, heap_handles(self->fd));
}

/* How many events of the file's heap there are. */
static int heap_events(int fd, const char *event)
{
	struct mheap_heap_stat stat = { .size = sizeof(stat) };
	char *text = file_text(TRACEFS "/trace"), name[64];
	int count;

	raw_heap_stat(fd, &stat);
	snprintf(name, sizeof(name), " mheap_%s: heap=%llu ", event,
		 (unsigned long long)stat.out_heap_id);
	count = text ? (int)text_lines(text, name, NULL) : -1;
	free(text);
	return count;
}

/* Who waits for the session's lock, and is killed there, has not begun: that is told. */
TEST_F(stall, who_is_killed_before_the_session_was_free_is_told_of)
{
	static char content[PAGE];
	struct mheap_read read = {
		.size = sizeof(read), .handle = self->object,
		.data_uptr = (unsigned long)self->stall.memory, .length = PAGE,
	};
	struct worker worker = { .fd = self->fd, .command = MHEAP_CMD_READ, .arg = &read };
	char path[64], line[64];
	pthread_t thread;
	__u64 address;
	pid_t child;

	if (!have_tracefs())
		SKIP(return, "no tracefs");
	ASSERT_EQ(0, file_write(TRACEFS "/events/mheap/mheap_refused/enable", "1"));
	ASSERT_EQ(0, pthread_create(&thread, NULL, work, &worker));
	address = stall_address(self->stall.uffd);
	ASSERT_NE(0, address);
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		raw_close(self->fd, self->object);
		_exit(1);
	}
	/* It sleeps, and can be killed: no sleep of its own does that. */
	snprintf(path, sizeof(path), "/proc/%d/stat", child);
	EXPECT_TRUE(EVENTUALLY(file_has(path, ") D ")));
	ASSERT_EQ(0, kill(child, SIGKILL));
	ASSERT_EQ(child, waitpid(child, NULL, 0));
	ASSERT_EQ(0, stall_end(self->stall.uffd, address, content));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	ASSERT_EQ(0, file_write(TRACEFS "/events/mheap/enable", "0"));
	snprintf(line, sizeof(line), " batched=0 ret=-4 pid=%d command=close\n", child);
	EXPECT_TRUE(file_has(TRACEFS "/trace", line));
}

/* The answers are written when all records have been carried out, the second of which stalls. */
TEST_F(stall, an_answer_that_can_no_longer_be_given_is_taken_back)
{
	static char content[PAGE];
	static char page[PAGE] __attribute__((aligned(PAGE)));
	struct mheap_record *records = (void *)page;
	struct mheap_batch batch = {
		.size = sizeof(batch), .records_uptr = (unsigned long)records,
		.count = 2, .record_size = sizeof(*records),
	};
	struct worker worker = { .fd = self->fd, .command = MHEAP_CMD_BATCH, .arg = &batch };
	bool traced = have_tracefs();
	pthread_t thread;
	__u64 address;

	if (traced)
		ASSERT_EQ(0, file_write(TRACEFS "/events/mheap/enable", "1"));
	records[0] = record_alloc(0, 0, 5, 0);
	records[1] = record_write(self->object, 0, self->stall.memory, PAGE);
	ASSERT_EQ(0, pthread_create(&thread, NULL, work, &worker));
	address = stall_address(self->stall.uffd);
	ASSERT_NE(0, address);
	EXPECT_EQ(2, heap_objects(self->other));
	ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ));
	ASSERT_EQ(0, stall_end(self->stall.uffd, address, content));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, worker.ret);
	EXPECT_EQ(-EFAULT, batch.out_error);
	EXPECT_EQ(1, heap_handles(self->fd));
	EXPECT_EQ(1, heap_objects(self->fd));
	if (!traced)
		return;
	ASSERT_EQ(0, file_write(TRACEFS "/events/mheap/enable", "0"));
	EXPECT_EQ(1, heap_events(self->fd, "open"));
	EXPECT_EQ(1, heap_events(self->fd, "close"));
}

TEST_F(stall, in_what_a_record_reads_leaves_others_alone)
{
	static char content[PAGE];
	struct mheap_record records[] = {
		record_write(self->object, 0, "first", 5),
		record_read(self->object, 0, self->stall.memory, PAGE),
		record_write(self->object, 0, "third", 5),
	};
	struct mheap_batch batch = {
		.size = sizeof(batch), .records_uptr = (unsigned long)records,
		.count = 3, .record_size = sizeof(*records),
	};
	char data[5];

	EXPECT_EQ(0, RUN_STALLED(MHEAP_CMD_BATCH, &batch));
	EXPECT_EQ(0, batch.out_error);
	EXPECT_EQ(3, batch.out_done);
	ASSERT_EQ(0, raw_read(self->other, self->others, 0, data, 5));
	EXPECT_EQ(0, memcmp(data, "third", 5));
}

TEST_F(stall, in_a_walk_leaves_others_alone)
{
	static char content[PAGE];
	struct mheap_walk walk = {
		.size = sizeof(walk), .entries_uptr = (unsigned long)self->stall.memory,
		.count = 16,
	};

	EXPECT_EQ(0, RUN_STALLED(MHEAP_CMD_WALK, &walk));
}

TEST_F(stall, in_a_dump_leaves_others_alone)
{
	static char content[PAGE];
	struct mheap_dump dump = {
		.size = sizeof(dump), .data_uptr = (unsigned long)self->stall.memory,
		.bytes = SIZE,
	};

	EXPECT_EQ(0, RUN_STALLED(MHEAP_CMD_DUMP, &dump));
	EXPECT_LT(0, dump.out_bytes);
}

/* What others do meanwhile is recorded: the picture must not keep them from it. */
TEST_F(stall, in_the_dump_of_a_snapshot_leaves_others_alone)
{
	static char content[PAGE];
	struct mheap_dump dump = {
		.size = sizeof(dump), .data_uptr = (unsigned long)self->stall.memory,
		.bytes = SIZE, .flags = MHEAP_DUMP_SNAPSHOT,
	};

	ASSERT_EQ(0, raw_snapshot(self->fd, 0));
	EXPECT_EQ(0, RUN_STALLED(MHEAP_CMD_DUMP, &dump));
	EXPECT_LT(0, dump.out_bytes);
	EXPECT_EQ(0, raw_snapshot_end(self->fd));
}

TEST_F(stall, in_the_answer_of_a_snapshot_leaves_others_alone)
{
	static char content[PAGE];
	struct mheap_snapshot *snapshot = (void *)self->stall.memory;

	((struct mheap_snapshot *)content)->size = sizeof(*snapshot);
	EXPECT_EQ(0, RUN_STALLED(MHEAP_CMD_SNAPSHOT, snapshot));
	EXPECT_EQ(0, raw_snapshot_end(self->fd));
}

TEST_F(stall, commands_that_touch_no_handle_do_not_wait_in_the_same_session)
{
	static char content[PAGE];
	struct mheap_read read = {
		.size = sizeof(read), .handle = self->object,
		.data_uptr = (unsigned long)self->stall.memory, .length = PAGE,
	};
	struct worker worker = { .fd = self->fd, .command = MHEAP_CMD_READ, .arg = &read };
	struct mheap_query_command command;
	struct mheap_query query;
	pthread_t thread;
	__u64 address;
	int heap_fd;

	ASSERT_EQ(0, pthread_create(&thread, NULL, work, &worker));
	address = stall_address(self->stall.uffd);
	ASSERT_NE(0, address);
	EXPECT_EQ(0, raw_query(self->fd, &query));
	EXPECT_EQ(0, raw_query_command(self->fd, MHEAP_CMD_READ, &command));
	EXPECT_EQ(1, HEAP_STAT(self->fd).out_objects);
	EXPECT_EQ(0, raw_collect(self->fd));
	EXPECT_LT(0, COLLECT_STAT(self->fd).out_collections);
	heap_fd = EXPORT(self->fd, MHEAP_RIGHTS_ALL);
	close(heap_fd);
	ASSERT_EQ(0, stall_end(self->stall.uffd, address, content));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, worker.ret);
}

TEST_F(stall, its_descriptor_can_be_closed_meanwhile)
{
	static char content[PAGE];
	struct mheap_read read = {
		.size = sizeof(read), .handle = self->object,
		.data_uptr = (unsigned long)self->stall.memory, .length = PAGE,
	};
	struct worker worker = { .fd = self->fd, .command = MHEAP_CMD_READ, .arg = &read };
	pthread_t thread;
	__u64 address;

	CLOSE(self->other, self->others);
	ASSERT_EQ(0, raw_root_set(self->other, "root", 0));
	ASSERT_EQ(0, pthread_create(&thread, NULL, work, &worker));
	address = stall_address(self->stall.uffd);
	ASSERT_NE(0, address);
	close(self->fd);
	/* The call still holds its session, and that its object. */
	EXPECT_EQ(0, raw_collect(self->other));
	EXPECT_EQ(1, heap_objects(self->other));
	ASSERT_EQ(0, stall_end(self->stall.uffd, address, content));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, worker.ret);
	EXPECT_TRUE(EVENTUALLY(HEAP_STAT(self->other).out_sessions == 1));
	EXPECT_TRUE(EVENTUALLY(heap_objects(self->other) == 0));
}

/* A child that stalls for ever, in @command of its own session. */
static void stall_for_ever(int socket, int heap_fd, __u32 command)
{
	struct stall stall;
	struct mheap_record records[2];
	union {
		struct mheap_read read;
		struct mheap_batch batch;
		struct mheap_dump dump;
	} arg = {};
	int fd = raw_joined(heap_fd);
	__u64 handle;

	if (fd < 0 || stall_make(&stall) || raw_root_get(fd, "root", &handle) ||
	    send_fd(socket, stall.uffd))
		_exit(1);
	records[0] = record_alloc(1, 100, 66, 0);
	records[1] = record_write(handle, 0, stall.memory, SIZE);
	arg.read.size = sizeof(arg.read);
	if (command == MHEAP_CMD_BATCH) {
		arg.batch.records_uptr = (unsigned long)records;
		arg.batch.count = 2;
		arg.batch.record_size = sizeof(*records);
		arg.batch.size = sizeof(arg.batch);
	} else if (command == MHEAP_CMD_DUMP) {
		arg.dump = (struct mheap_dump) {
			.size = sizeof(arg.dump), .bytes = SIZE, .flags = MHEAP_DUMP_SNAPSHOT,
			.data_uptr = (unsigned long)stall.memory,
		};
		if (raw_snapshot(fd, 0))
			_exit(3);
	} else {
		arg.read.handle = handle;
		arg.read.data_uptr = (unsigned long)stall.memory;
		arg.read.length = SIZE;
	}
	raw_call(fd, command, &arg);
	_exit(2);
}

TEST_F(stall, for_ever_can_be_killed_and_disturbs_nobody)
{
	static const __u32 commands[] = {
		MHEAP_CMD_READ, MHEAP_CMD_WRITE, MHEAP_CMD_BATCH, MHEAP_CMD_DUMP,
	};
	int heap_fd = EXPORT(self->fd, MHEAP_RIGHTS_ALL), pair[2], uffd, status;
	unsigned int i;
	pid_t child;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
		child = fork();
		ASSERT_LE(0, child);
		if (!child)
			stall_for_ever(pair[1], heap_fd, commands[i]);
		uffd = receive_fd(pair[0]);
		ASSERT_LE(0, uffd);
		ASSERT_NE(0, stall_address(uffd));
		EXPECT_EQ(3, HEAP_STAT(self->fd).out_sessions);
		/* The batch has made an object before it came to a halt. */
		EXPECT_EQ(commands[i] == MHEAP_CMD_BATCH ? -EIO : 0,
			  others_work(self->other, self->others));
		ASSERT_EQ(0, kill(child, SIGKILL));
		ASSERT_EQ(child, waitpid(child, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status));
		close(uffd);
		close(pair[0]);
		close(pair[1]);
		EXPECT_TRUE(EVENTUALLY(HEAP_STAT(self->fd).out_sessions == 2));
		EXPECT_TRUE(EVENTUALLY(STAT(self->fd, self->object).out_handle_refs == 3));
		EXPECT_TRUE(EVENTUALLY(heap_objects(self->fd) == 1));
	}
	close(heap_fd);
}

TEST_HARNESS_MAIN
