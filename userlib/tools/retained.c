// SPDX-License-Identifier: LGPL-2.1-or-later
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "graph_name.h"
#include "memory.h"
#include "retained.h"

#define ROWS_MIN 1024

static const char *const groups[RETAINED_GROUPS] = {
	[RETAINED_BY_OBJECT] = "object",
	[RETAINED_BY_TYPE] = "type",
	[RETAINED_BY_SITE] = "site",
	[RETAINED_BY_HOLDER] = "holder",
};

#define COLUMNS(number, name, site, objects) {				\
	[RETAINED_HEAP] = { "heap", "HEAP", COLUMN_COUNT },		\
	[RETAINED_KIND] = { "kind", NULL, COLUMN_TEXT },		\
	[RETAINED_NUMBER] = { number, NULL, COLUMN_COUNT },		\
	[RETAINED_NAME] = { "name", name, COLUMN_TEXT },		\
	[RETAINED_SITE_NAME] = { "site_name", site, COLUMN_TEXT },	\
	[RETAINED_OBJECTS] = { "objects", objects, COLUMN_COUNT },	\
	[RETAINED_BYTES] = { "bytes", "BYTES", COLUMN_BYTES },		\
	[RETAINED_SIZE] = { "retained", "RETAINED", COLUMN_BYTES },	\
	[RETAINED_COUNT] = { "retained_objects", "RETAINED OBJECTS", COLUMN_COUNT },	\
	[RETAINED_SHARE] = { "retained_percent", "SHARE", COLUMN_PER_MILLE },	\
	[RETAINED_COLUMNS] = { 0 },					\
}

static const struct column columns[RETAINED_GROUPS][RETAINED_COLUMNS + 1] = {
	[RETAINED_BY_OBJECT] = COLUMNS("object", "NAME", "SITE", NULL),
	[RETAINED_BY_TYPE] = COLUMNS("type", "TYPE", NULL, "OBJECTS"),
	[RETAINED_BY_SITE] = COLUMNS("site", "SITE", NULL, "OBJECTS"),
	[RETAINED_BY_HOLDER] = COLUMNS("session", "HOLDER", NULL, "HOLDS"),
};

int retained_group_find(const char *name)
{
	for (int i = 0; i < RETAINED_GROUPS; i++)
		if (!strcmp(groups[i], name))
			return i;
	return -1;
}

void retained_init(struct rows *rows, enum retained_group group)
{
	rows_init(rows, columns[group]);
}

/* @name is freed. */
static struct cell *add_row(struct rows *rows, const struct dominator_tree *tree,
			    const char *kind, char *name)
{
	struct cell *row = rows_add(rows);

	row[RETAINED_HEAP].number = (long long)tree->graph->heap;
	cell_text(&row[RETAINED_KIND], kind);
	cell_text(&row[RETAINED_NAME], name);
	free(name);
	return row;
}

/* Of all that is held, garbage not included. */
static void set_retained(struct cell *row, const struct dominator_tree *tree, uint64_t bytes,
			 uint64_t objects)
{
	uint64_t all = tree->bytes[tree->root];

	row[RETAINED_SIZE].number = (long long)bytes;
	row[RETAINED_COUNT].number = (long long)objects;
	if (all)
		row[RETAINED_SHARE].number = (long long)(1000.0 * (double)bytes / (double)all);
}

static const char *kind_name(enum dominator_kind kind)
{
	static const char *const names[] = {
		[DOMINATOR_OBJECT] = "object", [DOMINATOR_SESSION] = "session",
		[DOMINATOR_ROOT] = "root", [DOMINATOR_FD] = "fd",
		[DOMINATOR_UNLISTED] = "unlisted", [DOMINATOR_HEAP] = "heap",
	};

	return names[kind];
}

void retained_add_node(struct rows *rows, const struct dominator_tree *tree, uint32_t node)
{
	const struct graph *graph = tree->graph;
	struct cell *row = add_row(rows, tree, kind_name(dominator_kind(tree, node)),
				   dominator_name(tree, node));

	if (dominator_kind(tree, node) == DOMINATOR_OBJECT) {
		const struct graph_object *object = &graph->objects[node];
		char *site = graph_name_site(graph, object->site);

		row[RETAINED_NUMBER].number = object->number;
		row[RETAINED_OBJECTS].number = 1;
		row[RETAINED_BYTES].number = (long long)object->bytes;
		cell_text(&row[RETAINED_SITE_NAME], site);
		free(site);
	}
	set_retained(row, tree, tree->bytes[node], tree->objects[node]);
}

