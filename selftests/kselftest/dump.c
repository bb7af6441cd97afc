// SPDX-License-Identifier: GPL-2.0
/* Dumps: every object with its slots, and everybody who holds one. */
#include <pthread.h>

#include "dumped.h"
#include "mheap_harness.h"

FIXTURE(dump)
{
	int fd;
	struct dumped dumped;
};

FIXTURE_SETUP(dump)
{
	struct mheap_create options = { .suspect_age_ms = 3600000, .suspect_min = ~0U };

	self->fd = NEW_HEAP(&options);
}

FIXTURE_TEARDOWN(dump)
{
	dump_free(&self->dumped);
	close(self->fd);
}

#define READ(bytes) ASSERT_EQ(0, dump_all(self->fd, 0, bytes, &self->dumped))

#define RIGHT()								\
do {									\
	__u32 number;							\
	const char *why = dump_wrong(&self->dumped, &number);		\
									\
	EXPECT_EQ(NULL, why) {						\
		TH_LOG("%s: %u", why, number);				\
	}								\
} while (0)

TEST_F(dump, an_empty_heap_has_nothing)
{
	READ(4096);
	EXPECT_EQ(0, self->dumped.object_count);
	EXPECT_EQ(0, self->dumped.holder_count);
}

TEST_F(dump, tells_objects_of_all_lengths_whatever_the_room)
{
	static const __u32 lengths[] = { 0, 1, 2, 511, 512, 513, 1000, 1016, 1017, 1018, 1019,
					 1024, 1025, 2048, 2500, 5000 };
	static const __u32 rooms[] = { 4096, 4097, 5000, 10000, 65536, 1 << 20, 4 << 20 };
	__u64 handles[ARRAY_SIZE(lengths)], target = ALLOC(self->fd, 0, 7, 1000);
	__u32 i, j, room, number = object_number(self->fd, target);
	struct dumped_object *object;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		handles[i] = ALLOC(self->fd, lengths[i], i * 100, i);
		for (j = 0; j < lengths[i]; j++) {
			if (j % 3 == 0) {
				STORE(self->fd, handles[i], j, target);
			}
		}
	}
	for (room = 0; room < ARRAY_SIZE(rooms); room++) {
		READ(rooms[room]);
		RIGHT();
		ASSERT_EQ(ARRAY_SIZE(lengths) + 1, self->dumped.object_count);
		for (i = 0; i < ARRAY_SIZE(lengths); i++) {
			object = dump_find(&self->dumped, object_number(self->fd, handles[i]));
			ASSERT_NE(NULL, object);
			EXPECT_EQ(i, object->type);
			EXPECT_EQ(i * 100, object->payload_bytes);
			ASSERT_EQ(lengths[i], object->slots);
			for (j = 0; j < lengths[i]; j++) {
				ASSERT_EQ(j % 3 ? 0 : number, object->values[j]);
			}
		}
		dump_free(&self->dumped);
	}
}

TEST_F(dump, tells_the_bytes_of_objects)
{
	static const __u32 payloads[] = { 0, 1, 33, 100, 4097, 65536, 65537, 1000000 };
	static const __u32 lengths[] = { 0, 3, 1017, 5000 };
	__u64 handles[ARRAY_SIZE(payloads)][ARRAY_SIZE(lengths)];
	struct mheap_walk_entry *entries = NULL;
	struct mheap_heap_stat heap = {};
	struct mheap_stat stat = {};
	struct dumped_object *object;
	__u64 walked = 0;
	long i, j, count;

	for (i = 0; i < (long)ARRAY_SIZE(payloads); i++)
		for (j = 0; j < (long)ARRAY_SIZE(lengths); j++)
			handles[i][j] = ALLOC(self->fd, lengths[j], payloads[i], 0);
	READ(65536);
	for (i = 0; i < (long)ARRAY_SIZE(payloads); i++) {
		for (j = 0; j < (long)ARRAY_SIZE(lengths); j++) {
			ASSERT_EQ(0, raw_stat(self->fd, handles[i][j], &stat));
			object = dump_find(&self->dumped, stat.out_object);
			ASSERT_NE(NULL, object);
			EXPECT_EQ(stat.out_bytes, object->object_bytes);
		}
	}
	count = heap_walk_all(self->fd, &entries);
	for (i = 0; i < count; i++)
		walked += entries[i].bytes;
	free(entries);
	ASSERT_EQ(0, raw_heap_stat(self->fd, &heap));
	EXPECT_EQ(heap.out_bytes, walked);
}

