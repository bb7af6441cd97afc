// SPDX-License-Identifier: GPL-2.0
/* Batches: order, the first error, chosen handles, sizes and counts. */
#include "mheap_harness.h"

FIXTURE(batch)
{
	int fd;
	__u64 object;	/* 16 slots, 64 bytes, type 1 */
};

FIXTURE_SETUP(batch)
{
	struct mheap_create options = { .suspect_age_ms = 3600000 };

	self->fd = NEW_HEAP(&options);
	self->object = ALLOC(self->fd, 16, 64, 1);
}

FIXTURE_TEARDOWN(batch)
{
	close(self->fd);
}

static __u64 made_by(struct mheap_record *alloc)
{
	return ((struct mheap_alloc *)alloc)->handle;
}

static __u64 loaded_by(struct mheap_record *load)
{
	return ((struct mheap_load *)load)->handle;
}

TEST_F(batch, records_are_carried_out_in_order_and_answered_in_place)
{
	__u64 mine = chosen_handle(0, 1);
	char data[8] = "";
	struct mheap_record records[] = {
		record_alloc(2, 8, 42, mine),
		record_write(mine, 0, "in order", 8),
		record_store(self->object, 3, mine),
		record_load(self->object, 3, 0),
		record_dup(mine, 0),
		record_exchange(self->object, 3, 0, 0),
		record_compare_exchange(self->object, 3, 0, self->object),
		record_read(mine, 0, data, 8),
		record_alloc(0, 0, 43, 0),
		record_close(mine),
	};

	ASSERT_EQ(0, raw_batch_all(self->fd, records, ARRAY_SIZE(records)));
	EXPECT_EQ(0, memcmp(data, "in order", 8));
	EXPECT_EQ(mine, made_by(&records[0]));
	EXPECT_EQ(42, STAT(self->fd, loaded_by(&records[3])).out_type);
	EXPECT_EQ(42, STAT(self->fd, ((struct mheap_dup *)&records[4])->out_handle).out_type);
	EXPECT_EQ(42, STAT(self->fd, ((struct mheap_exchange *)&records[5])->out_handle).out_type);
	EXPECT_EQ(1, STAT(self->fd, self->object).out_slot_refs);
	EXPECT_EQ(43, STAT(self->fd, made_by(&records[8])).out_type);
	EXPECT_EQ(3, STAT(self->fd, loaded_by(&records[3])).out_handle_refs);
	EXPECT_EQ(5, heap_handles(self->fd));
	EXPECT_EQ(3, heap_objects(self->fd));
}

TEST_F(batch, what_a_record_does_not_answer_is_left_as_it_was)
{
	struct mheap_record records[] = {
		record_store(self->object, 1, self->object),
		record_alloc(3, 5, 7, 0),
		record_compare_exchange(self->object, 1, self->object, 0),
	}, before[ARRAY_SIZE(records)];

	memcpy(before, records, sizeof(records));
	ASSERT_EQ(0, raw_batch_all(self->fd, records, ARRAY_SIZE(records)));
	EXPECT_EQ(0, memcmp(&before[0], &records[0], sizeof(*records)));
	EXPECT_EQ(0, memcmp(&before[2], &records[2], sizeof(*records)));
	((struct mheap_alloc *)&records[1])->handle = 0;
	((struct mheap_alloc *)&records[1])->out_offset = 0;
	EXPECT_EQ(0, memcmp(&before[1], &records[1], sizeof(*records)));
}

TEST_F(batch, stops_at_the_first_error_wherever_it_is)
{
	static const __u32 counts[] = { 1, 2, 3, 31, 32, 33, 63, 64, 65, 127, 128, 129,
					255, 256, 257, 511, 512, 513, 1000 };
	struct mheap_record *records = calloc(1000, sizeof(*records));
	__u32 i, j, done;
	int error;

	ASSERT_NE(NULL, records);
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		struct mheap_record bad = record_close(chosen_handle(9, 1));
		__u32 at = counts[i] - 1;
		__u64 before = heap_objects(self->fd);

		for (j = 0; j < 1000; j++)
			records[j] = record_alloc(0, 0, j, 0);
		records[at] = bad;
		ASSERT_EQ(0, raw_batch(self->fd, records, 1000, &done, &error));
		EXPECT_EQ(at, done);
		EXPECT_EQ(-ENOENT, error);
		EXPECT_EQ(before + at, heap_objects(self->fd));
		EXPECT_EQ(0, memcmp(&bad, &records[at], sizeof(bad)));
		/* Those in front were answered, those behind were not looked at. */
		for (j = 0; j < at; j++) {
			ASSERT_EQ(j, STAT(self->fd, made_by(&records[j])).out_type);
		}
		for (j = at + 1; j < 1000; j++) {
			ASSERT_EQ(0, made_by(&records[j]));
		}
	}
	free(records);
}

