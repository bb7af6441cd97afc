/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How figures, names and tables look. */
#ifndef MHEAP_FORMAT_H
#define MHEAP_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

/* Room for one formatted figure. */
#define FIGURE_MAX 32

struct figure {
	char text[FIGURE_MAX];
};

struct figure format_count(unsigned long long count);
struct figure format_bytes(unsigned long long bytes, bool exact);
struct figure format_time(unsigned long long ns);

/* Make a name fit for a terminal and for JSON: what is not text becomes '?'. */
void make_printable(char *name);

/*
 * A table whose columns are as wide as what is in them. The last column, and
 * those that the header marks with a leading '-', are aligned to the left.
 */
struct table;

struct table *table_create(const char *const *header);
void table_cell(struct table *table, const char *text);
void table_print(const struct table *table, const char *indent);
void table_free(struct table *table);

#endif /* MHEAP_FORMAT_H */
