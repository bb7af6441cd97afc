// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is taken away while a call is on its way: an answer that cannot
 * be given any more leaks nothing. MHEAP_FLIPS: calls of each command.
 */
#include <fcntl.h>
#include <pthread.h>

#include "command_args.h"
#include "mheap_harness.h"

#define PAGE 4096
#define RECORDS 24

FIXTURE(vanish)
{
	struct subject s;
	char *ours;		/* a page that can always be written */
	char *theirs;		/* the same one, where it comes and goes */
	volatile bool stop;
	pthread_t flipper;
	unsigned long flips;
};

static void *flip(void *arg)
{
	FIXTURE_DATA(vanish) *self = arg;
	__u64 seed = 5;
	volatile unsigned int i;

	while (!self->stop) {
		mprotect(self->theirs, PAGE, PROT_READ);
		for (i = random_below(&seed, 300); i; i--)
			;
		mprotect(self->theirs, PAGE, PROT_READ | PROT_WRITE);
		for (i = random_below(&seed, 3000); i; i--)
			;
	}
	return NULL;
}

FIXTURE_SETUP(vanish)
{
	int memory = memfd_create("vanish", MFD_CLOEXEC);

	ASSERT_EQ(0, ftruncate(memory, PAGE));
	self->ours = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	self->theirs = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	ASSERT_NE(MAP_FAILED, self->ours);
	ASSERT_NE(MAP_FAILED, self->theirs);
	ASSERT_EQ(0, subject_make(&self->s));
	self->flips = env_number("MHEAP_FLIPS", 3000);
	ASSERT_EQ(0, pthread_create(&self->flipper, NULL, flip, self));
}

FIXTURE_TEARDOWN(vanish)
{
	self->stop = true;
	pthread_join(self->flipper, NULL);
	subject_end(&self->s);
}

TEST_F(vanish, an_answer_that_cannot_be_given_leaks_no_handle)
{
	static const __u32 commands[] = {
		MHEAP_CMD_ALLOC, MHEAP_CMD_DUP, MHEAP_CMD_LOAD, MHEAP_CMD_EXCHANGE,
		MHEAP_CMD_ROOT_GET, MHEAP_CMD_ROOT_EXCHANGE, MHEAP_CMD_OBJECT_IMPORT,
		MHEAP_CMD_WEAKEN, MHEAP_CMD_UPGRADE,
	};
	union command_arg *arg = (void *)self->ours;
	unsigned int i, fine;
	unsigned long j;
	__u64 handle;
	int ret;

	STORE(self->s.fd, self->s.object, 0, self->s.object);
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		fine = 0;
		/* On a busy machine who flips may be away for long. */
		for (j = 0; j < self->flips || (!fine && j < 1000 * self->flips); j++) {
			subject_prepare(&self->s, commands[i], arg);
			if (commands[i] == MHEAP_CMD_EXCHANGE)
				arg->exchange.value = self->s.object;
			ret = raw_call(self->s.fd, commands[i], self->theirs);
			ASSERT_TRUE(!ret || ret == -EFAULT) {
				TH_LOG("%s: %d", self->s.command[commands[i]].out_name, ret);
			}
			if (ret)
				continue;
			fine++;
			handle = command_made(commands[i], arg);
			ASSERT_NE(0, handle);
			CLOSE(self->s.fd, handle);
		}
		EXPECT_LT(0, fine);
		EXPECT_EQ(SUBJECT_HANDLES, heap_handles(self->s.fd)) {
			TH_LOG("%s", self->s.command[commands[i]].out_name);
		}
		EXPECT_EQ(1, heap_objects(self->s.fd));
		EXPECT_EQ(SUBJECT_REFS, STAT(self->s.fd, self->s.object).out_handle_refs);
		EXPECT_EQ(1, STAT(self->s.fd, self->s.object).out_slot_refs);
	}
}

