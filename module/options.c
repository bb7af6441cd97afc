// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bits.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>

#include <linux/mheap.h>

#include "core/core.h"
#include "handle.h"
#include "heap.h"
#include "options.h"

#define MHEAP_BYTES_MIN			SZ_1M
#define MHEAP_OBJECTS_MAX		BIT_ULL(31)
#define MHEAP_SUSPECT_PERCENT		25
#define MHEAP_SUSPECT_PERCENT_MAX	1000
#define MHEAP_SUSPECT_MIN		64
#define MHEAP_SUSPECT_AGE_MS		1000
#define MHEAP_SUSPECT_AGE_MIN_MS	10
#define MHEAP_SUSPECT_AGE_MAX_MS	3600000
#define MHEAP_CPU_PERCENT		25
#define MHEAP_SITES_DEFAULT		4096
#define MHEAP_SITES_RESERVED		256

static ulong max_heap_bytes;
module_param(max_heap_bytes, ulong, 0444);
MODULE_PARM_DESC(max_heap_bytes, "memory that one heap may take, at most; 0 for half of the memory");

static uint max_session_handles = MHEAP_HANDLES_MAX;
module_param(max_session_handles, uint, 0644);
MODULE_PARM_DESC(max_session_handles, "handles that a session may have in each half, at most");

/* What all heaps together hold. */
static struct mheap_memory mheap_all_memory;
module_param_named(max_bytes, mheap_all_memory.max, ulong, 0644);
MODULE_PARM_DESC(max_bytes, "memory that all heaps may take together; 0, at load, for three quarters");

/**
 * mheap_options_system_init - fill in what was not given
 *
 * Context: once, when the module is loaded.
 */
void mheap_options_system_init(void)
{
	if (!max_heap_bytes)
		max_heap_bytes = (totalram_pages() / 2) << PAGE_SHIFT;
	if (!mheap_all_memory.max)
		mheap_all_memory.max = (totalram_pages() / 4 * 3) << PAGE_SHIFT;
}

/**
 * mheap_options_all_memory - the account of all heaps together
 *
 * Context: any.
 * Return: the account.
 */
struct mheap_memory *mheap_options_all_memory(void)
{
	return &mheap_all_memory;
}

/**
 * mheap_options_max_handles - handles that a session may have in each half
 *
 * Context: any.
 * Return: 1 to MHEAP_HANDLES_MAX.
 */
u32 mheap_options_max_handles(void)
{
	return clamp_t(u32, READ_ONCE(max_session_handles), 1, MHEAP_HANDLES_MAX);
}

/* Takes a value of which 0 stands for the default. Returns whether it is in range. */
static bool mheap_option(u64 value, u64 min, u64 max, u64 fallback, u64 *ret)
{
	if (value && (value < min || value > max))
		return false;
	*ret = value ?: fallback;
	return true;
}

/**
 * mheap_options_from - what userspace asks for, with the defaults
 * @create: what userspace asks for
 * @limits: where it goes
 *
 * Context: any.
 * Return: 0; -EINVAL when a value is out of its range.
 */
int mheap_options_from(const struct mheap_create *create, struct mheap_limits *limits)
{
	bool reserved = create->flags & MHEAP_CREATE_RESERVED;
	u64 max_bytes, percent, min, age, local, cpu, sites;

	if (!mheap_option(create->max_bytes, MHEAP_BYTES_MIN, max_heap_bytes, max_heap_bytes,
			  &max_bytes) ||
	    !mheap_option(create->max_objects, 1, MHEAP_OBJECTS_MAX, 0, &limits->max_objects) ||
	    !mheap_option(create->suspect_percent, 1, MHEAP_SUSPECT_PERCENT_MAX,
			  MHEAP_SUSPECT_PERCENT, &percent) ||
	    !mheap_option(create->suspect_min, 1, U32_MAX, MHEAP_SUSPECT_MIN, &min) ||
	    !mheap_option(create->suspect_age_ms, MHEAP_SUSPECT_AGE_MIN_MS,
			  MHEAP_SUSPECT_AGE_MAX_MS, MHEAP_SUSPECT_AGE_MS, &age) ||
	    !mheap_option(create->local_objects, 1, MHEAP_LOCAL_OBJECTS, MHEAP_LOCAL_OBJECTS,
			  &local) ||
	    !mheap_option(create->cpu_percent, 1, 100, MHEAP_CPU_PERCENT, &cpu) ||
	    !mheap_option(create->max_sites, 1, MHEAP_SITES_MAX,
			  reserved ? MHEAP_SITES_RESERVED : MHEAP_SITES_DEFAULT, &sites))
		return -EINVAL;
	limits->max_bytes = max_bytes;
	limits->suspect_percent = percent;
	limits->suspect_min = min;
	limits->suspect_age_ms = age;
	limits->local_objects = local;
	limits->cpu_percent = cpu;
	limits->max_sites = sites;
	limits->reserved = reserved;
	/* What is taken at once has to be asked for. */
	if (limits->reserved && !create->max_bytes)
		return -EINVAL;
	return 0;
}

