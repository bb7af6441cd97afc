// SPDX-License-Identifier: GPL-2.0-only
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#include "heap.h"
#include "helper.h"
#include "session.h"
#include "trace_session.h"
#include "worker.h"

/* How long the worker goes on before it queues behind others. */
#define MHEAP_WORKER_SLICE_NS		(2 * NSEC_PER_MSEC)

/* How long it sleeps between two looks at a grace period. */
#define MHEAP_WORKER_GRACE_MIN_US	20
#define MHEAP_WORKER_GRACE_MAX_US	100

/* How long chunks stay empty before they are given back. */
#define MHEAP_WORKER_TRIM_MS		100

static struct workqueue_struct *mheap_workqueue;

/**
 * mheap_worker_system_init - the queue of all workers
 *
 * Context: once, when the module is loaded.
 * Return: 0 or -ENOMEM.
 */
int mheap_worker_system_init(void)
{
	mheap_workqueue = alloc_workqueue("mheap", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	return mheap_workqueue ? 0 : -ENOMEM;
}

/**
 * mheap_worker_system_exit - the opposite of mheap_worker_system_init()
 *
 * Context: when the module is unloaded; no heap exists.
 */
void mheap_worker_system_exit(void)
{
	destroy_workqueue(mheap_workqueue);
}

/**
 * mheap_worker_queue_work - do something else on the queue of workers
 * @work: what
 * @ms: in how long
 *
 * Context: any.
 */
void mheap_worker_queue_work(struct delayed_work *work, u32 ms)
{
	queue_delayed_work(mheap_workqueue, work, msecs_to_jiffies(ms));
}

/**
 * mheap_worker_queue - let the worker run now
 * @heap: the heap
 *
 * Context: any.
 */
void mheap_worker_queue(struct mheap_heap *heap)
{
	WRITE_ONCE(heap->due, jiffies);
	mod_delayed_work(mheap_workqueue, &heap->worker, 0);
}

/**
 * mheap_worker_queue_soon - let the worker run when the caller is out of the way
 * @heap: the heap
 *
 * At once, it might preempt the very call that leaves it something to do.
 *
 * Context: any.
 */
void mheap_worker_queue_soon(struct mheap_heap *heap)
{
	WRITE_ONCE(heap->due, jiffies + 1);
	mod_delayed_work(mheap_workqueue, &heap->worker, 1);
}

/* For so long the collector pauses. */
static u32 mheap_worker_rest_ms(struct mheap_heap *heap)
{
	u64 rest = READ_ONCE(heap->rest_ns), now = ktime_get_ns();

	return rest > now ? min_t(u64, div_u64(rest - now, NSEC_PER_MSEC) + 1, U32_MAX) : 0;
}

/**
 * mheap_worker_queue_later - let the worker run when there is something to do
 * @heap: the heap
 *
 * Context: any.
 */
void mheap_worker_queue_later(struct mheap_heap *heap)
{
	bool trim = mheap_trim_useful(&heap->core);
	unsigned long due = jiffies + msecs_to_jiffies(MHEAP_WORKER_TRIM_MS) + 1;

	if (delayed_work_pending(&heap->worker) &&
	    !(trim && time_before(due, READ_ONCE(heap->due))))
		return;
	if (!trim) {
		if (!mheap_core_suspects(&heap->core))
			return;
		due = jiffies + 1 + msecs_to_jiffies(max(mheap_collect_delay(&heap->core),
							 mheap_worker_rest_ms(heap)));
	}
	WRITE_ONCE(heap->due, due);
	mod_delayed_work(mheap_workqueue, &heap->worker, due - jiffies);
	/*
	 * Who kicked the worker since we looked has been put off by that, but has
	 * said so before: see mheap_heap_kick(). Who kicks from here on undoes it.
	 */
	smp_mb();
	if (test_bit(MHEAP_HEAP_KICKED, &heap->state))
		mheap_worker_queue(heap);
}

static void mheap_worker_remember(struct mheap_heap *heap)
{
	const struct mheap_collector *collector = &heap->core.collector;
	const struct mheap_collection *last = &collector->last;

	mutex_lock(&heap->history_lock);
	if (last->number != heap->history_count) {
		heap->history[heap->history_count % MHEAP_HISTORY] = *last;
		heap->history_count = last->number;
		heap->total_freed = collector->total_freed;
		heap->total_ns = collector->total_ns;
		heap->total_failures = collector->total_failures;
	}
	mutex_unlock(&heap->history_lock);
	atomic64_set_release(&heap->collected, last->number);
}

static void mheap_worker_tell(struct mheap_heap *heap)
{
	const struct mheap_collection *last = &heap->core.collector.last;
	struct mheap_event event = {
		.kind = MHEAP_EVENT_COLLECTION, .cause = last->cause, .value = last->number,
		.cookie = last->freed,
	};

	mheap_events_tell(heap, &event);
}

static struct mheap_session *mheap_worker_first_closing(struct mheap_heap *heap)
{
	struct mheap_session *session;

	mutex_lock(&heap->sessions_lock);
	session = list_first_entry_or_null(&heap->closing, struct mheap_session, link);
	mutex_unlock(&heap->sessions_lock);
	return session;
}

/* Closes some handles of a session that is gone. Returns whether there was one. */
static bool mheap_worker_close_some(struct mheap_heap *heap)
{
	struct mheap_session *session = mheap_worker_first_closing(heap);

	if (!session)
		return false;
	if (mheap_session_drain(session)) {
		mutex_lock(&heap->sessions_lock);
		list_del(&session->link);
		list_del(&session->all);
		mutex_unlock(&heap->sessions_lock);
		trace_mheap_session_gone(session);
		mheap_mutator_exit(&session->mutator);
		mheap_session_free(session);
		mheap_collect_left(&heap->core);
	}
	return true;
}

/* Does a bounded piece of whatever there is to do. Returns whether there may be more. */
static bool mheap_worker_step(struct mheap_heap *heap)
{
	u64 finished = atomic64_read(&heap->core.collector.finished);
	u64 trimmed = atomic64_read(&heap->core.trim.finished);
	u32 instant = READ_ONCE(heap->core.instant.stage);
	bool closing = mheap_worker_close_some(heap);
	enum mheap_step step = mheap_core_work(&heap->core);

	mheap_helper_call(heap);
	if (finished != atomic64_read(&heap->core.collector.finished)) {
		mheap_worker_remember(heap);
		mheap_worker_tell(heap);
		wake_up_all(&heap->settled);
	}
	if (trimmed != atomic64_read(&heap->core.trim.finished) ||
	    instant != READ_ONCE(heap->core.instant.stage))
		wake_up_all(&heap->settled);
	if (step == MHEAP_STEP_WAIT && !closing)
		usleep_range(MHEAP_WORKER_GRACE_MIN_US, MHEAP_WORKER_GRACE_MAX_US);
	return step != MHEAP_STEP_IDLE || closing;
}

/* Is the collector to pause, for having worked for as long as it may? */
static bool mheap_worker_rest(struct mheap_heap *heap, u64 now)
{
	bool rest = now < heap->rest_ns;

	heap->core.collector.resting = rest;
	return rest && !mheap_collect_urgent(&heap->core);
}

/* Whether the collector would go on, or begin, if it were not to pause. */
static bool mheap_worker_resting(struct mheap_heap *heap)
{
	return mheap_worker_rest(heap, ktime_get_ns()) &&
	       (heap->core.collector.stage != MHEAP_STAGE_IDLE ||
		mheap_core_attention(&heap->core) == MHEAP_ATTENTION_NOW);
}

/*
 * If the collector has worked since @begin, after @steps, it has to pause for that, and for
 * what helpers have done for it.
 */
static void mheap_worker_charge(struct mheap_heap *heap, u64 begin, u64 steps)
{
	struct mheap_collector *collector = &heap->core.collector;
	u32 percent = READ_ONCE(heap->core.limits.cpu_percent);
	u64 helped = atomic64_read(&collector->helped_ns), now = ktime_get_ns(), worked;

	if (collector->steps == steps)
		return;
	worked = now - begin + helped - heap->helped_ns;
	heap->helped_ns = helped;
	WRITE_ONCE(heap->rest_ns, now + div_u64(worked * (100 - percent), percent));
}

/* Goes on when the collector may, or at once if somebody asks. */
static void mheap_worker_queue_rested(struct mheap_heap *heap)
{
	u64 now = ktime_get_ns();
	unsigned long wait = 2;

	if (heap->rest_ns > now)
		wait += nsecs_to_jiffies(heap->rest_ns - now);
	WRITE_ONCE(heap->due, jiffies + wait);
	mod_delayed_work(mheap_workqueue, &heap->worker, wait);
	/* As in mheap_worker_queue_later(). */
	smp_mb();
	if (test_bit(MHEAP_HEAP_KICKED, &heap->state))
		mheap_worker_queue(heap);
}

static void mheap_worker_run(struct work_struct *work)
{
	struct mheap_heap *heap = container_of(to_delayed_work(work), struct mheap_heap, worker);
	u64 begin = ktime_get_ns(), until = begin + MHEAP_WORKER_SLICE_NS;
	u64 steps = heap->core.collector.steps;
	bool more;

	if (test_bit(MHEAP_HEAP_DYING, &heap->state))
		return;
	clear_bit(MHEAP_HEAP_KICKED, &heap->state);
	/* Who kicks from here on queues us again; who did before, we see. */
	smp_mb__after_atomic();
	if (mheap_trim_useful(&heap->core))
		mheap_trim_request(&heap->core);
	mheap_worker_rest(heap, begin);
	do {
		more = mheap_worker_step(heap);
		cond_resched();
	} while (more && ktime_get_ns() < until && !test_bit(MHEAP_HEAP_DYING, &heap->state));
	mheap_worker_charge(heap, begin, steps);
	if (more)
		mheap_heap_kick(heap);
	else if (mheap_worker_resting(heap))
		mheap_worker_queue_rested(heap);
	else if (heap->core.collector.stage != MHEAP_STAGE_IDLE)
		/* The pause has ended just now, and nobody else knows that there is more. */
		mheap_heap_kick(heap);
	else
		mheap_heap_attend(heap);
}

static void mheap_worker_teardown(struct work_struct *work)
{
	mheap_heap_destroy(container_of(work, struct mheap_heap, teardown));
}

/**
 * mheap_worker_queue_teardown - free the heap
 * @heap: the heap, which has no user; not to be touched afterwards
 *
 * Context: any.
 */
void mheap_worker_queue_teardown(struct mheap_heap *heap)
{
	queue_work(mheap_workqueue, &heap->teardown);
}

/**
 * mheap_worker_init - a worker that has nothing to do
 * @heap: the heap
 *
 * Context: any.
 */
void mheap_worker_init(struct mheap_heap *heap)
{
	INIT_DELAYED_WORK(&heap->worker, mheap_worker_run);
	INIT_WORK(&heap->teardown, mheap_worker_teardown);
}

/**
 * mheap_worker_exit - the worker is not to run again
 * @heap: the heap
 *
 * Context: by the teardown; waits for the worker, which is dying and so does
 *	    not go on for long. Nobody else can queue it any more.
 */
void mheap_worker_exit(struct mheap_heap *heap)
{
	cancel_delayed_work_sync(&heap->worker);
}
