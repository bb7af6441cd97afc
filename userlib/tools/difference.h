/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is different between two graphs. */
#ifndef MHEAP_DIFFERENCE_H
#define MHEAP_DIFFERENCE_H

#include "graph.h"
#include "rows.h"

/* What is one row. */
enum difference_group { DIFFERENCE_TYPE, DIFFERENCE_SITE, DIFFERENCE_BOTH };

int difference_group_find(const char *name);

void difference_init(struct rows *rows, enum difference_group group);

/*
 * Add a row for each group that is not the same. Types and sites are told apart by
 * their names, since two heaps may number them differently.
 */
void difference_find(struct rows *rows, const struct graph *before, const struct graph *after,
		     enum difference_group group);

void difference_init_objects(struct rows *rows);

/*
 * Add a row for each object that is in one of them only. The number of one that went
 * is given to another, so what has the same number is the same object only when it is
 * as old, within two seconds, and of the same shape.
 */
void difference_objects(struct rows *rows, const struct graph *before,
			const struct graph *after);

#endif /* MHEAP_DIFFERENCE_H */