/* Whether the caller may change a limit so. */
static int mheap_options_may(const struct mheap_heap *heap, u64 from, u64 to)
{
	if (capable(CAP_SYS_RESOURCE))
		return 0;
	return to > from || !uid_eq(current_uid(), heap->uid) ? -EPERM : 0;
}

static int mheap_options_check_limits(const struct mheap_heap *heap, const struct mheap_set *set)
{
	const struct mheap_core *core = &heap->core;
	int ret = 0;

	if (set->flags & MHEAP_SET_MAX_BYTES) {
		if (set->max_bytes < MHEAP_BYTES_MIN ||
		    set->max_bytes > core->limits.max_bytes || core->limits.reserved)
			return -EINVAL;
		ret = mheap_options_may(heap, core->memory.max, set->max_bytes);
	}
	if (!ret && set->flags & MHEAP_SET_MAX_OBJECTS) {
		if (!set->max_objects || set->max_objects > core->limits.max_objects)
			return -EINVAL;
		ret = mheap_options_may(heap, core->max_objects, set->max_objects);
	}
	return ret;
}

static int mheap_options_check_pace(const struct mheap_set *set)
{
	if (set->flags & MHEAP_SET_SUSPECT_PERCENT &&
	    (!set->suspect_percent || set->suspect_percent > MHEAP_SUSPECT_PERCENT_MAX))
		return -EINVAL;
	if (set->flags & MHEAP_SET_SUSPECT_MIN && !set->suspect_min)
		return -EINVAL;
	if (set->flags & MHEAP_SET_SUSPECT_AGE_MS &&
	    (set->suspect_age_ms < MHEAP_SUSPECT_AGE_MIN_MS ||
	     set->suspect_age_ms > MHEAP_SUSPECT_AGE_MAX_MS))
		return -EINVAL;
	if (set->flags & MHEAP_SET_LOCAL_OBJECTS &&
	    (!set->local_objects || set->local_objects > MHEAP_LOCAL_OBJECTS))
		return -EINVAL;
	if (set->flags & MHEAP_SET_CPU_PERCENT && (!set->cpu_percent || set->cpu_percent > 100))
		return -EINVAL;
	return 0;
}

static void mheap_options_apply(struct mheap_core *core, const struct mheap_set *set)
{
	if (set->flags & MHEAP_SET_MAX_BYTES)
		WRITE_ONCE(core->memory.max, set->max_bytes);
	if (set->flags & MHEAP_SET_MAX_OBJECTS)
		WRITE_ONCE(core->max_objects, set->max_objects);
	if (set->flags & MHEAP_SET_SUSPECT_PERCENT)
		WRITE_ONCE(core->limits.suspect_percent, set->suspect_percent);
	if (set->flags & MHEAP_SET_SUSPECT_MIN)
		WRITE_ONCE(core->limits.suspect_min, set->suspect_min);
	if (set->flags & MHEAP_SET_SUSPECT_AGE_MS)
		WRITE_ONCE(core->limits.suspect_age_ms, set->suspect_age_ms);
	if (set->flags & MHEAP_SET_LOCAL_OBJECTS)
		WRITE_ONCE(core->limits.local_objects, set->local_objects);
	if (set->flags & MHEAP_SET_CPU_PERCENT)
		WRITE_ONCE(core->limits.cpu_percent, set->cpu_percent);
}

/**
 * mheap_options_set - change options of a heap
 * @heap: the heap
 * @set: which, and to what
 *
 * Context: may sleep; takes the heap's options_lock.
 * Return: 0; -EINVAL when a value is out of its range; -EPERM when the caller may not.
 *	   Nothing is changed then.
 */
int mheap_options_set(struct mheap_heap *heap, const struct mheap_set *set)
{
	struct mheap_core_stat stat;
	int ret;

	mutex_lock(&heap->options_lock);
	ret = mheap_options_check_pace(set);
	if (!ret)
		ret = mheap_options_check_limits(heap, set);
	if (!ret)
		mheap_options_apply(&heap->core, set);
	mutex_unlock(&heap->options_lock);
	if (ret)
		return ret;
	mheap_core_stat(&heap->core, &stat);
	mheap_collect_pace(&heap->core, stat.objects);
	/* The worker may have been told to sleep for longer. */
	mheap_heap_kick(heap);
	return 0;
}
