// SPDX-License-Identifier: GPL-2.0
/* Objects: every shape, what stat tells, reuse of memory, and their ranges. */
#include "mheap_harness.h"

FIXTURE(object)
{
	int fd;
};

FIXTURE_SETUP(object)
{
	struct mheap_create options = { .suspect_age_ms = 3600000 };

	self->fd = NEW_HEAP(&options);
}

FIXTURE_TEARDOWN(object)
{
	close(self->fd);
}

static const __u32 slot_counts[] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 30, 31, 32,
	33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 511, 512, 513, 1023, 1024,
	1025, 2047, 2048, 4095, 4096, 4097, 65535, 65536, 65537, (1 << 20) - 1, 1 << 20,
};

static const __u32 payload_sizes[] = {
	0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 32, 33, 39, 40, 41, 47, 48,
	49, 55, 56, 57, 63, 64, 65, 79, 80, 81, 95, 96, 97, 111, 112, 127, 128, 129,
	191, 192, 193, 255, 256, 257, 383, 384, 385, 511, 512, 513, 767, 768, 769,
	1023, 1024, 1025, 1535, 1536, 1537, 2047, 2048, 2049, 3071, 3072, 3073, 4095,
	4096, 4097, 8191, 8192, 8193, 16384, 16385, 32767, 32768, 32769, 65535, 65536,
	65537, 131072, 131073, 262143, 262144, 262145, 524288, 1048575, 1048576,
	1048577, 2097152, 2097153, 4194304, 4194305, 8 << 20,
};

/* True when the payload is @length bytes, all of them @byte. */
static bool payload_is(int fd, __u64 handle, __u32 length, unsigned char byte)
{
	static unsigned char data[65536];
	__u32 offset, part, i;

	for (offset = 0; offset < length; offset += part) {
		part = length - offset < sizeof(data) ? length - offset : sizeof(data);
		memset(data, ~byte, sizeof(data));
		if (raw_read(fd, handle, offset, data, part))
			return false;
		for (i = 0; i < part; i++)
			if (data[i] != byte)
				return false;
	}
	return raw_read(fd, handle, length, data, 1) == -ERANGE;
}

static bool payload_fill(int fd, __u64 handle, __u32 length, unsigned char byte)
{
	static unsigned char data[65536];
	__u32 offset, part;

	memset(data, byte, sizeof(data));
	for (offset = 0; offset < length; offset += part) {
		part = length - offset < sizeof(data) ? length - offset : sizeof(data);
		if (raw_write(fd, handle, offset, data, part))
			return false;
	}
	return true;
}

TEST_F(object, every_number_of_slots_can_be_made)
{
	struct mheap_stat stat;
	__u64 handle, value;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(slot_counts); i++) {
		handle = ALLOC(self->fd, slot_counts[i], 0, i);
		stat = STAT(self->fd, handle);
		EXPECT_EQ(slot_counts[i], stat.out_slots);
		EXPECT_EQ(0, stat.out_payload_bytes);
		EXPECT_LE(4 * slot_counts[i], stat.out_bytes);
		EXPECT_EQ(stat.out_bytes, heap_bytes(self->fd));
		if (slot_counts[i]) {
			value = 1;
			EXPECT_EQ(0, raw_load(self->fd, handle, 0, &value));
			EXPECT_EQ(0, value);
			value = 1;
			EXPECT_EQ(0, raw_load(self->fd, handle, slot_counts[i] - 1, &value));
			EXPECT_EQ(0, value);
			/* The last slot works. */
			STORE(self->fd, handle, slot_counts[i] - 1, handle);
			EXPECT_EQ(1, STAT(self->fd, handle).out_slot_refs);
			STORE(self->fd, handle, slot_counts[i] - 1, 0);
		}
		EXPECT_EQ(-ERANGE, raw_load(self->fd, handle, slot_counts[i], &value));
		CLOSE(self->fd, handle);
		/* Very wide ones are left to the worker. */
		if (slot_counts[i] > 1024) {
			EXPECT_TRUE(heap_drained(self->fd));
		}
		EXPECT_EQ(0, heap_bytes(self->fd));
	}
	EXPECT_EMPTY(self->fd);
}

