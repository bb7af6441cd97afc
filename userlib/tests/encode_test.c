// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the library sends: ioctl() is replaced, and every byte of the structure
 * of every command is compared with what it has to be.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/mheap.h>
#include <mheap.h>

#include "tap.h"

#define H1	0x0000010000000001ULL
#define H2	0x0000020000abcdefULL
#define OBJECT	0x00000000deadbeefULL

/* What the next ioctl() has to be, and what it answers. */
static struct {
	unsigned long request;
	unsigned char in[256];
	unsigned char out[256];
	size_t size;
	int error;
	int calls;
	int wrong;
	int fd;
} expected;

static struct {
	char path[64];
	int flags;
	int error;
	int calls;
	int fd;
} opened;

/* What the next read() has to ask for, and what it returns. */
static struct {
	struct mheap_event events[3];
	size_t size;
	ssize_t result;
	int error;
	int calls;
	int fd;
} reading;

static struct {
	void *base;
	size_t length;
	int prot;
	int flags;
	int fd;
	off_t offset;
	int error;
	int maps;
	int unmaps;
} mapping;

int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_open(const char *path, int flags, ...);
ssize_t __wrap_read(int fd, void *data, size_t size);
void *__wrap_mmap(void *address, size_t length, int prot, int flags, int fd, off_t offset);
int __wrap_munmap(void *address, size_t length);

ssize_t __wrap_read(int fd, void *data, size_t size)
{
	reading.calls++;
	reading.fd = fd;
	reading.size = size;
	if (reading.error) {
		errno = reading.error;
		return -1;
	}
	memcpy(data, reading.events, (size_t)reading.result);
	return reading.result;
}

void *__wrap_mmap(void *address, size_t length, int prot, int flags, int fd, off_t offset)
{
	mapping.maps++;
	mapping.length = length;
	mapping.prot = prot;
	mapping.flags = flags;
	mapping.fd = fd;
	mapping.offset = offset;
	if (address || mapping.error) {
		errno = mapping.error;
		return MAP_FAILED;
	}
	return mapping.base;
}

int __wrap_munmap(void *address, size_t length)
{
	mapping.unmaps++;
	if (address != mapping.base || length != mapping.length)
		mapping.error = EINVAL;
	errno = EINVAL;
	return -1;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);

	expected.calls++;
	expected.fd = fd;
	if (request != expected.request || memcmp(argument, expected.in, expected.size)) {
		expected.wrong++;
		for (size_t i = 0; i < expected.size; i++)
			if (((unsigned char *)argument)[i] != expected.in[i])
				printf("# byte %zu is %02x, not %02x\n", i,
				       ((unsigned char *)argument)[i], expected.in[i]);
	}
	if (expected.error) {
		errno = expected.error;
		return -1;
	}
	memcpy(argument, expected.out, expected.size);
	return 0;
}

int __wrap_open(const char *path, int flags, ...)
{
	opened.calls++;
	opened.flags = flags;
	snprintf(opened.path, sizeof(opened.path), "%s", path);
	if (opened.error) {
		errno = opened.error;
		return -1;
	}
	opened.fd = __real_open("/dev/null", O_RDWR | O_CLOEXEC);
	return opened.fd;
}

static void expect(unsigned long request, const void *in, const void *out, size_t size)
{
	expected.request = request;
	memcpy(expected.in, in, size);
	memcpy(expected.out, out, size);
	expected.size = size;
	expected.error = 0;
	expected.calls = 0;
	expected.wrong = 0;
}

#define EXPECT(request, in, out) expect(request, &(in), &(out), sizeof(in))

/* A call that works sends what is expected; one that fails hands on the error. */
#define WORKS(call, name) do { \
	errno = 77; \
	ok((call) == 0 && expected.calls == 1 && !expected.wrong && errno == 77, name " works"); \
	expected.calls = 0; \
} while (0)

#define FAILS(call, number, name) do { \
	expected.error = number; \
	errno = 77; \
	ok((call) == -(number) && expected.calls == 1 && !expected.wrong && errno == 77, \
	   name " fails"); \
	expected.error = 0; \
	expected.calls = 0; \
} while (0)

static struct mh_session *session;

static void test_create(void)
{
	struct mh_session_options options = {
		.max_bytes = 0x1122334455667788, .max_objects = 0x99aabbccddeeff00,
		.suspect_percent = 0x11, .suspect_min = 0x22, .suspect_age_ms = 0x33,
		.max_handles = 0x44, .device = "/dev/other", .local_objects = 0x55,
		.cpu_percent = 0x66, .max_sites = 0x77,
	};
	struct mheap_create in = {
		.size = 64, .max_bytes = 0x1122334455667788, .max_objects = 0x99aabbccddeeff00,
		.suspect_percent = 0x11, .suspect_min = 0x22, .suspect_age_ms = 0x33,
		.max_handles = 0x44, .local_objects = 0x55, .cpu_percent = 0x66, .max_sites = 0x77,
	};
	struct mheap_create none = { .size = 64 };
	struct mheap_create out = in;
	struct mh_session *s = NULL;

	out.out_heap_id = 0x123456789;
	EXPECT(MHEAP_CREATE, in, out);
	WORKS(mh_session_create(&options, &s), "create");
	ok(!strcmp(opened.path, "/dev/other") && opened.flags == (O_RDWR | O_CLOEXEC),
	   "create opens the device");
	ok(s && mh_session_heap(s) == 0x123456789 && mh_session_rights(s) == MHEAP_RIGHTS_ALL &&
	   mh_session_fd(s) == opened.fd && expected.fd == opened.fd, "create fills the session");
	mh_session_close(s);
	ok(fcntl(opened.fd, F_GETFD) < 0, "close closes");

	s = (void *)&out;
	FAILS(mh_session_create(&options, &s), EDQUOT, "create");
	ok(s == (void *)&out && fcntl(opened.fd, F_GETFD) < 0, "and leaves nothing behind");

	EXPECT(MHEAP_CREATE, none, none);
	s = NULL;
	WORKS(mh_session_create(NULL, &s), "create without options");
	ok(!strcmp(opened.path, "/dev/mheap"), "and opens /dev/mheap");
	mh_session_close(s);

	expected.calls = 0;
	options.reserved[1] = 1;
	ok(mh_session_create(&options, &s) == -EINVAL && !expected.calls, "reserved options");
	mh_session_close(NULL);
}

