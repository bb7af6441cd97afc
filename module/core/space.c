// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "bound.h"
#include "index.h"
#include "space.h"

/* A full chunk whose free cells are this part of it is worth a list again. */
#define MHEAP_FULL_SHIFT	4

/**
 * mheap_space_init - make an empty space
 * @space: where
 * @memory: what its chunks are charged to
 * @indices: chunks that it may have, 2 to MHEAP_INDEX_MAX
 * @marked: whether the collector marks what is in it
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int mheap_space_init(struct mheap_space *space, struct mheap_memory *memory,
		     u32 indices, bool marked)
{
	u32 leaves = DIV_ROUND_UP(indices, MHEAP_LEAF_CHUNKS);
	int i;

	space->memory = memory;
	space->indices = indices;
	space->marked = marked;
	spin_lock_init(&space->lock);
	INIT_LIST_HEAD(&space->retired);
	for (i = 0; i < MHEAP_CLASSES; i++) {
		INIT_LIST_HEAD(&space->partial[i]);
		INIT_LIST_HEAD(&space->empty[i]);
	}
	space->leaf = kvcalloc(leaves, sizeof(*space->leaf), MHEAP_GFP);
	space->index_bits = kvcalloc(BITS_TO_LONGS(indices), sizeof(long), MHEAP_GFP);
	if (!space->leaf || !space->index_bits) {
		kvfree(space->leaf);
		kvfree(space->index_bits);
		space->leaf = NULL;
		space->index_bits = NULL;
		return -ENOMEM;
	}
	/* Number 0 is null, so the first chunk is never used. */
	__set_bit(0, space->index_bits);
	space->index_hint = 1;
	return 0;
}

static void mheap_space_publish(struct mheap_space *space, struct mheap_chunk *chunk)
{
	u32 index = chunk->first >> MHEAP_INDEX_SHIFT;
	struct mheap_chunk_entry *entry = mheap_entry_of(space, chunk->first);

	WRITE_ONCE(entry->base, chunk->base);
	WRITE_ONCE(entry->mark, chunk->mark);
	/* Pairs with mheap_space_chunk(). */
	smp_store_release(&entry->chunk, chunk);
	spin_lock(&space->lock);
	if (index >= space->end)
		WRITE_ONCE(space->end, index + 1);
	spin_unlock(&space->lock);
}

static void mheap_space_unpublish(struct mheap_space *space, struct mheap_chunk *chunk)
{
	WRITE_ONCE(mheap_entry_of(space, chunk->first)->chunk, NULL);
}

/* Puts a chunk that has no owner where its use says that it belongs. */
static void mheap_chunk_file(struct mheap_space *space, struct mheap_chunk *chunk)
{
	u32 cells = mheap_class_cells(chunk->class);
	u32 used;

	lockdep_assert_held(&space->lock);
	WRITE_ONCE(chunk->state, MHEAP_CHUNK_FULL);
	/* Pairs with the decrement in mheap_space_free(): one of the two sees. */
	smp_mb();
	used = atomic_read(&chunk->used);
	if (!used) {
		WRITE_ONCE(chunk->state, MHEAP_CHUNK_EMPTY);
		list_move(&chunk->link, &space->empty[chunk->class]);
		WRITE_ONCE(space->empty_count, space->empty_count + 1);
	} else if (used <= cells - max(cells >> MHEAP_FULL_SHIFT, 1U)) {
		WRITE_ONCE(chunk->state, MHEAP_CHUNK_PARTIAL);
		list_move_tail(&chunk->link, &space->partial[chunk->class]);
	} else {
		list_del_init(&chunk->link);
	}
}

static void mheap_cursor_begin(struct mheap_cursor *cursor, struct mheap_chunk *chunk)
{
	cursor->chunk = chunk;
	cursor->word = -1;
	cursor->free = 0;
}

/**
 * mheap_space_release - give up the chunk that a cursor owns
 * @space: the space
 * @cursor: the cursor
 *
 * Context: any; takes the space's lock.
 */
void mheap_space_release(struct mheap_space *space, struct mheap_cursor *cursor)
{
	struct mheap_chunk *chunk = cursor->chunk;

	if (!chunk)
		return;
	atomic_sub(hweight_long(cursor->free), &chunk->used);
	cursor->chunk = NULL;
	cursor->free = 0;
	spin_lock(&space->lock);
	mheap_chunk_file(space, chunk);
	spin_unlock(&space->lock);
}

