// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include <linux/errno.h>
#include <linux/minmax.h>

#include "heap.h"

static struct mheap_core *core;
static struct mheap_mutator *m;
static u32 a, b;

static void begin(void)
{
	core = heap_new(HEAP_BYTES, 0);
	m = heap_mutator(core);
	a = heap_alloc(m, 1, 0);
	b = heap_alloc(m, 1, 0);
}

static void end(void)
{
	heap_work(core);
	heap_check(core);
	heap_mutator_delete(m);
	heap_delete(core);
}

static int get(const char *name, u32 *number)
{
	char padded[MHEAP_ROOT_NAME] = {};
	int ret;

	memcpy(padded, name, min(strlen(name), sizeof(padded)));
	mheap_section_enter(m);
	ret = mheap_root_get(m, padded, number);
	mheap_section_exit(m);
	return ret;
}

static int set(const char *name, u32 number, u32 *old)
{
	char padded[MHEAP_ROOT_NAME] = {};
	int ret;

	memcpy(padded, name, min(strlen(name), sizeof(padded)));
	mheap_section_enter(m);
	ret = mheap_root_exchange(m, padded, number, old);
	mheap_section_exit(m);
	return ret;
}

TEST(root_keeps)
{
	u32 old = 7, number = 7;

	begin();
	CHECK_EQ(get("x", &number), -ENOENT);
	CHECK_EQ(number, 7);
	CHECK_EQ(set("x", a, &old), 0);
	CHECK_EQ(old, 0);
	CHECK_EQ(core->roots.count, 1);
	heap_drop(m, a);
	heap_collect(core);
	CHECK(heap_alive(core, a));
	CHECK_EQ(get("x", &number), 0);
	CHECK_EQ(number, a);
	CHECK_EQ(heap_handles(core, a), 2);
	heap_drop(m, a);
	/* The handle of the root is whose who took it away. */
	CHECK_EQ(set("x", b, &old), 0);
	CHECK_EQ(old, a);
	CHECK_EQ(heap_handles(core, a), 1);
	CHECK_EQ(heap_handles(core, b), 2);
	heap_drop(m, old);
	CHECK(!heap_alive(core, a));
	CHECK_EQ(set("x", 0, &old), 0);
	CHECK_EQ(old, b);
	CHECK_EQ(core->roots.count, 0);
	CHECK_EQ(get("x", &number), -ENOENT);
	CHECK_EQ(set("x", 0, &old), 0);
	CHECK_EQ(old, 0);
	end();
}

TEST(root_same_object_again)
{
	u32 old;

	begin();
	CHECK_EQ(set("x", a, &old), 0);
	CHECK_EQ(set("x", a, &old), 0);
	CHECK_EQ(old, a);
	CHECK_EQ(heap_handles(core, a), 3);
	heap_drop(m, old);
	CHECK_EQ(heap_handles(core, a), 2);
	end();
}

TEST(root_names)
{
	static const char *const names[] = {
		"", "x", "xy", "y", "01234567890123456789012345678901",
		"01234567890123456789012345678902",
	};
	u32 i, number, old;

	begin();
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		number = heap_alloc(m, 0, 0);
		CHECK_EQ(set(names[i], number, &old), 0);
		CHECK_EQ(old, 0);
		mheap_cell_of(core, number)->type = i;
	}
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		REQUIRE_EQ(get(names[i], &number), 0);
		CHECK_EQ(mheap_cell_of(core, number)->type, i);
	}
	end();
}

TEST(root_table_is_full)
{
	struct mheap_root root;
	char name[20];
	u32 i, old = 7;

	begin();
	for (i = 0; i < MHEAP_ROOTS; i++) {
		CHECK(!mheap_root_peek(&core->roots, i, &root));
		sprintf(name, "%u", i);
		REQUIRE_EQ(set(name, a, &old), 0);
		CHECK(mheap_root_peek(&core->roots, i, &root));
		CHECK_EQ(root.number, a);
		CHECK(!strcmp(root.name, name));
	}
	CHECK_EQ(set("one more", a, &old), -ENOSPC);
	CHECK_EQ(heap_handles(core, a), MHEAP_ROOTS + 1);
	/* One that there is can be changed, and one that goes makes room. */
	CHECK_EQ(set("13", b, &old), 0);
	heap_drop(m, old);
	CHECK_EQ(set("14", 0, &old), 0);
	heap_drop(m, old);
	CHECK_EQ(set("one more", b, &old), 0);
	CHECK_EQ(heap_handles(core, a), MHEAP_ROOTS - 1);
	CHECK_EQ(heap_handles(core, b), 3);
	end();
}

TEST(root_full_count)
{
	atomic64_t *word;
	u32 old = 7;
	s64 before;

	begin();
	word = &mheap_cell_of(core, a)->count;
	CHECK_EQ(set("x", a, &old), 0);
	before = atomic64_read(word);
	atomic64_set(word, before | MHEAP_COUNT_HANDLES);
	CHECK_EQ(set("y", a, &old), -EMLINK);
	CHECK_EQ(get("x", &old), -EMLINK);
	CHECK_EQ(core->roots.count, 1);
	atomic64_set(word, before);
	end();
}
