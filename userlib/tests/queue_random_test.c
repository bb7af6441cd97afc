// SPDX-License-Identifier: LGPL-2.1-or-later
/* Queues at random; see fake.h. */
#include <errno.h>

#include "queue_fixture.h"

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
	switch (held.count < 4 ? 0 : rand() % 15) {
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
	case 13:
		h = let_go();
		err = mh_queue_store_move(q, any_held(), 0, h);
		if (!err)
			h = 0;
		break;
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
	for (unsigned int seed = 1; seed <= 5; seed++)
		test_random(seed);
	return tap_end();
}
