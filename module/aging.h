/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From time to time, telling the old objects of a heap that they are old: see core/age.h.
 */
#ifndef _MHEAP_AGING_H
#define _MHEAP_AGING_H

#include <linux/workqueue.h>

#include "core/mutator.h"

struct mheap_heap;

/**
 * struct mheap_aging - see above
 * @work: a piece of a pass over the heap
 * @mutator: works on the heap
 * @cursor: where the pass is, or 0
 */
struct mheap_aging {
	struct delayed_work work;
	struct mheap_mutator mutator;
	u32 cursor;
};

void mheap_aging_init(struct mheap_heap *heap);
void mheap_aging_begin(struct mheap_heap *heap);
void mheap_aging_exit(struct mheap_heap *heap);

#endif
