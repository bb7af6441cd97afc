// SPDX-License-Identifier: LGPL-2.1-or-later
/* Queues: what goes out, when, which handles are picked, and what errors do. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <mheap.h>

#include "../src/chosen.h"
#include "fake.h"
#include "tap.h"

#define CHOSEN(generation, index) \
	((mh_t)(generation) << 24 | MHEAP_HANDLE_CHOSEN | (mh_t)(index))

static struct mh_session *session;
static struct mh_queue *queue;

static void begin(uint32_t capacity, uint32_t max_handles)
{
	struct mh_session_options options = { .max_handles = max_handles };

	fake_reset();
	fake.max_handles = max_handles;
	if (mh_session_create(&options, &session) || mh_queue_create(session, capacity, &queue))
		exit(ok(0, "a session with a queue"));
}

static void end(void)
{
	mh_queue_destroy(queue);
	mh_session_close(session);
}

static int same(const void *record, unsigned int number)
{
	return fake.logged > number &&
	       !memcmp(&fake.log[number], record, sizeof(struct mheap_record));
}

static void test_bytes(void)
{
	struct mheap_alloc alloc = { .size = MHEAP_CMD_ALLOC, .flags = 1, .slots = 2,
		.payload_bytes = 3, .type = 4, .handle = CHOSEN(1, 0) };
	struct mheap_dup dup = { .size = MHEAP_CMD_DUP, .flags = 1, .handle = CHOSEN(1, 0),
		.out_handle = CHOSEN(1, 1) };
	struct mheap_store store = { .size = MHEAP_CMD_STORE, .object = CHOSEN(1, 0),
		.value = CHOSEN(1, 1), .index = 5 };
	struct mheap_write write = { .size = MHEAP_CMD_WRITE, .handle = CHOSEN(1, 0),
		.offset = 6, .length = 3 };
	struct mheap_read read = { .size = MHEAP_CMD_READ, .handle = CHOSEN(1, 0),
		.offset = 7, .length = 4 };
	struct mheap_load ahead = { .size = MHEAP_CMD_LOAD, .flags = 1, .object = CHOSEN(1, 0),
		.handle = CHOSEN(1, 2), .index = 8 };
	struct mheap_exchange x_ahead = { .size = MHEAP_CMD_EXCHANGE, .flags = 1,
		.object = CHOSEN(1, 0), .value = CHOSEN(1, 2), .out_handle = CHOSEN(1, 3),
		.index = 9 };
	struct mheap_close close = { .size = MHEAP_CMD_CLOSE, .handle = CHOSEN(1, 1) };
	struct mheap_load load = { .size = MHEAP_CMD_LOAD, .object = CHOSEN(1, 0), .index = 10 };
	struct mheap_exchange exchange = { .size = MHEAP_CMD_EXCHANGE, .object = CHOSEN(1, 0),
		.value = CHOSEN(1, 2), .index = 11 };
	struct mheap_compare_exchange compare = { .size = MHEAP_CMD_COMPARE_EXCHANGE,
		.object = CHOSEN(1, 0), .expected = CHOSEN(1, 2), .value = CHOSEN(1, 3),
		.index = 12 };
	mh_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 0;
	struct mh_object_info info;
	char bytes[4] = "", more[4] = "";
	const char *sent;

	begin(0, 0);
	ok(!mh_queue_alloc(queue, 2, 3, 4, &a) && a == CHOSEN(1, 0), "alloc tells its handle");
	ok(!mh_queue_dup(queue, a, &b) && b == CHOSEN(1, 1), "dup tells its handle");
	ok(!mh_queue_store(queue, a, 5, b), "store");
	strcpy(bytes, "abc");
	ok(!mh_queue_write(queue, a, 6, bytes, 3), "write");
	memset(bytes, 0, sizeof(bytes));
	ok(!mh_queue_read_ahead(queue, a, 7, bytes, 4) && !bytes[0], "read_ahead");
	ok(!mh_queue_load_ahead(queue, a, 8, &c) && c == CHOSEN(1, 2), "load_ahead");
	ok(!mh_queue_exchange_ahead(queue, a, 9, c, &d) && d == CHOSEN(1, 3), "exchange_ahead");
	ok(!mh_queue_close(queue, b), "close");
	ok(!fake.batches && mh_queue_position(queue) == 8, "nothing has gone out");
	ok(!mh_queue_flush(queue) && fake.batches == 1 && fake.logged == 8, "flush");

	ok(same(&alloc, 0), "bytes of alloc");
	ok(same(&dup, 1), "bytes of dup");
	ok(same(&store, 2), "bytes of store");
	write.data_uptr = fake.log[3].args[1];
	sent = (const char *)(uintptr_t)write.data_uptr;
	ok(same(&write, 3) && sent != bytes && !memcmp(sent, "abc", 3), "bytes of write");
	read.data_uptr = (uintptr_t)bytes;
	ok(same(&read, 4) && !memcmp(bytes, "RRRR", 4), "bytes of read_ahead");
	ok(same(&ahead, 5) && c == CHOSEN(1, 2), "bytes of load_ahead");
	ok(same(&x_ahead, 6) && d == CHOSEN(1, 3), "bytes of exchange_ahead");
	ok(same(&close, 7), "bytes of close");

	ok(!mh_queue_load(queue, a, 10, &e) && same(&load, 8) && e == (1ULL << 24), "load");
	ok(!mh_queue_load(queue, a, NULL_SLOT, &f) && !f, "load of null");
	ok(!mh_queue_exchange(queue, a, 11, c, &f) && same(&exchange, 10) &&
	   f == (1ULL << 24 | 1), "exchange");
	ok(!mh_queue_compare_exchange(queue, a, 12, c, d) && same(&compare, 11),
	   "compare_exchange");
	read.data_uptr = (uintptr_t)more;
	ok(!mh_queue_read(queue, a, 7, more, 4) && same(&read, 12) && !memcmp(more, "RRRR", 4),
	   "read");
	ok(!mh_queue_close(queue, MH_NULL) && mh_queue_position(queue) == 13, "close of null");
	ok(!mh_queue_dup(queue, a, &b) && !mh_queue_stat(queue, b, &info) && fake.logged == 14,
	   "stat sends what is queued first");
	end();
}

static void test_bytes_of_the_others(void)
{
	struct mheap_dup dup = { .size = MHEAP_CMD_DUP, .flags = 1, .handle = CHOSEN(1, 0),
		.out_handle = CHOSEN(1, 1), .rights = 3 };
	struct mheap_weaken weaken = { .size = MHEAP_CMD_WEAKEN, .flags = 1,
		.handle = CHOSEN(1, 0), .out_handle = CHOSEN(1, 2) };
	struct mheap_upgrade ahead = { .size = MHEAP_CMD_UPGRADE, .flags = 1,
		.handle = CHOSEN(1, 2), .out_handle = CHOSEN(1, 3) };
	struct mheap_reset reset = { .size = MHEAP_CMD_RESET, .handle = CHOSEN(1, 3) };
	struct mheap_alloc alloc = { .size = MHEAP_CMD_ALLOC, .flags = 3, .slots = 4,
		.payload_bytes = 5, .type = 6, .handle = CHOSEN(1, 4) };
	struct mheap_upgrade upgrade = { .size = MHEAP_CMD_UPGRADE, .handle = CHOSEN(1, 2) };
	mh_t a = 0, b = 0, w = 0, u = 0, c = 0, x = 5;
	uint64_t offset = 7, other = 7;

	begin(0, 0);
	mh_queue_alloc(queue, 0, 0, 0, &a);
	ok(!mh_queue_dup_rights(queue, a, 3, &b) && b == CHOSEN(1, 1),
	   "dup_rights tells its handle");
	ok(!mh_queue_weaken(queue, a, &w) && w == CHOSEN(1, 2), "weaken tells its handle");
	ok(!mh_queue_upgrade_ahead(queue, w, &u) && u == CHOSEN(1, 3), "upgrade_ahead");
	ok(!mh_queue_object_reset(queue, u), "object_reset");
	ok(!mh_queue_alloc_offset_ahead(queue, 4, 5, 6, &c, &offset) && c == CHOSEN(1, 4) &&
	   offset == MH_NO_OFFSET, "alloc_offset_ahead tells its handle");
	ok(!mh_queue_alloc_offset_ahead(queue, 4, 5, 6, &x, &other) && x == CHOSEN(1, 5) &&
	   other == MH_NO_OFFSET, "and so does another");
	ok(!fake.batches && !mh_queue_flush(queue) && fake.batches == 1 && fake.logged == 7,
	   "flush");
	ok(same(&dup, 1), "bytes of dup_rights");
	ok(same(&weaken, 2), "bytes of weaken");
	ok(same(&ahead, 3) && u == CHOSEN(1, 3), "bytes of upgrade_ahead");
	ok(same(&reset, 4), "bytes of object_reset");
	ok(same(&alloc, 5) && !offset && other == OFFSET, "bytes of alloc_offset_ahead");

	ok(!mh_queue_upgrade(queue, w, &x) && same(&upgrade, 7) && x == (1ULL << 24), "upgrade");
	alloc.flags = 2;
	alloc.handle = 0;
	ok(!mh_queue_alloc_offset(queue, 4, 5, 6, &x, &offset) && same(&alloc, 8) &&
	   x == (1ULL << 24 | 1) && offset == 2 * OFFSET, "alloc_offset");
	fake.gone = true;
	ok(!mh_queue_upgrade(queue, w, &x) && !x, "upgrade of what is gone");
	ok(mh_queue_position(queue) == 10, "all are counted");
	end();
}

static void test_picking(void)
{
	mh_t h[4], again = 0;
	uint64_t offset = 6;

	begin(0, 4);
	for (unsigned int i = 0; i < 4; i++)
		mh_queue_alloc(queue, 0, 0, 0, &h[i]);
	ok(h[0] == CHOSEN(1, 0) && h[3] == CHOSEN(1, 3), "entries in their order");
	ok(mh_queue_alloc(queue, 0, 0, 0, &again) == -EMFILE && !again, "no handle is left");
	ok(mh_queue_dup_rights(queue, h[0], 1, &again) == -EMFILE &&
	   mh_queue_weaken(queue, h[0], &again) == -EMFILE &&
	   mh_queue_upgrade_ahead(queue, h[0], &again) == -EMFILE &&
	   mh_queue_alloc_offset_ahead(queue, 0, 0, 0, &again, &offset) == -EMFILE && !again &&
	   offset == 6, "for others neither");
	ok(fake.batches == 1 && fake.live == 4, "which is only said after a flush");
	ok(!mh_queue_failure(queue, NULL), "and the queue is not failed");
	mh_queue_close(queue, h[1]);
	ok(!mh_queue_alloc(queue, 0, 0, 0, &again) && again == CHOSEN(2, 1),
	   "a queued close makes room for another");
	mh_queue_flush(queue);
	ok(!mh_close(session, h[2]) && !mh_queue_alloc(queue, 0, 0, 0, &again) &&
	   again == CHOSEN(2, 2), "so does a close beside the queue");
	ok(!mh_queue_flush(queue) && fake.live == 4, "and the kernel agrees");
	ok(mh_close(session, h[2]) == -ESTALE && mh_close(session, CHOSEN(9, 0)) == -ENOENT &&
	   mh_queue_alloc(queue, 0, 0, 0, &again) == -EMFILE, "a failed close makes no room");
	end();
	ok(fake.live == 4, "no handle but those");
}

static void test_full(void)
{
	unsigned char large[1024];
	mh_t h[9];

	begin(4, 0);
	for (int i = 0; i < 9; i++)
		mh_queue_alloc(queue, 0, 0, 0, &h[i]);
	ok(fake.batches == 2 && fake.logged == 8 && mh_queue_position(queue) == 9,
	   "a full queue goes out with the next operation");
	mh_queue_flush(queue);
	ok(fake.batches == 3 && fake.logged == 9, "and the rest with a flush");
	mh_queue_flush(queue);
	ok(fake.batches == 3, "nothing is sent when there is nothing");

	memset(large, 'x', sizeof(large));
	ok(!mh_queue_write(queue, h[0], 0, large, 512) && fake.batches == 3, "a write that fits");
	ok(!mh_queue_write(queue, h[0], 0, large, 1) && fake.batches == 4 && fake.logged == 10,
	   "makes the next wait for room");
	ok(!mh_queue_write(queue, h[0], 0, large, 513) && fake.batches == 5 && fake.logged == 12 &&
	   fake.log[11].args[1] == (uintptr_t)large, "one that can never fit goes out at once");
	ok(!mh_queue_write(queue, h[0], 0, NULL, 0) && !mh_queue_flush(queue), "an empty write");
	mh_queue_write(queue, h[0], 0, large, 512);
	fake.fail_in = 0;
	fake.fail_error = -ERANGE;
	ok(mh_queue_write(queue, h[0], 0, large, 1) == -ECANCELED &&
	   mh_queue_flush(queue) == -ERANGE, "waiting for room, when what was queued fails");
	end();

	begin(1, 0);
	mh_queue_alloc(queue, 0, 0, 0, &h[0]);
	ok(!mh_queue_load(queue, h[0], 1, &h[1]) && fake.batches == 2, "a queue of one");
	end();
	begin(0, 0);
	for (int i = 0; i < 257; i++)
		mh_queue_alloc(queue, 0, 0, 0, &h[0]);
	ok(fake.batches == 1 && fake.logged == 256, "the default is 256");
	end();
}

static void test_null_ahead(void)
{
	mh_t a, b = 0, c = 0, d = 0, held;

	begin(0, 0);
	mh_queue_alloc(queue, 1, 0, 0, &a);
	mh_queue_load_ahead(queue, a, NULL_SLOT, &b);
	mh_queue_exchange_ahead(queue, a, NULL_SLOT, MH_NULL, &c);
	ok(b == CHOSEN(1, 1) && c == CHOSEN(1, 2), "told ahead");
	ok(!mh_queue_flush(queue) && !b && !c && fake.live == 1, "and null after all");
	mh_queue_alloc(queue, 1, 0, 0, &b);
	mh_queue_alloc(queue, 1, 0, 0, &c);
	ok(b == CHOSEN(1, 2) && c == CHOSEN(1, 1) && !mh_queue_flush(queue),
	   "the handles are given out again, as the same generation");

	mh_queue_load_ahead(queue, a, NULL_SLOT, &d);
	held = d;
	mh_queue_load_ahead(queue, d, 0, &b);
	ok(mh_queue_flush(queue) == -ENOENT && !d && !b, "a path that ends early fails");
	mh_queue_reset(queue);
	mh_queue_alloc(queue, 1, 0, 0, &b);
	mh_queue_alloc(queue, 1, 0, 0, &d);
	ok((b == held || d == held) && b != d && !mh_queue_flush(queue), "and gives back both");
	end();
}

static void test_gone_ahead(void)
{
	mh_t a, w, u = 0, again = 0;

	begin(0, 3);
	mh_queue_alloc(queue, 0, 0, 0, &a);
	mh_queue_weaken(queue, a, &w);
	fake.gone = true;
	mh_queue_upgrade_ahead(queue, w, &u);
	ok(u == CHOSEN(1, 2) && !mh_queue_flush(queue) && !u && fake.live == 2,
	   "gone, ahead");
	ok(!mh_queue_alloc(queue, 0, 0, 0, &again) && again == CHOSEN(1, 2) &&
	   !mh_queue_flush(queue), "and the handle is given out again");
	mh_queue_close(queue, w);
	ok(!mh_queue_dup(queue, a, &again) && again == CHOSEN(2, 1) && !mh_queue_flush(queue),
	   "so is that of a weak one that is closed");
	end();
}

static void test_failure(void)
{
	struct mh_failure f;
	mh_t a, b, c, x = 5, ahead = 0, upgraded = 0;
	uint64_t offset = 0, y = 6;
	char data[4];

	begin(0, 6);
	mh_queue_alloc(queue, 1, 0, 0, &a);
	mh_queue_flush(queue);
	mh_queue_dup(queue, a, &b);
	fake.fail_in = 1;
	fake.fail_error = -EDQUOT;
	mh_queue_alloc(queue, 1, 0, 0, &c);		/* operation 2 fails */
	mh_queue_store(queue, a, 0, c);
	mh_queue_load_ahead(queue, a, 0, &ahead);
	mh_queue_close(queue, b);
	mh_queue_close(queue, c);
	mh_queue_upgrade_ahead(queue, a, &upgraded);
	mh_queue_alloc_offset_ahead(queue, 0, 0, 0, &x, &offset);
	offset = 0;
	x = 5;
	ok(mh_queue_flush(queue) == -EDQUOT, "flush tells the error");
	ok(!ahead && !upgraded, "handles that were told ahead are null");
	ok(offset == MH_NO_OFFSET, "and an offset is none");
	memset(&f, 0xff, sizeof(f));
	ok(mh_queue_failure(queue, &f) == 1 && f.operation == 2 && f.dropped == 6 &&
	   f.command == MHEAP_CMD_ALLOC && f.error == -EDQUOT && !f.reserved[3],
	   "the failure is described");
	fake.batches = 0;
	ok(mh_queue_alloc(queue, 0, 0, 0, &x) == -ECANCELED &&
	   mh_queue_dup(queue, a, &x) == -ECANCELED &&
	   mh_queue_close(queue, a) == -ECANCELED && mh_queue_store(queue, a, 0, a) == -ECANCELED &&
	   mh_queue_write(queue, a, 0, data, 1) == -ECANCELED &&
	   mh_queue_write(queue, a, 0, data, 1000000) == -ECANCELED &&
	   mh_queue_read(queue, a, 0, data, 1) == -ECANCELED &&
	   mh_queue_read_ahead(queue, a, 0, data, 1) == -ECANCELED &&
	   mh_queue_load(queue, a, 0, &x) == -ECANCELED &&
	   mh_queue_load_ahead(queue, a, 0, &x) == -ECANCELED &&
	   mh_queue_exchange(queue, a, 0, 0, &x) == -ECANCELED &&
	   mh_queue_exchange_ahead(queue, a, 0, 0, &x) == -ECANCELED &&
	   mh_queue_compare_exchange(queue, a, 0, 0, 0) == -ECANCELED &&
	   mh_queue_dup_rights(queue, a, 1, &x) == -ECANCELED &&
	   mh_queue_weaken(queue, a, &x) == -ECANCELED &&
	   mh_queue_upgrade(queue, a, &x) == -ECANCELED &&
	   mh_queue_upgrade_ahead(queue, a, &x) == -ECANCELED &&
	   mh_queue_object_reset(queue, a) == -ECANCELED &&
	   mh_queue_alloc_offset(queue, 0, 0, 0, &x, &y) == -ECANCELED &&
	   mh_queue_alloc_offset_ahead(queue, 0, 0, 0, &x, &y) == -ECANCELED &&
	   mh_queue_stat(queue, a, NULL) == -ECANCELED && x == 5 && y == 6 && !fake.batches,
	   "nothing goes through a failed queue");
	ok(mh_queue_flush(queue) == -EDQUOT && mh_queue_failure(queue, NULL) == 1,
	   "flush tells it again");
	mh_queue_reset(queue);
	ok(!mh_queue_failure(queue, &f) && !mh_queue_flush(queue) && fake.live == 1 &&
	   !fake_is_live(b) && mh_queue_position(queue) == 9,
	   "reset, which closes what was let go of");
	for (int i = 0; i < 5; i++)
		mh_queue_alloc(queue, 1, 0, 0, &x);
	ok(!mh_queue_flush(queue) && fake.live == 6, "all entries are of use again");
	end();
}

