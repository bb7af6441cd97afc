// SPDX-License-Identifier: GPL-2.0
/* Bad addresses of arguments and of what they point to; foreign descriptors. */
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "command_args.h"
#include "mheap_harness.h"

FIXTURE(pointers)
{
	struct subject s;
	char *page;	/* one page, then none */
};

FIXTURE_SETUP(pointers)
{
	ASSERT_EQ(0, subject_make(&self->s));
	self->page = map_pages(1);
	ASSERT_NE(NULL, self->page);
}

FIXTURE_TEARDOWN(pointers)
{
	subject_end(&self->s);
}

static int session_for(struct subject *s, __u32 command)
{
	return command_makes_session(command) ? raw_session() : s->fd;
}

static void end_session(struct subject *s, int fd)
{
	if (fd != s->fd)
		close(fd);
}

TEST_F(pointers, an_argument_that_is_nowhere_is_EFAULT)
{
	void *bad[] = { NULL, (void *)1, (void *)4096, KERNEL_ADDRESS, (void *)~7UL,
			(void *)~0UL, self->page + 4096, NOBODYS_ADDRESS };
	struct mheap_heap_stat before = HEAP_STAT(self->s.fd), after;
	unsigned int i, j;

	for_each_command(&self->s, i) {
		int fd = session_for(&self->s, i);

		for (j = 0; j < ARRAY_SIZE(bad); j++) {
			EXPECT_EQ(-EFAULT, raw_call(fd, i, bad[j])) {
				TH_LOG("%s: address %u", self->s.command[i].out_name, j);
			}
		}
		end_session(&self->s, fd);
	}
	after = HEAP_STAT(self->s.fd);
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
}

TEST_F(pointers, an_argument_may_end_where_its_page_ends_but_not_behind)
{
	union command_arg arg;
	unsigned int i, beyond;

	for_each_command(&self->s, i) {
		__u32 size = self->s.command[i].out_size;
		struct mheap_heap_stat before = HEAP_STAT(self->s.fd), after;
		int fd = session_for(&self->s, i);
		char *place;

		for (beyond = 1; beyond < size; beyond += beyond < 9 ? 1 : 7) {
			place = self->page + 4096 - size + beyond;
			ASSERT_EQ(0, subject_prepare(&self->s, i, &arg));
			memcpy(place, &arg, size - beyond);
			EXPECT_EQ(-EFAULT, raw_call(fd, i, place)) {
				TH_LOG("%s: %u bytes beyond", self->s.command[i].out_name, beyond);
			}
			if (i == MHEAP_CMD_CLOSE) {
				CLOSE(self->s.fd, arg.close.handle);
			}
		}
		/* A dup and its close, for CLOSE, leave the same figures. */
		after = HEAP_STAT(self->s.fd);
		EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));

		ASSERT_EQ(0, subject_prepare(&self->s, i, &arg));
		place = self->page + 4096 - size;
		memcpy(place, &arg, size);
		EXPECT_EQ(0, raw_call(fd, i, place)) {
			TH_LOG("%s", self->s.command[i].out_name);
		}
		memcpy(&arg, place, size);
		command_undo(&self->s, i, &arg);
		end_session(&self->s, fd);
		EXPECT_TRUE(EVENTUALLY(HEAP_STAT(self->s.fd).out_sessions == 1));
	}
	EXPECT_EQ(SUBJECT_HANDLES, heap_handles(self->s.fd));
	EXPECT_EQ(1, heap_objects(self->s.fd));
}

TEST_F(pointers, an_answer_that_cannot_be_written_is_EFAULT_and_changes_nothing)
{
	struct mheap_heap_stat before, after;
	__u64 other = ALLOC(self->s.fd, 0, 0, 8), value;
	union command_arg arg;
	unsigned int i;

	STORE(self->s.fd, self->s.object, 1, self->s.object);
	for_each_command(&self->s, i) {
		int fd = session_for(&self->s, i), free_fd = lowest_free_fd(), ret;

		ASSERT_EQ(0, subject_prepare(&self->s, i, &arg));
		if (i == MHEAP_CMD_EXCHANGE || i == MHEAP_CMD_LOAD)
			*(i == MHEAP_CMD_LOAD ? &arg.load.index : &arg.exchange.index) = 1;
		if (i == MHEAP_CMD_ROOT_EXCHANGE)
			arg.root_exchange.handle = other;
		if (i == MHEAP_CMD_RESET)
			arg.close.handle = other;
		before = HEAP_STAT(self->s.fd);
		ASSERT_EQ(0, mprotect(self->page, 4096, PROT_READ | PROT_WRITE));
		memcpy(self->page, &arg, sizeof(arg));
		ASSERT_EQ(0, mprotect(self->page, 4096, PROT_READ));
		ret = raw_call(fd, i, self->page);
		EXPECT_EQ(command_answers(i) ? -EFAULT : 0, ret) {
			TH_LOG("%s", self->s.command[i].out_name);
		}
		EXPECT_EQ(free_fd, lowest_free_fd()) {
			TH_LOG("%s leaks a descriptor", self->s.command[i].out_name);
		}
		if (fd != self->s.fd) {
			EXPECT_EQ(0, raw_create(fd, NULL)) {
				TH_LOG("%s has left a heap", self->s.command[i].out_name);
			}
		}
		end_session(&self->s, fd);
		if (i == MHEAP_CMD_COLLECT)	/* it may begin all the same */ {
			ASSERT_EQ(0, raw_collect(self->s.fd));
		}
		EXPECT_TRUE(EVENTUALLY(HEAP_STAT(self->s.fd).out_sessions == 1));
		after = HEAP_STAT(self->s.fd);
		if (i == MHEAP_CMD_CLOSE)
			after.out_handles++;
		EXPECT_EQ(before.out_handles, after.out_handles) {
			TH_LOG("%s leaks a handle", self->s.command[i].out_name);
		}
		EXPECT_EQ(before.out_objects, after.out_objects) {
			TH_LOG("%s leaks an object", self->s.command[i].out_name);
		}
		EXPECT_EQ(before.out_roots, after.out_roots);
	}
	value = LOAD(self->s.fd, self->s.object, 1);
	EXPECT_NE(0, value) {
		TH_LOG("the exchange that failed has changed the slot");
	}
	if (value) {
		CLOSE(self->s.fd, value);
	}
	ASSERT_EQ(0, raw_root_get(self->s.fd, "root", &value));
	EXPECT_EQ(7, STAT(self->s.fd, value).out_type) {
		TH_LOG("the root exchange that failed has changed the root");
	}
}

