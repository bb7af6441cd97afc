/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that is in a heap, written down at an instant, and what is read of a picture of that
 * instant: the two must be the same.
 */
#ifndef _PICTURED_H
#define _PICTURED_H

#include "heap.h"

struct pictured_cell {
	u32 number, type, handles, slot_refs, payload_bytes, referent;
	u32 slots;
	u32 *values;
	bool weak;
	bool told;
	u32 told_slots;			/* that are not null */
};

struct pictured {
	struct pictured_cell *cells;
	u32 count;
	struct mheap_root roots[MHEAP_ROOTS];
};

/* Writes down what is there. */
void pictured_take(struct pictured *p, struct mheap_core *core);
void pictured_drop(struct pictured *p);

/* NULL when @bytes of records at @data tell just that; or why not, and about what. */
const char *pictured_compare(struct pictured *p, const void *data, size_t bytes, u32 *ret_number);

/* NULL when the counts are those of the slots, and of @holders, which has a count for each. */
const char *pictured_count(struct pictured *p, u32 (*holders)(u32 number), u32 *ret_number);

#endif