TEST_F(dump, tells_where_and_when_and_nothing_else)
{
	struct mheap_stat before, after;
	struct mheap_dump_object *object;
	__u64 handle, other, cursor = 0;
	__u8 data[MHEAP_DUMP_BYTES_MIN];
	__u32 site, *slots, bytes;

	ASSERT_EQ(0, raw_site(self->fd, "file.c", "function", 1, 0, &site));
	ASSERT_EQ(0, raw_alloc_site(self->fd, site, 1, 0, &handle));
	EXPECT_TRUE(EVENTUALLY(STAT(self->fd, handle).out_age_ms >= 500));
	/* What goes through the kernel's buffer now must not be in the gaps of the records. */
	other = ALLOC(self->fd, 0, sizeof(data), 0);
	memset(data, 0xff, sizeof(data));
	ASSERT_EQ(0, raw_write(self->fd, other, 0, data, sizeof(data)));
	before = STAT(self->fd, handle);
	ASSERT_EQ(0, raw_dump(self->fd, 0, &cursor, data, sizeof(data), &bytes));
	after = STAT(self->fd, handle);
	object = (void *)data;
	if (object->object != before.out_object)
		object = (void *)(data + object->bytes);
	ASSERT_EQ(before.out_object, object->object);
	EXPECT_EQ(site, object->site);
	EXPECT_LE(before.out_age_ms, object->age_ms);
	EXPECT_GE(after.out_age_ms, object->age_ms);
	ASSERT_EQ(1, object->count);
	ASSERT_EQ(object->offset + 8, object->bytes);
	slots = (void *)((__u8 *)object + object->offset);
	EXPECT_EQ(0, slots[0]);
	EXPECT_EQ(0, slots[1]);
}

TEST_F(dump, tells_all_who_hold)
{
	int other = SECOND(self->fd, MHEAP_RIGHT_READ | MHEAP_RIGHT_LINK), object_fd;
	__u64 a = ALLOC(self->fd, 2, 0, 1), weak = WEAKEN(self->fd, a), theirs = 0;
	struct dumped_object *object, *cell = NULL;
	unsigned int roots = 0, handles = 0, weaks = 0, fds = 0;
	__u32 number = object_number(self->fd, a);
	__u64 mine = 0, others = 0;
	size_t i;

	DUP(self->fd, a);
	ASSERT_EQ(0, raw_root_set(self->fd, "a name", a));
	ASSERT_EQ(0, raw_root_get(other, "a name", &theirs));
	object_fd = raw_object_export(self->fd, a, MHEAP_RIGHT_READ);
	ASSERT_LE(0, object_fd);
	STORE(self->fd, a, 0, weak);
	STORE(self->fd, a, 1, a);
	READ(4096);
	RIGHT();
	ASSERT_EQ(2, self->dumped.object_count);
	object = dump_find(&self->dumped, number);
	ASSERT_NE(NULL, object);
	for (i = 0; i < 2; i++)
		if (self->dumped.objects[i].weak)
			cell = &self->dumped.objects[i];
	ASSERT_NE(NULL, cell);
	EXPECT_EQ(number, cell->referent);
	EXPECT_EQ(cell->number, object->values[0]);
	EXPECT_EQ(number, object->values[1]);
	EXPECT_EQ(5, object->handle_refs);
	for (i = 0; i < self->dumped.holder_count; i++) {
		struct dumped_holder *holder = &self->dumped.holders[i];

		switch (holder->kind) {
		case MHEAP_DUMP_ROOT:
			roots++;
			EXPECT_STREQ("a name", holder->name);
			EXPECT_EQ(number, holder->object);
			break;
		case MHEAP_DUMP_FD:
			fds++;
			EXPECT_EQ(number, holder->object);
			EXPECT_EQ(MHEAP_RIGHT_READ, holder->rights);
			break;
		case MHEAP_DUMP_HANDLE:
			if (holder->handle == weak) {
				EXPECT_EQ(cell->number, holder->object);
				weaks++;
			} else if (holder->handle == a && holder->rights == MHEAP_RIGHTS_HANDLE) {
				mine = holder->session;
			} else if (holder->rights != MHEAP_RIGHTS_HANDLE) {
				EXPECT_EQ(theirs, holder->handle);
				EXPECT_EQ(MHEAP_RIGHT_READ | MHEAP_RIGHT_LINK, holder->rights);
				others = holder->session;
			}
			handles++;
			break;
		}
	}
	EXPECT_EQ(1, roots);
	EXPECT_EQ(1, fds);
	EXPECT_EQ(1, weaks);
	EXPECT_EQ(4, handles);
	EXPECT_NE(0, mine);
	EXPECT_NE(0, others);
	EXPECT_NE(mine, others);
	dump_free(&self->dumped);
	close(object_fd);
	close(other);
	EXPECT_TRUE(EVENTUALLY(heap_handle_refs(self->fd) == 3));
	READ(4096);
	RIGHT();
	EXPECT_EQ(4, self->dumped.holder_count);
}

