// SPDX-License-Identifier: GPL-2.0
/*
 * oracle_play <PLAN: plays a plan, and tells on standard output what there was after
 * each round and at the end; see oracle.h. selftests/oracle/run judges it.
 */
#include <stdlib.h>

#include "oracle.h"

int oracle_made(struct world *world, __u32 tag, __u32 owner, __u32 slots, __u32 payload)
{
	struct object *object = &world->object[tag];

	object->owner = owner;
	object->slots = slots;
	object->payload = payload;
	object->slot = calloc(slots + 1, sizeof(*object->slot));
	return object->slot ? 0 : -ENOMEM;
}

void oracle_wrote(struct actor *actor, __u32 tag, __u32 index, __u32 slot)
{
	struct world *world = actor->world;

	if (world->forget && ++actor->recorded % world->forget == 0)
		return;
	world->object[tag].slot[index] = slot;
}

/* Main looks at the heap between two of these, and nobody else does anything. */
static void wait_for_main(struct world *world)
{
	pthread_barrier_wait(&world->pause);
	pthread_barrier_wait(&world->pause);
}

static void *act(void *arg)
{
	struct actor *actor = arg;
	struct world *world = actor->world;
	__u32 round;

	oracle_build(actor);
	wait_for_main(world);
	for (round = 0; round < world->rounds; round++) {
		if (!actor->ret)
			oracle_act(actor, round);
		wait_for_main(world);
	}
	if (!actor->ret)
		oracle_leave(actor);
	wait_for_main(world);
	return NULL;
}

static void *collect(void *arg)
{
	struct world *world = arg;
	__u64 seed = world->seed;

	while (!world->stop) {
		raw_collect(world->fd);
		usleep(random_below(&seed, world->collect_ms * 1000));
	}
	return NULL;
}

static int begin(struct world *world)
{
	unsigned int i, n;
	int ret;

	world->fd = raw_new_heap(&world->options);
	world->heap_fd = world->fd < 0 ? world->fd : raw_export(world->fd, MHEAP_RIGHTS_ALL);
	if (world->heap_fd < 0)
		return world->heap_fd;
	ret = oracle_build_begin(world) ?:
	      -pthread_barrier_init(&world->built, NULL, world->threads) ?:
	      -pthread_barrier_init(&world->pause, NULL, world->threads + 1);
	for (i = 0; !ret && i < world->threads; i++) {
		struct actor *actor = &world->actor[i];

		actor->world = world;
		actor->number = i;
		actor->seed = world->seed ^ (i + 1) * 0x9e3779b97f4a7c15ULL;
		actor->next_tag = MARKET_TAG(world) + 1 + i * world->new_objects;
		actor->end_tag = actor->next_tag + world->new_objects;
		for (n = 0; n < EXPORTED; n++)
			actor->exported[n].fd = -1;
		actor->fd = raw_joined(world->heap_fd);
		ret = actor->fd < 0 ? actor->fd : 0;
	}
	return ret;
}

/* All wait: see what there is. */
static void look(struct world *world, const char *when)
{
	oracle_settle(world);
	oracle_tell(world, when);
	fflush(stdout);
}

static int play_rounds(struct world *world)
{
	char when[16];
	__u32 round;
	int ret;

	pthread_barrier_wait(&world->pause);
	ret = oracle_build_end(world);
	pthread_barrier_wait(&world->pause);
	for (round = 0; round < world->rounds; round++) {
		pthread_barrier_wait(&world->pause);
		ret = ret ?: raw_reset(world->fd, world->market);
		snprintf(when, sizeof(when), "%u", round);
		look(world, when);
		pthread_barrier_wait(&world->pause);
	}
	pthread_barrier_wait(&world->pause);
	ret = ret ?: raw_close(world->fd, world->market);
	world->market = 0;
	look(world, "empty");
	pthread_barrier_wait(&world->pause);
	return ret;
}

static int play(struct world *world)
{
	pthread_t collector;
	unsigned int i;
	int ret;

	for (i = 0; i < world->threads; i++)
		if (pthread_create(&world->actor[i].thread, NULL, act, &world->actor[i]))
			return -EAGAIN;
	if (world->collect_ms && pthread_create(&collector, NULL, collect, world))
		return -EAGAIN;
	ret = play_rounds(world);
	world->stop = true;
	if (world->collect_ms)
		pthread_join(collector, NULL);
	for (i = 0; i < world->threads; i++) {
		pthread_join(world->actor[i].thread, NULL);
		close(world->actor[i].fd);
		free(world->actor[i].planned);
	}
	return ret;
}

int main(void)
{
	static struct world world;
	int ret = oracle_read_plan(&world, stdin);

	if (ret)
		fprintf(stderr, "# not a plan\n");
	ret = ret ?: begin(&world) ?: play(&world);
	if (ret)
		fprintf(stderr, "# oracle_play: %s\n", strerror(-ret));
	oracle_free_plan(&world);
	return ret ? 1 : 0;
}
