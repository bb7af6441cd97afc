/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All heaps by their numbers, for those who look at heaps that they were given no
 * descriptor of, and who may do that.
 */
#ifndef _MHEAP_REGISTRY_H
#define _MHEAP_REGISTRY_H

#include <linux/types.h>

struct mheap_heap;

int mheap_registry_reserve(u64 id);
void mheap_registry_release(u64 id);
void mheap_registry_add(struct mheap_heap *heap);
void mheap_registry_remove(struct mheap_heap *heap);
struct mheap_heap *mheap_registry_get(u64 id);
struct mheap_heap *mheap_registry_next(u64 *cursor);

#endif
