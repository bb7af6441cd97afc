/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A picture of the heap: what was there at one instant, read while everything goes on.
 *
 * What is about to change for the first time since the instant is copied to a log before
 * (record.h). The reader comes by everything else, and has it from where it is. Whatever
 * was there is thus in the log, or told by the reader, and never both: a bit for each
 * object, and a stamp for each piece of a wide one, says that it has been recorded.
 *
 * The log is made when the picture is. When it is full the picture is broken: what is read
 * of it means nothing, and nobody copies any more.
 *
 * Locks: the stripe of an object (dump.h) is held while it is copied; a log's lock, a leaf,
 * while room in it is taken.
 */
#ifndef _MHEAP_CORE_PICTURE_H
#define _MHEAP_CORE_PICTURE_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "dump.h"
#include "root.h"

struct mheap_core;
struct mheap_memory;
struct mheap_mutator;

#define MHEAP_SEGMENT_BYTES	(32U << 10)

/**
 * enum mheap_log_kind - what a log is of
 * @MHEAP_LOG_OBJECTS: of objects
 * @MHEAP_LOG_HOLDERS: of those who hold them
 * @MHEAP_LOGS: how many there are
 */
enum mheap_log_kind {
	MHEAP_LOG_OBJECTS,
	MHEAP_LOG_HOLDERS,
	MHEAP_LOGS,
};

/**
 * struct mheap_segment - a part of a log
 * @next: index of the next one, plus one; 0 for none
 * @used: bytes of @data
 * @data: records
 */
struct mheap_segment {
	u32 next;
	u32 used;
	u8 data[MHEAP_SEGMENT_BYTES - 8];
};

/**
 * struct mheap_log - a log
 * @lock: protects all of it, and @next and @used of its segments; a leaf
 * @first: its first segment, plus one; 0 for none
 * @last: its last one
 */
struct mheap_log {
	spinlock_t lock;	/* see above */
	u32 first;
	u32 last;
};

/**
 * struct mheap_picture - see above
 * @number: of this picture, among those of the heap: never 0
 * @taken_ns: the instant (CLOCK_MONOTONIC)
 * @core: whose it is
 * @account: what its memory is charged to, or NULL
 * @charged: bytes that are
 * @bits: for each chunk's index, a bit for each granule: the object has been recorded
 * @indices: how many
 * @broken: the log was full
 * @segments: memory of the logs
 * @segment_count: how many
 * @taken: how many of them are in use, or more
 * @logs: the logs
 * @roots: the named roots
 * @place: where the reader is among the objects
 * @log_place: the segment that it reads, plus one, and where
 * @log_offset: see @log_place
 */
struct mheap_picture {
	u64 number;
	u64 taken_ns;
	struct mheap_core *core;
	struct mheap_memory *account;
	unsigned long charged;
	unsigned long **bits;
	u32 indices;
	bool broken;
	struct mheap_segment **segments;
	u32 segment_count;
	atomic_t taken;
	struct mheap_log logs[MHEAP_LOGS];
	struct mheap_root roots[MHEAP_ROOTS];
	struct mheap_place place;
	u32 log_place;
	u32 log_offset;
};

struct mheap_picture *mheap_picture_new(struct mheap_core *core, u64 log_bytes, int *ret);
int mheap_picture_cover(struct mheap_core *core, struct mheap_picture *picture);
bool mheap_picture_free_some(struct mheap_picture *picture);
void *mheap_picture_log(struct mheap_picture *picture, enum mheap_log_kind kind, u32 bytes);
bool mheap_picture_read_objects(struct mheap_mutator *mutator, struct mheap_picture *picture,
				struct mheap_room *room);
bool mheap_picture_read_log(struct mheap_picture *picture, enum mheap_log_kind kind,
			    struct mheap_room *room);

/*
 * Was the log full? Then what it lacks may change: whoever reads that, changed, sees what we
 * have seen, if it looks after a read barrier.
 */
static inline bool mheap_picture_broken(const struct mheap_picture *picture)
{
	if (likely(!READ_ONCE(picture->broken)))
		return false;
	/* Pairs with mheap_reader_fill(). */
	smp_mb();
	return true;
}

#endif