/**
 * struct choice - Objects that are being chosen
 * @tree: of these
 * @column: by what
 * @reverse: the least first
 */
struct choice {
	const struct dominator_tree *tree;
	enum retained_column column;
	bool reverse;
};

static uint64_t figure(const struct choice *choice, uint32_t object)
{
	const struct dominator_tree *tree = choice->tree;

	switch (choice->column) {
	case RETAINED_NUMBER:
		return tree->graph->objects[object].number;
	case RETAINED_BYTES:
		return tree->graph->objects[object].bytes;
	case RETAINED_SIZE:
	case RETAINED_SHARE:
		return tree->bytes[object];
	case RETAINED_COUNT:
		return tree->objects[object];
	default:
		return 0;
	}
}

/* What is alike stays in the order of the heap. */
static int compare_objects(const void *a, const void *b, void *context)
{
	const struct choice *choice = context;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	uint64_t p = figure(choice, x), q = figure(choice, y);

	if (p != q)
		return (p > q) == choice->reverse ? 1 : -1;
	return (x > y) - (x < y);
}

/* Whenever there are twice as many as are wanted, the worse half goes. */
size_t retained_add_objects(struct rows *rows, const struct dominator_tree *tree,
			    const bool *wanted, enum retained_column column, bool reverse,
			    size_t count)
{
	struct choice choice = { .tree = tree, .column = column, .reverse = reverse };
	size_t objects = tree->graph->object_count;
	size_t room = count > objects / 2 ? objects : 2 * count + ROWS_MIN;
	uint32_t *found = must_have(malloc((room + 1) * sizeof(*found)));
	size_t kept = 0, all = 0;

	for (size_t i = 0; i < objects; i++) {
		if (tree->above[i] == GRAPH_NULL || !wanted[i])
			continue;
		all++;
		found[kept++] = (uint32_t)i;
		if (kept < room || i + 1 == objects)
			continue;
		qsort_r(found, kept, sizeof(*found), compare_objects, &choice);
		kept = count < kept ? count : kept;
	}
	qsort_r(found, kept, sizeof(*found), compare_objects, &choice);
	kept = count < kept ? count : kept;
	for (size_t i = 0; i < kept; i++)
		retained_add_node(rows, tree, found[i]);
	free(found);
	return all - kept;
}

/**
 * struct sum - The figures of a type or a site
 * @key: its number
 * @open: objects of it that are above what is looked at
 * @count: objects that are held
 * @bytes: theirs
 * @retained: what would go with all of them, at least
 * @retained_count: likewise
 * @next: the sum that was made before
 */
struct sum {
	uint32_t key;
	uint32_t open;
	uint64_t count;
	uint64_t bytes;
	uint64_t retained;
	uint64_t retained_count;
	struct sum *next;
};

