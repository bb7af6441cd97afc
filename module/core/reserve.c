// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "chunk.h"
#include "core.h"
#include "index.h"
#include "reserve.h"

/**
 * mheap_reserve_fill - take all memory that a heap may have
 * @core: the heap; its spaces and its collector have been initialised
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM; -EDQUOT when not one chunk fits; -EINTR when the caller is being
 *	   killed. mheap_reserve_drain() is to be called in any case.
 */
int mheap_reserve_fill(struct mheap_core *core)
{
	struct mheap_memory *memory = &core->memory;
	const unsigned long cost = mheap_chunk_reserved_cost();
	struct mheap_chunk *chunk;
	int ret;

	ret = mheap_sites_reserve(core);
	if (!ret)
		ret = mheap_types_reserve(core);
	if (!ret)
		ret = mheap_index_make_leaves(&core->cells);
	if (!ret)
		ret = mheap_index_make_leaves(&core->payloads);
	while (!ret) {
		chunk = mheap_chunk_make(memory, MHEAP_CHUNK_BYTES, true, &ret);
		if (!chunk)
			break;
		ret = mheap_chunk_make_weak(memory, chunk);
		if (ret) {
			mheap_chunk_destroy(memory, chunk);
			break;
		}
		list_add(&chunk->link, &memory->pool);
		if (fatal_signal_pending(current))
			ret = -EINTR;
		cond_resched();
	}
	/* That is how far its own limit goes. */
	if (ret == -EDQUOT && !list_empty(&memory->pool) && mheap_memory_left(memory) < cost)
		ret = 0;
	memory->reserved = !ret;
	return ret;
}

static void mheap_reserve_drain_list(struct mheap_memory *memory, struct list_head *list)
{
	struct mheap_chunk *chunk, *next;

	list_for_each_entry_safe(chunk, next, list, link) {
		list_del(&chunk->link);
		mheap_chunk_destroy(memory, chunk);
		cond_resched();
	}
}

/**
 * mheap_reserve_drain - give the pool of a heap back
 * @core: the heap, whose spaces are gone
 *
 * Context: may sleep.
 */
void mheap_reserve_drain(struct mheap_core *core)
{
	struct mheap_memory *memory = &core->memory;

	mheap_reserve_drain_list(memory, &memory->pool);
	mheap_reserve_drain_list(memory, &memory->exposed);
}
