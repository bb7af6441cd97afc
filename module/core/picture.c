// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "core.h"
#include "picture.h"
#include "record.h"
#include "trace.h"

/* Indices that a picture covers beyond those that the heap has. */
#define MHEAP_PICTURE_SLACK	4

/* What is freed at a time. */
#define MHEAP_PICTURE_PART	64

#define MHEAP_PICTURE_BITS	(MHEAP_CHUNK_GRANULES / 8)

/* What a piece of slots counts in steps. */
#define MHEAP_PICTURE_STEPS	64

static void *mheap_picture_alloc(struct mheap_picture *picture, size_t count, size_t size,
				 int *ret)
{
	unsigned long bytes = count * size;
	void *memory;

	if (fatal_signal_pending(current)) {
		*ret = -EINTR;
		return NULL;
	}
	if (picture->account && !mheap_memory_charge(picture->account, bytes)) {
		*ret = -EDQUOT;
		return NULL;
	}
	cond_resched();
	memory = kvcalloc(count, size, MHEAP_GFP);
	if (memory) {
		picture->charged += bytes;
		return memory;
	}
	if (picture->account)
		mheap_memory_uncharge(picture->account, bytes);
	*ret = -ENOMEM;
	return NULL;
}

static int mheap_picture_alloc_logs(struct mheap_picture *picture, u32 segments)
{
	u32 i;
	int ret = 0;

	picture->segments = mheap_picture_alloc(picture, segments, sizeof(*picture->segments),
						&ret);
	for (i = 0; !ret && i < segments; i++) {
		picture->segments[i] = mheap_picture_alloc(picture, 1, sizeof(**picture->segments),
							   &ret);
		if (!ret)
			picture->segment_count++;
	}
	return ret;
}

/**
 * mheap_picture_new - memory for a picture
 * @core: the heap
 * @log_bytes: what its log is to take, at least
 * @ret: where the errno goes: -ENOMEM; -EDQUOT at the limit of all heaps; -EINTR when the
 *	 caller is being killed
 *
 * Context: may sleep.
 * Return: the picture, or NULL.
 */
struct mheap_picture *mheap_picture_new(struct mheap_core *core, u64 log_bytes, int *ret)
{
	struct mheap_picture *picture = kvcalloc(1, sizeof(*picture), MHEAP_GFP);
	u32 i;

	if (!picture) {
		*ret = -ENOMEM;
		return NULL;
	}
	picture->core = core;
	picture->account = core->memory.parent;
	for (i = 0; i < MHEAP_LOGS; i++)
		spin_lock_init(&picture->logs[i].lock);
	*ret = mheap_picture_alloc_logs(picture, DIV_ROUND_UP((u32)log_bytes, MHEAP_SEGMENT_BYTES));
	if (!*ret)
		*ret = mheap_picture_cover(core, picture);
	if (!*ret)
		return picture;
	while (mheap_picture_free_some(picture))
		cond_resched();
	return NULL;
}

/**
 * mheap_picture_cover - let a picture have bits for all objects that there are
 * @core: the heap
 * @picture: one that is not used yet
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM; -EDQUOT at the limit of all heaps; -EINTR when the caller is being
 *	   killed.
 */
int mheap_picture_cover(struct mheap_core *core, struct mheap_picture *picture)
{
	u32 end = READ_ONCE(core->cells.end);
	u32 indices = min(core->cells.indices, end + end / 8 + MHEAP_PICTURE_SLACK);
	unsigned long **bits, **old = picture->bits;
	int ret = 0;

	bits = mheap_picture_alloc(picture, indices, sizeof(*bits), &ret);
	if (ret)
		return ret;
	if (old)
		memcpy(bits, old, picture->indices * sizeof(*bits));
	picture->bits = bits;
	kvfree(old);
	while (!ret && picture->indices < indices) {
		bits[picture->indices] = mheap_picture_alloc(picture, 1, MHEAP_PICTURE_BITS, &ret);
		if (!ret)
			picture->indices++;
	}
	return ret;
}

/**
 * mheap_picture_free_some - free a part of a picture's memory
 * @picture: the picture, which nobody uses any more
 *
 * Context: may sleep.
 * Return: whether there is more; if not, the picture is gone.
 */
bool mheap_picture_free_some(struct mheap_picture *picture)
{
	u32 i;

	for (i = 0; i < MHEAP_PICTURE_PART; i++) {
		if (picture->indices)
			kvfree(picture->bits[--picture->indices]);
		else if (picture->segment_count)
			kvfree(picture->segments[--picture->segment_count]);
		else
			break;
	}
	if (i == MHEAP_PICTURE_PART)
		return true;
	kvfree(picture->bits);
	kvfree(picture->segments);
	if (picture->account)
		mheap_memory_uncharge(picture->account, picture->charged);
	kvfree(picture);
	return false;
}

