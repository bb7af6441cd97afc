// SPDX-License-Identifier: GPL-2.0-only
#include <linux/gfp.h>
#include <linux/kmemleak.h>
#include <linux/math.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "age.h"
#include "barrier.h"
#include "core.h"
#include "count.h"
#include "object.h"
#include "payload.h"
#include "phase.h"
#include "site_note.h"
#include "record.h"
#include "trace.h"

/* Looks at an object whose counts keep changing. */
#define MHEAP_STAT_TRIES	8

#define MHEAP_SPINE_PAGE_BYTES	(MHEAP_PIECE_SLOTS * sizeof(u32))

static bool mheap_shape_wide(const struct mheap_shape *shape)
{
	return shape->slots > MHEAP_INLINE_SLOTS;
}

/* The size class of the cell of an object. */
static u32 mheap_shape_class(const struct mheap_shape *shape)
{
	if (mheap_shape_wide(shape))
		return mheap_class_for(sizeof(struct mheap_wide_cell));
	return mheap_class_for(MHEAP_CELL_HEAD + (shape->payload_bytes ? 8 : 0) +
			       shape->slots * 4);
}

/**
 * mheap_object_spine_pages - pages of slots of a wide object
 * @slots: its slots
 *
 * Context: any.
 * Return: how many.
 */
u32 mheap_object_spine_pages(u32 slots)
{
	return mheap_cell_pieces(slots);
}

static unsigned long mheap_spine_bytes(u32 slots)
{
	return mheap_object_spine_pages(slots) *
	       (MHEAP_SPINE_PAGE_BYTES + sizeof(u32 *) + sizeof(u64));
}

/**
 * mheap_object_free_spine - free the slots of a wide object
 * @core: the heap
 * @spine: the spine; entries may be NULL
 * @slots: its slots
 *
 * Context: any.
 */
void mheap_object_free_spine(struct mheap_core *core, u32 **spine, u32 slots)
{
	u32 i;

	for (i = 0; i < mheap_object_spine_pages(slots); i++)
		free_pages_exact(spine[i], MHEAP_SPINE_PAGE_BYTES);
	kfree(mheap_spine_stamps(spine, slots));
	mheap_memory_uncharge(&core->memory, mheap_spine_bytes(slots));
}

/**
 * mheap_object_drop_spine - free the slots of a wide cell that is going to be free
 * @core: the heap
 * @number: the cell; nobody can reach it
 *
 * Who looks at it without a reference does so under the stripe.
 *
 * Context: in a section, or by the worker.
 */
void mheap_object_drop_spine(struct mheap_core *core, u32 number)
{
	struct mheap_stripe *stripe = mheap_dump_stripe(core, number);
	struct mheap_cell *cell = mheap_cell_of(core, number);
	u32 **spine = mheap_cell_spine(cell);

	spin_lock(&stripe->lock);
	WRITE_ONCE(((struct mheap_wide_cell *)cell)->spine, NULL);
	spin_unlock(&stripe->lock);
	mheap_object_free_spine(core, spine, mheap_cell_slots(cell));
}

static int mheap_object_alloc_spine(struct mheap_core *core, u32 slots, u32 ***ret_spine)
{
	u32 pages = mheap_object_spine_pages(slots);
	u64 *stamps;
	u32 **spine;
	u32 i;
	int ret = -ENOMEM;

	if (!mheap_memory_charge(&core->memory, mheap_spine_bytes(slots)))
		return -EDQUOT;
	stamps = kcalloc(pages, sizeof(*stamps) + sizeof(*spine), MHEAP_GFP);
	if (!stamps)
		goto uncharge;
	spine = (u32 **)(stamps + pages);
	for (i = 0; i < pages; i++) {
		if (fatal_signal_pending(current)) {
			ret = -EINTR;
			goto free_pages;
		}
		spine[i] = alloc_pages_exact(MHEAP_SPINE_PAGE_BYTES,
					     MHEAP_GFP | __GFP_ZERO);
		if (!spine[i])
			goto free_pages;
		cond_resched();
	}
	/* Cells are not scanned, so nothing that is seen refers to it. */
	kmemleak_not_leak(stamps);
	*ret_spine = spine;
	return 0;

free_pages:
	while (i--)
		free_pages_exact(spine[i], MHEAP_SPINE_PAGE_BYTES);
	kfree(stamps);
uncharge:
	mheap_memory_uncharge(&core->memory, mheap_spine_bytes(slots));
	return ret;
}

