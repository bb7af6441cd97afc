// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "core.h"
#include "trace.h"
#include "type.h"

/**
 * struct mheap_type_names - the names of one type
 * @type: the type
 * @bytes: bytes of @text, at least 1
 * @text: the names; what follows is aligned
 */
struct mheap_type_names {
	u32 type;
	u32 bytes;
	char text[];
};

/**
 * mheap_types_init - no type has names
 * @core: the heap
 *
 * Context: any.
 */
void mheap_types_init(struct mheap_core *core)
{
	mutex_init(&core->types.lock);
}

/* Has room for @room bytes, which is more than there is. */
static int mheap_types_grow(struct mheap_core *core, u32 room)
{
	struct mheap_types *types = &core->types;
	u8 *names;

	if (!mheap_memory_charge(&core->memory, room))
		return -EDQUOT;
	names = kvcalloc(1, room, MHEAP_GFP);
	if (!names) {
		mheap_memory_uncharge(&core->memory, room);
		return -ENOMEM;
	}
	if (types->bytes)
		memcpy(names, types->names, types->bytes);
	kvfree(types->names);
	mheap_memory_uncharge(&core->memory, types->room);
	types->names = names;
	types->room = room;
	return 0;
}

/**
 * mheap_types_reserve - take all memory that names may need
 * @core: the heap, which is being made
 *
 * Context: may sleep.
 * Return: 0; -EDQUOT at the heap's limit; -ENOMEM.
 */
int mheap_types_reserve(struct mheap_core *core)
{
	return mheap_types_grow(core, MHEAP_TYPES_RESERVED);
}

/**
 * mheap_types_exit - free the names
 * @core: the heap, which nobody uses any more
 *
 * Context: may sleep.
 */
void mheap_types_exit(struct mheap_core *core)
{
	kvfree(core->types.names);
	mheap_memory_uncharge(&core->memory, core->types.room);
	mutex_destroy(&core->types.lock);
}

static u32 mheap_type_size(u32 bytes)
{
	return bytes ? sizeof(struct mheap_type_names) + round_up(bytes, sizeof(u32)) : 0;
}

/* Where the first type from @type on has its names, or the end. */
static u32 mheap_type_find(const struct mheap_types *types, u64 type)
{
	const struct mheap_type_names *names;
	u32 at;

	for (at = 0; at < types->bytes; at += mheap_type_size(names->bytes)) {
		names = (void *)(types->names + at);
		if (names->type >= type)
			break;
	}
	return at;
}

/* What there is at a place, or NULL at the end. */
static struct mheap_type_names *mheap_type_at(const struct mheap_types *types, u32 at)
{
	return at < types->bytes ? (void *)(types->names + at) : NULL;
}

/* Has room for what a text takes in the place of @old bytes. */
static int mheap_types_make_room(struct mheap_core *core, u32 old, u32 size)
{
	struct mheap_types *types = &core->types;
	u32 max = core->limits.reserved ? MHEAP_TYPES_RESERVED : MHEAP_TYPES_BYTES;
	u32 bytes = types->bytes - old + size;

	if ((!old && types->count >= MHEAP_TYPES) || bytes > max) {
		trace_mheap_limit(core, MHEAP_LIMIT_TYPES, bytes > max ? max : MHEAP_TYPES);
		return -ENOSPC;
	}
	if (bytes <= types->room)
		return 0;
	return mheap_types_grow(core, min(max, max(bytes, 2 * types->room)));
}

static int mheap_type_replace(struct mheap_core *core, u32 type, const char *text, u32 bytes)
{
	struct mheap_types *types = &core->types;
	u32 at = mheap_type_find(types, type), size = mheap_type_size(bytes), old = 0;
	struct mheap_type_names *names = mheap_type_at(types, at);
	int ret = 0;

	if (names && names->type == type)
		old = mheap_type_size(names->bytes);
	if (size)
		ret = mheap_types_make_room(core, old, size);
	if (ret || size == old)
		goto write;
	memmove(types->names + at + size, types->names + at + old, types->bytes - at - old);
	types->bytes += size - old;
	types->count += !!size - !!old;
write:
	if (ret || !size)
		return ret;
	names = (void *)(types->names + at);
	names->type = type;
	names->bytes = bytes;
	memcpy(names->text, text, bytes);
	return 0;
}

/**
 * mheap_type_set - name a type
 * @core: the heap
 * @type: the type
 * @text: its names
 * @bytes: bytes of those, at most MHEAP_TYPE_TEXT; 0 to have none
 *
 * Context: may sleep; takes the lock of names.
 * Return: 0; -ENOSPC when there are too many; -EDQUOT at the heap's limit of memory;
 *	   -ENOMEM. Nothing is changed then.
 */
int mheap_type_set(struct mheap_core *core, u32 type, const char *text, u32 bytes)
{
	int ret;

	mutex_lock(&core->types.lock);
	ret = mheap_type_replace(core, type, text, bytes);
	mutex_unlock(&core->types.lock);
	return ret;
}

/**
 * mheap_type_get - the names of the next type
 * @core: the heap
 * @cursor: the first type to look at; written: where to go on, or ~0 at the end
 * @ret_type: where the type goes
 * @text: where its names go
 * @room: how many bytes of them, at most
 *
 * Context: may sleep; takes the lock of names.
 * Return: bytes of the names; 0 when there is no type any more.
 */
u32 mheap_type_get(struct mheap_core *core, u64 *cursor, u32 *ret_type, char *text, u32 room)
{
	struct mheap_types *types = &core->types;
	const struct mheap_type_names *names;
	u32 at, bytes = 0;

	mutex_lock(&types->lock);
	at = mheap_type_find(types, *cursor);
	names = mheap_type_at(types, at);
	*cursor = ~0ULL;
	if (names) {
		bytes = names->bytes;
		*ret_type = names->type;
		memcpy(text, names->text, min(bytes, room));
		names = mheap_type_at(types, at + mheap_type_size(bytes));
		if (names)
			*cursor = names->type;
	}
	mutex_unlock(&types->lock);
	return bytes;
}