static void test_create_reserved(void)
{
	struct mh_session_options options = { .max_bytes = 1 << 20, .max_handles = 5,
		.flags = MH_CREATE_RESERVED };
	struct mheap_create in = { .size = 64, .flags = 1, .max_bytes = 1 << 20,
		.max_handles = 5 };
	struct mh_session *s = NULL;

	EXPECT(MHEAP_CREATE, in, in);
	WORKS(mh_session_create(&options, &s), "create reserved");
	ok(s && s != session, "and makes a session");
	mh_session_close(s);
	options.max_handles = 0;
	in.max_handles = 4096;
	EXPECT(MHEAP_CREATE, in, in);
	WORKS(mh_session_create(&options, &s), "create reserved with as many handles as usual");
	mh_session_close(s);
	s = NULL;
	FAILS(mh_session_create(&options, &s), ENOMEM, "create reserved");
	ok(!s, "and leaves the output");
	options.flags = 0x80000000;
	in.flags = 0x80000000;
	in.max_handles = 0;
	EXPECT(MHEAP_CREATE, in, in);
	FAILS(mh_session_create(&options, &s), EOPNOTSUPP, "create with another flag");
}

static void test_open_errors(void)
{
	static const int errors[][2] = {
		{ ENOENT, ENODEV }, { ENXIO, ENODEV }, { ENODEV, ENODEV }, { EACCES, EPERM },
		{ EPERM, EPERM }, { EMFILE, EMFILE },
	};
	struct mh_session *s = NULL;
	struct mh_limits limits;

	expected.calls = 0;
	errno = 77;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		opened.error = errors[i][0];
		ok(mh_session_create(NULL, &s) == -errors[i][1] &&
		   mh_session_join(3, NULL, &s) == -errors[i][1] &&
		   mh_query(NULL, &limits) == -errors[i][1] &&
		   !s && !expected.calls && errno == 77,
		   "open: %s", strerrorname_np(errors[i][0]));
	}
	opened.error = 0;
}

static void test_join(void)
{
	struct mh_session_options options = { .max_handles = 0x44, .device = "/dev/other" };
	struct mheap_join in = { .size = 32, .heap_fd = 5, .max_handles = 0x44 };
	struct mheap_join out = in;
	struct mh_session *s = NULL;

	out.out_rights = 0x15;
	out.out_max_handles = 0x44;
	out.out_heap_id = 0x987654321;
	EXPECT(MHEAP_JOIN, in, out);
	WORKS(mh_session_join(5, &options, &s), "join");
	ok(s && mh_session_heap(s) == 0x987654321 && mh_session_rights(s) == 0x15 &&
	   mh_session_fd(s) == opened.fd && !strcmp(opened.path, "/dev/other"),
	   "join fills the session");
	mh_session_close(s);

	s = NULL;
	FAILS(mh_session_join(5, &options, &s), EBADF, "join");
	ok(!s && fcntl(opened.fd, F_GETFD) < 0, "and leaves nothing behind");

	options.max_bytes = 1;
	ok(mh_session_join(5, &options, &s) == -EINVAL && !expected.calls, "join with a limit");
	options.max_bytes = 0;
	options.suspect_age_ms = 1;
	ok(mh_session_join(5, &options, &s) == -EINVAL && !expected.calls, "join with pacing");
	options.suspect_age_ms = 0;
	options.flags = MH_CREATE_RESERVED;
	ok(mh_session_join(5, &options, &s) == -EINVAL && !expected.calls, "join with a flag");
}

static void test_export(void)
{
	struct mheap_export in = { .size = 16, .rights = 0x2a };
	struct mheap_export out = { .size = 16, .rights = 0x2a, .out_fd = 42 };
	int fd = -7;

	EXPECT(MHEAP_EXPORT, in, out);
	FAILS(mh_session_export(session, 0x2a, &fd), EACCES, "export");
	ok(fd == -7, "and leaves the output");
	WORKS(mh_session_export(session, 0x2a, &fd), "export");
	ok(fd == 42, "and tells the descriptor");
}

static void test_query(void)
{
	struct mheap_query in = { .size = sizeof(in) };
	struct mheap_query out = {
		.size = sizeof(in), .out_abi = 1, .out_commands = 2, .out_slots_max = 3,
		.out_payload_max = 4, .out_objects_max = 5ULL << 33,
		.out_slot_refs_max = 6ULL << 33, .out_handle_refs_max = 7ULL << 33,
		.out_handles_max = 8, .out_roots_max = 9,
		.out_record_size = 10, .out_event_size = 11,
	};
	struct mh_limits l;

	memset(&l, 0xff, sizeof(l));
	EXPECT(MHEAP_QUERY, in, out);
	FAILS(mh_query(session, &l), ENOTTY, "query");
	ok(l.abi == 0xffffffff && l.reserved[3] == UINT64_MAX, "and leaves the output");
	WORKS(mh_query(session, &l), "query");
	ok(l.abi == 1 && l.commands == 2 && l.slots == 3 && l.payload_bytes == 4 &&
	   l.objects == 5ULL << 33 && l.slot_refs == 6ULL << 33 && l.handle_refs == 7ULL << 33 &&
	   l.handles == 8 && l.roots == 9 && l.record_size == 10 && l.event_size == 11 &&
	   !l.reserved[0] && !l.reserved[3], "and tells the limits");
	opened.calls = 0;
	WORKS(mh_query(NULL, &l), "query without a session");
	ok(opened.calls == 1 && fcntl(opened.fd, F_GETFD) < 0, "and opens and closes");
}

