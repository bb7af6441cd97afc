/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Results in the Test Anything Protocol, version 13. */
#ifndef MHEAP_TAP_H
#define MHEAP_TAP_H

#include <stdio.h>

static int tap_count;
static int tap_failed;

#define ok(condition, ...) tap_ok(!!(condition), #condition, __FILE__, __LINE__, __VA_ARGS__)

__attribute__((format(printf, 5, 6)))
static inline int tap_ok(int good, const char *condition, const char *file, int line,
			 const char *format, ...)
{
	char name[256];
	__builtin_va_list arguments;

	__builtin_va_start(arguments, format);
	vsnprintf(name, sizeof(name), format, arguments);
	__builtin_va_end(arguments);
	if (!tap_count)
		printf("TAP version 13\n");
	printf("%sok %d - %s\n", good ? "" : "not ", ++tap_count, name);
	if (!good) {
		printf("# %s:%d: %s\n", file, line, condition);
		tap_failed++;
	}
	return good;
}

static inline int tap_end(void)
{
	printf("1..%d\n", tap_count);
	fflush(stdout);
	return tap_failed > 0;
}

#endif /* MHEAP_TAP_H */
