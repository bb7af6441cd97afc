/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happens when references go: objects turn suspect, or die, and what
 * died is taken apart, iteratively and in bounded pieces.
 */
#ifndef _MHEAP_CORE_RELEASE_H
#define _MHEAP_CORE_RELEASE_H

#include <linux/types.h>

struct mheap_cell;
struct mheap_chunk;
struct mheap_core;
struct mheap_mutator;

void mheap_release_drop(struct mheap_mutator *mutator, u32 number, u64 unit);
void mheap_release_run(struct mheap_mutator *mutator);
bool mheap_release_condemned(struct mheap_mutator *mutator, const struct mheap_chunk *chunk,
			     struct mheap_cell *cell, u32 number);
void mheap_release_defer(struct mheap_mutator *mutator);
void mheap_release_quarantine(struct mheap_mutator *mutator);
bool mheap_release_adopt(struct mheap_core *core);
void mheap_release_slots_of(struct mheap_mutator *mutator, u32 number, u32 slots);
u32 mheap_release_free_cell(struct mheap_core *core, u32 number);

#endif
