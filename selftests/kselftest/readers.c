// SPDX-License-Identifier: GPL-2.0
/* Who reads what is shown of a heap: nobody else's, and never an address of the kernel. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "mheap_harness.h"
#include "user.h"

FIXTURE(readers)
{
	int fd;
	__u64 id;
	char directory[64];
};

/* A heap that has something to say in each file. */
FIXTURE_SETUP(readers)
{
	struct mheap_create options = { .suspect_age_ms = 3600000 };
	__u64 handle;
	__u32 site;

	self->fd = NEW_HEAP(&options);
	self->id = options.out_heap_id;
	snprintf(self->directory, sizeof(self->directory), DEBUGFS "/mheap/%llu",
		 (unsigned long long)self->id);
	ASSERT_EQ(0, raw_site(self->fd, "file.c", "function", 7, 0, &site));
	ASSERT_EQ(0, raw_type_set(self->fd, 1, "type\0slot", 10));
	ASSERT_EQ(0, raw_alloc_site(self->fd, site, 2000, 100, &handle));
	STORE(self->fd, handle, 0, handle);
	STORE(self->fd, handle, 1999, handle);
	STORE(self->fd, handle, 1, WEAKEN(self->fd, handle));
	ASSERT_EQ(0, raw_root_set(self->fd, "root", handle));
	ASSERT_LE(0, raw_object_export(self->fd, handle, MHEAP_RIGHT_READ));
	ASSERT_EQ(0, raw_collect(self->fd));
}

FIXTURE_TEARDOWN(readers)
{
	close(self->fd);
}

/* The next file of the heap's directory, or NULL. */
static struct dirent *next_file(DIR *directory)
{
	struct dirent *entry;

	do
		entry = readdir(directory);
	while (entry && entry->d_name[0] == '.');
	return entry;
}

TEST_F(readers, no_file_of_debugfs_is_for_others)
{
	unsigned int files = 0;
	struct dirent *entry;
	struct stat stat;
	DIR *directory;

	if (!have_debugfs())
		SKIP(return, "no debugfs, or not for this user");
	directory = opendir(self->directory);
	ASSERT_NE(NULL, directory);
	/* The mode is what counts where the whole of debugfs has been opened to others. */
	while ((entry = next_file(directory))) {
		files++;
		ASSERT_EQ(0, fstatat(dirfd(directory), entry->d_name, &stat, 0));
		EXPECT_EQ(0, stat.st_uid);
		EXPECT_EQ(0, stat.st_mode & 077) {
			TH_LOG("%s: 0%o", entry->d_name, stat.st_mode & 0777);
		}
	}
	EXPECT_LE(9, files);
	closedir(directory);
}

TEST_F(readers, no_file_of_debugfs_has_an_address)
{
	struct dirent *entry;
	unsigned int read = 0;
	char path[512], *text;
	DIR *directory;

	if (!have_debugfs())
		SKIP(return, "no debugfs, or not for this user");
	directory = opendir(self->directory);
	ASSERT_NE(NULL, directory);
	while ((entry = next_file(directory))) {
		if (!strcmp(entry->d_name, "collect"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", self->directory, entry->d_name);
		text = file_text(path);
		ASSERT_NE(NULL, text);
		/* The heading, and something of the heap. */
		EXPECT_NE(NULL, strchr(strchr(text, '\n') + 1, '\n'));
		EXPECT_FALSE(text_has_address(text)) {
			TH_LOG("%s:\n%s", entry->d_name, text);
		}
		free(text);
		read++;
	}
	EXPECT_LE(8, read);
	closedir(directory);
}

/* Of a session, a heap, an object and a queue. */
TEST_F(readers, no_fdinfo_has_an_address)
{
	struct mheap_events queue = {
		.size = sizeof(queue), .kinds = MHEAP_EVENT_KINDS, .capacity = 1,
		.event_size = sizeof(struct mheap_event),
	};
	unsigned int i;
	int fds[4];

	ASSERT_EQ(0, raw_call(self->fd, MHEAP_CMD_EVENTS, &queue));
	fds[0] = self->fd;
	fds[1] = EXPORT(self->fd, MHEAP_RIGHTS_ALL);
	fds[2] = raw_object_export(self->fd, ALLOC(self->fd, 0, 0, 0), 0);
	fds[3] = queue.out_fd;
	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		char path[64], *text;

		snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fds[i]);
		text = file_text(path);
		ASSERT_NE(NULL, text);
		EXPECT_NE(NULL, strstr(text, "mheap-"));
		EXPECT_FALSE(text_has_address(text)) {
			TH_LOG("%s", text);
		}
		free(text);
	}
}

/* What is found is an address, and what is not is none: of text_has_address(). */
TEST(addresses_are_told_from_numbers)
{
	EXPECT_TRUE(text_has_address("a ffff888003a41c00 b"));
	EXPECT_TRUE(text_has_address("a=0xffffffffc0123456"));
	EXPECT_TRUE(text_has_address("0000000062a41c00"));
	EXPECT_TRUE(text_has_address("18446616416389562368"));
	EXPECT_FALSE(text_has_address("0x1800000 4294967295 1700000000000000000 cafe"));
	EXPECT_FALSE(text_has_address("18446744073709551615"));
}