static void test_query_command(void)
{
	struct mheap_query_command in = { .size = sizeof(in), .command = 0x18 };
	struct mheap_query_command out = {
		.size = sizeof(in), .command = 0x18, .out_size = 1, .out_size_min = 2,
		.out_command_flags = 3, .out_flags = 4, .out_rights = 5,
		.out_name = "compare_exchange",
	};
	struct mh_command_info i;

	memset(&i, 0xff, sizeof(i));
	EXPECT(MHEAP_QUERY_COMMAND, in, out);
	FAILS(mh_query_command(session, 0x18, &i), ENOENT, "query_command");
	ok(i.size == 0xffffffff, "and leaves the output");
	WORKS(mh_query_command(session, 0x18, &i), "query_command");
	ok(i.size == 1 && i.size_min == 2 && i.command_flags == 3 && i.flags == 4 &&
	   i.rights == 5 && !strcmp(i.name, "compare_exchange"), "and tells the command");
	memset(out.out_name, 'x', sizeof(out.out_name));
	EXPECT(MHEAP_QUERY_COMMAND, in, out);
	WORKS(mh_query_command(NULL, 0x18, &i), "query_command without a session");
	ok(strlen(i.name) == MH_COMMAND_NAME_MAX - 1, "and ends the name");
}

static void test_heap_stat(void)
{
	struct mheap_heap_stat in = { .size = sizeof(in) };
	struct mheap_heap_stat out = {
		.size = sizeof(in), .out_heap_id = 1, .out_objects = 2, .out_bytes = 3,
		.out_memory = 4, .out_max_bytes = 5, .out_max_objects = 6, .out_allocated = 7,
		.out_freed_count = 8, .out_freed_collect = 9, .out_suspects = 10,
		.out_pending = 11, .out_sessions = 12, .out_roots = 13, .out_rights = 14,
		.out_handles = 15, .out_window_bytes = 16ULL << 32, .out_weak = 17ULL << 32,
		.out_sites = 18, .out_max_sites = 19,
	};
	struct mh_heap_info i = { .heap = 99 };

	EXPECT(MHEAP_HEAP_STAT, in, out);
	FAILS(mh_heap_stat(session, &i), EBADF, "heap_stat");
	ok(i.heap == 99, "and leaves the output");
	WORKS(mh_heap_stat(session, &i), "heap_stat");
	ok(i.heap == 1 && i.objects == 2 && i.bytes == 3 && i.memory == 4 && i.max_bytes == 5 &&
	   i.max_objects == 6 && i.allocated == 7 && i.freed_count == 8 && i.freed_collect == 9 &&
	   i.suspects == 10 && i.pending == 11 && i.sessions == 12 && i.roots == 13 &&
	   i.rights == 14 && i.handles == 15 && i.window_bytes == 16ULL << 32 &&
	   i.weak == 17ULL << 32 && i.sites == 18 && i.max_sites == 19 && !i.reserved[0],
	   "and tells the figures");
}

static void test_heap_set(void)
{
	const struct mh_session_options options = {
		.max_bytes = 0x1122334455667788, .max_objects = 0x99aabbccddeeff00,
		.suspect_percent = 0x11, .suspect_min = 0x22, .suspect_age_ms = 0x33,
		.max_handles = 0x44, .device = "/dev/other", .flags = 0x55, .max_sites = 0x66,
		.local_objects = 0x77, .cpu_percent = 0x88,
	};
	struct mheap_set all = {
		.size = 48, .flags = 0x7f, .max_bytes = 0x1122334455667788,
		.max_objects = 0x99aabbccddeeff00, .suspect_percent = 0x11, .suspect_min = 0x22,
		.suspect_age_ms = 0x33, .local_objects = 0x77, .cpu_percent = 0x88,
	};
	struct mheap_set one[] = {
		{ .size = 48, .flags = 1, .max_bytes = 0x1122334455667788 },
		{ .size = 48, .flags = 2, .max_objects = 0x99aabbccddeeff00 },
		{ .size = 48, .flags = 4, .suspect_percent = 0x11 },
		{ .size = 48, .flags = 8, .suspect_min = 0x22 },
		{ .size = 48, .flags = 16, .suspect_age_ms = 0x33 },
		{ .size = 48, .flags = 32, .local_objects = 0x77 },
		{ .size = 48, .flags = 64, .cpu_percent = 0x88 },
		{ .size = 48, .flags = 0x80000000 },
		{ .size = 48 },
	};

	EXPECT(MHEAP_SET, all, all);
	FAILS(mh_heap_set(session, MH_SET_MAX_BYTES | MH_SET_MAX_OBJECTS | MH_SET_SUSPECT_PERCENT |
			  MH_SET_SUSPECT_MIN | MH_SET_SUSPECT_AGE_MS | MH_SET_LOCAL_OBJECTS |
			  MH_SET_CPU_PERCENT, &options), EPERM,
	      "heap_set");
	for (size_t i = 0; i < sizeof(one) / sizeof(one[0]); i++) {
		EXPECT(MHEAP_SET, one[i], one[i]);
		WORKS(mh_heap_set(session, one[i].flags, &options), "heap_set of one");
	}
}

#define LONGEST "1234567890123456789012345678901"

