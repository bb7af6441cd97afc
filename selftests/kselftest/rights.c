// SPDX-License-Identifier: GPL-2.0
/* Rights: each command without each right that it needs; rights only shrink. */
#include "command_args.h"
#include "mheap_harness.h"

FIXTURE(rights)
{
	struct subject s;
	int fd;
	__u64 handle;
};

FIXTURE_SETUP(rights)
{
	ASSERT_EQ(0, subject_make(&self->s));
	self->fd = self->s.fd;
	self->handle = self->s.object;
}

FIXTURE_TEARDOWN(rights)
{
	subject_end(&self->s);
}

TEST_F(rights, each_command_is_refused_without_each_right_that_it_needs)
{
	union command_arg arg;
	__u32 i, bit;
	__u64 handle;
	int fd;

	for_each_command(&self->s, i) {
		struct mheap_query_command command = self->s.command[i];

		for (bit = 1; bit < MHEAP_RIGHTS_ALL; bit <<= 1) {
			if (!(command.out_rights & bit))
				continue;
			fd = SECOND(self->fd, MHEAP_RIGHTS_ALL & ~bit);
			handle = 1;
			raw_root_get(fd, "root", &handle);
			if (command_takes_weak(i))
				raw_weaken(fd, handle, &handle);
			command_prepare(&self->s, i, handle, &arg);
			EXPECT_EQ(-EACCES, raw_call(fd, i, &arg)) {
				TH_LOG("%s without %#x", command.out_name, bit);
			}
			close(fd);
		}
		if (!(command.out_command_flags & MHEAP_COMMAND_HEAP))
			continue;
		/* With exactly the rights that it says it needs, it works. */
		fd = SECOND(self->fd, command.out_rights | MHEAP_RIGHT_READ);
		ASSERT_EQ(0, raw_root_get(fd, "root", &handle));
		if (command_takes_weak(i)) {
			ASSERT_EQ(0, raw_weaken(fd, handle, &handle));
		}
		command_prepare(&self->s, i, handle, &arg);
		EXPECT_EQ(0, raw_call(fd, i, &arg)) {
			TH_LOG("%s with %#x", command.out_name, command.out_rights);
		}
		if (i == MHEAP_CMD_EVENTS)
			close(arg.events.out_fd);
		if (i == MHEAP_CMD_EXPORT)
			close(arg.export.out_fd);
		if (i == MHEAP_CMD_OBJECT_EXPORT)
			close(arg.object_export.out_fd);
		close(fd);
	}
	EXPECT_TRUE(EVENTUALLY(HEAP_STAT(self->fd).out_sessions == 1));
	EXPECT_TRUE(EVENTUALLY(STAT(self->fd, self->handle).out_handle_refs == SUBJECT_REFS));
	EXPECT_EQ(1, HEAP_STAT(self->fd).out_roots);
	EXPECT_TRUE(EVENTUALLY(heap_objects(self->fd) == 1));
}

TEST_F(rights, each_command_needs_what_the_header_says)
{
	/* What is not named needs none. */
	static const __u32 needed[COMMANDS] = {
		[MHEAP_CMD_READ] = MHEAP_RIGHT_READ,
		[MHEAP_CMD_LOAD] = MHEAP_RIGHT_READ,
		[MHEAP_CMD_SLOT_LIST] = MHEAP_RIGHT_READ,
		[MHEAP_CMD_ROOT_GET] = MHEAP_RIGHT_READ,
		[MHEAP_CMD_ROOT_LIST] = MHEAP_RIGHT_READ,
		[MHEAP_CMD_ALLOC] = MHEAP_RIGHT_WRITE,
		[MHEAP_CMD_WRITE] = MHEAP_RIGHT_WRITE,
		[MHEAP_CMD_STORE] = MHEAP_RIGHT_LINK,
		[MHEAP_CMD_ROOT_SET] = MHEAP_RIGHT_LINK,
		[MHEAP_CMD_EXCHANGE] = MHEAP_RIGHT_LINK | MHEAP_RIGHT_READ,
		[MHEAP_CMD_COMPARE_EXCHANGE] = MHEAP_RIGHT_LINK | MHEAP_RIGHT_READ,
		[MHEAP_CMD_ROOT_EXCHANGE] = MHEAP_RIGHT_LINK | MHEAP_RIGHT_READ,
		[MHEAP_CMD_EXPORT] = MHEAP_RIGHT_SHARE,
		[MHEAP_CMD_COLLECT] = MHEAP_RIGHT_COLLECT,
		[MHEAP_CMD_WALK] = MHEAP_RIGHT_INSPECT,
		[MHEAP_CMD_OBJECT_EXPORT] = MHEAP_RIGHT_SHARE,
		[MHEAP_CMD_RESET] = MHEAP_RIGHT_WRITE | MHEAP_RIGHT_LINK,
		[MHEAP_CMD_SET] = MHEAP_RIGHT_COLLECT,
		[MHEAP_CMD_SITE] = MHEAP_RIGHT_WRITE,
		[MHEAP_CMD_SITE_LIST] = MHEAP_RIGHT_INSPECT,
		[MHEAP_CMD_TYPE_SET] = MHEAP_RIGHT_WRITE,
		[MHEAP_CMD_SESSION_LIST] = MHEAP_RIGHT_INSPECT,
		[MHEAP_CMD_SNAPSHOT] = MHEAP_RIGHT_INSPECT,
		[MHEAP_CMD_DUMP] = MHEAP_RIGHT_INSPECT,
	};
	unsigned int i;

	for_each_command(&self->s, i) {
		EXPECT_EQ(needed[i], self->s.command[i].out_rights) {
			TH_LOG("%s", self->s.command[i].out_name);
		}
	}
}

