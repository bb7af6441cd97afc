// SPDX-License-Identifier: GPL-2.0-only
#include "core/core.h"
#include "core/release.h"
#include "core/slot.h"
#include "guest.h"
#include "heap.h"

/**
 * mheap_guest_init - begin to serve guests
 * @heap: the heap, whose core is ready
 *
 * Context: may sleep.
 */
void mheap_guest_init(struct mheap_heap *heap)
{
	mutex_init(&heap->guest.lock);
	mheap_mutator_init(&heap->guest.mutator, &heap->core);
}

/**
 * mheap_guest_exit - the opposite of mheap_guest_init()
 * @heap: the heap, which nobody uses any more
 *
 * Context: may sleep.
 */
void mheap_guest_exit(struct mheap_heap *heap)
{
	mutex_destroy(&heap->guest.lock);
}

/**
 * mheap_guest_enter - begin a section
 * @heap: the heap, of which the caller is a user
 *
 * Context: may sleep, but not for long; takes the guests' lock.
 * Return: the mutator, in a section, until mheap_guest_leave().
 */
struct mheap_mutator *mheap_guest_enter(struct mheap_heap *heap)
{
	mutex_lock(&heap->guest.lock);
	mheap_section_enter(&heap->guest.mutator);
	return &heap->guest.mutator;
}

/**
 * mheap_guest_leave - end a section
 * @heap: the heap
 *
 * What died in it is gone afterwards, as far as one section goes; the worker does the
 * rest.
 *
 * Context: after mheap_guest_enter().
 */
void mheap_guest_leave(struct mheap_heap *heap)
{
	struct mheap_mutator *mutator = &heap->guest.mutator;

	mheap_release_run(mutator);
	mheap_section_exit(mutator);
	mutex_unlock(&heap->guest.lock);
	mheap_heap_attend(heap);
}

/**
 * mheap_guest_drop - give up a handle
 * @heap: the heap, of which the caller is a user
 * @object: the object; the caller owns one of its handles
 *
 * Context: may sleep, but not for long; takes the guests' lock.
 */
void mheap_guest_drop(struct mheap_heap *heap, u32 object)
{
	mheap_handle_drop(mheap_guest_enter(heap), object);
	mheap_guest_leave(heap);
}
