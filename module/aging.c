// SPDX-License-Identifier: GPL-2.0-only
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/sched.h>

#include "aging.h"
#include "core/age.h"
#include "heap.h"
#include "worker.h"

/* How long a piece of a pass takes, and how long until the next. Nobody waits for it. */
#define MHEAP_AGING_SLICE_NS	NSEC_PER_MSEC
#define MHEAP_AGING_REST_MS	10

static uint aging_ms = MHEAP_AGE_PERIOD_MS;
module_param(aging_ms, uint, 0644);
MODULE_PARM_DESC(aging_ms, "how often what is old is told so, in ms, at most half an hour");

/* Until the next pass. Later than this, what is old might seem to be young again. */
static u32 mheap_aging_period(void)
{
	return clamp_t(u32, READ_ONCE(aging_ms), MHEAP_AGING_REST_MS, MHEAP_AGE_PERIOD_MS);
}

static void mheap_aging_run(struct work_struct *work)
{
	struct mheap_aging *aging = container_of(to_delayed_work(work), struct mheap_aging, work);
	u64 until = ktime_get_ns() + MHEAP_AGING_SLICE_NS;
	bool over;

	do {
		over = mheap_age_some(&aging->mutator, &aging->cursor);
		cond_resched();
	} while (!over && ktime_get_ns() < until);
	if (over)
		aging->cursor = 0;
	mheap_worker_queue_work(&aging->work, over ? mheap_aging_period() : MHEAP_AGING_REST_MS);
}

/**
 * mheap_aging_init - nothing is done as yet
 * @heap: the heap
 *
 * Context: any.
 */
void mheap_aging_init(struct mheap_heap *heap)
{
	INIT_DELAYED_WORK(&heap->aging.work, mheap_aging_run);
}

/**
 * mheap_aging_begin - do it from now on
 * @heap: the heap, which has been made
 *
 * Context: may sleep.
 */
void mheap_aging_begin(struct mheap_heap *heap)
{
	mheap_mutator_init(&heap->aging.mutator, &heap->core);
	mheap_worker_queue_work(&heap->aging.work, mheap_aging_period());
}

/**
 * mheap_aging_exit - the opposite of mheap_aging_begin()
 * @heap: the heap, which has no user
 *
 * Context: may sleep; waits for a piece of a pass.
 */
void mheap_aging_exit(struct mheap_heap *heap)
{
	cancel_delayed_work_sync(&heap->aging.work);
	mheap_mutator_exit(&heap->aging.mutator);
}