TEST_F(rights, records_of_a_batch_need_the_same_rights)
{
	int fd = SECOND(self->fd, MHEAP_RIGHT_READ);
	struct mheap_record records[3];
	__u64 handle;
	__u32 done;
	int error;

	ASSERT_EQ(0, raw_root_get(fd, "root", &handle));
	records[0] = record_load(handle, 0, 0);
	records[1] = record_store(handle, 0, handle);
	records[2] = record_close(handle);
	ASSERT_EQ(0, raw_batch(fd, records, 3, &done, &error));
	EXPECT_EQ(1, done);
	EXPECT_EQ(-EACCES, error);
	EXPECT_EQ(0, LOAD(self->fd, self->handle, 0));
	records[1] = record_alloc(0, 0, 0, 0);
	ASSERT_EQ(0, raw_batch(fd, records, 3, &done, &error));
	EXPECT_EQ(1, done);
	EXPECT_EQ(-EACCES, error);
	EXPECT_EQ(1, heap_objects(self->fd));
	close(fd);

	fd = SECOND(self->fd, MHEAP_RIGHT_WRITE | MHEAP_RIGHT_LINK);
	handle = chosen_handle(0, 1);
	records[0] = record_alloc(1, 0, 0, handle);
	records[1] = record_store(handle, 0, handle);
	records[2] = record_load(handle, 0, 0);
	ASSERT_EQ(0, raw_batch(fd, records, 3, &done, &error));
	EXPECT_EQ(2, done);
	EXPECT_EQ(-EACCES, error);
	close(fd);
}

TEST_F(rights, an_export_cannot_carry_more_than_its_maker_has)
{
	__u32 some = MHEAP_RIGHT_READ | MHEAP_RIGHT_SHARE, bit;
	int fd = SECOND(self->fd, some), third;

	for (bit = 1; bit < MHEAP_RIGHTS_ALL; bit <<= 1) {
		if (!(some & bit)) {
			EXPECT_EQ(-EACCES, raw_export(fd, bit));
		}
	}
	EXPECT_EQ(-EACCES, raw_export(fd, MHEAP_RIGHTS_ALL));
	third = SECOND(fd, MHEAP_RIGHT_READ);
	EXPECT_EQ(MHEAP_RIGHT_READ, HEAP_STAT(third).out_rights);
	EXPECT_EQ(-EACCES, raw_export(third, 0));
	close(third);
	third = SECOND(fd, 0);
	EXPECT_EQ(0, HEAP_STAT(third).out_rights);
	close(third);
	close(fd);
}

TEST_F(rights, every_subset_is_carried_exactly)
{
	struct mheap_join join;
	__u32 rights;
	int fd, heap_fd;

	for (rights = 0; rights <= MHEAP_RIGHTS_ALL; rights++) {
		heap_fd = EXPORT(self->fd, rights);
		fd = SESSION();
		memset(&join, 0, sizeof(join));
		join.size = sizeof(join);
		join.heap_fd = heap_fd;
		ASSERT_EQ(0, raw_call(fd, MHEAP_CMD_JOIN, &join));
		EXPECT_EQ(rights, join.out_rights);
		EXPECT_EQ(rights, HEAP_STAT(fd).out_rights);
		close(heap_fd);
		close(fd);
	}
}

TEST_F(rights, unknown_rights_cannot_be_exported)
{
	__u32 bit;
	int ret;

	for (bit = MHEAP_RIGHTS_ALL + 1; bit; bit <<= 1) {
		ret = raw_export(self->fd, bit);
		EXPECT_TRUE(ret == -EACCES || ret == -EINVAL) {
			TH_LOG("right %#x: %d", bit, ret);
		}
	}
}

TEST_F(rights, dup_close_and_stat_need_nothing_but_the_handle)
{
	int fd = SECOND(self->fd, MHEAP_RIGHT_WRITE);
	__u64 handle = ALLOC(fd, 0, 16, 3), copy = DUP(fd, handle);
	char data[16];

	EXPECT_EQ(2, STAT(fd, copy).out_handle_refs);
	EXPECT_EQ(-EACCES, raw_read(fd, handle, 0, data, 16));
	EXPECT_EQ(0, raw_write(fd, handle, 0, "0123456789abcdef", 16));
	CLOSE(fd, handle);
	CLOSE(fd, copy);
	EXPECT_EQ(1, heap_objects(fd));
	close(fd);
}

TEST_HARNESS_MAIN
