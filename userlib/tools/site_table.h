/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of allocation sites, as `sites', `top' and `record' show it. */
#ifndef MHEAP_SITE_TABLE_H
#define MHEAP_SITE_TABLE_H

#include "graph.h"
#include "rows.h"

/* What is one row. */
enum site_group { GROUP_SITE, GROUP_FUNCTION, GROUP_FILE, GROUP_TYPE, GROUP_COUNT };

/* Columns that are there in all groups. */
enum site_column {
	SITE_HEAP, SITE_NUMBER, SITE_NAME, SITE_FILE, SITE_LINE, SITE_FUNCTION, SITE_PARENT,
	SITE_OBJECTS, SITE_BYTES, SITE_PEAK_OBJECTS, SITE_PEAK_BYTES, SITE_TOTAL_OBJECTS,
	SITE_TOTAL_BYTES, SITE_YOUNG, SITE_YOUNG_PART, SITE_COLUMNS
};

extern const char *const site_groups[GROUP_COUNT];

/* Which group is called so; negative when none is. */
int site_group_find(const char *name);

/* Set up rows for a group. */
void site_table_init(struct rows *rows, enum site_group group);

/*
 * Add the sites of a heap, grouped. By type there are only objects that are alive, for
 * nothing else is known: the graph needs its objects then.
 */
void site_table_add(struct rows *rows, const struct graph *graph, enum site_group group);

#endif /* MHEAP_SITE_TABLE_H */
