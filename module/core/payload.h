/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Payloads: bytes that the collector never looks at. A payload is a cell of
 * the heap's second space or, when it is larger than the largest class, chunks
 * in a row there. Its number is its place in the window that can be mapped.
 */
#ifndef _MHEAP_CORE_PAYLOAD_H
#define _MHEAP_CORE_PAYLOAD_H

#include <linux/types.h>

struct mheap_core;
struct mheap_mutator;

/* What freeing one chunk of a large payload counts in steps. */
#define MHEAP_PIECE_STEPS	64

u32 mheap_payload_peek(struct mheap_mutator *mutator, u32 bytes);
int mheap_payload_alloc(struct mheap_mutator *mutator, u32 bytes, u32 *ret_number);
u32 mheap_payload_take(struct mheap_mutator *mutator, u32 number, u32 bytes);
u32 mheap_payload_footprint(u32 bytes);
u32 mheap_payload_pieces(u32 bytes);
void mheap_payload_free(struct mheap_core *core, u32 number);
void mheap_payload_free_piece(struct mheap_core *core, u32 number, u32 piece);
void *mheap_payload_at(struct mheap_core *core, u32 number, u32 bytes, u32 offset,
		       u32 *ret_length);

#endif
