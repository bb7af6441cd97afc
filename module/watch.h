/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who watches what. The watches of one object form a chain that begins in its weak
 * cell, and lie in the queues that are to be told.
 */
#ifndef _MHEAP_WATCH_H
#define _MHEAP_WATCH_H

#include <linux/types.h>

#include "core/trace_types.h"

struct mheap_core;
struct mheap_queue;
struct mheap_weak_cell;

/* Watches of one object: so many records are written when it goes. */
#define MHEAP_WATCHES_MAX	64

u32 mheap_watch_gone(struct mheap_core *core, const struct mheap_weak_cell *weak,
		     enum mheap_freed cause);
int mheap_watch_add(struct mheap_queue *queue, u32 weak, u64 cookie);
int mheap_watch_remove(struct mheap_queue *queue, u32 weak, u64 cookie);
void mheap_watch_drop(struct mheap_queue *queue, u32 place);

#endif
