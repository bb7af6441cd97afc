/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The account of what a heap holds of the system's memory.
 */
#ifndef _MHEAP_CORE_MEMORY_H
#define _MHEAP_CORE_MEMORY_H

#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

/* Failing is better than anything that helps by force. */
#define MHEAP_GFP	(GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)

/**
 * struct mheap_memory - what a heap holds of the system's memory
 * @held: bytes
 * @max: what @held may not pass
 * @parent: an account that this one is a part of, or NULL
 * @reserved: all of it has been taken, and is either in use or in @pool
 * @lock: protects @pool and @exposed; a leaf
 * @pool: chunks of a reserved heap that are not in use
 * @exposed: the same, but userspace may still have pages of them (likewise)
 * @exposed_count: how many are in @exposed (written under @lock)
 */
struct mheap_memory {
	atomic_long_t held;
	unsigned long max;
	struct mheap_memory *parent;
	bool reserved;
	spinlock_t lock;	/* of @pool, @exposed */
	struct list_head pool;
	struct list_head exposed;
	u32 exposed_count;
};

void mheap_memory_init(struct mheap_memory *memory, unsigned long max,
		       struct mheap_memory *parent);
unsigned long mheap_memory_left(struct mheap_memory *memory);
bool mheap_memory_charge(struct mheap_memory *memory, unsigned long bytes);
void mheap_memory_uncharge(struct mheap_memory *memory, unsigned long bytes);

#endif
