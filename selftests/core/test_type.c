// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include <linux/errno.h>

#include "heap.h"

TEST(type_names)
{
	struct mheap_core *core = heap_new(HEAP_BYTES, 0);
	static const u32 types[] = { 7, 0, ~0U, 8, 1000 };
	char text[MHEAP_TYPE_TEXT];
	u32 i, type, bytes;
	u64 cursor = 0;

	CHECK_EQ(mheap_type_get(core, &cursor, &type, text, sizeof(text)), 0);
	CHECK_EQ(cursor, ~0ULL);
	CHECK_EQ(mheap_type_set(core, 5, NULL, 0), 0);
	for (i = 0; i < ARRAY_SIZE(types); i++)
		CHECK_EQ(mheap_type_set(core, types[i], "name\0slot", 10 - i), 0);
	cursor = 0;
	bytes = mheap_type_get(core, &cursor, &type, text, sizeof(text));
	CHECK(type == 0 && bytes == 9 && cursor == 7);
	bytes = mheap_type_get(core, &cursor, &type, text, sizeof(text));
	CHECK(type == 7 && bytes == 10 && cursor == 8 && !memcmp(text, "name\0slot", 10));
	cursor = 9;
	bytes = mheap_type_get(core, &cursor, &type, text, sizeof(text));
	CHECK(type == 1000 && bytes == 6 && cursor == ~0U);
	memset(text, 1, sizeof(text));
	bytes = mheap_type_get(core, &cursor, &type, text, 3);
	CHECK(type == ~0U && bytes == 8 && cursor == ~0ULL && !memcmp(text, "nam\1", 4));
	cursor = 1ULL << 32;
	CHECK_EQ(mheap_type_get(core, &cursor, &type, text, sizeof(text)), 0);
	/* Shorter, longer, gone. */
	CHECK_EQ(mheap_type_set(core, 8, "x", 2), 0);
	CHECK_EQ(mheap_type_set(core, 7, "a much longer name", 19), 0);
	CHECK_EQ(mheap_type_set(core, 0, NULL, 0), 0);
	CHECK_EQ(core->types.count, 4);
	cursor = 0;
	bytes = mheap_type_get(core, &cursor, &type, text, sizeof(text));
	CHECK(type == 7 && bytes == 19 && cursor == 8 && !strcmp(text, "a much longer name"));
	bytes = mheap_type_get(core, &cursor, &type, text, sizeof(text));
	CHECK(type == 8 && bytes == 2 && !strcmp(text, "x"));
	heap_check(core);
	heap_delete(core);
}

TEST(type_names_at_random)
{
	enum { TYPES = 300 };
	struct heap_random random = { tap_seed(13) };
	struct mheap_core *core = heap_new(HEAP_BYTES, 0);
	static char is[TYPES][MHEAP_TYPE_TEXT], text[MHEAP_TYPE_TEXT];
	u32 bytes[TYPES] = {}, i, type, at, got, steps = tap_effort(20000);
	u64 cursor;

	for (i = 0; i < steps; i++) {
		at = heap_below(&random, TYPES);
		bytes[at] = heap_below(&random, 3) ? heap_below(&random, 200) : 0;
		if (!heap_below(&random, 50))
			bytes[at] = MHEAP_TYPE_TEXT;
		memset(is[at], heap_below(&random, 256), bytes[at]);
		REQUIRE_EQ(mheap_type_set(core, at * 1000, is[at], bytes[at]), 0);
		if (i % 100)
			continue;
		for (cursor = 0, at = 0; cursor != ~0ULL; at++) {
			got = mheap_type_get(core, &cursor, &type, text, sizeof(text));
			for (; at < TYPES && !bytes[at]; at++)
				;
			REQUIRE_EQ(type, at * 1000);
			REQUIRE_EQ(got, bytes[at]);
			REQUIRE(!memcmp(text, is[at], got));
		}
		for (; at < TYPES; at++)
			REQUIRE_EQ(bytes[at], 0);
	}
	heap_check(core);
	heap_delete(core);
}

TEST(type_names_have_limits)
{
	static char text[MHEAP_TYPE_TEXT];
	struct mheap_core *core = heap_new(HEAP_BYTES, 0);
	u32 i;

	for (i = 0; i < MHEAP_TYPES; i++)
		REQUIRE_EQ(mheap_type_set(core, i, "t", 2), 0);
	CHECK_EQ(mheap_type_set(core, i, "t", 2), -ENOSPC);
	CHECK_EQ(mheap_type_set(core, 0, "u", 2), 0);
	CHECK_EQ(mheap_type_set(core, 0, NULL, 0), 0);
	CHECK_EQ(mheap_type_set(core, i, "t", 2), 0);
	for (i = 1; i < MHEAP_TYPES && !mheap_type_set(core, i, text, sizeof(text)); i++)
		;
	CHECK(i > 200 && i < 256);
	CHECK(core->types.bytes <= MHEAP_TYPES_BYTES);
	heap_check(core);
	heap_delete(core);
}
