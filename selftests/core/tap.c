// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim.h"
#include "tap.h"

#define MAX_COMPLAINTS 10

jmp_buf tap_jump;

static struct tap_test *first, **last = &first;
static unsigned long complaints, expected_warnings;
static const char *skipped;

void tap_register(struct tap_test *test)
{
	*last = test;
	last = &test->next;
}

bool tap_check(bool ok, const char *file, int line, const char *what)
{
	if (!ok && complaints++ < MAX_COMPLAINTS)
		printf("# %s:%d: %s\n", file, line, what);
	return ok;
}

bool tap_check_equal(long long a, long long b, const char *file, int line, const char *what)
{
	if (a != b && complaints++ < MAX_COMPLAINTS)
		printf("# %s:%d: %s: %lld is not %lld\n", file, line, what, a, b);
	return a == b;
}

void tap_expect_warnings(unsigned long count)
{
	expected_warnings = count;
	shim_warn_fatal = false;
}

void tap_note(const char *format, ...)
{
	va_list args;

	printf("# ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

void tap_skip(const char *why)
{
	skipped = why;
	longjmp(tap_jump, 1);
}

unsigned long tap_effort(unsigned long n)
{
	const char *percent = getenv("TAP_EFFORT");
	unsigned long done = percent ? n * strtoul(percent, NULL, 0) / 100 : n;

	return done ? done : 1;
}

unsigned long long tap_seed(unsigned long long preset)
{
	const char *seed = getenv("TAP_SEED");

	return seed ? strtoull(seed, NULL, 0) : preset;
}

static bool run(const struct tap_test *test)
{
	long outstanding = shim_memory.outstanding;

	complaints = 0;
	skipped = NULL;
	expected_warnings = 0;
	shim_warnings = 0;
	shim_warn_fatal = true;
	shim_clock = 0;
	shim_memory.fail_at = 0;
	shim_memory.fail_from = 0;
	shim_memory.forbidden = false;
	if (!setjmp(tap_jump)) {
		test->run();
		CHECK_EQ(shim_memory.outstanding, outstanding);
		CHECK_EQ(shim_warnings, expected_warnings);
	}
	return !complaints;
}

int main(int argc, char **argv)
{
	const char *filter = argc > 1 ? argv[1] : "";
	unsigned long count = 0, failed = 0;
	struct tap_test *test;
	bool ok;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (test = first; test; test = test->next)
		count += !!strstr(test->name, filter);
	printf("TAP version 13\n1..%lu\n", count);
	count = 0;
	for (test = first; test; test = test->next) {
		if (!strstr(test->name, filter))
			continue;
		ok = run(test);
		failed += !ok;
		printf("%sok %lu - %s%s%s\n", ok ? "" : "not ", ++count, test->name,
		       skipped ? " # SKIP " : "", skipped ? skipped : "");
	}
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
