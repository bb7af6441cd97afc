/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * References: every way to obtain, move or lose one is in slot.c or root.c,
 * and nowhere else.
 */
#ifndef _MHEAP_CORE_SLOT_H
#define _MHEAP_CORE_SLOT_H

#include <linux/types.h>

struct mheap_core;
struct mheap_mutator;

int mheap_slot_load(struct mheap_mutator *mutator, u32 object, u32 index, u32 *ret_number);
int mheap_slot_store(struct mheap_mutator *mutator, u32 object, u32 index, u32 number);
int mheap_slot_exchange(struct mheap_mutator *mutator, u32 object, u32 index, u32 number,
			u32 *ret_old);
int mheap_slot_compare_exchange(struct mheap_mutator *mutator, u32 object, u32 index,
				u32 expected, u32 number);
u32 mheap_slot_peek(struct mheap_core *core, u32 object, u32 index);
int mheap_handle_take(struct mheap_mutator *mutator, u32 number);
void mheap_handle_drop(struct mheap_mutator *mutator, u32 number);

#endif