static void test_answers(void)
{
	uint64_t offset = 6;
	mh_t a, b, x = 5;
	char data[4];

	begin(0, 0);
	mh_queue_alloc(queue, 1, 0, 0, &a);
	mh_queue_dup(queue, a, &b);
	ok(mh_queue_compare_exchange(queue, a, 0, MH_NULL, a) == -EAGAIN &&
	   !mh_queue_failure(queue, NULL) && fake.live == 2 && mh_queue_position(queue) == 2,
	   "an error of its own leaves the queue usable");
	ok(mh_queue_read(queue, CHOSEN(7, 7), 0, data, 4) == -ENOENT &&
	   !mh_queue_failure(queue, NULL), "also with nothing before it");
	ok(mh_queue_upgrade(queue, CHOSEN(7, 7), &x) == -ENOENT && x == 5 &&
	   !mh_queue_failure(queue, NULL), "also of upgrade");
	fake.fail_in = 0;
	fake.fail_error = -EDQUOT;
	ok(mh_queue_alloc_offset(queue, 0, 0, 0, &x, &offset) == -EDQUOT && x == 5 &&
	   offset == 6 && !mh_queue_failure(queue, NULL), "also of alloc_offset");
	mh_queue_close(queue, b);
	mh_queue_close(queue, b);
	ok(mh_queue_load(queue, a, 0, &x) == -ECANCELED && x == 5, "an error of another");
	ok(mh_queue_failure(queue, NULL) == 1 && mh_queue_flush(queue) == -ESTALE &&
	   mh_queue_position(queue) == 4, "fails the queue");
	mh_queue_reset(queue);

	mh_queue_store(queue, a, 0, CHOSEN(7, 7));
	ok(mh_queue_stat(queue, a, NULL) == -ECANCELED, "an error of another, at stat");
	mh_queue_reset(queue);

	mh_queue_dup(queue, a, &b);
	mh_queue_close(queue, a);
	fake.fail_call = EINTR;
	ok(mh_queue_flush(queue) == -EINTR && fake.live == 1, "a call that fails as a whole");
	fake.fail_call = EINTR;
	mh_queue_reset(queue);
	ok(!mh_queue_failure(queue, NULL), "and once more while it is reset");
	ok(fake_is_live(a) || fake.live == 0, "ends the reset all the same");
	end();
}

