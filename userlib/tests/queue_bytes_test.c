// SPDX-License-Identifier: LGPL-2.1-or-later
/* Queues: what goes out. */
#include "queue_fixture.h"

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

int main(void)
{
	test_bytes();
	test_bytes_of_the_others();
	return tap_end();
}
