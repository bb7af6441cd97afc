// SPDX-License-Identifier: GPL-2.0
/* Payloads: ranges of read and write, bad addresses, two sessions. */
#include "mheap_harness.h"

#define SIZE 20000

FIXTURE(payload)
{
	int fd;
	__u64 handle;
};

FIXTURE_SETUP(payload)
{
	self->fd = NEW_HEAP(NULL);
	self->handle = ALLOC(self->fd, 1, SIZE, 1);
}

FIXTURE_TEARDOWN(payload)
{
	close(self->fd);
}

TEST_F(payload, random_ranges_read_back_what_was_written)
{
	static unsigned char mirror[SIZE], data[SIZE];
	__u64 seed = 12345;
	unsigned int i, j;

	for (i = 0; i < 2000; i++) {
		__u32 offset = random_below(&seed, SIZE);
		__u32 length = random_below(&seed, SIZE - offset + 1);

		if (i & 1)
			length %= 64;
		if (random_below(&seed, 2)) {
			for (j = 0; j < length; j++)
				mirror[offset + j] = random_next(&seed);
			ASSERT_EQ(0, raw_write(self->fd, self->handle, offset,
					       mirror + offset, length));
		} else {
			ASSERT_EQ(0, raw_read(self->fd, self->handle, offset, data, length));
			ASSERT_EQ(0, memcmp(data, mirror + offset, length));
		}
	}
	ASSERT_EQ(0, raw_read(self->fd, self->handle, 0, data, SIZE));
	EXPECT_EQ(0, memcmp(data, mirror, SIZE));
}

TEST_F(payload, a_range_outside_of_the_payload_is_ERANGE)
{
	static const struct {
		__u32 offset, length;
	} bad[] = {
		{ 0, SIZE + 1 }, { 1, SIZE }, { SIZE, 1 }, { SIZE - 1, 2 },
		{ SIZE + 1, 0 }, { ~0U, 0 }, { ~0U, 1 }, { ~0U, 2 }, { 0, ~0U },
		{ ~0U, ~0U }, { 1, ~0U }, { 2, ~0U }, { 1U << 31, 1U << 31 },
		{ SIZE, ~0U - SIZE + 1 },
	};
	static char data[SIZE + 1], full[SIZE];
	unsigned int i;

	memset(data, 'd', sizeof(data));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-ERANGE, raw_read(self->fd, self->handle, bad[i].offset,
					    data, bad[i].length)) {
			TH_LOG("range %u", i);
		}
		EXPECT_EQ(-ERANGE, raw_write(self->fd, self->handle, bad[i].offset,
					     data, bad[i].length)) {
			TH_LOG("range %u", i);
		}
	}
	ASSERT_EQ(0, raw_read(self->fd, self->handle, 0, full, SIZE));
	for (i = 0; i < SIZE; i++) {
		ASSERT_EQ(0, full[i]);
	}
	for (i = 0; i <= SIZE; i++) {
		ASSERT_EQ('d', data[i]);
	}
}

TEST_F(payload, an_empty_range_is_fine_up_to_the_end)
{
	char byte = 'x';

	EXPECT_EQ(0, raw_read(self->fd, self->handle, 0, &byte, 0));
	EXPECT_EQ(0, raw_read(self->fd, self->handle, SIZE, &byte, 0));
	EXPECT_EQ(0, raw_write(self->fd, self->handle, SIZE, &byte, 0));
	EXPECT_EQ('x', byte);
}

TEST_F(payload, an_object_without_payload_has_no_range)
{
	__u64 handle = ALLOC(self->fd, 1, 0, 1);
	char byte = 'x';

	EXPECT_EQ(0, raw_read(self->fd, handle, 0, &byte, 0));
	EXPECT_EQ(-ERANGE, raw_read(self->fd, handle, 0, &byte, 1));
	EXPECT_EQ(-ERANGE, raw_write(self->fd, handle, 0, &byte, 1));
	EXPECT_EQ('x', byte);
}

TEST_F(payload, bad_addresses_are_EFAULT)
{
	char *page = map_pages(1), data[16];
	void *bad[] = { NULL, (void *)8, KERNEL_ADDRESS, (void *)~0UL, page + 4096 };
	unsigned int i;

	ASSERT_NE(NULL, page);
	ASSERT_EQ(0, raw_write(self->fd, self->handle, 0, "0123456789abcdef", 16));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EFAULT, raw_read(self->fd, self->handle, 0, bad[i], 16)) {
			TH_LOG("address %u", i);
		}
		EXPECT_EQ(-EFAULT, raw_write(self->fd, self->handle, 0, bad[i], 16)) {
			TH_LOG("address %u", i);
		}
	}
	ASSERT_EQ(0, raw_read(self->fd, self->handle, 0, data, 16));
	EXPECT_EQ(0, memcmp(data, "0123456789abcdef", 16));
}

