/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The phases of the collector, as mutators see them.
 */
#ifndef _MHEAP_CORE_PHASE_H
#define _MHEAP_CORE_PHASE_H

#include <linux/bits.h>
#include <linux/types.h>

/**
 * enum mheap_phase - what a mutator has to do
 * @MHEAP_PHASE_IDLE: nothing; objects are born white
 * @MHEAP_PHASE_START: shade what loses a reference; objects are born grey,
 *		       because some mutator may not have begun to shade
 * @MHEAP_PHASE_MARK: the same, and objects are born black
 * @MHEAP_PHASE_SWEEP: shade nothing; objects are born black; what is white is
 *		       condemned
 *
 * The order of the numbers is that of MHEAP_COLLECT_STAT.
 */
enum mheap_phase {
	MHEAP_PHASE_IDLE,
	MHEAP_PHASE_START,
	MHEAP_PHASE_MARK,
	MHEAP_PHASE_SWEEP,
};

#define MHEAP_PHASE_MASK	GENMASK(1, 0)
#define MHEAP_PHASE_PARITY	BIT(2)

/* Sections come one after the other, because somebody waits for an instant: instant.h. */
#define MHEAP_PHASE_SERIAL	BIT(4)

/* What changes is recorded before: record.h. */
#define MHEAP_PHASE_RECORD	BIT(5)

/* In MHEAP_PHASE_IDLE: cells of what dies are kept, because somebody looks at them. */
#define MHEAP_PHASE_KEEP	BIT(3)

static inline enum mheap_phase mheap_phase_of(u32 word)
{
	return word & MHEAP_PHASE_MASK;
}

/* What of it is the collector's. */
static inline u32 mheap_phase_collector(u32 word)
{
	return word & ~(MHEAP_PHASE_SERIAL | MHEAP_PHASE_RECORD);
}

/* Whether the cell of what dies is free at once. */
static inline bool mheap_phase_frees(u32 word)
{
	return !(word & (MHEAP_PHASE_MASK | MHEAP_PHASE_KEEP));
}

/* Whether there is nothing to look out for: no collection, and nobody takes a picture. */
static inline bool mheap_phase_plain(u32 word)
{
	return !(word & (MHEAP_PHASE_MASK | MHEAP_PHASE_RECORD));
}

/* Whether a reference that goes away must be shaded. */
static inline bool mheap_phase_barrier(u32 word)
{
	return mheap_phase_of(word) == MHEAP_PHASE_START ||
	       mheap_phase_of(word) == MHEAP_PHASE_MARK;
}

#endif
