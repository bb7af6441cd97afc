// SPDX-License-Identifier: GPL-2.0
/* Random steps of an actor that are not about slots: new objects, handles, roots. */
#include <stdlib.h>

#include "oracle_act.h"

#define RING 8		/* objects of a ring that is added, at most */

static int duplicate(struct actor *actor)
{
	struct held held = *oracle_any(actor);
	__u64 copy;

	return NOTE(actor, raw_dup(actor->fd, held.handle, &copy)) ?:
	       oracle_keep(actor, copy, held.tag);
}

int oracle_make(struct actor *actor, unsigned int count, __u32 slots, struct held *made,
		unsigned int *ret_count)
{
	struct mheap_record alloc[RING], put[RING];
	__u32 tags[RING], i, error_at = 0, n = 0;
	int ret, error = 0;

	if (count > actor->end_tag - actor->next_tag)
		count = actor->end_tag - actor->next_tag;
	for (i = 0; i < count; i++) {
		__u32 more = oracle_random(actor, 60) ? oracle_random(actor, 4) :
			     oracle_random(actor, actor->world->widest - slots);
		__u32 payload = oracle_random(actor, 3) * oracle_random(actor, 30);

		tags[i] = actor->next_tag++;
		alloc[i] = record_alloc(slots + more, payload, tags[i], 0);
	}
	*ret_count = 0;
	if (!count)
		return 0;
	ret = NOTE(actor, raw_batch(actor->fd, alloc, count, &error_at, &error));
	if (ret || (error && !oracle_is_full(error)))
		return ret ?: NOTE(actor, error);
	for (i = 0; !ret && i < error_at; i++) {
		const struct mheap_alloc *was = (void *)&alloc[i];

		made[i] = (struct held){ was->handle, tags[i], 0 };
		if (was->payload_bytes >= PAYLOAD_TAGGED)
			put[n++] = record_write(was->handle, 0, &tags[i], sizeof(*tags));
		ret = oracle_made(actor->world, tags[i], actor->number, was->slots,
				  was->payload_bytes);
	}
	*ret_count = error_at;
	return ret ?: n ? NOTE(actor, raw_batch_all(actor->fd, put, n)) : 0;
}

static int add_object(struct actor *actor)
{
	const struct held *other = oracle_any(actor);
	struct held made;
	unsigned int count;
	int ret = oracle_make(actor, 1, 1, &made, &count);

	if (ret || !count)
		return ret;
	ret = NOTE(actor, raw_store(actor->fd, made.handle, 0, other->handle));
	oracle_wrote(actor, made.tag, 0, SLOT_OF(other->tag));
	return ret ?: oracle_keep(actor, made.handle, made.tag);
}

/*
 * A ring in one direction or in both, of which a member refers to what lives. Most
 * die at once; of some, a handle remains, or a slot refers to them.
 */
static int add_ring(struct actor *actor)
{
	struct mheap_record records[4 * RING];
	const struct held *other = oracle_any(actor);
	struct held made[RING];
	unsigned int count, i, n = 0;
	bool back = oracle_random(actor, 3) == 0, kept = oracle_random(actor, 4) == 0;
	int ret = oracle_make(actor, 1 + oracle_random(actor, RING), 3, made, &count);

	for (i = 0; !ret && i < count; i++) {
		const struct held *next = &made[(i + 1) % count];

		records[n++] = record_store(made[i].handle, 0, next->handle);
		oracle_wrote(actor, made[i].tag, 0, SLOT_OF(next->tag));
		if (back) {
			records[n++] = record_store(next->handle, 1, made[i].handle);
			oracle_wrote(actor, next->tag, 1, SLOT_OF(made[i].tag));
		}
		if (!i) {
			records[n++] = record_store(made[i].handle, 2, other->handle);
			oracle_wrote(actor, made[i].tag, 2, SLOT_OF(other->tag));
		}
	}
	for (i = kept; !ret && i < count; i++)
		records[n++] = record_close(made[i].handle);
	if (ret || !n)
		return ret;
	return NOTE(actor, raw_batch_all(actor->fd, records, n)) ?:
	       kept ? oracle_keep(actor, made[0].handle, made[0].tag) : 0;
}

/* Leave what is held, or nothing, for others, and take what they left. */
static int trade(struct actor *actor)
{
	const struct held *held = oracle_any(actor);
	__u64 old = 0;
	int ret = NOTE(actor, raw_exchange(actor->fd, actor->market, oracle_random(actor, MARKET),
					   oracle_random(actor, 4) ? held->handle : 0, &old));

	return ret ?: oracle_keep_unknown(actor, old);
}

