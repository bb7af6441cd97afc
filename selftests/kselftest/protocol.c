// SPDX-License-Identifier: GPL-2.0
/* The protocol of all commands: sizes, flags, reserved members, numbers. */
#include <sys/ioctl.h>

#include "command_args.h"
#include "mheap_harness.h"

/* What a call must not have changed when it failed. */
struct state {
	struct mheap_heap_stat heap;
	struct mheap_stat object;
};

FIXTURE(protocol)
{
	struct subject s;
	char *area;	/* 32 pages, then none */
};

FIXTURE_SETUP(protocol)
{
	ASSERT_EQ(0, subject_make(&self->s));
	self->area = map_pages(32);
	ASSERT_NE(NULL, self->area);
}

FIXTURE_TEARDOWN(protocol)
{
	subject_end(&self->s);
}

static int state_get(struct subject *s, struct state *state)
{
	int ret = raw_heap_stat(s->fd, &state->heap);

	if (!ret)
		ret = raw_stat(s->fd, s->object, &state->object);
	/* That changes by itself. */
	state->object.out_age_ms = 0;
	return ret;
}

/*
 * Call @command with @arg, whose buffer has @room bytes. When it succeeds, undo
 * it; when not, nothing may be different, in the heap or in the argument.
 * Returns what the call did, or a positive number when a rule was broken.
 */
static int try(struct subject *s, __u32 command, void *arg, size_t room)
{
	static unsigned char before[32 * 4096];
	int fd = s->fd, ret;
	struct state old, new;

	if (command_makes_session(command))
		fd = raw_session();
	if (state_get(s, &old))
		return 1;
	memcpy(before, arg, room);
	ret = raw_call(fd, command, arg);
	if (ret < 0) {
		if (memcmp(before, arg, room))
			return 2;	/* something was written */
		if (state_get(s, &new))
			return 3;
		if (memcmp(&old, &new, sizeof(old)))
			return 4;	/* something was changed */
		if (fd != s->fd && raw_create(fd, NULL))
			return 5;	/* the session got a heap all the same */
	} else if (!ret) {
		command_undo(s, command, arg);
	}
	if (fd != s->fd) {
		close(fd);
		if (!EVENTUALLY(!state_get(s, &new) && new.heap.out_sessions == 1))
			return 6;
	}
	return ret;
}

#define EXPECT_TRY(expected, nr, arg, room, what, value)		\
do {									\
	int answer = try(&self->s, nr, arg, room);			\
									\
	EXPECT_EQ(expected, answer) {					\
		TH_LOG("%s: %s %#lx", self->s.command[nr].out_name,	\
		       what, (unsigned long)(value));			\
	}								\
	if (answer && (nr) == MHEAP_CMD_CLOSE)			\
		raw_close(self->s.fd, ((union command_arg *)(arg))->close.handle); \
} while (0)

TEST_F(protocol, a_size_below_the_least_is_EINVAL)
{
	union command_arg arg;
	__u32 i, size;

	for_each_command(&self->s, i) {
		for (size = 0; size < self->s.command[i].out_size_min; size++) {
			ASSERT_EQ(0, subject_prepare(&self->s, i, &arg));
			arg.size = size;
			EXPECT_TRY(-EINVAL, i, &arg, sizeof(arg), "size", size);
		}
	}
}

TEST_F(protocol, what_a_shorter_structure_lacks_is_not_looked_at_and_not_written)
{
	struct mheap_query_command *command;
	unsigned char *bytes;
	union command_arg arg;
	__u32 i, size, j;

	for_each_command(&self->s, i) {
		command = &self->s.command[i];
		for (size = command->out_size_min; size < command->out_size; size += 4) {
			__u32 handles = heap_handles(self->s.fd);

			ASSERT_EQ(0, subject_prepare(&self->s, i, &arg));
			arg.size = size;
			bytes = arg.bytes;
			memset(bytes + size, 0xee, sizeof(arg) - size);
			EXPECT_TRY(0, i, &arg, sizeof(arg), "size", size);
			for (j = size; j < sizeof(arg); j++) {
				ASSERT_EQ(0xee, bytes[j]) {
					TH_LOG("%s: byte %u of %u", command->out_name, j, size);
				}
			}
			/* An answer that has no room must not leak a handle. */
			EXPECT_EQ(handles, heap_handles(self->s.fd)) {
				TH_LOG("%s: size %u", command->out_name, size);
			}
		}
	}
}

