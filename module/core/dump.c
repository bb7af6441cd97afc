// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitops.h>
#include <linux/lockdep.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/string.h>

#include "age.h"
#include "core.h"
#include "count.h"
#include "dump.h"
#include "object.h"

/* Looks at a cell that keeps changing. */
#define MHEAP_LOOK_TRIES	8

/* What a record of slots counts in steps. */
#define MHEAP_DUMP_STEPS	16

/**
 * mheap_dump_init - nobody is looked at
 * @core: the heap
 *
 * Context: any.
 */
void mheap_dump_init(struct mheap_core *core)
{
	u32 i;

	for (i = 0; i < MHEAP_STRIPES; i++)
		spin_lock_init(&core->stripes[i].lock);
}

/**
 * mheap_dump_stripe - the lock that goes with an object
 * @core: the heap
 * @number: the object
 *
 * Context: any.
 * Return: the stripe, which objects of the same word of a bitmap share.
 */
struct mheap_stripe *mheap_dump_stripe(struct mheap_core *core, u32 number)
{
	return &core->stripes[number / BITS_PER_LONG % MHEAP_STRIPES];
}

static u64 mheap_look_count(struct mheap_cell *cell)
{
	return atomic64_read(&cell->count) & (MHEAP_COUNT_REFS | MHEAP_COUNT_VERSIONS);
}

static void mheap_look_fill(struct mheap_cell *cell, struct mheap_look *look)
{
	const u32 skipped = look->shape & MHEAP_SHAPE_PAYLOAD ? 2 : 0;

	look->type = READ_ONCE(cell->type);
	look->site = READ_ONCE(cell->site);
	look->words[0] = READ_ONCE(cell->words[0]);
	look->words[1] = READ_ONCE(cell->words[1]);
	look->slots = cell->words + skipped;
	look->spine = NULL;
	if (!(look->shape & MHEAP_SHAPE_WIDE))
		return;
	look->slots = NULL;
	look->spine = READ_ONCE(((struct mheap_wide_cell *)cell)->spine);
}

/**
 * mheap_dump_look - what is a cell
 * @core: the heap
 * @chunk: its chunk
 * @number: the cell, or where one was
 * @ret_look: where that goes
 *
 * Whatever becomes of a cell, its count says so: every reference that comes or goes
 * advances the version, and so does becoming an object. A cell that is in use all the
 * time, with the same count, has been the same all the time. The memory of a wide one is
 * given up under the stripe that the caller holds, so it is there until then.
 *
 * Context: in a section, or by the worker, under the cell's stripe.
 * Return: whether it is in use, by an object or a weak cell, dead ones included; false also
 *	   when that could not be seen, which @ret_look tells.
 */
bool mheap_dump_look(struct mheap_core *core, struct mheap_chunk *chunk, u32 number,
		     struct mheap_look *ret_look)
{
	struct mheap_cell *cell = mheap_chunk_at(chunk, number);
	u32 bit = mheap_chunk_bit(number), tries;

	ret_look->number = number;
	ret_look->changing = false;
	for (tries = 0; tries < MHEAP_LOOK_TRIES; tries++) {
		ret_look->count = mheap_look_count(cell);
		/* Pairs with mheap_cursor_take() and mheap_object_build(). */
		smp_rmb();
		if (!test_bit(bit, chunk->alloc))
			return false;
		/* What follows is read while it is in use. */
		smp_rmb();
		ret_look->shape = READ_ONCE(cell->shape);
		mheap_look_fill(cell, ret_look);
		/* All of that before it may have ceased to be, */
		smp_rmb();
		if (!test_bit(bit, chunk->alloc))
			return false;
		/* and become another one, which has another version. */
		smp_rmb();
		if (mheap_look_count(cell) != ret_look->count)
			continue;
		/* Of what is dead, other things are there. */
		ret_look->age_ms = mheap_age_ms(core, ret_look->site);
		ret_look->site = mheap_site_of(ret_look->site);
		if (!(ret_look->count & MHEAP_COUNT_REFS)) {
			ret_look->type = 0;
			ret_look->site = 0;
			ret_look->age_ms = MHEAP_AGE_MS_OLD;
		}
		return !(ret_look->shape & MHEAP_SHAPE_WIDE) || ret_look->spine;
	}
	ret_look->changing = true;
	return false;
}

