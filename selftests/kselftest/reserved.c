// SPDX-License-Identifier: GPL-2.0
/* Reserved heaps: all memory is taken when they are made, and no more ever after. */
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "mheap_harness.h"

#define MAX_BYTES	(8ULL << 20)
#define CHUNK		(256U << 10)
#define HANDLES		4096U	/* of a session that does not ask for a number */
#define SLOTS_MAX	1000U

static const struct mheap_create reserved_options = {
	.flags = MHEAP_CREATE_RESERVED,
	.max_bytes = MAX_BYTES,
	.suspect_age_ms = 3600000,
	.suspect_min = ~0U,
};

/* Of one object only the next is a slot; of what else it has, the class is made. */
static const struct kind {
	__u32 slots, payload_bytes;
} kinds[] = {
	{ 1, 0 }, { SLOTS_MAX, 0 }, { 1, 8 }, { 20, 4096 }, { 1, 65536 }, { 5, 65537 },
	{ 1, 1 << 20 }, { 300, 40 },
};

#define CHAIN_AT_ONCE 20

/*
 * Objects of a kind, each of which refers to the one before it, until there is no
 * room. Returns how many there are, or a negative errno that is not -EDQUOT; @last
 * keeps them all. The handles are those of two entries in turn, whose generations
 * go on from one call to the next.
 */
static long fill(int fd, const struct kind *kind, __u64 *generations, __u64 *last)
{
	struct mheap_record records[3 * CHAIN_AT_ONCE];
	__u32 i, done, turn = 0;
	__u64 handle, before = 0;
	long count = 0;
	int error = 0, ret;

	do {
		for (i = 0; i < CHAIN_AT_ONCE; i++) {
			turn = !turn;
			handle = chosen_handle(turn, generations[turn]++);
			records[3 * i] = record_alloc(kind->slots, kind->payload_bytes, 0, handle);
			records[3 * i + 1] = record_store(handle, 0, before);
			/* Of a first one there is nothing to close. */
			records[3 * i + 2] = before ? record_close(before) :
						      record_store(handle, 0, 0);
			before = handle;
		}
		ret = raw_batch(fd, records, ARRAY_SIZE(records), &done, &error);
		if (ret)
			return ret;
		count += done / 3;
	} while (!error);
	if (error != -EDQUOT || done % 3)
		return error == -EDQUOT ? -EIO : error;
	/* What was not done did not use its handle. */
	for (i = done / 3; i < CHAIN_AT_ONCE; i++) {
		generations[turn]--;
		turn = !turn;
	}
	*last = count ? chosen_handle(turn, generations[turn] - 1) : 0;
	return count;
}

FIXTURE(reserved)
{
	int fd;
	__u64 memory;
	__u64 generations[2];
};

FIXTURE_SETUP(reserved)
{
	struct mheap_create options = reserved_options;

	self->fd = NEW_HEAP(&options);
	self->memory = HEAP_STAT(self->fd).out_memory;
	self->generations[0] = 1;
	self->generations[1] = 1;
}

/* Whatever was done, the heap took no memory, and gave none back. */
FIXTURE_TEARDOWN(reserved)
{
	EXPECT_EQ(self->memory, HEAP_STAT(self->fd).out_memory);
	EXPECT_EQ(0, COLLECT_STAT(self->fd).out_verify_failures);
	close(self->fd);
}

TEST_F(reserved, all_memory_is_taken_at_once)
{
	EXPECT_EQ(MAX_BYTES, HEAP_STAT(self->fd).out_max_bytes);
	EXPECT_LE(self->memory, MAX_BYTES);
	/* What is left is less than one more chunk and its tables take. */
	EXPECT_LT(MAX_BYTES - self->memory, 2 * CHUNK);
	EXPECT_EQ(0, heap_bytes(self->fd));
}

TEST_F(reserved, objects_of_every_size_come_and_go)
{
	static const __u32 sizes[] = { 0, 1, 32, 33, 1000, 4096, 4097, 65536, 65537, CHUNK,
				       CHUNK + 1, 1 << 20 };
	char *pattern = malloc(1 << 20), *got = malloc(1 << 20);
	__u64 handle;
	__u32 i, j;

	ASSERT_NE(NULL, pattern);
	ASSERT_NE(NULL, got);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		handle = ALLOC(self->fd, i * 90, sizes[i], i);
		ASSERT_EQ(0, raw_read(self->fd, handle, 0, got, sizes[i]));
		for (j = 0; j < sizes[i]; j++) {
			ASSERT_EQ(0, got[j]);
		}
		memset(pattern, 0xa0 + i, sizes[i]);
		ASSERT_EQ(0, raw_write(self->fd, handle, 0, pattern, sizes[i]));
		ASSERT_EQ(0, raw_read(self->fd, handle, 0, got, sizes[i]));
		ASSERT_EQ(0, memcmp(got, pattern, sizes[i]));
		EXPECT_EQ(self->memory, HEAP_STAT(self->fd).out_memory);
		CLOSE(self->fd, handle);
	}
	EXPECT_EMPTY(self->fd);
	free(pattern);
	free(got);
}

