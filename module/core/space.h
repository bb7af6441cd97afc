/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A space is a range of granule numbers, 2^32 at most, backed by chunks. A
 * heap has one for the cells of objects and one for payloads.
 *
 * Locks: @lock protects the lists of chunks, the states of chunks, and which
 * indices are in use. It is a leaf, is held for a bounded number of steps, and
 * nothing is allocated under it.
 */
#ifndef _MHEAP_CORE_SPACE_H
#define _MHEAP_CORE_SPACE_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "chunk.h"
#include "memory.h"

#define MHEAP_LEAF_SHIFT	8
#define MHEAP_LEAF_CHUNKS	(1U << MHEAP_LEAF_SHIFT)
#define MHEAP_LEAF_BYTES	(MHEAP_LEAF_CHUNKS * sizeof(struct mheap_chunk_entry))
#define MHEAP_INDEX_MAX		(1U << (32 - MHEAP_INDEX_SHIFT))

/**
 * struct mheap_chunk_entry - the chunk of an index
 * @chunk: the chunk, or NULL
 * @base: its memory, and
 * @mark: its bitmap: what marking needs of it, without a look at the chunk itself.
 *	  They mean something only to who knows that an object there is in use
 */
struct mheap_chunk_entry {
	struct mheap_chunk *chunk;
	void *base;
	unsigned long *mark;
};

/**
 * struct mheap_space - see above
 * @leaf: tables of MHEAP_LEAF_CHUNKS entries each, made as they are needed
 * @end: every chunk's index is below this
 * @indices: how many indices there are
 * @marked: chunks have mark and grey bitmaps
 * @memory: what new chunks are charged to
 * @lock: see above
 * @index_bits: indices in use (protected by @lock)
 * @index_hint: where to look first (protected by @lock)
 * @partial: chunks by class (protected by @lock)
 * @empty: chunks without objects, by class (protected by @lock)
 * @retired: chunks of large payloads that some mapping may still have (protected by
 *	     @lock)
 * @empty_count: how many are in @empty and @retired (written under @lock)
 * @mapped: somebody has mapped it, so no chunk goes without @forget (protected by
 *	    @lock)
 * @longest_hold: steps of the longest hold of @lock so far
 * @forget: takes so many bytes, from a granule on, out of all mappings; may sleep
 */
struct mheap_space {
	struct mheap_chunk_entry **leaf;
	u32 end;
	u32 indices;
	bool marked;
	struct mheap_memory *memory;
	spinlock_t lock;	/* of the lists, and of what is marked above */
	unsigned long *index_bits;
	u32 index_hint;
	struct list_head partial[MHEAP_CLASSES];
	struct list_head empty[MHEAP_CLASSES];
	struct list_head retired;
	u32 empty_count;
	bool mapped;
	u32 longest_hold;
	void (*forget)(struct mheap_space *space, u32 number, u32 bytes);
};

/**
 * struct mheap_cursor - where a mutator allocates cells of one class
 * @chunk: the chunk that it owns, or NULL
 * @free: cells of the current word that are free; they count as used, for it is going to
 *	  use them
 * @word: index of that word
 */
struct mheap_cursor {
	struct mheap_chunk *chunk;
	unsigned long free;
	u32 word;
};

int mheap_space_init(struct mheap_space *space, struct mheap_memory *memory,
		     u32 indices, bool marked);
void mheap_space_destroy(struct mheap_space *space);
u32 mheap_space_peek(struct mheap_space *space, struct mheap_cursor *cursor, u32 class);
int mheap_space_refill(struct mheap_space *space, struct mheap_cursor *cursor, u32 class);
void mheap_space_release(struct mheap_space *space, struct mheap_cursor *cursor);
void mheap_space_free(struct mheap_space *space, u32 number);
void mheap_space_free_word(struct mheap_space *space, const struct mheap_word *word);
int mheap_space_alloc_large(struct mheap_space *space, u32 bytes, u32 *ret_number);
void mheap_space_free_piece(struct mheap_space *space, u32 number);
void mheap_space_map(struct mheap_space *space);
void *mheap_space_look(struct mheap_space *space, u64 offset);
u32 mheap_space_detach_empty(struct mheap_space *space, struct list_head *list, u32 max);
void mheap_space_free_detached(struct mheap_space *space, struct list_head *list);

/**
 * mheap_space_chunk - the chunk at an index
 * @space: the space
 * @index: below @indices
 *
 * Context: in a section, or by the worker, or while nobody else can free it.
 * Return: the chunk, or NULL.
 */
static inline struct mheap_chunk *mheap_space_chunk(struct mheap_space *space, u32 index)
{
	struct mheap_chunk_entry *leaf = READ_ONCE(space->leaf[index >> MHEAP_LEAF_SHIFT]);

	return leaf ? READ_ONCE(leaf[index & (MHEAP_LEAF_CHUNKS - 1)].chunk) : NULL;
}

/* The entry of the chunk of a granule that is known to be in use. */
static inline struct mheap_chunk_entry *mheap_entry_of(struct mheap_space *space, u32 number)
{
	u32 index = number >> MHEAP_INDEX_SHIFT;

	return &space->leaf[index >> MHEAP_LEAF_SHIFT][index & (MHEAP_LEAF_CHUNKS - 1)];
}

/* The memory of a granule that is known to be in use. */
static inline void *mheap_space_at(struct mheap_space *space, u32 number)
{
	return READ_ONCE(mheap_entry_of(space, number)->base) +
	       ((size_t)mheap_chunk_bit(number) << MHEAP_GRANULE_SHIFT);
}

/* The chunk of a granule that is known to be in use. */
static inline struct mheap_chunk *mheap_chunk_of(struct mheap_space *space, u32 number)
{
	return READ_ONCE(mheap_entry_of(space, number)->chunk);
}

/**
 * mheap_cursor_take - use the cell that mheap_space_peek() returned
 * @cursor: the cursor
 * @number: the cell
 *
 * What was written to the cell and its mark bit before is seen by whoever
 * sees its bit.
 *
 * Context: by the mutator that owns the cursor.
 */
static inline void mheap_cursor_take(struct mheap_cursor *cursor, u32 number)
{
	/* Pairs with mheap_scan_word(): who sees the bit sees the cell. */
	smp_mb__before_atomic();
	set_bit(mheap_chunk_bit(number), cursor->chunk->alloc);
	cursor->free &= cursor->free - 1;
}

#endif
