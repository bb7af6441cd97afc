// SPDX-License-Identifier: GPL-2.0
/* Reads a plan; selftests/oracle/plan.py writes them. */
#include <stdlib.h>

#include "oracle.h"

#define SETTING(member)							\
	{ #member, offsetof(struct world, member), sizeof(((struct world *)0)->member) }
#define OPTION(member)							\
	{ #member, offsetof(struct world, options.member),		\
	  sizeof(((struct world *)0)->options.member) }

static const struct setting {
	const char *name;
	size_t offset, bytes;
} settings[] = {
	SETTING(seed), SETTING(threads), SETTING(rounds), SETTING(steps), SETTING(widest),
	SETTING(collect_ms), SETTING(ask), SETTING(sudden), SETTING(forget),
	{ "new", offsetof(struct world, new_objects), sizeof(__u64) },
	OPTION(flags), OPTION(max_bytes), OPTION(max_objects), OPTION(max_handles),
	OPTION(suspect_percent), OPTION(suspect_min), OPTION(suspect_age_ms),
};

static int set(struct world *world, const char *name, unsigned long long value)
{
	const struct setting *setting;
	__u32 word = value;
	__u64 words = value;

	for (setting = settings; setting < settings + sizeof(settings) / sizeof(*settings);
	     setting++) {
		if (strcmp(setting->name, name))
			continue;
		memcpy((char *)world + setting->offset,
		       setting->bytes == sizeof(word) ? (void *)&word : (void *)&words,
		       setting->bytes);
		return 0;
	}
	fprintf(stderr, "# plan: no setting is named %s\n", name);
	return -EINVAL;
}

static int read_graph(struct world *world, FILE *file)
{
	char end[8];
	__u32 i;

	world->total = world->planned + 1 + world->threads * world->new_objects;
	world->object = calloc(world->total, sizeof(*world->object));
	world->edge = calloc(world->edges + 1, sizeof(*world->edge));
	if (!world->object || !world->edge)
		return -ENOMEM;
	for (i = 0; i < world->planned; i++) {
		struct object *object = &world->object[i];

		if (fscanf(file, " o %u %u %u %u", &object->owner, &object->slots,
			   &object->payload, &object->until) != 4 ||
		    object->owner >= world->threads || object->payload > ORACLE_PAYLOAD)
			return -EINVAL;
	}
	for (i = 0; i < world->edges; i++) {
		struct edge *edge = &world->edge[i];

		if (fscanf(file, " e %u %u %u %u", &edge->from, &edge->slot, &edge->to,
			   &edge->weak) != 4 ||
		    edge->from >= world->planned || edge->to >= world->planned ||
		    edge->slot >= world->object[edge->from].slots)
			return -EINVAL;
	}
	return fscanf(file, " %7s", end) == 1 && !strcmp(end, "end") ? 0 : -EINVAL;
}

int oracle_read_plan(struct world *world, FILE *file)
{
	unsigned long long value;
	char name[32];
	int ret;

	while (fscanf(file, " set %31s %llu", name, &value) == 2) {
		ret = set(world, name, value);
		if (ret)
			return ret;
	}
	/* The keyword's first letter is not that of " set", so it is still there. */
	if (fscanf(file, " objects %u %u", &world->planned, &world->edges) != 2 ||
	    !world->seed || !world->threads || world->threads > ORACLE_THREADS)
		return -EINVAL;
	return read_graph(world, file);
}

void oracle_free_plan(struct world *world)
{
	__u32 i;

	for (i = 0; i < world->total; i++)
		free(world->object[i].slot);
	free(world->object);
	free(world->edge);
}
