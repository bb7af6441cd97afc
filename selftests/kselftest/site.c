// SPDX-License-Identifier: GPL-2.0
/* Sites: their numbers and names, and figures that are exact while nobody works. */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "mheap_harness.h"
#include "user.h"

FIXTURE(site)
{
	int fd;
};

HEAP_VARIANTS(site);

FIXTURE_SETUP(site)
{
	struct mheap_create options = {
		.flags = variant->flags, .max_bytes = variant->max_bytes,
		.suspect_age_ms = 3600000, .suspect_min = ~0U,
	};

	self->fd = NEW_HEAP(&options);
}

FIXTURE_TEARDOWN(site)
{
	close(self->fd);
}

#define SITE(fd, file, function, line, parent)				\
({									\
	__u32 named = 0;						\
									\
	ASSERT_EQ(0, raw_site(fd, file, function, line, parent, &named)); \
	named;								\
})

#define ENTRY(fd, number)						\
({									\
	struct mheap_site_entry entry_of_site;				\
									\
	ASSERT_EQ(0, raw_site_entry(fd, number, &entry_of_site));	\
	entry_of_site;							\
})

#define ALLOC_AT(fd, site, slots, bytes)				\
({									\
	__u64 allocated_at = 0;						\
									\
	ASSERT_EQ(0, raw_alloc_site(fd, site, slots, bytes, &allocated_at)); \
	allocated_at;							\
})

/* What is alive at all sites is what the heap holds; nobody works on it. */
#define EXPECT_SUMS(fd)							\
do {									\
	static struct mheap_site_entry all[MHEAP_WALK_MAX];		\
	__u64 where = 0, objects = 0, total = 0;			\
	__u32 got, k;							\
	struct mheap_heap_stat sums;					\
									\
	EXPECT_TRUE(heap_drained(fd));					\
	while (where != DONE) {						\
		ASSERT_EQ(0, raw_site_list(fd, &where, all, MHEAP_WALK_MAX, &got)); \
		for (k = 0; k < got; k++) {				\
			objects += all[k].objects;			\
			total += all[k].total_objects;			\
			EXPECT_LE(all[k].objects, all[k].peak_objects);	\
			EXPECT_LE(all[k].bytes, all[k].peak_bytes);	\
			EXPECT_LE(all[k].peak_objects, all[k].total_objects); \
			EXPECT_LE(all[k].young, all[k].total_objects);	\
		}							\
	}								\
	sums = HEAP_STAT(fd);						\
	EXPECT_EQ(sums.out_objects, objects);				\
	EXPECT_EQ(sums.out_allocated, total);				\
} while (0)

TEST_F(site, the_same_place_has_the_same_number)
{
	int other = SECOND(self->fd, MHEAP_RIGHTS_ALL);
	__u32 a = SITE(self->fd, "dir/file.c", "function", 10, 0), b;
	struct mheap_site_entry entry;

	EXPECT_EQ(1, a);
	EXPECT_EQ(a, SITE(self->fd, "dir/file.c", "function", 10, 0));
	EXPECT_EQ(a, SITE(other, "dir/file.c", "function", 10, 0));
	EXPECT_EQ(2, SITE(other, "dir/file.c", "function", 11, 0));
	EXPECT_EQ(3, SITE(self->fd, "dir/file.cf", "unction", 10, 0));
	b = SITE(self->fd, "dir/file.c", "function", 10, a);
	EXPECT_EQ(4, b);
	EXPECT_EQ(5, SITE(self->fd, "", "", 0, 0));
	EXPECT_EQ(5, HEAP_STAT(self->fd).out_sites);
	entry = ENTRY(self->fd, b);
	EXPECT_STREQ("dir/file.c", entry.file);
	EXPECT_STREQ("function", entry.function);
	EXPECT_EQ(10, entry.line);
	EXPECT_EQ(a, entry.parent);
	EXPECT_EQ(0, entry.total_objects);
	entry = ENTRY(self->fd, 0);
	EXPECT_STREQ("", entry.file);
	EXPECT_STREQ("", entry.function);
	close(other);
}

