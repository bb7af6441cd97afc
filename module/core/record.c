// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitops.h>
#include <linux/minmax.h>

#include "core.h"
#include "picture.h"
#include "record.h"

/* Copies a cell to the log. Returns whether there was room. */
static bool mheap_record_copy(struct mheap_picture *picture, const struct mheap_look *look)
{
	u32 slots = mheap_look_slots(look), first = mheap_look_first_slots(look);
	u32 bytes = mheap_dump_cell_bytes(look), rest = 0;
	void *to;

	/* Slots of a wide one are recorded in pieces. */
	if (!look->spine && first < slots)
		rest = mheap_dump_piece_bytes(look, first, slots);
	to = mheap_picture_log(picture, MHEAP_LOG_OBJECTS, bytes + rest);
	if (!to)
		return false;
	mheap_dump_cell(look, to);
	if (rest)
		mheap_dump_piece(look, first, slots, to + bytes);
	return true;
}

/**
 * mheap_record_object - see to it that an object has been recorded
 * @core: the heap; there is a picture
 * @number: the object, or what was one
 *
 * Of a wide object, its slots are not: see mheap_record_slot_of().
 *
 * Context: in a section, or by the worker; takes the stripe.
 */
void mheap_record_object(struct mheap_core *core, u32 number)
{
	struct mheap_picture *picture = core->instant.picture;
	u32 index = number >> MHEAP_INDEX_SHIFT, bit = mheap_chunk_bit(number);
	struct mheap_stripe *stripe;
	struct mheap_chunk *chunk;
	struct mheap_look look;

	/* Chunks beyond were made since. */
	if (index >= picture->indices || test_bit(bit, picture->bits[index]) ||
	    mheap_picture_broken(picture))
		return;
	chunk = mheap_space_chunk(&core->cells, index);
	if (!chunk)
		return;
	stripe = mheap_dump_stripe(core, number);
	spin_lock(&stripe->lock);
	/* Whoever has been born here meanwhile has set the bit before it could be found. */
	if (mheap_dump_look(core, chunk, number, &look) && !test_bit(bit, picture->bits[index]) &&
	    mheap_record_copy(picture, &look)) {
		/* It has been copied before anybody sees that. */
		smp_mb__before_atomic();
		set_bit(bit, picture->bits[index]);
	}
	spin_unlock(&stripe->lock);
}

static void mheap_record_piece(struct mheap_core *core, u32 object, u32 piece)
{
	struct mheap_picture *picture = core->instant.picture;
	struct mheap_cell *cell = mheap_cell_of(core, object);
	u32 slots = mheap_cell_slots(cell), first = piece << MHEAP_PIECE_SHIFT;
	u64 *stamp = mheap_spine_stamps(mheap_cell_spine(cell), slots) + piece;
	u32 end = min(slots, first + MHEAP_PIECE_SLOTS), bytes;
	struct mheap_look look = {
		.number = object, .shape = cell->shape, .spine = mheap_cell_spine(cell),
	};
	struct mheap_stripe *stripe;
	void *to = NULL;

	if (READ_ONCE(*stamp) == picture->number || mheap_picture_broken(picture))
		return;
	stripe = mheap_dump_stripe(core, object);
	spin_lock(&stripe->lock);
	if (READ_ONCE(*stamp) != picture->number) {
		bytes = mheap_dump_piece_bytes(&look, first, end);
		if (bytes)
			to = mheap_picture_log(picture, MHEAP_LOG_OBJECTS, bytes);
		if (to)
			mheap_dump_piece(&look, first, end, to);
		if (to || !bytes)
			/* It has been copied before anybody sees that. */
			smp_store_release(stamp, picture->number);
	}
	spin_unlock(&stripe->lock);
}

/**
 * mheap_record_slot_of - see to it that a slot has been recorded
 * @core: the heap; there is a picture
 * @object: the object; the caller keeps it, or takes it apart
 * @index: the slot
 *
 * Context: in a section, or by the worker; takes the stripe.
 */
void mheap_record_slot_of(struct mheap_core *core, u32 object, u32 index)
{
	if (mheap_cell_wide(mheap_cell_of(core, object)))
		mheap_record_piece(core, object, index >> MHEAP_PIECE_SHIFT);
	else
		mheap_record_object(core, object);
}

/**
 * mheap_record_birth_of - an object is not in the picture
 * @core: the heap; there is a picture
 * @number: a cell that has been filled in, and nobody can find
 *
 * Pieces of a wide one need no stamp: they are null, of which nothing is told.
 *
 * Context: in a section.
 */
void mheap_record_birth_of(struct mheap_core *core, u32 number)
{
	struct mheap_picture *picture = core->instant.picture;
	u32 index = number >> MHEAP_INDEX_SHIFT;

	if (index < picture->indices)
		set_bit(mheap_chunk_bit(number), picture->bits[index]);
}
