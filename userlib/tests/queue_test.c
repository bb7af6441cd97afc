// SPDX-License-Identifier: LGPL-2.1-or-later
/* Queues: when they go out, which handles are picked, and what errors do. */
#include <errno.h>

#include "../src/chosen.h"
#include "queue_fixture.h"

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
	   mh_queue_store_move(queue, a, 0, a) == -ECANCELED &&
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

/* A handle that is moved is the queue's to choose again, as one that is closed. */
static void test_moves(void)
{
	mh_t a, b, c, again;

	begin(0, 0);
	mh_queue_alloc(queue, 2, 0, 0, &a);
	mh_queue_alloc(queue, 0, 0, 0, &b);
	ok(!mh_queue_store_move(queue, a, 0, b) && !mh_queue_store_move(queue, a, 1, MH_NULL) &&
	   !mh_queue_flush(queue) && fake.live == 1 && !fake_is_live(b), "store_move closes");
	for (int i = 0; i < 100; i++) {
		mh_queue_alloc(queue, 0, 0, 0, &c);
		mh_queue_store_move(queue, a, 0, c);
		mh_queue_flush(queue);
	}
	ok(fake.live == 1 && (c & (MHEAP_HANDLE_CHOSEN - 1)) < 64,
	   "and its entry is used again");
	mh_queue_alloc(queue, 0, 0, 0, &b);
	mh_queue_flush(queue);
	ok(!mh_store_move(session, a, 0, b) && !fake_is_live(b), "so does one without a queue");
	mh_queue_alloc(queue, 0, 0, 0, &again);
	ok(!mh_queue_flush(queue) && fake_is_live(again), "and its entry is used again");
	mh_queue_close(queue, again);
	mh_queue_flush(queue);

	mh_queue_alloc(queue, 0, 0, 0, &b);
	mh_queue_alloc(queue, 0, 0, 0, &c);
	mh_queue_flush(queue);
	fake.fail_in = 0;
	fake.fail_error = -EMLINK;
	mh_queue_store_move(queue, a, 0, b);
	mh_queue_store_move(queue, a, 0, c);
	mh_queue_store(queue, a, 0, a);
	ok(mh_queue_flush(queue) == -EMLINK && fake.live == 3, "one that fails closes nothing");
	mh_queue_reset(queue);
	ok(fake.live == 1 && fake_is_live(a), "until the queue is reset");
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

int main(void)
{
	test_picking();
	test_full();
	test_null_ahead();
	test_gone_ahead();
	test_failure();
	test_moves();
	test_answers();
	test_limits();
	test_reserved();
	test_no_memory();
	test_scopes();
	test_chosen();
	test_chosen_ready();
	return tap_end();
}