TEST_F(site, names_have_limits)
{
	char file[300], function[200];
	struct mheap_site_entry entry;
	struct mheap_site arg = {};
	__u32 site;

	memset(file, 0xfe, sizeof(file));
	memset(function, 1, sizeof(function));
	file[255] = '\0';
	function[127] = '\0';
	site = SITE(self->fd, file, function, ~0U, 0);
	entry = ENTRY(self->fd, site);
	EXPECT_STREQ(file, entry.file);
	EXPECT_STREQ(function, entry.function);
	EXPECT_EQ(~0U, entry.line);
	file[255] = 'x';
	file[256] = '\0';
	EXPECT_EQ(-EINVAL, raw_site(self->fd, file, "", 1, 0, &site));
	function[127] = 'x';
	function[128] = '\0';
	EXPECT_EQ(-EINVAL, raw_site(self->fd, "", function, 1, 0, &site));
	EXPECT_EQ(-EINVAL, raw_site(self->fd, "", "", 1, 2, &site));
	EXPECT_EQ(-EINVAL, raw_site(self->fd, "", "", 1, ~0U, &site));
	EXPECT_EQ(-EINVAL, raw_site(self->fd, "", "", 1, 65536, &site));
	arg.size = sizeof(arg);
	arg.file_uptr = (unsigned long)"a\0b";
	arg.file_bytes = 3;
	EXPECT_EQ(-EINVAL, raw_call(self->fd, MHEAP_CMD_SITE, &arg));
	arg.file_bytes = 1;
	arg.function_bytes = ~0U;
	EXPECT_EQ(-EINVAL, raw_call(self->fd, MHEAP_CMD_SITE, &arg));
	arg.function_bytes = 1;
	EXPECT_EQ(-EFAULT, raw_call(self->fd, MHEAP_CMD_SITE, &arg));
	EXPECT_EQ(1, HEAP_STAT(self->fd).out_sites);
}

TEST_F(site, a_full_table_is_EDQUOT_and_finds_what_it_has)
{
	struct mheap_create options = {
		.flags = variant->flags, .max_bytes = variant->max_bytes, .max_sites = 70,
	};
	int fd = NEW_HEAP(&options);
	__u32 i, site = 0;

	EXPECT_EQ(70, HEAP_STAT(fd).out_max_sites);
	for (i = 1; i <= 70; i++) {
		ASSERT_EQ(i, SITE(fd, "file.c", "f", i, i - 1));
	}
	EXPECT_EQ(-EDQUOT, raw_site(fd, "file.c", "f", 71, 0, &site));
	EXPECT_EQ(70, SITE(fd, "file.c", "f", 70, 69));
	EXPECT_EQ(70, HEAP_STAT(fd).out_sites);
	ALLOC_AT(fd, 70, 1, 1);
	EXPECT_EQ(1, ENTRY(fd, 70).objects);
	close(fd);
	options.max_sites = MHEAP_SITES_MAX + 1;
	EXPECT_EQ(-EINVAL, raw_new_heap(&options));
	EXPECT_EQ(variant->flags ? 256 : 4096, HEAP_STAT(self->fd).out_max_sites);
}

TEST_F(site, only_what_was_named_can_be_allocated_at)
{
	__u32 site = SITE(self->fd, "f", "", 1, 0), i;
	static const __u32 bad[] = { 2, 3, 64, 4095, 65535, 65536, 65537, ~0U };
	__u64 handle;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, raw_alloc_site(self->fd, bad[i], 1, 1, &handle));
	}
	handle = ALLOC_AT(self->fd, site, 1, 1);
	EXPECT_EQ(site, STAT(self->fd, handle).out_site);
	EXPECT_EQ(1, heap_objects(self->fd));
}