/*
 * Lets a cursor own a chunk of its class. An empty chunk of another class will
 * not do: whoever looked at a cell just before it died may still count it, and
 * must find a count there. It has to be given back first, which takes a grace
 * period.
 */
static bool mheap_space_adopt(struct mheap_space *space, struct mheap_cursor *cursor, u32 class)
{
	struct mheap_chunk *chunk;

	spin_lock(&space->lock);
	chunk = list_first_entry_or_null(&space->partial[class], struct mheap_chunk, link);
	if (!chunk) {
		chunk = list_first_entry_or_null(&space->empty[class], struct mheap_chunk, link);
		if (chunk)
			WRITE_ONCE(space->empty_count, space->empty_count - 1);
	}
	if (chunk) {
		list_del_init(&chunk->link);
		WRITE_ONCE(chunk->state, MHEAP_CHUNK_OWNED);
	}
	spin_unlock(&space->lock);
	if (chunk)
		mheap_cursor_begin(cursor, chunk);
	return chunk;
}

/* The next free cell of the cursor's chunk, or 0. */
static u32 mheap_cursor_next(struct mheap_cursor *cursor, u32 class)
{
	const unsigned long *starts = mheap_class_starts(class);
	struct mheap_chunk *chunk = cursor->chunk;

	while (!cursor->free) {
		if (++cursor->word >= MHEAP_CHUNK_WORDS) {
			cursor->word = MHEAP_CHUNK_WORDS - 1;
			return 0;
		}
		cursor->free = starts[cursor->word] & ~READ_ONCE(chunk->alloc[cursor->word]);
		/* All of them at once, and back what is not taken: see mheap_space_release(). */
		if (cursor->free)
			atomic_add(hweight_long(cursor->free), &chunk->used);
	}
	return chunk->first + cursor->word * BITS_PER_LONG + __ffs(cursor->free);
}

/**
 * mheap_space_peek - find a free cell without asking the system for memory
 * @space: the space
 * @cursor: the caller's cursor for @class
 * @class: size class
 *
 * Context: any; may take the space's lock. By the mutator that owns @cursor.
 * Return: the number of a free cell, for mheap_cursor_take(); 0 when
 *	   mheap_space_refill() is needed.
 */
u32 mheap_space_peek(struct mheap_space *space, struct mheap_cursor *cursor, u32 class)
{
	u32 number;

	do {
		if (cursor->chunk) {
			number = mheap_cursor_next(cursor, class);
			if (number)
				return number;
			mheap_space_release(space, cursor);
		}
	} while (mheap_space_adopt(space, cursor, class));
	return 0;
}

/* The last resort at a limit: a full chunk in which some cells are free. */
static bool mheap_space_adopt_full(struct mheap_space *space, struct mheap_cursor *cursor,
				   u32 class)
{
	struct mheap_chunk *chunk;
	u32 index;

	for (index = 1; index < READ_ONCE(space->end); index++) {
		cond_resched();
		/* Under the lock an index in use cannot lose its chunk. */
		spin_lock(&space->lock);
		chunk = mheap_space_chunk(space, index);
		if (chunk && chunk->state == MHEAP_CHUNK_FULL && chunk->class == class &&
		    atomic_read_acquire(&chunk->used) < mheap_class_cells(class)) {
			WRITE_ONCE(chunk->state, MHEAP_CHUNK_OWNED);
			spin_unlock(&space->lock);
			mheap_cursor_begin(cursor, chunk);
			return true;
		}
		spin_unlock(&space->lock);
	}
	return false;
}

/**
 * mheap_space_refill - let a cursor own a chunk that has a free cell
 * @space: the space
 * @cursor: the caller's cursor for @class
 * @class: size class
 *
 * Context: may sleep; not in a section. By the mutator that owns @cursor.
 * Return: 0; -EDQUOT at the heap's limit; -ENOMEM.
 */
int mheap_space_refill(struct mheap_space *space, struct mheap_cursor *cursor, u32 class)
{
	struct mheap_chunk *chunk;
	u32 index;
	int ret;

	if (mheap_space_peek(space, cursor, class))
		return 0;
	ret = mheap_index_take(space, 1, &index);
	if (!ret) {
		chunk = mheap_chunk_new(space->memory, index, MHEAP_CHUNK_BYTES, false,
					space->marked, &ret);
		if (chunk) {
			chunk->class = class;
			mheap_space_publish(space, chunk);
			mheap_cursor_begin(cursor, chunk);
			return 0;
		}
		mheap_index_return(space, index, 1);
	}
	return mheap_space_adopt_full(space, cursor, class) ? 0 : ret;
}

