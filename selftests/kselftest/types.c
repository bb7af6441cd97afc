// SPDX-License-Identifier: GPL-2.0
/* Names of types. */
#include "mheap_harness.h"

FIXTURE(types)
{
	int fd;
};

HEAP_VARIANTS(types);

FIXTURE_SETUP(types)
{
	struct mheap_create options = {
		.flags = variant->flags, .max_bytes = variant->max_bytes,
	};

	self->fd = NEW_HEAP(&options);
}

FIXTURE_TEARDOWN(types)
{
	close(self->fd);
}

#define SET(fd, type, text)						\
	ASSERT_EQ(0, raw_type_set(fd, type, text, sizeof(text)))

TEST_F(types, names_are_told_in_the_order_of_the_types)
{
	static const __u32 expected[] = { 0, 7, 1000, ~0U };
	char text[MHEAP_TYPE_TEXT_MAX];
	__u64 cursor = 0;
	__u32 type, bytes, i;

	ASSERT_EQ(0, raw_type_get(self->fd, &cursor, &type, text, sizeof(text), &bytes));
	EXPECT_EQ(0, bytes);
	EXPECT_EQ(DONE, cursor);
	SET(self->fd, ~0U, "last");
	SET(self->fd, 7, "Node\0left\0right");
	SET(self->fd, 1000, "");
	SET(self->fd, 0, "zero");
	for (cursor = 0, i = 0; cursor != DONE; i++) {
		ASSERT_GT(4, i);
		ASSERT_EQ(0, raw_type_get(self->fd, &cursor, &type, text, sizeof(text), &bytes));
		EXPECT_EQ(expected[i], type);
		if (type == 7) {
			EXPECT_EQ(16, bytes);
			EXPECT_EQ(0, memcmp(text, "Node\0left\0right", 16));
		}
	}
	EXPECT_EQ(4, i);
	cursor = 1ULL << 32;
	ASSERT_EQ(0, raw_type_get(self->fd, &cursor, &type, text, sizeof(text), &bytes));
	EXPECT_EQ(0, bytes);
}

TEST_F(types, names_take_the_place_of_others_and_go)
{
	char text[MHEAP_TYPE_TEXT_MAX];
	__u32 type, bytes;
	__u64 cursor = 5;

	SET(self->fd, 5, "short");
	SET(self->fd, 6, "behind");
	SET(self->fd, 5, "something longer than before");
	ASSERT_EQ(0, raw_type_get(self->fd, &cursor, &type, text, sizeof(text), &bytes));
	EXPECT_STREQ("something longer than before", text);
	EXPECT_EQ(6, cursor);
	ASSERT_EQ(0, raw_type_set(self->fd, 5, NULL, 0));
	ASSERT_EQ(0, raw_type_set(self->fd, 5, NULL, 0));
	cursor = 5;
	ASSERT_EQ(0, raw_type_get(self->fd, &cursor, &type, text, sizeof(text), &bytes));
	EXPECT_EQ(6, type);
	EXPECT_STREQ("behind", text);
	EXPECT_EQ(DONE, cursor);
}

TEST_F(types, no_more_is_written_than_there_is_room_for)
{
	char text[16];
	__u32 type, bytes;
	__u64 cursor = 0;

	SET(self->fd, 1, "0123456789");
	memset(text, 'x', sizeof(text));
	ASSERT_EQ(0, raw_type_get(self->fd, &cursor, &type, text, 4, &bytes));
	EXPECT_EQ(11, bytes);
	EXPECT_EQ(0, memcmp(text, "0123xxxxxxxxxxxx", 16));
	cursor = 0;
	ASSERT_EQ(0, raw_type_get(self->fd, &cursor, &type, NULL, 0, &bytes));
	EXPECT_EQ(11, bytes);
	cursor = 0;
	EXPECT_EQ(-EFAULT, raw_type_get(self->fd, &cursor, &type, NULL, 11, &bytes));
	EXPECT_EQ(0, cursor);
}

TEST_F(types, bad_texts_are_refused)
{
	static char text[MHEAP_TYPE_TEXT_MAX + 1];
	__u32 type, bytes;
	__u64 cursor = 0;

	EXPECT_EQ(-EINVAL, raw_type_set(self->fd, 1, "abc", 3));
	EXPECT_EQ(-EINVAL, raw_type_set(self->fd, 1, text, sizeof(text)));
	EXPECT_EQ(-EINVAL, raw_type_set(self->fd, 1, text, ~0U));
	EXPECT_EQ(-EFAULT, raw_type_set(self->fd, 1, NULL, 4));
	ASSERT_EQ(0, raw_type_get(self->fd, &cursor, &type, text, sizeof(text), &bytes));
	EXPECT_EQ(0, bytes);
	EXPECT_EQ(0, raw_type_set(self->fd, 1, text, MHEAP_TYPE_TEXT_MAX));
}

TEST_F(types, there_are_limits)
{
	static char text[MHEAP_TYPE_TEXT_MAX];
	__u32 i, most = variant->flags ? 32768 / 4096 : (1 << 20) / 4096;
	int ret = 0;

	for (i = 0; !ret && i <= most; i++)
		ret = raw_type_set(self->fd, i, text, sizeof(text));
	EXPECT_EQ(-EDQUOT, ret);
	EXPECT_EQ(most, i);
	/* The same for many of them, where there is room for so many. */
	for (i = 0; i < most; i++) {
		ASSERT_EQ(0, raw_type_set(self->fd, i, NULL, 0));
	}
	for (ret = 0, i = 0; !ret && i <= MHEAP_TYPES_MAX; i++)
		ret = raw_type_set(self->fd, i, "t", 2);
	EXPECT_EQ(-EDQUOT, ret);
	EXPECT_EQ((variant->flags ? 32768 / 12 : MHEAP_TYPES_MAX) + 1, i);
}

TEST_F(types, one_of_two_rights_will_do)
{
	static const struct {
		__u32 rights;
		int set, get;
	} table[] = {
		{ MHEAP_RIGHT_READ, -EACCES, 0 }, { MHEAP_RIGHT_INSPECT, -EACCES, 0 },
		{ MHEAP_RIGHT_WRITE, 0, -EACCES }, { MHEAP_RIGHT_COLLECT, -EACCES, -EACCES },
	};
	__u32 i, type, bytes;
	__u64 cursor;
	char text[8];
	int fd;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		fd = SECOND(self->fd, table[i].rights);
		cursor = 0;
		EXPECT_EQ(table[i].set, raw_type_set(fd, 1, "a", 2));
		EXPECT_EQ(table[i].get, raw_type_get(fd, &cursor, &type, text, 8, &bytes));
		close(fd);
	}
}

TEST_HARNESS_MAIN