/* Set, exchange or get an own name, or get another's. */
static int use_root(struct actor *actor)
{
	unsigned int whose = oracle_random(actor, actor->world->threads);
	unsigned int number = oracle_random(actor, NAMES), own = oracle_random(actor, 3);
	const struct held *held = oracle_any(actor);
	const bool clear = oracle_random(actor, 3) == 0;
	__u32 before = actor->named[number];
	char name[MHEAP_ROOT_NAME_MAX];
	__u64 handle = 0;
	int ret;

	oracle_name(name, own ? actor->number : whose, number);
	if (!own) {
		ret = raw_root_get(actor->fd, name, &handle);
		return ret == -ENOENT ? 0 : NOTE(actor, ret) ?: oracle_keep_unknown(actor, handle);
	}
	actor->named[number] = clear ? SLOT_NULL : SLOT_OF(held->tag);
	if (own == 1) {
		ret = raw_root_set(actor->fd, name, clear ? 0 : held->handle);
		return NOTE(actor, clear && !before && ret == -ENOENT ? 0 : ret);
	}
	ret = NOTE(actor, raw_root_exchange(actor->fd, name, clear ? 0 : held->handle, &handle));
	return ret ?: oracle_keep_slot(actor, handle, before);
}

static int weaken(struct actor *actor)
{
	struct weak *weak = &actor->weak[oracle_random(actor, WEAKS)];
	const struct held *held = oracle_any(actor);
	__u64 old = weak->handle, handle;
	int ret = raw_weaken(actor->fd, held->handle, &handle);

	if (oracle_is_full(ret))
		return 0;
	if (ret)
		return NOTE(actor, ret);
	*weak = (struct weak){ .handle = handle, .tag = held->tag };
	return old ? NOTE(actor, raw_close(actor->fd, old)) : 0;
}

/* What is gone remains so; and what is not is what it was. */
static int upgrade(struct actor *actor)
{
	struct weak *weak = &actor->weak[oracle_random(actor, WEAKS)];
	__u64 handle;
	int ret;

	if (!weak->handle)
		return 0;
	ret = NOTE(actor, raw_upgrade(actor->fd, weak->handle, &handle));
	if (ret)
		return ret;
	if (weak->gone && handle)
		return NOTE(actor, -EUCLEAN);
	weak->gone = !handle;
	return oracle_keep_slot(actor, handle, SLOT_OF(weak->tag) | SLOT_WEAK);
}

/* All slots of an object become null, and those of the very long ones most often. */
static int reset(struct actor *actor)
{
	const struct held *held = oracle_own(actor);
	const struct object *object;
	__u32 i;
	int ret;

	if (!held)
		return 0;
	object = &actor->world->object[held->tag];
	/* Those with a tag would lose it; those that are planned are to keep their shape */
	if (object->payload >= PAYLOAD_TAGGED ||
	    (held->tag < actor->world->planned && oracle_random(actor, 20)))
		return 0;
	ret = NOTE(actor, raw_reset(actor->fd, held->handle));
	for (i = 0; !ret && i < object->slots; i++)
		oracle_wrote(actor, held->tag, i, SLOT_NULL);
	return ret;
}

/* An object's descriptor holds it; and a handle that comes of it is to the same. */
static int use_descriptor(struct actor *actor)
{
	unsigned int at = oracle_random(actor, EXPORTED);
	const struct held *held = oracle_any(actor);
	__u32 tag = actor->exported[at].tag;
	__u64 handle;
	int fd;

	if (actor->exported[at].fd >= 0 && oracle_random(actor, 2))
		return NOTE(actor, raw_object_import(actor->fd, actor->exported[at].fd, 0,
						     &handle)) ?:
		       oracle_keep_slot(actor, handle, SLOT_OF(tag));
	fd = raw_object_export(actor->fd, held->handle, MHEAP_RIGHTS_HANDLE);
	if (fd < 0)
		return NOTE(actor, fd);
	if (actor->exported[at].fd >= 0)
		close(actor->exported[at].fd);
	actor->exported[at].fd = fd;
	actor->exported[at].tag = held->tag;
	return 0;
}

/* What is held is there, and is what it was. */
static int look(struct actor *actor)
{
	const struct held *held = oracle_any(actor);
	__u32 tag;

	return oracle_learn(actor, held->handle, &tag) ?:
	       NOTE(actor, tag == held->tag ? 0 : -EUCLEAN);
}

static int collect(struct actor *actor)
{
	__u64 collection;

	if (!actor->world->collect_ms || oracle_random(actor, 8))
		return 0;
	return NOTE(actor, raw_collect_start(actor->fd, &collection));
}

int oracle_act_other(struct actor *actor)
{
	static int (*const acts[])(struct actor *actor) = {
		duplicate, add_object, add_object, add_ring, add_ring, trade, trade, trade,
		use_root, use_root, weaken, weaken, upgrade, upgrade, upgrade, reset,
		use_descriptor, look, look, collect,
		oracle_drop_scratch, oracle_drop_scratch, oracle_drop_scratch,
		oracle_drop_scratch, oracle_drop_scratch, oracle_drop_scratch,
	};

	return acts[oracle_random(actor, sizeof(acts) / sizeof(*acts))](actor);
}
