/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cell of an object: its count word, what it is, and its slots, so that
 * marking and counting touch one cache line of a small object.
 *
 * A slot holds the 32-bit number of the object that it refers to, or 0. Up to
 * MHEAP_INLINE_SLOTS of them lie in the cell; an object with more has a spine:
 * an array of pointers to pages of MHEAP_PIECE_SLOTS slots each. In front of the pointers
 * is a stamp for each page: see record.h.
 */
#ifndef _MHEAP_CORE_CELL_H
#define _MHEAP_CORE_CELL_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

#define MHEAP_GRANULE_SHIFT	5
#define MHEAP_GRANULE		(1U << MHEAP_GRANULE_SHIFT)
#define MHEAP_CELL_MAX		4096U

#define MHEAP_PIECE_SHIFT	10
#define MHEAP_PIECE_SLOTS	(1U << MHEAP_PIECE_SHIFT)

/* Members of @shape. */
#define MHEAP_SHAPE_SLOTS	GENMASK(20, 0)
#define MHEAP_SHAPE_PAYLOAD	BIT(21)
#define MHEAP_SHAPE_WIDE	BIT(22)
#define MHEAP_SHAPE_WEAK	BIT(23)
#define MHEAP_SHAPE_CLASS_SHIFT	24

/**
 * struct mheap_cell - an object
 * @count: see count.h
 * @shape: number of slots, MHEAP_SHAPE_*, size class; fixed at allocation
 * @type: the users' number
 * @link: in a dead cell, the next one of its list
 * @site: allocation site, and birth; see age.h
 * @resume: in a dead cell, how far it has been taken apart; less than 2^16
 * @words: with MHEAP_SHAPE_PAYLOAD the payload's number and its bytes, then
 *	   the slots
 */
struct mheap_cell {
	atomic64_t count;
	u32 shape;
	union {
		u32 type;
		u32 link;
	};
	union {
		u32 site;
		u32 resume;
	};
	u32 words[];
};

/**
 * struct mheap_wide_cell - an object whose slots lie elsewhere
 * @count: as in &struct mheap_cell, and so is all up to @spine
 * @shape: with MHEAP_SHAPE_WIDE
 * @type: the users' number
 * @site: allocation site, and birth; it stays
 * @payload: number of the payload, or 0
 * @payload_bytes: its bytes
 * @resume: in a dead cell, how far it has been taken apart
 * @spine: pages of MHEAP_PIECE_SLOTS slots
 */
struct mheap_wide_cell {
	atomic64_t count;
	u32 shape;
	u32 type;
	u32 site;
	u32 payload;
	u32 payload_bytes;
	u32 resume;
	u32 **spine;
};

/**
 * struct mheap_weak_cell - what stands for an object that is referred to weakly
 * @count: as in &struct mheap_cell, and so is all up to @referent
 * @shape: with MHEAP_SHAPE_WEAK, and no slots
 * @type: unused
 * @site: unused
 * @referent: number of the object, or 0
 * @watched: what the owner of the heap has to tell when the object goes, or 0; of what
 *	     is gone, why: &enum mheap_freed
 * @was: number that the object has, or had
 */
struct mheap_weak_cell {
	atomic64_t count;
	u32 shape;
	u32 type;
	u32 site;
	u32 referent;
	u32 watched;
	u32 was;
};

#define MHEAP_CELL_HEAD		offsetof(struct mheap_cell, words)
#define MHEAP_INLINE_SLOTS	((MHEAP_CELL_MAX - MHEAP_CELL_HEAD - 8) / 4)

static_assert(offsetof(struct mheap_cell, words) == 20);
static_assert(offsetof(struct mheap_wide_cell, payload) == offsetof(struct mheap_cell, words));
static_assert(offsetof(struct mheap_weak_cell, referent) == offsetof(struct mheap_cell, words));

static inline u32 mheap_cell_slots(const struct mheap_cell *cell)
{
	return READ_ONCE(cell->shape) & MHEAP_SHAPE_SLOTS;
}

static inline u32 mheap_cell_class(const struct mheap_cell *cell)
{
	return READ_ONCE(cell->shape) >> MHEAP_SHAPE_CLASS_SHIFT;
}

static inline bool mheap_cell_wide(const struct mheap_cell *cell)
{
	return READ_ONCE(cell->shape) & MHEAP_SHAPE_WIDE;
}

static inline bool mheap_cell_weak(const struct mheap_cell *cell)
{
	return READ_ONCE(cell->shape) & MHEAP_SHAPE_WEAK;
}

static inline u32 **mheap_cell_spine(struct mheap_cell *cell)
{
	return ((struct mheap_wide_cell *)cell)->spine;
}

static inline u32 mheap_cell_pieces(u32 slots)
{
	return (slots + MHEAP_PIECE_SLOTS - 1) >> MHEAP_PIECE_SHIFT;
}

/* In front of a spine: for each of its pages the number of the last picture it is in. */
static inline u64 *mheap_spine_stamps(u32 **spine, u32 slots)
{
	return (u64 *)spine - mheap_cell_pieces(slots);
}

static inline u32 mheap_cell_payload(const struct mheap_cell *cell)
{
	return cell->shape & MHEAP_SHAPE_PAYLOAD ? cell->words[0] : 0;
}

static inline u32 mheap_cell_payload_bytes(const struct mheap_cell *cell)
{
	return cell->shape & MHEAP_SHAPE_PAYLOAD ? cell->words[1] : 0;
}

/*
 * Where it is noted of a dead cell how far it has been taken apart. Of a wide one that can
 * be more than fits beside a birth: see mheap_age_one().
 */
static inline u32 *mheap_cell_resume(struct mheap_cell *cell)
{
	return mheap_cell_wide(cell) ? &((struct mheap_wide_cell *)cell)->resume : &cell->resume;
}

/* The first slot of a cell that has its slots inline. */
static inline u32 *mheap_cell_inline(struct mheap_cell *cell)
{
	return cell->words + (cell->shape & MHEAP_SHAPE_PAYLOAD ? 2 : 0);
}

/* Slot @index, which the caller has checked against mheap_cell_slots(). */
static inline u32 *mheap_cell_slot(struct mheap_cell *cell, u32 index)
{
	if (mheap_cell_wide(cell))
		return mheap_cell_spine(cell)[index >> MHEAP_PIECE_SHIFT] +
		       (index & (MHEAP_PIECE_SLOTS - 1));
	return mheap_cell_inline(cell) + index;
}

#endif