/* Counts an object towards the heap's limit, where it has one. */
static bool mheap_object_count(struct mheap_core *core)
{
	u64 max = READ_ONCE(core->max_objects);

	if (!max)
		return true;
	if (atomic_long_inc_return(&core->objects) <= max)
		return true;
	atomic_long_dec(&core->objects);
	return false;
}

/**
 * mheap_object_uncount - an object no longer counts towards the heap's limit
 * @core: the heap
 *
 * Context: any.
 */
void mheap_object_uncount(struct mheap_core *core)
{
	if (READ_ONCE(core->max_objects))
		atomic_long_dec(&core->objects);
}

static void mheap_cell_fill(struct mheap_cell *cell, const struct mheap_shape *shape, u32 class,
			    const struct mheap_parts *parts, u32 birth)
{
	struct mheap_wide_cell *wide = (struct mheap_wide_cell *)cell;
	u32 *slot, *end;

	WRITE_ONCE(cell->shape, shape->slots | class << MHEAP_SHAPE_CLASS_SHIFT |
				(shape->payload_bytes ? MHEAP_SHAPE_PAYLOAD : 0) |
				(parts->spine ? MHEAP_SHAPE_WIDE : 0));
	WRITE_ONCE(cell->type, shape->type);
	WRITE_ONCE(cell->site, mheap_site_of(shape->site) | birth << MHEAP_BIRTH_SHIFT);
	if (shape->payload_bytes) {
		cell->words[0] = parts->payload;
		cell->words[1] = shape->payload_bytes;
	}
	if (parts->spine) {
		WRITE_ONCE(wide->spine, parts->spine);
		return;
	}
	/* Most have few: a call would be longer. */
	for (slot = mheap_cell_inline(cell), end = slot + shape->slots; slot < end; slot++)
		*slot = 0;
}

/* Gives a new object the colour that the phase asks for. */
static void mheap_object_colour(struct mheap_mutator *mutator, struct mheap_chunk *chunk, u32 bit,
				u32 slots)
{
	switch (mheap_phase_of(mutator->phase)) {
	case MHEAP_PHASE_IDLE:
		break;
	case MHEAP_PHASE_START:
		/* The marker that sees it grey sees what it is. */
		smp_mb__before_atomic();
		set_bit(bit, chunk->mark);
		if (slots)
			mheap_chunk_set_grey(mutator->core, chunk, bit);
		break;
	case MHEAP_PHASE_MARK:
	case MHEAP_PHASE_SWEEP:
		set_bit(bit, chunk->mark);
		break;
	}
}

static u32 mheap_object_build(struct mheap_mutator *mutator, const struct mheap_shape *shape,
			      u32 class, u32 number, const struct mheap_parts *parts)
{
	struct mheap_cursor *cursor = &mutator->cells[class];
	struct mheap_cell *cell = mheap_chunk_at(cursor->chunk, number);
	u64 version = atomic64_read(&cell->count) & MHEAP_COUNT_VERSIONS;
	u64 bytes;

	mheap_cell_fill(cell, shape, class, parts, mheap_age_tick(mutator));
	mheap_object_colour(mutator, cursor->chunk, mheap_chunk_bit(number), shape->slots);
	mheap_record_birth(mutator, number);
	/* From here on somebody who has the number from long ago may count it. */
	atomic64_set_release(&cell->count, version + MHEAP_COUNT_VERSION +
					   MHEAP_COUNT_HANDLE);
	mheap_cursor_take(cursor, number);
	mutator->tally.allocated++;
	bytes = mheap_object_bytes(cell);
	mutator->tally.allocated_bytes += bytes;
	mheap_site_born(mutator, mheap_site_of(shape->site), bytes);
	return number;
}

