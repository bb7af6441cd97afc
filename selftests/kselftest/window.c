// SPDX-License-Identifier: GPL-2.0
/* The window of payloads: what is mapped, by whom, and for how long. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "mheap_harness.h"

#define PAGE	4096UL
#define CHUNK	(256UL << 10)

static sigjmp_buf beyond;

static void on_fault(int signal)
{
	siglongjmp(beyond, signal);
}

/* The signal that touching a byte ends in, or 0. */
static int touched(volatile char *at, bool write)
{
	struct sigaction act = { .sa_handler = on_fault }, bus, segv;
	int signal;

	sigaction(SIGBUS, &act, &bus);
	sigaction(SIGSEGV, &act, &segv);
	signal = sigsetjmp(beyond, 1);
	if (!signal) {
		if (write)
			*at = *at;
		else
			(void)*at;
	}
	sigaction(SIGBUS, &bus, NULL);
	sigaction(SIGSEGV, &segv, NULL);
	return signal;
}

static __u64 offset_of(int fd, __u64 handle)
{
	struct mheap_stat stat;

	return raw_stat(fd, handle, &stat) ? 0 : stat.out_offset;
}

static __u64 window_bytes(int fd)
{
	struct mheap_heap_stat stat;

	return raw_heap_stat(fd, &stat) ? 0 : stat.out_window_bytes;
}

/* The whole window; NULL and errno when that fails. */
static char *map(int fd, int protection)
{
	char *at = mmap(NULL, window_bytes(fd), protection, MAP_SHARED, fd, 0);

	return at == MAP_FAILED ? NULL : at;
}

static int map_errno(int fd, __u64 length, int protection, int flags, __u64 offset)
{
	void *at = mmap(NULL, length, protection, flags, fd, offset);

	if (at == MAP_FAILED)
		return errno;
	munmap(at, length);
	return 0;
}

/* A heap whose window fits into any address space. */
#define SMALL_HEAP() NEW_HEAP(&(struct mheap_create){ .max_bytes = 64 << 20 })

FIXTURE(window)
{
	int fd;
	char *at;
};

FIXTURE_SETUP(window)
{
	self->fd = SMALL_HEAP();
	self->at = map(self->fd, PROT_READ | PROT_WRITE);
	ASSERT_NE(NULL, self->at);
}

FIXTURE_TEARDOWN(window)
{
	close(self->fd);
}

TEST_F(window, alloc_and_stat_tell_where_a_payload_is)
{
	struct mheap_alloc alloc = { .size = sizeof(alloc), .payload_bytes = 100 };
	struct mheap_alloc none = { .size = sizeof(none), .slots = 1 };

	ASSERT_EQ(0, raw_call(self->fd, MHEAP_ALLOC, &alloc));
	EXPECT_NE(0, alloc.out_offset);
	EXPECT_EQ(alloc.out_offset, offset_of(self->fd, alloc.handle));
	EXPECT_LE(alloc.out_offset + 100, window_bytes(self->fd));
	ASSERT_EQ(0, raw_call(self->fd, MHEAP_ALLOC, &none));
	EXPECT_EQ(~0ULL, none.out_offset);
	EXPECT_EQ(~0ULL, offset_of(self->fd, none.handle));
}

TEST_F(window, a_record_tells_where_when_asked_although_the_handle_is_chosen)
{
	struct mheap_record records[] = {
		record_alloc(0, 64, 0, chosen_handle(0, 1)),
		record_alloc(0, 64, 0, chosen_handle(1, 1)),
	};
	struct mheap_alloc *allocs = (void *)records;

	allocs[0].flags |= MHEAP_ALLOC_OFFSET;
	ASSERT_EQ(0, raw_batch_all(self->fd, records, 2));
	EXPECT_EQ(offset_of(self->fd, chosen_handle(0, 1)), allocs[0].out_offset);
	EXPECT_EQ(0, allocs[1].out_offset);
}

TEST_F(window, bytes_are_the_same_by_call_and_by_pointer)
{
	static const __u32 sizes[] = { 1, 31, 32, 100, 4096, 5000, 65536, 65537, 262144,
				       262145, 1000000 };
	unsigned int i, j;
	char *buffer = malloc(1000000);

	ASSERT_NE(NULL, buffer);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		__u64 handle = ALLOC(self->fd, 1, sizes[i], 0);
		char *payload = self->at + offset_of(self->fd, handle);

		for (j = 0; j < sizes[i]; j++) {
			ASSERT_EQ(0, payload[j]);
			payload[j] = j * 7 + i;
		}
		ASSERT_EQ(0, raw_read(self->fd, handle, 0, buffer, sizes[i]));
		ASSERT_EQ(0, memcmp(buffer, payload, sizes[i]));
		memset(buffer, i, sizes[i]);
		ASSERT_EQ(0, raw_write(self->fd, handle, 0, buffer, sizes[i]));
		ASSERT_EQ(0, memcmp(buffer, payload, sizes[i]));
	}
	free(buffer);
}

