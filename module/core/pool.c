// SPDX-License-Identifier: GPL-2.0-only
#include <linux/compiler.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "mark.h"
#include "pool.h"

/* So much a marker keeps for itself. */
#define MHEAP_POOL_KEEP		MHEAP_POOL_BLOCK

/**
 * mheap_pool_init - an empty pool, which is not open
 * @pool: zeroed memory
 * @blocks: MHEAP_POOL_BYTES
 *
 * Context: any.
 */
void mheap_pool_init(struct mheap_pool *pool, u32 *blocks)
{
	spin_lock_init(&pool->lock);
	pool->blocks = blocks;
}

static u32 *mheap_pool_block(struct mheap_pool *pool, u32 block)
{
	return pool->blocks + block * MHEAP_POOL_BLOCK;
}

/**
 * mheap_pool_give - give a part of what a marker has, if it has much
 * @pool: the pool
 * @marker: the marker
 *
 * What lies at the bottom of a stack goes: it was there first, and is likely to
 * lead to more than what is at the top.
 *
 * Context: any; takes the pool's lock.
 */
void mheap_pool_give(struct mheap_pool *pool, struct mheap_marker *marker)
{
	const u32 given = MHEAP_POOL_BLOCK;
	bool full;

	if (!READ_ONCE(pool->open) || marker->top <= MHEAP_POOL_KEEP ||
	    READ_ONCE(pool->count) == MHEAP_POOL_BLOCKS)
		return;
	spin_lock(&pool->lock);
	full = pool->count == MHEAP_POOL_BLOCKS;
	if (!full) {
		memcpy(mheap_pool_block(pool, pool->count), marker->stack, given * sizeof(u32));
		WRITE_ONCE(pool->count, pool->count + 1);
	}
	spin_unlock(&pool->lock);
	if (full)
		return;
	/* The hole at the bottom is filled from the top. */
	marker->top -= given;
	memcpy(marker->stack, marker->stack + max(marker->top, given),
	       min(marker->top, given) * sizeof(u32));
}

/* Whether there was a block; the caller has nothing else. */
static bool mheap_pool_pop(struct mheap_pool *pool, struct mheap_marker *marker)
{
	lockdep_assert_held(&pool->lock);
	if (!pool->count)
		return false;
	WRITE_ONCE(pool->count, pool->count - 1);
	memcpy(marker->stack, mheap_pool_block(pool, pool->count),
	       MHEAP_POOL_BLOCK * sizeof(u32));
	marker->top = MHEAP_POOL_BLOCK;
	return true;
}

/**
 * mheap_pool_take - take what another marker gave
 * @pool: the pool
 * @marker: the collector's marker, which is empty
 *
 * Context: by the worker; takes the pool's lock.
 * Return: whether there was something.
 */
bool mheap_pool_take(struct mheap_pool *pool, struct mheap_marker *marker)
{
	bool taken;

	spin_lock(&pool->lock);
	taken = mheap_pool_pop(pool, marker);
	spin_unlock(&pool->lock);
	return taken;
}

/**
 * mheap_pool_help - take what another marker gave, as a helper
 * @pool: the pool
 * @marker: a helper's marker, which is empty
 *
 * Context: any; takes the pool's lock.
 * Return: whether there was something. The helper is then active, and the collector
 *	   goes no further than it can without it; if not, it no longer is.
 */
bool mheap_pool_help(struct mheap_pool *pool, struct mheap_marker *marker)
{
	bool taken;

	spin_lock(&pool->lock);
	taken = mheap_pool_pop(pool, marker);
	pool->active += taken - marker->active;
	marker->active = taken;
	spin_unlock(&pool->lock);
	return taken;
}

/**
 * mheap_pool_leave - a helper gives up whatever it has
 * @pool: the pool
 * @marker: the helper's marker
 *
 * Context: any; takes the pool's lock. What it had is never going to be scanned: this
 *	    is for heaps that nobody needs any more.
 */
void mheap_pool_leave(struct mheap_pool *pool, struct mheap_marker *marker)
{
	marker->top = 0;
	marker->ring_count = 0;
	marker->wide = 0;
	spin_lock(&pool->lock);
	pool->active -= marker->active;
	marker->active = false;
	spin_unlock(&pool->lock);
}

/**
 * mheap_pool_idle - do all helpers have nothing to do
 * @pool: the pool
 *
 * When the collector's marker is empty too, nothing is left but what is grey:
 * only who has something gives, and only who takes a block becomes active.
 *
 * Context: by the worker; takes the pool's lock.
 * Return: whether the pool is empty, and no helper is active.
 */
bool mheap_pool_idle(struct mheap_pool *pool)
{
	bool idle;

	spin_lock(&pool->lock);
	idle = !pool->count && !pool->active;
	spin_unlock(&pool->lock);
	return idle;
}
