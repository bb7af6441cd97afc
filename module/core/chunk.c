// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "chunk.h"
#include "core.h"
#include "memory.h"
#include "trace.h"

#define MHEAP_BITMAP_BYTES	(MHEAP_CHUNK_GRANULES / 8)
#define MHEAP_WEAK_TABLE_BYTES	(MHEAP_CHUNK_GRANULES * sizeof(u32))

static u32 mheap_chunk_side_bytes(bool marked)
{
	return (marked ? 4 : 1) * MHEAP_BITMAP_BYTES;
}

static unsigned long mheap_chunk_cost(u32 bytes, bool marked)
{
	return bytes + sizeof(struct mheap_chunk) + mheap_chunk_side_bytes(marked);
}

/*
 * The bitmaps take turns in the quarters of their block, so that those
 * of one kind do not all compete for the same lines of the cache.
 */
static void mheap_chunk_place_bitmaps(struct mheap_chunk *chunk, u32 index)
{
	unsigned int turn = index & 3;

	chunk->mark = chunk->side + turn * MHEAP_BITMAP_BYTES;
	chunk->alloc = chunk->side + ((turn + 1) & 3) * MHEAP_BITMAP_BYTES;
	chunk->grey = chunk->side + ((turn + 2) & 3) * MHEAP_BITMAP_BYTES;
	chunk->suspect = chunk->side + ((turn + 3) & 3) * MHEAP_BITMAP_BYTES;
}

/**
 * mheap_chunk_make - take a chunk's memory from the system
 * @memory: what it is charged to
 * @bytes: its size, at most MHEAP_CHUNK_BYTES; rounded up to pages
 * @marked: it has mark and grey bitmaps
 * @ret: where the errno goes: -EDQUOT at the heap's limit; -ENOMEM
 *
 * Context: may sleep.
 * Return: the chunk, which is nowhere and has no class, or NULL.
 */
struct mheap_chunk *mheap_chunk_make(struct mheap_memory *memory, u32 bytes, bool marked,
				     int *ret)
{
	struct mheap_chunk *chunk;
	unsigned long cost;

	bytes = PAGE_ALIGN(bytes);
	cost = mheap_chunk_cost(bytes, marked);
	if (!mheap_memory_charge(memory, cost)) {
		*ret = -EDQUOT;
		return NULL;
	}
	chunk = kzalloc(sizeof(*chunk), MHEAP_GFP);
	if (!chunk)
		goto uncharge;
	chunk->side = kzalloc(mheap_chunk_side_bytes(marked), MHEAP_GFP);
	if (!chunk->side)
		goto free_chunk;
	/* What may be mapped shows nothing of those who had it before. */
	chunk->base = alloc_pages_exact(bytes, marked ? MHEAP_GFP : MHEAP_GFP | __GFP_ZERO);
	if (!chunk->base)
		goto free_side;
	chunk->bytes = bytes;
	chunk->marked = marked;
	INIT_LIST_HEAD(&chunk->link);
	return chunk;

free_side:
	kfree(chunk->side);
free_chunk:
	kfree(chunk);
uncharge:
	mheap_memory_uncharge(memory, cost);
	*ret = -ENOMEM;
	return NULL;
}

/*
 * Whether userspace may still have some page, although it is in no mapping any more: a
 * page that is read into or written from, by the device or the kernel, is kept by that.
 * Whoever gets hold of one now finds that it is not mapped, and gives it back.
 */
static bool mheap_chunk_held(const struct mheap_chunk *chunk)
{
	u32 offset;

	for (offset = 0; offset < chunk->bytes; offset += PAGE_SIZE)
		if (page_ref_count(virt_to_page(chunk->base + offset)) != 1)
			return true;
	return false;
}

/* Looks at one exposed chunk. Returns it, if userspace has let go of it by now. */
static struct mheap_chunk *mheap_chunk_recover(struct mheap_memory *memory)
{
	struct mheap_chunk *chunk;

	spin_lock(&memory->lock);
	chunk = list_first_entry_or_null(&memory->exposed, struct mheap_chunk, link);
	if (chunk && mheap_chunk_held(chunk)) {
		list_move_tail(&chunk->link, &memory->exposed);
		chunk = NULL;
	}
	if (chunk) {
		list_del_init(&chunk->link);
		WRITE_ONCE(memory->exposed_count, memory->exposed_count - 1);
		chunk->exposed = false;
	}
	spin_unlock(&memory->lock);
	return chunk;
}

/* Objects never get memory that userspace can write to; payloads, that first. */
static struct mheap_chunk *mheap_chunk_take(struct mheap_memory *memory, bool marked)
{
	struct mheap_chunk *chunk = NULL;
	u32 tries;

	spin_lock(&memory->lock);
	if (!marked)
		chunk = list_first_entry_or_null(&memory->exposed, struct mheap_chunk, link);
	if (chunk)
		WRITE_ONCE(memory->exposed_count, memory->exposed_count - 1);
	else
		chunk = list_first_entry_or_null(&memory->pool, struct mheap_chunk, link);
	if (chunk)
		list_del_init(&chunk->link);
	spin_unlock(&memory->lock);
	/* There may be many: one at a time under the lock. */
	for (tries = READ_ONCE(memory->exposed_count); !chunk && tries; tries--) {
		chunk = mheap_chunk_recover(memory);
		cond_resched();
	}
	return chunk;
}

