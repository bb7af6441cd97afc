// SPDX-License-Identifier: LGPL-2.1-or-later
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "difference.h"
#include "graph_name.h"
#include "memory.h"

#define BIRTH_SLACK_MS 2000

enum group_column {
	GROUP_NAME, GROUP_OBJECTS_BEFORE, GROUP_OBJECTS, GROUP_OBJECTS_CHANGE,
	GROUP_BYTES_BEFORE, GROUP_BYTES, GROUP_BYTES_CHANGE, GROUP_SIZE_OF_CHANGE,
};

#define FIGURES									\
	[GROUP_OBJECTS_BEFORE] = { "objects_before", "BEFORE", COLUMN_COUNT },	\
	[GROUP_OBJECTS] = { "objects", "AFTER", COLUMN_COUNT },			\
	[GROUP_OBJECTS_CHANGE] = { "objects_change", "CHANGE", COLUMN_CHANGE },	\
	[GROUP_BYTES_BEFORE] = { "bytes_before", "BYTES BEFORE", COLUMN_BYTES },	\
	[GROUP_BYTES] = { "bytes", "BYTES AFTER", COLUMN_BYTES },		\
	[GROUP_BYTES_CHANGE] = { "bytes_change", "BYTES CHANGE", COLUMN_CHANGE_BYTES }, \
	[GROUP_SIZE_OF_CHANGE] = { "size_of_change", NULL, COLUMN_BYTES }

static const struct column type_columns[] = {
	[GROUP_NAME] = { "name", "TYPE", COLUMN_TEXT }, FIGURES, { 0 },
};

static const struct column site_columns[] = {
	[GROUP_NAME] = { "name", "SITE", COLUMN_TEXT }, FIGURES, { 0 },
};

static const struct column both_columns[] = {
	[GROUP_NAME] = { "name", "TYPE AT SITE", COLUMN_TEXT }, FIGURES, { 0 },
};

enum object_column {
	OBJECT_CHANGE, OBJECT_NUMBER, OBJECT_NAME, OBJECT_SITE, OBJECT_BYTES, OBJECT_AGE,
};

static const struct column object_columns[] = {
	[OBJECT_CHANGE] = { "change", "CHANGE", COLUMN_TEXT },
	[OBJECT_NUMBER] = { "object", NULL, COLUMN_COUNT },
	[OBJECT_NAME] = { "name", "OBJECT", COLUMN_TEXT },
	[OBJECT_SITE] = { "site_name", "SITE", COLUMN_TEXT },
	[OBJECT_BYTES] = { "bytes", "BYTES", COLUMN_BYTES },
	[OBJECT_AGE] = { "age_ms", "AGE", COLUMN_AGE },
	{ 0 },
};

int difference_group_find(const char *name)
{
	static const char *const names[] = {
		[DIFFERENCE_TYPE] = "type", [DIFFERENCE_SITE] = "site",
		[DIFFERENCE_BOTH] = "both",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], name))
			return (int)i;
	return -1;
}

void difference_init(struct rows *rows, enum difference_group group)
{
	rows_init(rows, group == DIFFERENCE_TYPE ? type_columns :
			group == DIFFERENCE_SITE ? site_columns : both_columns);
}

void difference_init_objects(struct rows *rows)
{
	rows_init(rows, object_columns);
}

/**
 * struct sum - The objects of a type at a site
 * @key: the two numbers
 * @objects: how many
 * @bytes: theirs
 */
struct sum {
	uint64_t key;
	uint64_t objects;
	uint64_t bytes;
};

static uint64_t key_of(const struct graph_object *object, enum difference_group group)
{
	uint64_t type = group == DIFFERENCE_SITE ? 0 : object->type;
	uint64_t site = group == DIFFERENCE_TYPE ? 0 : object->site;

	return type << 32 | site;
}

