/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Strings that are kept once each, and known by their numbers, which count from 0. */
#ifndef MHEAP_EXPORT_STRINGS_H
#define MHEAP_EXPORT_STRINGS_H

#include <stdint.h>

/**
 * struct export_strings - Strings; all zero is none
 * @texts: by number
 * @count: of @texts
 * @room: in @texts
 * @table: a hash table: numbers plus one, 0 is free
 * @slots: of @table: a power of two
 * @error: -ENOMEM when a string could not be kept, and 0 otherwise
 */
struct export_strings {
	char **texts;
	uint32_t count;
	uint32_t room;
	uint32_t *table;
	uint32_t slots;
	int error;
};

/**
 * export_string - The number of a string, which is kept from now on
 * @strings: where to keep it
 * @text: the string; it is copied
 *
 * Return: its number. Without memory 0, and @strings->error says so: one look at the
 * end is enough.
 */
uint32_t export_string(struct export_strings *strings, const char *text);

/* The same of what printf would write; no more than 8191 bytes. */
uint32_t export_string_format(struct export_strings *strings, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void export_strings_free(struct export_strings *strings);

#endif /* MHEAP_EXPORT_STRINGS_H */
