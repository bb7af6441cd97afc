/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What objects, types, lines and holders retain, in rows. */
#ifndef MHEAP_RETAINED_H
#define MHEAP_RETAINED_H

#include "dominator.h"
#include "rows.h"

/* What is one row. */
enum retained_group {
	RETAINED_BY_OBJECT, RETAINED_BY_TYPE, RETAINED_BY_SITE, RETAINED_BY_HOLDER,
	RETAINED_GROUPS,
};

/* Columns that are there in all groups; the number is the object's, type's, ... */
enum retained_column {
	RETAINED_HEAP, RETAINED_KIND, RETAINED_NUMBER, RETAINED_NAME, RETAINED_SITE_NAME,
	RETAINED_OBJECTS, RETAINED_BYTES, RETAINED_SIZE, RETAINED_COUNT, RETAINED_SHARE,
	RETAINED_COLUMNS,
};

/* Which group is called so; negative when none is. */
int retained_group_find(const char *name);

void retained_init(struct rows *rows, enum retained_group group);

/* Add the row of a node of the tree, to rows of objects. */
void retained_add_node(struct rows *rows, const struct dominator_tree *tree, uint32_t node);

/**
 * retained_add_objects - Add the first objects in some order
 * @rows: of objects
 * @tree: the tree
 * @wanted: for each object whether it may be added
 * @column: what comes first has most there; not of a column of texts
 * @reverse: or least
 * @count: no more than so many
 *
 * Memory is needed for those that are added.
 *
 * Return: how many more there were.
 */
size_t retained_add_objects(struct rows *rows, const struct dominator_tree *tree,
			    const bool *wanted, enum retained_column column, bool reverse,
			    size_t count);

/*
 * Add a row for each type or site of objects that are wanted. What an object retains counts
 * only where none of the same group is above it, so that nothing counts twice in a row.
 */
void retained_add_groups(struct rows *rows, const struct dominator_tree *tree,
			 const bool *wanted, enum retained_group group);

/*
 * Add a row for each holder, one for what no holder retains on its own, and one for what
 * nothing holds.
 */
void retained_add_holders(struct rows *rows, const struct dominator_tree *tree);

#endif /* MHEAP_RETAINED_H */
