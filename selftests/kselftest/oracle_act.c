// SPDX-License-Identifier: GPL-2.0
/* What an actor does in a round: random steps, while its planned handles go. */
#include "oracle_act.h"

int oracle_note(struct actor *actor, const char *file, int line, int ret)
{
	if (ret && !actor->ret) {
		actor->ret = ret;
		actor->file = file;
		actor->line = line;
	}
	return ret;
}

unsigned int oracle_holds(const struct actor *actor)
{
	return actor->planned_count + actor->scratch_count;
}

struct held *oracle_held(struct actor *actor, unsigned int at)
{
	return at < actor->planned_count ? &actor->planned[at] :
	       &actor->scratch[at - actor->planned_count];
}

struct held *oracle_any(struct actor *actor)
{
	/* Both kinds, however many there are of one */
	if (actor->scratch_count && (!actor->planned_count || oracle_random(actor, 2)))
		return &actor->scratch[oracle_random(actor, actor->scratch_count)];
	return actor->planned_count ? &actor->planned[oracle_random(actor, actor->planned_count)] :
	       NULL;
}

struct held *oracle_own(struct actor *actor)
{
	struct held *held;
	int tries;

	/* Where a plan has something of special interest, it comes first */
	if (actor->planned_count && !oracle_random(actor, 8))
		return &actor->planned[0];
	for (tries = 0; tries < 6; tries++) {
		held = oracle_any(actor);
		if (actor->world->object[held->tag].owner == actor->number)
			return held;
	}
	return NULL;
}

int oracle_drop_scratch(struct actor *actor)
{
	struct held *held;
	__u64 handle;

	if (!actor->scratch_count)
		return 0;
	held = &actor->scratch[oracle_random(actor, actor->scratch_count)];
	handle = held->handle;
	*held = actor->scratch[--actor->scratch_count];
	return NOTE(actor, raw_close(actor->fd, handle));
}

int oracle_keep(struct actor *actor, __u64 handle, __u32 tag)
{
	int ret = actor->scratch_count == SCRATCH ? oracle_drop_scratch(actor) : 0;

	if (!ret)
		actor->scratch[actor->scratch_count++] = (struct held){ handle, tag, 0 };
	return ret;
}

int oracle_learn(struct actor *actor, __u64 handle, __u32 *tag)
{
	const struct object *object;
	struct mheap_stat stat;
	int ret = NOTE(actor, raw_stat(actor->fd, handle, &stat));
	__u32 said;

	if (ret)
		return ret;
	*tag = said = stat.out_type;
	if (*tag >= actor->world->total)
		return NOTE(actor, -EUCLEAN);
	object = &actor->world->object[*tag];
	if (!object->slot || object->slots != stat.out_slots ||
	    object->payload != stat.out_payload_bytes)
		return NOTE(actor, -EUCLEAN);
	if (object->payload >= PAYLOAD_TAGGED)
		ret = NOTE(actor, raw_read(actor->fd, handle, 0, &said, sizeof(said)));
	return ret ?: NOTE(actor, said == *tag ? 0 : -EUCLEAN);
}

int oracle_keep_unknown(struct actor *actor, __u64 handle)
{
	__u32 tag;

	return handle ? oracle_learn(actor, handle, &tag) ?: oracle_keep(actor, handle, tag) : 0;
}

static bool holds(struct actor *actor, __u32 tag)
{
	unsigned int i;

	for (i = 0; i < oracle_holds(actor); i++)
		if (oracle_held(actor, i)->tag == tag)
			return true;
	return false;
}

int oracle_keep_slot(struct actor *actor, __u64 handle, __u32 slot)
{
	__u32 tag;
	int ret;

	if (!handle) {
		/* Weakly, what is held here cannot be gone */
		bool may = slot == SLOT_NULL ||
			   (slot & SLOT_WEAK && !holds(actor, SLOT_TAG(slot)));

		return NOTE(actor, oracle_expect(actor, may));
	}
	ret = oracle_learn(actor, handle, &tag) ?:
	      NOTE(actor, oracle_expect(actor, slot != SLOT_NULL && SLOT_TAG(slot) == tag));
	return ret ?: oracle_keep(actor, handle, tag);
}

/* Those that go in this round to the end, in random order; returns how many. */
static unsigned int line_up(struct actor *actor, __u32 round)
{
	unsigned int left = 0, due = 0, i, other;

	for (i = 0; i < actor->planned_count; i++) {
		struct held held = actor->planned[i];

		if (held.until == round)
			continue;
		actor->planned[i] = actor->planned[left];
		actor->planned[left++] = held;
	}
	for (i = left; i < actor->planned_count; i++, due++) {
		struct held held = actor->planned[i];

		other = left + oracle_random(actor, due + 1);
		actor->planned[i] = actor->planned[other];
		actor->planned[other] = held;
	}
	return due;
}

static int drop_planned(struct actor *actor, unsigned int count)
{
	struct mheap_record records[64];
	unsigned int n;
	int ret = 0;

	while (!ret && count) {
		for (n = 0; n < 64 && count; n++, count--)
			records[n] = record_close(actor->planned[--actor->planned_count].handle);
		ret = NOTE(actor, raw_batch_all(actor->fd, records, n));
	}
	return ret;
}

/* Most of what was picked up goes, or all of it. */
static int drop_picked_up(struct actor *actor, bool all)
{
	unsigned int left = all ? 0 : oracle_random(actor, SCRATCH / 4);
	int ret = 0;

	while (!ret && actor->scratch_count > left)
		ret = oracle_drop_scratch(actor);
	return ret;
}

int oracle_act(struct actor *actor, __u32 round)
{
	const struct world *world = actor->world;
	const unsigned int due = line_up(actor, round);
	const __u64 moment = oracle_random(actor, world->steps);
	unsigned int dropped = 0, target;
	__u64 step;
	int ret = 0;

	for (step = 0; !ret && step < world->steps; step++) {
		target = due * (step + 1) / world->steps;
		if (world->sudden)
			target = step < moment ? 0 : due;
		ret = drop_planned(actor, target - dropped);
		dropped = target;
		if (ret || !oracle_holds(actor))
			continue;
		ret = oracle_random(actor, 2) ? oracle_act_slot(actor) : oracle_act_other(actor);
	}
	return ret ?: drop_picked_up(actor, false);
}

int oracle_leave(struct actor *actor)
{
	char name[MHEAP_ROOT_NAME_MAX];
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < NAMES; i++) {
		oracle_name(name, actor->number, i);
		if (actor->named[i])
			ret = NOTE(actor, raw_root_set(actor->fd, name, 0));
		actor->named[i] = SLOT_NULL;
	}
	for (i = 0; !ret && i < WEAKS; i++) {
		if (actor->weak[i].handle)
			ret = NOTE(actor, raw_close(actor->fd, actor->weak[i].handle));
		actor->weak[i].handle = 0;
	}
	for (i = 0; i < EXPORTED; i++) {
		if (actor->exported[i].fd >= 0)
			close(actor->exported[i].fd);
		actor->exported[i].fd = -1;
	}
	ret = ret ?: drop_picked_up(actor, true) ?: drop_planned(actor, actor->planned_count) ?:
	      NOTE(actor, raw_close(actor->fd, actor->market));
	actor->market = 0;
	return ret;
}
