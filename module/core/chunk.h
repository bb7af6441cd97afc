/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A chunk: an aligned block of memory, cut into cells of one class, and a bit
 * for each of its granules in each of its bitmaps.
 */
#ifndef _MHEAP_CORE_CHUNK_H
#define _MHEAP_CORE_CHUNK_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/types.h>

#include "class.h"

struct mheap_memory;

#define MHEAP_INDEX_SHIFT	(MHEAP_CHUNK_SHIFT - MHEAP_GRANULE_SHIFT)

/**
 * enum mheap_chunk_state - who may allocate from a chunk
 * @MHEAP_CHUNK_OWNED: one mutator
 * @MHEAP_CHUNK_PARTIAL: nobody; it is on the list of its class
 * @MHEAP_CHUNK_FULL: nobody; it has too few free cells to be worth a list
 * @MHEAP_CHUNK_EMPTY: nobody; it is on the list of empty chunks
 * @MHEAP_CHUNK_PIECE: nobody; it is a part of a large payload
 */
enum mheap_chunk_state {
	MHEAP_CHUNK_OWNED,
	MHEAP_CHUNK_PARTIAL,
	MHEAP_CHUNK_FULL,
	MHEAP_CHUNK_EMPTY,
	MHEAP_CHUNK_PIECE,
};

/**
 * struct mheap_chunk - see above
 * @base: the memory
 * @mark: a bit for each object that the running collection has reached
 * @grey: a bit for each object that it has reached and not yet scanned
 * @suspect: a bit for each object that has turned suspect and not been looked at
 * @alloc: a bit for each cell that is in use; set last, and cleared last
 * @used: how many that are, and those that the owner's cursor has before it
 * @dirty: a bit of @grey may be set
 * @suspected: a bit of @suspect may be set
 * @first: number of the first granule
 * @bytes: of @base
 * @class: size class
 * @marked: @mark, @grey and @suspect exist
 * @state: &enum mheap_chunk_state (protected by the space's lock)
 * @link: on a list of the space (protected by the space's lock)
 * @side: the memory of the bitmaps
 * @exposed: somebody has mapped it (written under the space's lock)
 * @outward: something condemned in it may refer to what is not; until the collection's
 *	     end (the worker's)
 * @weak: for each granule the weak cell of the object there, or 0; made when the
 *	  first is. See weak.h
 */
struct mheap_chunk {
	void *base;
	unsigned long *mark;
	unsigned long *grey;
	unsigned long *suspect;
	unsigned long *alloc;
	atomic_t used;
	u32 dirty;
	u32 suspected;
	u32 first;
	u32 bytes;
	u16 class;
	bool marked;
	u8 state;
	struct list_head link;
	void *side;
	bool exposed;
	bool outward;
	u32 *weak;
};

/**
 * struct mheap_word - cells of one word of a chunk's bitmaps
 * @chunk: the chunk
 * @first: number of the granule that bit 0 stands for
 * @bits: the cells
 */
struct mheap_word {
	struct mheap_chunk *chunk;
	u32 first;
	unsigned long bits;
};

struct mheap_chunk *mheap_chunk_new(struct mheap_memory *memory, u32 index, u32 bytes,
				    bool large, bool marked, int *ret);
struct mheap_chunk *mheap_chunk_make(struct mheap_memory *memory, u32 bytes, bool marked,
				     int *ret);
unsigned long mheap_chunk_reserved_cost(void);
void mheap_chunk_destroy(struct mheap_memory *memory, struct mheap_chunk *chunk);
int mheap_chunk_make_weak(struct mheap_memory *memory, struct mheap_chunk *chunk);
void mheap_chunk_delete(struct mheap_memory *memory, struct mheap_chunk *chunk);

static inline u32 mheap_chunk_bit(u32 number)
{
	return number & (MHEAP_CHUNK_GRANULES - 1);
}

static inline void mheap_chunk_set_suspect(struct mheap_chunk *chunk, u32 bit)
{
	set_bit(bit, chunk->suspect);
	/* Pairs with mheap_local_enter(): it finds the bit, or we set this again. */
	smp_mb__after_atomic();
	if (!READ_ONCE(chunk->suspected))
		WRITE_ONCE(chunk->suspected, 1);
}

static inline void *mheap_chunk_at(const struct mheap_chunk *chunk, u32 number)
{
	return chunk->base + ((size_t)mheap_chunk_bit(number) << MHEAP_GRANULE_SHIFT);
}

#endif
