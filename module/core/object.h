/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making objects, and telling what they are.
 */
#ifndef _MHEAP_CORE_OBJECT_H
#define _MHEAP_CORE_OBJECT_H

#include <linux/types.h>

#include "cell.h"
#include "class.h"

struct mheap_cell;
struct mheap_core;
struct mheap_mutator;

/**
 * struct mheap_shape - what an object is to be
 * @slots: 0 to 2^20
 * @payload_bytes: 0 to 2^30
 * @type: the users' number
 * @site: allocation site, 0 to 65535
 */
struct mheap_shape {
	u32 slots;
	u32 payload_bytes;
	u32 type;
	u32 site;
};

/**
 * struct mheap_parts - what an object is made of before it is one
 * @spine: pages of slots, or NULL
 * @payload: payload, or 0
 * @counted: it counts towards the heap's max_objects
 */
struct mheap_parts {
	u32 **spine;
	u32 payload;
	bool counted;
};

/**
 * struct mheap_object_stat - what an object is
 * @shape: as it was made
 * @handles: handles and named roots that refer to it
 * @slots: slots that refer to it
 * @bytes: bytes that it takes
 * @age_ms: see mheap_age_ms()
 */
struct mheap_object_stat {
	struct mheap_shape shape;
	u32 handles;
	u32 slots;
	u64 bytes;
	u32 age_ms;
};

u32 mheap_object_try_alloc(struct mheap_mutator *mutator, const struct mheap_shape *shape);
int mheap_object_prepare(struct mheap_mutator *mutator, const struct mheap_shape *shape,
			 struct mheap_parts *ret_parts);
u32 mheap_object_publish(struct mheap_mutator *mutator, const struct mheap_shape *shape,
			 struct mheap_parts *parts);
void mheap_object_uncount(struct mheap_core *core);

bool mheap_object_stat(struct mheap_core *core, u32 number, struct mheap_object_stat *ret_stat);
void mheap_object_build_weak(struct mheap_mutator *mutator, u32 weak, u32 referent);
u64 mheap_object_shape_bytes(u32 shape, u32 payload_bytes);
u32 mheap_object_spine_pages(u32 slots);
void mheap_object_free_spine(struct mheap_core *core, u32 **spine, u32 slots);
void mheap_object_drop_spine(struct mheap_core *core, u32 number);

/**
 * mheap_object_bytes - bytes that an object takes, all but the side tables
 * @cell: the object
 *
 * Context: any, while it is an object.
 * Return: bytes.
 */
static inline u64 mheap_object_bytes(const struct mheap_cell *cell)
{
	u32 shape = READ_ONCE(cell->shape);

	if (shape & (MHEAP_SHAPE_PAYLOAD | MHEAP_SHAPE_WIDE))
		return mheap_object_shape_bytes(shape, mheap_cell_payload_bytes(cell));
	return mheap_class_bytes(shape >> MHEAP_SHAPE_CLASS_SHIFT);
}

#endif