/* Sees to a chunk in which cells have been freed; @used are left. */
static void mheap_space_freed(struct mheap_space *space, struct mheap_chunk *chunk, u32 used)
{
	u32 cells = mheap_class_cells(chunk->class);

	switch (READ_ONCE(chunk->state)) {
	case MHEAP_CHUNK_FULL:
		if (used > cells - max(cells >> MHEAP_FULL_SHIFT, 1U))
			return;
		break;
	case MHEAP_CHUNK_PARTIAL:
		if (used)
			return;
		break;
	default:
		return;
	}
	spin_lock(&space->lock);
	if (chunk->state == MHEAP_CHUNK_FULL || chunk->state == MHEAP_CHUNK_PARTIAL)
		mheap_chunk_file(space, chunk);
	spin_unlock(&space->lock);
}

/**
 * mheap_space_free - free a cell
 * @space: the space
 * @number: the cell; nobody can reach it any more
 *
 * Context: any; may take the space's lock.
 */
void mheap_space_free(struct mheap_space *space, u32 number)
{
	struct mheap_chunk *chunk = mheap_chunk_of(space, number);

	clear_bit_unlock(mheap_chunk_bit(number), chunk->alloc);
	mheap_space_freed(space, chunk, atomic_dec_return(&chunk->used));
}

/**
 * mheap_space_free_word - free cells of one word
 * @space: the space
 * @word: the cells, at least one; nobody can reach them any more
 *
 * Context: any; may take the space's lock.
 */
void mheap_space_free_word(struct mheap_space *space, const struct mheap_word *word)
{
	struct mheap_chunk *chunk = word->chunk;
	u32 index = mheap_chunk_bit(word->first) / BITS_PER_LONG;

	/* As clear_bit_unlock() does it, but for all of them at once. */
	smp_mb__before_atomic();
	atomic_long_andnot(word->bits, (atomic_long_t *)&chunk->alloc[index]);
	mheap_space_freed(space, chunk,
			  atomic_sub_return(hweight_long(word->bits), &chunk->used));
}

/**
 * mheap_space_alloc_large - chunks in a row for what is larger than a cell
 * @space: the space
 * @bytes: above MHEAP_CLASS_BYTES_MAX
 * @ret_number: where the number of the first granule goes
 *
 * All but the last chunk are whole. The memory is zero.
 *
 * Context: may sleep; not in a section.
 * Return: 0; -EDQUOT at the heap's limit; -ENOMEM; -EINTR when the caller is
 *	   being killed.
 */
int mheap_space_alloc_large(struct mheap_space *space, u32 bytes, u32 *ret_number)
{
	u32 count = DIV_ROUND_UP(bytes, MHEAP_CHUNK_BYTES);
	struct mheap_chunk *chunk;
	u32 index, i;
	int ret;

	ret = mheap_index_take(space, count, &index);
	if (ret)
		return ret;
	for (i = 0; i < count; i++) {
		chunk = NULL;
		if (fatal_signal_pending(current))
			ret = -EINTR;
		else
			chunk = mheap_chunk_new(space->memory, index + i,
						min(bytes - i * MHEAP_CHUNK_BYTES,
						    MHEAP_CHUNK_BYTES),
						true, false, &ret);
		if (!chunk)
			goto undo;
		chunk->class = MHEAP_CLASS_LARGE;
		mheap_space_publish(space, chunk);
		cond_resched();
	}
	*ret_number = index << MHEAP_INDEX_SHIFT;
	return 0;

undo:
	mheap_index_return(space, index + i, count - i);
	while (i--)
		mheap_space_free_piece(space, (index + i) << MHEAP_INDEX_SHIFT);
	return ret;
}

/**
 * mheap_space_free_piece - free one chunk of a large payload
 * @space: a space that is not marked
 * @number: its first granule
 *
 * Where it may be mapped, the worker frees it, with the empty chunks.
 *
 * Context: any; takes the space's lock.
 */
void mheap_space_free_piece(struct mheap_space *space, u32 number)
{
	struct mheap_chunk *chunk = mheap_chunk_of(space, number);
	bool mapped;

	spin_lock(&space->lock);
	mheap_space_unpublish(space, chunk);
	mapped = space->mapped;
	if (mapped) {
		list_add_tail(&chunk->link, &space->retired);
		WRITE_ONCE(space->empty_count, space->empty_count + 1);
	}
	spin_unlock(&space->lock);
	if (mapped)
		return;
	mheap_chunk_delete(space->memory, chunk);
	mheap_index_return(space, number >> MHEAP_INDEX_SHIFT, 1);
}

