// SPDX-License-Identifier: GPL-2.0
/*
 * Builds the graph of a plan. Objects that several sessions make refer to each other,
 * so there are directories, of as many slots as a reserved heap's objects may have:
 * who makes an object puts it there, and the others load it.
 */
#include <stdlib.h>

#include "oracle.h"

#define DIRECTORY_SLOTS 1000U
#define RECORDS 252		/* of one batch; all of this come in threes or twos */

static void directory_name(char *name, __u32 number)
{
	snprintf(name, MHEAP_ROOT_NAME_MAX, "directory %u", number);
}

/* Named roots pass these to the other sessions. */
static int publish(struct world *world, const char *name, __u32 slots, __u32 tag, __u64 *handle)
{
	return raw_alloc(world->fd, slots, 0, tag, handle) ?:
	       raw_root_set(world->fd, name, *handle);
}

int oracle_build_begin(struct world *world)
{
	__u32 number, tag = MARKET_TAG(world);
	char name[MHEAP_ROOT_NAME_MAX];
	__u64 handle;
	int ret;

	ret = publish(world, "market", MARKET, tag, &world->market) ?:
	      oracle_made(world, tag, world->threads, MARKET, 0);
	world->directories = world->planned / DIRECTORY_SLOTS + 1;
	for (number = 0; !ret && number < world->directories; number++) {
		directory_name(name, number);
		ret = publish(world, name, DIRECTORY_SLOTS, TAG_NONE, &handle) ?:
		      raw_close(world->fd, handle);
	}
	return ret;
}

/* The directories go, and with them all that threads have let go of meanwhile. */
int oracle_build_end(struct world *world)
{
	char name[MHEAP_ROOT_NAME_MAX];
	__u32 number;
	int ret = raw_root_set(world->fd, "market", 0);

	for (number = 0; !ret && number < world->directories; number++) {
		directory_name(name, number);
		ret = raw_root_set(world->fd, name, 0);
	}
	return ret;
}

/* Make an actor's own objects, and put them into the directories. */
static int make_objects(struct actor *actor, const __u64 *directory)
{
	struct world *world = actor->world;
	struct mheap_record alloc[RECORDS / 2], put[RECORDS];
	__u32 tag = 0, tags[RECORDS / 2], i, n, records;
	int ret = 0;

	while (!ret && tag < world->planned) {
		for (n = 0; n < RECORDS / 2 && tag < world->planned; tag++) {
			const struct object *object = &world->object[tag];

			if (object->owner != actor->number)
				continue;
			alloc[n] = record_alloc(object->slots, object->payload, tag, 0);
			tags[n++] = tag;
		}
		ret = n ? NOTE(actor, raw_batch_all(actor->fd, alloc, n)) : 0;
		for (i = records = 0; !ret && i < n; i++) {
			struct object *object = &world->object[tags[i]];
			__u64 handle = ((struct mheap_alloc *)&alloc[i])->handle;

			ret = oracle_made(world, tags[i], actor->number, object->slots,
					  object->payload);
			put[records++] = record_store(directory[tags[i] / DIRECTORY_SLOTS],
						      tags[i] % DIRECTORY_SLOTS, handle);
			if (object->payload >= sizeof(*tags))
				put[records++] = record_write(handle, 0, &tags[i], sizeof(*tags));
			actor->planned[actor->planned_count++] = (struct held){
				handle, tags[i], object->until,
			};
		}
		if (!ret && records)
			ret = NOTE(actor, raw_batch_all(actor->fd, put, records));
	}
	return ret;
}

/* Planned handles are in the order of their tags. */
static int by_tag(const void *a, const void *b)
{
	const struct held *left = a, *right = b;

	return left->tag < right->tag ? -1 : left->tag > right->tag;
}

static __u64 own_handle(const struct actor *actor, __u32 tag)
{
	const struct held key = { .tag = tag };
	const struct held *held = bsearch(&key, actor->planned, actor->planned_count,
					  sizeof(key), by_tag);

	return held ? held->handle : 0;
}

/* A reference that is stored by way of a weak handle. */
static int make_weak(struct actor *actor, const struct edge *edge, __u64 from, __u64 directory)
{
	__u64 handle, weak;

	return NOTE(actor, raw_load(actor->fd, directory, edge->to % DIRECTORY_SLOTS, &handle)) ?:
	       NOTE(actor, raw_weaken(actor->fd, handle, &weak)) ?:
	       NOTE(actor, raw_close(actor->fd, handle)) ?:
	       NOTE(actor, raw_store(actor->fd, from, edge->slot, weak)) ?:
	       NOTE(actor, raw_close(actor->fd, weak));
}

/* Make the references of an actor's own objects: load, store and close, in batches. */
static int make_edges(struct actor *actor, const __u64 *directory)
{
	struct world *world = actor->world;
	struct mheap_record records[RECORDS];
	__u64 generation[RECORDS] = {}, from, to;
	const struct edge *edge = world->edge;
	const struct edge *end = edge + world->edges;
	unsigned int n;
	int ret = 0;

	while (!ret && edge < end) {
		for (n = 0; !ret && n + 3 <= RECORDS && edge < end; edge++) {
			const __u64 place = directory[edge->to / DIRECTORY_SLOTS];

			if (world->object[edge->from].owner != actor->number)
				continue;
			from = own_handle(actor, edge->from);
			oracle_wrote(actor, edge->from, edge->slot,
				     SLOT_OF(edge->to) | (edge->weak ? SLOT_WEAK : 0));
			if (edge->weak) {
				ret = make_weak(actor, edge, from, place);
				continue;
			}
			to = chosen_handle(n, ++generation[n]);
			records[n++] = record_load(place, edge->to % DIRECTORY_SLOTS, to);
			records[n++] = record_store(from, edge->slot, to);
			records[n++] = record_close(to);
		}
		if (!ret && n)
			ret = NOTE(actor, raw_batch_all(actor->fd, records, n));
	}
	return ret;
}

int oracle_build(struct actor *actor)
{
	struct world *world = actor->world;
	__u64 *directory = calloc(world->directories, sizeof(*directory));
	char name[MHEAP_ROOT_NAME_MAX];
	__u32 i;
	int ret;

	actor->planned = calloc(world->planned + 1, sizeof(*actor->planned));
	ret = directory && actor->planned ? 0 : -ENOMEM;
	ret = NOTE(actor, ret) ?: NOTE(actor, raw_root_get(actor->fd, "market", &actor->market));
	for (i = 0; !ret && i < world->directories; i++) {
		directory_name(name, i);
		ret = NOTE(actor, raw_root_get(actor->fd, name, &directory[i]));
	}
	ret = ret ?: make_objects(actor, directory);
	/* All objects are there, or somebody has failed. */
	pthread_barrier_wait(&world->built);
	for (i = 0; i < world->threads; i++)
		ret = ret ?: world->actor[i].ret;
	ret = ret ?: make_edges(actor, directory);
	for (i = 0; !ret && i < world->directories; i++)
		ret = NOTE(actor, raw_close(actor->fd, directory[i]));
	free(directory);
	return ret;
}
