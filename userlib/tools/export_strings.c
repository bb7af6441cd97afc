// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export_strings.h"

#define FORMAT_MAX 8192

/* FNV-1a */
static uint32_t hash(const char *text)
{
	uint32_t value = 2166136261U;

	for (; *text; text++)
		value = (value ^ (unsigned char)*text) * 16777619U;
	return value ^ value >> 15;
}

/* Where a string is in the table, or where it would be. */
static uint32_t find(const struct export_strings *strings, const char *text)
{
	uint32_t at = hash(text) & (strings->slots - 1);

	while (strings->table[at] && strcmp(strings->texts[strings->table[at] - 1], text))
		at = (at + 1) & (strings->slots - 1);
	return at;
}

/* Have room for one more, with half of the table free. */
static int grow(struct export_strings *strings)
{
	uint32_t room = strings->room ? strings->room * 2 : 64;
	uint32_t *table;
	char **texts;

	if (strings->count < strings->room)
		return 0;
	if (room > 1U << 30)
		return -ENOMEM;
	texts = realloc(strings->texts, room * sizeof(*texts));
	if (!texts)
		return -ENOMEM;
	strings->texts = texts;
	table = calloc(room * (size_t)2, sizeof(*table));
	if (!table)
		return -ENOMEM;
	free(strings->table);
	strings->table = table;
	strings->slots = room * 2;
	strings->room = room;
	for (uint32_t i = 0; i < strings->count; i++)
		table[find(strings, texts[i])] = i + 1;
	return 0;
}

uint32_t export_string(struct export_strings *strings, const char *text)
{
	uint32_t at;

	if (strings->error || grow(strings)) {
		strings->error = -ENOMEM;
		return 0;
	}
	at = find(strings, text);
	if (!strings->table[at]) {
		char *copy = strdup(text);

		if (!copy) {
			strings->error = -ENOMEM;
			return 0;
		}
		strings->texts[strings->count++] = copy;
		strings->table[at] = strings->count;
	}
	return strings->table[at] - 1;
}

uint32_t export_string_format(struct export_strings *strings, const char *format, ...)
{
	char text[FORMAT_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return export_string(strings, text);
}

void export_strings_free(struct export_strings *strings)
{
	for (uint32_t i = 0; i < strings->count; i++)
		free(strings->texts[i]);
	free(strings->texts);
	free(strings->table);
	*strings = (struct export_strings){ .count = 0 };
}