static void test_roots(void)
{
	struct mheap_root_get get = { .size = 48, .name = LONGEST };
	struct mheap_root_get got = { .size = 48, .name = LONGEST, .handle = H2 };
	struct mheap_root_set set = { .size = 48, .name = "r", .handle = H1 };
	struct mheap_root_exchange ex = { .size = 56, .name = "xy", .handle = H1 };
	struct mheap_root_exchange exd = ex;
	mh_t h = 5;

	EXPECT(MHEAP_ROOT_GET, get, got);
	FAILS(mh_root_get(session, LONGEST, &h), ENOENT, "root_get");
	ok(h == 5, "and leaves the output");
	WORKS(mh_root_get(session, LONGEST, &h), "root_get");
	ok(h == H2, "and tells the handle");

	EXPECT(MHEAP_ROOT_SET, set, set);
	FAILS(mh_root_set(session, "r", H1), ENOSPC, "root_set");
	WORKS(mh_root_set(session, "r", H1), "root_set");

	exd.out_handle = H2;
	h = 5;
	EXPECT(MHEAP_ROOT_EXCHANGE, ex, exd);
	FAILS(mh_root_exchange(session, "xy", H1, &h), ENOSPC, "root_exchange");
	ok(h == 5, "and leaves the output");
	WORKS(mh_root_exchange(session, "xy", H1, &h), "root_exchange");
	ok(h == H2, "and tells the handle");

	h = 5;
	ok(mh_root_get(session, LONGEST "2", &h) == -EINVAL &&
	   mh_root_set(session, LONGEST "2", H1) == -EINVAL &&
	   mh_root_exchange(session, LONGEST "2", H1, &h) == -EINVAL &&
	   mh_root_get(session, "", &h) == -EINVAL && mh_root_set(session, "", 0) == -EINVAL &&
	   mh_root_exchange(session, "", 0, &h) == -EINVAL && h == 5 && !expected.calls,
	   "names that are none");
}

static void test_dumps(void)
{
	uint64_t buffer[512];
	struct mheap_dump d = { .size = 32, .flags = 1, .cursor = 0x1234567890,
		.data_uptr = (uintptr_t)buffer, .bytes = sizeof(buffer) };
	struct mheap_snapshot sb = { .size = 32, .log_bytes = 0x123456789ULL };
	struct mheap_snapshot se = { .size = 32, .flags = 1 };
	struct mheap_snapshot sb_out = sb;
	struct mheap_dump d_out = d;
	struct mh_snapshot_info info = { 5, 6 };
	const struct mh_dump_record *record = NULL;
	struct mh_dump_record *in = (void *)buffer;
	uint64_t cursor = 0x1234567890;
	uint32_t bytes = 99;

	d_out.cursor = UINT64_MAX;
	d_out.out_bytes = 64;
	sb_out.out_objects = 77;
	sb_out.out_ns = 0x9876543210;

	EXPECT(MHEAP_DUMP, d, d_out);
	FAILS(mh_dump(session, MH_DUMP_SNAPSHOT, &cursor, buffer, sizeof(buffer), &bytes), EFAULT,
	      "dump");
	ok(cursor == 0x1234567890 && bytes == 99, "and leaves the outputs");
	WORKS(mh_dump(session, MH_DUMP_SNAPSHOT, &cursor, buffer, sizeof(buffer), &bytes), "dump");
	ok(cursor == MH_END && bytes == 64, "and moves on");

	EXPECT(MHEAP_SNAPSHOT, sb, sb_out);
	FAILS(mh_snapshot_begin(session, 0x123456789ULL, &info), EBUSY, "snapshot_begin");
	ok(info.objects == 5 && info.taken_ns == 6, "and leaves the outputs");
	WORKS(mh_snapshot_begin(session, 0x123456789ULL, &info), "snapshot_begin");
	ok(info.objects == 77 && info.taken_ns == 0x9876543210, "and tells of it");
	WORKS(mh_snapshot_begin(session, 0x123456789ULL, NULL), "snapshot_begin without that");
	EXPECT(MHEAP_SNAPSHOT, se, se);
	FAILS(mh_snapshot_end(session), ENOENT, "snapshot_end");
	WORKS(mh_snapshot_end(session), "snapshot_end");

	memset(buffer, 0, sizeof(buffer));
	in[0].bytes = 24;
	in[3].bytes = 8;
	in[4].bytes = 16;
	record = mh_dump_next(buffer, 48, NULL);
	ok(record == &in[0], "the first record");
	record = mh_dump_next(buffer, 48, record);
	ok(record == &in[3], "the next one");
	record = mh_dump_next(buffer, 48, record);
	ok(record == &in[4], "the last one");
	ok(!mh_dump_next(buffer, 48, record), "and no more");
	ok(!mh_dump_next(buffer, 47, &in[3]), "one that is not whole is none");
	ok(!mh_dump_next(buffer, 0, NULL) && !mh_dump_next(buffer, 7, NULL), "nor is nothing");
	in[0].bytes = 4;
	ok(!mh_dump_next(buffer, 48, NULL), "nor is what has no size");
}

static void test_lists(void)
{
	struct mh_root_entry roots[3];
	struct mh_object_entry objects[4];
	uint64_t numbers[5];
	struct mheap_root_list rl = { .size = 32, .cursor = 0x1234567890,
		.entries_uptr = (uintptr_t)roots, .count = 3 };
	struct mheap_walk w = { .size = 40, .cursor = 0x1234567890,
		.entries_uptr = (uintptr_t)objects, .count = 4 };
	struct mheap_slot_list sl = { .size = 40, .handle = H1, .cursor = 0x1234567890,
		.objects_uptr = (uintptr_t)numbers, .count = 5 };
	struct mheap_root_list rl_out = rl;
	struct mheap_walk w_out = w;
	struct mheap_slot_list sl_out = sl;
	uint64_t cursor = 0x1234567890;
	uint32_t count = 99;

	rl_out.cursor = UINT64_MAX;
	rl_out.out_count = 2;
	w_out.cursor = UINT64_MAX;
	w_out.out_count = 2;
	sl_out.cursor = UINT64_MAX;
	sl_out.out_count = 2;

	EXPECT(MHEAP_ROOT_LIST, rl, rl_out);
	FAILS(mh_root_list(session, &cursor, roots, 3, &count), EFAULT, "root_list");
	ok(cursor == 0x1234567890 && count == 99, "and leaves the outputs");
	WORKS(mh_root_list(session, &cursor, roots, 3, &count), "root_list");
	ok(cursor == MH_END && count == 2, "and moves on");

	cursor = 0x1234567890;
	count = 99;
	EXPECT(MHEAP_WALK, w, w_out);
	FAILS(mh_walk(session, &cursor, objects, 4, &count), EACCES, "walk");
	ok(cursor == 0x1234567890 && count == 99, "and leaves the outputs");
	WORKS(mh_walk(session, &cursor, objects, 4, &count), "walk");
	ok(cursor == MH_END && count == 2, "and moves on");

	cursor = 0x1234567890;
	count = 99;
	EXPECT(MHEAP_SLOT_LIST, sl, sl_out);
	FAILS(mh_slot_list(session, H1, &cursor, numbers, 5, &count), ESTALE, "slot_list");
	ok(cursor == 0x1234567890 && count == 99, "and leaves the outputs");
	WORKS(mh_slot_list(session, H1, &cursor, numbers, 5, &count), "slot_list");
	ok(cursor == MH_END && count == 2, "and moves on");
}

