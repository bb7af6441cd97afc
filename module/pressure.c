// SPDX-License-Identifier: GPL-2.0-only
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/shrinker.h>

#include "heap.h"
#include "pressure.h"
#include "trace_session.h"

/*
 * All heaps. The lock is only tried where memory is being reclaimed: whoever holds it
 * may wait for memory. Nothing is taken under it but the locks of the core.
 */
static DEFINE_MUTEX(mheap_heaps_lock);
static LIST_HEAD(mheap_heaps);

/* Pages that a heap may give back, as far as is known. */
static unsigned long mheap_pressure_pages(struct mheap_heap *heap)
{
	struct mheap_core *core = &heap->core;
	unsigned long chunks = READ_ONCE(core->cells.empty_count) +
			       READ_ONCE(core->payloads.empty_count);

	/* What suspects keep is not known; a page each is a guess. */
	return (chunks << (MHEAP_CHUNK_SHIFT - PAGE_SHIFT)) + mheap_core_suspects(core);
}

static unsigned long mheap_pressure_count(struct shrinker *shrinker, struct shrink_control *control)
{
	struct mheap_heap *heap;
	unsigned long pages = 0;

	if (!mutex_trylock(&mheap_heaps_lock))
		return 0;
	list_for_each_entry(heap, &mheap_heaps, pressure)
		pages += mheap_pressure_pages(heap);
	mutex_unlock(&mheap_heaps_lock);
	return pages ?: SHRINK_EMPTY;
}

/*
 * The workers do it, later: a collection has grace periods, which nobody who needs
 * memory now is to wait for. Where nothing has turned suspect since the last one, a
 * collection is not going to find anything.
 */
static unsigned long mheap_pressure_scan(struct shrinker *shrinker, struct shrink_control *control)
{
	struct mheap_heap *heap;
	unsigned long pages;

	if (!mutex_trylock(&mheap_heaps_lock))
		return SHRINK_STOP;
	list_for_each_entry(heap, &mheap_heaps, pressure) {
		pages = mheap_pressure_pages(heap);
		if (!pages)
			continue;
		trace_mheap_pressure(heap, pages);
		if (mheap_core_suspects(&heap->core))
			mheap_collect_request(&heap->core, MHEAP_CAUSE_PRESSURE);
		mheap_trim_request(&heap->core);
		mheap_heap_kick(heap);
	}
	mutex_unlock(&mheap_heaps_lock);
	return SHRINK_STOP;
}

#ifdef MHEAP_SHRINKER_IS_OURS
static struct shrinker mheap_shrinker = {
	.count_objects = mheap_pressure_count,
	.scan_objects = mheap_pressure_scan,
	.seeks = DEFAULT_SEEKS,
};

static int mheap_shrinker_register(void)
{
	return register_shrinker(&mheap_shrinker, "mheap");
}

static void mheap_shrinker_unregister(void)
{
	unregister_shrinker(&mheap_shrinker);
}
#else
static struct shrinker *mheap_shrinker;

static int mheap_shrinker_register(void)
{
	mheap_shrinker = shrinker_alloc(0, "mheap");
	if (!mheap_shrinker)
		return -ENOMEM;
	mheap_shrinker->count_objects = mheap_pressure_count;
	mheap_shrinker->scan_objects = mheap_pressure_scan;
	shrinker_register(mheap_shrinker);
	return 0;
}

static void mheap_shrinker_unregister(void)
{
	shrinker_free(mheap_shrinker);
}
#endif

/**
 * mheap_pressure_system_init - be told when memory is short
 *
 * Context: once, when the module is loaded.
 * Return: 0 or -ENOMEM.
 */
int mheap_pressure_system_init(void)
{
	return mheap_shrinker_register();
}

/**
 * mheap_pressure_system_exit - the opposite of mheap_pressure_system_init()
 *
 * Context: when the module is unloaded; no heap exists.
 */
void mheap_pressure_system_exit(void)
{
	mheap_shrinker_unregister();
}

/**
 * mheap_pressure_add - a heap is there
 * @heap: the heap, whose worker is ready
 *
 * Context: may sleep.
 */
void mheap_pressure_add(struct mheap_heap *heap)
{
	mutex_lock(&mheap_heaps_lock);
	list_add_tail(&heap->pressure, &mheap_heaps);
	mutex_unlock(&mheap_heaps_lock);
}

/**
 * mheap_pressure_remove - a heap is going
 * @heap: the heap
 *
 * Context: may sleep; before the worker is told not to run again.
 */
void mheap_pressure_remove(struct mheap_heap *heap)
{
	mutex_lock(&mheap_heaps_lock);
	list_del(&heap->pressure);
	mutex_unlock(&mheap_heaps_lock);
}
