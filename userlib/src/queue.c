// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdlib.h>

#include "queue.h"

#define CAPACITY_DEFAULT	256U
#define CAPACITY_MAX		65536U
#define DATA_PER_RECORD		128U

#define SIZE_OF_RECORD(member) \
	_Static_assert(sizeof(((union mhi_record *)0)->member) == sizeof(struct mheap_record), \
		       #member " cannot be batched")

SIZE_OF_RECORD(alloc);
SIZE_OF_RECORD(read);
SIZE_OF_RECORD(write);
SIZE_OF_RECORD(load);
SIZE_OF_RECORD(store);
SIZE_OF_RECORD(exchange);
SIZE_OF_RECORD(compare_exchange);
SIZE_OF_RECORD(dup);
SIZE_OF_RECORD(close);
SIZE_OF_RECORD(weaken);
SIZE_OF_RECORD(upgrade);
SIZE_OF_RECORD(reset);

size_t mhi_queue_data_size(const struct mh_queue *queue)
{
	return (size_t)queue->capacity * DATA_PER_RECORD;
}

static void give_back_ready(struct mh_queue *queue)
{
	struct mhi_chosen *chosen = &queue->session->chosen;

	mhi_chosen_lock(chosen);
	while (queue->ready.count)
		mhi_chosen_unused(chosen, queue->ready.handle[--queue->ready.count]);
	mhi_chosen_unlock(chosen);
}

static void queue_free(struct mh_queue *queue)
{
	free(queue->records);
	free(queue->notes);
	free(queue->data);
	free(queue);
}

MH_PUBLIC int mh_queue_create(struct mh_session *session, uint32_t capacity,
			      struct mh_queue **ret_queue)
{
	struct mh_queue *queue;

	if (capacity > CAPACITY_MAX)
		return -EINVAL;
	queue = calloc(1, sizeof(*queue));
	if (!queue)
		return -ENOMEM;
	queue->session = session;
	queue->capacity = capacity ? capacity : CAPACITY_DEFAULT;
	queue->records = calloc(queue->capacity, sizeof(*queue->records));
	queue->notes = calloc(queue->capacity, sizeof(*queue->notes));
	queue->data = malloc(mhi_queue_data_size(queue));
	if (!queue->records || !queue->notes || !queue->data) {
		queue_free(queue);
		return -ENOMEM;
	}
	*ret_queue = queue;
	return 0;
}

MH_PUBLIC int mh_queue_destroy(struct mh_queue *queue)
{
	int err;

	if (!queue)
		return 0;
	err = mh_queue_flush(queue);
	mh_queue_reset(queue);
	give_back_ready(queue);
	queue_free(queue);
	return err;
}

/* Whether the record made no handle, of those that may find null instead. */
static bool found_null(const union mhi_record *record)
{
	switch (record->any.command) {
	case MHEAP_CMD_LOAD:
		return !record->load.handle;
	case MHEAP_CMD_EXCHANGE:
		return !record->exchange.out_handle;
	case MHEAP_CMD_UPGRADE:
		return !record->upgrade.out_handle;
	default:
		return false;
	}
}

static void never_made(struct mh_queue *queue, const struct mhi_note *note)
{
	mhi_chosen_unused(&queue->session->chosen, note->chosen);
}

/* The handle that a record is to close, or MH_NULL. */
static mh_t closed_by(const union mhi_record *record)
{
	switch (record->any.command) {
	case MHEAP_CMD_CLOSE:
		return record->close.handle;
	case MHEAP_CMD_STORE:
		return record->store.flags & MHEAP_STORE_MOVE ? record->store.value : MH_NULL;
	default:
		return MH_NULL;
	}
}

/* A record was carried out: see to the handle that it made or closed. */
static void settle_one(struct mh_queue *queue, const union mhi_record *record,
		       const struct mhi_note *note)
{
	if (note->chosen && found_null(record)) {
		never_made(queue, note);
		*note->ahead = MH_NULL;
	} else if (note->ahead && record->any.command == MHEAP_CMD_ALLOC) {
		*note->ahead = record->alloc.out_offset;
	} else {
		mhi_chosen_closed(&queue->session->chosen, closed_by(record));
	}
}

static void settle(struct mh_queue *queue, uint32_t done)
{
	mhi_chosen_lock(&queue->session->chosen);
	for (uint32_t i = 0; i < done; i++)
		settle_one(queue, &queue->records[i], &queue->notes[i]);
	mhi_chosen_unlock(&queue->session->chosen);
}

/* Records that are not to be carried out: nobody shall wait for their answers. */
static void disappoint(struct mh_queue *queue, uint32_t from)
{
	for (uint32_t i = from; i < queue->count; i++)
		if (queue->notes[i].ahead)
			*queue->notes[i].ahead =
				queue->records[i].any.command == MHEAP_CMD_ALLOC ? MH_NO_OFFSET :
										   MH_NULL;
}

/* The records up to @count are over, one way or another. */
static void start_over(struct mh_queue *queue)
{
	queue->first += queue->count;
	queue->count = 0;
	queue->data_used = 0;
	queue->failed = 0;
	queue->error = 0;
}

/* Carry out @count records: how many it was, and why not all. */
static uint32_t submit(struct mh_queue *queue, uint32_t count, int *ret_error)
{
	uint32_t done = 0;
	int error = 0;
	int err;

	err = mh_batch(queue->session, &queue->records[0].any, count, &done, &error);
	if (err) {
		*ret_error = err;
		return 0;
	}
	if (done < count && !error)
		error = -EPROTO;
	*ret_error = error;
	return done < count ? done : count;
}

MH_PUBLIC int mh_queue_flush(struct mh_queue *queue)
{
	uint32_t done;

	if (queue->error || !queue->count)
		return queue->error;
	done = submit(queue, queue->count, &queue->error);
	settle(queue, done);
	if (done == queue->count) {
		start_over(queue);
		return 0;
	}
	queue->failed = done;
	disappoint(queue, done);
	return queue->error;
}

MH_PUBLIC uint64_t mh_queue_position(const struct mh_queue *queue)
{
	return queue->first + queue->count;
}

MH_PUBLIC int mh_queue_failure(const struct mh_queue *queue, struct mh_failure *ret_failure)
{
	if (!queue->error)
		return 0;
	if (ret_failure)
		*ret_failure = (struct mh_failure){
			.operation = queue->first + queue->failed,
			.dropped = queue->count - queue->failed - 1,
			.command = queue->records[queue->failed].any.command,
			.error = queue->error,
		};
	return 1;
}

/* Put closes of what the records from @from on would close at the front: how many they are. */
static uint32_t gather_closes(struct mh_queue *queue, uint32_t from)
{
	uint32_t closes = 0;

	for (uint32_t i = from; i < queue->count; i++) {
		mh_t handle = closed_by(&queue->records[i]);

		if (handle)
			queue->records[closes++] = (union mhi_record){ .close = {
				.size = MHEAP_CMD_CLOSE,
				.handle = handle,
			} };
	}
	return closes;
}

/* Drop the first @over of @closes records. */
static uint32_t drop_front(struct mh_queue *queue, uint32_t closes, uint32_t over)
{
	for (uint32_t i = over; i < closes; i++)
		queue->records[i - over] = queue->records[i];
	return closes - over;
}

/*
 * Carry out the closes among the records that were not, the one that failed
 * included. Those of handles that were never made fail, one call each, and are
 * passed over.
 */
static void close_dropped(struct mh_queue *queue)
{
	uint32_t closes = gather_closes(queue, queue->failed);

	while (closes) {
		int error = 0;
		uint32_t done = submit(queue, closes, &error);

		mhi_chosen_lock(&queue->session->chosen);
		for (uint32_t i = 0; i < done; i++)
			mhi_chosen_closed(&queue->session->chosen, queue->records[i].close.handle);
		mhi_chosen_unlock(&queue->session->chosen);
		closes = drop_front(queue, closes, error ? done + 1 : done);
	}
}

/* Only now, because close_dropped() may still have named them. */
static void give_back_dropped(struct mh_queue *queue)
{
	mhi_chosen_lock(&queue->session->chosen);
	for (uint32_t i = queue->failed; i < queue->count; i++)
		if (queue->notes[i].chosen)
			never_made(queue, &queue->notes[i]);
	mhi_chosen_unlock(&queue->session->chosen);
}

MH_PUBLIC void mh_queue_reset(struct mh_queue *queue)
{
	if (!queue->error)
		return;
	close_dropped(queue);
	give_back_dropped(queue);
	start_over(queue);
}

int mhi_queue_prepare(struct mh_queue *queue)
{
	if (!queue->error && queue->count == queue->capacity)
		mh_queue_flush(queue);
	return queue->error ? -ECANCELED : 0;
}

/* Have a handle ready. */
static int choose(struct mh_queue *queue)
{
	int err;

	err = mhi_choose(&queue->session->chosen, &queue->ready);
	if (err != -EMFILE || !queue->count)
		return err;
	/* What is queued may close some. */
	if (mh_queue_flush(queue))
		return -ECANCELED;
	return mhi_choose(&queue->session->chosen, &queue->ready);
}

int mhi_queue_prepare_chosen(struct mh_queue *queue, mh_t *ret_handle)
{
	int err;

	err = mhi_queue_prepare(queue);
	if (!err && !queue->ready.count)
		err = choose(queue);
	if (!err)
		*ret_handle = queue->ready.handle[--queue->ready.count];
	return err;
}

void mhi_queue_push(struct mh_queue *queue, const union mhi_record *record, struct mhi_note note)
{
	queue->records[queue->count] = *record;
	queue->notes[queue->count] = note;
	queue->count++;
}

int mhi_queue_ask(struct mh_queue *queue, union mhi_record *record)
{
	uint32_t place;
	int err;

	err = mhi_queue_prepare(queue);
	if (err)
		return err;
	place = queue->count;
	mhi_queue_push(queue, record, (struct mhi_note){ .chosen = 0 });
	err = mh_queue_flush(queue);
	if (!err) {
		*record = queue->records[place];
		return 0;
	}
	/* It was not this one: take it back. */
	queue->count--;
	if (queue->failed < place)
		return -ECANCELED;
	/* It was, and there is nothing behind it. */
	start_over(queue);
	return err;
}
