// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdlib.h>

#include "export_tally.h"
#include "export_view.h"

/**
 * struct table - A hash table of sums
 * @sums: places
 * @room: how many; a power of two
 * @count: of those in use
 */
struct table {
	struct export_sum *sums;
	size_t room;
	size_t count;
};

static struct export_sum *find(const struct table *table, size_t site, uint32_t type)
{
	uint64_t hash = (site * 0x9e3779b97f4a7c15ULL + type) * 0xd6e8feb86659fd93ULL;
	size_t at = (hash ^ hash >> 32) & (table->room - 1);

	while (table->sums[at].objects &&
	       (table->sums[at].site != site || table->sums[at].type != type))
		at = (at + 1) & (table->room - 1);
	return &table->sums[at];
}

static int grow(struct table *table)
{
	struct table larger = { .room = table->room ? table->room * 2 : 64 };

	if (table->count * 2 < table->room)
		return 0;
	larger.sums = calloc(larger.room, sizeof(*larger.sums));
	if (!larger.sums)
		return -ENOMEM;
	for (size_t i = 0; i < table->room; i++)
		if (table->sums[i].objects)
			*find(&larger, table->sums[i].site, table->sums[i].type) = table->sums[i];
	larger.count = table->count;
	free(table->sums);
	*table = larger;
	return 0;
}

static int add(struct table *table, size_t site, uint32_t type, uint64_t bytes)
{
	struct export_sum *sum;

	if (grow(table))
		return -ENOMEM;
	sum = find(table, site, type);
	if (!sum->objects) {
		sum->site = site;
		sum->type = type;
		table->count++;
	}
	sum->objects++;
	sum->bytes += bytes;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct export_sum *first = a, *second = b;

	if (first->site != second->site)
		return first->site < second->site ? -1 : 1;
	return first->type < second->type ? -1 : first->type > second->type;
}

int export_tally(struct export_tally *tally, const struct export_view *view, unsigned int by)
{
	const struct graph *graph = view->graph;
	struct table table = { .count = 0 };
	size_t count = 0;

	for (size_t i = 0; i < graph->object_count; i++) {
		const struct graph_object *object = &graph->objects[i];
		size_t site = 0;

		if (!(view->flags[i] & EXPORT_SHOWN))
			continue;
		if (by & EXPORT_BY_SITE) {
			site = export_site(graph, object->site);
			if (site == EXPORT_NONE)
				site = graph->site_count;
		}
		if (add(&table, site, by & EXPORT_BY_TYPE ? object->type : 0, object->bytes)) {
			free(table.sums);
			return -ENOMEM;
		}
	}
	for (size_t i = 0; i < table.room; i++)
		if (table.sums[i].objects)
			table.sums[count++] = table.sums[i];
	if (count)
		qsort(table.sums, count, sizeof(*table.sums), compare);
	*tally = (struct export_tally){ .sums = table.sums, .count = count };
	return 0;
}

int export_tally_graph(struct export_tally *tally, const struct graph *graph,
		       const struct export_options *options, unsigned int by)
{
	struct export_view view;
	int error;

	error = export_view_make(&view, graph, options, NULL);
	if (error)
		return error;
	error = export_tally(tally, &view, by);
	export_view_free(&view);
	return error;
}

void export_tally_free(struct export_tally *tally)
{
	free(tally->sums);
	tally->sums = NULL;
}