TEST_F(batch, each_errno_of_a_record_is_told)
{
	__u64 stale = DUP(self->fd, self->object), mine = chosen_handle(0, 1);
	struct mheap_alloc reserved = { .site = 1 }, flags = { .flags = 1U << 31 };
	struct mheap_close reserved_close = { .handle = self->object, .__reserved = { 0, 0, 1 } };
	struct {
		struct mheap_record record;
		int error;
	} table[] = {
		{ record_close(stale), -ESTALE },
		{ record_close(mine), -ENOENT },
		{ record_load(self->object, 16, 0), -ERANGE },
		{ record_read(self->object, 60, table, 5), -ERANGE },
		{ record_read(self->object, 0, NULL, 5), -EFAULT },
		{ record_write(self->object, 0, NULL, 5), -EFAULT },
		{ record_compare_exchange(self->object, 0, self->object, 0), -EAGAIN },
		{ record_alloc(MHEAP_SLOTS_MAX + 1, 0, 0, 0), -EINVAL },
		{ record_alloc(0, 0, 0, chosen_handle(0, 2)), -EINVAL },
		{ record_dup(self->object, 1ULL << 24), -EINVAL },
		{ {}, -EINVAL },
		{ {}, -EOPNOTSUPP },
		{ {}, -EINVAL },
		{ { .command = 0x7777 }, -ENOTTY },
		{ { .command = ~0U }, -ENOTTY },
	};
	__u32 i, done = 0;
	int error = 0;

	CLOSE(self->fd, stale);
	memcpy(&table[10].record, &reserved, sizeof(reserved));
	memcpy(&table[11].record, &flags, sizeof(flags));
	table[10].record.command = MHEAP_CMD_ALLOC;
	table[11].record.command = MHEAP_CMD_ALLOC;
	memcpy(&table[12].record, &reserved_close, sizeof(reserved_close));
	table[12].record.command = MHEAP_CMD_CLOSE;
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		struct mheap_record records[3] = {
			record_store(self->object, 2, self->object),
			table[i].record,
			record_store(self->object, 1, self->object),
		};

		ASSERT_EQ(0, raw_batch(self->fd, records, 3, &done, &error));
		EXPECT_EQ(1, done) {
			TH_LOG("record %u", i);
		}
		EXPECT_EQ(table[i].error, error) {
			TH_LOG("record %u", i);
		}
		EXPECT_EQ(1, STAT(self->fd, self->object).out_slot_refs);
		EXPECT_EQ(1, heap_handles(self->fd));
		EXPECT_EQ(1, heap_objects(self->fd));
	}
}

TEST_F(batch, commands_that_may_not_be_records_are_refused)
{
	struct mheap_query_command command;
	struct mheap_record records[2];
	__u32 i, done;
	int error;

	for (i = 0; i <= MHEAP_CMD_BATCH; i++) {
		ASSERT_EQ(0, raw_query_command(self->fd, i, &command));
		if (command.out_command_flags & MHEAP_COMMAND_BATCH)
			continue;
		memset(records, 0, sizeof(records));
		records[0].command = i;
		records[1] = record_close(self->object);
		ASSERT_EQ(0, raw_batch(self->fd, records, 2, &done, &error));
		EXPECT_EQ(0, done);
		EXPECT_EQ(-EINVAL, error) {
			TH_LOG("%s as a record", command.out_name);
		}
	}
	EXPECT_EQ(1, heap_handles(self->fd));
}

TEST_F(batch, counts_and_sizes_of_records_are_checked)
{
	struct mheap_record record = record_close(self->object);
	struct mheap_batch good = {
		.size = sizeof(good), .records_uptr = (unsigned long)&record,
		.count = 1, .record_size = sizeof(record),
	}, arg;
	static const __u32 sizes[] = { 0, 1, 8, 32, 39, 41, 48, 64, 80, 4096, ~0U };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		arg = good;
		arg.record_size = sizes[i];
		EXPECT_EQ(-EINVAL, raw_call(self->fd, MHEAP_CMD_BATCH, &arg)) {
			TH_LOG("record_size %u", sizes[i]);
		}
	}
	arg = good;
	arg.count = 0;
	EXPECT_EQ(-EINVAL, raw_call(self->fd, MHEAP_CMD_BATCH, &arg));
	EXPECT_EQ(1, heap_handles(self->fd));
	arg = good;
	ASSERT_EQ(0, raw_call(self->fd, MHEAP_CMD_BATCH, &arg));
	EXPECT_EQ(1, arg.out_done);
	EXPECT_EQ(0, arg.out_error);
	EXPECT_EMPTY(self->fd);
}

TEST_F(batch, any_number_of_records_from_1_to_10000)
{
	static const __u32 counts[] = { 1, 2, 7, 50, 99, 100, 101, 1000, 1023, 1024, 1025,
					4095, 4096, 4097, 10000 };
	struct mheap_record *records = calloc(10000, sizeof(*records));
	__u32 i, j;

	ASSERT_NE(NULL, records);
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		for (j = 0; j < counts[i]; j++)
			records[j] = record_alloc(j % 3, j % 5, j, 0);
		ASSERT_EQ(0, raw_batch_all(self->fd, records, counts[i]));
		EXPECT_EQ(counts[i] + 1, heap_objects(self->fd));
		for (j = 0; j < counts[i]; j++)
			records[j] = record_close(made_by(&records[j]));
		ASSERT_EQ(0, raw_batch_all(self->fd, records, counts[i]));
		EXPECT_EQ(1, heap_objects(self->fd));
	}
	free(records);
}