TEST_F(window, sessions_and_processes_see_the_same_bytes)
{
	int second = SECOND(self->fd, MHEAP_RIGHTS_ALL), status;
	char *theirs = map(second, PROT_READ | PROT_WRITE);
	__u64 handle = ALLOC(self->fd, 0, 8, 0), offset = offset_of(self->fd, handle);

	ASSERT_NE(NULL, theirs);
	theirs[offset] = 1;
	EXPECT_EQ(1, self->at[offset]);
	if (!fork()) {
		self->at[offset + 1] = 2;
		_exit(theirs[offset] == 1 ? 0 : 1);
	}
	wait(&status);
	EXPECT_EQ(0, status);
	EXPECT_EQ(2, theirs[offset + 1]);
	close(second);
}

TEST_F(window, what_is_mapped_again_is_zero)
{
	__u32 sizes[] = { 32, 4096, 300000 }, i, round;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (round = 0; round < 20; round++) {
			__u64 handle = ALLOC(self->fd, 0, sizes[i], 0);
			char *payload = self->at + offset_of(self->fd, handle);
			__u32 j;

			for (j = 0; j < sizes[i]; j++)
				ASSERT_EQ(0, payload[j]);
			memset(payload, 0xff, sizes[i]);
			CLOSE(self->fd, handle);
		}
	}
}

TEST_F(window, nothing_is_where_no_payload_is)
{
	EXPECT_EQ(SIGBUS, touched(self->at, false));
	EXPECT_EQ(SIGBUS, touched(self->at + window_bytes(self->fd) - 1, false));
	ALLOC(self->fd, 100, 0, 0);
	EXPECT_EQ(SIGBUS, touched(self->at + CHUNK, false));
	ALLOC(self->fd, 0, 8, 0);
	EXPECT_EQ(0, touched(self->at + CHUNK, true));
	EXPECT_EQ(SIGBUS, touched(self->at + 2 * CHUNK, false));
}

TEST_F(window, chunks_that_are_given_back_are_taken_from_all_mappings)
{
	int second = SECOND(self->fd, MHEAP_RIGHTS_ALL);
	char *theirs = map(second, PROT_READ | PROT_WRITE);
	unsigned int round;
	__u64 offset, handle;
	char zero[16] = {};

	ASSERT_NE(NULL, theirs);
	for (round = 0; round < 10; round++) {
		handle = ALLOC(self->fd, 0, round & 1 ? 100000 : 1000000, 0);
		offset = offset_of(self->fd, handle);
		memset(self->at + offset, 0x55, 500);
		ASSERT_EQ(0x55, theirs[offset]);
		CLOSE(self->fd, handle);
		ASSERT_TRUE(EVENTUALLY(touched(self->at + offset, true) == SIGBUS)) {
			TH_LOG("round %u", round);
		}
		EXPECT_EQ(SIGBUS, touched(theirs + offset, true));
		/* What comes in its place is what all see. */
		handle = ALLOC(second, 0, round & 1 ? 100000 : 1000000, 0);
		offset = offset_of(second, handle);
		EXPECT_EQ(0, memcmp(self->at + offset, zero, sizeof(zero)));
		self->at[offset + 3] = 9;
		EXPECT_EQ(9, theirs[offset + 3]);
		CLOSE(second, handle);
		ASSERT_TRUE(EVENTUALLY(touched(self->at + offset, true) == SIGBUS));
	}
	close(second);
}

TEST_F(window, chunks_of_small_payloads_go_with_the_session_that_filled_them)
{
	int second = SECOND(self->fd, MHEAP_RIGHTS_ALL);
	__u64 offset = offset_of(second, ALLOC(second, 0, 500, 0));

	self->at[offset] = 1;
	close(second);
	EXPECT_TRUE(EVENTUALLY(touched(self->at + offset, true) == SIGBUS));
}

