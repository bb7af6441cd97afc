// SPDX-License-Identifier: GPL-2.0
/* Commands by io_uring: the same as by ioctl(). */
#include <liburing.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "kernel_files.h"
#include "mheap_harness.h"

FIXTURE(uring)
{
	struct io_uring ring;
	int fd;
	__u64 object;
};

FIXTURE_SETUP(uring)
{
	int ret = io_uring_queue_init(64, &self->ring, 0);

	if (ret)
		SKIP_ALL("there is no io_uring: %d", ret);
	self->fd = NEW_HEAP(NULL);
	self->object = ALLOC(self->fd, 4, 16, 7);
}

FIXTURE_TEARDOWN(uring)
{
	io_uring_queue_exit(&self->ring);
	close(self->fd);
}

static struct io_uring_sqe *queue(struct io_uring *ring, int fd, unsigned int command, void *arg)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	__u64 pointer = (unsigned long)arg;

	io_uring_prep_rw(IORING_OP_URING_CMD, sqe, fd, NULL, 0, 0);
	sqe->cmd_op = command;
	memcpy(sqe->cmd, &pointer, sizeof(pointer));
	return sqe;
}

/* One command, and its result. */
static int call(struct io_uring *ring, int fd, unsigned int command, void *arg)
{
	struct io_uring_cqe *cqe;
	int ret;

	queue(ring, fd, command, arg);
	ret = io_uring_submit_and_wait(ring, 1);
	if (ret < 0)
		return ret;
	ret = io_uring_wait_cqe(ring, &cqe);
	if (ret)
		return ret;
	ret = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	return ret;
}

TEST_F(uring, a_command_is_what_it_is_by_ioctl)
{
	struct mheap_alloc alloc = { .size = sizeof(alloc), .slots = 2, .type = 9 };
	struct mheap_store store = { .size = sizeof(store), .object = self->object, .index = 1 };
	struct mheap_load load = { .size = sizeof(load), .object = self->object, .index = 1 };
	struct mheap_stat stat = { .size = sizeof(stat) };
	struct mheap_close end = { .size = sizeof(end) };

	ASSERT_EQ(0, call(&self->ring, self->fd, MHEAP_ALLOC, &alloc));
	EXPECT_EQ(9, STAT(self->fd, alloc.handle).out_type);
	store.value = alloc.handle;
	ASSERT_EQ(0, call(&self->ring, self->fd, MHEAP_STORE, &store));
	ASSERT_EQ(0, call(&self->ring, self->fd, MHEAP_LOAD, &load));
	stat.handle = load.handle;
	ASSERT_EQ(0, call(&self->ring, self->fd, MHEAP_STAT, &stat));
	EXPECT_EQ(9, stat.out_type);
	EXPECT_EQ(2, stat.out_handle_refs);
	end.handle = load.handle;
	ASSERT_EQ(0, call(&self->ring, self->fd, MHEAP_CLOSE, &end));
	EXPECT_EQ(-ESTALE, call(&self->ring, self->fd, MHEAP_CLOSE, &end));
}

TEST_F(uring, errors_are_what_they_are_by_ioctl)
{
	struct mheap_compare_exchange exchange = {
		.size = sizeof(exchange), .object = self->object, .expected = self->object,
	};
	struct mheap_alloc alloc = { .size = sizeof(alloc), .slots = MHEAP_SLOTS_MAX + 1 };
	struct mheap_query query = { .size = sizeof(query) };
	int other = SESSION();

	EXPECT_EQ(-EAGAIN, call(&self->ring, self->fd, MHEAP_COMPARE_EXCHANGE, &exchange));
	EXPECT_EQ(-EINVAL, call(&self->ring, self->fd, MHEAP_ALLOC, &alloc));
	EXPECT_EQ(-ENOTTY, call(&self->ring, self->fd, _IO(MHEAP_TYPE, 0xff), &alloc));
	EXPECT_EQ(-EFAULT, call(&self->ring, self->fd, MHEAP_ALLOC, NULL));
	alloc.slots = 0;
	EXPECT_EQ(-ENXIO, call(&self->ring, other, MHEAP_ALLOC, &alloc));
	EXPECT_EQ(0, call(&self->ring, other, MHEAP_QUERY, &query));
	EXPECT_EQ(MHEAP_ABI, query.out_abi);
	close(other);
}

TEST_F(uring, what_may_wait_completes_as_well)
{
	struct mheap_collect collect = { .size = sizeof(collect), .flags = MHEAP_COLLECT_WAIT };
	struct mheap_create create = { .size = sizeof(create) };
	struct mheap_export export = { .size = sizeof(export), .rights = MHEAP_RIGHTS_ALL };
	struct mheap_join join = { .size = sizeof(join) };
	int fresh = SESSION(), second = SESSION();

	ASSERT_EQ(0, call(&self->ring, self->fd, MHEAP_COLLECT, &collect));
	EXPECT_LE(collect.out_collection, COLLECT_STAT(self->fd).out_collections);
	ASSERT_EQ(0, call(&self->ring, fresh, MHEAP_CREATE, &create));
	EXPECT_NE(0, create.out_heap_id);
	ASSERT_EQ(0, call(&self->ring, self->fd, MHEAP_EXPORT, &export));
	join.heap_fd = export.out_fd;
	ASSERT_EQ(0, call(&self->ring, second, MHEAP_JOIN, &join));
	EXPECT_EQ(HEAP_STAT(self->fd).out_heap_id, join.out_heap_id);
	close(export.out_fd);
	close(fresh);
	close(second);
}

