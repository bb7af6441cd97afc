// SPDX-License-Identifier: GPL-2.0-only
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/limits.h>
#include <linux/user_namespace.h>
#include <linux/xarray.h>

#include "heap.h"
#include "registry.h"

/* Heaps that are looked at while the lock is held. */
#define MHEAP_REGISTRY_LOOKS	64

/* Its lock keeps a heap from being freed between being found and being kept. */
static DEFINE_XARRAY(mheap_registry);

/**
 * mheap_registry_reserve - have the memory for one more heap
 * @id: its number
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int mheap_registry_reserve(u64 id)
{
	return xa_reserve(&mheap_registry, id, GFP_KERNEL_ACCOUNT);
}

/**
 * mheap_registry_release - the opposite of mheap_registry_reserve()
 * @id: a heap that has not been made after all
 *
 * Context: any.
 */
void mheap_registry_release(u64 id)
{
	xa_release(&mheap_registry, id);
}

/**
 * mheap_registry_add - a heap can be found
 * @heap: the heap, whose number has been reserved
 *
 * Context: any; takes no memory.
 */
void mheap_registry_add(struct mheap_heap *heap)
{
	WARN_ON_ONCE(xa_err(xa_store(&mheap_registry, heap->id, heap, GFP_NOWAIT)));
}

/**
 * mheap_registry_remove - a heap can no longer be found
 * @heap: the heap, which has no user
 *
 * Context: any. Nobody looks at the heap any more afterwards.
 */
void mheap_registry_remove(struct mheap_heap *heap)
{
	xa_erase(&mheap_registry, heap->id);
}

/*
 * Who made it, if it was no program that runs for somebody else: one that has changed
 * its user is not to be looked into by whoever started it.
 */
static bool mheap_registry_is_own(const struct mheap_heap *heap)
{
	return uid_eq(heap->uid, current_euid()) && uid_eq(heap->euid, current_euid());
}

/**
 * mheap_registry_get - a heap that the caller may look at
 * @id: its number
 *
 * Context: may sleep.
 * Return: the heap, of which the caller is a user then; NULL when there is none, or it
 *	   may not be looked at.
 */
struct mheap_heap *mheap_registry_get(u64 id)
{
	struct mheap_heap *heap = NULL;
	bool own = false;

	if (id > ULONG_MAX)
		return NULL;
	xa_lock(&mheap_registry);
	heap = xa_load(&mheap_registry, id);
	if (heap && !mheap_heap_try_get(heap))
		heap = NULL;
	if (heap)
		own = mheap_registry_is_own(heap);
	xa_unlock(&mheap_registry);
	if (!heap || own || capable(CAP_SYS_PTRACE))
		return heap;
	mheap_heap_put(heap);
	return NULL;
}

/**
 * mheap_registry_next - the next heap that the caller may look at
 * @cursor: the first number to look at; written: where to go on, or ~0 at the end
 *
 * Context: may sleep.
 * Return: the heap, of which the caller is a user then; NULL when there was none among
 *	   those that have been looked at.
 */
struct mheap_heap *mheap_registry_next(u64 *cursor)
{
	const bool all = ns_capable_noaudit(&init_user_ns, CAP_SYS_PTRACE);
	unsigned long index = min_t(u64, *cursor, ULONG_MAX);
	struct mheap_heap *heap;
	int looks;

	xa_lock(&mheap_registry);
	for (looks = 0; looks < MHEAP_REGISTRY_LOOKS; looks++, index++) {
		heap = xa_find(&mheap_registry, &index, ULONG_MAX, XA_PRESENT);
		if (!heap || ((all || mheap_registry_is_own(heap)) && mheap_heap_try_get(heap)))
			break;
		heap = NULL;
	}
	xa_unlock(&mheap_registry);
	if (looks == MHEAP_REGISTRY_LOOKS)
		*cursor = index;
	else
		*cursor = heap ? heap->id + 1 : ~0ULL;
	return heap;
}
