/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is done with the objects of a heap by no session and not by the worker:
 * references that files hold are given up.
 */
#ifndef _MHEAP_GUEST_H
#define _MHEAP_GUEST_H

#include <linux/mutex.h>
#include <linux/types.h>

#include "core/mutator.h"

struct mheap_heap;

/**
 * struct mheap_guest - see above
 * @lock: lets one at a time use @mutator; taken under a session's lock or none,
 *	  nothing but the locks of the core is taken under it, and it is held for
 *	  one section
 * @mutator: works on the heap
 */
struct mheap_guest {
	struct mutex lock;	/* of @mutator */
	struct mheap_mutator mutator;
};

void mheap_guest_init(struct mheap_heap *heap);
void mheap_guest_exit(struct mheap_heap *heap);
struct mheap_mutator *mheap_guest_enter(struct mheap_heap *heap);
void mheap_guest_leave(struct mheap_heap *heap);
void mheap_guest_drop(struct mheap_heap *heap, u32 object);

#endif