TEST_F(window, memory_goes_back_although_it_was_mapped)
{
	__u64 before = HEAP_STAT(self->fd).out_memory, handle;
	unsigned int round;

	for (round = 0; round < (running_on_uml() ? 10 : 50); round++) {
		handle = ALLOC(self->fd, 0, 20 << 20, 0);
		memset(self->at + offset_of(self->fd, handle), 1, 20 << 20);
		CLOSE(self->fd, handle);
	}
	EXPECT_TRUE(EVENTUALLY(HEAP_STAT(self->fd).out_memory <= before + 2 * CHUNK));
}

TEST(mapping_takes_the_rights)
{
	static const struct {
		__u32 rights;
		int protection, error;
	} table[] = {
		{ MHEAP_RIGHT_MAP | MHEAP_RIGHT_READ, PROT_READ, 0 },
		{ MHEAP_RIGHT_MAP | MHEAP_RIGHT_READ, PROT_NONE, 0 },
		{ MHEAP_RIGHT_MAP | MHEAP_RIGHT_READ, PROT_READ | PROT_WRITE, EACCES },
		{ MHEAP_RIGHT_MAP | MHEAP_RIGHT_WRITE, PROT_WRITE, EACCES },
		{ MHEAP_RIGHT_MAP | MHEAP_RIGHT_WRITE, PROT_READ, EACCES },
		{ MHEAP_RIGHT_READ | MHEAP_RIGHT_WRITE, PROT_READ, EACCES },
		{ MHEAP_RIGHTS_ALL & ~MHEAP_RIGHT_MAP, PROT_READ, EACCES },
		{ MHEAP_RIGHTS_ALL, PROT_READ | PROT_EXEC, EACCES },
		{ MHEAP_RIGHTS_ALL, PROT_READ | PROT_WRITE, 0 },
	};
	int fd = NEW_HEAP(NULL), other;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		other = SECOND(fd, table[i].rights);
		EXPECT_EQ(table[i].error,
			  map_errno(other, PAGE, table[i].protection, MAP_SHARED, 0)) {
			TH_LOG("rights %#x, protection %#x", table[i].rights,
			       table[i].protection);
		}
		close(other);
	}
	close(fd);
}

