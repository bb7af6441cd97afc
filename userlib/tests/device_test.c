// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The library and the module together: every function once, on /dev/mheap.
 * What the module promises is tested with the module; this is for the library.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/mheap.h>
#include <mheap.h>

#include "tap.h"

static struct mh_session *s;

static uint64_t objects(void)
{
	struct mh_heap_info info = { .objects = UINT64_MAX };

	mh_heap_stat(s, &info);
	return info.objects;
}

static uint32_t handles(void)
{
	struct mh_heap_info info = { .handles = UINT32_MAX };

	mh_heap_stat(s, &info);
	return info.handles;
}

static void test_query(void)
{
	struct mh_command_info info;
	struct mh_limits limits;

	ok(!mh_query(NULL, &limits) && limits.abi == MHEAP_ABI && limits.record_size == 40 &&
	   limits.event_size == sizeof(struct mh_event), "query");
	for (uint32_t i = 0; i < limits.commands; i++)
		ok(!mh_query_command(s, i, &info) && info.size && *info.name, "command %u: %s", i,
		   info.name);
	ok(mh_query_command(NULL, limits.commands, &info) == -ENOENT, "and no more");
}

static void test_object(void)
{
	struct mh_object_info info;
	uint64_t numbers[4], cursor = 0;
	mh_t a = 0, b = 0, c = 0, d = 0;
	uint32_t count;
	char text[6];

	ok(!mh_alloc(s, 3, 0, 7, &a) && !mh_alloc(s, 0, 6, 8, &b), "alloc");
	ok(!mh_write(s, b, 0, "hello", 6) && !mh_read(s, b, 0, text, 6) && !strcmp(text, "hello"),
	   "write and read");
	ok(mh_read(s, b, 1, text, 6) == -ERANGE, "read too much");
	ok(!mh_store(s, a, 1, b) && !mh_load(s, a, 1, &c) && c && c != b, "store and load");
	ok(!mh_load(s, a, 0, &d) && !d, "load null");
	ok(mh_load(s, a, 3, &d) == -ERANGE, "load too far");
	ok(!mh_stat(s, c, &info) && info.type == 8 && info.payload_bytes == 6 && !info.slots &&
	   info.handle_refs == 2 && info.slot_refs == 1, "stat");
	ok(!mh_slot_list(s, a, &cursor, numbers, 4, &count) && count == 3 && cursor == MH_END &&
	   !numbers[0] && numbers[1] == info.object && !numbers[2], "slot_list");
	ok(mh_compare_exchange(s, a, 1, a, MH_NULL) == -EAGAIN &&
	   !mh_compare_exchange(s, a, 1, c, a), "compare_exchange");
	ok(!mh_exchange(s, a, 1, b, &d) && d != a && !mh_close(s, d), "exchange");
	ok(!mh_dup(s, a, &d) && !mh_close(s, d) && mh_close(s, d) == -ESTALE, "dup and close");
	ok(!mh_dup(s, b, &d) && !mh_store_move(s, a, 2, d) && mh_close(s, d) == -ESTALE,
	   "store_move closes the handle");
	ok(mh_store_move(s, a, 3, b) == -ERANGE && !mh_stat(s, b, &info) && info.slot_refs == 2,
	   "unless it fails");
	ok(!mh_close(s, b) && !mh_close(s, c) && objects() == 2, "the slot keeps the object");
	ok(!mh_close(s, a) && objects() == 0 && handles() == 0, "and lets it go");
	ok(mh_close(s, 12345) == -ENOENT, "no handle");
}

static void test_root(void)
{
	struct mh_root_entry entries[2];
	uint64_t cursor = 0;
	uint32_t count = 0;
	mh_t a, b;

	mh_alloc(s, 0, 0, 5, &a);
	ok(mh_root_get(s, "a", &b) == -ENOENT && mh_root_set(s, "a", MH_NULL) == -ENOENT,
	   "no root");
	ok(!mh_root_set(s, "a", a) && !mh_root_get(s, "a", &b) && b != a, "root_set, root_get");
	ok(!mh_root_list(s, &cursor, entries, 2, &count) && count == 1 &&
	   !strcmp(entries[0].name, "a") && entries[0].type == 5, "root_list");
	mh_close(s, b);
	ok(!mh_root_exchange(s, "a", MH_NULL, &b) && b, "root_exchange");
	mh_close(s, a);
	mh_close(s, b);
	ok(objects() == 0, "nothing is left");
}

