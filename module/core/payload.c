// SPDX-License-Identifier: GPL-2.0-only
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "core.h"
#include "payload.h"

/**
 * mheap_payload_pieces - how many chunks a payload has to itself
 * @bytes: its size
 *
 * Context: any.
 * Return: 0 when it is a cell.
 */
u32 mheap_payload_pieces(u32 bytes)
{
	return bytes > MHEAP_CLASS_BYTES_MAX ? DIV_ROUND_UP(bytes, MHEAP_CHUNK_BYTES) : 0;
}

/**
 * mheap_payload_footprint - bytes that a payload takes
 * @bytes: its size, not 0
 *
 * Context: any.
 * Return: bytes, rounded up to its cell or to pages.
 */
u32 mheap_payload_footprint(u32 bytes)
{
	if (bytes > MHEAP_CLASS_BYTES_MAX)
		return PAGE_ALIGN(bytes);
	return mheap_class_bytes(mheap_class_for(bytes));
}

/**
 * mheap_payload_peek - find room for a payload without asking for memory
 * @mutator: in a section or not
 * @bytes: 1 to MHEAP_CLASS_BYTES_MAX
 *
 * Context: any.
 * Return: a number for mheap_payload_take(), or 0.
 */
u32 mheap_payload_peek(struct mheap_mutator *mutator, u32 bytes)
{
	u32 class = mheap_class_for(bytes);

	return mheap_space_peek(&mutator->core->payloads, &mutator->payloads[class], class);
}

/**
 * mheap_payload_take - use the room that mheap_payload_peek() found
 * @mutator: the same
 * @number: what it returned
 * @bytes: the same
 *
 * Context: any.
 * Return: @number. All of the cell is zero.
 */
u32 mheap_payload_take(struct mheap_mutator *mutator, u32 number, u32 bytes)
{
	struct mheap_cursor *cursor = &mutator->payloads[mheap_class_for(bytes)];

	memset(mheap_chunk_at(cursor->chunk, number), 0,
	       mheap_class_bytes(mheap_class_for(bytes)));
	mheap_cursor_take(cursor, number);
	return number;
}

/**
 * mheap_payload_alloc - make a payload, asking for memory where needed
 * @mutator: not in a section
 * @bytes: 1 to 2^30
 * @ret_number: where its number goes
 *
 * Context: may sleep.
 * Return: 0; -EDQUOT at the heap's limit; -ENOMEM; -EINTR when the caller is
 *	   being killed.
 */
int mheap_payload_alloc(struct mheap_mutator *mutator, u32 bytes, u32 *ret_number)
{
	struct mheap_core *core = mutator->core;
	u32 class = mheap_class_for(bytes);
	int ret;

	if (class == MHEAP_CLASS_LARGE)
		return mheap_space_alloc_large(&core->payloads, bytes, ret_number);
	ret = mheap_space_refill(&core->payloads, &mutator->payloads[class], class);
	if (ret)
		return ret;
	*ret_number = mheap_payload_take(mutator, mheap_payload_peek(mutator, bytes), bytes);
	return 0;
}

/**
 * mheap_payload_free - free a payload that is a cell
 * @core: the heap
 * @number: the payload
 *
 * Context: in a section.
 */
void mheap_payload_free(struct mheap_core *core, u32 number)
{
	mheap_space_free(&core->payloads, number);
}

/**
 * mheap_payload_free_piece - free one chunk of a large payload
 * @core: the heap
 * @number: the payload
 * @piece: which chunk, below mheap_payload_pieces()
 *
 * Context: any.
 */
void mheap_payload_free_piece(struct mheap_core *core, u32 number, u32 piece)
{
	mheap_space_free_piece(&core->payloads, number + piece * MHEAP_CHUNK_GRANULES);
}

/**
 * mheap_payload_at - where some bytes of a payload are
 * @core: the heap
 * @number: the payload
 * @bytes: its size
 * @offset: below @bytes
 * @ret_length: how many bytes lie there in a row, at least 1
 *
 * Context: any, while a handle keeps the object.
 * Return: a pointer to the byte at @offset.
 */
void *mheap_payload_at(struct mheap_core *core, u32 number, u32 bytes, u32 offset,
		       u32 *ret_length)
{
	u32 within = offset & (MHEAP_CHUNK_BYTES - 1);

	if (!mheap_payload_pieces(bytes)) {
		*ret_length = bytes - offset;
		return mheap_chunk_at(mheap_chunk_of(&core->payloads, number), number) + offset;
	}
	*ret_length = min(bytes - offset, MHEAP_CHUNK_BYTES - within);
	number += (offset >> MHEAP_CHUNK_SHIFT) * MHEAP_CHUNK_GRANULES;
	return mheap_chunk_of(&core->payloads, number)->base + within;
}
