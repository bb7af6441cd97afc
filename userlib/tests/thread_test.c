// SPDX-License-Identifier: LGPL-2.1-or-later
/* Many threads on one session: each with a queue, and beside it without. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include <mheap.h>

#include "fake.h"
#include "tap.h"

#define THREADS	4
#define ROUNDS	2000
#define HANDLES	20

static struct mh_session *session;

/* Make some, and let go of them: half through the queue, half beside it. */
static int make_and_close(struct mh_queue *queue)
{
	mh_t handles[HANDLES];
	int err;

	for (int i = 0; i < HANDLES; i++) {
		err = mh_queue_alloc(queue, 0, 0, 0, &handles[i]);
		if (err)
			return err;
	}
	err = mh_queue_flush(queue);
	if (err)
		return err;
	for (int i = 0; i < HANDLES; i++) {
		err = i % 2 ? mh_close(session, handles[i]) : mh_queue_close(queue, handles[i]);
		if (err)
			return err;
	}
	return 0;
}

static void *work(void *result)
{
	struct mh_queue *queue;
	int *err = result;

	*err = mh_queue_create(session, 16, &queue);
	for (int i = 0; i < ROUNDS && !*err; i++)
		*err = make_and_close(queue);
	if (!*err)
		*err = mh_queue_destroy(queue);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	int errors[THREADS];

	fake_reset();
	if (!ok(!mh_session_create(NULL, &session), "a session"))
		return tap_end();
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, work, &errors[i]);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		ok(!errors[i], "thread %d", i);
	}
	ok(!fake.live, "no handle is left");
	mh_session_close(session);
	return tap_end();
}
