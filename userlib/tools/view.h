/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What `mheap top' shows: a heap, its figures and its sites. */
#ifndef MHEAP_VIEW_H
#define MHEAP_VIEW_H

#include <mheap.h>

#include "rows.h"
#include "site_table.h"

/* Lines above the table, and room for one. */
#define VIEW_LINES	2
#define VIEW_LINE_MAX	256

/**
 * struct view - A heap that is looked at
 * @heaps: all that there are
 * @heap_count: of @heaps
 * @heap: the one that is shown
 * @only: no other one is wanted
 * @info: its figures
 * @rows: its sites, sorted
 * @group: what is a row
 * @column: what is sorted by
 * @reverse: the other way round
 */
struct view {
	struct mh_heap_entry *heaps;
	size_t heap_count;
	uint64_t heap;
	bool only;
	struct mh_heap_info info;
	struct rows rows;
	enum site_group group;
	int column;
	bool reverse;
};

/* Each returns an exit code, and has told the user what was wrong. */

/* List the heaps; the one that is shown is the first of them, unless it is there. */
int view_update(struct view *view);
/* Read the one that is shown. */
int view_read(struct view *view);

/* The heap behind, or before, the one that is shown. */
void view_next(struct view *view, bool back);

/* A line of figures. */
void view_line(const struct view *view, int line, bool exact, char text[VIEW_LINE_MAX]);

struct json_object *view_json(const struct view *view, size_t count);
void view_free(struct view *view);

#endif /* MHEAP_VIEW_H */
