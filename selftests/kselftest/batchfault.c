// SPDX-License-Identifier: GPL-2.0
/* Batches whose records are in memory that cannot be read or written. */
#include "mheap_harness.h"

#define PAGE 4096

FIXTURE(batchfault)
{
	int fd;
	__u64 object;	/* 4 slots, type 1 */
	char *memory;	/* 8 pages, then none */
};

FIXTURE_SETUP(batchfault)
{
	struct mheap_create options = { .suspect_age_ms = 3600000 };

	self->fd = NEW_HEAP(&options);
	self->object = ALLOC(self->fd, 4, 16, 1);
	self->memory = map_pages(8);
	ASSERT_NE(NULL, self->memory);
}

FIXTURE_TEARDOWN(batchfault)
{
	close(self->fd);
}

TEST_F(batchfault, records_that_are_nowhere_are_EFAULT)
{
	void *bad[] = { NULL, (void *)16, KERNEL_ADDRESS, (void *)~0UL,
			self->memory + 8 * PAGE };
	__u32 i, done;
	int error, ret;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		done = 0;
		error = 0;
		ret = raw_batch(self->fd, bad[i], 3, &done, &error);
		EXPECT_TRUE(ret == -EFAULT || (!ret && error == -EFAULT)) {
			TH_LOG("address %u: %d, error %d", i, ret, error);
		}
		EXPECT_EQ(0, done);
	}
	EXPECT_EQ(1, heap_handles(self->fd));
}

TEST_F(batchfault, records_in_front_of_a_bad_address_are_carried_out)
{
	struct mheap_record alloc = record_alloc(0, 0, 5, 0);
	__u32 good, i, done;
	int error;

	for (good = 1; good < 300; good += 1 + good / 3) {
		char *start = self->memory + 8 * PAGE - good * sizeof(alloc);

		for (i = 0; i < good; i++)
			memcpy(start + i * sizeof(alloc), &alloc, sizeof(alloc));
		done = 0;
		ASSERT_EQ(0, raw_batch(self->fd, (void *)start, good + 10, &done, &error));
		EXPECT_EQ(-EFAULT, error);
		EXPECT_EQ(good, done);
		EXPECT_EQ(done + 1, heap_handles(self->fd));
		for (i = 0; i < done; i++) {
			CLOSE(self->fd, ((struct mheap_alloc *)start)[i].handle);
		}
		EXPECT_EQ(1, heap_objects(self->fd));
	}
}

TEST_F(batchfault, a_huge_count_ends_at_the_end_of_the_memory)
{
	struct mheap_record *records = (void *)self->memory;
	__u32 good = 8 * PAGE / sizeof(*records), i, done = 0;
	int error;

	for (i = 0; i < good; i++)
		records[i] = record_alloc(0, 0, 5, 0);
	ASSERT_EQ(0, raw_batch(self->fd, records, ~0U, &done, &error));
	EXPECT_EQ(-EFAULT, error);
	EXPECT_EQ(good, done);
	EXPECT_EQ(good + 1, heap_handles(self->fd));
}

TEST_F(batchfault, records_that_answer_nothing_may_be_read_only)
{
	struct mheap_record *records = (void *)self->memory;
	__u32 i, done;
	int error;

	for (i = 0; i < 100; i++)
		records[i] = record_store(self->object, i % 4, i & 4 ? self->object : 0);
	for (i = 100; i < 110; i++)
		records[i] = record_write(self->object, 0, "read only", 9);
	ASSERT_EQ(0, mprotect(self->memory, 8 * PAGE, PROT_READ));
	ASSERT_EQ(0, raw_batch(self->fd, records, 110, &done, &error));
	EXPECT_EQ(0, error);
	EXPECT_EQ(110, done);
	EXPECT_EQ(0, STAT(self->fd, self->object).out_slot_refs);
}

TEST_F(batchfault, a_handle_that_cannot_be_told_is_not_made)
{
	__u64 other = ALLOC(self->fd, 0, 0, 2);
	struct mheap_record records[] = {
		record_alloc(1, 8, 9, 0),
		record_dup(self->object, 0),
		record_load(self->object, 0, 0),
		record_exchange(self->object, 0, self->object, 0),
	};
	__u32 i, done;
	int error;

	STORE(self->fd, self->object, 0, other);
	for (i = 0; i < ARRAY_SIZE(records); i++) {
		ASSERT_EQ(0, mprotect(self->memory, PAGE, PROT_READ | PROT_WRITE));
		memcpy(self->memory, &records[i], sizeof(*records));
		ASSERT_EQ(0, mprotect(self->memory, PAGE, PROT_READ));
		ASSERT_EQ(0, raw_batch(self->fd, (void *)self->memory, 1, &done, &error));
		EXPECT_EQ(-EFAULT, error) {
			TH_LOG("record %u", i);
		}
		EXPECT_EQ(0, done);
		EXPECT_EQ(2, heap_handles(self->fd));
		EXPECT_EQ(2, heap_objects(self->fd));
		EXPECT_EQ(1, STAT(self->fd, other).out_handle_refs);
		EXPECT_EQ(1, STAT(self->fd, other).out_slot_refs);
	}
}

