/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that is there, or the tool ends and says so. */
#ifndef MHEAP_MEMORY_H
#define MHEAP_MEMORY_H

#include <stddef.h>

/* Pass on what an allocation returned, unless that is NULL. */
void *must_have(void *allocated);
char *must_copy(const char *text);
char *must_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * must_grow - Have room for @count elements
 * @array: has *@room elements, or NULL
 * @room: how many it has room for; it at least doubles when it grows
 * @count: how many there are to be
 * @size: of one
 *
 * Return: the array, which is somewhere else now.
 */
void *must_grow(void *array, size_t *room, size_t count, size_t size);

#endif /* MHEAP_MEMORY_H */
