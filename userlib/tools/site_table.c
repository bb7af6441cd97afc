// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>
#include <string.h>

#include "export_view.h"
#include "graph_name.h"
#include "memory.h"
#include "site_table.h"

const char *const site_groups[GROUP_COUNT] = {
	[GROUP_SITE] = "site",
	[GROUP_FUNCTION] = "function",
	[GROUP_FILE] = "file",
	[GROUP_TYPE] = "type",
};

#define FIGURES								\
	[SITE_OBJECTS] = { "objects", "OBJECTS", COLUMN_COUNT },	\
	[SITE_BYTES] = { "bytes", "BYTES", COLUMN_BYTES },		\
	[SITE_PEAK_OBJECTS] = { "peak_objects", "PEAK", COLUMN_COUNT },	\
	[SITE_PEAK_BYTES] = { "peak_bytes", "PEAK BYTES", COLUMN_BYTES },	\
	[SITE_TOTAL_OBJECTS] = { "total_objects", "TOTAL", COLUMN_COUNT },	\
	[SITE_TOTAL_BYTES] = { "total_bytes", "TOTAL BYTES", COLUMN_BYTES },	\
	[SITE_YOUNG] = { "young", NULL, COLUMN_COUNT },			\
	[SITE_YOUNG_PART] = { "young_percent", "YOUNG", COLUMN_PER_MILLE }

#define WORDS(title)							\
	[SITE_HEAP] = { "heap", "HEAP", COLUMN_COUNT },			\
	[SITE_NUMBER] = { "site", NULL, COLUMN_COUNT },			\
	[SITE_NAME] = { "name", title, COLUMN_TEXT },			\
	[SITE_FILE] = { "file", NULL, COLUMN_TEXT },			\
	[SITE_LINE] = { "line", NULL, COLUMN_COUNT },			\
	[SITE_FUNCTION] = { "function", NULL, COLUMN_TEXT },		\
	[SITE_PARENT] = { "parent", NULL, COLUMN_COUNT }

static const struct column columns[GROUP_COUNT][SITE_COLUMNS + 1] = {
	[GROUP_SITE] = { WORDS("SITE"), FIGURES, { 0 } },
	[GROUP_FUNCTION] = { WORDS("FUNCTION"), FIGURES, { 0 } },
	[GROUP_FILE] = { WORDS("FILE"), FIGURES, { 0 } },
	[GROUP_TYPE] = { WORDS("TYPE"), FIGURES, { 0 } },
};

int site_group_find(const char *name)
{
	for (int i = 0; i < GROUP_COUNT; i++)
		if (!strcmp(site_groups[i], name))
			return i;
	return -1;
}

void site_table_init(struct rows *rows, enum site_group group)
{
	rows_init(rows, columns[group]);
}

static char *group_name(const struct graph *graph, const struct graph_site *site,
			enum site_group group)
{
	if (group == GROUP_FILE && site->id)
		return must_copy(*site->file ? site->file : "no name");
	if (group == GROUP_FUNCTION && site->id)
		return must_copy(*site->function ? site->function : "no name");
	return graph_name_site(graph, site->id);
}

/* The row of a group among those of this graph, which begin at @first. */
static struct cell *find_row(struct rows *rows, size_t first, const struct graph *graph,
			     char *name)
{
	struct cell *row;

	for (size_t i = first; i < rows->count; i++)
		if (!strcmp(rows_at(rows, i)[SITE_NAME].text, name)) {
			free(name);
			return rows_at(rows, i);
		}
	row = rows_add(rows);
	row[SITE_HEAP].number = (long long)graph->heap;
	cell_text(&row[SITE_NAME], name);
	free(name);
	return row;
}

static void describe(struct cell *row, const struct graph_site *site)
{
	row[SITE_NUMBER].number = site->id;
	row[SITE_LINE].number = site->line;
	row[SITE_PARENT].number = site->parent;
	cell_text(&row[SITE_FILE], site->file);
	cell_text(&row[SITE_FUNCTION], site->function);
}

static void add_figures(struct cell *row, const struct graph_site *site)
{
	row[SITE_OBJECTS].number += (long long)site->live_objects;
	row[SITE_BYTES].number += (long long)site->live_bytes;
	row[SITE_PEAK_OBJECTS].number += (long long)site->peak_objects;
	row[SITE_PEAK_BYTES].number += (long long)site->peak_bytes;
	row[SITE_TOTAL_OBJECTS].number += (long long)site->total_objects;
	row[SITE_TOTAL_BYTES].number += (long long)site->total_bytes;
	row[SITE_YOUNG].number += (long long)site->young;
	if (row[SITE_TOTAL_OBJECTS].number > 0)
		row[SITE_YOUNG_PART].number = (long long)(1000.0 * (double)row[SITE_YOUNG].number /
						(double)row[SITE_TOTAL_OBJECTS].number);
}

static void add_sites(struct rows *rows, const struct graph *graph, enum site_group group)
{
	size_t first = rows->count;

	for (size_t i = 0; i < graph->site_count; i++) {
		const struct graph_site *site = &graph->sites[i];
		char *name = group_name(graph, site, group);
		struct cell *row;

		if (!site->total_objects && !site->live_objects) {
			free(name);
			continue;
		}
		if (group == GROUP_SITE) {
			row = rows_add(rows);
			row[SITE_HEAP].number = (long long)graph->heap;
			cell_text(&row[SITE_NAME], name);
			free(name);
			describe(row, site);
		} else {
			row = find_row(rows, first, graph, name);
		}
		add_figures(row, site);
	}
}

/**
 * struct type_sum - Objects of a type
 * @type: its number
 * @figures: what is known, as if it were a site
 */
struct type_sum {
	uint32_t type;
	struct graph_site figures;
};

static struct type_sum *find_sum(struct type_sum **sums, size_t *count, size_t *room,
				 uint32_t type)
{
	size_t low = 0, high = *count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if ((*sums)[middle].type == type)
			return &(*sums)[middle];
		if ((*sums)[middle].type < type)
			low = middle + 1;
		else
			high = middle;
	}
	*sums = must_grow(*sums, room, *count + 1, sizeof(**sums));
	memmove(*sums + low + 1, *sums + low, (*count - low) * sizeof(**sums));
	(*count)++;
	(*sums)[low] = (struct type_sum){ .type = type };
	return &(*sums)[low];
}

static void add_types(struct rows *rows, const struct graph *graph)
{
	struct type_sum *sums = NULL, *sum = NULL;
	size_t count = 0, room = 0;

	for (size_t i = 0; i < graph->object_count; i++) {
		const struct graph_object *object = &graph->objects[i];

		if (!sum || sum->type != object->type)
			sum = find_sum(&sums, &count, &room, object->type);
		sum->figures.live_objects++;
		sum->figures.live_bytes += object->bytes;
	}
	for (size_t i = 0; i < count; i++) {
		char *name = graph_name_type(graph, sums[i].type);
		struct cell *row = rows_add(rows);

		row[SITE_HEAP].number = (long long)graph->heap;
		row[SITE_NUMBER].number = sums[i].type;
		cell_text(&row[SITE_NAME], name);
		free(name);
		add_figures(row, &sums[i].figures);
	}
	free(sums);
}

void site_table_add(struct rows *rows, const struct graph *graph, enum site_group group)
{
	if (group == GROUP_TYPE)
		add_types(rows, graph);
	else
		add_sites(rows, graph, group);
}
