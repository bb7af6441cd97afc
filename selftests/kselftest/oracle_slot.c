// SPDX-License-Identifier: GPL-2.0
/* Random steps of an actor on the slots of its own objects, and of others. */
#include "oracle_act.h"

void oracle_remember(struct actor *actor, __u32 tag, __u32 index)
{
	actor->put[oracle_random(actor, PUTS)] = (struct put){ tag, index, true };
}

/* Shapes that were planted remain, most of the time. */
static bool may_change(struct actor *actor, const struct change *change)
{
	return !change->before || change->held->tag >= actor->world->planned ||
	       SLOT_TAG(change->before) >= actor->world->planned || !oracle_random(actor, 12);
}

static void look_up(struct actor *actor, struct change *change, __u32 index)
{
	change->index = index;
	change->before = actor->world->object[change->held->tag].slot[index];
}

/* A slot of an own object that may be changed. */
static bool pick_slot(struct actor *actor, struct change *change)
{
	__u32 slots;
	int tries;

	change->held = oracle_own(actor);
	if (!change->held)
		return false;
	slots = actor->world->object[change->held->tag].slots;
	for (tries = 0; slots && tries < 4; tries++) {
		look_up(actor, change, oracle_random(actor, slots));
		if (may_change(actor, change))
			return true;
	}
	return false;
}

/* One that refers to something; there are few in an object of very many slots. */
static bool pick_full_slot(struct actor *actor, struct change *change)
{
	int tries;

	change->held = actor->planned_count ? &actor->planned[0] : NULL;
	if (change->held && oracle_random(actor, 2)) {
		const struct put *put = &actor->put[oracle_random(actor, PUTS)];

		if (put->tag == change->held->tag && put->filled) {
			look_up(actor, change, put->index);
			return change->before && !(change->before & SLOT_WEAK);
		}
	}
	for (tries = 0; tries < 4; tries++)
		if (pick_slot(actor, change) && change->before && !(change->before & SLOT_WEAK))
			return true;
	return false;
}

/* Null, what is held, or what is only held weakly. */
static void pick_value(struct actor *actor, struct change *change)
{
	const struct weak *weak = &actor->weak[oracle_random(actor, WEAKS)];
	struct held *held = oracle_any(actor);

	change->value = 0;
	change->after = SLOT_NULL;
	if (oracle_random(actor, 2))
		return;
	switch (oracle_random(actor, 4)) {
	case 0:
		if (!weak->handle)
			break;
		change->value = weak->handle;
		change->after = SLOT_OF(weak->tag) | SLOT_WEAK;
		break;
	default:
		change->value = held->handle;
		change->after = SLOT_OF(held->tag);
	}
}

static int store(struct actor *actor, struct change *change)
{
	int ret = NOTE(actor, raw_store(actor->fd, change->held->handle, change->index,
					change->value));

	if (!ret)
		oracle_wrote(actor, change->held->tag, change->index, change->after);
	return ret;
}

static int exchange(struct actor *actor, struct change *change)
{
	__u64 old = 0;
	int ret = NOTE(actor, raw_exchange(actor->fd, change->held->handle, change->index,
					   change->value, &old));

	if (!ret)
		oracle_wrote(actor, change->held->tag, change->index, change->after);
	return ret ?: oracle_keep_slot(actor, old, change->before);
}

static int compare_exchange(struct actor *actor, struct change *change)
{
	const struct held *expected = oracle_any(actor);
	bool null = oracle_random(actor, 2), same;
	int ret;

	same = change->before == (null ? SLOT_NULL : SLOT_OF(expected->tag));
	ret = raw_compare_exchange(actor->fd, change->held->handle, change->index,
				   null ? 0 : expected->handle, change->value);
	if (ret && ret != -EAGAIN)
		return NOTE(actor, ret);
	if (!ret)
		oracle_wrote(actor, change->held->tag, change->index, change->after);
	return NOTE(actor, oracle_expect(actor, same == !ret));
}

static int load(struct actor *actor, struct change *change)
{
	__u64 handle = 0;
	int ret = NOTE(actor, raw_load(actor->fd, change->held->handle, change->index, &handle));

	return ret ?: oracle_keep_slot(actor, handle, change->before);
}

/* What another actor's slot refers to changes all the time. */
static int load_foreign(struct actor *actor)
{
	const struct held *held = oracle_any(actor);
	const __u32 slots = actor->world->object[held->tag].slots;
	__u64 handle = 0;
	int ret;

	if (!slots)
		return 0;
	ret = NOTE(actor, raw_load(actor->fd, held->handle, oracle_random(actor, slots), &handle));
	return ret ?: oracle_keep_unknown(actor, handle);
}

int oracle_act_slot(struct actor *actor)
{
	struct change change, to;

	switch (oracle_random(actor, 8)) {
	case 0:
		return load_foreign(actor);
	case 1:
		return pick_full_slot(actor, &change) ? oracle_push(actor, &change) : 0;
	case 2:
	case 3:
		return pick_full_slot(actor, &change) ? oracle_pop(actor, &change) : 0;
	case 4:
		if (!pick_full_slot(actor, &change) || !pick_slot(actor, &to))
			return 0;
		return oracle_move(actor, &change, &to);
	}
	if (!pick_slot(actor, &change))
		return 0;
	pick_value(actor, &change);
	switch (oracle_random(actor, 8)) {
	case 0:
	case 1:
		return exchange(actor, &change);
	case 2:
		return compare_exchange(actor, &change);
	case 3:
	case 4:
		return load(actor, &change);
	default:
		return store(actor, &change);
	}
}