TEST_F(protocol, a_longer_structure_is_fine_when_the_rest_is_zero)
{
	__u32 i, j, size, more[] = { 1, 7, 8, 64, 1000, 0 };
	union command_arg arg;

	for_each_command(&self->s, i) {
		size = self->s.command[i].out_size;
		more[ARRAY_SIZE(more) - 1] = 4096 - size;
		for (j = 0; j < ARRAY_SIZE(more); j++) {
			memset(self->area, 0, 32 * 4096);
			ASSERT_EQ(0, subject_prepare(&self->s, i, &arg));
			arg.size = size + more[j];
			memcpy(self->area, &arg, size);
			self->area[size + more[j]] = 1;
			EXPECT_TRY(0, i, self->area, size + more[j] + 1, "more", more[j]);
			EXPECT_EQ(1, self->area[size + more[j]]);
		}
	}
}

TEST_F(protocol, a_longer_structure_is_E2BIG_when_the_rest_is_not_zero)
{
	static const __u32 more[] = { 1, 8, 9, 4096, 65536 };
	union command_arg arg;
	__u32 i, j, at, size;

	for_each_command(&self->s, i) {
		size = self->s.command[i].out_size;
		for (j = 0; j < 2 * ARRAY_SIZE(more); j++) {
			memset(self->area, 0, 32 * 4096);
			ASSERT_EQ(0, subject_prepare(&self->s, i, &arg));
			arg.size = size + more[j / 2];
			memcpy(self->area, &arg, size);
			at = j & 1 ? size : size + more[j / 2] - 1;
			self->area[at] = 1;
			EXPECT_TRY(-E2BIG, i, self->area, size + more[j / 2],
				   "byte", at);
		}
	}
}

TEST_F(protocol, more_than_a_page_is_E2BIG_even_when_it_is_zero)
{
	static const __u32 sizes[] = { 4097, 4104, 8192, 65536 };
	union command_arg arg;
	__u32 i, j;

	for_each_command(&self->s, i) {
		for (j = 0; j < ARRAY_SIZE(sizes); j++) {
			memset(self->area, 0, 32 * 4096);
			ASSERT_EQ(0, subject_prepare(&self->s, i, &arg));
			arg.size = sizes[j];
			memcpy(self->area, &arg, self->s.command[i].out_size);
			EXPECT_TRY(-E2BIG, i, self->area, 4096, "size", sizes[j]);
		}
	}
}

TEST_F(protocol, a_size_beyond_the_memory_is_refused)
{
	static const __u32 sizes[] = {
		4096, 8192, 1 << 20, 0x7fffffff, 0x80000000, 0xfffff000, 0xfffffff8, 0xffffffff,
	};
	union command_arg arg, *place;
	__u32 i, j;
	int ret;

	place = (void *)(self->area + 32 * 4096 - sizeof(*place));
	for_each_command(&self->s, i) {
		for (j = 0; j < ARRAY_SIZE(sizes); j++) {
			ASSERT_EQ(0, subject_prepare(&self->s, i, &arg));
			arg.size = sizes[j];
			*place = arg;
			ret = try(&self->s, i, place, sizeof(*place));
			EXPECT_TRUE(ret == -EFAULT || ret == -E2BIG) {
				TH_LOG("%s: size %#x: %d", self->s.command[i].out_name,
				       sizes[j], ret);
			}
			if (i == MHEAP_CMD_CLOSE)
				raw_close(self->s.fd, arg.close.handle);
		}
	}
}

TEST_F(protocol, each_unknown_flag_is_EOPNOTSUPP)
{
	union command_arg arg;
	__u32 i, bit;

	for_each_command(&self->s, i) {
		for (bit = 1; bit; bit <<= 1) {
			if (self->s.command[i].out_flags & bit)
				continue;
			ASSERT_EQ(0, subject_prepare(&self->s, i, &arg));
			arg.head.flags = bit;
			EXPECT_TRY(-EOPNOTSUPP, i, &arg, sizeof(arg), "flag", bit);
		}
	}
}