/* A chunk of the pool is as good as new when what others left is cleared. */
static struct mheap_chunk *mheap_chunk_reuse(struct mheap_memory *memory, bool marked, int *ret)
{
	struct mheap_chunk *chunk = mheap_chunk_take(memory, marked);

	if (!chunk) {
		*ret = -EDQUOT;
		return NULL;
	}
	memset(chunk->side, 0, mheap_chunk_side_bytes(true));
	if (marked)
		memset(chunk->weak, 0, MHEAP_WEAK_TABLE_BYTES);
	else
		memset(chunk->base, 0, chunk->bytes);
	return chunk;
}

/**
 * mheap_chunk_new - take a chunk
 * @memory: whose
 * @index: where it is going to be in its space
 * @bytes: its size, at most MHEAP_CHUNK_BYTES; rounded up to pages
 * @large: it is a part of a large payload, and has no cells
 * @marked: it has mark and grey bitmaps
 * @ret: where the errno goes: -EDQUOT at the heap's limit; -ENOMEM
 *
 * Context: may sleep.
 * Return: the chunk, without a class, or NULL.
 */
struct mheap_chunk *mheap_chunk_new(struct mheap_memory *memory, u32 index, u32 bytes,
				    bool large, bool marked, int *ret)
{
	struct mheap_chunk *chunk;

	if (memory->reserved)
		chunk = mheap_chunk_reuse(memory, marked, ret);
	else
		chunk = mheap_chunk_make(memory, bytes, marked, ret);
	if (!chunk)
		return NULL;
	chunk->first = index << MHEAP_INDEX_SHIFT;
	chunk->state = large ? MHEAP_CHUNK_PIECE : MHEAP_CHUNK_OWNED;
	chunk->dirty = 0;
	chunk->suspected = 0;
	if (marked)
		mheap_chunk_place_bitmaps(chunk, index);
	else
		chunk->alloc = chunk->side;
	trace_mheap_chunk_new(memory, index, chunk->bytes, marked);
	return chunk;
}

/**
 * mheap_chunk_reserved_cost - what a chunk of a reserved heap takes
 *
 * Context: any.
 * Return: bytes, with its bitmaps and its table of weak references.
 */
unsigned long mheap_chunk_reserved_cost(void)
{
	return mheap_chunk_cost(MHEAP_CHUNK_BYTES, true) + MHEAP_WEAK_TABLE_BYTES;
}

/**
 * mheap_chunk_make_weak - let objects of a chunk be referred to weakly
 * @memory: what that is charged to
 * @chunk: the chunk; it has objects that somebody keeps
 *
 * Context: may sleep.
 * Return: 0; -EDQUOT at the heap's limit; -ENOMEM.
 */
int mheap_chunk_make_weak(struct mheap_memory *memory, struct mheap_chunk *chunk)
{
	u32 *table;

	if (READ_ONCE(chunk->weak))
		return 0;
	if (!mheap_memory_charge(memory, MHEAP_WEAK_TABLE_BYTES))
		return -EDQUOT;
	table = kvcalloc(MHEAP_CHUNK_GRANULES, sizeof(*table), MHEAP_GFP);
	/* Pairs with mheap_weak_peek() and mheap_weak_take(). */
	if (table && !cmpxchg(&chunk->weak, NULL, table))
		return 0;
	/* There is no memory, or another session was faster. */
	kvfree(table);
	mheap_memory_uncharge(memory, MHEAP_WEAK_TABLE_BYTES);
	return READ_ONCE(chunk->weak) ? 0 : -ENOMEM;
}

/**
 * mheap_chunk_destroy - give a chunk's memory back to the system
 * @memory: what it was charged to
 * @chunk: the chunk; nobody knows it any more
 *
 * Context: any, for a chunk of the payloads; may sleep, for one of the objects.
 */
void mheap_chunk_destroy(struct mheap_memory *memory, struct mheap_chunk *chunk)
{
	free_pages_exact(chunk->base, chunk->bytes);
	mheap_memory_uncharge(memory, mheap_chunk_cost(chunk->bytes, chunk->marked));
	if (chunk->weak) {
		kvfree(chunk->weak);
		mheap_memory_uncharge(memory, MHEAP_WEAK_TABLE_BYTES);
	}
	kfree(chunk->side);
	kfree(chunk);
}

/**
 * mheap_chunk_delete - the opposite of mheap_chunk_new()
 * @memory: whose
 * @chunk: the chunk; nobody knows it any more
 *
 * Context: any, for a chunk of the payloads; may sleep, for one of the objects.
 */
void mheap_chunk_delete(struct mheap_memory *memory, struct mheap_chunk *chunk)
{
	trace_mheap_chunk_delete(memory, chunk->first >> MHEAP_INDEX_SHIFT, chunk->bytes,
				 chunk->marked);
	if (!memory->reserved) {
		mheap_chunk_destroy(memory, chunk);
		return;
	}
	atomic_set(&chunk->used, 0);
	spin_lock(&memory->lock);
	list_add(&chunk->link, chunk->exposed ? &memory->exposed : &memory->pool);
	if (chunk->exposed)
		WRITE_ONCE(memory->exposed_count, memory->exposed_count + 1);
	spin_unlock(&memory->lock);
}