static void test_limits(void)
{
	mh_t h[2];

	begin(2, 0);
	mh_queue_alloc(queue, 0, 0, 0, &h[0]);
	fake.fail_in = 0;
	fake.fail_error = -ENOMEM;
	mh_queue_alloc(queue, 0, 0, 0, &h[1]);
	h[0] = 5;
	ok(mh_queue_alloc(queue, 0, 0, 0, &h[0]) == -ECANCELED && h[0] == 5 &&
	   mh_queue_flush(queue) == -ENOMEM, "a full queue that fails");
	ok(mh_queue_destroy(queue) == -ENOMEM, "destroy tells the error");
	ok(mh_queue_create(session, 65537, &queue) == -EINVAL, "too large a queue");
	ok(!mh_queue_create(session, 65536, &queue), "the largest queue");
	ok(!mh_queue_destroy(queue) && !mh_queue_destroy(NULL), "destroy");
	mh_session_close(session);
}

/* The kernel gives a session of a reserved heap fewer handles; so does the library. */
static void test_reserved(void)
{
	struct mh_session_options options = { .max_bytes = 1 << 20,
		.flags = MH_CREATE_RESERVED };
	mh_t h = 0;
	int err;

	fake_reset();
	err = mh_session_create(&options, &session);
	ok(!err && !mh_queue_create(session, 0, &queue), "a reserved heap");
	for (int i = 0; !err && i < 4096; i++)
		err = mh_queue_alloc(queue, 0, 0, 0, &h);
	ok(!err && h == CHOSEN(1, 4095) && mh_queue_alloc(queue, 0, 0, 0, &h) == -EMFILE &&
	   !mh_queue_failure(queue, NULL), "has 4096 handles");
	end();
}