/**
 * mheap_object_build_weak - make a weak cell
 * @mutator: in a section
 * @weak: what mheap_space_peek() found for it
 * @referent: what it is to refer to
 *
 * It is not an object to those who count objects, but takes its bytes.
 *
 * Context: any.
 */
void mheap_object_build_weak(struct mheap_mutator *mutator, u32 weak, u32 referent)
{
	u32 class = mheap_class_for(sizeof(struct mheap_weak_cell));
	struct mheap_cursor *cursor = &mutator->cells[class];
	struct mheap_weak_cell *cell = mheap_chunk_at(cursor->chunk, weak);
	u64 version = atomic64_read(&cell->count) & MHEAP_COUNT_VERSIONS;

	WRITE_ONCE(cell->shape, MHEAP_SHAPE_WEAK | class << MHEAP_SHAPE_CLASS_SHIFT);
	WRITE_ONCE(cell->referent, referent);
	WRITE_ONCE(cell->watched, 0);
	WRITE_ONCE(cell->was, referent);
	mheap_object_colour(mutator, cursor->chunk, mheap_chunk_bit(weak), 0);
	mheap_record_birth(mutator, weak);
	/* From here on somebody who has the number from long ago may count it. */
	atomic64_set_release(&cell->count, version + MHEAP_COUNT_VERSION + MHEAP_COUNT_HANDLE);
	mheap_cursor_take(cursor, weak);
	mutator->tally.allocated_bytes += mheap_class_bytes(class);
}

/**
 * mheap_object_try_alloc - make an object if that needs no memory of the system
 * @mutator: in a section
 * @shape: what it is to be, within its ranges
 *
 * Context: any; may take the spaces' locks.
 * Return: the object, which has one handle; 0 when mheap_object_prepare() is
 *	   needed.
 */
u32 mheap_object_try_alloc(struct mheap_mutator *mutator, const struct mheap_shape *shape)
{
	struct mheap_core *core = mutator->core;
	struct mheap_parts parts = {};
	u32 class, number;

	/* Clearing more than a page is not for a section. */
	if (mheap_shape_wide(shape) || shape->payload_bytes > MHEAP_CELL_MAX)
		return 0;
	class = mheap_shape_class(shape);
	number = mheap_space_peek(&core->cells, &mutator->cells[class], class);
	if (!number)
		return 0;
	if (shape->payload_bytes) {
		parts.payload = mheap_payload_peek(mutator, shape->payload_bytes);
		if (!parts.payload)
			return 0;
	}
	if (!mheap_object_count(core))
		return 0;
	if (parts.payload)
		mheap_payload_take(mutator, parts.payload, shape->payload_bytes);
	return mheap_object_build(mutator, shape, class, number, &parts);
}

/**
 * mheap_object_prepare - get together what an object is made of
 * @mutator: not in a section
 * @shape: what it is to be, within its ranges
 * @ret_parts: where the parts go; mheap_object_publish() must follow, without
 *	       another allocation by @mutator in between
 *
 * Context: may sleep.
 * Return: 0; -EDQUOT at a limit of the heap; -ENOMEM; -EINTR when the caller is
 *	   being killed. Nothing is held then.
 */
int mheap_object_prepare(struct mheap_mutator *mutator, const struct mheap_shape *shape,
			 struct mheap_parts *ret_parts)
{
	struct mheap_core *core = mutator->core;
	struct mheap_parts parts = {};
	u32 class = mheap_shape_class(shape);
	int ret;

