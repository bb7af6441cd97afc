// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include <linux/lockdep.h>

#include "weak_fixture.h"

/* What the hook was told. */
static struct {
	u32 calls;
	u32 watched, was, referent;
	enum mheap_freed cause;
	u32 handles;		/* it gives back */
} told;

static u32 gone(struct mheap_core *of, const struct mheap_weak_cell *weak, enum mheap_freed cause)
{
	CHECK(of == core);
	lockdep_assert_held(&core->weak.lock);
	CHECK(mheap_in_section(m) || mheap_in_section(&core->janitor));
	told.calls++;
	told.watched = weak->watched;
	told.was = weak->was;
	told.referent = weak->referent;
	told.cause = cause;
	return told.handles;
}

static void begin_watched(u32 handles)
{
	begin();
	core->weak.gone = gone;
	memset(&told, 0, sizeof(told));
	told.handles = handles;
}

TEST(weak_watched_dies_by_count)
{
	u32 a, b, w, v, i;

	begin_watched(2);
	a = heap_alloc(m, 0, 0);
	b = heap_alloc(m, 0, 0);
	v = heap_weaken(m, b);
	for (i = 0; i < 3; i++)
		w = heap_weaken(m, a);
	mheap_weak_cell(core, w)->watched = 77;
	/* Nobody watches that. */
	heap_drop(m, b);
	heap_drop(m, v);
	CHECK_EQ(told.calls, 0);
	heap_drop(m, a);
	CHECK_EQ(told.calls, 1);
	CHECK_EQ(told.watched, 77);
	CHECK_EQ(told.was, a);
	CHECK_EQ(told.referent, a);
	CHECK_EQ(told.cause, MHEAP_FREED_COUNT);
	CHECK_EQ(heap_handles(core, w), 1);
	CHECK_EQ(mheap_weak_cell(core, w)->watched, MHEAP_FREED_COUNT);
	heap_check(core);
	heap_drop(m, w);
	/* What is gone goes once. */
	CHECK_EQ(told.calls, 1);
	end_empty();
}

TEST(weak_watched_dies_by_collection)
{
	u32 a, w, i;

	begin_watched(3);
	a = dead_ring(1);
	for (i = 0; i < 3; i++)
		w = heap_weaken(m, a);
	mheap_weak_cell(core, w)->watched = 78;
	heap_drop(m, a);
	CHECK_EQ(told.calls, 0);
	heap_collect(core);
	CHECK_EQ(told.calls, 1);
	CHECK_EQ(told.watched, 78);
	CHECK_EQ(told.was, a);
	CHECK_EQ(told.cause, MHEAP_FREED_COLLECT);
	/* Those were all of its handles. */
	end_empty();
}

/* It dies by its count, of garbage that is swept. */
TEST(weak_watched_hangs_on_what_is_collected)
{
	u32 a, leaf, w;

	begin_watched(1);
	a = dead_ring(2);
	leaf = heap_alloc(m, 0, 0);
	heap_store(m, a, 1, leaf);
	w = heap_weaken(m, leaf);
	mheap_weak_cell(core, w)->watched = 1;
	heap_drop(m, leaf);
	heap_drop(m, a);
	heap_collect(core);
	CHECK_EQ(told.calls, 1);
	end_empty();
}