TEST_F(dump, tells_handles_of_full_and_of_sparse_tables)
{
	enum { COUNT = 3000 };
	struct mheap_record records[COUNT / 100];
	__u64 handles[COUNT];
	unsigned int i, seen = 0;

	for (i = 0; i < COUNT; i++)
		handles[i] = ALLOC(self->fd, 0, 0, i);
	for (i = 0; i < COUNT; i++) {
		if (i % 97) {
			CLOSE(self->fd, handles[i]);
		}
	}
	for (i = 0; i < ARRAY_SIZE(records); i++)
		records[i] = record_dup(handles[97], chosen_handle(i * 270001 % 8388608, 1));
	ASSERT_EQ(0, raw_batch_all(self->fd, records, ARRAY_SIZE(records)));
	EXPECT_TRUE(heap_drained(self->fd));
	READ(4096);
	RIGHT();
	for (i = 0; i < self->dumped.holder_count; i++)
		seen += !!(self->dumped.holders[i].handle & MHEAP_HANDLE_CHOSEN);
	EXPECT_EQ(ARRAY_SIZE(records), seen);
	EXPECT_EQ((COUNT + 96) / 97 + ARRAY_SIZE(records), self->dumped.holder_count);
}

TEST_F(dump, of_many_sessions)
{
	enum { COUNT = 600 };
	unsigned int i, sessions = 0;
	__u64 last = 0, handle;
	int fds[COUNT];

	ASSERT_EQ(0, raw_root_set(self->fd, "r", ALLOC(self->fd, 0, 0, 1)));
	for (i = 0; i < COUNT; i++) {
		fds[i] = SECOND(self->fd, MHEAP_RIGHTS_ALL);
		ASSERT_LE(0, fds[i]);
		ASSERT_EQ(0, raw_root_get(fds[i], "r", &handle));
	}
	for (i = 0; i < COUNT; i += 7)
		close(fds[i]);
	EXPECT_TRUE(EVENTUALLY(heap_handle_refs(self->fd) == 2 + COUNT - (COUNT + 6) / 7));
	READ(4096);
	RIGHT();
	for (i = 0; i < self->dumped.holder_count; i++) {
		if (self->dumped.holders[i].kind != MHEAP_DUMP_HANDLE)
			continue;
		EXPECT_LT(last, self->dumped.holders[i].session);
		last = self->dumped.holders[i].session;
		sessions++;
	}
	EXPECT_EQ(1 + COUNT - (COUNT + 6) / 7, sessions);
	for (i = 0; i < COUNT; i++)
		if (i % 7)
			close(fds[i]);
}

TEST_F(dump, bad_arguments_are_refused)
{
	char *page = map_pages(2), *edge = page + 2 * 4096 - 4096;
	__u64 cursor = 0;
	__u32 written = 0, i;

	ASSERT_NE(NULL, page);
	for (i = 0; i < 500; i++)
		ALLOC(self->fd, 3, 0, i);
	EXPECT_EQ(-EINVAL, raw_dump(self->fd, 0, &cursor, page, 0, &written));
	EXPECT_EQ(-EINVAL, raw_dump(self->fd, 0, &cursor, page, 4095, &written));
	EXPECT_EQ(-EOPNOTSUPP, raw_dump(self->fd, 1U << 31, &cursor, page, 4096, &written));
	EXPECT_EQ(-EFAULT, raw_dump(self->fd, 0, &cursor, NULL, 4096, &written));
	EXPECT_EQ(-EFAULT, raw_dump(self->fd, 0, &cursor, KERNEL_ADDRESS, 4096, &written));
	EXPECT_EQ(-EFAULT, raw_dump(self->fd, 0, &cursor, edge + 2048, ~0U, &written));
	EXPECT_EQ(0, cursor);
	EXPECT_EQ(0, raw_dump(self->fd, 0, &cursor, edge, 4096, &written));
	EXPECT_NE(0, written);
}

TEST_F(dump, needs_the_right)
{
	int fd = SECOND(self->fd, MHEAP_RIGHTS_ALL & ~MHEAP_RIGHT_INSPECT);
	char data[4096];
	__u64 cursor = 0;
	__u32 written;

	EXPECT_EQ(-EACCES, raw_dump(fd, 0, &cursor, data, sizeof(data), &written));
	close(fd);
	fd = SECOND(self->fd, MHEAP_RIGHT_INSPECT);
	EXPECT_EQ(0, raw_dump(fd, 0, &cursor, data, sizeof(data), &written));
	close(fd);
}

