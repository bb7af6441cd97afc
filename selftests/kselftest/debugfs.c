// SPDX-License-Identifier: GPL-2.0
/* What debugfs and fdinfo show, and that it agrees with the ioctls. */
#include <fcntl.h>

#include "kernel_files.h"
#include "mheap_harness.h"

FIXTURE(debugfs)
{
	int fd;
	__u64 id;
};

FIXTURE_SETUP(debugfs)
{
	struct mheap_create options = { .suspect_age_ms = 3600000 };

	self->fd = NEW_HEAP(&options);
	self->id = options.out_heap_id;
	if (!have_debugfs())
		SKIP_ALL("no debugfs, or not for this user");
}

FIXTURE_TEARDOWN(debugfs)
{
	close(self->fd);
}

/* The text of a file of the heap; it must be there. */
#define HEAP_FILE(name)							\
({									\
	char path[128], *text;						\
									\
	snprintf(path, sizeof(path), DEBUGFS "/mheap/%llu/%s",		\
		 (unsigned long long)self->id, name);			\
	text = file_text(path);						\
	ASSERT_NE(NULL, text) {						\
		TH_LOG("%s cannot be read", path);			\
	}								\
	text;								\
})

/* The line of a text says what a command answers in the member of that name. */
#define EXPECT_FIGURE(stat, name)					\
	EXPECT_EQ((stat).out_##name, text_figure(text, #name))

TEST_F(debugfs, first_lines_carry_a_version)
{
	static const char *const names[] = { "summary", "sessions", "history", "objects",
					      "sites", "types", "edges", "holders" };
	char first[64];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		char *text = HEAP_FILE(names[i]);

		snprintf(first, sizeof(first), "mheap-%s 1\n", names[i]);
		EXPECT_EQ(0, strncmp(text, first, strlen(first))) {
			TH_LOG("%s", names[i]);
		}
		free(text);
	}
}

TEST_F(debugfs, the_summary_agrees_with_heap_stat)
{
	struct mheap_collect_stat collector;
	struct mheap_heap_stat stat;
	__u64 a, b;
	unsigned int i;
	char *text;

	for (i = 0; i < 100; i++)
		ALLOC(self->fd, i % 7, i * 10, i);
	a = ALLOC(self->fd, 1, 0, 1);
	b = ALLOC(self->fd, 1, 0, 1);
	STORE(self->fd, a, 0, b);
	STORE(self->fd, b, 0, a);
	CLOSE(self->fd, a);
	CLOSE(self->fd, b);
	ASSERT_EQ(0, raw_collect(self->fd));
	a = ALLOC(self->fd, 1, 0, 1);
	STORE(self->fd, a, 0, a);
	ASSERT_EQ(0, raw_root_set(self->fd, "r", a));
	CLOSE(self->fd, a);
	ASSERT_EQ(0, raw_root_set(self->fd, "r", 0));

	text = HEAP_FILE("summary");
	stat = HEAP_STAT(self->fd);
	collector = COLLECT_STAT(self->fd);
	EXPECT_EQ(self->id, text_figure(text, "heap"));
	EXPECT_EQ(101, stat.out_objects);
	EXPECT_FIGURE(stat, objects);
	EXPECT_FIGURE(stat, bytes);
	EXPECT_FIGURE(stat, memory);
	EXPECT_FIGURE(stat, max_bytes);
	EXPECT_FIGURE(stat, max_objects);
	EXPECT_FIGURE(stat, allocated);
	EXPECT_FIGURE(stat, freed_count);
	EXPECT_EQ(2, stat.out_freed_collect);
	EXPECT_FIGURE(stat, freed_collect);
	EXPECT_EQ(1, stat.out_suspects);
	EXPECT_FIGURE(stat, suspects);
	EXPECT_FIGURE(stat, pending);
	EXPECT_FIGURE(stat, sessions);
	EXPECT_FIGURE(stat, roots);
	EXPECT_FIGURE(collector, collections);
	EXPECT_FIGURE(collector, last_duration_ns);
	EXPECT_FIGURE(collector, last_grace_ns);
	EXPECT_FIGURE(collector, last_marked);
	EXPECT_FIGURE(collector, last_freed);
	EXPECT_FIGURE(collector, total_freed);
	EXPECT_FIGURE(collector, total_ns);
	EXPECT_LT(0, text_figure(text, "worked_ns"));
	EXPECT_GE(collector.out_total_ns, text_figure(text, "worked_ns"));
	EXPECT_EQ(0, text_figure(text, "verify_failures"));
	EXPECT_EQ(1, text_lines(text, "phase: idle", NULL));
	EXPECT_EQ(1, text_lines(text, "last_cause: request", NULL));
	EXPECT_EQ(getpid(), text_figure(text, "creator_pid"));
	free(text);
}