static void test_collect(void)
{
	struct mh_collect_info info;
	uint64_t number = 0, cursor = 0;
	struct mh_object_entry entries[16];
	uint32_t count, found = 0;
	mh_t a, b;

	for (int i = 0; i < 10; i++) {
		mh_alloc(s, 1, 0, 0, &a);
		mh_alloc(s, 1, 0, 0, &b);
		mh_store(s, a, 0, b);
		mh_store(s, b, 0, a);
		mh_close(s, b);
		if (i)
			mh_close(s, a);
	}
	ok(!mh_collect_wait(s, &number) && number, "collect_wait");
	ok(!mh_collect_stat(s, &info) && info.collections >= number && info.total_freed == 18 &&
	   !info.verify_failures, "collect_stat");
	while (cursor != MH_END && !mh_walk(s, &cursor, entries, 16, &count))
		found += count;
	ok(found == objects() && found, "walk finds %u objects", found);
	ok(!mh_collect(s, NULL), "collect");
}

/* Objects, slots that refer to one, and strong handles that a dump tells of. */
static int dumped(uint32_t flags, uint32_t *ret_objects, uint32_t *ret_slots, uint32_t *ret_handles)
{
	static uint64_t buffer[1024];
	const struct mh_dump_record *record;
	uint64_t cursor = 0;
	uint32_t bytes, i;
	int err;

	*ret_objects = *ret_slots = *ret_handles = 0;
	while (cursor != MH_END) {
		err = mh_dump(s, flags, &cursor, buffer, sizeof(buffer), &bytes);
		if (err)
			return err;
		record = NULL;
		while ((record = mh_dump_next(buffer, bytes, record))) {
			const struct mh_dump_object *object = (const void *)record;
			const struct mh_dump_slots *slots = (const void *)record;

			*ret_handles += record->kind == MH_DUMP_HANDLE;
			if (record->kind == MH_DUMP_OBJECT) {
				++*ret_objects;
				for (i = 0; i < object->count; i++)
					*ret_slots += !!mh_dump_object_slots(object)[i];
			}
			if (record->kind == MH_DUMP_SLOTS)
				for (i = 0; i < slots->count; i++)
					*ret_slots += !!mh_dump_slots_slots(slots)[i];
		}
	}
	return 0;
}

static void test_dump(void)
{
	uint32_t objects, slots, handles, o, l, h;
	struct mh_snapshot_info info = { 0, 0 };
	mh_t a, b;

	mh_alloc(s, 2000, 0, 0, &a);
	mh_alloc(s, 1, 0, 0, &b);
	mh_store(s, a, 1999, b);
	mh_store(s, b, 0, a);
	ok(!dumped(0, &objects, &slots, &handles) && slots >= 2 && handles >= 2, "dump");
	ok(mh_snapshot_end(s) == -ENOENT && dumped(MH_DUMP_SNAPSHOT, &o, &l, &h) == -ENOENT,
	   "there is no snapshot");
	ok(!mh_snapshot_begin(s, 0, &info) && info.objects == objects && info.taken_ns,
	   "snapshot_begin");
	ok(mh_snapshot_begin(s, 0, NULL) == -EBUSY, "one at a time");
	mh_store(s, a, 1999, MH_NULL);
	mh_store(s, b, 0, MH_NULL);
	mh_close(s, a);
	mh_close(s, b);
	ok(!dumped(MH_DUMP_SNAPSHOT, &o, &l, &h) && o == objects && l == slots && h == handles,
	   "it tells of what was there");
	ok(!mh_snapshot_end(s), "snapshot_end");
	ok(!dumped(0, &o, &l, &h) && o == objects - 2 && l == slots - 2 && h == handles - 2,
	   "dump tells what is there now");
}