/* Another user, who was let into the device: every way to look leads nowhere. */
static void other_user(int fd, pid_t owner, int owners_fd, __u64 id)
{
	static const char *const files[] = { "summary", "sessions", "history", "objects",
					     "sites", "types", "edges", "holders", "collect" };
	struct mheap_heap_entry heaps[8];
	struct mheap_session_entry session;
	struct mheap_collect_stat collector;
	struct mheap_walk_entry object;
	struct mheap_root_entry root;
	struct mheap_heap_stat stat;
	struct mheap_site_entry site;
	__u64 cursor = 0, numbers[4];
	char path[512], data[8192];
	__u32 written, type, i;

	while (cursor != DONE) {
		NEED(!raw_heap_list(fd, &cursor, heaps, 8, &written));
		for (i = 0; i < written; i++)
			NEED(heaps[i].heap_id != id);
	}
	NEED(raw_inspect(fd, id) == -ENOENT);
	cursor = 0;
	NEED(raw_heap_stat(fd, &stat) == -ENXIO);
	NEED(raw_collect_stat(fd, &collector) == -ENXIO);
	NEED(raw_walk(fd, &cursor, &object, 1, &written) == -ENXIO);
	NEED(raw_slot_list(fd, 1, &cursor, numbers, 4, &written) == -ENXIO);
	NEED(raw_root_list(fd, &cursor, &root, 1, &written) == -ENXIO);
	NEED(raw_site_list(fd, &cursor, &site, 1, &written) == -ENXIO);
	NEED(raw_type_get(fd, &cursor, &type, data, sizeof(data), &written) == -ENXIO);
	NEED(raw_session_list(fd, &cursor, &session, 1, &written) == -ENXIO);
	NEED(raw_dump(fd, 0, &cursor, data, sizeof(data), &written) == -ENXIO);
	NEED(raw_dump(fd, MHEAP_DUMP_SNAPSHOT, &cursor, data, sizeof(data), &written) == -ENXIO);
	NEED(raw_snapshot(fd, 0) == -ENXIO);
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), DEBUGFS "/mheap/%llu/%s", (unsigned long long)id,
			 files[i]);
		NEED(open(path, O_RDONLY) < 0 && open(path, O_WRONLY) < 0);
	}
	NEED(open(TRACEFS "/trace", O_RDONLY) < 0);
	NEED(open(TRACEFS "/trace_pipe", O_RDONLY | O_NONBLOCK) < 0);
	NEED(open(TRACEFS "/events/mheap/enable", O_WRONLY) < 0);
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", owner, owners_fd);
	NEED(open(path, O_RDONLY) < 0 && errno == EACCES);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", owner, owners_fd);
	NEED(open(path, O_RDWR) < 0 && errno == EACCES);
	_exit(0);
}

TEST_F(readers, another_user_reads_nothing)
{
	pid_t child, owner = getpid();
	int fd;

	if (geteuid())
		SKIP(return, "it takes root to become others");
	/* They are there to be read: only not by others. */
	have_debugfs();
	have_tracefs();
	fd = SESSION();
	child = fork_as(USER, false);
	ASSERT_LE(0, child);
	if (!child)
		other_user(fd, owner, self->fd, self->id);
	EXPECT_EQ(0, end_of(child));
	/* One who may have more of everything may not see more. */
	child = fork_as(OTHER, true);
	ASSERT_LE(0, child);
	if (!child)
		other_user(fd, owner, self->fd, self->id);
	EXPECT_EQ(0, end_of(child));
	close(fd);
}

/* The users that are shown are those who did it, not who reads. */
TEST_F(readers, root_reads_who_it_was)
{
	char path[96], *text, line[64];
	__u64 id;
	int fd;

	if (geteuid() || !have_debugfs())
		SKIP(return, "it takes root to become others, and debugfs");
	/* Like a program that is root whoever starts it. */
	ASSERT_EQ(0, setresuid(USER, 0, 0));
	fd = NEW_HEAP(NULL);
	id = HEAP_STAT(fd).out_heap_id;
	snprintf(path, sizeof(path), DEBUGFS "/mheap/%llu/summary", (unsigned long long)id);
	text = file_text(path);
	ASSERT_NE(NULL, text);
	EXPECT_EQ(USER, text_figure(text, "creator_uid"));
	EXPECT_EQ(getpid(), (pid_t)text_figure(text, "creator_pid"));
	free(text);
	snprintf(path, sizeof(path), DEBUGFS "/mheap/%llu/sessions", (unsigned long long)id);
	snprintf(line, sizeof(line), " %d %u 0x%x ", getpid(), USER, MHEAP_RIGHTS_ALL);
	EXPECT_TRUE(file_has(path, line));
	close(fd);
}

TEST_HARNESS_MAIN
