/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A session with a queue, for tests of queues: each file has its own. */
#ifndef MHEAP_QUEUE_FIXTURE_H
#define MHEAP_QUEUE_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include <mheap.h>

#include "fake.h"
#include "tap.h"

#define CHOSEN(generation, index) \
	((mh_t)(generation) << 24 | MHEAP_HANDLE_CHOSEN | (mh_t)(index))

static struct mh_session *session;
static struct mh_queue *queue;

static inline void begin(uint32_t capacity, uint32_t max_handles)
{
	struct mh_session_options options = { .max_handles = max_handles };

	fake_reset();
	fake.max_handles = max_handles;
	if (mh_session_create(&options, &session) || mh_queue_create(session, capacity, &queue))
		exit(ok(0, "a session with a queue"));
}

static inline void end(void)
{
	mh_queue_destroy(queue);
	mh_session_close(session);
}

/* Whether a record was carried out as the so-many-th. */
static inline int same(const void *record, unsigned int number)
{
	return fake.logged > number &&
	       !memcmp(&fake.log[number], record, sizeof(struct mheap_record));
}

#endif /* MHEAP_QUEUE_FIXTURE_H */