static void test_weak(void)
{
	uint64_t number = 0, cursor = 0;
	struct mh_object_info info;
	mh_t a, b, w, x = 0;
	uint32_t count = 0;

	mh_alloc(s, 1, 0, 0, &a);
	mh_alloc(s, 0, 0, 3, &b);
	ok(!mh_weaken(s, b, &w) && w != b && !mh_stat(s, b, &info) && info.weak == 1, "weaken");
	ok(!mh_upgrade(s, w, &x) && x && !mh_close(s, x), "upgrade");
	ok(mh_stat(s, w, &info) == -EINVAL && mh_upgrade(s, b, &x) == -EINVAL, "the wrong kind");
	ok(!mh_store(s, a, 0, w) && !mh_slot_list(s, a, &cursor, &number, 1, &count) &&
	   number == (info.object | MH_SLOT_WEAK), "a slot that refers weakly");
	ok(!mh_load(s, a, 0, &x) && x && !mh_close(s, x), "load");
	ok(!mh_close(s, b) && !mh_upgrade(s, w, &x) && !x && !mh_load(s, a, 0, &x) && !x,
	   "gone");
	ok(!mh_compare_exchange(s, a, 0, w, MH_NULL), "and still what the slot holds");
	mh_close(s, w);
	mh_close(s, a);
}

static void test_reset(void)
{
	char text[6] = "";
	mh_t a, x = 5;

	mh_alloc(s, 1, 6, 0, &a);
	mh_store(s, a, 0, a);
	mh_write(s, a, 0, "hello", 6);
	ok(!mh_object_reset(s, a) && !mh_load(s, a, 0, &x) && !x && !mh_read(s, a, 0, text, 6) &&
	   !*text, "object_reset");
	mh_close(s, a);
}

static void test_rights(void)
{
	struct mh_object_info info;
	char text[1];
	mh_t a, r;

	mh_alloc(s, 0, 1, 0, &a);
	ok(!mh_stat(s, a, &info) && info.rights == MH_RIGHTS_HANDLE, "all rights");
	ok(!mh_dup_rights(s, a, MH_RIGHT_READ, &r) && !mh_stat(s, r, &info) &&
	   info.rights == MH_RIGHT_READ, "dup_rights");
	ok(!mh_read(s, r, 0, text, 1) && mh_write(s, r, 0, "x", 1) == -EACCES, "only one right");
	ok(mh_dup_rights(s, r, MH_RIGHTS_HANDLE, &r) == -EACCES, "and never more");
	mh_close(s, r);
	mh_close(s, a);
}

static void test_window(void)
{
	struct mh_window w = MH_NO_WINDOW;
	struct mh_object_info info;
	uint64_t offset = 0;
	char text[6] = "";
	mh_t a, b;

	ok(!mh_map(s, MH_RIGHT_READ | MH_RIGHT_WRITE, &w) && w.base, "map");
	ok(!mh_alloc_offset(s, 0, 6, 0, &a, &offset) && mh_payload(&w, offset), "alloc_offset");
	strcpy(mh_payload(&w, offset), "hello");
	ok(!mh_read(s, a, 0, text, 6) && !strcmp(text, "hello"), "what is written is read");
	ok(!mh_write(s, a, 0, "HELLO", 6) && !strcmp(mh_payload(&w, offset), "HELLO"),
	   "and the reverse");
	ok(!mh_stat(s, a, &info) && info.offset == offset, "stat");
	ok(!mh_alloc_offset(s, 0, 0, 0, &b, &offset) && offset == MH_NO_OFFSET, "no payload");
	mh_unmap(&w);
	mh_close(s, a);
	mh_close(s, b);
}