TEST_F(site, figures_follow_what_is_allocated_and_dies)
{
	__u32 a = SITE(self->fd, "a", "", 1, 0), b = SITE(self->fd, "b", "", 1, 0);
	struct mheap_site_entry entry;
	__u64 handles[100], bytes;
	unsigned int i;

	for (i = 0; i < 100; i++)
		handles[i] = ALLOC_AT(self->fd, a, 2, 100);
	bytes = STAT(self->fd, handles[0]).out_bytes;
	entry = ENTRY(self->fd, a);
	EXPECT_EQ(100, entry.objects);
	EXPECT_EQ(100 * bytes, entry.bytes);
	for (i = 0; i < 60; i++)
		CLOSE(self->fd, handles[i]);
	ASSERT_EQ(0, raw_reset(self->fd, handles[99]));
	entry = ENTRY(self->fd, a);
	EXPECT_EQ(40, entry.objects);
	EXPECT_EQ(40 * bytes, entry.bytes);
	EXPECT_EQ(100, entry.peak_objects);
	EXPECT_EQ(100 * bytes, entry.peak_bytes);
	EXPECT_EQ(100, entry.total_objects);
	EXPECT_EQ(100 * bytes, entry.total_bytes);
	EXPECT_LE(entry.young, 60);
	EXPECT_EQ(0, ENTRY(self->fd, b).total_objects);
	EXPECT_SUMS(self->fd);
	sleep(2);
	bytes = entry.young;
	CLOSE(self->fd, handles[60]);
	EXPECT_EQ(bytes, ENTRY(self->fd, a).young);
	handles[0] = ALLOC_AT(self->fd, b, 0, 0);
	CLOSE(self->fd, handles[0]);
	EXPECT_EQ(1, ENTRY(self->fd, b).young);
}

TEST_F(site, batches_and_limits_count)
{
	struct mheap_record records[64];
	struct mheap_site_entry entry;
	struct mheap_alloc *alloc;
	__u32 site = SITE(self->fd, "a", "", 1, 0), i, done;
	int error;

	for (i = 0; i < 64; i++) {
		records[i] = i % 2 ? record_close(chosen_handle(i / 2, 1)) :
				     record_alloc(1, 0, 0, chosen_handle(i / 2, 1));
		alloc = (struct mheap_alloc *)&records[i];
		if (i % 2 == 0)
			alloc->site = i % 4 ? 0 : site;
	}
	alloc = (struct mheap_alloc *)&records[60];
	alloc->site = site + 1;
	ASSERT_EQ(0, raw_batch(self->fd, records, 64, &done, &error));
	EXPECT_EQ(60, done);
	EXPECT_EQ(-EINVAL, error);
	entry = ENTRY(self->fd, site);
	EXPECT_EQ(0, entry.objects);
	EXPECT_EQ(15, entry.total_objects);
	EXPECT_EQ(1, entry.peak_objects);
	EXPECT_EQ(15, entry.young);
	EXPECT_EQ(15, ENTRY(self->fd, 0).total_objects);
	EXPECT_SUMS(self->fd);
}

TEST_F(site, collections_and_small_cycles_count)
{
	__u32 ring = SITE(self->fd, "ring", "", 1, 0), self_ring = SITE(self->fd, "self", "", 1, 0);
	__u64 handles[100];
	unsigned int i;

	for (i = 0; i < 100; i++)
		handles[i] = ALLOC_AT(self->fd, ring, 1, 40);
	for (i = 0; i < 100; i++)
		STORE(self->fd, handles[i], 0, handles[(i + 1) % 100]);
	for (i = 0; i < 100; i++)
		CLOSE(self->fd, handles[i]);
	for (i = 0; i < 50; i++) {
		handles[i] = ALLOC_AT(self->fd, self_ring, 1, 40);
		STORE(self->fd, handles[i], 0, handles[i]);
		CLOSE(self->fd, handles[i]);
	}
	EXPECT_EQ(100, ENTRY(self->fd, ring).objects);
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(0, ENTRY(self->fd, ring).objects);
	EXPECT_EQ(0, ENTRY(self->fd, ring).bytes);
	EXPECT_EQ(100, ENTRY(self->fd, ring).peak_objects);
	EXPECT_EQ(0, ENTRY(self->fd, self_ring).objects);
	EXPECT_EQ(50, ENTRY(self->fd, self_ring).total_objects);
	EXPECT_SUMS(self->fd);
}