	if (!mheap_object_count(core)) {
		trace_mheap_limit(core, MHEAP_LIMIT_OBJECTS, READ_ONCE(core->max_objects));
		return -EDQUOT;
	}
	ret = mheap_space_refill(&core->cells, &mutator->cells[class], class);
	if (!ret && mheap_shape_wide(shape))
		ret = mheap_object_alloc_spine(core, shape->slots, &parts.spine);
	if (!ret && shape->payload_bytes)
		ret = mheap_payload_alloc(mutator, shape->payload_bytes, &parts.payload);
	if (ret) {
		if (parts.spine)
			mheap_object_free_spine(core, parts.spine, shape->slots);
		mheap_object_uncount(core);
		return ret;
	}
	*ret_parts = parts;
	return 0;
}

/**
 * mheap_object_publish - make an object of its parts
 * @mutator: in a section
 * @shape: as for mheap_object_prepare()
 * @parts: what that made
 *
 * Context: any.
 * Return: the object, which has one handle.
 */
u32 mheap_object_publish(struct mheap_mutator *mutator, const struct mheap_shape *shape,
			 struct mheap_parts *parts)
{
	u32 class = mheap_shape_class(shape);
	u32 number = mheap_space_peek(&mutator->core->cells, &mutator->cells[class], class);

	return mheap_object_build(mutator, shape, class, number, parts);
}

/**
 * mheap_object_shape_bytes - bytes that an object takes, by its shape
 * @shape: as in &struct mheap_cell
 * @payload_bytes: its payload, if that says that it has one
 *
 * Context: any.
 * Return: bytes, all but the side tables; less than 2^32.
 */
u64 mheap_object_shape_bytes(u32 shape, u32 payload_bytes)
{
	u64 bytes = mheap_class_bytes(shape >> MHEAP_SHAPE_CLASS_SHIFT);

	if (shape & MHEAP_SHAPE_PAYLOAD)
		bytes += mheap_payload_footprint(payload_bytes);
	if (shape & MHEAP_SHAPE_WIDE)
		bytes += mheap_spine_bytes(shape & MHEAP_SHAPE_SLOTS);
	return bytes;
}

/* Returns whether the cell is an object, and the same one all the time. */
static bool mheap_object_try_stat(struct mheap_core *core, struct mheap_cell *cell,
				  struct mheap_object_stat *stat, bool *ret_same)
{
	u64 count = atomic64_read(&cell->count);
	u32 word;

	if (!(count & MHEAP_COUNT_REFS))
		return false;
	/* Pairs with the release in mheap_object_build(). */
	smp_rmb();
	if (mheap_cell_weak(cell))
		return false;
	stat->shape.slots = mheap_cell_slots(cell);
	stat->shape.payload_bytes = mheap_cell_payload_bytes(cell);
	stat->shape.type = READ_ONCE(cell->type);
	word = READ_ONCE(cell->site);
	stat->shape.site = mheap_site_of(word);
	stat->age_ms = mheap_age_ms(core, word);
	stat->handles = mheap_count_handles(count);
	stat->slots = mheap_count_slots(count);
	stat->bytes = mheap_object_bytes(cell);
	/* All of this was read before the version is looked at again. */
	/* ... and with what takes the cell apart: that comes after a new count. */
	smp_rmb();
	*ret_same = atomic64_read(&cell->count) == (s64)count;
	return true;
}

/**
 * mheap_object_stat - what an object is
 * @core: the heap
 * @number: the object, or a cell that was one
 * @ret_stat: where it goes
 *
 * A cell may die and become another object meanwhile; every such change
 * advances the version in its count.
 *
 * Context: in a section. Takes no reference.
 * Return: whether it is an object, and not a weak cell; @ret_stat means nothing if
 *	   not.
 */
bool mheap_object_stat(struct mheap_core *core, u32 number, struct mheap_object_stat *ret_stat)
{
	struct mheap_chunk *chunk = mheap_space_chunk(&core->cells, number >> MHEAP_INDEX_SHIFT);
	struct mheap_cell *cell;
	bool same = false;
	int tries;

	if (!chunk)
		return false;
	cell = mheap_chunk_at(chunk, number);
	for (tries = 0; tries < MHEAP_STAT_TRIES && !same; tries++)
		if (!mheap_object_try_stat(core, cell, ret_stat, &same))
			return false;
	return true;
}
