/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the markers of one heap share: blocks of marked objects that wait for
 * being scanned. Who has much gives a block, who has nothing takes one. A full
 * pool refuses, and an empty one is an answer: nobody waits here.
 */
#ifndef _MHEAP_CORE_POOL_H
#define _MHEAP_CORE_POOL_H

#include <linux/spinlock.h>
#include <linux/types.h>

struct mheap_marker;

#define MHEAP_POOL_BLOCK	512
#define MHEAP_POOL_BLOCKS	8
#define MHEAP_POOL_BYTES	(MHEAP_POOL_BLOCKS * MHEAP_POOL_BLOCK * sizeof(u32))

/**
 * struct mheap_pool - see above
 * @lock: protects all that follows but @open; a leaf, held for one block at most
 * @count: blocks that are full
 * @active: helpers that have taken a block, and not yet found the pool empty
 * @blocks: MHEAP_POOL_BLOCKS of them, each of MHEAP_POOL_BLOCK objects
 * @open: markers give; written by the collector
 */
struct mheap_pool {
	spinlock_t lock;	/* of what is said above */
	u32 count;
	u32 active;
	u32 *blocks;
	bool open;
};

void mheap_pool_init(struct mheap_pool *pool, u32 *blocks);
void mheap_pool_give(struct mheap_pool *pool, struct mheap_marker *marker);
bool mheap_pool_take(struct mheap_pool *pool, struct mheap_marker *marker);
bool mheap_pool_help(struct mheap_pool *pool, struct mheap_marker *marker);
void mheap_pool_leave(struct mheap_pool *pool, struct mheap_marker *marker);
bool mheap_pool_idle(struct mheap_pool *pool);

#endif