TEST_F(site, a_process_that_is_killed_leaves_exact_figures)
{
	unsigned int round;

	for (round = 0; round < 20; round++) {
		pid_t child = fork();
		__u64 seed = round, handles[64] = {}, at;
		__u32 site;
		int fd;

		ASSERT_LE(0, child);
		if (!child) {
			fd = raw_second(self->fd, MHEAP_RIGHTS_ALL);
			for (;;) {
				at = random_next(&seed) % 64;
				if (handles[at]) {
					raw_close(fd, handles[at]);
					handles[at] = 0;
					continue;
				}
				if (raw_site(fd, "child", "", random_next(&seed) % 50, 0, &site))
					_exit(1);
				raw_alloc_site(fd, site, 2, at, &handles[at]);
				raw_store(fd, handles[at], 0, handles[at ^ 1]);
			}
		}
		usleep(20000);
		ASSERT_EQ(0, kill(child, SIGKILL));
		ASSERT_EQ(SIGKILL, end_of(child));
	}
	EXPECT_TRUE(EVENTUALLY(HEAP_STAT(self->fd).out_sessions == 1));
	EXPECT_TRUE(heap_alone(self->fd));
	EXPECT_SUMS(self->fd);
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_SUMS(self->fd);
	EXPECT_EMPTY(self->fd);
}

struct actor {
	pthread_t thread;
	int fd, failed;
	__u64 seed;
};

static void *act(void *arg)
{
	struct actor *actor = arg;
	__u64 handles[32] = {}, at;
	unsigned int i;
	__u32 site;

	for (i = 0; i < 3000; i++) {
		at = random_next(&actor->seed) % 32;
		if (handles[at]) {
			if (raw_close(actor->fd, handles[at]))
				actor->failed = __LINE__;
			handles[at] = 0;
			continue;
		}
		/* All of them come upon the same new places. */
		if (raw_site(actor->fd, "actor.c", "act", i / 16, 0, &site))
			actor->failed = __LINE__;
		if (raw_alloc_site(actor->fd, site, 1, at * 10, &handles[at]))
			actor->failed = __LINE__;
		else
			raw_store(actor->fd, handles[at], 0,
				  handles[random_next(&actor->seed) % 32]);
	}
	return NULL;
}

TEST_F(site, sessions_in_parallel_count_exactly)
{
	struct actor actors[4];
	unsigned int i;

	for (i = 0; i < 4; i++) {
		actors[i] = (struct actor){ .fd = SECOND(self->fd, MHEAP_RIGHTS_ALL), .seed = i };
		ASSERT_EQ(0, pthread_create(&actors[i].thread, NULL, act, &actors[i]));
	}
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, pthread_join(actors[i].thread, NULL));
		EXPECT_EQ(0, actors[i].failed);
	}
	EXPECT_LE(HEAP_STAT(self->fd).out_sites, 188);
	EXPECT_SUMS(self->fd);
	for (i = 0; i < 4; i++)
		close(actors[i].fd);
	EXPECT_TRUE(heap_alone(self->fd));
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EMPTY(self->fd);
	EXPECT_SUMS(self->fd);
}

TEST_F(site, lists_go_on_where_they_ended)
{
	static const __u32 counts[] = { 1, 2, 8, 9, 100, MHEAP_WALK_MAX };
	static struct mheap_site_entry entries[MHEAP_WALK_MAX];
	__u32 i, c, written, at;
	__u64 cursor;

	for (i = 1; i <= 100; i++)
		SITE(self->fd, "file", "function", i, 0);
	for (c = 0; c < ARRAY_SIZE(counts); c++) {
		cursor = 0;
		at = 0;
		while (cursor != DONE) {
			ASSERT_EQ(0, raw_site_list(self->fd, &cursor, entries, counts[c],
						   &written));
			ASSERT_LE(written, counts[c]);
			for (i = 0; i < written; i++, at++) {
				ASSERT_EQ(at, entries[i].site);
				ASSERT_EQ(at, entries[i].line);
			}
		}
		EXPECT_EQ(101, at);
	}
	for (cursor = 101; cursor && cursor < DONE; cursor <<= 3) {
		__u64 where = cursor;

		written = 7;
		ASSERT_EQ(0, raw_site_list(self->fd, &where, entries, 4, &written));
		EXPECT_EQ(0, written);
		EXPECT_EQ(DONE, where);
	}
}

