// SPDX-License-Identifier: GPL-2.0
/* Handles that have fewer rights than their session: what they are good for. */
#include "command_args.h"
#include "mheap_harness.h"

FIXTURE(reduced)
{
	struct subject s;
	int fd;
	__u64 object;	/* four slots, 64 bytes; named "root" */
};

FIXTURE_SETUP(reduced)
{
	ASSERT_EQ(0, subject_make(&self->s));
	self->fd = self->s.fd;
	self->object = self->s.object;
}

FIXTURE_TEARDOWN(reduced)
{
	subject_end(&self->s);
}

/* Another handle to the same object, with these rights. */
#define REDUCED(handle, rights)						\
({									\
	__u64 reduced = 0;						\
									\
	ASSERT_EQ(0, raw_dup_rights(self->fd, handle, rights, &reduced)); \
	reduced;							\
})

TEST_F(reduced, every_subset_is_carried_exactly)
{
	__u32 rights;

	EXPECT_EQ(MHEAP_RIGHTS_HANDLE, STAT(self->fd, self->object).out_rights);
	for (rights = 1; rights <= MHEAP_RIGHTS_HANDLE; rights++) {
		__u64 handle = REDUCED(self->object, rights);
		int object_fd = OBJECT_FD(self->fd, self->object, rights);
		__u64 imported = IMPORT(self->fd, object_fd, 0);

		EXPECT_EQ(rights, STAT(self->fd, handle).out_rights);
		EXPECT_EQ(rights, STAT(self->fd, imported).out_rights);
		CLOSE(self->fd, imported);
		CLOSE(self->fd, handle);
		imported = IMPORT(self->fd, self->s.object_fd, rights);
		EXPECT_EQ(rights, STAT(self->fd, imported).out_rights);
		CLOSE(self->fd, imported);
		close(object_fd);
	}
}

TEST_F(reduced, a_descriptor_may_carry_no_right_at_all)
{
	int object_fd = OBJECT_FD(self->fd, self->object, 0);
	__u64 handle = IMPORT(self->fd, object_fd, 0), copy;
	char byte;

	EXPECT_EQ(0, STAT(self->fd, handle).out_rights);
	EXPECT_EQ(-EACCES, raw_read(self->fd, handle, 0, &byte, 1));
	copy = DUP(self->fd, handle);
	EXPECT_EQ(0, STAT(self->fd, copy).out_rights);
	close(object_fd);
}

TEST_F(reduced, rights_only_ever_shrink)
{
	__u32 some = MHEAP_RIGHT_READ | MHEAP_RIGHT_SHARE, bit;
	__u64 handle = REDUCED(self->object, some), other;
	int object_fd = OBJECT_FD(self->fd, handle, some);

	EXPECT_EQ(some, STAT(self->fd, DUP(self->fd, handle)).out_rights);
	EXPECT_EQ(MHEAP_RIGHT_READ, STAT(self->fd, REDUCED(handle, MHEAP_RIGHT_READ)).out_rights);
	for (bit = 1; bit <= MHEAP_RIGHTS_HANDLE; bit <<= 1) {
		int expected = some & bit ? 0 : -EACCES;

		EXPECT_EQ(expected, raw_dup_rights(self->fd, handle, bit, &other));
		EXPECT_EQ(expected, raw_object_import(self->fd, object_fd, bit, &other));
		EXPECT_EQ(expected, raw_dup_rights(self->fd, handle, bit | MHEAP_RIGHT_READ,
						   &other));
		if (expected) {
			EXPECT_EQ(-EACCES, raw_object_export(self->fd, handle, bit));
		}
	}
	close(object_fd);
	/* What has not the right to be shared cannot be, not even with nothing. */
	EXPECT_EQ(-EACCES, raw_object_export(self->fd, REDUCED(handle, MHEAP_RIGHT_READ), 0));
}

TEST_F(reduced, unknown_rights_are_EINVAL)
{
	__u64 other;
	__u32 bit;

	for (bit = MHEAP_RIGHTS_HANDLE + 1; bit; bit <<= 1) {
		EXPECT_EQ(-EINVAL, raw_dup_rights(self->fd, self->object, bit, &other));
		EXPECT_EQ(-EINVAL, raw_object_import(self->fd, self->s.object_fd, bit, &other));
	}
	EXPECT_EQ(SUBJECT_HANDLES, heap_handles(self->fd));
}