TEST_F(object, every_size_of_payload_can_be_made_and_is_zero)
{
	struct mheap_stat stat;
	__u64 handle;
	unsigned int i, round;

	/* The second round reuses the memory that the first one has filled. */
	for (round = 0; round < 2; round++) {
		for (i = 0; i < ARRAY_SIZE(payload_sizes); i++) {
			handle = ALLOC(self->fd, i % 5, payload_sizes[i], i);
			stat = STAT(self->fd, handle);
			EXPECT_EQ(payload_sizes[i], stat.out_payload_bytes);
			EXPECT_EQ(i % 5, stat.out_slots);
			EXPECT_LE(payload_sizes[i], stat.out_bytes);
			EXPECT_EQ(stat.out_bytes, heap_bytes(self->fd));
			EXPECT_TRUE(payload_is(self->fd, handle, payload_sizes[i], 0)) {
				TH_LOG("%u bytes, round %u", payload_sizes[i], round);
			}
			EXPECT_TRUE(payload_fill(self->fd, handle, payload_sizes[i], 0xa5));
			EXPECT_TRUE(payload_is(self->fd, handle, payload_sizes[i], 0xa5)) {
				TH_LOG("%u bytes, round %u", payload_sizes[i], round);
			}
			CLOSE(self->fd, handle);
			/* Very large ones are left to the worker. */
			if (payload_sizes[i] > 1 << 20) {
				EXPECT_TRUE(heap_drained(self->fd));
			}
			EXPECT_EQ(0, heap_bytes(self->fd));
		}
	}
	EXPECT_EMPTY(self->fd);
}

TEST_F(object, neighbours_do_not_share_a_byte)
{
	enum { COUNT = 3 * ARRAY_SIZE(payload_sizes) / 2 };
	__u64 handles[COUNT];
	unsigned int i;

	for (i = 0; i < COUNT; i++)
		handles[i] = ALLOC(self->fd, i % 9, payload_sizes[i * 2 / 3] % 70000, i);
	for (i = 0; i < COUNT; i++) {
		ASSERT_TRUE(payload_fill(self->fd, handles[i],
					 payload_sizes[i * 2 / 3] % 70000, i + 1));
	}
	for (i = 0; i < COUNT; i++) {
		EXPECT_TRUE(payload_is(self->fd, handles[i],
				       payload_sizes[i * 2 / 3] % 70000, i + 1)) {
			TH_LOG("object %u", i);
		}
	}
	/* Every other one goes, others come: the rest stays what it was. */
	for (i = 0; i < COUNT; i += 2) {
		CLOSE(self->fd, handles[i]);
		handles[i] = ALLOC(self->fd, i % 7, payload_sizes[i * 2 / 3] % 70000, i);
		EXPECT_TRUE(payload_is(self->fd, handles[i],
				       payload_sizes[i * 2 / 3] % 70000, 0)) {
			TH_LOG("object %u", i);
		}
	}
	for (i = 1; i < COUNT; i += 2) {
		EXPECT_TRUE(payload_is(self->fd, handles[i],
				       payload_sizes[i * 2 / 3] % 70000, i + 1)) {
			TH_LOG("object %u", i);
		}
	}
	for (i = 0; i < COUNT; i++) {
		CLOSE(self->fd, handles[i]);
	}
	EXPECT_EMPTY(self->fd);
}

TEST_F(object, payloads_are_zero_however_often_memory_is_used_again)
{
	__u64 handle;
	unsigned int i, round;

	for (i = 0; i < ARRAY_SIZE(payload_sizes) && payload_sizes[i] <= 4096; i++) {
		for (round = 0; round < 100; round++) {
			handle = ALLOC(self->fd, i % 3, payload_sizes[i], round);
			ASSERT_TRUE(payload_is(self->fd, handle, payload_sizes[i], 0)) {
				TH_LOG("%u bytes, round %u", payload_sizes[i], round);
			}
			ASSERT_TRUE(payload_fill(self->fd, handle, payload_sizes[i], ~round));
			CLOSE(self->fd, handle);
		}
	}
	EXPECT_EMPTY(self->fd);
}

