// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitops.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/workqueue.h>

#include "core/core.h"
#include "core/help.h"
#include "heap.h"
#include "helper.h"

#define MHEAP_HELPERS_MAX	8U

/* Who finds nothing looks once more, after so long: waking it again costs more. */
#define MHEAP_HELPER_LINGER_MIN_US	10
#define MHEAP_HELPER_LINGER_MAX_US	30

/* The bits of @state. */
#define MHEAP_HELPER_BUSY	0

/**
 * struct mheap_helper - see helper.h
 * @work: marks
 * @marker: with what
 * @heap: for whom, or NULL; it waits for the helper before it goes
 * @state: MHEAP_HELPER_*; who sets the bit has the helper until @work has run
 */
struct mheap_helper {
	struct work_struct work;
	struct mheap_marker marker;
	struct mheap_heap *heap;
	unsigned long state;
};

static uint mark_helpers = ~0U;
module_param(mark_helpers, uint, 0644);
MODULE_PARM_DESC(mark_helpers,
		 "processors that may mark beside a heap's own worker, at most 8, all heaps together");

static struct workqueue_struct *mheap_helper_queue;
static struct mheap_helper mheap_helpers[MHEAP_HELPERS_MAX];
static unsigned int mheap_helper_count;

static bool mheap_helper_dying(const struct mheap_helper *helper)
{
	return test_bit(MHEAP_HEAP_DYING, &helper->heap->state);
}

static void mheap_helper_mark(struct mheap_helper *helper)
{
	struct mheap_core *core = &helper->heap->core;

	while (mheap_help(core, &helper->marker)) {
		if (mheap_helper_dying(helper)) {
			mheap_help_abandon(core, &helper->marker);
			return;
		}
		cond_resched();
	}
}

static void mheap_helper_run(struct work_struct *work)
{
	struct mheap_helper *helper = container_of(work, struct mheap_helper, work);

	mheap_helper_mark(helper);
	usleep_range(MHEAP_HELPER_LINGER_MIN_US, MHEAP_HELPER_LINGER_MAX_US);
	mheap_helper_mark(helper);
	/* Pairs with mheap_helper_flush(): who sees that we are done sees all that we did. */
	smp_store_release(&helper->heap, NULL);
	clear_bit_unlock(MHEAP_HELPER_BUSY, &helper->state);
}

/**
 * mheap_helper_call - let helpers mark for a heap, if there is something to do for them
 * @heap: the heap
 *
 * Context: by the heap's worker.
 */
void mheap_helper_call(struct mheap_heap *heap)
{
	u32 wanted = mheap_help_wanted(&heap->core);
	unsigned int count = min(READ_ONCE(mark_helpers), mheap_helper_count), i;

	for (i = 0; wanted && i < count; i++) {
		struct mheap_helper *helper = &mheap_helpers[i];

		if (test_bit(MHEAP_HELPER_BUSY, &helper->state) ||
		    test_and_set_bit_lock(MHEAP_HELPER_BUSY, &helper->state))
			continue;
		WRITE_ONCE(helper->heap, heap);
		queue_work(mheap_helper_queue, &helper->work);
		wanted--;
	}
}

/**
 * mheap_helper_flush - wait for those who help a heap
 * @heap: the heap, which is dying: they stop after a slice
 *
 * Context: by the teardown; may sleep. The heap's worker no longer runs.
 */
void mheap_helper_flush(struct mheap_heap *heap)
{
	unsigned int i;

	for (i = 0; i < mheap_helper_count; i++)
		/* Pairs with mheap_helper_run(). */
		if (smp_load_acquire(&mheap_helpers[i].heap) == heap)
			flush_work(&mheap_helpers[i].work);
}

static int mheap_helper_init(struct mheap_helper *helper)
{
	INIT_WORK(&helper->work, mheap_helper_run);
	return mheap_help_init(&helper->marker);
}

/**
 * mheap_helper_system_init - helpers for as many processors as there are
 *
 * Context: once, when the module is loaded.
 * Return: 0 or -ENOMEM.
 */
int mheap_helper_system_init(void)
{
	unsigned int count = min(num_online_cpus() - 1, MHEAP_HELPERS_MAX);

	if (mark_helpers == ~0U)
		mark_helpers = min(count, 3U);
	mheap_helper_queue = alloc_workqueue("mheap_mark", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!mheap_helper_queue)
		return -ENOMEM;
	for (; mheap_helper_count < count; mheap_helper_count++)
		if (mheap_helper_init(&mheap_helpers[mheap_helper_count])) {
			mheap_helper_system_exit();
			return -ENOMEM;
		}
	return 0;
}

/**
 * mheap_helper_system_exit - the opposite of mheap_helper_system_init()
 *
 * Context: when the module is unloaded; no heap exists.
 */
void mheap_helper_system_exit(void)
{
	destroy_workqueue(mheap_helper_queue);
	while (mheap_helper_count)
		mheap_help_exit(&mheap_helpers[--mheap_helper_count].marker);
}
