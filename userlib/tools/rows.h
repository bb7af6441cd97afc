/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of figures, that are sorted, cut off, and shown as a table or as JSON. */
#ifndef MHEAP_ROWS_H
#define MHEAP_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "format.h"

struct json_array;
struct json_object;

/**
 * enum column_kind - What is in a column
 * @COLUMN_TEXT: a text
 * @COLUMN_COUNT: a number
 * @COLUMN_BYTES: a number of bytes
 * @COLUMN_PER_MILLE: a part of a thousand, shown as percent
 * @COLUMN_AGE: milliseconds, negative when it is only known to be more than an hour
 * @COLUMN_CHANGE: a number with its sign
 * @COLUMN_CHANGE_BYTES: bytes with their sign
 */
enum column_kind {
	COLUMN_TEXT, COLUMN_COUNT, COLUMN_BYTES, COLUMN_PER_MILLE, COLUMN_AGE,
	COLUMN_CHANGE, COLUMN_CHANGE_BYTES,
};

/**
 * struct column - A column
 * @key: what it is called in JSON, and to sort by
 * @title: above the table; NULL for what is not in it
 * @kind: what is in it
 */
struct column {
	const char *key;
	const char *title;
	enum column_kind kind;
};

/**
 * struct cell - One figure, or one text
 * @text: belongs to the rows; printable
 * @number: of all other kinds
 */
struct cell {
	char *text;
	long long number;
};

#define ROWS_COLUMNS_MAX 24

/**
 * struct rows - The rows
 * @columns: the last one has no key
 * @width: how many columns
 * @cells: row by row
 * @count: how many rows
 * @room: of @cells
 */
struct rows {
	const struct column *columns;
	size_t width;
	struct cell *cells;
	size_t count;
	size_t room;
};

void rows_init(struct rows *rows, const struct column *columns);
void rows_free(struct rows *rows);

/* A new row, all zero, to be filled in; it moves when the next one is added. */
struct cell *rows_add(struct rows *rows);
struct cell *rows_at(const struct rows *rows, size_t row);

/* A text for a cell: a copy, made printable. */
void cell_text(struct cell *cell, const char *text);

/* The column of a key, or a negative number. */
int rows_column(const struct rows *rows, const char *key);

/* Numbers fall and texts rise, unless @reverse. Rows that are alike stay as they are. */
void rows_sort(struct rows *rows, int column, bool reverse);

/* How a cell looks in a table. */
struct figure rows_figure(const struct rows *rows, const struct cell *row, size_t column,
			  bool exact);

/* The first @count rows. */
void rows_print(const struct rows *rows, size_t count, bool exact, const char *indent);
void rows_json(const struct rows *rows, size_t count, struct json_array *array);
struct json_object *rows_object(const struct rows *rows, size_t row);

#endif /* MHEAP_ROWS_H */