TEST_F(batch, builds_a_list_without_waiting_for_an_answer)
{
	enum { COUNT = 3000 };
	struct mheap_record *records = calloc(3 * COUNT, sizeof(*records));
	__u64 node, previous = 0;
	__u32 i, n = 0;

	/* Two entries take turns: node, link to the previous one, close that. */
	ASSERT_NE(NULL, records);
	for (i = 0; i < COUNT; i++) {
		node = chosen_handle(i & 1, i / 2 + 1);
		records[n++] = record_alloc(1, 0, i, node);
		records[n++] = record_store(node, 0, previous);
		if (previous)
			records[n++] = record_close(previous);
		previous = node;
	}
	ASSERT_EQ(0, raw_batch_all(self->fd, records, n));
	EXPECT_EQ(2, heap_handles(self->fd));
	EXPECT_EQ(COUNT + 1, heap_objects(self->fd));
	node = previous;
	for (i = COUNT; i-- > 0;) {
		ASSERT_EQ(i, STAT(self->fd, node).out_type);
		previous = LOAD(self->fd, node, 0);
		CLOSE(self->fd, node);
		node = previous;
	}
	EXPECT_EQ(0, node);
	EXPECT_EQ(1, heap_objects(self->fd));
	free(records);
}

TEST_F(batch, a_chosen_handle_may_come_and_go_within_one_batch)
{
	__u64 one = chosen_handle(7, 1), two = chosen_handle(7, 2);
	struct mheap_record records[] = {
		record_alloc(0, 0, 1, one),
		record_close(one),
		record_alloc(0, 0, 2, two),
		record_close(two),
		record_alloc(0, 0, 3, one),
	};
	__u32 done;
	int error;

	ASSERT_EQ(0, raw_batch(self->fd, records, 5, &done, &error));
	EXPECT_EQ(4, done);
	EXPECT_EQ(-ESTALE, error);
	EXPECT_EQ(1, heap_objects(self->fd));
}

TEST_F(batch, records_may_be_anywhere_even_unaligned)
{
	char memory[5 * sizeof(struct mheap_record) + 8];
	struct mheap_record record = record_alloc(1, 1, 77, 0);
	struct mheap_alloc answer;
	unsigned int shift, i;

	for (shift = 1; shift < 8; shift++) {
		for (i = 0; i < 5; i++)
			memcpy(memory + shift + i * sizeof(record), &record, sizeof(record));
		ASSERT_EQ(0, raw_batch_all(self->fd, (void *)(memory + shift), 5));
		for (i = 0; i < 5; i++) {
			memcpy(&answer, memory + shift + i * sizeof(record), sizeof(answer));
			EXPECT_EQ(77, STAT(self->fd, answer.handle).out_type);
			CLOSE(self->fd, answer.handle);
		}
	}
	EXPECT_EQ(1, heap_objects(self->fd));
}

TEST(a_limit_met_in_a_batch_stops_it_exactly_there)
{
	struct mheap_create options = {
		.max_objects = 100, .suspect_age_ms = 3600000, .suspect_min = ~0U,
	};
	int fd = NEW_HEAP(&options), error;
	struct mheap_record records[150];
	__u32 i, done;

	for (i = 0; i < 150; i++)
		records[i] = record_alloc(1, 0, i, 0);
	ASSERT_EQ(0, raw_batch(fd, records, 150, &done, &error));
	EXPECT_EQ(100, done);
	EXPECT_EQ(-EDQUOT, error);
	EXPECT_EQ(100, heap_objects(fd));

	/* Garbage is collected in the middle of a batch, and it goes on. */
	for (i = 0; i < 100; i += 2) {
		STORE(fd, made_by(&records[i]), 0, made_by(&records[i + 1]));
		STORE(fd, made_by(&records[i + 1]), 0, made_by(&records[i]));
	}
	for (i = 0; i < 100; i++) {
		CLOSE(fd, made_by(&records[i]));
	}
	EXPECT_EQ(100, heap_objects(fd));
	for (i = 0; i < 80; i++)
		records[i] = record_alloc(1, 0, i, 0);
	ASSERT_EQ(0, raw_batch_all(fd, records, 80));
	EXPECT_EQ(80, heap_objects(fd));
	close(fd);
}

TEST(a_limit_of_handles_met_in_a_batch_stops_it_exactly_there)
{
	struct mheap_create options = { .max_handles = 10 };
	int fd = NEW_HEAP(&options), error;
	struct mheap_record records[20];
	__u32 i, done;

	for (i = 0; i < 20; i++)
		records[i] = record_alloc(0, 0, i, 0);
	ASSERT_EQ(0, raw_batch(fd, records, 20, &done, &error));
	EXPECT_EQ(10, done);
	EXPECT_EQ(-EMFILE, error);
	EXPECT_EQ(10, heap_objects(fd));
	close(fd);
}

TEST_HARNESS_MAIN