/* It is refused where it must not wait, and carried out by a thread that may. */
TEST_F(uring, what_is_put_off_is_told_of)
{
	struct mheap_collect collect = { .size = sizeof(collect), .flags = MHEAP_COLLECT_WAIT };
	struct mheap_load load = { .size = sizeof(load), .object = self->object };
	char line[64], *text;

	if (!have_tracefs())
		SKIP(return, "no tracefs");
	ASSERT_EQ(0, file_write(TRACEFS "/trace", ""));
	ASSERT_EQ(0, file_write(TRACEFS "/events/mheap/enable", "1"));
	EXPECT_EQ(0, call(&self->ring, self->fd, MHEAP_COLLECT, &collect));
	EXPECT_EQ(0, call(&self->ring, self->fd, MHEAP_LOAD, &load));
	ASSERT_EQ(0, file_write(TRACEFS "/events/mheap/enable", "0"));
	snprintf(line, sizeof(line), " heap=%llu ",
		 (unsigned long long)HEAP_STAT(self->fd).out_heap_id);
	text = file_text(TRACEFS "/trace");
	ASSERT_NE(NULL, text);
	EXPECT_EQ(1, text_lines(text, " mheap_refused:", " ret=-11 "));
	EXPECT_EQ(1, text_lines(text, " mheap_refused:", "command=collect\n"));
	EXPECT_EQ(1, text_lines(text, " mheap_refused:", line));
	EXPECT_EQ(1, text_lines(text, " ret=0 ", "command=collect\n"));
	EXPECT_EQ(1, text_lines(text, " ret=0 ", "command=load\n"));
	free(text);
}

TEST_F(uring, batches_and_linked_commands_keep_their_order)
{
	struct mheap_record records[] = {
		record_alloc(1, 0, 1, chosen_handle(0, 1)),
		record_store(chosen_handle(0, 1), 0, self->object),
	};
	struct mheap_batch batch = {
		.size = sizeof(batch), .records_uptr = (unsigned long)records, .count = 2,
		.record_size = sizeof(records[0]),
	};
	struct mheap_load load = { .size = sizeof(load), .object = chosen_handle(0, 1) };
	struct io_uring_cqe *cqe;
	int i;

	queue(&self->ring, self->fd, MHEAP_BATCH, &batch)->flags |= IOSQE_IO_LINK;
	queue(&self->ring, self->fd, MHEAP_LOAD, &load);
	ASSERT_EQ(2, io_uring_submit_and_wait(&self->ring, 2));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, io_uring_wait_cqe(&self->ring, &cqe));
		EXPECT_EQ(0, cqe->res);
		io_uring_cqe_seen(&self->ring, cqe);
	}
	EXPECT_EQ(2, batch.out_done);
	EXPECT_EQ(7, STAT(self->fd, load.handle).out_type);
}

TEST_F(uring, many_at_once_in_two_sessions)
{
	struct mheap_alloc allocs[64] = {};
	unsigned int rounds = env_number("MHEAP_URING_ROUNDS", 100), i, j;
	int second = SECOND(self->fd, MHEAP_RIGHTS_ALL);
	struct mheap_close ends[64] = {};
	struct io_uring_cqe *cqe;

	for (i = 0; i < rounds; i++) {
		for (j = 0; j < 64; j++) {
			allocs[j] = (struct mheap_alloc) { .size = sizeof(*allocs), .slots = j };
			/* Some are put off to a thread, so the session is found at work. */
			if (j % 8 == 3)
				queue(&self->ring, j & 1 ? second : self->fd, MHEAP_ALLOC,
				      &allocs[j])->flags |= IOSQE_ASYNC;
			else
				queue(&self->ring, j & 1 ? second : self->fd, MHEAP_ALLOC,
				      &allocs[j]);
		}
		ASSERT_EQ(64, io_uring_submit_and_wait(&self->ring, 64));
		for (j = 0; j < 64; j++) {
			ASSERT_EQ(0, io_uring_wait_cqe(&self->ring, &cqe));
			ASSERT_EQ(0, cqe->res);
			io_uring_cqe_seen(&self->ring, cqe);
		}
		ASSERT_EQ(65, heap_objects(self->fd));
		for (j = 0; j < 64; j++) {
			ends[j] = (struct mheap_close) {
				.size = sizeof(*ends), .handle = allocs[j].handle,
			};
			ASSERT_EQ(j, STAT(j & 1 ? second : self->fd, ends[j].handle).out_slots);
			queue(&self->ring, j & 1 ? second : self->fd, MHEAP_CLOSE, &ends[j]);
		}
		ASSERT_EQ(64, io_uring_submit_and_wait(&self->ring, 64));
		for (j = 0; j < 64; j++) {
			ASSERT_EQ(0, io_uring_wait_cqe(&self->ring, &cqe));
			ASSERT_EQ(0, cqe->res);
			io_uring_cqe_seen(&self->ring, cqe);
		}
		ASSERT_EQ(1, heap_objects(self->fd));
	}
	close(second);
}

TEST_F(uring, a_ring_that_goes_leaves_nothing)
{
	struct mheap_collect collect = { .size = sizeof(collect), .flags = MHEAP_COLLECT_WAIT };
	struct io_uring ring;
	int i;

	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, io_uring_queue_init(8, &ring, 0));
		queue(&ring, self->fd, MHEAP_COLLECT, &collect);
		ASSERT_EQ(1, io_uring_submit(&ring));
		io_uring_queue_exit(&ring);
	}
	EXPECT_EQ(1, heap_objects(self->fd));
}

TEST_HARNESS_MAIN