static void test_no_memory(void)
{
	mh_t h = 5;
	int err, i;

	fake_reset();
	for (i = 0, err = -ENOMEM; err == -ENOMEM; i++) {
		session = NULL;
		fake_memory = i;
		err = mh_session_create(NULL, &session);
		if (err != -ENOMEM || session)
			break;
	}
	fake_memory = -1;
	ok(!err && i == 1, "create without memory");
	for (i = 0, err = -ENOMEM; err == -ENOMEM; i++) {
		queue = NULL;
		fake_memory = i;
		err = mh_queue_create(session, 0, &queue);
		if (err != -ENOMEM || queue)
			break;
	}
	fake_memory = -1;
	ok(!err && i == 4, "queue_create without memory");
	fake_memory = 0;
	ok(mh_queue_alloc(queue, 0, 0, 0, &h) == -ENOMEM && h == 5, "picking without memory");
	fake_memory = -1;
	ok(!mh_queue_alloc(queue, 0, 0, 0, &h) && h == CHOSEN(1, 0), "and with it again");
	end();
}

static void test_scopes(void)
{
	struct mh_session *kept;
	mh_t h;

	fake_reset();
	{
		mh_auto_session struct mh_session *s = NULL;
		mh_auto_queue struct mh_queue *q = NULL;
		mh_auto_ref struct mh_ref r = MH_REF(s);

		mh_session_create(NULL, &s);
		mh_queue_create(s, 0, &q);
		mh_queue_alloc(q, 0, 0, 0, &h);
		r.s = s;
		kept = mh_session_take(&s);
		ok(kept && !s && !r.h, "take");
	}
	ok(fake.live == 1 && fake_is_live(h), "the queue of a scope is flushed");
	mh_session_close(kept);
	{
		struct mh_queue *q = (void *)&h;

		ok(mh_queue_take(&q) == (void *)&h && !q, "take of a queue");
	}
}