TEST_F(reserved, weak_references_roots_and_cycles_take_no_memory)
{
	__u64 handles[100], weak[100];
	unsigned int i, round;

	for (round = 0; round < 5; round++) {
		for (i = 0; i < 100; i++) {
			handles[i] = ALLOC(self->fd, 10 * i + 2, i * 50, i);
			weak[i] = WEAKEN(self->fd, handles[i]);
			if (i) {
				STORE(self->fd, handles[i], 0, handles[i - 1]);
				STORE(self->fd, handles[i], 1, weak[i - 1]);
			}
		}
		STORE(self->fd, handles[0], 0, handles[99]);
		ASSERT_EQ(0, raw_root_set(self->fd, "ring", handles[50]));
		EXPECT_EQ(self->memory, HEAP_STAT(self->fd).out_memory);
		for (i = 0; i < 100; i++) {
			CLOSE(self->fd, handles[i]);
		}
		ASSERT_EQ(0, raw_collect(self->fd));
		EXPECT_EQ(100, heap_objects(self->fd));
		ASSERT_EQ(0, raw_root_set(self->fd, "ring", 0));
		ASSERT_EQ(0, raw_collect(self->fd));
		EXPECT_EQ(0, heap_objects(self->fd));
		for (i = 0; i < 100; i++) {
			EXPECT_EQ(0, UPGRADE(self->fd, weak[i]));
			CLOSE(self->fd, weak[i]);
		}
		EXPECT_EMPTY(self->fd);
		EXPECT_EQ(0, heap_weak(self->fd));
		EXPECT_EQ(self->memory, HEAP_STAT(self->fd).out_memory);
	}
}

TEST_F(reserved, an_object_is_used_again_by_reset)
{
	__u64 handle = ALLOC(self->fd, SLOTS_MAX, 300000, 0), other;
	unsigned int round, i;
	char byte;

	for (round = 0; round < 20; round++) {
		for (i = 0; i < SLOTS_MAX; i += 10) {
			other = ALLOC(self->fd, 1, 1000, 0);
			STORE(self->fd, handle, i, other);
			CLOSE(self->fd, other);
		}
		ASSERT_EQ(0, raw_write(self->fd, handle, 299999, "x", 1));
		ASSERT_EQ(0, raw_reset(self->fd, handle));
		EXPECT_TRUE(EVENTUALLY(heap_objects(self->fd) == 1));
		ASSERT_EQ(0, raw_read(self->fd, handle, 299999, &byte, 1));
		EXPECT_EQ(0, byte);
		EXPECT_EQ(self->memory, HEAP_STAT(self->fd).out_memory);
	}
}

TEST_F(reserved, empty_chunks_serve_any_kind_of_object)
{
	unsigned int rounds = running_on_uml() ? 4 : 10, round, i;
	long first[ARRAY_SIZE(kinds)], count;
	__u64 last;

	for (round = 0; round < rounds; round++) {
		for (i = 0; i < ARRAY_SIZE(kinds); i++) {
			count = fill(self->fd, &kinds[i], self->generations, &last);
			ASSERT_LT(0, count) {
				TH_LOG("round %u, kind %u", round, i);
			}
			EXPECT_EQ(count, heap_objects(self->fd));
			EXPECT_EQ(self->memory, HEAP_STAT(self->fd).out_memory);
			/* The same room as the first time, whatever was there before. */
			if (!round)
				first[i] = count;
			EXPECT_EQ(first[i], count) {
				TH_LOG("round %u, kind %u", round, i);
			}
			CLOSE(self->fd, last);
			EXPECT_EMPTY(self->fd);
		}
	}
}

TEST_F(reserved, small_objects_fill_almost_all_of_it)
{
	__u64 last;
	long count = fill(self->fd, &kinds[0], self->generations, &last);

	ASSERT_LT(0, count);
	/* The rest is tables, for marking and for weak references. */
	EXPECT_LT(MAX_BYTES / 4 * 3, heap_bytes(self->fd));
	CLOSE(self->fd, last);
	EXPECT_EMPTY(self->fd);
}

