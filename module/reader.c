// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "core/core.h"
#include "core/picture.h"
#include "heap.h"
#include "reader.h"
#include "session.h"

/* What is read at a time. */
#define MHEAP_READER_BYTES	(64U << 10)

/* Pieces of one call, whatever they find. */
#define MHEAP_READER_PIECES	1024

static u32 mheap_reader_stage(struct mheap_heap *heap)
{
	/* Pairs with whoever goes to a stage. */
	return smp_load_acquire(&heap->core.instant.stage);
}

static bool mheap_reader_answered(struct mheap_heap *heap)
{
	u32 stage = mheap_reader_stage(heap);

	return stage == MHEAP_INSTANT_OPEN || stage == MHEAP_INSTANT_SHORT;
}

/* Have a picture that is on its way out go first. */
static int mheap_reader_claim(struct mheap_heap *heap)
{
	while (!mheap_instant_claim(&heap->core)) {
		if (mheap_reader_stage(heap) < MHEAP_INSTANT_ENDING)
			return mheap_reader_stage(heap) == MHEAP_INSTANT_NONE ? -EAGAIN : -EBUSY;
		if (wait_event_killable(heap->settled,
					mheap_reader_stage(heap) < MHEAP_INSTANT_ENDING))
			return -EINTR;
	}
	return 0;
}

/*
 * Waits for the worker. Who is killed takes the question back, if the worker has not begun;
 * if it has, that is soon over.
 */
static int mheap_reader_ask(struct mheap_heap *heap, struct mheap_picture *picture)
{
	mheap_instant_ask(&heap->core, picture);
	mheap_heap_kick(heap);
	if (!wait_event_killable(heap->settled, mheap_reader_answered(heap)))
		return 0;
	if (!mheap_instant_cancel(&heap->core))
		wait_event(heap->settled, mheap_reader_answered(heap));
	return -EINTR;
}

/* Takes the picture. If the heap grows meanwhile, more memory is needed. */
static int mheap_reader_take(struct mheap_heap *heap, struct mheap_picture *picture)
{
	int ret;

	for (;;) {
		ret = mheap_reader_ask(heap, picture);
		if (mheap_reader_stage(heap) == MHEAP_INSTANT_OPEN) {
			if (ret) {
				mheap_instant_end(&heap->core);
				mheap_heap_kick(heap);
			}
			return ret;
		}
		if (!ret)
			ret = mheap_picture_cover(&heap->core, picture);
		if (ret)
			break;
	}
	while (mheap_picture_free_some(picture))
		cond_resched();
	mheap_instant_unclaim(&heap->core);
	return ret;
}

static struct mheap_reader *mheap_reader_new(void)
{
	struct mheap_reader *reader = kzalloc(sizeof(*reader), GFP_KERNEL_ACCOUNT);

	if (!reader)
		return NULL;
	reader->room.base = kvmalloc(MHEAP_READER_BYTES, GFP_KERNEL_ACCOUNT);
	reader->room.bytes = MHEAP_READER_BYTES;
	if (reader->room.base)
		return reader;
	kfree(reader);
	return NULL;
}

static void mheap_reader_free(struct mheap_reader *reader)
{
	kvfree(reader->room.base);
	kfree(reader);
}

/**
 * mheap_reader_begin - take a picture of a session's heap
 * @session: the session, which has none
 * @log_bytes: memory for what changes meanwhile
 *
 * Context: under the session's lock; may sleep, and wait for a collection.
 * Return: 0; -EBUSY when there is a picture of the heap; -ENOMEM; -EDQUOT at the limit of
 *	   all heaps; -EINTR when the caller is being killed.
 */
int mheap_reader_begin(struct mheap_session *session, u64 log_bytes)
{
	struct mheap_reader *reader = mheap_reader_new();
	struct mheap_heap *heap = session->heap;
	struct mheap_picture *picture;
	int ret;

	if (!reader)
		return -ENOMEM;
	do
		ret = mheap_reader_claim(heap);
	while (ret == -EAGAIN);
	if (ret)
		goto free_reader;
	picture = mheap_picture_new(&heap->core, log_bytes, &ret);
	if (!picture) {
		mheap_instant_unclaim(&heap->core);
		goto free_reader;
	}
	ret = mheap_reader_take(heap, picture);
	if (ret)
		goto free_reader;
	reader->telling.picture = picture;
	session->reader = reader;
	return 0;

free_reader:
	mheap_reader_free(reader);
	return ret;
}

/**
 * mheap_reader_end - end the reading of a picture, if a session does
 * @session: the session
 *
 * Context: under the session's lock, or by the last who uses it; may sleep.
 */
void mheap_reader_end(struct mheap_session *session)
{
	if (!session->reader)
		return;
	mheap_reader_free(session->reader);
	session->reader = NULL;
	mheap_instant_end(&session->heap->core);
	mheap_heap_kick(session->heap);
}

/**
 * mheap_reader_wait - wait until the memory of a picture that has been ended is given back
 * @session: whose it was
 *
 * Context: may sleep.
 * Return: 0; -EINTR when the caller is being killed.
 */
int mheap_reader_wait(struct mheap_session *session)
{
	struct mheap_heap *heap = session->heap;

	return wait_event_killable(heap->settled,
				   mheap_reader_stage(heap) < MHEAP_INSTANT_ENDING) ? -EINTR : 0;
}

/**
 * mheap_reader_fill - read more, if all has been handed over that was read
 * @session: the session, which has a picture
 *
 * Context: under the session's lock; may sleep, but not for long.
 * Return: 0; -EOVERFLOW when the picture is broken; -EINTR when the caller is being killed.
 */
int mheap_reader_fill(struct mheap_session *session)
{
	struct mheap_reader *reader = session->reader;
	struct mheap_telling *telling = &reader->telling;
	u32 pieces = MHEAP_READER_PIECES;

	if (reader->sent == reader->room.used) {
		reader->sent = 0;
		reader->room.used = 0;
	}
	while (!reader->room.used && pieces-- && telling->what != MHEAP_TOLD_ALL) {
		if (fatal_signal_pending(current))
			return -EINTR;
		mheap_holder_tell(session->heap, &session->mutator, telling, &reader->room);
		cond_resched();
	}
	/*
	 * Who could not copy something said so before it was changed, and we read that. Pairs
	 * with mheap_picture_broken().
	 */
	smp_rmb();
	return READ_ONCE(telling->picture->broken) ? -EOVERFLOW : 0;
}