static int pick(struct mhi_chosen *chosen, mh_t *ret_handle)
{
	struct mhi_ready ready = { .count = 0 };
	int err = mhi_choose(chosen, &ready);

	*ret_handle = ready.handle[0];
	return err;
}

static void test_chosen(void)
{
	const mh_t last = (1ULL << 40) - 1;
	struct mhi_chosen chosen;
	mh_t h = 0;

	mhi_chosen_init(&chosen, 1);
	ok(!pick(&chosen, &h) && h == CHOSEN(1, 0), "an entry");
	mhi_chosen_closed(&chosen, CHOSEN(1, 1));
	mhi_chosen_closed(&chosen, 1ULL << 24);
	ok(pick(&chosen, &h) == -EMFILE, "others that are closed are nobody's");
	mhi_chosen_closed(&chosen, CHOSEN(last - 1, 0));
	ok(!pick(&chosen, &h) && h == CHOSEN(last, 0), "its last generation");
	mhi_chosen_unused(&chosen, h);
	ok(!pick(&chosen, &h) && h == CHOSEN(last, 0), "again, when it was not used");
	mhi_chosen_closed(&chosen, h);
	ok(pick(&chosen, &h) == -EMFILE, "and then no more");
	mhi_chosen_destroy(&chosen);
}