/* A segment that is not in use, plus one; 0 if there is none. */
static u32 mheap_log_extend(struct mheap_picture *picture, struct mheap_log *log)
{
	u32 segment;

	if (READ_ONCE(picture->broken))
		return 0;
	segment = atomic_inc_return(&picture->taken);
	if (segment > picture->segment_count)
		return 0;
	if (log->last)
		picture->segments[log->last - 1]->next = segment;
	else
		log->first = segment;
	log->last = segment;
	return segment;
}

/**
 * mheap_picture_log - take room in a log
 * @picture: the picture
 * @kind: whose log
 * @bytes: how much, a multiple of 8; far below MHEAP_SEGMENT_BYTES
 *
 * Context: any; takes the log's lock.
 * Return: the room; NULL when there is none: the picture is broken.
 */
void *mheap_picture_log(struct mheap_picture *picture, enum mheap_log_kind kind, u32 bytes)
{
	struct mheap_log *log = &picture->logs[kind];
	struct mheap_segment *segment = NULL;
	void *at = NULL;

	spin_lock(&log->lock);
	if (log->last)
		segment = picture->segments[log->last - 1];
	if (!segment || segment->used + bytes > sizeof(segment->data))
		segment = mheap_log_extend(picture, log) ? picture->segments[log->last - 1] : NULL;
	if (segment) {
		at = segment->data + segment->used;
		segment->used += bytes;
	} else {
		if (!READ_ONCE(picture->broken))
			trace_mheap_snapshot_overflow(picture->core, picture->number,
						      picture->segment_count);
		/* Who reads what we could not copy does so under the stripe, and sees this. */
		WRITE_ONCE(picture->broken, true);
	}
	spin_unlock(&log->lock);
	return at;
}

/* Tells a cell that has not been recorded. Returns whether there was room. */
static bool mheap_picture_tell_cell(const struct mheap_look *look, struct mheap_room *room)
{
	u32 slots = mheap_look_slots(look), first = mheap_look_first_slots(look);
	bool rest = !look->spine && first < slots;
	void *to;

	to = mheap_room_take(room, mheap_dump_cell_bytes(look) +
				   (rest ? mheap_dump_piece_bytes(look, first, slots) : 0));
	if (!to)
		return false;
	mheap_dump_cell(look, to);
	if (rest)
		mheap_dump_piece(look, first, slots, to + mheap_dump_cell_bytes(look));
	return true;
}

/* Tells the piece that is next, if it has not been recorded. Returns whether there was room. */
static bool mheap_picture_tell_piece(struct mheap_picture *picture, const struct mheap_look *look,
				     struct mheap_room *room)
{
	u32 slots = mheap_look_slots(look);
	u64 *stamp = mheap_spine_stamps(look->spine, slots) +
		     (picture->place.slot >> MHEAP_PIECE_SHIFT);
	u32 first = picture->place.slot, end = min(slots, first + MHEAP_PIECE_SLOTS), bytes;
	void *to;

	picture->place.slot = end;
	if (READ_ONCE(*stamp) == picture->number)
		return true;
	bytes = mheap_dump_piece_bytes(look, first, end);
	to = mheap_room_take(room, bytes);
	if (!to) {
		picture->place.slot = first;
		return false;
	}
	mheap_dump_piece(look, first, end, to);
	/* Pairs with mheap_record_slot(): it changes what has been told. */
	smp_store_release(stamp, picture->number);
	return true;
}

/*
 * Tells what has not been recorded of the cell at the reader's place: itself, or the next
 * piece of it. Returns whether there was room.
 */
static bool mheap_picture_tell(struct mheap_core *core, struct mheap_picture *picture,
			       struct mheap_chunk *chunk, struct mheap_room *room)
{
	struct mheap_place *place = &picture->place;
	unsigned long *bits = picture->bits[place->number >> MHEAP_INDEX_SHIFT];
	u32 bit = mheap_chunk_bit(place->number);
	struct mheap_look look;

	/*
	 * Where it is not in use any more, all of it has been recorded before; what has
	 * come in its place was born recorded.
	 */
	if (!mheap_dump_look(core, chunk, place->number, &look)) {
		/* Its counts change, so they have been recorded; but pieces may have not. */
		if (look.changing)
			return true;
		goto next;
	}
	if (!test_bit(bit, bits)) {
		if (!mheap_picture_tell_cell(&look, room))
			return false;
		/* Pairs with mheap_record_object(): it changes what has been told. */
		smp_mb__before_atomic();
		set_bit(bit, bits);
		if (look.spine)
			return true;
		goto next;
	}
	if (look.spine && place->slot < mheap_look_slots(&look))
		return mheap_picture_tell_piece(picture, &look, room);
next:
	*place = (struct mheap_place) { .number = place->number + 1 };
	return true;
}

