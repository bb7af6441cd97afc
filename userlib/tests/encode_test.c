// SPDX-License-Identifier: LGPL-2.1-or-later
/* Sessions and heaps, as the library sends them; see encode.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "encode.h"

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
	test_create();
	test_open_errors();
	test_join();
	session = begin();
	if (!session)
		return tap_end();
	test_create_reserved();
	test_export();
	test_query();
	test_query_command();
	test_heap_stat();
	test_heap_set();
	test_collect();
	test_explain();
	mh_session_close(session);
	return tap_end();
}