TEST_F(batchfault, a_page_that_becomes_read_only_in_the_middle)
{
	struct mheap_record *records = (void *)self->memory;
	__u32 i, done, whole = PAGE / sizeof(*records);
	int error;

	for (i = 0; i < 3 * whole; i++)
		records[i] = record_alloc(0, 0, i, 0);
	ASSERT_EQ(0, mprotect(self->memory + PAGE, PAGE, PROT_READ));
	ASSERT_EQ(0, raw_batch(self->fd, records, 3 * whole, &done, &error));
	EXPECT_EQ(-EFAULT, error);
	/* The record across the border has its answer behind it. */
	EXPECT_EQ(whole, done);
	EXPECT_EQ(done + 1, heap_handles(self->fd));
	for (i = 0; i < done; i++) {
		CLOSE(self->fd, ((struct mheap_alloc *)records)[i].handle);
	}
	EXPECT_EQ(1, heap_objects(self->fd));
}

TEST_F(batchfault, nothing_behind_a_record_that_cannot_be_answered_is_done)
{
	struct mheap_record *records = (void *)self->memory;
	__u32 i, done;
	int error;

	for (i = 0; i < 20; i++)
		records[i] = record_store(self->object, 0, 0);
	records[3] = record_dup(self->object, 0);
	records[4] = record_store(self->object, 0, self->object);
	records[5] = record_alloc(0, 0, 1, 0);
	ASSERT_EQ(0, mprotect(self->memory, PAGE, PROT_READ));
	ASSERT_EQ(0, raw_batch(self->fd, records, 20, &done, &error));
	EXPECT_EQ(3, done);
	EXPECT_EQ(-EFAULT, error);
	EXPECT_EQ(0, STAT(self->fd, self->object).out_slot_refs);
	EXPECT_EQ(1, heap_handles(self->fd));
	EXPECT_EQ(1, heap_objects(self->fd));
}

TEST_F(batchfault, a_chosen_handle_needs_no_answer_when_it_cannot_be_null)
{
	struct mheap_record *records = (void *)self->memory;
	__u64 one = chosen_handle(0, 1), two = chosen_handle(1, 1);
	__u32 done;
	int error;

	records[0] = record_alloc(0, 0, 3, one);
	records[1] = record_dup(self->object, two);
	ASSERT_EQ(0, mprotect(self->memory, PAGE, PROT_READ));
	ASSERT_EQ(0, raw_batch(self->fd, records, 2, &done, &error));
	EXPECT_EQ(0, error);
	EXPECT_EQ(2, done);
	EXPECT_EQ(3, STAT(self->fd, one).out_type);
	EXPECT_EQ(1, STAT(self->fd, two).out_type);
}

TEST_F(batchfault, a_chosen_handle_that_may_turn_out_null_needs_an_answer)
{
	__u64 mine = chosen_handle(0, 1);
	struct mheap_record records[] = {
		record_load(self->object, 0, mine),
		record_exchange(self->object, 0, self->object, mine),
	};
	__u32 i, done;
	int error;

	for (i = 0; i < ARRAY_SIZE(records); i++) {
		ASSERT_EQ(0, mprotect(self->memory, PAGE, PROT_READ | PROT_WRITE));
		memcpy(self->memory, &records[i], sizeof(*records));
		ASSERT_EQ(0, mprotect(self->memory, PAGE, PROT_READ));
		ASSERT_EQ(0, raw_batch(self->fd, (void *)self->memory, 1, &done, &error));
		EXPECT_EQ(-EFAULT, error);
		EXPECT_EQ(0, done);
		EXPECT_EQ(-ENOENT, raw_close(self->fd, mine));
		EXPECT_EQ(0, STAT(self->fd, self->object).out_slot_refs);
	}
}

TEST_F(batchfault, data_of_a_record_may_fault_while_others_go_on)
{
	char *edge = self->memory + 8 * PAGE - 4;
	struct mheap_record records[] = {
		record_write(self->object, 0, "0123456789abcdef", 16),
		record_read(self->object, 0, edge, 4),
		record_read(self->object, 0, edge, 5),
		record_write(self->object, 0, "x", 1),
	};
	char data[16];
	__u32 done;
	int error;

	ASSERT_EQ(0, raw_batch(self->fd, records, 4, &done, &error));
	EXPECT_EQ(2, done);
	EXPECT_EQ(-EFAULT, error);
	EXPECT_EQ(0, memcmp(edge, "0123", 4));
	ASSERT_EQ(0, raw_read(self->fd, self->object, 0, data, 16));
	EXPECT_EQ(0, memcmp(data, "0123456789abcdef", 16));
}

TEST_F(batchfault, answers_land_only_where_they_belong)
{
	struct mheap_record *records = (void *)self->memory, alloc = record_alloc(1, 2, 3, 0);
	unsigned int i, j;

	memset(self->memory, 0xee, 8 * PAGE);
	for (i = 100; i < 200; i++)
		records[i] = alloc;
	ASSERT_EQ(0, raw_batch_all(self->fd, records + 100, 100));
	for (i = 0; i < 8 * PAGE / sizeof(*records); i++) {
		unsigned char *bytes = (unsigned char *)&records[i];

		if (i >= 100 && i < 200) {
			((struct mheap_alloc *)bytes)->handle = 0;
			((struct mheap_alloc *)bytes)->out_offset = 0;
			ASSERT_EQ(0, memcmp(bytes, &alloc, sizeof(alloc)));
			continue;
		}
		for (j = 0; j < sizeof(*records); j++) {
			ASSERT_EQ(0xee, bytes[j]);
		}
	}
}

TEST_HARNESS_MAIN
