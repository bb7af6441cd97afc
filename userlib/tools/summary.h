/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The summary of a heap: lines of "key: value", as debugfs has them. Unless files were
 * named, they are what the module tells everybody who may look at the heap.
 */
#ifndef MHEAP_SUMMARY_H
#define MHEAP_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>

struct json_object;

/**
 * struct summary_line - One line
 * @key: its key
 * @text: its value, printable
 * @number: its value, when that is a number
 * @is_number: whether it is
 */
struct summary_line {
	char *key;
	char *text;
	unsigned long long number;
	bool is_number;
};

/**
 * struct summary - All lines, in the order of the file
 * @lines: the lines
 * @count: of @lines
 */
struct summary {
	struct summary_line *lines;
	size_t count;
};

/* Add a line; there is room for those that this tool knows. */
void summary_add_text(struct summary *summary, const char *key, const char *text);
void summary_add_number(struct summary *summary, const char *key, unsigned long long number);

/* Keys that this tool does not know are kept; one that it needs may not lack. */
int summary_read(struct summary *ret_summary, unsigned long long heap);
void summary_free(struct summary *summary);

/* Of the keys that summary_read() made sure of. */
unsigned long long summary_number(const struct summary *summary, const char *key);
const char *summary_text(const struct summary *summary, const char *key);

void summary_json(const struct summary *summary, struct json_object *to);

#endif /* MHEAP_SUMMARY_H */