static u32 mheap_look_slot(const struct mheap_look *look, u32 index)
{
	if (!look->spine)
		return READ_ONCE(look->slots[index]);
	return READ_ONCE(look->spine[index >> MHEAP_PIECE_SHIFT][index & (MHEAP_PIECE_SLOTS - 1)]);
}

static u32 mheap_dump_slots_bytes(u32 head, u32 slots)
{
	return round_up(head + slots * (u32)sizeof(u32), 8);
}

/* Writes slots from @first on. What is left of the last 8 bytes is cleared. */
static void mheap_dump_slots(const struct mheap_look *look, u32 first, u32 count, u32 *to)
{
	u32 i;

	for (i = 0; i < count; i++)
		to[i] = mheap_look_slot(look, first + i);
	if (count % 2)
		to[count] = 0;
}

static void mheap_dump_weak(const struct mheap_look *look, struct mheap_dump_weak *to)
{
	*to = (struct mheap_dump_weak) {
		.bytes = sizeof(*to),
		.kind = MHEAP_DUMP_WEAK,
		.weak = look->number,
		.object = look->words[0],
		.handle_refs = mheap_count_handles(look->count),
		.slot_refs = mheap_count_slots(look->count),
	};
}

static void mheap_dump_object(const struct mheap_look *look, struct mheap_dump_object *to)
{
	const u32 payload_bytes = look->shape & MHEAP_SHAPE_PAYLOAD ? look->words[1] : 0;
	const u32 count = mheap_look_first_slots(look);

	*to = (struct mheap_dump_object) {
		.bytes = mheap_dump_slots_bytes(sizeof(*to), count),
		.kind = MHEAP_DUMP_OBJECT,
		.flags = look->count & MHEAP_COUNT_REFS ? 0 : MHEAP_DUMP_IS_DEAD,
		.object = look->number,
		.type = look->type,
		.site = look->site,
		.age_ms = look->age_ms,
		.payload_bytes = payload_bytes,
		.slots = mheap_look_slots(look),
		.handle_refs = mheap_count_handles(look->count),
		.slot_refs = mheap_count_slots(look->count),
		.object_bytes = mheap_object_shape_bytes(look->shape, payload_bytes),
		.count = count,
		.offset = sizeof(*to),
	};
	mheap_dump_slots(look, 0, count, (u32 *)(to + 1));
}

/**
 * mheap_dump_cell_bytes - how large is the record of a cell
 * @look: the cell
 *
 * Context: any.
 * Return: bytes.
 */
u32 mheap_dump_cell_bytes(const struct mheap_look *look)
{
	if (look->shape & MHEAP_SHAPE_WEAK)
		return sizeof(struct mheap_dump_weak);
	return mheap_dump_slots_bytes(sizeof(struct mheap_dump_object),
				      mheap_look_first_slots(look));
}

/**
 * mheap_dump_cell - write the record of a cell
 * @look: the cell
 * @to: room for mheap_dump_cell_bytes()
 *
 * Of a long object, further slots are for mheap_dump_piece(); of a wide one, all.
 *
 * Context: under the stripe, since the look.
 */
void mheap_dump_cell(const struct mheap_look *look, void *to)
{
	if (look->shape & MHEAP_SHAPE_WEAK)
		mheap_dump_weak(look, to);
	else
		mheap_dump_object(look, to);
}

static bool mheap_look_is_null(const struct mheap_look *look, u32 first, u32 end)
{
	for (; first < end; first++)
		if (mheap_look_slot(look, first))
			return false;
	return true;
}

static u32 mheap_piece_part_end(u32 first, u32 end)
{
	return min(end, first + MHEAP_DUMP_SLOTS_PART);
}

/**
 * mheap_dump_piece_bytes - how large are the records of some slots
 * @look: the object
 * @first: the first of them
 * @end: and the one behind the last
 *
 * Context: under the stripe, since the look.
 * Return: bytes; parts that are null take none.
 */
u32 mheap_dump_piece_bytes(const struct mheap_look *look, u32 first, u32 end)
{
	u32 bytes = 0, next;

	for (; first < end; first = next) {
		next = mheap_piece_part_end(first, end);
		if (!mheap_look_is_null(look, first, next))
			bytes += mheap_dump_slots_bytes(sizeof(struct mheap_dump_slots),
							next - first);
	}
	return bytes;
}

