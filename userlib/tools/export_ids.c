// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdlib.h>

#include "export_ids.h"
#include "export_text.h"

/* Numbers from here on make ids of more than 32 bits. */
#define NUMBER_LIMIT ((1U << 30) - 1)

/* A column of the timeline is no shorter than the clock of births ticks. */
#define TICK_MS 125
#define SAMPLES_MAX 512

static uint64_t make_id(uint32_t number)
{
	return 4 * (uint64_t)number + 1;
}

static int compare_age(const void *a, const void *b, void *context)
{
	const struct graph_object *objects = context;
	const struct graph_object *first = &objects[*(const uint32_t *)a];
	const struct graph_object *second = &objects[*(const uint32_t *)b];

	if (first->age_ms != second->age_ms)
		return first->age_ms > second->age_ms ? -1 : 1;
	return first->number < second->number ? -1 : first->number > second->number;
}

int export_ids_make(struct export_ids *ids, const struct export_view *view,
		    const struct export_options *options)
{
	const struct graph *graph = view->graph;
	size_t count = graph->object_count;

	*ids = (struct export_ids){ .graph = graph };
	if (!options->timeline && (!count || graph->objects[count - 1].number < NUMBER_LIMIT))
		return 0;
	if (options->notes)
		options->notes->renumbered += view->shown;
	ids->ids = malloc((count + 1) * sizeof(*ids->ids));
	ids->by_age = options->timeline ? malloc((count + 1) * sizeof(*ids->by_age)) : NULL;
	if (!ids->ids || (options->timeline && !ids->by_age)) {
		export_ids_free(ids);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < count; i++)
		ids->ids[i] = i;
	if (!options->timeline)
		return 0;
	for (uint32_t i = 0; i < count; i++)
		ids->by_age[i] = i;
	qsort_r(ids->by_age, count, sizeof(*ids->by_age), compare_age, graph->objects);
	for (uint32_t i = 0; i < count; i++)
		ids->ids[ids->by_age[i]] = i;
	return 0;
}

void export_ids_free(struct export_ids *ids)
{
	free(ids->ids);
	free(ids->by_age);
	ids->ids = NULL;
	ids->by_age = NULL;
}

uint64_t export_ids_object(const struct export_ids *ids, uint32_t object)
{
	return make_id(ids->ids ? ids->ids[object] : ids->graph->objects[object].number);
}

uint64_t export_ids_place(uint32_t number)
{
	/* Sessions are not so many that this would make two the same. */
	return 4 * (uint64_t)(number & NUMBER_LIMIT) + 3;
}

static void write_sample(FILE *to, bool first, uint64_t time_us, size_t last)
{
	fputs(first ? "" : ",", to);
	export_number(to, time_us);
	putc_unlocked(',', to);
	export_number(to, make_id((uint32_t)last));
	putc_unlocked('\n', to);
}

void export_ids_samples(const struct export_ids *ids, FILE *to)
{
	const struct graph_object *objects = ids->graph->objects;
	size_t count = ids->graph->object_count;
	uint64_t oldest = 0, width, last = 0;
	bool first = true;

	if (!ids->by_age || !count)
		return;
	for (size_t i = 0; i < count; i++)
		if (objects[i].age_ms != GRAPH_AGE_OLD && objects[i].age_ms > oldest)
			oldest = objects[i].age_ms;
	width = oldest / SAMPLES_MAX > TICK_MS ? oldest / SAMPLES_MAX : TICK_MS;
	for (size_t i = 0; i < count; i++) {
		uint32_t age = objects[ids->by_age[i]].age_ms;
		/* What is more than an hour old comes first, all at once. */
		uint64_t at = age == GRAPH_AGE_OLD ? 0 : (oldest - age) / width + 1;

		if (i && at != last) {
			write_sample(to, first, last * width * 1000, i - 1);
			first = false;
		}
		last = at;
	}
	write_sample(to, first, last * width * 1000, count - 1);
}