static void test_objects(void)
{
	char data[8];
	struct mheap_alloc a = { .size = 40, .slots = 0x11, .payload_bytes = 0x22, .type = 0x33 };
	struct mheap_alloc a_out = a;
	struct mheap_reset rs = { .size = 40, .handle = H1 };
	struct mheap_read r = { .size = 40, .handle = H1, .data_uptr = (uintptr_t)data,
		.offset = 0x77, .length = 8 };
	struct mheap_stat st = { .size = 80, .handle = H1 };
	struct mheap_stat st_out = { .size = 80, .handle = H1, .out_object = OBJECT,
		.out_type = 1, .out_age_ms = 77,
		.out_slots = 2, .out_payload_bytes = 3, .out_site = 4, .out_handle_refs = 5,
		.out_slot_refs = 6, .out_bytes = 7ULL << 32, .out_offset = 8ULL << 32,
		.out_rights = 9, .out_weak = 1 };
	struct mh_object_info info = { .object = 9 };
	uint64_t offset = 6;
	mh_t h = 5;

	a_out.handle = H2;
	EXPECT(MHEAP_ALLOC, a, a_out);
	FAILS(mh_alloc(session, 0x11, 0x22, 0x33, &h), EDQUOT, "alloc");
	ok(h == 5, "and leaves the output");
	WORKS(mh_alloc(session, 0x11, 0x22, 0x33, &h), "alloc");
	ok(h == H2, "and tells the handle");

	h = 5;
	a.flags = 2;
	a_out.flags = 2;
	a_out.out_offset = 0x123456789abc;
	EXPECT(MHEAP_ALLOC, a, a_out);
	FAILS(mh_alloc_offset(session, 0x11, 0x22, 0x33, &h, &offset), EDQUOT, "alloc_offset");
	ok(h == 5 && offset == 6, "and leaves the outputs");
	WORKS(mh_alloc_offset(session, 0x11, 0x22, 0x33, &h, &offset), "alloc_offset");
	ok(h == H2 && offset == 0x123456789abc, "and tells the handle and the place");

	EXPECT(MHEAP_RESET, rs, rs);
	FAILS(mh_object_reset(session, H1), EINTR, "object_reset");
	WORKS(mh_object_reset(session, H1), "object_reset");

	EXPECT(MHEAP_READ, r, r);
	FAILS(mh_read(session, H1, 0x77, data, 8), ERANGE, "read");
	WORKS(mh_read(session, H1, 0x77, data, 8), "read");
	EXPECT(MHEAP_WRITE, r, r);
	FAILS(mh_write(session, H1, 0x77, data, 8), EFAULT, "write");
	WORKS(mh_write(session, H1, 0x77, data, 8), "write");

	EXPECT(MHEAP_STAT, st, st_out);
	FAILS(mh_stat(session, H1, &info), ESTALE, "stat");
	ok(info.object == 9, "and leaves the output");
	WORKS(mh_stat(session, H1, &info), "stat");
	ok(info.object == OBJECT && info.type == 1 && info.slots == 2 && info.payload_bytes == 3 &&
	   info.site == 4 && info.handle_refs == 5 && info.slot_refs == 6 &&
	   info.bytes == 7ULL << 32 && info.offset == 8ULL << 32 && info.rights == 9 &&
	   info.weak == 1 && info.age_ms == 77 && !info.reserved0 && !info.reserved[0],
	   "and tells the object");
}

static void test_object_fds(void)
{
	struct mheap_object_export ex = { .size = 24, .handle = H1, .rights = 0x0b };
	struct mheap_object_export ex_out = { .size = 24, .handle = H1, .rights = 0x0b,
		.out_fd = 42 };
	struct mheap_object_import im = { .size = 24, .object_fd = 43, .rights = 0x03 };
	struct mheap_object_import im_out = im;
	int fd = -7;
	mh_t h = 5;

	EXPECT(MHEAP_OBJECT_EXPORT, ex, ex_out);
	FAILS(mh_object_export(session, H1, 0x0b, &fd), EACCES, "object_export");
	ok(fd == -7, "and leaves the output");
	WORKS(mh_object_export(session, H1, 0x0b, &fd), "object_export");
	ok(fd == 42, "and tells the descriptor");

	im_out.handle = H2;
	EXPECT(MHEAP_OBJECT_IMPORT, im, im_out);
	FAILS(mh_object_import(session, 43, 0x03, &h), EXDEV, "object_import");
	ok(h == 5, "and leaves the output");
	WORKS(mh_object_import(session, 43, 0x03, &h), "object_import");
	ok(h == H2, "and tells the handle");
}

