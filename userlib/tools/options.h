/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options that many commands have, as children of their own parsers of arguments. */
#ifndef MHEAP_OPTIONS_H
#define MHEAP_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * struct common_options - How anything is written
 * @json: as JSON
 * @exact: bytes without units
 * @color: with colours, which is for stdout
 */
struct common_options {
	bool json;
	bool exact;
	bool color;
};

/**
 * struct list_options - How a list is shown
 * @count: no more than so many
 * @sort: the key to sort by, or NULL
 * @reverse: the other way round
 */
struct list_options {
	size_t count;
	const char *sort;
	bool reverse;
};

/*
 * The input of each is its structure, which the parent passes on at ARGP_KEY_INIT,
 * and which is set up before: common_init() looks at NO_COLOR and at the terminal.
 */
extern const struct argp common_argp;
extern const struct argp list_argp;

void common_init(struct common_options *options);
void list_init(struct list_options *options, size_t count);

/* Sequences for a terminal, or "". */
enum paint { PAINT_PLAIN, PAINT_BOLD, PAINT_DIM, PAINT_GOOD, PAINT_BAD, PAINT_NAME };
const char *paint(const struct common_options *options, enum paint paint);

#endif /* MHEAP_OPTIONS_H */
