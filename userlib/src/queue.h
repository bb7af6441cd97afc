/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MHEAP_QUEUE_H
#define MHEAP_QUEUE_H

#include <stdbool.h>

#include "internal.h"

/* One record, as the structure of its command; all of them have one size. */
union mhi_record {
	struct mheap_record any;
	struct mheap_alloc alloc;
	struct mheap_read read;
	struct mheap_write write;
	struct mheap_load load;
	struct mheap_store store;
	struct mheap_exchange exchange;
	struct mheap_compare_exchange compare_exchange;
	struct mheap_dup dup;
	struct mheap_close close;
	struct mheap_weaken weaken;
	struct mheap_upgrade upgrade;
	struct mheap_reset reset;
};

/**
 * struct mhi_note - What the library must know of a record later on
 * @chosen: the handle that was picked for it, or 0
 * @ahead: where the caller waits for the answer, or NULL: the offset of an
 *         allocation, and for others what became of that handle
 */
struct mhi_note {
	mh_t chosen;
	uint64_t *ahead;
};

/**
 * struct mh_queue - Operations that go out together
 * @session: whose operations they are
 * @records: @capacity records
 * @notes: one for each of @records
 * @ready: handles that the next records are going to have
 * @data: what queued writes are to write, copied
 * @data_used: bytes of @data
 * @first: number of the operation in @records[0]
 * @capacity: records that there is room for
 * @count: records that are queued
 * @failed: when @error: the record that failed
 * @error: 0, or why the queue is failed
 */
struct mh_queue {
	struct mh_session *session;
	union mhi_record *records;
	struct mhi_note *notes;
	struct mhi_ready ready;
	unsigned char *data;
	size_t data_used;
	uint64_t first;
	uint32_t capacity;
	uint32_t count;
	uint32_t failed;
	int error;
};

/* Bytes of writes that a queue can copy. */
size_t mhi_queue_data_size(const struct mh_queue *queue);

/* Make sure of room for one more record: 0 or -ECANCELED. */
int mhi_queue_prepare(struct mh_queue *queue);

/* As that, and pick a handle for the record: or -EMFILE, -ENOMEM. */
int mhi_queue_prepare_chosen(struct mh_queue *queue, mh_t *ret_handle);

/* Queue a record; room was made sure of. */
void mhi_queue_push(struct mh_queue *queue, const union mhi_record *record, struct mhi_note note);

/*
 * Queue a record and carry out everything up to it. The answer is in *@record.
 * Its own error leaves the queue usable; -ECANCELED when it was another's.
 */
int mhi_queue_ask(struct mh_queue *queue, union mhi_record *record);

#endif /* MHEAP_QUEUE_H */
