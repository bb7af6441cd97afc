/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Objects that are there and that no living process can name. */
#ifndef MHEAP_LEAK_H
#define MHEAP_LEAK_H

#include <stdbool.h>

#include "graph.h"
#include "rows.h"

/**
 * struct leak_options - What counts as dead
 * @look_at_processes: look which sessions processes have open
 * @dead_pid: this one is not; 0 for none
 */
struct leak_options {
	bool look_at_processes;
	uint32_t dead_pid;
};

/* The columns of what was found. */
enum leak_column {
	LEAK_HEAP, LEAK_KIND, LEAK_HOLDER, LEAK_TYPE, LEAK_TYPE_NAME, LEAK_SITE, LEAK_SITE_NAME,
	LEAK_OBJECTS, LEAK_BYTES, LEAK_OLDEST, LEAK_OBJECTS_CHANGE, LEAK_BYTES_CHANGE,
	LEAK_COLUMNS
};

void leak_init(struct rows *rows);

/* Add a row for each holder, type and site of what was found. */
void leak_find(struct rows *rows, const struct graph *graph, const struct leak_options *options);

#endif /* MHEAP_LEAK_H */
