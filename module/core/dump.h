/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Telling objects with their slots, as the records of MHEAP_DUMP, to somebody who has no
 * reference to them.
 *
 * Locks: one of several spinlocks, chosen by the number of an object (a stripe), is held
 * while the slots of a wide object are read, or while its memory is given up; and by those
 * who copy an object before it changes: see record.h. A stripe is taken in sections, or by
 * the worker; only the log's lock is taken under it.
 */
#ifndef _MHEAP_CORE_DUMP_H
#define _MHEAP_CORE_DUMP_H

#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include <linux/mheap.h>

#include "cell.h"

struct mheap_chunk;
struct mheap_core;
struct mheap_mutator;

#define MHEAP_STRIPES		64

/* Slots of one record. */
#define MHEAP_DUMP_SLOTS_PART	MHEAP_DUMP_SLOTS_MAX

/**
 * struct mheap_stripe - see above
 * @lock: held for as long as it takes to look at one object, or at the objects of one
 *	  word of a bitmap, or to copy one piece of slots
 */
struct mheap_stripe {
	spinlock_t lock;	/* see above */
} ____cacheline_aligned_in_smp;

/**
 * struct mheap_room - where records go
 * @base: memory
 * @bytes: how much
 * @used: how much of it is used
 */
struct mheap_room {
	void *base;
	u32 bytes;
	u32 used;
};

/**
 * struct mheap_place - how far a dump has come
 * @number: the object, or where the next one may be
 * @slot: the first of its slots that has not been told
 */
struct mheap_place {
	u32 number;
	u32 slot;
};

/**
 * struct mheap_look - what a cell was, all of it at one time
 * @number: its number
 * @count: its count word
 * @shape: as in &struct mheap_cell
 * @type: likewise; 0 of a dead one
 * @site: likewise
 * @age_ms: how old it is; MHEAP_AGE_MS_OLD for more than an hour, and of a dead one
 * @changing: it was in use, but never the same for long enough to be looked at
 * @words: what follows
 * @slots: where its slots are; NULL of a wide one
 * @spine: pages of slots of a wide one
 */
struct mheap_look {
	u32 number;
	u64 count;
	u32 shape;
	u32 type;
	u32 site;
	u32 age_ms;
	bool changing;
	u32 words[2];
	u32 *slots;
	u32 **spine;
};

void mheap_dump_init(struct mheap_core *core);
struct mheap_stripe *mheap_dump_stripe(struct mheap_core *core, u32 number);
bool mheap_dump_look(struct mheap_core *core, struct mheap_chunk *chunk, u32 number,
		     struct mheap_look *ret_look);
u32 mheap_dump_cell_bytes(const struct mheap_look *look);
void mheap_dump_cell(const struct mheap_look *look, void *to);
u32 mheap_dump_piece_bytes(const struct mheap_look *look, u32 first, u32 end);
void mheap_dump_piece(const struct mheap_look *look, u32 first, u32 end, void *to);
bool mheap_dump_objects(struct mheap_mutator *mutator, struct mheap_place *place,
			struct mheap_room *room);

static inline u32 mheap_look_slots(const struct mheap_look *look)
{
	return look->shape & MHEAP_SHAPE_SLOTS;
}

/* Slots that are told with the object: those of a wide one all are told in pieces. */
static inline u32 mheap_look_first_slots(const struct mheap_look *look)
{
	return look->spine ? 0 : min_t(u32, mheap_look_slots(look), MHEAP_DUMP_SLOTS_PART);
}

static inline void *mheap_room_take(struct mheap_room *room, u32 bytes)
{
	void *at = room->base + room->used;

	if (room->bytes - room->used < bytes)
		return NULL;
	room->used += bytes;
	return at;
}

#endif