TEST_F(debugfs, the_summary_has_the_options_and_what_else_there_is)
{
	struct mheap_set set = {
		.size = sizeof(set), .suspect_percent = 77, .suspect_min = 78, .cpu_percent = 79,
		.local_objects = 80, .flags = MHEAP_SET_SUSPECT_PERCENT | MHEAP_SET_SUSPECT_MIN |
					      MHEAP_SET_CPU_PERCENT | MHEAP_SET_LOCAL_OBJECTS,
	};
	struct mheap_heap_stat stat;
	__u64 a = ALLOC(self->fd, 0, 0, 0), weak;
	__u32 site;
	char *text;

	ASSERT_EQ(0, raw_weaken(self->fd, a, &weak));
	ASSERT_EQ(0, raw_site(self->fd, "f", "g", 1, 0, &site));
	ASSERT_EQ(0, raw_call(self->fd, MHEAP_CMD_SET, &set));
	ASSERT_EQ(0, raw_snapshot(self->fd, 0));
	text = HEAP_FILE("summary");
	stat = HEAP_STAT(self->fd);
	EXPECT_EQ(1, stat.out_weak);
	EXPECT_FIGURE(stat, weak);
	EXPECT_EQ(1, stat.out_sites);
	EXPECT_FIGURE(stat, sites);
	EXPECT_FIGURE(stat, max_sites);
	EXPECT_FIGURE(stat, window_bytes);
	EXPECT_EQ(77, text_figure(text, "suspect_percent"));
	EXPECT_EQ(78, text_figure(text, "suspect_min"));
	EXPECT_EQ(78, text_figure(text, "threshold"));
	EXPECT_EQ(3600000, text_figure(text, "suspect_age_ms"));
	EXPECT_EQ(79, text_figure(text, "cpu_percent"));
	EXPECT_EQ(80, text_figure(text, "max_local_objects"));
	EXPECT_EQ(0, text_figure(text, "reserved"));
	EXPECT_EQ(1, text_figure(text, "snapshots"));
	EXPECT_EQ(1, text_figure(text, "snapshot"));
	free(text);
	EXPECT_EQ(0, raw_snapshot_end(self->fd));
	text = HEAP_FILE("summary");
	EXPECT_EQ(1, text_figure(text, "snapshots"));
	EXPECT_EQ(0, text_figure(text, "snapshot"));
	free(text);
}

/* More than fit into one buffer, and each once: as MHEAP_SESSION_LIST has them. */
TEST_F(debugfs, many_sessions_are_those_of_the_list)
{
	struct mheap_session_entry entries[300];
	int heap_fd = EXPORT(self->fd, MHEAP_RIGHT_READ), fds[250];
	__u64 cursor = 0;
	__u32 count, i;
	char *text, line[128];

	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = raw_joined(heap_fd);
		ASSERT_LE(0, fds[i]);
	}
	ASSERT_EQ(0, raw_session_list(self->fd, &cursor, entries, 300, &count));
	EXPECT_EQ(ARRAY_SIZE(fds) + 1, count);
	text = HEAP_FILE("sessions");
	EXPECT_LT(4096, strlen(text));
	EXPECT_EQ(count, text_lines(text, " debugfs", NULL));
	for (i = 0; i < count; i++) {
		snprintf(line, sizeof(line), "\n%llu %d %u 0x%x %u ",
			 (unsigned long long)entries[i].session, entries[i].pid, entries[i].uid,
			 entries[i].rights, entries[i].handles);
		EXPECT_NE(NULL, strstr(text, line)) {
			TH_LOG("no line with %s", line + 1);
		}
	}
	free(text);
	for (i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[i]);
	close(heap_fd);
}