TEST_F(vanish, an_answer_that_cannot_be_given_leaks_no_descriptor)
{
	union command_arg *arg = (void *)self->ours;
	int before = lowest_free_fd(), ret;
	unsigned long i;

	for (i = 0; i < self->flips; i++) {
		command_prepare(&self->s, MHEAP_CMD_EXPORT, 0, arg);
		ret = raw_call(self->s.fd, MHEAP_CMD_EXPORT, self->theirs);
		ASSERT_TRUE(!ret || ret == -EFAULT);
		if (!ret)
			close(arg->export.out_fd);
		ASSERT_EQ(before, lowest_free_fd());
		command_prepare(&self->s, MHEAP_CMD_OBJECT_EXPORT, self->s.object, arg);
		ret = raw_call(self->s.fd, MHEAP_CMD_OBJECT_EXPORT, self->theirs);
		ASSERT_TRUE(!ret || ret == -EFAULT);
		if (!ret)
			close(arg->object_export.out_fd);
		ASSERT_EQ(before, lowest_free_fd());
	}
	EXPECT_TRUE(EVENTUALLY(STAT(self->s.fd, self->s.object).out_handle_refs == SUBJECT_REFS));
}

TEST_F(vanish, a_heap_that_cannot_be_told_of_is_not_made_and_not_joined)
{
	union command_arg *arg = (void *)self->ours;
	unsigned long i;
	__u32 command;
	int fd, ret;

	for (i = 0; i < self->flips / 10; i++) {
		command = i & 1 ? MHEAP_CMD_CREATE : MHEAP_CMD_JOIN;
		fd = SESSION();
		command_prepare(&self->s, command, 0, arg);
		ret = raw_call(fd, command, self->theirs);
		ASSERT_TRUE(!ret || ret == -EFAULT);
		EXPECT_EQ(ret ? 0 : -EBUSY, raw_create(fd, NULL));
		close(fd);
	}
	EXPECT_TRUE(EVENTUALLY(HEAP_STAT(self->s.fd).out_sessions == 1));
}

TEST_F(vanish, records_whose_memory_goes_away_leak_nothing)
{
	struct mheap_record *records = (void *)self->ours;
	unsigned long round;
	__u32 i, done, kind;
	int error, ret;
	__u64 handle;

	STORE(self->s.fd, self->s.object, 0, self->s.object);
	for (round = 0; round < self->flips; round++) {
		for (i = 0; i < RECORDS; i++) {
			kind = (i + round) % 7;
			records[i] = kind == 0 ? record_alloc(1, 10, 9, 0) :
				     kind == 1 ? record_dup(self->s.object, 0) :
				     kind == 2 ? record_load(self->s.object, 0, 0) :
				     kind == 3 ? record_exchange(self->s.object, 0,
								 self->s.object, 0) :
				     kind == 4 ? record_weaken(self->s.object, 0) :
				     kind == 5 ? record_upgrade(self->s.weak, 0) :
				     record_store(self->s.object, 1, 0);
		}
		ret = raw_batch(self->s.fd, (void *)self->theirs, RECORDS, &done, &error);
		ASSERT_EQ(0, ret);
		ASSERT_TRUE(!error || error == -EFAULT);
		ASSERT_LE(done, RECORDS);
		if (!error) {
			ASSERT_EQ(RECORDS, done);
		}
		for (i = 0; i < RECORDS; i++) {
			handle = command_made(records[i].command, (void *)&records[i]);
			if (!error && records[i].command != MHEAP_CMD_STORE) {
				ASSERT_NE(0, handle);
			}
			if (i >= done) {
				ASSERT_EQ(0, handle);
			}
			/* Where there is an answer, it is good. */
			if (handle) {
				CLOSE(self->s.fd, handle);
			}
		}
		ASSERT_EQ(SUBJECT_HANDLES, heap_handles(self->s.fd));
		ASSERT_EQ(1, heap_objects(self->s.fd));
	}
	EXPECT_EQ(1, STAT(self->s.fd, self->s.object).out_slot_refs);
}

TEST_HARNESS_MAIN
