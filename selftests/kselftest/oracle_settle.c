// SPDX-License-Identifier: GPL-2.0
/*
 * Waits until nothing is left to be collected. Where nobody asks for collections, one
 * has to know what that is, so what is written down is followed here as well. The
 * judge does not rely on it: this only tells for how long to wait.
 */
#include <stdlib.h>

#include "oracle.h"

struct search {
	struct world *world;
	__u32 *queue, count;
	bool *seen;
};

static void reach(struct search *search, __u32 tag)
{
	if (search->seen[tag])
		return;
	search->seen[tag] = true;
	search->queue[search->count++] = tag;
}

static void reach_held(struct search *search, struct actor *actor)
{
	unsigned int i;

	for (i = 0; i < oracle_holds(actor); i++)
		reach(search, oracle_held(actor, i)->tag);
	for (i = 0; i < NAMES; i++)
		if (actor->named[i])
			reach(search, SLOT_TAG(actor->named[i]));
	for (i = 0; i < EXPORTED; i++)
		if (actor->exported[i].fd >= 0)
			reach(search, actor->exported[i].tag);
}

/* How many objects ought to be alive. */
static __u32 count_reachable(struct world *world)
{
	struct search search = {
		.world = world,
		.queue = calloc(world->total, sizeof(*search.queue)),
		.seen = calloc(world->total, sizeof(*search.seen)),
	};
	__u32 i, at;

	if (search.queue && search.seen) {
		if (world->market)
			reach(&search, MARKET_TAG(world));
		for (i = 0; i < world->threads; i++)
			reach_held(&search, &world->actor[i]);
		for (at = 0; at < search.count; at++) {
			const struct object *object = &world->object[search.queue[at]];

			for (i = 0; i < object->slots; i++)
				if (object->slot[i] && !(object->slot[i] & SLOT_WEAK))
					reach(&search, SLOT_TAG(object->slot[i]));
		}
	}
	free(search.queue);
	free(search.seen);
	return search.count;
}

void oracle_settle(struct world *world)
{
	const __u32 reachable = count_reachable(world);

	if (world->unsettled)
		return;
	world->unsettled = !heap_drained(world->fd);
	if (world->ask) {
		raw_collect(world->fd);
		world->unsettled |= !heap_drained(world->fd);
	} else if (!EVENTUALLY(heap_objects(world->fd) <= reachable)) {
		world->unsettled = true;
		fprintf(stderr, "# %llu objects are left, and ought to be %u\n",
			(unsigned long long)heap_objects(world->fd), reachable);
	}
}