/* Of a line "key: value" of the summary. */
#define SUMMARY_NUMBER(key)						\
({									\
	char *_text = HEAP_FILE("summary"), *_line;			\
	unsigned long long _number;					\
									\
	_line = strstr(_text, "\n" key ": ");				\
	ASSERT_NE(NULL, _line);						\
	_number = strtoull(_line + strlen("\n" key ": "), NULL, 10);	\
	free(_text);							\
	_number;							\
})

TEST_F(debugfs, no_stretch_is_too_long)
{
	__u64 h[200], wide = ALLOC(self->fd, MHEAP_SLOTS_MAX, 0, 0);
	unsigned int i;

	for (i = 0; i < 200; i++) {
		h[i] = ALLOC(self->fd, 2, 0, 0);
		STORE(self->fd, wide, i * 5000, h[i]);
		STORE(self->fd, h[i], 0, wide);
		CLOSE(self->fd, h[i]);
	}
	CLOSE(self->fd, wide);
	EXPECT_EMPTY_AFTER_COLLECT(self->fd);
	/* Those that free the 1024 pages of the slots are the longest. */
	EXPECT_LE(1024, SUMMARY_NUMBER("longest_section_steps"));
	EXPECT_GE(4096, SUMMARY_NUMBER("longest_section_steps"));
	EXPECT_LE(1, SUMMARY_NUMBER("longest_hold_steps"));
	EXPECT_GE(512, SUMMARY_NUMBER("longest_hold_steps"));
}

TEST_F(debugfs, sessions_come_and_go)
{
	int fd = SECOND(self->fd, MHEAP_RIGHT_READ);
	char *text, pid[32];

	ALLOC(self->fd, 0, 0, 0);
	snprintf(pid, sizeof(pid), " %d ", getpid());
	text = HEAP_FILE("sessions");
	EXPECT_EQ(2, text_lines(text, pid, NULL));
	EXPECT_EQ(1, text_lines(text, pid, " 0x7f 1 "));
	EXPECT_EQ(1, text_lines(text, pid, " 0x1 0 "));
	free(text);
	close(fd);
	EXPECT_TRUE(EVENTUALLY(HEAP_STAT(self->fd).out_sessions == 1));
	text = HEAP_FILE("sessions");
	EXPECT_EQ(1, text_lines(text, pid, NULL));
	free(text);
}

TEST_F(debugfs, the_history_has_a_line_for_each_collection)
{
	__u64 handle = ALLOC(self->fd, 0, 0, 0);
	struct mheap_collect_stat stat;
	unsigned long long n[10];
	char *text, *line, end = 0;
	unsigned int i;
	int found;

	EXPECT_NE(0, handle);
	for (i = 0; i < 5; i++) {
		handle = ALLOC(self->fd, 1, 0, 0);
		STORE(self->fd, handle, 0, handle);
		CLOSE(self->fd, handle);
		ASSERT_EQ(0, raw_collect(self->fd));
	}
	text = HEAP_FILE("history");
	EXPECT_EQ(heap_collections(self->fd), text_lines(text, " request ", NULL));
	line = strstr(text, "\n5 request ");
	ASSERT_NE(NULL, line);
	found = sscanf(line, "%llu request %llu %llu %llu %llu %llu %llu %llu %llu %llu%c", &n[0],
		       &n[1], &n[2], &n[3], &n[4], &n[5], &n[6], &n[7], &n[8], &n[9], &end);
	ASSERT_EQ(11, found);
	stat = COLLECT_STAT(self->fd);
	EXPECT_EQ('\n', end);
	EXPECT_EQ(stat.out_last_duration_ns, n[2]);
	EXPECT_EQ(stat.out_last_grace_ns, n[3]);
	/* Its three parts are all of it. */
	EXPECT_EQ(n[2], n[4] + n[5] + n[6]);
	EXPECT_EQ(1, n[7]);
	EXPECT_EQ(1, n[8]);
	EXPECT_EQ(0, n[9]);
	free(text);
}