TEST_F(reserved, dead_cycles_make_room_before_the_answer_is_EDQUOT)
{
	__u64 anchor, last, handle;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		anchor = ALLOC(self->fd, 2, 0, 0);
		ASSERT_LT(0, fill(self->fd, &kinds[i], self->generations, &last));
		STORE(self->fd, anchor, 0, anchor);
		STORE(self->fd, anchor, 1, last);
		CLOSE(self->fd, anchor);
		CLOSE(self->fd, last);
		/* Only a collection finds that all of it is dead. */
		EXPECT_LT(1, heap_objects(self->fd));
		handle = ALLOC(self->fd, 1, 5 << 20, 0);
		EXPECT_EQ(4, COLLECT_STAT(self->fd).out_last_cause);
		EXPECT_EQ(1, heap_objects(self->fd));
		CLOSE(self->fd, handle);
	}
	EXPECT_EMPTY(self->fd);
}

TEST_F(reserved, handles_are_taken_up_to_the_limit_of_each_half)
{
	__u64 object = ALLOC(self->fd, 0, 0, 0), copy;
	struct mheap_record record;
	unsigned int round, i;

	for (i = 1; i < HANDLES; i++)
		DUP(self->fd, object);
	EXPECT_EQ(-EMFILE, raw_dup(self->fd, object, &copy));
	EXPECT_EQ(-EMFILE, raw_alloc(self->fd, 0, 0, 0, &copy));
	for (round = 1; round < 3; round++) {
		for (i = 0; i < HANDLES; i++) {
			record = record_dup(object, chosen_handle(i, round));
			ASSERT_EQ(0, raw_batch_all(self->fd, &record, 1));
		}
		record = record_dup(object, chosen_handle(HANDLES, 1));
		EXPECT_EQ(-EMFILE, raw_batch_all(self->fd, &record, 1));
		EXPECT_EQ(2 * HANDLES, heap_handles(self->fd));
		for (i = 0; i < HANDLES; i++) {
			CLOSE(self->fd, chosen_handle(i, round));
		}
	}
	EXPECT_EQ(self->memory, HEAP_STAT(self->fd).out_memory);
}

TEST_F(reserved, who_joins_is_told_how_many_handles_there_are)
{
	struct mheap_join join = { .size = sizeof(join) };
	int heap_fd = EXPORT(self->fd, MHEAP_RIGHTS_ALL);
	__u64 object, copy;
	unsigned int i, asked;
	int fd;

	for (asked = 0; asked <= 10000; asked = asked ? asked * 10 : 1) {
		fd = SESSION();
		join.heap_fd = heap_fd;
		join.max_handles = asked;
		join.out_max_handles = 0;
		ASSERT_EQ(0, raw_call(fd, MHEAP_CMD_JOIN, &join));
		ASSERT_EQ(asked ?: HANDLES, join.out_max_handles);
		object = ALLOC(fd, 0, 0, 0);
		for (i = 1; i < join.out_max_handles; i++) {
			ASSERT_EQ(0, raw_dup(fd, object, &copy));
		}
		EXPECT_EQ(-EMFILE, raw_dup(fd, object, &copy));
		close(fd);
		EXPECT_TRUE(EVENTUALLY(heap_objects(self->fd) == 0));
	}
	close(heap_fd);
}

TEST_F(reserved, what_a_killed_process_held_is_there_for_others)
{
	long before, after;
	__u64 last;
	int ready[2], status;
	pid_t child;
	char byte;

	before = fill(self->fd, &kinds[3], self->generations, &last);
	ASSERT_LT(0, before);
	CLOSE(self->fd, last);
	ASSERT_EQ(0, pipe(ready));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		__u64 generations[2] = { 1, 1 };
		int fd = raw_second(self->fd, MHEAP_RIGHTS_ALL);

		if (fill(fd, &kinds[0], generations, &last) <= 0)
			_exit(1);
		(void)!write(ready[1], "", 1);
		pause();
	}
	close(ready[1]);
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	EXPECT_EQ(-EDQUOT, raw_alloc(self->fd, 1, 300000, 0, &last));
	ASSERT_EQ(0, kill(child, SIGKILL));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(EVENTUALLY(heap_objects(self->fd) == 0));
	after = fill(self->fd, &kinds[3], self->generations, &last);
	EXPECT_EQ(before, after);
	close(ready[0]);
}

