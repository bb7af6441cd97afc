// SPDX-License-Identifier: GPL-2.0-only
#include <linux/compiler.h>

#include "core.h"
#include "memory.h"
#include "trace.h"

/**
 * mheap_memory_init - an account on which nothing is held
 * @memory: zeroed memory
 * @max: bytes that may be held
 * @parent: an account that this one is a part of, or NULL
 *
 * Context: any.
 */
void mheap_memory_init(struct mheap_memory *memory, unsigned long max,
		       struct mheap_memory *parent)
{
	memory->max = max;
	memory->parent = parent;
	spin_lock_init(&memory->lock);
	INIT_LIST_HEAD(&memory->pool);
	INIT_LIST_HEAD(&memory->exposed);
}

/**
 * mheap_memory_left - how much more may be held
 * @memory: the account
 *
 * Context: any.
 * Return: bytes, as far as this account goes.
 */
unsigned long mheap_memory_left(struct mheap_memory *memory)
{
	unsigned long max = READ_ONCE(memory->max), held = atomic_long_read(&memory->held);

	return held < max ? max - held : 0;
}

static bool mheap_memory_charge_one(struct mheap_memory *memory, unsigned long bytes)
{
	unsigned long max = READ_ONCE(memory->max);
	long held = atomic_long_read(&memory->held);

	do {
		if (bytes > max || held > max - bytes)
			return false;
	} while (!atomic_long_try_cmpxchg(&memory->held, &held, held + bytes));
	return true;
}

/* Only the account of all heaps is a part of no other. */
static void mheap_memory_tell(struct mheap_memory *memory, struct mheap_memory *full)
{
	trace_mheap_limit(memory->parent ? container_of(memory, struct mheap_core, memory) : NULL,
			  full->parent ? MHEAP_LIMIT_BYTES : MHEAP_LIMIT_ALL_BYTES,
			  READ_ONCE(full->max));
}

/**
 * mheap_memory_charge - account for memory before it is taken
 * @memory: the account
 * @bytes: how much
 *
 * Context: any.
 * Return: whether the limit, and that of the account that it is a part of, allow it;
 *	   nothing is charged otherwise.
 */
bool mheap_memory_charge(struct mheap_memory *memory, unsigned long bytes)
{
	if (!mheap_memory_charge_one(memory, bytes)) {
		mheap_memory_tell(memory, memory);
		return false;
	}
	if (!memory->parent || mheap_memory_charge_one(memory->parent, bytes))
		return true;
	atomic_long_sub(bytes, &memory->held);
	mheap_memory_tell(memory, memory->parent);
	return false;
}

/**
 * mheap_memory_uncharge - account for memory that was given back
 * @memory: the account
 * @bytes: how much
 *
 * Context: any.
 */
void mheap_memory_uncharge(struct mheap_memory *memory, unsigned long bytes)
{
	atomic_long_sub(bytes, &memory->held);
	if (memory->parent)
		atomic_long_sub(bytes, &memory->parent->held);
}