TEST_F(debugfs, every_object_has_a_line)
{
	unsigned int i, lines;
	char *text, line[64];
	__u64 handle;

	for (i = 0; i < 3000; i++)
		handle = ALLOC(self->fd, i % 5, i % 200, 0x1000 + i);
	text = HEAP_FILE("objects");
	for (lines = 0, i = 0; text[i]; i++)
		lines += text[i] == '\n';
	EXPECT_EQ(3000 + 2, lines);
	for (i = 0; i < 3000; i += 100) {
		snprintf(line, sizeof(line), " %u %u %u 1 0 0", 0x1000 + i, i % 5, i % 200);
		EXPECT_EQ(1, text_lines(text, line, NULL)) {
			TH_LOG("no line with %s", line);
		}
	}
	snprintf(line, sizeof(line), "%llu %u ",
		 (unsigned long long)STAT(self->fd, handle).out_object, 0x1000 + 2999);
	EXPECT_EQ(1, text_lines(text, line, NULL));
	free(text);
}

TEST_F(debugfs, sites_and_types_are_listed)
{
	__u32 site, child, i;
	__u64 handle;
	char *text;

	ASSERT_EQ(0, raw_site(self->fd, "dir/a b.c", "f\\\n\303\244", 12, 0, &site));
	ASSERT_EQ(0, raw_site(self->fd, "-", "", 13, site, &child));
	ASSERT_EQ(0, raw_alloc_site(self->fd, child, 1, 0, &handle));
	text = HEAP_FILE("sites");
	EXPECT_EQ(1, text_lines(text, "1 0 12 0 0 0 0 0 0 0 dir/a\\040b.c ",
				"f\\134\\012\\303\\244"));
	EXPECT_EQ(1, text_lines(text, "2 1 13 1 32 1 32 1 32 0 \\055 -", NULL));
	EXPECT_EQ(1, text_lines(text, "0 0 0 0 0 0 0 0 0 0 - -", NULL));
	free(text);
	for (i = 3; i <= 1000; i++) {
		ASSERT_EQ(0, raw_site(self->fd, "file.c", "many", i, 0, &site));
	}
	text = HEAP_FILE("sites");
	EXPECT_EQ(998, text_lines(text, " file.c many", NULL));
	free(text);

	ASSERT_EQ(0, raw_type_set(self->fd, ~0U, "last", 5));
	ASSERT_EQ(0, raw_type_set(self->fd, 7, "a node\0left\0\0right", 19));
	text = HEAP_FILE("types");
	EXPECT_EQ(1, text_lines(text, "7 a\\040node left - right", NULL));
	EXPECT_EQ(1, text_lines(text, "4294967295 last", NULL));
	free(text);
}

static unsigned int count_lines(const char *text, const char *begin)
{
	unsigned int count = 0;

	for (; text && *text; text = strchr(text, '\n'), text += !!text)
		count += !strncmp(text, begin, strlen(begin));
	return count;
}

TEST_F(debugfs, every_slot_and_every_holder_has_a_line)
{
	enum { COUNT = 3000 };
	struct mheap_stat a, b;
	__u64 wide = ALLOC(self->fd, 2000, 0, 1), last = 0;
	char *text, line[100];
	unsigned int i;
	int fd;

	for (i = 0; i < COUNT; i++) {
		last = ALLOC(self->fd, 1, 0, i);
		STORE(self->fd, last, 0, wide);
	}
	for (i = 0; i < 2000; i += 2)
		STORE(self->fd, wide, i, last);
	STORE(self->fd, wide, 1, WEAKEN(self->fd, last));
	ASSERT_EQ(0, raw_root_set(self->fd, "a\nb", wide));
	fd = raw_object_export(self->fd, last, MHEAP_RIGHT_READ);
	ASSERT_LE(0, fd);
	a = STAT(self->fd, wide);
	b = STAT(self->fd, last);

	text = HEAP_FILE("edges");
	EXPECT_EQ(COUNT + 1000 + 1, count_lines(text, "slot "));
	EXPECT_EQ(1, count_lines(text, "weak "));
	snprintf(line, sizeof(line), "\nslot %llu 1998 %llu\n", (unsigned long long)a.out_object,
		 (unsigned long long)b.out_object);
	EXPECT_NE(NULL, strstr(text, line));
	snprintf(line, sizeof(line), " %llu\n", (unsigned long long)b.out_object);
	EXPECT_NE(NULL, strstr(strstr(text, "\nweak "), line));
	free(text);

	text = HEAP_FILE("holders");
	EXPECT_EQ(COUNT + 1, count_lines(text, "handle "));
	EXPECT_EQ(1, count_lines(text, "weak "));
	EXPECT_EQ(1, count_lines(text, "fd "));
	snprintf(line, sizeof(line), "\nroot %llu a\\nb\n", (unsigned long long)a.out_object);
	EXPECT_NE(NULL, strstr(text, line));
	free(text);
	close(fd);
}

