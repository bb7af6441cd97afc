/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which stores may close a cycle. The last edge of a cycle that is stored, from o to n,
 * finds that some slot refers to o, and that n refers to something. So what nothing refers
 * to yet can be stored to, and what refers to nothing yet can be stored, without closing
 * any: that is how most graphs without cycles are built.
 *
 * Of stores at the same time by several mutators the one whose exchange is the last sees
 * all the others: each looks after its exchange, which is fully ordered.
 *
 * An object that may have closed one has a flag in its count word. While no such object
 * is there, no object turns suspect, and no collection begins by itself.
 */
#ifndef _MHEAP_CORE_CYCLE_H
#define _MHEAP_CORE_CYCLE_H

#include <linux/types.h>

struct mheap_cell;
struct mheap_core;

/**
 * enum mheap_cyclic - may there be cycles in a heap
 * @MHEAP_CYCLIC_NO: no
 * @MHEAP_CYCLIC_SEEN: there were, when a collection looked
 * @MHEAP_CYCLIC_FRESH: one may have been closed since the last collection began
 */
enum mheap_cyclic {
	MHEAP_CYCLIC_NO,
	MHEAP_CYCLIC_SEEN,
	MHEAP_CYCLIC_FRESH,
};

void mheap_cycle_note(struct mheap_core *core, u32 object, u32 number);
void mheap_cycle_begin(struct mheap_core *core);
void mheap_cycle_end(struct mheap_core *core);

#endif