/* The number that the next descriptor will have. */
static int next_fd(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static void test_passing(void)
{
	struct mheap_object_export ex = { .size = 24, .handle = H1, .rights = 0x0b };
	struct mheap_object_export ex_out = ex;
	struct mheap_object_import im = { .size = 24 };
	struct mheap_object_import im_out = { .size = 24, .handle = H2 };
	int sockets[2], fd;
	mh_t h = 5;

	if (!ok(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), "sockets"))
		return;
	ex_out.out_fd = dup(0);
	EXPECT(MHEAP_OBJECT_EXPORT, ex, ex_out);
	WORKS(mh_send_object(sockets[0], session, H1, 0x0b), "send_object");
	ok(fcntl(ex_out.out_fd, F_GETFD) < 0, "and keeps no descriptor");

	fd = next_fd();
	im.object_fd = fd;
	im_out.object_fd = fd;
	EXPECT(MHEAP_OBJECT_IMPORT, im, im_out);
	WORKS(mh_recv_object(sockets[1], session, &h), "recv_object");
	ok(h == H2 && fcntl(fd, F_GETFD) < 0, "and tells the handle, and keeps no descriptor");

	ex_out.out_fd = dup(0);
	EXPECT(MHEAP_OBJECT_EXPORT, ex, ex_out);
	FAILS(mh_send_object(sockets[0], session, H1, 0x0b), EMFILE, "send_object");
	errno = 77;
	ok(mh_send_object(-1, session, H1, 0x0b) == -EBADF && errno == 77 &&
	   fcntl(ex_out.out_fd, F_GETFD) < 0, "send_object to nobody");

	ex_out.out_fd = dup(0);
	EXPECT(MHEAP_OBJECT_EXPORT, ex, ex_out);
	WORKS(mh_send_object(sockets[0], session, H1, 0x0b), "send_object");
	h = 5;
	EXPECT(MHEAP_OBJECT_IMPORT, im, im_out);
	FAILS(mh_recv_object(sockets[1], session, &h), EXDEV, "recv_object");
	ok(h == 5 && fcntl(fd, F_GETFD) < 0, "and leaves the output and no descriptor");
	fcntl(sockets[1], F_SETFL, O_NONBLOCK);
	errno = 77;
	ok(mh_recv_object(sockets[1], session, &h) == -EAGAIN && h == 5 && errno == 77 &&
	   !expected.calls, "recv_object of nothing");

	{
		mh_auto_fd int scoped = sockets[0];
		mh_auto_fd int kept = sockets[1];

		ok(mh_fd_take(&kept) == sockets[1] && kept == -1 && scoped == sockets[0],
		   "fd_take takes");
	}
	ok(fcntl(sockets[0], F_GETFD) < 0 && fcntl(sockets[1], F_GETFD) >= 0,
	   "a scope closes what is left in it");
	errno = 77;
	mh_close_fd(sockets[1]);
	mh_close_fd(sockets[1]);
	mh_close_fd(-1);
	ok(fcntl(sockets[1], F_GETFD) < 0, "close_fd");
}

static void test_window(void)
{
	static unsigned char memory[8192];
	struct mheap_heap_stat in = { .size = sizeof(in) };
	struct mheap_heap_stat out = { .size = sizeof(in), .out_window_bytes = sizeof(memory) };
	struct mh_window w = { memory, 5 };

	mapping.base = memory;
	expected.calls = 0;
	ok(mh_map(session, 0, &w) == -EINVAL && mh_map(session, MH_RIGHT_WRITE, &w) == -EINVAL &&
	   mh_map(session, MH_RIGHTS_ALL, &w) == -EINVAL && !expected.calls && !mapping.maps,
	   "map of no such rights");
	EXPECT(MHEAP_HEAP_STAT, in, in);
	ok(mh_map(session, MH_RIGHT_READ, &w) == -EOPNOTSUPP && !mapping.maps,
	   "map by a module without a window");
	EXPECT(MHEAP_HEAP_STAT, in, out);
	FAILS(mh_map(session, MH_RIGHT_READ, &w), EBADF, "map");
	mapping.error = EACCES;
	errno = 77;
	ok(mh_map(session, MH_RIGHT_READ, &w) == -EACCES && errno == 77 && mapping.maps == 1,
	   "map without the right");
	ok(w.base == memory && w.bytes == 5, "and leaves the output");
	mapping.error = 0;
	expected.calls = 0;
	WORKS(mh_map(session, MH_RIGHT_READ, &w), "map");
	ok(mapping.length == sizeof(memory) && mapping.prot == PROT_READ &&
	   mapping.flags == MAP_SHARED && mapping.fd == mh_session_fd(session) && !mapping.offset,
	   "map maps all of it, to read");
	WORKS(mh_map(session, MH_RIGHT_READ | MH_RIGHT_WRITE, &w), "map to write");
	ok(mapping.length == sizeof(memory) && mapping.prot == (PROT_READ | PROT_WRITE) &&
	   mapping.flags == MAP_SHARED && mapping.fd == mh_session_fd(session) && !mapping.offset,
	   "map maps all of it, to write as well");
	ok(w.base == memory && w.bytes == sizeof(memory), "and tells where");

	ok(mh_payload(&w, 0) == memory && mh_payload(&w, 8191) == memory + 8191 &&
	   !mh_payload(&w, 8192) && !mh_payload(&w, MH_NO_OFFSET), "payload");
	errno = 77;
	mh_unmap(&w);
	ok(mapping.unmaps == 1 && !mapping.error && !w.base && !w.bytes && errno == 77, "unmap");
	mh_unmap(&w);
	ok(mapping.unmaps == 1 && !mh_payload(&w, 0), "unmap of none");
	{
		mh_auto_window struct mh_window scoped = MH_NO_WINDOW;

		mh_map(session, MH_RIGHT_READ, &scoped);
		ok(scoped.base == memory, "map in a scope");
	}
	ok(mapping.unmaps == 2 && !mapping.error, "which unmaps it");
	expected.calls = 0;
}

