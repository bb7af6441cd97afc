// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>

#include "weak_fixture.h"

/* A weak reference keeps nothing, not even in a cycle. */
TEST(weak_slots_make_no_cycles)
{
	u32 a, b, w;

	begin();
	a = heap_alloc(m, 1, 0);
	b = heap_alloc(m, 1, 0);
	w = heap_weaken(m, a);
	heap_store(m, a, 0, b);
	heap_store(m, b, 0, w);
	CHECK_EQ(heap_slots(core, w), 1);
	CHECK_EQ(heap_slots(core, a), 0);
	heap_drop(m, w);
	heap_drop(m, b);
	heap_check(core);
	heap_drop(m, a);
	CHECK_EQ(atomic64_read(&core->collector.started), 0);
	end_empty();
}

TEST(weak_slots_load_what_lives)
{
	u32 hub, a, w;

	begin();
	hub = heap_alloc(m, 2, 0);
	a = heap_alloc(m, 0, 0);
	w = heap_weaken(m, a);
	heap_store(m, hub, 0, w);
	heap_store(m, hub, 1, w);
	heap_drop(m, w);
	CHECK_EQ(heap_handles(core, w), 0);
	CHECK_EQ(heap_load(m, hub, 0), a);
	CHECK_EQ(heap_load(m, hub, 1), a);
	CHECK_EQ(heap_handles(core, a), 3);
	CHECK_EQ(heap_handles(core, w), 0);
	CHECK_EQ(heap_slots(core, w), 2);
	CHECK_EQ(mheap_slot_peek(core, hub, 0), w);
	heap_drop(m, a);
	heap_drop(m, a);
	heap_drop(m, a);
	CHECK_EQ(heap_load(m, hub, 0), 0);
	CHECK_EQ(heap_load(m, hub, 1), 0);
	CHECK_EQ(core->weak.cells, 1);
	heap_store(m, hub, 0, 0);
	CHECK_EQ(core->weak.cells, 1);
	heap_store(m, hub, 1, 0);
	CHECK_EQ(core->weak.cells, 0);
	heap_drop(m, hub);
	end_empty();
}

static int exchange(u32 object, u32 number, u32 *ret_old)
{
	int ret;

	mheap_section_enter(m);
	ret = mheap_slot_exchange(m, object, 0, number, ret_old);
	mheap_release_run(m);
	mheap_section_exit(m);
	return ret;
}

TEST(weak_slots_exchange)
{
	u32 hub, a, w, old;

	begin();
	hub = heap_alloc(m, 1, 0);
	a = heap_alloc(m, 0, 0);
	w = heap_weaken(m, a);
	CHECK_EQ(exchange(hub, w, &old), 0);
	CHECK_EQ(old, 0);
	CHECK_EQ(heap_slots(core, w), 1);
	CHECK_EQ(exchange(hub, a, &old), 0);
	CHECK_EQ(old, a);
	CHECK_EQ(heap_handles(core, a), 2);
	CHECK_EQ(heap_slots(core, a), 1);
	CHECK_EQ(heap_slots(core, w), 0);
	CHECK_EQ(heap_handles(core, w), 1);
	CHECK_EQ(exchange(hub, w, &old), 0);
	CHECK_EQ(old, a);
	CHECK_EQ(heap_handles(core, a), 3);
	CHECK_EQ(heap_slots(core, a), 0);
	heap_drop(m, a);
	heap_drop(m, a);
	heap_drop(m, a);
	/* It is gone, and so is the cell then. */
	heap_drop(m, w);
	CHECK_EQ(core->weak.cells, 1);
	CHECK_EQ(exchange(hub, 0, &old), 0);
	CHECK_EQ(old, 0);
	CHECK_EQ(core->weak.cells, 0);
	heap_drop(m, hub);
	end_empty();
}

TEST(weak_slots_compare_and_exchange)
{
	u32 hub, a, w;

	begin();
	hub = heap_alloc(m, 1, 0);
	a = heap_alloc(m, 0, 0);
	w = heap_weaken(m, a);
	mheap_section_enter(m);
	CHECK_EQ(mheap_slot_compare_exchange(m, hub, 0, 0, w), 0);
	/* A weak reference is not a strong one. */
	CHECK_EQ(mheap_slot_compare_exchange(m, hub, 0, a, 0), -EAGAIN);
	CHECK_EQ(mheap_slot_compare_exchange(m, hub, 0, 0, a), -EAGAIN);
	CHECK_EQ(heap_slots(core, w), 1);
	CHECK_EQ(heap_slots(core, a), 0);
	CHECK_EQ(mheap_slot_compare_exchange(m, hub, 0, w, a), 0);
	CHECK_EQ(heap_slots(core, w), 0);
	CHECK_EQ(mheap_slot_compare_exchange(m, hub, 0, w, 0), -EAGAIN);
	CHECK_EQ(mheap_slot_compare_exchange(m, hub, 0, a, w), 0);
	mheap_section_exit(m);
	heap_drop(m, hub);
	heap_drop(m, a);
	heap_drop(m, w);
	end_empty();
}
