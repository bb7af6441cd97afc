/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A reserved heap takes all of its memory when it is made: chunks come from a pool
 * then, and go back to it, and no table is made later.
 */
#ifndef _MHEAP_CORE_RESERVE_H
#define _MHEAP_CORE_RESERVE_H

struct mheap_core;
struct mheap_memory;
struct mheap_chunk;

int mheap_reserve_fill(struct mheap_core *core);
void mheap_reserve_drain(struct mheap_core *core);

#endif
