// SPDX-License-Identifier: GPL-2.0
/*
 * Random steps of an actor that use a slot as the head of a list, as programs do: what
 * is taken off dies, and what it referred to lives on, in a handle for a while.
 */
#include "oracle_act.h"

/* Put a new object in front of what the slot refers to. */
int oracle_push(struct actor *actor, const struct change *head)
{
	struct held made;
	unsigned int count;
	__u64 next = 0;
	int ret = oracle_make(actor, 1, 1, &made, &count);

	if (ret || !count)
		return ret;
	ret = NOTE(actor, raw_load(actor->fd, head->held->handle, head->index, &next));
	if (next) {
		ret = ret ?: NOTE(actor, raw_store(actor->fd, made.handle, 0, next));
		oracle_wrote(actor, made.tag, 0, SLOT_OF(SLOT_TAG(head->before)));
	}
	ret = ret ?: NOTE(actor, raw_store(actor->fd, head->held->handle, head->index,
					   made.handle));
	oracle_wrote(actor, head->held->tag, head->index, SLOT_OF(made.tag));
	oracle_remember(actor, head->held->tag, head->index);
	ret = ret ?: NOTE(actor, raw_close(actor->fd, made.handle));
	return ret ?: oracle_keep_slot(actor, next, head->before);
}

/* Take off what the slot refers to; the next one is put there, or only kept. */
int oracle_pop(struct actor *actor, const struct change *head)
{
	const struct object *first = &actor->world->object[SLOT_TAG(head->before)];
	__u64 handle = 0, next = 0;
	__u32 tag;
	int ret;

	ret = NOTE(actor, raw_exchange(actor->fd, head->held->handle, head->index, 0, &handle)) ?:
	      NOTE(actor, oracle_expect(actor, handle));
	if (ret || !handle)
		return ret;
	oracle_wrote(actor, head->held->tag, head->index, SLOT_NULL);
	if (first->slots)
		ret = NOTE(actor, raw_load(actor->fd, handle, 0, &next));
	ret = ret ?: NOTE(actor, raw_close(actor->fd, handle));
	if (ret || !next)
		return ret;
	ret = oracle_learn(actor, next, &tag);
	if (!ret && oracle_random(actor, 2)) {
		ret = NOTE(actor, raw_store(actor->fd, head->held->handle, head->index, next));
		oracle_wrote(actor, head->held->tag, head->index, SLOT_OF(tag));
	}
	return ret ?: oracle_keep(actor, next, tag);
}

/*
 * Take a reference out of one slot and put it into another: for a moment it is in no
 * slot at all, and a collector that has been where it goes, and not where it was, has
 * to hear of it.
 */
int oracle_move(struct actor *actor, const struct change *from, const struct change *to)
{
	__u32 tag = SLOT_TAG(from->before);
	__u64 handle = 0;
	int ret;

	ret = NOTE(actor, raw_exchange(actor->fd, from->held->handle, from->index, 0, &handle)) ?:
	      NOTE(actor, oracle_expect(actor, handle));
	if (ret || !handle)
		return ret;
	oracle_wrote(actor, from->held->tag, from->index, SLOT_NULL);
	ret = NOTE(actor, raw_store(actor->fd, to->held->handle, to->index, handle));
	oracle_wrote(actor, to->held->tag, to->index, SLOT_OF(tag));
	oracle_remember(actor, to->held->tag, to->index);
	if (oracle_random(actor, 4))
		return ret ?: NOTE(actor, raw_close(actor->fd, handle));
	return ret ?: oracle_keep_slot(actor, handle, from->before);
}