TEST_F(site, entries_may_be_longer_or_shorter)
{
	struct mheap_site_list list = { .size = sizeof(list), .count = 2 };
	static const __u32 bad[] = { 0, 1, 448, 455, 457, 460, 4104, ~0U, ~7U };
	unsigned char room[2 * 1024];
	struct mheap_walk walk = { .size = sizeof(walk), .count = 2 };
	__u64 handle = ALLOC(self->fd, 1, 2, 3);
	unsigned int i;

	SITE(self->fd, "f", "", 1, 0);
	list.entries_uptr = (unsigned long)room;
	walk.entries_uptr = list.entries_uptr;
	memset(room, 0xee, sizeof(room));
	list.entry_size = 1024;
	ASSERT_EQ(0, raw_call(self->fd, MHEAP_CMD_SITE_LIST, &list));
	EXPECT_EQ(2, list.out_count);
	EXPECT_EQ(1, ((struct mheap_site_entry *)(room + 1024))->site);
	for (i = sizeof(struct mheap_site_entry); i < 1024; i++) {
		EXPECT_EQ(0, room[i]);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		list.cursor = 0;
		list.entry_size = bad[i];
		EXPECT_EQ(-EINVAL, raw_call(self->fd, MHEAP_CMD_SITE_LIST, &list));
	}
	/* A walk has entries of 32 bytes when nothing is said. */
	memset(room, 0xee, sizeof(room));
	ASSERT_EQ(0, raw_call(self->fd, MHEAP_CMD_WALK, &walk));
	EXPECT_EQ(1, walk.out_count);
	EXPECT_EQ(STAT(self->fd, handle).out_object, ((struct mheap_walk_entry *)room)->object);
	EXPECT_EQ(0xee, room[32]);
	walk.cursor = 0;
	walk.entry_size = 48;
	ASSERT_EQ(0, raw_call(self->fd, MHEAP_CMD_WALK, &walk));
	EXPECT_GT(60000, ((struct mheap_walk_entry *)room)->age_ms);
	EXPECT_EQ(0, room[47]);
	EXPECT_EQ(0xee, room[48]);
	walk.entry_size = 24;
	EXPECT_EQ(-EINVAL, raw_call(self->fd, MHEAP_CMD_WALK, &walk));
}

TEST_F(site, objects_tell_their_age)
{
	__u64 old = ALLOC(self->fd, 0, 0, 1), handle;
	__u32 age;

	EXPECT_GT(60000, STAT(self->fd, old).out_age_ms);
	sleep(2);
	handle = ALLOC(self->fd, 0, 0, 2);
	age = STAT(self->fd, old).out_age_ms;
	EXPECT_LE(1800, age);
	EXPECT_GT(60000, age);
	EXPECT_LE(STAT(self->fd, handle).out_age_ms + 1500, age);
}

TEST_F(site, telling_the_old_so_disturbs_nobody)
{
	struct mheap_create options = { .flags = variant->flags, .max_bytes = variant->max_bytes };
	struct actor actor = { .seed = 77 };
	unsigned long long period = parameter("aging_ms");
	int fd;

	if (period == ~0ULL || set_parameter("aging_ms", 10))
		SKIP(return, "the module has no such parameter, or it cannot be set here");
	fd = raw_new_heap(&options);
	ASSERT_LE(0, fd);
	actor.fd = raw_second(fd, MHEAP_RIGHTS_ALL);
	act(&actor);
	EXPECT_EQ(0, set_parameter("aging_ms", period));
	EXPECT_EQ(0, actor.failed);
	close(actor.fd);
	EXPECT_TRUE(heap_alone(fd));
	EXPECT_SUMS(fd);
	close(fd);
}

TEST_HARNESS_MAIN
