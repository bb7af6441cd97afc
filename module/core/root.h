/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The named roots of a heap: each is counted as a handle of its object.
 */
#ifndef _MHEAP_CORE_ROOT_H
#define _MHEAP_CORE_ROOT_H

#include <linux/spinlock.h>
#include <linux/types.h>

#define MHEAP_ROOTS		64
#define MHEAP_ROOT_NAME		32

struct mheap_mutator;

/**
 * struct mheap_root - a named root
 * @number: what it refers to; 0 when the entry is unused
 * @name: its name, padded with NUL
 */
struct mheap_root {
	u32 number;
	char name[MHEAP_ROOT_NAME];
};

/**
 * struct mheap_roots - the named roots of a heap
 * @lock: protects @entries and @count; a leaf, held for at most MHEAP_ROOTS
 *	  steps, taken in sections only
 * @count: roots that are set
 * @entries: the roots
 */
struct mheap_roots {
	spinlock_t lock;	/* of all below */
	u32 count;
	struct mheap_root entries[MHEAP_ROOTS];
};

void mheap_root_init(struct mheap_roots *roots);
int mheap_root_get(struct mheap_mutator *mutator, const char *name, u32 *ret_number);
int mheap_root_exchange(struct mheap_mutator *mutator, const char *name, u32 number,
			u32 *ret_old);
bool mheap_root_peek(struct mheap_roots *roots, u32 index, struct mheap_root *ret_root);

#endif
