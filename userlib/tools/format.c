// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "tool.h"

struct table {
	char **cells;
	size_t columns;
	size_t count;
	const char *const *header;
};

#define COLUMNS_MAX 16

struct figure format_count(unsigned long long count)
{
	struct figure figure;

	snprintf(figure.text, sizeof(figure.text), "%llu", count);
	return figure;
}

struct figure format_bytes(unsigned long long bytes, bool exact)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = (double)bytes / 1024;
	struct figure figure;
	size_t unit = 0;

	if (exact)
		return format_count(bytes);
	if (bytes < 1024) {
		snprintf(figure.text, sizeof(figure.text), "%llu B", bytes);
		return figure;
	}
	/* What would be shown as 1024.0 is 1.0 of the next unit. */
	while (value >= 1023.95 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1024;
		unit++;
	}
	snprintf(figure.text, sizeof(figure.text), "%.1f %s", value, units[unit]);
	return figure;
}

struct figure format_time(unsigned long long ns)
{
	static const struct {
		unsigned long long below;
		double divisor;
		const char *unit;
	} scales[] = {
		{ 999950ULL, 1e3, "us" },
		{ 999950000ULL, 1e6, "ms" },
		{ 120000000000ULL, 1e9, "s" },
		{ 7200000000000ULL, 60e9, "min" },
		{ 172800000000000ULL, 3600e9, "h" },
		{ ~0ULL, 86400e9, "d" },
	};
	struct figure figure;
	size_t i = 0;

	if (ns < 1000) {
		snprintf(figure.text, sizeof(figure.text), "%llu ns", ns);
		return figure;
	}
	while (ns >= scales[i].below && i + 1 < sizeof(scales) / sizeof(scales[0]))
		i++;
	snprintf(figure.text, sizeof(figure.text), "%.1f %s", (double)ns / scales[i].divisor,
		 scales[i].unit);
	return figure;
}

/* Bytes of the character at @s when it is printable UTF-8, else 0. */
static size_t printable_length(const unsigned char *s)
{
	static const unsigned int smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned int code;
	size_t length;

	if (*s < 0x80)
		return *s >= 0x20 && *s != 0x7f;
	if (*s >= 0xc2 && *s < 0xe0)
		length = 2;
	else if (*s >= 0xe0 && *s < 0xf0)
		length = 3;
	else if (*s >= 0xf0 && *s < 0xf5)
		length = 4;
	else
		return 0;
	code = *s & (0xffU >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	/* Neither too long a form, nor a surrogate, nor a control character. */
	if (code < smallest[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ||
	    code < 0xa0)
		return 0;
	return length;
}

void make_printable(char *name)
{
	while (*name) {
		size_t length = printable_length((const unsigned char *)name);

		if (!length)
			*name = '?';
		name += length ? length : 1;
	}
}

static void *must(void *allocated)
{
	if (!allocated)
		exit(complain(EXIT_FAILED, "no memory"));
	return allocated;
}

struct table *table_create(const char *const *header)
{
	struct table *table = must(calloc(1, sizeof(*table)));

	table->header = header;
	while (table->columns < COLUMNS_MAX && header[table->columns])
		table->columns++;
	return table;
}

void table_cell(struct table *table, const char *text)
{
	size_t size = (table->count + 1) * sizeof(*table->cells);

	table->cells = must(realloc(table->cells, size));
	table->cells[table->count++] = must(strdup(text));
}

static const char *title(const struct table *table, size_t column)
{
	return table->header[column] + (*table->header[column] == '-');
}

static int width(const struct table *table, size_t column)
{
	size_t widest = strlen(title(table, column));

	for (size_t i = column; i < table->count; i += table->columns)
		if (strlen(table->cells[i]) > widest)
			widest = strlen(table->cells[i]);
	return (int)widest;
}

static void print_cell(const struct table *table, size_t column, const char *text, int wide)
{
	if (column + 1 == table->columns)
		printf("%s\n", text);
	else if (*table->header[column] == '-')
		printf("%-*s  ", wide, text);
	else
		printf("%*s  ", wide, text);
}

void table_print(const struct table *table, const char *indent)
{
	int wide[COLUMNS_MAX];

	fputs(indent, stdout);
	for (size_t i = 0; i < table->columns; i++) {
		wide[i] = width(table, i);
		print_cell(table, i, title(table, i), wide[i]);
	}
	for (size_t i = 0; i < table->count; i++) {
		size_t column = i % table->columns;

		if (!column)
			fputs(indent, stdout);
		print_cell(table, column, table->cells[i], wide[column]);
	}
}

void table_free(struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i]);
	free(table->cells);
	free(table);
}
