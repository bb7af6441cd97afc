// SPDX-License-Identifier: LGPL-2.1-or-later
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "memory.h"
#include "rows.h"

void rows_init(struct rows *rows, const struct column *columns)
{
	*rows = (struct rows){ .columns = columns };
	while (columns[rows->width].key)
		rows->width++;
}

void rows_free(struct rows *rows)
{
	for (size_t i = 0; i < rows->count * rows->width; i++)
		free(rows->cells[i].text);
	free(rows->cells);
	rows->cells = NULL;
	rows->count = 0;
	rows->room = 0;
}

struct cell *rows_at(const struct rows *rows, size_t row)
{
	return rows->cells + row * rows->width;
}

struct cell *rows_add(struct rows *rows)
{
	struct cell *row;

	rows->cells = must_grow(rows->cells, &rows->room, (rows->count + 1) * rows->width,
				sizeof(*rows->cells));
	row = rows_at(rows, rows->count++);
	memset(row, 0, rows->width * sizeof(*row));
	return row;
}

void cell_text(struct cell *cell, const char *text)
{
	free(cell->text);
	cell->text = must_copy(text);
	make_printable(cell->text);
}

int rows_column(const struct rows *rows, const char *key)
{
	for (size_t i = 0; i < rows->width; i++)
		if (!strcmp(rows->columns[i].key, key))
			return (int)i;
	return -1;
}

/**
 * struct order - What rows_sort() compares
 * @column: the column
 * @text: whether there are texts in it
 * @sign: of what comes first
 */
struct order {
	size_t column;
	bool text;
	int sign;
};

/**
 * struct sorted - A row that is being sorted
 * @row: its cells
 * @place: where it was
 */
struct sorted {
	struct cell *row;
	size_t place;
};

static int compare(const void *a, const void *b, void *context)
{
	const struct order *order = context;
	const struct sorted *x = a;
	const struct sorted *y = b;
	const struct cell *p = &x->row[order->column];
	const struct cell *q = &y->row[order->column];
	int result = (p->number > q->number) - (p->number < q->number);

	if (order->text)
		result = strcmp(p->text ? p->text : "", q->text ? q->text : "");
	if (result)
		return result * order->sign;
	return (x->place > y->place) - (x->place < y->place);
}

void rows_sort(struct rows *rows, int column, bool reverse)
{
	struct order order = { .column = (size_t)column };
	struct sorted *sorted;
	struct cell *cells;

	if (rows->count < 2)
		return;
	order.text = rows->columns[column].kind == COLUMN_TEXT;
	order.sign = order.text == reverse ? -1 : 1;
	sorted = must_have(calloc(rows->count, sizeof(*sorted)));
	cells = must_have(calloc(rows->room, sizeof(*cells)));
	for (size_t i = 0; i < rows->count; i++)
		sorted[i] = (struct sorted){ rows_at(rows, i), i };
	qsort_r(sorted, rows->count, sizeof(*sorted), compare, &order);
	for (size_t i = 0; i < rows->count; i++)
		memcpy(cells + i * rows->width, sorted[i].row, rows->width * sizeof(*cells));
	free(sorted);
	free(rows->cells);
	rows->cells = cells;
}

static struct figure with_sign(struct figure figure, bool negative, bool zero)
{
	struct figure result;

	snprintf(result.text, sizeof(result.text), "%s%.*s", zero ? "" : negative ? "-" : "+",
		 FIGURE_MAX - 2, figure.text);
	return result;
}

struct figure rows_figure(const struct rows *rows, const struct cell *row, size_t column,
			  bool exact)
{
	long long number = row[column].number;
	unsigned long long size = number < 0 ? -(unsigned long long)number :
					       (unsigned long long)number;
	struct figure figure = { .text = "" };

	switch (rows->columns[column].kind) {
	case COLUMN_TEXT:
		snprintf(figure.text, sizeof(figure.text), "%s",
			 row[column].text ? row[column].text : "");
		break;
	case COLUMN_COUNT:
		return format_count(size);
	case COLUMN_BYTES:
		return format_bytes(size, exact);
	case COLUMN_PER_MILLE:
		snprintf(figure.text, sizeof(figure.text), "%lld.%lld%%", number / 10,
			 number % 10);
		break;
	case COLUMN_AGE:
		if (number >= 0)
			return format_time(size * 1000000);
		snprintf(figure.text, sizeof(figure.text), "> 1 h");
		break;
	case COLUMN_CHANGE:
		return with_sign(format_count(size), number < 0, !number);
	case COLUMN_CHANGE_BYTES:
		return with_sign(format_bytes(size, exact), number < 0, !number);
	}
	return figure;
}

static void print_row(const struct rows *rows, struct table *table, size_t row, bool exact)
{
	const struct cell *cells = rows_at(rows, row);

	for (size_t i = 0; i < rows->width; i++) {
		if (!rows->columns[i].title)
			continue;
		if (rows->columns[i].kind == COLUMN_TEXT)
			table_cell(table, cells[i].text ? cells[i].text : "");
		else
			table_cell(table, rows_figure(rows, cells, i, exact).text);
	}
}

void rows_print(const struct rows *rows, size_t count, bool exact, const char *indent)
{
	char titles[ROWS_COLUMNS_MAX][FIGURE_MAX];
	const char *header[ROWS_COLUMNS_MAX + 1];
	struct table *table;
	size_t shown = 0;

	for (size_t i = 0; i < rows->width; i++) {
		if (!rows->columns[i].title)
			continue;
		snprintf(titles[shown], FIGURE_MAX, "%s%s",
			 rows->columns[i].kind == COLUMN_TEXT ? "-" : "",
			 rows->columns[i].title);
		header[shown] = titles[shown];
		shown++;
	}
	header[shown] = NULL;
	table = table_create(header);
	for (size_t row = 0; row < rows->count && row < count; row++)
		print_row(rows, table, row, exact);
	table_print(table, indent);
	table_free(table);
}

static void add_cell(struct json_object *object, const struct column *column,
		     const struct cell *cell)
{
	switch (column->kind) {
	case COLUMN_TEXT:
		if (cell->text)
			json_add_string(object, column->key, cell->text);
		else
			json_add_null(object, column->key);
		break;
	case COLUMN_PER_MILLE:
		json_add(object, column->key, json_object_new_double((double)cell->number / 10));
		break;
	case COLUMN_AGE:
		if (cell->number < 0)
			json_add_null(object, column->key);
		else
			json_add_number(object, column->key, (unsigned long long)cell->number);
		break;
	case COLUMN_COUNT:
	case COLUMN_BYTES:
		json_add_number(object, column->key, (unsigned long long)cell->number);
		break;
	case COLUMN_CHANGE:
	case COLUMN_CHANGE_BYTES:
		json_add(object, column->key, json_object_new_int64(cell->number));
		break;
	}
}

struct json_object *rows_object(const struct rows *rows, size_t row)
{
	struct json_object *object = json_new();

	for (size_t i = 0; i < rows->width; i++)
		add_cell(object, &rows->columns[i], &rows_at(rows, row)[i]);
	return object;
}

void rows_json(const struct rows *rows, size_t count, struct json_array *array)
{
	for (size_t row = 0; row < rows->count && row < count; row++)
		json_array_element(array, rows_object(rows, row));
}
