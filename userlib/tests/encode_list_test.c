// SPDX-License-Identifier: LGPL-2.1-or-later
/* Roots, lists, dumps and events, as the library sends them; see encode.h. */
#include <errno.h>
#include <string.h>

#include "encode.h"

static struct mh_session *session;

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

int main(void)
{
	session = begin();
	if (!session)
		return tap_end();
	test_roots();
	test_lists();
	test_dumps();
	test_events();
	mh_session_close(session);
	return tap_end();
}