static void test_events(void)
{
	struct mh_event events[4];
	uint32_t count = 0;
	mh_t a, w;
	int fd;

	ok(!mh_events_open(s, MH_EVENT_KINDS, 0, &fd), "events_open");
	mh_alloc(s, 0, 0, 0, &a);
	mh_weaken(s, a, &w);
	ok(!mh_watch(s, fd, w, 5) && !mh_watch(s, fd, w, 6) && !mh_unwatch(s, fd, w, 5), "watch");
	ok(mh_unwatch(s, fd, w, 7) == -ENOENT, "unwatch of none");
	mh_close(s, w);
	mh_close(s, a);
	ok(!mh_events_read(fd, events, 4, &count) && count == 1 &&
	   events[0].kind == MH_EVENT_GONE && events[0].cookie == 6 &&
	   events[0].cause == MH_GONE_COUNT, "events_read");
	mh_close_fd(fd);
}

static void test_set(void)
{
	struct mh_session_options options = { .suspect_age_ms = 60000, .suspect_percent = 1001 };

	ok(!mh_heap_set(s, MH_SET_SUSPECT_AGE_MS, &options), "heap_set");
	ok(mh_heap_set(s, MH_SET_SUSPECT_PERCENT, &options) == -EINVAL, "heap_set of nonsense");
	options.suspect_age_ms = 1000;
	ok(!mh_heap_set(s, MH_SET_SUSPECT_AGE_MS, &options), "and back");
}

static void test_objects_fd(void)
{
	struct mh_session *other;
	int sockets[2], fd;
	mh_t a, b, c;

	mh_alloc(s, 0, 6, 0, &a);
	ok(!mh_object_export(s, a, MH_RIGHT_READ, &fd) && !mh_object_import(s, fd, 0, &b),
	   "object_export, object_import");
	ok(mh_write(s, b, 0, "x", 1) == -EACCES, "with its rights");
	ok(!mh_session_create(NULL, &other) && mh_object_import(other, fd, 0, &c) == -EXDEV,
	   "of another heap");
	mh_session_close(other);
	mh_close_fd(fd);
	ok(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets) &&
	   !mh_send_object(sockets[0], s, a, MH_RIGHTS_HANDLE) && !mh_close(s, a) &&
	   !mh_close(s, b) && !mh_recv_object(sockets[1], s, &a) && !mh_write(s, a, 0, "x", 1),
	   "it lives on in a socket");
	mh_close(s, a);
	mh_close_fd(sockets[0]);
	mh_close_fd(sockets[1]);
}

static void test_queue_more(void)
{
	uint64_t before = objects(), offset = 0, other = 0;
	mh_t a, b, w, u = 0, x = 0;
	struct mh_queue *q;

	ok(!mh_queue_create(s, 0, &q), "queue_create");
	mh_queue_alloc_offset_ahead(q, 0, 8, 0, &a, &offset);
	mh_queue_dup_rights(q, a, MH_RIGHT_READ, &b);
	mh_queue_weaken(q, a, &w);
	mh_queue_upgrade_ahead(q, w, &u);
	mh_queue_object_reset(q, u);
	mh_queue_close(q, u);
	ok(!mh_queue_alloc_offset(q, 0, 8, 0, &x, &other) && x && offset != MH_NO_OFFSET &&
	   other != offset && other != MH_NO_OFFSET, "there and back");
	mh_queue_close(q, a);
	mh_queue_close(q, b);
	mh_queue_close(q, x);
	ok(!mh_queue_upgrade_ahead(q, w, &u) && u && !mh_queue_flush(q) && !u, "gone, ahead");
	ok(!mh_queue_upgrade(q, w, &u) && !u && !mh_queue_close(q, w), "gone");
	ok(!mh_queue_destroy(q) && objects() == before, "queue_destroy");
}

static void test_reserved(void)
{
	struct mh_session_options options = { .max_bytes = 4 << 20,
		.flags = MH_CREATE_RESERVED };
	struct mh_session *reserved;
	mh_t a;

	ok(!mh_session_create(&options, &reserved), "a reserved heap");
	ok(!mh_alloc(reserved, 1000, 0, 0, &a) && mh_alloc(reserved, 1001, 0, 0, &a) == -EINVAL,
	   "its objects have 1000 slots");
	mh_session_close(reserved);
}