TEST_F(reduced, what_the_session_lacks_the_handle_lacks)
{
	int fd = SECOND(self->fd, MHEAP_RIGHT_READ);
	__u64 handle = IMPORT(fd, self->s.object_fd, 0), root, other;

	EXPECT_EQ(MHEAP_RIGHT_READ, STAT(fd, handle).out_rights);
	ASSERT_EQ(0, raw_root_get(fd, "root", &root));
	EXPECT_EQ(MHEAP_RIGHT_READ, STAT(fd, root).out_rights);
	EXPECT_EQ(-EACCES, raw_write(fd, handle, 0, "x", 1));
	EXPECT_EQ(-EACCES, raw_dup_rights(fd, handle, MHEAP_RIGHT_WRITE, &other));
	close(fd);
}

TEST_F(reduced, each_command_is_refused_without_each_right_that_it_needs)
{
	union command_arg arg;
	__u32 i, bit;

	for_each_command(&self->s, i) {
		const struct mheap_query_command *command = &self->s.command[i];
		__u64 handle;

		/* Those that are about an object. */
		command_prepare(&self->s, i, self->object, &arg);
		if (arg.load.object != self->object || command_takes_weak(i))
			continue;
		for (bit = 1; bit <= MHEAP_RIGHTS_HANDLE; bit <<= 1) {
			handle = REDUCED(self->object, MHEAP_RIGHTS_HANDLE & ~bit);
			command_prepare(&self->s, i, handle, &arg);
			if (i == MHEAP_CMD_OBJECT_EXPORT)
				arg.object_export.rights = 0;
			EXPECT_EQ(command->out_rights & bit ? -EACCES : 0,
				  raw_call(self->fd, i, &arg)) {
				TH_LOG("%s without %#x", command->out_name, bit);
			}
			/* CLOSE has done that already. */
			raw_close(self->fd, handle);
		}
	}
}

TEST_F(reduced, records_of_a_batch_need_the_same_rights)
{
	__u64 handle = REDUCED(self->object, MHEAP_RIGHT_READ);
	struct mheap_record records[8];
	unsigned int i;
	__u32 done;
	int error;

	records[0] = record_store(handle, 0, 0);
	records[1] = record_exchange(handle, 0, 0, 0);
	records[2] = record_compare_exchange(handle, 0, 0, 0);
	records[3] = record_write(handle, 0, records, 8);
	records[4] = record_reset(handle);
	records[5] = record_dup_rights(handle, MHEAP_RIGHT_LINK, 0);
	records[6] = record_store(self->object, 0, handle);
	records[7] = record_exchange(self->object, 0, handle, 0);
	for (i = 0; i < ARRAY_SIZE(records); i++) {
		ASSERT_EQ(0, raw_batch(self->fd, &records[i], 1, &done, &error));
		EXPECT_EQ(0, done);
		EXPECT_EQ(-EACCES, error) {
			TH_LOG("record %u", i);
		}
	}
	records[0] = record_load(handle, 0, 0);
	records[1] = record_read(handle, 0, records, 0);
	records[2] = record_dup_rights(handle, MHEAP_RIGHT_READ, chosen_handle(0, 1));
	EXPECT_EQ(0, raw_batch_all(self->fd, records, 3));
	EXPECT_EQ(MHEAP_RIGHT_READ, STAT(self->fd, chosen_handle(0, 1)).out_rights);
}

TEST_F(reduced, it_cannot_be_stored_whatever_it_lacks)
{
	__u64 old;
	__u32 bit;

	for (bit = 1; bit <= MHEAP_RIGHTS_HANDLE; bit <<= 1) {
		__u64 handle = REDUCED(self->object, MHEAP_RIGHTS_HANDLE & ~bit);
		__u64 weak = WEAKEN(self->fd, handle);

		EXPECT_EQ(-EACCES, raw_store(self->fd, self->object, 0, handle));
		EXPECT_EQ(-EACCES, raw_exchange(self->fd, self->object, 0, handle, &old));
		EXPECT_EQ(-EACCES, raw_compare_exchange(self->fd, self->object, 0, 0, handle));
		EXPECT_EQ(-EACCES, raw_root_set(self->fd, "other", handle));
		EXPECT_EQ(-EACCES, raw_root_exchange(self->fd, "other", handle, &old));
		/* Nor weakly. */
		EXPECT_EQ(-EACCES, raw_store(self->fd, self->object, 0, weak));
		EXPECT_EQ(-EACCES, raw_exchange(self->fd, self->object, 0, weak, &old));
		EXPECT_EQ(-EACCES, raw_compare_exchange(self->fd, self->object, 0, 0, weak));
		CLOSE(self->fd, handle);
		CLOSE(self->fd, weak);
	}
	EXPECT_EQ(0, STAT(self->fd, self->object).out_slot_refs);
	EXPECT_EQ(1, HEAP_STAT(self->fd).out_roots);
	EXPECT_EQ(SUBJECT_HANDLES, heap_handles(self->fd));
}