TEST_F(protocol, each_reserved_member_is_EINVAL_when_not_zero)
{
	static const struct {
		__u32 command, offset, bytes;
	} table[] = {
#define RESERVED(number, structure, member)				\
		{ MHEAP_CMD_##number, offsetof(struct mheap_##structure, member), \
		  sizeof(((struct mheap_##structure *)0)->member) }
		RESERVED(CREATE, create, __reserved),
		RESERVED(READ, read, __reserved),
		RESERVED(WRITE, write, __reserved),
		RESERVED(LOAD, load, __reserved0),
		RESERVED(LOAD, load, __reserved),
		RESERVED(STORE, store, __reserved0),
		RESERVED(STORE, store, __reserved),
		RESERVED(EXCHANGE, exchange, __reserved),
		RESERVED(COMPARE_EXCHANGE, compare_exchange, __reserved),
		RESERVED(DUP, dup, __reserved0),
		RESERVED(DUP, dup, __reserved),
		RESERVED(CLOSE, close, __reserved),
		RESERVED(WEAKEN, weaken, __reserved),
		RESERVED(UPGRADE, upgrade, __reserved),
		RESERVED(RESET, reset, __reserved),
		RESERVED(SET, set, __reserved),
		RESERVED(WATCH, watch, __reserved),
		RESERVED(STAT, stat, __reserved),
		RESERVED(WALK, walk, __reserved),
		RESERVED(SITE, site, __reserved),
		RESERVED(SITE_LIST, site_list, __reserved),
		RESERVED(TYPE_GET, type_get, __reserved),
		RESERVED(HEAP_LIST, heap_list, __reserved),
		RESERVED(INSPECT, inspect, __reserved),
		RESERVED(SESSION_LIST, session_list, __reserved),
	};
	union command_arg arg;
	unsigned int i;
	__u32 byte;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		for (byte = 0; byte < table[i].bytes; byte++) {
			ASSERT_EQ(0, subject_prepare(&self->s, table[i].command, &arg));
			arg.bytes[table[i].offset + byte] = 0x80;
			EXPECT_TRY(-EINVAL, table[i].command, &arg, sizeof(arg),
				   "offset", table[i].offset + byte);
		}
	}
}

TEST_F(protocol, the_arguments_of_this_test_are_good)
{
	union command_arg arg;
	__u32 i;

	for_each_command(&self->s, i) {
		ASSERT_EQ(0, subject_prepare(&self->s, i, &arg));
		EXPECT_TRY(0, i, &arg, sizeof(arg), "command", i);
	}
	EXPECT_EQ(1, heap_objects(self->s.fd));
	EXPECT_EQ(SUBJECT_HANDLES, heap_handles(self->s.fd));
}

TEST_F(protocol, unknown_commands_are_ENOTTY)
{
	static unsigned char zeros[16384];
	struct state before, after;
	struct mheap_query query;
	unsigned int nr, type;

	memset(&before, 0, sizeof(before));
	memset(&after, 0, sizeof(after));
	ASSERT_EQ(0, state_get(&self->s, &before));
	ASSERT_EQ(0, raw_query(self->s.fd, &query));
	for (nr = query.out_commands; nr < 256; nr++) {
		EXPECT_EQ(-1, ioctl(self->s.fd, _IO(MHEAP_TYPE, nr), zeros));
		EXPECT_EQ(ENOTTY, errno);
	}
	for (type = 0; type < 256; type++) {
		unsigned long command = _IO(type, MHEAP_CMD_COLLECT_STAT);

		/* FIONREAD and friends belong to the kernel. */
		if (type == MHEAP_TYPE || type == 'T' || type == 'f' || type == 'X')
			continue;
		EXPECT_EQ(-1, ioctl(self->s.fd, command, zeros));
		EXPECT_EQ(ENOTTY, errno) {
			TH_LOG("type %#x", type);
		}
	}
	for_each_command(&self->s, nr) {
		static const unsigned long directions[] = { _IOC_READ, _IOC_WRITE,
							    _IOC_READ | _IOC_WRITE };
		unsigned int i;

		for (i = 0; i < ARRAY_SIZE(directions); i++) {
			EXPECT_EQ(-1, ioctl(self->s.fd, _IOC(directions[i], MHEAP_TYPE, nr, 40),
					    zeros));
			EXPECT_EQ(ENOTTY, errno);
		}
		EXPECT_EQ(-1, ioctl(self->s.fd, _IOC(_IOC_NONE, MHEAP_TYPE, nr, 8), zeros));
		EXPECT_EQ(ENOTTY, errno);
	}
	ASSERT_EQ(0, state_get(&self->s, &after));
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
}

TEST_F(protocol, records_of_a_batch_follow_the_same_protocol)
{
	union {
		union command_arg arg;
		struct mheap_record record;
	} both;
	__u32 i, bit, done;
	int error;

	for_each_command(&self->s, i) {
		struct mheap_query_command *command = &self->s.command[i];

		if (!(command->out_command_flags & MHEAP_COMMAND_BATCH))
			continue;
		for (bit = 1; bit; bit <<= 1) {
			if (command->out_flags & bit)
				continue;
			ASSERT_EQ(0, subject_prepare(&self->s, i, &both.arg));
			both.record.command = i;
			both.record.flags = bit;
			ASSERT_EQ(0, raw_batch(self->s.fd, &both.record, 1, &done, &error));
			EXPECT_EQ(0, done);
			EXPECT_EQ(-EOPNOTSUPP, error) {
				TH_LOG("%s: flag %#x", command->out_name, bit);
			}
			if (i == MHEAP_CMD_CLOSE)
				raw_close(self->s.fd, both.arg.close.handle);
		}
	}
	EXPECT_EQ(SUBJECT_HANDLES, heap_handles(self->s.fd));
	EXPECT_EQ(1, heap_objects(self->s.fd));
}

TEST_HARNESS_MAIN
