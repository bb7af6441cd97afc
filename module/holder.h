/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Telling who holds the objects of a heap: named roots, the handles of all sessions,
 * exported objects.
 */
#ifndef _MHEAP_HOLDER_H
#define _MHEAP_HOLDER_H

#include <linux/types.h>

#include "core/dump.h"

struct mheap_heap;
struct mheap_mutator;
struct mheap_picture;

/**
 * enum mheap_told - what a dump tells, one after the other
 * @MHEAP_TOLD_OBJECTS: objects
 * @MHEAP_TOLD_OBJECT_LOG: of a picture, those that have changed since
 * @MHEAP_TOLD_ROOTS: named roots
 * @MHEAP_TOLD_HANDLES: handles
 * @MHEAP_TOLD_SHARES: exported objects
 * @MHEAP_TOLD_HOLDER_LOG: of a picture, those who hold no more, or others
 * @MHEAP_TOLD_ALL: that was all
 */
enum mheap_told {
	MHEAP_TOLD_OBJECTS,
	MHEAP_TOLD_OBJECT_LOG,
	MHEAP_TOLD_ROOTS,
	MHEAP_TOLD_HANDLES,
	MHEAP_TOLD_SHARES,
	MHEAP_TOLD_HOLDER_LOG,
	MHEAP_TOLD_ALL,
};

/**
 * struct mheap_telling - how far a dump has come
 * @picture: what it is of; NULL for what is there now
 * @what: in general
 * @object: among the objects
 * @session: among the sessions: those before this place are done
 * @handle: in its table
 * @index: among roots or exported objects
 */
struct mheap_telling {
	struct mheap_picture *picture;
	enum mheap_told what;
	struct mheap_place object;
	u64 session;
	u32 handle;
	u32 index;
};

u64 mheap_telling_tell(const struct mheap_telling *telling);
void mheap_telling_seek(struct mheap_telling *telling, u64 cursor);
bool mheap_holder_tell(struct mheap_heap *heap, struct mheap_mutator *mutator,
		       struct mheap_telling *telling, struct mheap_room *room);

#endif