TEST_F(object, slots_are_null_when_memory_is_used_again)
{
	__u64 target = ALLOC(self->fd, 0, 0, 1), handle, cursor, *objects;
	unsigned int i, j;
	__u32 written;

	objects = malloc(MHEAP_WALK_MAX * sizeof(*objects));
	ASSERT_NE(NULL, objects);
	for (i = 0; i < ARRAY_SIZE(slot_counts) && slot_counts[i] <= MHEAP_WALK_MAX; i++) {
		for (j = 0; j < 20; j++) {
			__u32 k;

			handle = ALLOC(self->fd, slot_counts[i], 0, 2);
			cursor = 0;
			ASSERT_EQ(0, raw_slot_list(self->fd, handle, &cursor, objects,
						   MHEAP_WALK_MAX, &written));
			ASSERT_EQ(slot_counts[i], written);
			for (k = 0; k < written; k++) {
				ASSERT_EQ(0, objects[k]);
			}
			for (k = 0; k < written; k += 1 + written / 16) {
				STORE(self->fd, handle, k, target);
			}
			CLOSE(self->fd, handle);
		}
		EXPECT_TRUE(heap_drained(self->fd));
		EXPECT_EQ(0, STAT(self->fd, target).out_slot_refs);
	}
	free(objects);
}

TEST_F(object, stat_tells_what_was_asked_for_and_who_refers_to_it)
{
	__u64 handle = ALLOC(self->fd, 3, 100, 0xdeadbeef), copy;
	struct mheap_stat stat = STAT(self->fd, handle);
	__u64 object = stat.out_object;

	EXPECT_NE(0, object);
	EXPECT_EQ(0xdeadbeef, stat.out_type);
	EXPECT_EQ(3, stat.out_slots);
	EXPECT_EQ(100, stat.out_payload_bytes);
	EXPECT_EQ(0, stat.out_site);
	EXPECT_EQ(1, stat.out_handle_refs);
	EXPECT_EQ(0, stat.out_slot_refs);

	copy = DUP(self->fd, handle);
	STORE(self->fd, handle, 0, handle);
	STORE(self->fd, handle, 2, copy);
	ASSERT_EQ(0, raw_root_set(self->fd, "root", copy));
	stat = STAT(self->fd, copy);
	EXPECT_EQ(object, stat.out_object);
	EXPECT_EQ(3, stat.out_handle_refs);
	EXPECT_EQ(2, stat.out_slot_refs);
	CLOSE(self->fd, handle);
	ASSERT_EQ(0, raw_root_set(self->fd, "root", 0));
	stat = STAT(self->fd, copy);
	EXPECT_EQ(1, stat.out_handle_refs);
	EXPECT_EQ(2, stat.out_slot_refs);
}

TEST_F(object, numbers_tell_living_objects_apart)
{
	enum { COUNT = 500 };
	__u64 handles[COUNT], numbers[COUNT];
	unsigned int i, j;

	for (i = 0; i < COUNT; i++) {
		handles[i] = ALLOC(self->fd, i % 4, i % 3 * 40, i);
		numbers[i] = STAT(self->fd, handles[i]).out_object;
		for (j = 0; j < i; j++) {
			ASSERT_NE(numbers[j], numbers[i]);
		}
	}
	ASSERT_EQ(0, raw_collect(self->fd));
	for (i = 0; i < COUNT; i++) {
		EXPECT_EQ(numbers[i], STAT(self->fd, handles[i]).out_object);
		EXPECT_EQ(i, STAT(self->fd, handles[i]).out_type);
	}
}

TEST_F(object, what_is_too_large_is_EINVAL_and_changes_nothing)
{
	__u64 handle;

	EXPECT_EQ(-EINVAL, raw_alloc(self->fd, MHEAP_SLOTS_MAX + 1, 0, 0, &handle));
	EXPECT_EQ(-EINVAL, raw_alloc(self->fd, ~0U, 0, 0, &handle));
	EXPECT_EQ(-EINVAL, raw_alloc(self->fd, 0, MHEAP_PAYLOAD_MAX + 1, 0, &handle));
	EXPECT_EQ(-EINVAL, raw_alloc(self->fd, 0, ~0U, 0, &handle));
	EXPECT_EQ(0, HEAP_STAT(self->fd).out_allocated);
	EXPECT_EMPTY(self->fd);
}

