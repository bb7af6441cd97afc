// SPDX-License-Identifier: GPL-2.0-only
#include "memory.h"

/**
 * mheap_memory_charge - account for memory before it is taken
 * @memory: the account
 * @bytes: how much
 *
 * Context: any.
 * Return: whether the limit allows it; nothing is charged otherwise.
 */
bool mheap_memory_charge(struct mheap_memory *memory, unsigned long bytes)
{
	long held = atomic_long_read(&memory->held);

	do {
		if (bytes > memory->max || held > memory->max - bytes)
			return false;
	} while (!atomic_long_try_cmpxchg(&memory->held, &held, held + bytes));
	return true;
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
}
