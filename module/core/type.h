/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of types and their slots: one text for each type, which means nothing here.
 * They lie one after another in the order of the types. They are few, and are set and
 * read rarely: looking through all of them is fast enough.
 *
 * Locks: @lock protects all of it. Memory is allocated under it.
 */
#ifndef _MHEAP_CORE_TYPE_H
#define _MHEAP_CORE_TYPE_H

#include <linux/mutex.h>
#include <linux/types.h>

struct mheap_core;

#define MHEAP_TYPES		4096U		/* types that have names, at most */
#define MHEAP_TYPE_TEXT		4096U		/* bytes of a text, at most */
#define MHEAP_TYPES_BYTES	1048576U	/* bytes that all take, at most */
#define MHEAP_TYPES_RESERVED	32768U		/* the same, in a reserved heap */

/**
 * struct mheap_types - see above
 * @lock: see above
 * @names: all names
 * @bytes: bytes of that
 * @room: bytes that there is room for
 * @count: types that have names
 */
struct mheap_types {
	struct mutex lock;	/* of all */
	u8 *names;
	u32 bytes;
	u32 room;
	u32 count;
};

void mheap_types_init(struct mheap_core *core);
int mheap_types_reserve(struct mheap_core *core);
void mheap_types_exit(struct mheap_core *core);
int mheap_type_set(struct mheap_core *core, u32 type, const char *text, u32 bytes);
u32 mheap_type_get(struct mheap_core *core, u64 *cursor, u32 *ret_type, char *text, u32 room);

#endif