static void test_chosen_ready(void)
{
	struct mhi_chosen chosen;
	struct mhi_ready ready = { .count = 0 };
	mh_t h;
	uint32_t i;

	mhi_chosen_init(&chosen, 4096);
	for (i = 0; i < 4096; i++)
		pick(&chosen, &h);
	for (i = 0; i < 160; i++)
		mhi_chosen_closed(&chosen, CHOSEN(1, i));
	ok(!mhi_choose(&chosen, &ready) && ready.count == 10, "a sixteenth of what is free");
	ok(ready.handle[ready.count - 1] == CHOSEN(2, 150), "the latest");
	for (i = 0; i < 10; i++)
		mhi_chosen_unused(&chosen, ready.handle[i]);
	for (; i < 4000; i++)
		mhi_chosen_closed(&chosen, CHOSEN(1, 150 + i));
	ready.count = 0;
	ok(!mhi_choose(&chosen, &ready) && ready.count == MHI_READY_MAX, "and no more than some");
	mhi_chosen_destroy(&chosen);
}

/* Two queues at random, with errors, against what a program would know. */
#define HELD_MAX 512

static struct {
	mh_t handles[HELD_MAX];
	unsigned int count;
} held;

static mh_t any_held(void)
{
	return held.handles[(unsigned int)rand() % held.count];
}