/* Writes one record of slots. Returns its bytes. */
static u32 mheap_dump_part(const struct mheap_look *look, u32 first, u32 end, void *to)
{
	struct mheap_dump_slots *slots = to;

	*slots = (struct mheap_dump_slots) {
		.bytes = mheap_dump_slots_bytes(sizeof(*slots), end - first),
		.kind = MHEAP_DUMP_SLOTS,
		.object = look->number,
		.first = first,
		.count = end - first,
		.offset = sizeof(*slots),
	};
	mheap_dump_slots(look, first, end - first, (u32 *)(slots + 1));
	return slots->bytes;
}

/**
 * mheap_dump_piece - write the records of some slots
 * @look: the object
 * @first: the first of them
 * @end: and the one behind the last
 * @to: room for mheap_dump_piece_bytes()
 *
 * Context: under the stripe, since the look, while nobody changes them.
 */
void mheap_dump_piece(const struct mheap_look *look, u32 first, u32 end, void *to)
{
	u32 next;

	for (; first < end; first = next) {
		next = mheap_piece_part_end(first, end);
		if (!mheap_look_is_null(look, first, next))
			to += mheap_dump_part(look, first, next, to);
	}
}

/* Tells the next part of a cell, if there is room. Returns where its slots go on, or ~0. */
static u32 mheap_dump_next(const struct mheap_look *look, u32 slot, struct mheap_room *room)
{
	u32 end = mheap_look_slots(look), next;
	void *to;

	next = slot ? mheap_piece_part_end(slot - 1, end) : mheap_look_first_slots(look);
	if (slot && mheap_look_is_null(look, slot - 1, next))
		return next;
	to = mheap_room_take(room, slot ? mheap_dump_slots_bytes(sizeof(struct mheap_dump_slots),
								 next - (slot - 1)) :
					  mheap_dump_cell_bytes(look));
	if (!to)
		return ~0U;
	if (slot)
		mheap_dump_part(look, slot - 1, next, to);
	else
		mheap_dump_cell(look, to);
	return next;
}

/* Tells a part of a cell. Returns whether there was room; then @place is behind it. */
static bool mheap_dump_some(struct mheap_core *core, struct mheap_place *place,
			    struct mheap_room *room)
{
	struct mheap_chunk *chunk = mheap_chunk_of(&core->cells, place->number);
	struct mheap_stripe *stripe = mheap_dump_stripe(core, place->number);
	u32 slots = 0, next = 0;
	struct mheap_look look;

	spin_lock(&stripe->lock);
	if (mheap_dump_look(core, chunk, place->number, &look)) {
		slots = mheap_look_slots(&look);
		/* It may be another one by now, which is shorter. */
		if (!place->slot)
			next = mheap_dump_next(&look, 0, room);
		else if (place->slot - 1 < slots)
			next = mheap_dump_next(&look,
					       array_index_nospec(place->slot - 1, slots) + 1,
					       room);
		else
			next = slots;
	}
	spin_unlock(&stripe->lock);
	if (next == ~0U)
		return false;
	place->slot = next + 1;
	if (next >= slots)
		*place = (struct mheap_place) { .number = place->number + 1 };
	return true;
}

/* Tells one cell. Returns whether there was room, and steps, for all of it. */
static bool mheap_dump_one(struct mheap_core *core, struct mheap_place *place,
			   struct mheap_room *room, u32 *steps)
{
	const u32 number = place->number;

	while (place->number == number) {
		if (!*steps || !mheap_dump_some(core, place, room))
			return false;
		*steps -= min_t(u32, *steps, MHEAP_DUMP_STEPS);
	}
	return true;
}

/**
 * mheap_dump_objects - tell objects as they are now
 * @mutator: not in a section
 * @place: where to go on, zeroed to begin
 * @room: where records go
 *
 * Context: any.
 * Return: whether that is all.
 */
bool mheap_dump_objects(struct mheap_mutator *mutator, struct mheap_place *place,
			struct mheap_room *room)
{
	struct mheap_core *core = mutator->core;
	u32 steps = MHEAP_SLICE_STEPS, number;
	struct mheap_scan scan;
	bool over = false;

	mheap_section_enter(mutator);
	mheap_scan_seek(core, &scan, place->number);
	for (;;) {
		number = mheap_scan_next(core, &scan, MHEAP_FILTER_ALL, &steps);
		if (!number) {
			over = mheap_scan_over(core, &scan);
			*place = (struct mheap_place) { .number = mheap_scan_tell(&scan) };
			break;
		}
		if (number != place->number)
			*place = (struct mheap_place) { .number = number };
		if (!mheap_dump_one(core, place, room, &steps))
			break;
	}
	mheap_section_exit(mutator);
	return over;
}