TEST_F(debugfs, a_collection_can_be_asked_for)
{
	__u64 handle = ALLOC(self->fd, 1, 0, 1);
	char path[128];

	snprintf(path, sizeof(path), DEBUGFS "/mheap/%llu/collect", (unsigned long long)self->id);
	STORE(self->fd, handle, 0, handle);
	CLOSE(self->fd, handle);
	EXPECT_EQ(1, heap_objects(self->fd));
	ASSERT_EQ(0, file_write(path, "wait\n"));
	EXPECT_EQ(0, heap_objects(self->fd));
	EXPECT_EQ(-EINVAL, file_write(path, "nonsense"));
	EXPECT_EQ(-EINVAL, file_write(path, "2"));
	EXPECT_EQ(0, file_write(path, "1"));
	EXPECT_TRUE(EVENTUALLY(heap_collections(self->fd) == 2));
}

TEST_F(debugfs, files_go_with_the_heap_even_when_they_are_open)
{
	char path[128], byte;
	int file, fd = NEW_HEAP(NULL);
	__u64 id = HEAP_STAT(fd).out_heap_id;

	ALLOC(fd, 1, 1, 1);
	snprintf(path, sizeof(path), DEBUGFS "/mheap/%llu/objects", (unsigned long long)id);
	file = open(path, O_RDONLY);
	ASSERT_LE(0, file);
	ASSERT_EQ(1, read(file, &byte, 1));
	close(fd);
	EXPECT_TRUE(EVENTUALLY(access(path, F_OK)));
	/* Whatever it answers now, it answers. */
	while (read(file, &byte, 1) == 1)
		;
	close(file);
}

TEST(fdinfo_shows_the_heap_the_session_the_rights_and_the_handles)
{
	int fd = NEW_HEAP(NULL), other = SECOND(fd, MHEAP_RIGHT_READ | MHEAP_RIGHT_WRITE);
	int heap_fd = EXPORT(fd, MHEAP_RIGHT_READ), none = SESSION();
	__u64 id = HEAP_STAT(fd).out_heap_id, session;
	char path[64], *text;
	unsigned int i;

	for (i = 0; i < 7; i++)
		ALLOC(other, 0, 0, 0);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", other);
	text = file_text(path);
	ASSERT_NE(NULL, text);
	EXPECT_EQ(id, text_figure(text, "mheap-heap"));
	EXPECT_EQ(3, text_figure(text, "mheap-rights"));
	EXPECT_EQ(7, text_figure(text, "mheap-handles"));
	session = text_figure(text, "mheap-session");
	free(text);

	/* Numbers of sessions rise. */
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	text = file_text(path);
	ASSERT_NE(NULL, text);
	EXPECT_NE(~0ULL, session);
	EXPECT_LT(text_figure(text, "mheap-session"), session);
	free(text);

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", heap_fd);
	text = file_text(path);
	ASSERT_NE(NULL, text);
	EXPECT_EQ(id, text_figure(text, "mheap-heap"));
	EXPECT_EQ(1, text_figure(text, "mheap-rights"));
	free(text);

	/* One without a heap has nothing to tell, and does no harm. */
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", none);
	text = file_text(path);
	ASSERT_NE(NULL, text);
	EXPECT_EQ(~0ULL, text_figure(text, "mheap-heap"));
	free(text);
	close(none);
	close(heap_fd);
	close(other);
	close(fd);
}

TEST_HARNESS_MAIN
