/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests that say what happened in TAP. A test is a function:
 *
 *	TEST(a_name)
 *	{
 *		CHECK(what must hold);
 *		REQUIRE(what must hold for the rest to make sense);
 *	}
 *
 * After each, all memory must have been given back and no warning be left that
 * the test has not asked for with tap_expect_warnings().
 */
#ifndef _TAP_H
#define _TAP_H

#include <setjmp.h>
#include <stdbool.h>

struct tap_test {
	const char *name;
	void (*run)(void);
	struct tap_test *next;
};

extern jmp_buf tap_jump;
extern const char *tap_variant;

void tap_register(struct tap_test *test);
bool tap_check(bool ok, const char *file, int line, const char *what);
bool tap_check_equal(long long a, long long b, const char *file, int line, const char *what);
void tap_expect_warnings(unsigned long count);
void tap_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void tap_skip(const char *why);

/* How much of a long test to do, in percent: TAP_EFFORT. */
unsigned long tap_effort(unsigned long n);
/* A seed: TAP_SEED, or what the test says. */
unsigned long long tap_seed(unsigned long long preset);

#define TEST(name)									\
	static void name(void);								\
	__attribute__((constructor)) static void register_##name(void)			\
	{										\
		static struct tap_test test = { #name, name, 0 };			\
		tap_register(&test);							\
	}										\
	static void name(void)

#define CHECK(cond)		tap_check(cond, __FILE__, __LINE__, #cond)
#define CHECK_EQ(a, b)		tap_check_equal(a, b, __FILE__, __LINE__, #a " == " #b)
#define REQUIRE(cond)		(CHECK(cond) ? (void)0 : longjmp(tap_jump, 1))
#define REQUIRE_EQ(a, b)	(CHECK_EQ(a, b) ? (void)0 : longjmp(tap_jump, 1))

#endif