/* What the child of test_share() does with a descriptor. */
static int child(int socket)
{
	struct mh_session *mine;
	char text[6];
	mh_t a, b;
	int fd;

	if (mh_recv_fd(socket, &fd) || mh_session_join(fd, NULL, &mine))
		return 1;
	if (mh_session_rights(mine) != MH_RIGHT_READ ||
	    mh_session_heap(mine) != mh_session_heap(s))
		return 2;
	if (mh_root_get(mine, "shared", &a) || mh_load(mine, a, 0, &b) ||
	    mh_read(mine, b, 0, text, 6) || strcmp(text, "hello"))
		return 3;
	if (mh_alloc(mine, 0, 0, 0, &a) != -EACCES || mh_store(mine, b, 0, a) != -EACCES)
		return 4;
	if (mh_session_export(mine, MH_RIGHT_READ, &fd) != -EACCES)
		return 5;
	mh_session_close(mine);
	return 0;
}

static void test_share(void)
{
	int sockets[2], fd, status = -1;
	struct mh_session *other;
	mh_t a, b;
	pid_t pid;

	mh_alloc(s, 1, 0, 0, &a);
	mh_alloc(s, 0, 6, 0, &b);
	mh_store(s, a, 0, b);
	mh_write(s, b, 0, "hello", 6);
	mh_root_set(s, "shared", a);
	ok(!mh_session_export(s, MH_RIGHT_READ, &fd), "export");
	ok(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets), "sockets");
	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(child(sockets[1]));
	ok(!mh_send_fd(sockets[0], fd), "send_fd");
	waitpid(pid, &status, 0);
	ok(status == 0, "the child: %d", WEXITSTATUS(status));
	ok(mh_session_join(sockets[0], NULL, &other) == -EBADF, "join of a socket");
	ok(mh_session_join(-1, NULL, &other) == -EBADF, "join of nothing");
	ok(mh_session_export(s, 0x80, &fd) == -EINVAL || mh_session_export(s, 0x80, &fd) == -EACCES,
	   "a right that does not exist");
	close(sockets[0]);
	close(sockets[1]);
	close(fd);
	mh_root_set(s, "shared", MH_NULL);
	mh_close(s, a);
	mh_close(s, b);
}