TEST_F(reduced, what_a_session_with_few_rights_has_it_may_store)
{
	int fd = SECOND(self->fd, MHEAP_RIGHT_READ | MHEAP_RIGHT_LINK);
	__u64 handle, less;

	ASSERT_EQ(0, raw_root_get(fd, "root", &handle));
	EXPECT_EQ(0, raw_store(fd, handle, 0, handle));
	ASSERT_EQ(0, raw_dup_rights(fd, handle, MHEAP_RIGHT_READ, &less));
	EXPECT_EQ(-EACCES, raw_store(fd, handle, 1, less));
	STORE(fd, handle, 0, 0);
	close(fd);
}

TEST_F(reduced, it_may_be_what_a_compare_exchange_expects)
{
	__u64 handle = REDUCED(self->object, MHEAP_RIGHT_READ);

	STORE(self->fd, self->object, 0, self->object);
	EXPECT_EQ(0, raw_compare_exchange(self->fd, self->object, 0, handle, 0));
	EXPECT_EQ(0, STAT(self->fd, self->object).out_slot_refs);
}

TEST_F(reduced, what_is_made_of_it_has_its_rights)
{
	__u32 some = MHEAP_RIGHT_READ | MHEAP_RIGHT_LINK;
	__u64 handle, child = ALLOC(self->fd, 2, 0, 5), below, weak, old;

	STORE(self->fd, child, 1, child);
	STORE(self->fd, self->object, 0, child);
	handle = REDUCED(self->object, some);
	below = LOAD(self->fd, handle, 0);
	EXPECT_EQ(some, STAT(self->fd, below).out_rights);
	/* And so on, however far one goes. */
	EXPECT_EQ(some, STAT(self->fd, LOAD(self->fd, below, 1)).out_rights);
	ASSERT_EQ(0, raw_exchange(self->fd, handle, 0, 0, &old));
	EXPECT_EQ(some, STAT(self->fd, old).out_rights);
	weak = WEAKEN(self->fd, handle);
	EXPECT_EQ(some, STAT(self->fd, UPGRADE(self->fd, weak)).out_rights);
	EXPECT_EQ(some, STAT(self->fd, UPGRADE(self->fd, DUP(self->fd, weak))).out_rights);
	/* A slot that refers weakly is no way around it. */
	STORE(self->fd, self->object, 0, self->s.weak);
	EXPECT_EQ(some, STAT(self->fd, LOAD(self->fd, handle, 0)).out_rights);
	/* What others have of the same objects is as it was. */
	EXPECT_EQ(MHEAP_RIGHTS_HANDLE, STAT(self->fd, LOAD(self->fd, child, 1)).out_rights);
}

TEST_F(reduced, a_weak_handle_can_be_reduced)
{
	__u64 less, strong, other;

	ASSERT_EQ(0, raw_dup_rights(self->fd, self->s.weak, MHEAP_RIGHT_READ, &less));
	strong = UPGRADE(self->fd, less);
	EXPECT_EQ(MHEAP_RIGHT_READ, STAT(self->fd, strong).out_rights);
	EXPECT_EQ(-EACCES, raw_dup_rights(self->fd, less, MHEAP_RIGHTS_HANDLE, &other));
	EXPECT_EQ(-EINVAL, raw_upgrade(self->fd, strong, &other));
}

TEST_F(reduced, named_roots_give_all_that_the_session_has)
{
	__u64 old, again;

	ASSERT_EQ(0, raw_root_get(self->fd, "root", &again));
	EXPECT_EQ(MHEAP_RIGHTS_HANDLE, STAT(self->fd, again).out_rights);
	ASSERT_EQ(0, raw_root_exchange(self->fd, "root", again, &old));
	EXPECT_EQ(MHEAP_RIGHTS_HANDLE, STAT(self->fd, old).out_rights);
}

TEST_HARNESS_MAIN