TEST_F(object, the_largest_payload_works_or_meets_a_limit)
{
	__u64 handle;
	int ret = raw_alloc(self->fd, 2, MHEAP_PAYLOAD_MAX, 5, &handle);
	char byte = 1;

	EXPECT_TRUE(!ret || ret == -EDQUOT || ret == -ENOMEM) {
		TH_LOG("ret %d", ret);
	}
	if (ret) {
		EXPECT_EMPTY(self->fd);
		return;
	}
	ASSERT_EQ(0, raw_read(self->fd, handle, MHEAP_PAYLOAD_MAX - 1, &byte, 1));
	EXPECT_EQ(0, byte);
	EXPECT_EQ(0, raw_write(self->fd, handle, MHEAP_PAYLOAD_MAX - 1, "x", 1));
	EXPECT_EQ(-ERANGE, raw_write(self->fd, handle, MHEAP_PAYLOAD_MAX - 1, "xy", 2));
	ASSERT_EQ(0, raw_read(self->fd, handle, MHEAP_PAYLOAD_MAX - 1, &byte, 1));
	EXPECT_EQ('x', byte);
	CLOSE(self->fd, handle);
	EXPECT_EMPTY(self->fd);
}

TEST_F(object, a_site_must_have_been_named)
{
	struct mheap_alloc alloc = { .size = sizeof(alloc), .site = 1 };

	EXPECT_EQ(-EINVAL, raw_call(self->fd, MHEAP_CMD_ALLOC, &alloc));
	EXPECT_EMPTY(self->fd);
}

TEST_F(object, the_figures_of_the_heap_are_the_sums_of_its_objects)
{
	__u64 handles[200], bytes = 0;
	struct mheap_heap_stat stat;
	unsigned int i;

	for (i = 0; i < 200; i++) {
		handles[i] = ALLOC(self->fd, i * 3 % 50, i * 37 % 3000, i);
		bytes += STAT(self->fd, handles[i]).out_bytes;
	}
	stat = HEAP_STAT(self->fd);
	EXPECT_EQ(200, stat.out_objects);
	EXPECT_EQ(200, stat.out_allocated);
	EXPECT_EQ(200, stat.out_handles);
	EXPECT_EQ(bytes, stat.out_bytes);
	EXPECT_LE(stat.out_bytes, stat.out_memory);
	for (i = 0; i < 200; i++) {
		bytes -= STAT(self->fd, handles[i]).out_bytes;
		CLOSE(self->fd, handles[i]);
		stat = HEAP_STAT(self->fd);
		ASSERT_EQ(bytes, stat.out_bytes);
		ASSERT_EQ(199 - i, stat.out_objects);
		ASSERT_EQ(i + 1, stat.out_freed_count);
	}
	EXPECT_EQ(0, stat.out_freed_collect);
}

TEST_F(object, memory_goes_back_to_the_system)
{
	__u64 handle, empty = HEAP_STAT(self->fd).out_memory;
	struct mheap_record *records = calloc(10000, sizeof(*records));
	unsigned int i;

	ASSERT_NE(NULL, records);
	handle = ALLOC(self->fd, 0, 16 << 20, 0);
	EXPECT_LE(16 << 20, HEAP_STAT(self->fd).out_memory);
	CLOSE(self->fd, handle);
	EXPECT_TRUE(EVENTUALLY(HEAP_STAT(self->fd).out_memory < 16 << 20));

	for (i = 0; i < 10000; i++)
		records[i] = record_alloc(2, 1000, 0, 0);
	ASSERT_EQ(0, raw_batch_all(self->fd, records, 10000));
	EXPECT_LE(empty + 10000 * 1000, HEAP_STAT(self->fd).out_memory);
	for (i = 0; i < 10000; i++) {
		CLOSE(self->fd, ((struct mheap_alloc *)&records[i])->handle);
	}
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EMPTY(self->fd);
	/* All but what it keeps at hand. */
	EXPECT_TRUE(EVENTUALLY(HEAP_STAT(self->fd).out_memory < empty + (8 << 20)));
	free(records);
}

TEST_HARNESS_MAIN
