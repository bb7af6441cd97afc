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

/*
 * Put memory behind @bytes that are about to be written, of an array that is there: to
 * have each page when it is first written costs more than most of what is done here.
 */
void touch(void *from, size_t bytes);

/*
 * The same for an array that is filled from its beginning to its end, in steps of some
 * MiB: @touched says how far that has come, and there is room for @room bytes.
 */
void touch_ahead(void *array, size_t used, size_t room, size_t *touched);

#endif /* MHEAP_MEMORY_H */