TEST_F(pointers, only_descriptors_of_heaps_can_be_joined)
{
	int pipes[2], closed = dup(0), i;
	int foreign[13];

	ASSERT_EQ(0, pipe(pipes));
	close(closed);
	foreign[0] = -1;
	foreign[1] = closed;
	foreign[2] = pipes[0];
	foreign[3] = pipes[1];
	foreign[4] = self->s.fd;
	foreign[5] = raw_session();
	foreign[6] = open("/dev/null", O_RDWR);
	foreign[7] = open("/proc/self/exe", O_RDONLY);
	foreign[8] = socket(AF_UNIX, SOCK_STREAM, 0);
	foreign[9] = epoll_create1(0);
	foreign[10] = 0x7fffffff;
	foreign[11] = -0x7fffffff - 1;
	foreign[12] = self->s.object_fd;
	for (i = 0; i < 13; i++) {
		int fd = SESSION();

		EXPECT_EQ(-EBADF, raw_join(fd, foreign[i])) {
			TH_LOG("descriptor %d of the list", i);
		}
		EXPECT_EQ(-ENXIO, raw_close(fd, 1));
		EXPECT_EQ(0, raw_join(fd, self->s.heap_fd));
		close(fd);
	}
	/* A session cannot join through itself, either. */
	{
		int fd = SESSION();

		EXPECT_EQ(-EBADF, raw_join(fd, fd));
		close(fd);
	}
	{
		int path = open("/proc/self/exe", O_PATH), fd = SESSION();

		EXPECT_EQ(-EBADF, raw_join(fd, path));
		close(fd);
	}
}

TEST_F(pointers, where_lists_go_must_be_there)
{
	static const __u32 commands[] = { MHEAP_CMD_READ, MHEAP_CMD_WRITE, MHEAP_CMD_SLOT_LIST,
					  MHEAP_CMD_WALK, MHEAP_CMD_ROOT_LIST, MHEAP_CMD_DUMP };
	__u64 bad[] = { 0, 8, (unsigned long)KERNEL_ADDRESS, ~0ULL, ~7ULL, 1ULL << 63,
			(unsigned long)self->page + 4096, (unsigned long)self->page + 4095 };
	union command_arg arg, before;
	unsigned int i, j;
	__u64 *pointer;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		for (j = 0; j < ARRAY_SIZE(bad); j++) {
			__u32 command = commands[i];

			ASSERT_EQ(0, subject_prepare(&self->s, command, &arg));
			pointer = command == MHEAP_CMD_WALK ? (__u64 *)&arg.walk.entries_uptr :
				  command == MHEAP_CMD_DUMP ? (__u64 *)&arg.dump.data_uptr :
				  command == MHEAP_CMD_ROOT_LIST ?
					(__u64 *)&arg.root_list.entries_uptr :
				  command == MHEAP_CMD_SLOT_LIST ?
					(__u64 *)&arg.slot_list.objects_uptr :
					(__u64 *)&arg.read.data_uptr;
			*pointer = bad[j];
			before = arg;
			EXPECT_EQ(-EFAULT, raw_call(self->s.fd, command, &arg)) {
				TH_LOG("%s: address %u", self->s.command[command].out_name, j);
			}
			EXPECT_EQ(0, memcmp(&before, &arg, sizeof(arg)));
		}
	}
	EXPECT_EQ(SUBJECT_HANDLES, heap_handles(self->s.fd));
}

TEST_F(pointers, an_argument_that_may_not_be_read_is_EFAULT)
{
	union command_arg arg;
	unsigned int i;

	if (running_on_uml())
		SKIP(return, "on UML, the kernel reads what the caller may not");
	for_each_command(&self->s, i) {
		int fd = session_for(&self->s, i);

		ASSERT_EQ(0, subject_prepare(&self->s, i, &arg));
		ASSERT_EQ(0, mprotect(self->page, 4096, PROT_READ | PROT_WRITE));
		memcpy(self->page, &arg, sizeof(arg));
		ASSERT_EQ(0, mprotect(self->page, 4096, PROT_NONE));
		EXPECT_EQ(-EFAULT, raw_call(fd, i, self->page));
		if (i == MHEAP_CMD_CLOSE) {
			CLOSE(self->s.fd, arg.close.handle);
		}
		end_session(&self->s, fd);
	}
	EXPECT_EQ(SUBJECT_HANDLES, heap_handles(self->s.fd));
}

TEST_HARNESS_MAIN
