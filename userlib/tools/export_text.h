/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parts of files: numbers, strings with their escapes, names. */
#ifndef MHEAP_EXPORT_TEXT_H
#define MHEAP_EXPORT_TEXT_H

#include <stdint.h>
#include <stdio.h>

/* What a byte that is not UTF-8 becomes: U+FFFD. */
#define EXPORT_REPLACEMENT "\xef\xbf\xbd"

/* A number in decimal: much of a large file is that. */
void export_number(FILE *to, uint64_t number);

/**
 * export_character - The length of the character that begins a string
 * @text: not empty
 *
 * Return: the bytes of a character of UTF-8, or 0 when these bytes are none.
 */
size_t export_character(const char *text);

/**
 * export_text - Write a string as UTF-8, each other byte becoming U+FFFD
 * @to: where to
 * @text: any bytes
 * @escape: says what to write in the place of a character of ASCII; it returns NULL to
 *	have the character itself written. May be NULL
 */
void export_text(FILE *to, const char *text, const char *(*escape)(char character));

/* A string of JSON, in its quotes. */
void export_json_string(FILE *to, const char *text);

/* Say whether all was written: 0 or -errno. */
int export_finish(FILE *to);

#endif /* MHEAP_EXPORT_TEXT_H */
