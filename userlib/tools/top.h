/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The first few of very many, in memory for those few only. */
#ifndef MHEAP_TOP_H
#define MHEAP_TOP_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The columns of the file of objects, and the heap in front of them; and what the
 * file does not have.
 */
enum object_column {
	HEAP, OBJECT, TYPE, SLOTS, PAYLOAD_BYTES, HANDLE_REFS, SLOT_REFS, SITE, AGE_MS, BYTES,
	OBJECT_COLUMNS,
	NAME = OBJECT_COLUMNS	/* a key only: the name of the type */
};

/* The age of what is more than an hour old. */
#define AGE_OLD	0xffffffffULL

/**
 * struct object_line - An object
 * @columns: its figures
 * @is_named: names are known here; others are of files of debugfs
 * @type_name: of its type; NULL when that has none
 * @site_name: of its site; likewise
 */
struct object_line {
	unsigned long long columns[OBJECT_COLUMNS];
	bool is_named;
	const char *type_name;
	const char *site_name;
};

/**
 * struct top - The first @room lines of those that were offered
 * @lines: a binary heap, the last at its root, until top_sort()
 * @count: of @lines
 * @room: of @lines
 * @key: the column that is compared, where larger ones come first; names rise. Then
 *	the heap and the object's number
 */
struct top {
	struct object_line *lines;
	size_t count;
	size_t room;
	enum object_column key;
};

bool top_init(struct top *top, size_t room, enum object_column key);
void top_offer(struct top *top, const struct object_line *line);
/* In order; nothing can be offered any more. */
void top_sort(struct top *top);
void top_free(struct top *top);

#endif /* MHEAP_TOP_H */