static int compare_keys(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static char *name_of(const struct graph *graph, uint64_t key, enum difference_group group)
{
	char *type, *site, *name;

	if (group == DIFFERENCE_TYPE)
		return graph_name_type(graph, (uint32_t)(key >> 32));
	if (group == DIFFERENCE_SITE)
		return graph_name_site(graph, (uint32_t)key);
	type = graph_name_type(graph, (uint32_t)(key >> 32));
	site = graph_name_site(graph, (uint32_t)key);
	name = must_print("%s at %s", type, site);
	free(type);
	free(site);
	return name;
}

/* The row of a name, by a table of names. */
static struct cell *find_row(struct rows *rows, struct json_object *table, const char *name)
{
	struct json_object *place;
	struct cell *row;

	if (json_object_object_get_ex(table, name, &place))
		return rows_at(rows, (size_t)json_object_get_int64(place));
	json_object_object_add(table, name,
			       must_have(json_object_new_int64((int64_t)rows->count)));
	row = rows_add(rows);
	cell_text(&row[GROUP_NAME], name);
	return row;
}

/* Sums by their numbers first: names are made once for each of those, not for each object. */
static void add_sums(struct rows *rows, struct json_object *table, const struct graph *graph,
		     enum difference_group group, bool before)
{
	uint64_t *keys = must_have(malloc((graph->object_count + 1) * 2 * sizeof(*keys)));
	size_t count = graph->object_count;

	for (size_t i = 0; i < count; i++) {
		keys[2 * i] = key_of(&graph->objects[i], group);
		keys[2 * i + 1] = graph->objects[i].bytes;
	}
	if (count)
		qsort(keys, count, 2 * sizeof(*keys), compare_keys);
	for (size_t i = 0; i < count;) {
		struct sum sum = { .key = keys[2 * i] };
		struct cell *row;
		char *name;

		for (; i < count && keys[2 * i] == sum.key; i++) {
			sum.objects++;
			sum.bytes += keys[2 * i + 1];
		}
		name = name_of(graph, sum.key, group);
		row = find_row(rows, table, name);
		free(name);
		row[before ? GROUP_OBJECTS_BEFORE : GROUP_OBJECTS].number +=
			(long long)sum.objects;
		row[before ? GROUP_BYTES_BEFORE : GROUP_BYTES].number += (long long)sum.bytes;
	}
	free(keys);
}

/* Leave out what is the same in both. */
static void find_changes(struct rows *rows)
{
	size_t kept = 0;

	for (size_t i = 0; i < rows->count; i++) {
		struct cell *row = rows_at(rows, i);
		long long objects = row[GROUP_OBJECTS].number - row[GROUP_OBJECTS_BEFORE].number;
		long long bytes = row[GROUP_BYTES].number - row[GROUP_BYTES_BEFORE].number;

		if (!objects && !bytes) {
			free(row[GROUP_NAME].text);
			continue;
		}
		row[GROUP_OBJECTS_CHANGE].number = objects;
		row[GROUP_BYTES_CHANGE].number = bytes;
		row[GROUP_SIZE_OF_CHANGE].number = bytes < 0 ? -bytes : bytes;
		memmove(rows_at(rows, kept++), row, rows->width * sizeof(*row));
	}
	rows->count = kept;
}

void difference_find(struct rows *rows, const struct graph *before, const struct graph *after,
		     enum difference_group group)
{
	struct json_object *table = must_have(json_object_new_object());

	add_sums(rows, table, before, group, true);
	add_sums(rows, table, after, group, false);
	json_object_put(table);
	find_changes(rows);
}

static void add_object(struct rows *rows, const struct graph *graph, size_t i,
		       const char *change)
{
	const struct graph_object *object = &graph->objects[i];
	struct cell *row = rows_add(rows);
	char *name;

	cell_text(&row[OBJECT_CHANGE], change);
	row[OBJECT_NUMBER].number = object->number;
	name = graph_name_object(graph, i);
	cell_text(&row[OBJECT_NAME], name);
	free(name);
	name = graph_name_site(graph, object->site);
	cell_text(&row[OBJECT_SITE], name);
	free(name);
	row[OBJECT_BYTES].number = (long long)object->bytes;
	row[OBJECT_AGE].number = object->age_ms == GRAPH_AGE_OLD ? -1LL : (long long)object->age_ms;
}

static bool is_same(const struct graph *before, const struct graph_object *a,
		    const struct graph *after, const struct graph_object *b)
{
	int64_t born_a, born_b;

	if (a->type != b->type || a->site != b->site || a->slots != b->slots ||
	    a->payload_bytes != b->payload_bytes)
		return false;
	/* One that was old remains so; one that has become so must have had the time. */
	if (b->age_ms == GRAPH_AGE_OLD)
		return true;
	if (a->age_ms == GRAPH_AGE_OLD)
		return false;
	born_a = (int64_t)(before->taken_ns / 1000000) - a->age_ms;
	born_b = (int64_t)(after->taken_ns / 1000000) - b->age_ms;
	return llabs(born_a - born_b) <= BIRTH_SLACK_MS;
}

void difference_objects(struct rows *rows, const struct graph *before,
			const struct graph *after)
{
	size_t i = 0, j = 0;

	while (i < before->object_count || j < after->object_count) {
		const struct graph_object *a = &before->objects[i];
		const struct graph_object *b = &after->objects[j];

		if (j == after->object_count ||
		    (i < before->object_count && a->number < b->number)) {
			add_object(rows, before, i++, "gone");
		} else if (i == before->object_count || b->number < a->number) {
			add_object(rows, after, j++, "new");
		} else {
			if (!is_same(before, a, after, b)) {
				add_object(rows, before, i, "gone");
				add_object(rows, after, j, "new");
			}
			i++;
			j++;
		}
	}
}
