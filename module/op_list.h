/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What commands that list something have in common: arrays of entries that the caller
 * was perhaps built with another size of.
 */
#ifndef _MHEAP_OP_LIST_H
#define _MHEAP_OP_LIST_H

#include <linux/types.h>

/* Slices of one call, whatever they find. */
#define MHEAP_LIST_SLICES	256

int mheap_list_check(u32 count, u32 entry_size, u32 least);
int mheap_list_put(u64 entries_uptr, u32 entry_size, u32 index, const void *entries, u32 size,
		   u32 count);

#endif
