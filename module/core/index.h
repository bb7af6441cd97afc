/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The indices of a space: which of them have a chunk, or are about to.
 */
#ifndef _MHEAP_CORE_INDEX_H
#define _MHEAP_CORE_INDEX_H

#include <linux/types.h>

struct mheap_space;

int mheap_index_make_leaves(struct mheap_space *space);
int mheap_index_take(struct mheap_space *space, u32 count, u32 *ret_index);
void mheap_index_return(struct mheap_space *space, u32 index, u32 count);

#endif