static int compare_sums(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The keys come first in sums, so a key finds one. */
static struct sum *find_sum(void **index, struct sum **last, uint32_t key)
{
	void *found = tfind(&key, index, compare_sums);
	struct sum *sum;

	if (found)
		return *(struct sum **)found;
	sum = must_have(calloc(1, sizeof(*sum)));
	sum->key = key;
	sum->next = *last;
	must_have(tsearch(sum, index, compare_sums));
	*last = sum;
	return sum;
}

static void leave_alone(void *sum)
{
	(void)sum;
}

/* For each object its sum, or NULL; @last is the list of sums. */
static struct sum **assign(const struct dominator_tree *tree, const bool *wanted,
			   enum retained_group group, struct sum **last)
{
	const struct graph *graph = tree->graph;
	struct sum **sums = must_have(calloc(graph->object_count + 1, sizeof(*sums)));
	struct sum *sum = NULL;
	void *index = NULL;

	for (size_t i = 0; i < graph->object_count; i++) {
		const struct graph_object *object = &graph->objects[i];
		uint32_t key = group == RETAINED_BY_TYPE ? object->type : object->site;

		if (tree->above[i] == GRAPH_NULL || !wanted[i])
			continue;
		if (!sum || sum->key != key)
			sum = find_sum(&index, last, key);
		sums[i] = sum;
		sum->count++;
		sum->bytes += object->bytes;
	}
	tdestroy(index, leave_alone);
	return sums;
}

static void enter(const struct dominator_tree *tree, struct sum *sum, uint32_t node)
{
	if (sum->open++)
		return;
	sum->retained += tree->bytes[node];
	sum->retained_count += tree->objects[node];
}

/* Through the tree of dominators, knowing which sums are above. */
static void walk(const struct dominator_tree *tree, struct sum **sums)
{
	size_t objects = tree->graph->object_count, bytes = (tree->root + 1UL) * sizeof(uint32_t);
	uint32_t *first = must_have(malloc(bytes));	/* below each node */
	uint32_t *next = must_have(malloc(bytes));	/* beside it */
	uint32_t at = tree->root;

	memset(first, 0xff, bytes);
	next[tree->root] = GRAPH_NULL;
	for (uint32_t i = tree->count; i-- > 1;) {
		uint32_t node = tree->order[i];

		next[node] = first[tree->above[node]];
		first[tree->above[node]] = node;
	}
	while (at != GRAPH_NULL) {
		if (at < objects && sums[at])
			enter(tree, sums[at], at);
		if (first[at] != GRAPH_NULL) {
			at = first[at];
			continue;
		}
		for (;;) {
			if (at < objects && sums[at])
				sums[at]->open--;
			if (next[at] != GRAPH_NULL || tree->above[at] == GRAPH_NULL)
				break;
			at = tree->above[at];
		}
		at = next[at];
	}
	free(first);
	free(next);
}

void retained_add_groups(struct rows *rows, const struct dominator_tree *tree,
			 const bool *wanted, enum retained_group group)
{
	struct sum *last = NULL, **sums;

	sums = assign(tree, wanted, group, &last);
	walk(tree, sums);
	while (last) {
		struct sum *sum = last;
		struct cell *row = add_row(rows, tree, groups[group], group == RETAINED_BY_TYPE ?
					   graph_name_type(tree->graph, sum->key) :
					   graph_name_site(tree->graph, sum->key));

		row[RETAINED_NUMBER].number = sum->key;
		row[RETAINED_OBJECTS].number = (long long)sum->count;
		row[RETAINED_BYTES].number = (long long)sum->bytes;
		set_retained(row, tree, sum->retained, sum->retained_count);
		last = sum->next;
		free(sum);
	}
	free(sums);
}

/* What it holds itself, each object once; @seen says who held an object last. */
static void add_holder(struct rows *rows, const struct dominator_tree *tree, uint32_t node,
		       uint32_t *seen)
{
	const struct graph *graph = tree->graph;
	size_t *holds = &tree->holds[node - graph->object_count];
	enum dominator_kind kind = dominator_kind(tree, node);
	struct cell *row;

	if (holds[0] == holds[1])
		return;
	row = add_row(rows, tree, kind_name(kind), dominator_name(tree, node));
	for (size_t i = holds[0]; i < holds[1]; i++) {
		uint32_t object = tree->held[i];

		if (seen[object] == node)
			continue;
		seen[object] = node;
		row[RETAINED_OBJECTS].number++;
		row[RETAINED_BYTES].number += (long long)graph->objects[object].bytes;
	}
	if (kind == DOMINATOR_SESSION)
		row[RETAINED_NUMBER].number = graph->sessions[dominator_holder(tree, node)].id;
	set_retained(row, tree, tree->bytes[node], tree->objects[node]);
}

static void add_garbage(struct rows *rows, const struct dominator_tree *tree)
{
	uint64_t count = 0, bytes = 0;
	struct cell *row;

	for (size_t i = 0; i < tree->graph->object_count; i++)
		if (tree->above[i] == GRAPH_NULL) {
			count++;
			bytes += tree->graph->objects[i].bytes;
		}
	if (!count)
		return;
	row = add_row(rows, tree, "nothing", must_copy("nothing: awaits collection"));
	row[RETAINED_OBJECTS].number = (long long)count;
	row[RETAINED_BYTES].number = (long long)bytes;
}

void retained_add_holders(struct rows *rows, const struct dominator_tree *tree)
{
	const struct graph *graph = tree->graph;
	uint32_t *seen = must_have(calloc(graph->object_count + 1, sizeof(*seen)));
	uint64_t bytes = tree->bytes[tree->root];
	uint32_t objects = tree->objects[tree->root];

	memset(seen, 0xff, (graph->object_count + 1) * sizeof(*seen));
	for (uint32_t node = (uint32_t)graph->object_count; node < tree->root; node++) {
		add_holder(rows, tree, node, seen);
		bytes -= tree->bytes[node];
		objects -= tree->objects[node];
	}
	free(seen);
	if (objects) {
		struct cell *row = add_row(rows, tree, "several",
					   must_copy("several of them"));

		set_retained(row, tree, bytes, objects);
	}
	add_garbage(rows, tree);
}