static void test_queue(void)
{
	mh_t a, b = 0, c = 0, h, head, first;
	struct mh_failure failure;
	struct mh_object_info info;
	uint64_t before;
	struct mh_queue *q;
	char text[6] = "";

	mh_collect_wait(s, NULL);
	before = objects();
	ok(!mh_queue_create(s, 0, &q), "queue_create");
	mh_queue_alloc(q, 1, 0, 0, &a);
	mh_queue_alloc(q, 1, 6, 9, &b);
	mh_queue_store(q, a, 0, b);
	mh_queue_write(q, b, 0, "hello", 6);
	mh_queue_close(q, b);
	b = 0;
	ok(!mh_queue_load_ahead(q, a, 0, &b) && b && !mh_queue_read(q, b, 0, text, 6) &&
	   !strcmp(text, "hello"), "there and back");
	ok(!mh_queue_load_ahead(q, b, 0, &c) && c && !mh_queue_flush(q) && !c, "null, ahead");
	ok(!mh_queue_stat(q, b, &info) && info.type == 9, "stat");
	ok(!mh_queue_load(q, a, 0, &c) && c && !mh_queue_close(q, c), "load");
	ok(!mh_queue_exchange(q, a, 0, a, &c) && c && !mh_queue_close(q, c), "exchange");
	ok(!mh_queue_exchange_ahead(q, a, 0, b, &c) && !mh_queue_close(q, c), "exchange_ahead");
	ok(mh_queue_compare_exchange(q, a, 0, a, MH_NULL) == -EAGAIN &&
	   !mh_queue_compare_exchange(q, a, 0, b, MH_NULL), "compare_exchange");
	ok(!mh_queue_dup(q, a, &c) && !mh_queue_close(q, c) && !mh_queue_close(q, a) &&
	   !mh_queue_close(q, b) && !mh_queue_flush(q) && objects() == before, "and all is gone");

	mh_queue_alloc(q, 0, 0, 0, &a);
	mh_queue_store(q, a, 0, a);			/* it has no slots */
	mh_queue_alloc(q, 0, 0, 0, &b);
	mh_queue_close(q, b);
	mh_queue_close(q, a);
	ok(mh_queue_flush(q) == -ERANGE && mh_queue_failure(q, &failure) &&
	   failure.command == MHEAP_CMD_STORE && failure.dropped == 3, "failure");
	mh_queue_reset(q);
	ok(objects() == before && !mh_queue_failure(q, NULL), "reset");

	mh_queue_alloc(q, 1, 0, 0, &head);
	first = head;
	for (int i = 1; i < 100000; i++) {
		mh_queue_alloc(q, 1, 0, 0, &h);
		mh_queue_store(q, h, 0, head);
		mh_queue_close(q, head);
		head = h;
	}
	ok(!mh_queue_flush(q) && objects() == before + 100000, "a list of 100000");
	ok(mh_close(s, first) == -ESTALE && !mh_close(s, head), "let go of");
	for (int i = 0; i < 1000 && objects() != before; i++)
		usleep(10000);
	ok(objects() == before, "and gone");
	mh_queue_alloc(q, 1, 0, 0, &a);
	ok(!mh_queue_flush(q) && !mh_close(s, a), "its handle is used again");
	ok(!mh_queue_destroy(q), "queue_destroy");
}

static void test_limits(void)
{
	struct mh_session_options options = { .max_objects = 10, .max_handles = 5 };
	struct mh_session *small;
	struct mh_queue *q;
	mh_t h[6];
	int err = 0;

	ok(!mh_session_create(&options, &small), "create with limits");
	for (int i = 0; i < 5; i++)
		err |= mh_alloc(small, 0, 0, 0, &h[i]);
	ok(!err && mh_alloc(small, 0, 0, 0, &h[5]) == -EMFILE, "max_handles");
	ok(!mh_queue_create(small, 0, &q), "queue_create");
	for (int i = 0; i < 5; i++)
		err |= mh_queue_alloc(q, 0, 0, 0, &h[i]);
	ok(!err && mh_queue_alloc(q, 0, 0, 0, &h[5]) == -EMFILE && !mh_queue_flush(q),
	   "max_handles of the other half");
	mh_queue_close(q, h[0]);
	mh_queue_dup(q, h[1], &h[0]);
	mh_queue_close(q, h[0]);
	ok(!mh_queue_flush(q), "room again");
	mh_queue_alloc(q, 0, 0, 0, &h[0]);
	mh_queue_close(q, h[0]);
	mh_queue_flush(q);
	ok(!mh_queue_failure(q, NULL), "room for an object too");
	ok(!mh_queue_destroy(q), "queue_destroy");
	mh_session_close(small);
	options.suspect_percent = 1001;
	ok(mh_session_create(&options, &small) == -EINVAL, "create with a wrong option");
}

int main(void)
{
	int err = mh_session_create(NULL, &s);

	if (err == -ENODEV) {
		printf("TAP version 13\n1..0 # SKIP %s\n", mh_explain(err));
		return 4;
	}
	if (!ok(!err, "create: %s", mh_explain(err)))
		return tap_end();
	ok(mh_session_rights(s) == MH_RIGHTS_ALL && mh_session_heap(s), "a session");
	test_query();
	test_object();
	test_root();
	test_collect();
	test_dump();
	test_weak();
	test_reset();
	test_rights();
	test_window();
	test_events();
	test_set();
	test_objects_fd();
	test_share();
	test_queue();
	test_queue_more();
	test_reserved();
	test_limits();
	mh_session_close(s);
	return tap_end();
}