static mh_t let_go(void)
{
	unsigned int i = (unsigned int)rand() % held.count;
	mh_t handle = held.handles[i];

	held.handles[i] = held.handles[--held.count];
	return handle;
}

static void hold(mh_t handle)
{
	held.handles[held.count++] = handle;
}

static int random_step(struct mh_queue *q)
{
	char data[300];
	mh_t h = 0;
	int err;

	memset(data, 1, sizeof(data));
	switch (held.count < 4 ? 0 : rand() % 14) {
	case 0:
	case 1:
	case 2:
		err = held.count == HELD_MAX ? 0 : mh_queue_alloc(q, 0, 0, 0, &h);
		break;
	case 3:
		err = held.count == HELD_MAX ? 0 : mh_queue_dup(q, any_held(), &h);
		break;
	case 4:
	case 5:
		h = let_go();
		err = mh_queue_close(q, h);
		if (!err)
			h = 0;	/* else it is held again */
		break;
	case 6:
		return mh_queue_store(q, any_held(), 0, any_held());
	case 7:
		return mh_queue_write(q, any_held(), 0, data, (uint32_t)(rand() % 300));
	case 8:
		err = held.count == HELD_MAX ? 0 :
			mh_queue_load(q, any_held(), rand() % 2 ? 0 : NULL_SLOT, &h);
		break;
	case 9:
		err = held.count == HELD_MAX ? 0 : mh_queue_weaken(q, any_held(), &h);
		break;
	case 10:
		fake.gone = rand() % 2;
		err = held.count == HELD_MAX ? 0 : mh_queue_upgrade(q, any_held(), &h);
		break;
	case 11:
		fake.gone = rand() % 2;
		err = held.count == HELD_MAX ? 0 : mh_queue_upgrade_ahead(q, any_held(), &h);
		if (!err)
			err = mh_queue_flush(q);
		break;
	case 12:
		return mh_queue_object_reset(q, any_held());
	default:
		return mh_queue_read(q, any_held(), 0, data, 1);
	}
	if (h)
		hold(h);
	return err;
}