TEST_F(reserved, a_chunk_that_is_mapped_shows_nothing_of_what_it_was)
{
	struct mheap_alloc alloc = { .size = sizeof(alloc) };
	__u64 window = HEAP_STAT(self->fd).out_window_bytes, last, offset;
	char *at = mmap(NULL, window, PROT_READ, MAP_SHARED, self->fd, 0);
	unsigned int i, j;

	ASSERT_NE(MAP_FAILED, (void *)at);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		char *bytes = malloc(100000);

		ASSERT_NE(NULL, bytes);
		memset(bytes, 0x77, 100000);
		/* Objects leave numbers and counts behind; payloads, their bytes. */
		ASSERT_LT(0, fill(self->fd, &kinds[i], self->generations, &last));
		if (kinds[i].payload_bytes)
			raw_write(self->fd, last, 0, bytes, kinds[i].payload_bytes < 100000 ?
				  kinds[i].payload_bytes : 100000);
		CLOSE(self->fd, last);
		EXPECT_EMPTY(self->fd);
		/* All of it, the last chunk with just one byte. */
		alloc.payload_bytes = 5 * (1 << 20) + 1;
		ASSERT_EQ(0, raw_call(self->fd, MHEAP_CMD_ALLOC, &alloc));
		offset = alloc.out_offset;
		for (j = 0; j < 5 * (1 << 20) + 4096; j++) {
			ASSERT_EQ(0, at[offset + j]);
		}
		CLOSE(self->fd, alloc.handle);
		free(bytes);
	}
	munmap(at, window);
}

TEST_F(reserved, more_slots_than_a_cell_has_are_refused)
{
	__u64 handle;

	CLOSE(self->fd, ALLOC(self->fd, SLOTS_MAX, 0, 0));
	EXPECT_EQ(-EINVAL, raw_alloc(self->fd, SLOTS_MAX + 1, 0, 0, &handle));
	EXPECT_EQ(-EINVAL, raw_alloc(self->fd, MHEAP_SLOTS_MAX, 0, 0, &handle));
	EXPECT_EMPTY(self->fd);
}

TEST_F(reserved, its_bytes_cannot_be_set_but_other_options_can)
{
	struct mheap_set set = { .size = sizeof(set), .flags = MHEAP_SET_MAX_BYTES };

	set.max_bytes = MAX_BYTES;
	EXPECT_EQ(-EINVAL, raw_call(self->fd, MHEAP_CMD_SET, &set));
	set.max_bytes = MAX_BYTES / 2;
	EXPECT_EQ(-EINVAL, raw_call(self->fd, MHEAP_CMD_SET, &set));
	set.max_bytes = 0;
	set.flags = MHEAP_SET_SUSPECT_MIN;
	set.suspect_min = 5;
	EXPECT_EQ(0, raw_call(self->fd, MHEAP_CMD_SET, &set));
	EXPECT_EQ(MAX_BYTES, HEAP_STAT(self->fd).out_max_bytes);
}

TEST(how_much_it_is_has_to_be_asked_for)
{
	struct mheap_create options = { .flags = MHEAP_CREATE_RESERVED };
	int fd = NEW_HEAP(NULL);

	EXPECT_EQ(-EINVAL, raw_new_heap(&options));
	options.max_bytes = (1 << 20) - 1;
	EXPECT_EQ(-EINVAL, raw_new_heap(&options));
	options.max_bytes = HEAP_STAT(fd).out_max_bytes + 1;
	EXPECT_EQ(-EINVAL, raw_new_heap(&options));
	options.max_bytes = 1 << 20;
	options.flags |= 2;
	EXPECT_EQ(-EOPNOTSUPP, raw_new_heap(&options));
	close(fd);
}

TEST(a_small_one_is_of_use)
{
	struct mheap_create options = reserved_options;
	int fd;

	options.max_bytes = 1 << 20;
	fd = NEW_HEAP(&options);
	CLOSE(fd, ALLOC(fd, 10, 100, 0));
	EXPECT_EMPTY(fd);
	close(fd);
}

TEST(the_limit_of_objects_holds_too)
{
	struct mheap_create options = reserved_options;
	__u64 handle;
	int fd, i;

	options.max_objects = 10;
	fd = NEW_HEAP(&options);
	for (i = 0; i < 10; i++)
		ALLOC(fd, 1, 0, 0);
	EXPECT_EQ(-EDQUOT, raw_alloc(fd, 1, 0, 0, &handle));
	close(fd);
}

TEST(many_come_and_go)
{
	struct mheap_create options = reserved_options;
	unsigned int i;
	int fds[4];

	for (i = 0; i < 40; i++) {
		if (i >= 4)
			close(fds[i % 4]);
		fds[i % 4] = NEW_HEAP(&options);
		ALLOC(fds[i % 4], SLOTS_MAX, 1 << 20, 0);
		WEAKEN(fds[i % 4], ALLOC(fds[i % 4], 1, 1, 0));
	}
	for (i = 0; i < 4; i++)
		close(fds[i]);
}

TEST_HARNESS_MAIN
