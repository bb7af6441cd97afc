// SPDX-License-Identifier: GPL-2.0
/*
 * Tells what was written down, and what is in the heap: figures, what a walk lists,
 * and what is found when all references are followed. selftests/oracle/report.py
 * reads it; a line begins with
 *
 *   begin    a moment, which "end" ends
 *   failed   what an actor could not do, or this
 *   object   tag, owner, slots, payload, and what is written down of its slots
 *   handle   an actor's: tag; number and type that the heap tells
 *   fd       a descriptor's: the same
 *   weak     an actor's: tag; "gone", or the number that it is upgraded to
 *   name     a named root: tag
 *   root     a named root that the heap lists: number, type
 *   walked   number, type, slots, payload, references: by handle, by slot
 *   slots    of what was followed: number, and those of what its slots refer to
 *   heap     figures
 */
#include <stdlib.h>

#include "oracle.h"

void oracle_name(char *name, unsigned int actor, unsigned int number)
{
	snprintf(name, MHEAP_ROOT_NAME_MAX, "actor %u, %u", actor, number);
}

#define LL(number) ((unsigned long long)(number))

static void tell_objects(const struct world *world)
{
	const struct object *object;
	__u32 tag, i, slot;

	for (tag = 0; tag < world->total; tag++) {
		object = &world->object[tag];
		if (!object->slot)
			continue;
		printf("object %u %u %u %u", tag, object->owner, object->slots, object->payload);
		for (i = 0; i < object->slots; i++) {
			slot = object->slot[i];
			if (slot)
				printf(" %u:%u%s", i, SLOT_TAG(slot), slot & SLOT_WEAK ? "w" : "");
		}
		puts("");
	}
}

static void tell_handle(const char *what, int fd, __u64 handle, __u32 tag)
{
	struct mheap_stat stat;
	int ret = raw_stat(fd, handle, &stat);

	if (ret)
		printf("%s %u error %d\n", what, tag, ret);
	else
		printf("%s %u %llu %u\n", what, tag, LL(stat.out_object), stat.out_type);
}

static void tell_weak(struct actor *actor)
{
	struct mheap_stat stat;
	__u64 handle;
	int ret, i;

	for (i = 0; i < WEAKS; i++) {
		if (!actor->weak[i].handle)
			continue;
		ret = raw_upgrade(actor->fd, actor->weak[i].handle, &handle);
		if (!ret && handle)
			ret = raw_stat(actor->fd, handle, &stat) ?: raw_close(actor->fd, handle);
		if (ret)
			printf("weak %u error %d\n", actor->weak[i].tag, ret);
		else if (handle)
			printf("weak %u %llu\n", actor->weak[i].tag, LL(stat.out_object));
		else
			printf("weak %u gone\n", actor->weak[i].tag);
		/* What an actor has seen gone is not to come back here either. */
		if (!ret && handle && actor->weak[i].gone)
			NOTE(actor, -EUCLEAN);
		actor->weak[i].gone = !ret && !handle;
	}
}

static void tell_actor(struct actor *actor)
{
	char name[MHEAP_ROOT_NAME_MAX];
	__u64 handle;
	unsigned int i;

	for (i = 0; i < oracle_holds(actor); i++) {
		const struct held *held = oracle_held(actor, i);

		tell_handle("handle", actor->fd, held->handle, held->tag);
	}
	for (i = 0; i < EXPORTED; i++) {
		if (actor->exported[i].fd < 0)
			continue;
		if (raw_object_import(actor->fd, actor->exported[i].fd, 0, &handle))
			handle = 0;
		tell_handle("fd", actor->fd, handle, actor->exported[i].tag);
		raw_close(actor->fd, handle);
	}
	for (i = 0; i < NAMES; i++) {
		oracle_name(name, actor->number, i);
		if (actor->named[i])
			printf("name %u %s\n", SLOT_TAG(actor->named[i]), name);
	}
	if (actor->market)
		tell_handle("handle", actor->fd, actor->market, MARKET_TAG(actor->world));
	tell_weak(actor);
	if (actor->ret)
		printf("failed actor %u: %d at %s:%d\n", actor->number, actor->ret, actor->file,
		       actor->line);
}

static int tell_roots(const struct world *world)
{
	struct mheap_root_entry entries[64];
	__u64 cursor = 0;
	__u32 written = 0, i;
	int ret;

	do {
		ret = raw_root_list(world->fd, &cursor, entries, 64, &written);
		for (i = 0; !ret && i < written; i++)
			printf("root %llu %u %s\n", LL(entries[i].object), entries[i].type,
			       entries[i].name);
	} while (!ret && cursor != DONE);
	return ret;
}

static int tell_walk(const struct mheap_walk_entry *entries, long walked)
{
	long i;

	for (i = 0; i < walked; i++)
		printf("walked %llu %u %u %u %u %u\n", LL(entries[i].object), entries[i].type,
		       entries[i].slots, entries[i].payload_bytes, entries[i].handle_refs,
		       entries[i].slot_refs);
	return walked < 0 ? walked : 0;
}

static int tell_figures(const struct world *world)
{
	struct mheap_collect_stat collector;
	struct mheap_heap_stat heap;
	int ret = raw_heap_stat(world->fd, &heap) ?: raw_collect_stat(world->fd, &collector);

	if (ret)
		return ret;
	printf("heap objects %llu bytes %llu allocated %llu freed_count %llu freed_collect %llu",
	       LL(heap.out_objects), LL(heap.out_bytes), LL(heap.out_allocated),
	       LL(heap.out_freed_count), LL(heap.out_freed_collect));
	printf(" pending %llu weak %llu roots %u collections %llu verify_failures %llu\n",
	       LL(heap.out_pending), LL(heap.out_weak), heap.out_roots,
	       LL(collector.out_collections), LL(collector.out_verify_failures));
	return 0;
}

int oracle_tell(struct world *world, const char *when)
{
	struct mheap_walk_entry *entries = NULL;
	long walked;
	__u32 i;
	int ret;

	printf("begin %s\n", when);
	ret = tell_figures(world);
	walked = heap_walk_all(world->fd, &entries);
	tell_objects(world);
	for (i = 0; i < world->threads; i++)
		tell_actor(&world->actor[i]);
	if (world->market)
		tell_handle("handle", world->fd, world->market, MARKET_TAG(world));
	ret = ret ?: tell_roots(world) ?: tell_walk(entries, walked) ?:
	      oracle_tour(world, entries, walked);
	if (ret)
		printf("failed to look at the heap: %d\n", ret);
	printf("end %s\n", when);
	free(entries);
	return ret;
}