/* What became of the handles that a failed queue was to make. */
static void forget_dead(void)
{
	for (unsigned int i = 0; i < held.count;)
		if (fake_is_live(held.handles[i]))
			i++;
		else
			held.handles[i] = held.handles[--held.count];
}

static void test_random(unsigned int seed)
{
	struct mh_queue *queues[2];
	unsigned int errors = 0, lost = 0, failures = 0;

	srand(seed);
	held.count = 0;
	begin(16, 600);
	queues[0] = queue;
	mh_queue_create(session, 7, &queues[1]);
	for (int i = 0; i < 100000; i++) {
		struct mh_queue *q = queues[rand() % 8 == 0];
		int err;

		/* Handles are passed between queues, so the other goes out first. */
		mh_queue_flush(q == queues[0] ? queues[1] : queues[0]);
		if (rand() % 200 == 0) {
			fake.fail_in = rand() % 20;
			fake.fail_error = -EDQUOT;
		}
		err = random_step(q);
		if (err && err != -ECANCELED && err != -EDQUOT && err != -ENOENT)
			errors++;
		for (int k = 0; k < 2; k++) {
			if (!mh_queue_failure(queues[k], NULL))
				continue;
			failures++;
			mh_queue_reset(queues[k]);
			mh_queue_flush(queues[!k]);
			mh_queue_reset(queues[!k]);
			forget_dead();
		}
	}
	fake.fail_in = -1;
	for (int k = 0; k < 2; k++) {
		lost += mh_queue_flush(queues[k]) != 0;
		mh_queue_reset(queues[k]);
	}
	forget_dead();
	ok(!errors && !lost && failures > 100, "random %u: %u failures", seed, failures);
	ok(fake.live == held.count, "random %u: %u handles are open, %u are known", seed, fake.live,
	   held.count);
	while (held.count)
		mh_queue_close(queues[held.count % 2], let_go());
	mh_queue_destroy(queues[1]);
	end();
	ok(!fake.live, "random %u: and all can be closed", seed);
}

int main(void)
{
	test_bytes();
	test_bytes_of_the_others();
	test_picking();
	test_full();
	test_null_ahead();
	test_gone_ahead();
	test_failure();
	test_answers();
	test_limits();
	test_reserved();
	test_no_memory();
	test_scopes();
	test_chosen();
	test_chosen_ready();
	for (unsigned int seed = 1; seed <= 5; seed++)
		test_random(seed);
	return tap_end();
}
