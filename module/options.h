/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The options that a heap is made with, and what may be changed of them later.
 */
#ifndef _MHEAP_OPTIONS_H
#define _MHEAP_OPTIONS_H

#include <linux/types.h>

struct mheap_create;
struct mheap_heap;
struct mheap_limits;
struct mheap_memory;
struct mheap_set;

void mheap_options_system_init(void);
struct mheap_memory *mheap_options_all_memory(void);
u32 mheap_options_max_handles(void);
int mheap_options_from(const struct mheap_create *create, struct mheap_limits *limits);
int mheap_options_set(struct mheap_heap *heap, const struct mheap_set *set);

#endif
