// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "tool.h"

#define ROOM_MIN 16

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