static void test_weak(void)
{
	struct mheap_weaken we = { .size = 40, .handle = H1 };
	struct mheap_weaken we_out = { .size = 40, .handle = H1, .out_handle = H2 };
	struct mheap_upgrade up = { .size = 40, .handle = H2 };
	struct mheap_upgrade up_out = { .size = 40, .handle = H2, .out_handle = H1 };
	mh_t h = 5;

	EXPECT(MHEAP_WEAKEN, we, we_out);
	FAILS(mh_weaken(session, H1, &h), EINVAL, "weaken");
	ok(h == 5, "and leaves the output");
	WORKS(mh_weaken(session, H1, &h), "weaken");
	ok(h == H2, "and tells the handle");

	h = 5;
	EXPECT(MHEAP_UPGRADE, up, up_out);
	FAILS(mh_upgrade(session, H2, &h), EINVAL, "upgrade");
	ok(h == 5, "and leaves the output");
	WORKS(mh_upgrade(session, H2, &h), "upgrade");
	ok(h == H1, "and tells the handle");
	up_out.out_handle = 0;
	EXPECT(MHEAP_UPGRADE, up, up_out);
	WORKS(mh_upgrade(session, H2, &h), "upgrade of what is gone");
	ok(h == MH_NULL, "and tells null");
}

static void test_events(void)
{
	struct mheap_events e = {
		.size = 24, .kinds = 0xe, .capacity = 0x77, .event_size = 32,
	};
	struct mheap_events e_out = {
		.size = 24, .kinds = 0xe, .capacity = 0x77, .out_fd = 42, .event_size = 32,
	};
	struct mheap_watch w = { .size = 32, .events_fd = 42, .handle = H1,
		.cookie = 0x1122334455667788 };
	struct mh_event events[3];
	uint32_t count = 99;
	int fd = -7;

	EXPECT(MHEAP_EVENTS, e, e_out);
	FAILS(mh_events_open(session, MH_EVENT_KINDS, 0x77, &fd), ENFILE, "events_open");
	ok(fd == -7, "and leaves the output");
	WORKS(mh_events_open(session, MH_EVENT_KINDS, 0x77, &fd), "events_open");
	ok(fd == 42, "and tells the descriptor");

	EXPECT(MHEAP_WATCH, w, w);
	FAILS(mh_watch(session, 42, H1, 0x1122334455667788), EXDEV, "watch");
	WORKS(mh_watch(session, 42, H1, 0x1122334455667788), "watch");
	w.flags = 1;
	EXPECT(MHEAP_WATCH, w, w);
	FAILS(mh_unwatch(session, 42, H1, 0x1122334455667788), ENOENT, "unwatch");
	WORKS(mh_unwatch(session, 42, H1, 0x1122334455667788), "unwatch");

	reading.events[0] = (struct mheap_event){ 1, 2, 3, 4, 5 };
	reading.events[1] = (struct mheap_event){ 6, 7, 8, 9, 10 };
	memset(events, 0xff, sizeof(events));
	errno = 77;
	ok(mh_events_read(42, events, 0, &count) == -EINVAL && !reading.calls,
	   "events_read of none");
	reading.error = EAGAIN;
	ok(mh_events_read(42, events, 3, &count) == -EAGAIN && count == 99 && errno == 77 &&
	   reading.fd == 42 && reading.size == 96, "events_read when there are none");
	reading.error = EINTR;
	ok(mh_events_read(42, events, 3, &count) == -EINTR && reading.calls == 2 && count == 99 &&
	   errno == 77, "events_read when a signal comes");
	reading.error = 0;
	reading.result = 40;
	ok(mh_events_read(42, events, 3, &count) == -EPROTO && count == 99,
	   "events_read of a part");
	reading.result = 64;
	ok(!mh_events_read(42, events, 3, &count) && count == 2, "events_read");
	ok(events[0].kind == 1 && events[0].cause == 2 && events[0].cookie == 3 &&
	   events[0].value == 4 && events[0].time_ns == 5 && events[1].kind == 6 &&
	   events[1].time_ns == 10, "and tells the events");
	reading.result = 0;
	ok(!mh_events_read(42, events, 3, &count) && !count, "events_read at the end");
}

static void test_slots(void)
{
	struct mheap_load l = { .size = 40, .object = H1, .index = 7 };
	struct mheap_load l_out = l;
	struct mheap_store st = { .size = 40, .object = H1, .value = H2, .index = 7 };
	struct mheap_exchange ex = { .size = 40, .object = H1, .value = H2, .index = 7 };
	struct mheap_exchange ex_out = ex;
	struct mheap_compare_exchange ce = { .size = 40, .object = H1, .expected = H2,
		.value = 3, .index = 7 };
	mh_t h = 5;

	l_out.handle = H2;
	EXPECT(MHEAP_LOAD, l, l_out);
	FAILS(mh_load(session, H1, 7, &h), ERANGE, "load");
	ok(h == 5, "and leaves the output");
	WORKS(mh_load(session, H1, 7, &h), "load");
	ok(h == H2, "and tells the handle");

	EXPECT(MHEAP_STORE, st, st);
	FAILS(mh_store(session, H1, 7, H2), EMLINK, "store");
	WORKS(mh_store(session, H1, 7, H2), "store");

	ex_out.out_handle = H1;
	h = 5;
	EXPECT(MHEAP_EXCHANGE, ex, ex_out);
	FAILS(mh_exchange(session, H1, 7, H2, &h), EMFILE, "exchange");
	ok(h == 5, "and leaves the output");
	WORKS(mh_exchange(session, H1, 7, H2, &h), "exchange");
	ok(h == H1, "and tells the handle");

	EXPECT(MHEAP_COMPARE_EXCHANGE, ce, ce);
	FAILS(mh_compare_exchange(session, H1, 7, H2, 3), EAGAIN, "compare_exchange");
	WORKS(mh_compare_exchange(session, H1, 7, H2, 3), "compare_exchange");
}

