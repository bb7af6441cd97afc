// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>
#include <string.h>

#include "top.h"

bool top_init(struct top *top, size_t room, enum object_column key)
{
	*top = (struct top){ .room = room, .key = key };
	top->lines = calloc(room, sizeof(*top->lines));
	return top->lines;
}

void top_free(struct top *top)
{
	free(top->lines);
}

/* Types without names come behind those that have one, in the order of their numbers. */
static int compare_names(const struct object_line *a, const struct object_line *b)
{
	if (a->type_name && b->type_name)
		return strcmp(a->type_name, b->type_name);
	if (a->type_name || b->type_name)
		return a->type_name ? -1 : 1;
	return (a->columns[TYPE] > b->columns[TYPE]) - (a->columns[TYPE] < b->columns[TYPE]);
}

/* Whether @a comes behind @b in the end: it is smaller, or as large and later. */
static bool is_behind(const struct top *top, const struct object_line *a,
		      const struct object_line *b)
{
	if (top->key == NAME) {
		int order = compare_names(a, b);

		if (order)
			return order > 0;
	} else if (a->columns[top->key] != b->columns[top->key]) {
		return a->columns[top->key] < b->columns[top->key];
	}
	if (a->columns[HEAP] != b->columns[HEAP])
		return a->columns[HEAP] > b->columns[HEAP];
	return a->columns[OBJECT] > b->columns[OBJECT];
}

static void swap(struct object_line *a, struct object_line *b)
{
	struct object_line was = *a;

	*a = *b;
	*b = was;
}

static void sift_up(struct top *top, size_t i)
{
	while (i && is_behind(top, &top->lines[i], &top->lines[(i - 1) / 2])) {
		swap(&top->lines[i], &top->lines[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
}

static void sift_down(struct top *top, size_t i, size_t count)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= count)
			return;
		if (child + 1 < count &&
		    is_behind(top, &top->lines[child + 1], &top->lines[child]))
			child++;
		if (!is_behind(top, &top->lines[child], &top->lines[i]))
			return;
		swap(&top->lines[child], &top->lines[i]);
		i = child;
	}
}

void top_offer(struct top *top, const struct object_line *line)
{
	if (top->count < top->room) {
		top->lines[top->count] = *line;
		sift_up(top, top->count++);
	} else if (top->room && is_behind(top, &top->lines[0], line)) {
		top->lines[0] = *line;
		sift_down(top, 0, top->count);
	}
}

void top_sort(struct top *top)
{
	for (size_t left = top->count; left > 1; left--) {
		swap(&top->lines[0], &top->lines[left - 1]);
		sift_down(top, 0, left - 1);
	}
}
