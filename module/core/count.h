/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The count word of an object: how many slots and how many handles refer to
 * it, its flags, and a version that every change advances.
 *
 *	bits  0..25	slots that refer to the object
 *	bits 26..47	handles (and named roots) that refer to it
 *	bits 48..51	flags: suspect, by the parity of the collection; claimed (local.h);
 *			may be part of a cycle (cycle.h)
 *	bits 52..63	version; it wraps off the top of the word
 *
 * All of it is one word so that "no handles and no slots" is one look, and
 * whoever brings both counts to zero knows that it was the one. From zero an
 * object never comes back: mheap_count_take() refuses. A count that is full
 * refuses too, so counts are always exact.
 */
#ifndef _MHEAP_CORE_COUNT_H
#define _MHEAP_CORE_COUNT_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/types.h>

#define MHEAP_COUNT_SLOT_BITS	26
#define MHEAP_COUNT_HANDLE_BITS	22

#define MHEAP_COUNT_SLOT	BIT_ULL(0)
#define MHEAP_COUNT_SLOTS	GENMASK_ULL(25, 0)
#define MHEAP_COUNT_HANDLE	BIT_ULL(26)
#define MHEAP_COUNT_HANDLES	GENMASK_ULL(47, 26)
#define MHEAP_COUNT_REFS	GENMASK_ULL(47, 0)
#define MHEAP_COUNT_SUSPECT0	BIT_ULL(48)
#define MHEAP_COUNT_SUSPECT1	BIT_ULL(49)
#define MHEAP_COUNT_CLAIMED	BIT_ULL(50)
#define MHEAP_COUNT_CYCLIC	BIT_ULL(51)
#define MHEAP_COUNT_FLAGS	GENMASK_ULL(51, 48)
#define MHEAP_COUNT_VERSION	BIT_ULL(52)
#define MHEAP_COUNT_VERSIONS	GENMASK_ULL(63, 52)

static inline u32 mheap_count_slots(u64 count)
{
	return count & MHEAP_COUNT_SLOTS;
}

static inline u32 mheap_count_handles(u64 count)
{
	return (count & MHEAP_COUNT_HANDLES) >> MHEAP_COUNT_SLOT_BITS;
}

/**
 * mheap_count_take - count one more reference, unless there is none left
 * @word: the count word
 * @unit: MHEAP_COUNT_SLOT or MHEAP_COUNT_HANDLE
 *
 * Who had claimed the object finds that it no longer has.
 *
 * Context: any. Fully ordered when it succeeds.
 * Return: 0; -ENOENT when nothing refers to the object; -EMLINK when the count
 *	   is full.
 */
static inline int mheap_count_take(atomic64_t *word, u64 unit)
{
	const u64 mask = unit == MHEAP_COUNT_SLOT ? MHEAP_COUNT_SLOTS : MHEAP_COUNT_HANDLES;
	s64 old = atomic64_read(word);
	u64 new;

	do {
		if (!(old & MHEAP_COUNT_REFS))
			return -ENOENT;
		if ((old & mask) == mask)
			return -EMLINK;
		new = (old + unit + MHEAP_COUNT_VERSION) & ~MHEAP_COUNT_CLAIMED;
	} while (!atomic64_try_cmpxchg(word, &old, new));
	return 0;
}

/**
 * mheap_count_drop - count one reference less
 * @word: the count word
 * @unit: MHEAP_COUNT_SLOT or MHEAP_COUNT_HANDLE; the caller owns one of them
 * @suspect: the flag to set when slots, and no handle, are all that is left;
 *	     0 for objects that cannot be part of a cycle
 *
 * Context: any. Fully ordered.
 * Return: the word as it was before.
 */
static inline u64 mheap_count_drop(atomic64_t *word, u64 unit, u64 suspect)
{
	s64 old = atomic64_read(word);
	u64 new;

	do {
		new = old - unit + MHEAP_COUNT_VERSION;
		if ((new & MHEAP_COUNT_SLOTS) && !(new & MHEAP_COUNT_HANDLES))
			new |= suspect;
	} while (!atomic64_try_cmpxchg(word, &old, new));
	return old;
}

#endif