TEST_F(dump, any_cursor_is_harmless)
{
	__u64 seed = 7, cursor, wide = ALLOC(self->fd, 3000, 0, 1);
	char data[8192];
	__u32 written;
	unsigned int i;

	for (i = 0; i < 3000; i++) {
		if (i % 5) {
			STORE(self->fd, wide, i, wide);
		}
	}
	for (i = 0; i < 300; i++)
		ALLOC(self->fd, i % 3, i % 100, 1);
	ASSERT_EQ(0, raw_root_set(self->fd, "r", wide));
	for (i = 0; i < 20000; i++) {
		cursor = random_next(&seed);
		switch (i % 5) {
		case 0:
			cursor = cursor << 20 ^ random_next(&seed);
			break;
		case 1:
			cursor &= 0xffff;
			cursor |= (random_next(&seed) & 0xfff) << 32;
			break;
		case 2:
			cursor = 2ULL << 60 | (cursor & 0xfff) << 18 | (cursor >> 20 & 0x3ffff);
			break;
		case 3:
			cursor = (random_next(&seed) & 3) << 60 | (cursor & 0xff);
			break;
		case 4:
			cursor = random_next(&seed) % 70 << 32 | object_number(self->fd, wide);
			break;
		}
		written = 0;
		ASSERT_EQ(0, raw_dump(self->fd, 0, &cursor, data, sizeof(data), &written));
		ASSERT_LE(written, sizeof(data));
	}
	cursor = DONE;
	EXPECT_EQ(0, raw_dump(self->fd, 0, &cursor, data, sizeof(data), &written));
	EXPECT_EQ(0, written);
	EXPECT_EQ(DONE, cursor);
}

struct churner {
	int fd, failed;
	volatile bool stop;
};

/* Wide objects come and go, which somebody may be looking at. */
static void *churn(void *arg)
{
	struct churner *churner = arg;
	__u64 handles[8], copy;
	unsigned int i;

	while (!churner->stop) {
		for (i = 0; i < 8; i++) {
			if (raw_alloc(churner->fd, i % 2 ? 3000 : i, i * 20, 0xc0de, &handles[i]))
				churner->failed = __LINE__;
			if (i % 2 && raw_store(churner->fd, handles[i], 2000 + i, handles[i - 1]))
				churner->failed = __LINE__;
			if (raw_dup(churner->fd, handles[i], &copy) ||
			    raw_close(churner->fd, copy))
				churner->failed = __LINE__;
		}
		for (i = 0; i < 8; i++)
			if (raw_close(churner->fd, handles[i]))
				churner->failed = __LINE__;
	}
	return NULL;
}

TEST_F(dump, what_stays_is_told_once_while_others_come_and_go)
{
	enum { COUNT = 400 };
	struct churner churner = { .fd = SECOND(self->fd, MHEAP_RIGHTS_ALL) };
	__u64 handles[COUNT], sum;
	__u32 numbers[COUNT];
	pthread_t thread;
	unsigned int round, i, held[COUNT];
	size_t j;

	for (i = 0; i < COUNT; i++) {
		handles[i] = ALLOC(self->fd, i % 50 ? i % 4 : 1500, 0, i);
		numbers[i] = object_number(self->fd, handles[i]);
		if (i % 4 && i) {
			STORE(self->fd, handles[i], 0, handles[i - 1]);
		}
	}
	ASSERT_EQ(0, pthread_create(&thread, NULL, churn, &churner));
	for (round = 0; round < 30; round++) {
		READ(round % 2 ? 4096 : 65536);
		EXPECT_FALSE(self->dumped.disorder);
		memset(held, 0, sizeof(held));
		for (j = 0; j < self->dumped.holder_count; j++)
			for (i = 0; i < COUNT; i++)
				held[i] += self->dumped.holders[j].object == numbers[i] &&
					   self->dumped.holders[j].handle == handles[i];
		for (i = 0, sum = 0; i < COUNT; i++) {
			struct dumped_object *object = dump_find(&self->dumped, numbers[i]);

			ASSERT_NE(NULL, object);
			ASSERT_TRUE(object->told);
			ASSERT_EQ(i, object->type);
			ASSERT_EQ(i % 4 && i ? numbers[i - 1] : 0,
				  object->slots ? object->values[0] : 0);
			ASSERT_LE(1, held[i]);
			sum += object->slot_refs;
		}
		ASSERT_EQ(COUNT * 3 / 4, sum);
		dump_free(&self->dumped);
		if (round % 5 == 4) {
			EXPECT_EQ(0, raw_collect(self->fd));
		}
	}
	churner.stop = true;
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, churner.failed);
	close(churner.fd);
}

TEST_HARNESS_MAIN
