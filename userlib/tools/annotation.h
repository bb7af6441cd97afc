/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Source files with what their lines allocated, as memory_profiler prints them. */
#ifndef MHEAP_ANNOTATION_H
#define MHEAP_ANNOTATION_H

#include <stdint.h>
#include <stdio.h>

#include "graph.h"

/**
 * struct annotation_line - A line that allocated
 * @file: its file, as the site names it
 * @function: its function
 * @line: its number
 * @usage: the most bytes that objects from there took at once
 * @live: those that they take
 * @increment: bytes that were allocated there, in all
 * @occurrences: objects that were
 */
struct annotation_line {
	char *file;
	char *function;
	uint32_t line;
	uint64_t usage;
	uint64_t live;
	uint64_t increment;
	uint64_t occurrences;
};

/**
 * struct annotation - Lines that allocated
 * @lines: sorted by file and line after annotation_sort()
 * @count: of @lines
 * @room: of @lines
 * @directories: where to look for files, besides where they say they are
 * @directory_count: of @directories
 */
struct annotation {
	struct annotation_line *lines;
	size_t count;
	size_t room;
	const char **directories;
	size_t directory_count;
};

/* Add what happened to a heap since @before, which may be NULL. */
void annotation_add(struct annotation *annotation, const struct graph *before,
		    const struct graph *after);
void annotation_sort(struct annotation *annotation);
void annotation_free(struct annotation *annotation);

/* All files, with all of their lines; or as an array of JSON on standard output. */
void annotation_print(const struct annotation *annotation, FILE *to);
void annotation_json(const struct annotation *annotation);

#endif /* MHEAP_ANNOTATION_H */
