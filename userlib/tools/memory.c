// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory.h"
#include "tool.h"

#define ROOM_MIN 16
#define TOUCH_BYTES (2UL << 20)

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

void *must_have(void *allocated)
{
	if (!allocated)
		exit(complain(EXIT_FAILED, "no memory"));
	return allocated;
}

char *must_copy(const char *text)
{
	return must_have(strdup(text));
}

char *must_print(const char *format, ...)
{
	va_list arguments;
	char *text = NULL;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	return must_have(text);
}

void *must_grow(void *array, size_t *room, size_t count, size_t size)
{
	size_t next = *room < ROOM_MIN / 2 ? ROOM_MIN : *room * 2;

	if (count <= *room && array)
		return array;
	if (next < count)
		next = count;
	array = must_have(next > SIZE_MAX / size ? NULL : realloc(array, next * size));
	*room = next;
	return array;
}

void touch(void *from, size_t bytes)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t first = ((uintptr_t)from + page - 1) / page * page;
	uintptr_t end = ((uintptr_t)from + bytes) / page * page;

	/* An older system does not know it, and does without. */
	if (bytes >= TOUCH_BYTES && first < end)
		(void)madvise((void *)first, end - first, MADV_POPULATE_WRITE);
}

void touch_ahead(void *array, size_t used, size_t room, size_t *touched)
{
	size_t bytes = room - *touched < TOUCH_BYTES ? room - *touched : TOUCH_BYTES;

	/* Small arrays are in memory that is there already. */
	if (used <= *touched || room < 2 * TOUCH_BYTES)
		return;
	touch((char *)array + *touched, bytes);
	*touched += bytes;
}