static void test_handles(void)
{
	struct mheap_dup d = { .size = 40, .handle = H1 };
	struct mheap_dup d_out = { .size = 40, .handle = H1, .out_handle = H2 };
	struct mheap_dup dr = { .size = 40, .handle = H1, .rights = 0x05 };
	struct mheap_dup dr_out = { .size = 40, .handle = H1, .out_handle = H2, .rights = 0x05 };
	struct mheap_close c = { .size = 40, .handle = H1 };
	mh_t h = 5;

	EXPECT(MHEAP_DUP, d, d_out);
	FAILS(mh_dup(session, H1, &h), EMFILE, "dup");
	ok(h == 5, "and leaves the output");
	WORKS(mh_dup(session, H1, &h), "dup");
	ok(h == H2, "and tells the handle");

	h = 5;
	EXPECT(MHEAP_DUP, dr, dr_out);
	FAILS(mh_dup_rights(session, H1, 0x05, &h), EACCES, "dup_rights");
	ok(h == 5, "and leaves the output");
	WORKS(mh_dup_rights(session, H1, 0x05, &h), "dup_rights");
	ok(h == H2, "and tells the handle");

	EXPECT(MHEAP_CLOSE, c, c);
	FAILS(mh_close(session, H1), ESTALE, "close");
	WORKS(mh_close(session, H1), "close");
	ok(mh_close(session, MH_NULL) == 0 && !expected.calls, "close of null");

	struct mh_ref ref = MH_REF(session);

	ref.h = H1;
	mh_ref_close(&ref);
	ok(expected.calls == 1 && !expected.wrong && !ref.h, "ref_close closes");
	expected.calls = 0;
	{
		mh_auto_ref struct mh_ref scoped = { session, H1 };
		mh_auto_ref struct mh_ref kept = { session, H2 };

		ok(mh_ref_take(&kept) == H2 && !kept.h && scoped.h == H1, "ref_take takes");
	}
	ok(expected.calls == 1 && !expected.wrong, "a scope closes what is left in it");
	expected.calls = 0;
}

static void test_collect(void)
{
	struct mheap_collect c = { .size = 16 };
	struct mheap_collect w = { .size = 16, .flags = 1 };
	struct mheap_collect c_out = { .size = 16, .out_collection = 17 };
	struct mheap_collect_stat s = { .size = sizeof(s) };
	struct mheap_collect_stat s_out = {
		.size = sizeof(s), .out_collections = 1, .out_phase = 2, .out_last_cause = 3,
		.out_last_duration_ns = 4, .out_last_grace_ns = 5, .out_last_marked = 6,
		.out_last_freed = 7, .out_total_freed = 8, .out_total_ns = 9,
		.out_verify_failures = 10,
	};
	struct mh_collect_info i = { .collections = 99 };
	uint64_t number = 5;

	EXPECT(MHEAP_COLLECT, c, c_out);
	FAILS(mh_collect(session, &number), EACCES, "collect");
	ok(number == 5, "and leaves the output");
	WORKS(mh_collect(session, NULL), "collect without an output");
	WORKS(mh_collect(session, &number), "collect");
	ok(number == 17, "and tells the number");
	number = 5;
	EXPECT(MHEAP_COLLECT, w, c_out);
	FAILS(mh_collect_wait(session, &number), EINTR, "collect_wait");
	ok(number == 5, "and leaves the output");
	WORKS(mh_collect_wait(session, &number), "collect_wait");
	ok(number == 17, "and tells the number");

	EXPECT(MHEAP_COLLECT_STAT, s, s_out);
	FAILS(mh_collect_stat(session, &i), EBADF, "collect_stat");
	ok(i.collections == 99, "and leaves the output");
	WORKS(mh_collect_stat(session, &i), "collect_stat");
	ok(i.collections == 1 && i.phase == MH_PHASE_MARK && i.last_cause == MH_CAUSE_AGE &&
	   i.last_duration_ns == 4 && i.last_grace_ns == 5 && i.last_marked == 6 &&
	   i.last_freed == 7 && i.total_freed == 8 && i.total_ns == 9 &&
	   i.verify_failures == 10, "and tells the figures");
}

static void test_batch(void)
{
	struct mheap_record records[3];
	struct mheap_batch b = { .size = 32, .records_uptr = (uintptr_t)records, .count = 3,
		.record_size = 40 };
	struct mheap_batch b_out = b;
	uint32_t done = 99;
	int error = 99;

	b_out.out_done = 2;
	b_out.out_error = -EDQUOT;
	EXPECT(MHEAP_BATCH, b, b_out);
	FAILS(mh_batch(session, records, 3, &done, &error), EFAULT, "batch");
	ok(done == 99 && error == 99, "and leaves the outputs");
	WORKS(mh_batch(session, records, 3, &done, &error), "batch");
	ok(done == 2 && error == -EDQUOT, "and tells how far it came");
}

static void test_explain(void)
{
	const char *unknown = mh_explain(INT32_MIN);

	ok(strstr(mh_explain(-ENODEV), "sudo modprobe mheap"), "no module");
	ok(strstr(mh_explain(-EPERM), "/dev/mheap"), "no permission");
	ok(strstr(mh_explain(-EXDEV), "another heap") && strstr(mh_explain(-EUSERS), "heaps"),
	   "other heaps");
	ok(mh_explain(ESTALE) == mh_explain(-ESTALE), "the sign does not matter");
	ok(unknown && *unknown && *mh_explain(123456) && *mh_explain(0), "any number");
	for (int error = 0; error < 4096; error++)
		if (!mh_explain(error) || !*mh_explain(-error))
			ok(0, "error %d has words", error);
}

int main(void)
{
	struct mheap_create create = { .size = 64 };

	test_create();
	test_open_errors();
	test_join();
	EXPECT(MHEAP_CREATE, create, create);
	if (!ok(mh_session_create(NULL, &session) == 0, "a session"))
		return tap_end();
	test_create_reserved();
	test_export();
	test_query();
	test_query_command();
	test_heap_stat();
	test_heap_set();
	test_roots();
	test_lists();
	test_dumps();
	test_objects();
	test_object_fds();
	test_passing();
	test_window();
	test_slots();
	test_handles();
	test_weak();
	test_events();
	test_collect();
	test_batch();
	test_explain();
	mh_session_close(session);
	return tap_end();
}