/* Returns whether there was room, and steps, for all that is left of the cell. */
static bool mheap_picture_tell_all(struct mheap_core *core, struct mheap_picture *picture,
				   struct mheap_room *room, u32 *steps)
{
	const u32 number = picture->place.number;
	struct mheap_chunk *chunk = mheap_chunk_of(&core->cells, number);
	struct mheap_stripe *stripe = mheap_dump_stripe(core, number);
	bool fits = true;

	while (fits && picture->place.number == number) {
		if (!*steps)
			return false;
		spin_lock(&stripe->lock);
		fits = mheap_picture_tell(core, picture, chunk, room);
		spin_unlock(&stripe->lock);
		*steps -= min_t(u32, *steps, picture->place.slot ? MHEAP_PICTURE_STEPS : 1);
	}
	return fits;
}

/* Has all of it been recorded, as far as a look without the stripe can tell? */
static bool mheap_picture_passed(struct mheap_core *core, struct mheap_picture *picture,
				 u32 number)
{
	if (!test_bit(mheap_chunk_bit(number), picture->bits[number >> MHEAP_INDEX_SHIFT]))
		return false;
	/* A wide one may have pieces that have not been. */
	return !mheap_cell_wide(mheap_cell_of(core, number));
}

/**
 * mheap_picture_read_objects - tell objects as they were
 * @mutator: not in a section
 * @picture: an open picture; by one reader at a time
 * @room: where records go; 16 KiB are enough to go on
 *
 * When there is no more, all that there was has been recorded, and the log of objects is
 * complete.
 *
 * Context: any.
 * Return: whether that is all.
 */
bool mheap_picture_read_objects(struct mheap_mutator *mutator, struct mheap_picture *picture,
				struct mheap_room *room)
{
	struct mheap_core *core = mutator->core;
	u32 steps = MHEAP_SLICE_STEPS, number;
	struct mheap_scan scan;
	bool over = false;

	mheap_section_enter(mutator);
	mheap_scan_seek(core, &scan, picture->place.number);
	for (;;) {
		number = mheap_scan_next(core, &scan, MHEAP_FILTER_ALL, &steps);
		if (!number) {
			/* What is at higher indices has been made since. */
			over = mheap_scan_over(core, &scan) || scan.index >= picture->indices;
			picture->place = (struct mheap_place) {
				.number = mheap_scan_tell(&scan),
			};
			break;
		}
		over = number >> MHEAP_INDEX_SHIFT >= picture->indices;
		if (over)
			break;
		if (number != picture->place.number)
			picture->place = (struct mheap_place) { .number = number };
		if (mheap_picture_passed(core, picture, number))
			continue;
		if (!mheap_picture_tell_all(core, picture, room, &steps))
			break;
	}
	mheap_section_exit(mutator);
	return over;
}

/* The segment that is read, or NULL when that was all. */
static struct mheap_segment *mheap_picture_segment(struct mheap_picture *picture,
						   struct mheap_log *log)
{
	if (!picture->log_place) {
		picture->log_place = log->first;
		picture->log_offset = 0;
	}
	return picture->log_place ? picture->segments[picture->log_place - 1] : NULL;
}

/**
 * mheap_picture_read_log - tell what is in a log
 * @picture: an open picture; by one reader at a time
 * @kind: which log, which has to be complete
 * @room: where records go; 4 KiB are enough to go on
 *
 * Context: any.
 * Return: whether that is all.
 */
bool mheap_picture_read_log(struct mheap_picture *picture, enum mheap_log_kind kind,
			    struct mheap_room *room)
{
	const struct mheap_dump_record *record;
	struct mheap_segment *segment;
	void *to;

	/*
	 * That something has been recorded was seen without a lock. Pairs with
	 * mheap_record_object(): then it is in the log.
	 */
	smp_rmb();
	segment = mheap_picture_segment(picture, &picture->logs[kind]);
	while (segment) {
		for (; picture->log_offset < segment->used; picture->log_offset += record->bytes) {
			record = (const void *)(segment->data + picture->log_offset);
			to = mheap_room_take(room, record->bytes);
			if (!to)
				return false;
			memcpy(to, record, record->bytes);
		}
		picture->log_place = segment->next;
		picture->log_offset = 0;
		if (!segment->next)
			break;
		segment = picture->segments[segment->next - 1];
	}
	return true;
}