TEST_F(payload, a_short_write_that_meets_a_bad_address_changes_nothing)
{
	char *page = map_pages(1), before[4096], after[4096];
	__u32 lengths[] = { 2, 9, 16, 100, 1000, 4095, 4096 };
	unsigned int i;

	ASSERT_NE(NULL, page);
	memset(page, 'n', 4096);
	memset(before, 'o', sizeof(before));
	ASSERT_EQ(0, raw_write(self->fd, self->handle, 100, before, 4096));
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		__u32 good = lengths[i] / 2;

		EXPECT_EQ(-EFAULT, raw_write(self->fd, self->handle, 100,
					     page + 4096 - good, lengths[i]));
		ASSERT_EQ(0, raw_read(self->fd, self->handle, 100, after, 4096));
		EXPECT_EQ(0, memcmp(before, after, 4096)) {
			TH_LOG("length %u", lengths[i]);
		}
	}
}

TEST_F(payload, a_long_write_that_meets_a_bad_address_may_write_what_was_in_front)
{
	static char data[SIZE];
	char *page = map_pages(3);
	unsigned int i;

	ASSERT_NE(NULL, page);
	memset(page, 'n', 3 * 4096);
	EXPECT_EQ(-EFAULT, raw_write(self->fd, self->handle, 0, page, SIZE));
	ASSERT_EQ(0, raw_read(self->fd, self->handle, 0, data, SIZE));
	for (i = 0; i < SIZE && data[i] == 'n'; i++)
		;
	EXPECT_LE(i, 3 * 4096);
	for (; i < SIZE; i++) {
		ASSERT_EQ(0, data[i]);
	}
}

TEST_F(payload, a_read_into_memory_that_is_too_short_is_EFAULT)
{
	char *page = map_pages(1);

	ASSERT_NE(NULL, page);
	EXPECT_EQ(-EFAULT, raw_read(self->fd, self->handle, 0, page + 4090, 7));
	EXPECT_EQ(0, raw_read(self->fd, self->handle, 0, page + 4090, 6));
	EXPECT_EQ(-EFAULT, raw_read(self->fd, self->handle, 0, page, SIZE));
	ASSERT_EQ(0, mprotect(page, 4096, PROT_READ));
	EXPECT_EQ(-EFAULT, raw_read(self->fd, self->handle, 0, page, 10));
	EXPECT_EQ(0, raw_write(self->fd, self->handle, 0, page, 10));
	if (running_on_uml())
		return;
	ASSERT_EQ(0, mprotect(page, 4096, PROT_NONE));
	EXPECT_EQ(-EFAULT, raw_write(self->fd, self->handle, 0, page, 10));
}

TEST_F(payload, what_one_session_writes_another_reads)
{
	int fd = SECOND(self->fd, MHEAP_RIGHTS_ALL);
	char data[6] = "";
	__u64 handle;

	ASSERT_EQ(0, raw_root_set(self->fd, "r", self->handle));
	ASSERT_EQ(0, raw_root_get(fd, "r", &handle));
	ASSERT_EQ(0, raw_write(self->fd, self->handle, 7, "shared", 6));
	ASSERT_EQ(0, raw_read(fd, handle, 7, data, 6));
	EXPECT_EQ(0, memcmp(data, "shared", 6));
	close(fd);
}

TEST_F(payload, survives_collections_unchanged)
{
	static unsigned char written[SIZE], data[SIZE];
	__u64 seed = 99;
	unsigned int i;

	for (i = 0; i < SIZE; i++)
		written[i] = random_next(&seed);
	ASSERT_EQ(0, raw_write(self->fd, self->handle, 0, written, SIZE));
	for (i = 0; i < 5; i++) {
		__u64 garbage = ALLOC(self->fd, 1, SIZE, 2);

		ASSERT_EQ(0, raw_write(self->fd, garbage, 0, data, SIZE));
		STORE(self->fd, garbage, 0, garbage);
		CLOSE(self->fd, garbage);
		ASSERT_EQ(0, raw_collect(self->fd));
	}
	EXPECT_EQ(1, heap_objects(self->fd));
	ASSERT_EQ(0, raw_read(self->fd, self->handle, 0, data, SIZE));
	EXPECT_EQ(0, memcmp(data, written, SIZE));
}

TEST_HARNESS_MAIN