TEST(what_is_mapped_for_reading_stays_so)
{
	int fd = SMALL_HEAP(), reader;
	__u64 offset = offset_of(fd, ALLOC(fd, 0, 100, 0));
	char *at;

	reader = SECOND(fd, MHEAP_RIGHT_MAP | MHEAP_RIGHT_READ);
	at = map(reader, PROT_READ);
	ASSERT_NE(NULL, at);
	EXPECT_EQ(0, touched(at + offset, false));
	EXPECT_EQ(SIGSEGV, touched(at + offset, true));
	EXPECT_EQ(-1, mprotect(at, window_bytes(fd), PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, mprotect(at, window_bytes(fd), PROT_READ | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(SIGSEGV, touched(at + offset, true));
	/* Neither a child nor another look at the same file changes that. */
	EXPECT_EQ(EACCES, map_errno(reader, PAGE, PROT_WRITE, MAP_SHARED, 0));
	close(reader);
	close(fd);
}

TEST(bad_mappings_are_refused)
{
	int fd = SMALL_HEAP(), bare = SESSION();
	__u64 bytes = window_bytes(fd);

	EXPECT_EQ(ENODEV, map_errno(bare, PAGE, PROT_READ, MAP_SHARED, 0));
	EXPECT_EQ(EINVAL, map_errno(fd, PAGE, PROT_READ, MAP_PRIVATE, 0));
	EXPECT_EQ(EINVAL, map_errno(fd, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0));
	EXPECT_EQ(EINVAL, map_errno(fd, PAGE, PROT_READ, MAP_SHARED, bytes));
	EXPECT_EQ(EINVAL, map_errno(fd, bytes + PAGE, PROT_READ, MAP_SHARED, 0));
	EXPECT_EQ(EINVAL, map_errno(fd, bytes, PROT_READ, MAP_SHARED, PAGE));
	EXPECT_EQ(EINVAL, map_errno(fd, PAGE, PROT_READ, MAP_SHARED, 1ULL << 50));
	EXPECT_EQ(0, map_errno(fd, PAGE, PROT_READ, MAP_SHARED, bytes - PAGE));
	close(bare);
	close(fd);
}

TEST_F(window, parts_are_mapped_unmapped_and_moved)
{
	__u64 handle = ALLOC(self->fd, 0, 1 << 20, 0), offset = offset_of(self->fd, handle);
	char *part, *moved;

	part = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd,
		    offset + 2 * PAGE);
	ASSERT_NE(MAP_FAILED, (void *)part);
	part[0] = 1;
	part[PAGE] = 2;
	part[2 * PAGE] = 3;
	ASSERT_EQ(0, munmap(part + PAGE, PAGE));
	EXPECT_EQ(SIGSEGV, touched(part + PAGE, false));
	EXPECT_EQ(1, part[0]);
	EXPECT_EQ(3, part[2 * PAGE]);
	EXPECT_EQ(2, self->at[offset + 3 * PAGE]);
	/* It moves, but does not grow. */
	moved = mremap(part, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
	EXPECT_EQ(MAP_FAILED, (void *)moved);
	moved = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	moved = mremap(part, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, moved);
	ASSERT_NE(MAP_FAILED, (void *)moved);
	EXPECT_EQ(1, moved[0]);
	moved[0] = 4;
	EXPECT_EQ(4, self->at[offset + 2 * PAGE]);
}

TEST_F(window, a_heap_that_grows_is_found_in_the_same_mapping)
{
	__u64 handle, offset;
	unsigned int i;

	for (i = 0; i < 40; i++) {
		handle = ALLOC(self->fd, 0, 1 << 20, 0);
		offset = offset_of(self->fd, handle);
		self->at[offset + (1 << 20) - 1] = i;
		EXPECT_EQ(i, self->at[offset + (1 << 20) - 1]);
	}
}

TEST(a_mapping_outlives_its_descriptor)
{
	int fd = SMALL_HEAP(), other = SECOND(fd, MHEAP_RIGHTS_ALL);
	__u64 offset = offset_of(fd, ALLOC(fd, 0, 100, 0));
	char *at = map(fd, PROT_READ | PROT_WRITE);

	ASSERT_NE(NULL, at);
	at[offset] = 5;
	close(fd);
	/* The session is open, and so is its handle. */
	EXPECT_EQ(5, at[offset]);
	EXPECT_EQ(1, HEAP_STAT(other).out_objects);
	ASSERT_EQ(0, munmap(at, window_bytes(other)));
	EXPECT_TRUE(EVENTUALLY(heap_objects(other) == 0));
	close(other);
}

TEST(a_mapping_outlives_the_last_descriptor_of_its_heap)
{
	int fd = SMALL_HEAP();
	__u64 bytes = window_bytes(fd), offset = offset_of(fd, ALLOC(fd, 0, 100, 0));
	char *at = map(fd, PROT_READ | PROT_WRITE);

	ASSERT_NE(NULL, at);
	close(fd);
	at[offset] = 5;
	EXPECT_EQ(5, at[offset]);
	EXPECT_EQ(SIGBUS, touched(at, false));
	ASSERT_EQ(0, munmap(at, bytes));
}

TEST_F(window, the_kernel_reads_and_writes_it_as_any_memory)
{
	__u64 handle = ALLOC(self->fd, 0, 8192, 0);
	char *payload = self->at + offset_of(self->fd, handle);
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(5, write(ends[1], "hello", 5));
	ASSERT_EQ(5, read(ends[0], payload + 100, 5));
	EXPECT_EQ(0, memcmp(payload + 100, "hello", 5));
	ASSERT_EQ(5, write(ends[1], payload + 100, 5));
	/* A payload is the argument of a command of its own heap. */
	ASSERT_EQ(0, raw_write(self->fd, handle, 200, payload + 100, 5));
	EXPECT_EQ(0, memcmp(payload + 200, "hello", 5));
	close(ends[0]);
	close(ends[1]);
}

TEST_F(window, touching_and_freeing_race_and_nothing_stale_stays)
{
	unsigned int rounds = env_number("MHEAP_WINDOW_ROUNDS", running_on_uml() ? 60 : 300), i;
	int status, stop[2];
	__u64 handle, offset;
	pid_t child;

	ASSERT_EQ(0, pipe(stop));
	child = fork();
	if (!child) {
		/* Touches what it has no handle to, all the time. */
		close(stop[1]);
		fcntl(stop[0], F_SETFL, O_NONBLOCK);
		while (read(stop[0], &status, 1) < 0)
			for (i = 0; i < 8; i++)
				touched(self->at + CHUNK * (1 + i), false);
		_exit(0);
	}
	for (i = 0; i < rounds; i++) {
		handle = ALLOC(self->fd, 0, 1000000, 0);
		offset = offset_of(self->fd, handle);
		ASSERT_EQ(0, raw_write(self->fd, handle, 0, &i, sizeof(i)));
		ASSERT_EQ(0, memcmp(self->at + offset, &i, sizeof(i)));
		ASSERT_EQ(0, self->at[offset + 999999]);
		self->at[offset + 999999] = 1;
		CLOSE(self->fd, handle);
	}
	close(stop[1]);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