/**
 * mheap_space_detach_empty - take empty chunks out of a space
 * @space: the space
 * @list: where they go
 * @max: how many at most
 *
 * A mutator that looked at a number just before may still look at the chunk,
 * until a grace period has passed.
 *
 * Context: by the worker, while no collection runs.
 * Return: how many.
 */
u32 mheap_space_detach_empty(struct mheap_space *space, struct list_head *list, u32 max)
{
	struct mheap_chunk *chunk;
	u32 count = 0;
	int class;

	spin_lock(&space->lock);
	for (class = 0; class < MHEAP_CLASSES; class++) {
		while (count < max && !list_empty(&space->empty[class])) {
			chunk = list_first_entry(&space->empty[class], struct mheap_chunk, link);
			WRITE_ONCE(chunk->state, MHEAP_CHUNK_OWNED);
			WRITE_ONCE(space->empty_count, space->empty_count - 1);
			mheap_space_unpublish(space, chunk);
			list_move(&chunk->link, list);
			count++;
		}
	}
	for (; count < max && !list_empty(&space->retired); count++) {
		WRITE_ONCE(space->empty_count, space->empty_count - 1);
		list_move(space->retired.next, list);
	}
	spin_unlock(&space->lock);
	mheap_bound_note(&space->longest_hold, MHEAP_CLASSES + count, MHEAP_BOUND_HOLD);
	return count;
}

/**
 * mheap_space_free_detached - give detached chunks back to the system
 * @space: the space
 * @list: what mheap_space_detach_empty() filled, a grace period ago
 *
 * Context: may sleep; by the worker.
 */
void mheap_space_free_detached(struct mheap_space *space, struct list_head *list)
{
	struct mheap_chunk *chunk, *next;
	u32 index;

	list_for_each_entry_safe(chunk, next, list, link) {
		index = chunk->first >> MHEAP_INDEX_SHIFT;
		list_del(&chunk->link);
		if (READ_ONCE(space->mapped))
			space->forget(space, chunk->first, chunk->bytes);
		mheap_chunk_delete(space->memory, chunk);
		mheap_index_return(space, index, 1);
		cond_resched();
	}
}

/**
 * mheap_space_map - somebody is going to map what is in the space
 * @space: a space that has @forget
 *
 * Context: any; takes the space's lock.
 */
void mheap_space_map(struct mheap_space *space)
{
	spin_lock(&space->lock);
	WRITE_ONCE(space->mapped, true);
	spin_unlock(&space->lock);
}

/**
 * mheap_space_look - what there is at a place of the space
 * @space: a space that is mapped
 * @offset: the place, in bytes, as userspace gave it
 *
 * Context: any; takes the space's lock. The memory is there until @forget has been
 *	    called for it.
 * Return: its address, or NULL.
 */
void *mheap_space_look(struct mheap_space *space, u64 offset)
{
	u64 index = offset >> MHEAP_CHUNK_SHIFT;
	u32 within = offset & (MHEAP_CHUNK_BYTES - 1);
	struct mheap_chunk *chunk;
	void *at = NULL;

	if (index >= space->indices)
		return NULL;
	spin_lock(&space->lock);
	chunk = mheap_space_chunk(space, array_index_nospec(index, space->indices));
	if (chunk && within < chunk->bytes) {
		chunk->exposed = true;
		at = chunk->base + within;
	}
	spin_unlock(&space->lock);
	return at;
}

/**
 * mheap_space_destroy - free all that a space has
 * @space: the space; a zeroed one that was never initialised will do
 *
 * Context: may sleep; nobody else uses the space.
 */
void mheap_space_destroy(struct mheap_space *space)
{
	struct mheap_chunk *chunk, *next;
	u32 index;

	if (!space->leaf)
		return;
	list_for_each_entry_safe(chunk, next, &space->retired, link)
		mheap_chunk_delete(space->memory, chunk);
	for (index = 0; index < space->end; index++) {
		chunk = mheap_space_chunk(space, index);
		if (chunk)
			mheap_chunk_delete(space->memory, chunk);
		cond_resched();
	}
	for (index = 0; index < space->indices; index += MHEAP_LEAF_CHUNKS) {
		if (!space->leaf[index >> MHEAP_LEAF_SHIFT])
			continue;
		kfree(space->leaf[index >> MHEAP_LEAF_SHIFT]);
		mheap_memory_uncharge(space->memory, MHEAP_LEAF_BYTES);
	}
	kvfree(space->leaf);
	kvfree(space->index_bits);
	space->leaf = NULL;
}
