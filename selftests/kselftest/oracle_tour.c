// SPDX-License-Identifier: GPL-2.0
/*
 * Follows all references of a heap, from what its sessions hold, and tells what the
 * slots of each object say. Each is found once, and its handle closed in the end.
 */
#include <stdlib.h>

#include "oracle.h"

struct visit {
	int fd;
	__u64 handle, number;
};

struct tour {
	struct visit *queue;
	long count;
	const struct mheap_walk_entry *entries;	/* sorted by number */
	long walked;
	bool *visited;
	int ret;
};

static int by_number(const void *a, const void *b)
{
	const struct mheap_walk_entry *left = a, *right = b;

	return left->object < right->object ? -1 : left->object > right->object;
}

/* Where to note that an object was visited; NULL when the walk did not list it. */
static bool *visited(struct tour *tour, __u64 number)
{
	const struct mheap_walk_entry key = { .object = number };
	const struct mheap_walk_entry *entry = bsearch(&key, tour->entries, tour->walked,
						       sizeof(key), by_number);

	return entry ? &tour->visited[entry - tour->entries] : NULL;
}

/* The handle is the tour's from now on. */
static void visit(struct tour *tour, int fd, __u64 handle)
{
	struct mheap_stat stat;
	bool *seen;

	tour->ret = tour->ret ?: raw_stat(fd, handle, &stat);
	if (tour->ret)
		return;
	seen = visited(tour, stat.out_object);
	if (!seen)
		printf("failed to find object number %llu in the walk\n",
		       (unsigned long long)stat.out_object);
	if (!seen || *seen) {
		tour->ret = raw_close(fd, handle);
		return;
	}
	*seen = true;
	tour->queue[tour->count++] = (struct visit){ fd, handle, stat.out_object };
}

static void visit_slot(struct tour *tour, const struct visit *from, __u32 index, __u64 number)
{
	const bool weak = number & MHEAP_SLOT_WEAK;
	bool *seen;
	__u64 handle = 0;

	number &= ~MHEAP_SLOT_WEAK;
	printf(" %u:%llu%s", index, (unsigned long long)number, weak ? "w" : "");
	if (weak)
		return;
	seen = visited(tour, number);
	if (seen && *seen)
		return;
	tour->ret = raw_load(from->fd, from->handle, index, &handle) ?: handle ? 0 : -EUCLEAN;
	if (!tour->ret)
		visit(tour, from->fd, handle);
}

static void visit_slots(struct tour *tour, const struct visit *from)
{
	static __u64 numbers[MHEAP_WALK_MAX];
	__u64 cursor = 0;
	__u32 written, first, i;

	printf("slots %llu", (unsigned long long)from->number);
	while (!tour->ret && cursor != DONE) {
		first = cursor;
		tour->ret = raw_slot_list(from->fd, from->handle, &cursor, numbers, MHEAP_WALK_MAX,
					  &written);
		for (i = 0; !tour->ret && i < written; i++)
			if (numbers[i])
				visit_slot(tour, from, first + i, numbers[i]);
	}
	puts("");
}

static void visit_copy(struct tour *tour, int fd, __u64 handle)
{
	__u64 copy;

	tour->ret = tour->ret ?: raw_dup(fd, handle, &copy);
	if (!tour->ret)
		visit(tour, fd, copy);
}

static void visit_actor(struct tour *tour, struct actor *actor)
{
	char name[MHEAP_ROOT_NAME_MAX];
	unsigned int i;
	__u64 handle;

	if (actor->market)
		visit_copy(tour, actor->fd, actor->market);
	for (i = 0; i < oracle_holds(actor); i++)
		visit_copy(tour, actor->fd, oracle_held(actor, i)->handle);
	for (i = 0; !tour->ret && i < NAMES; i++) {
		oracle_name(name, actor->number, i);
		if (!actor->named[i])
			continue;
		tour->ret = raw_root_get(actor->fd, name, &handle);
		if (!tour->ret)
			visit(tour, actor->fd, handle);
	}
	for (i = 0; !tour->ret && i < EXPORTED; i++) {
		if (actor->exported[i].fd < 0)
			continue;
		tour->ret = raw_object_import(actor->fd, actor->exported[i].fd, 0, &handle);
		if (!tour->ret)
			visit(tour, actor->fd, handle);
	}
}

int oracle_tour(struct world *world, struct mheap_walk_entry *entries, long walked)
{
	struct tour tour = {
		.queue = calloc(walked + 1, sizeof(*tour.queue)),
		.visited = calloc(walked + 1, sizeof(*tour.visited)),
		.entries = entries, .walked = walked,
	};
	struct visit next;
	__u32 i;
	long at;

	if (!tour.queue || !tour.visited)
		tour.ret = -ENOMEM;
	qsort(entries, walked, sizeof(*entries), by_number);
	for (i = 0; i < world->threads; i++)
		visit_actor(&tour, &world->actor[i]);
	for (at = 0; !tour.ret && at < tour.count; at++) {
		next = tour.queue[at];
		visit_slots(&tour, &next);
	}
	for (at = 0; at < tour.count; at++)
		tour.ret = tour.ret ?: raw_close(tour.queue[at].fd, tour.queue[at].handle);
	free(tour.queue);
	free(tour.visited);
	return tour.ret;
}
