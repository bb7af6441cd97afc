// SPDX-License-Identifier: GPL-2.0-only
/* What mutators of a schedule do; see schedule.h. */
#include <string.h>

#include <linux/errno.h>

#include "schedule.h"

const char schedule_roots[ROOTS][MHEAP_ROOT_NAME] = { "one", "two" };

static u32 pick_held(struct actor *a)
{
	u32 i = heap_below(&a->random, HANDLES), n;

	for (n = 0; n < HANDLES; n++, i = (i + 1) % HANDLES)
		if (a->handles[i])
			return i;
	return HANDLES;
}

static u32 pick_free(struct actor *a)
{
	u32 i;

	for (i = 0; i < HANDLES; i++)
		if (!a->handles[i])
			return i;
	return HANDLES;
}

/* A held object that has slots; its number, and one of its slots. */
static u32 pick_slot(struct actor *a, u32 *slot)
{
	u32 i = pick_held(a), slots;

	if (i == HANDLES)
		return 0;
	slots = mheap_cell_slots(mheap_cell_of(s.core, a->handles[i]));
	if (!slots)
		return 0;
	switch (heap_below(&a->random, 4)) {
	case 0:
		*slot = slots - 1;
		break;
	case 1:
		*slot = heap_below(&a->random, slots);
		break;
	default:
		*slot = 0;
	}
	return a->handles[i];
}

static u32 pick_value(struct actor *a)
{
	u32 i = heap_below(&a->random, HANDLES * 2);

	return i < HANDLES ? a->handles[i] : 0;
}

static void enter(struct actor *a)
{
	mheap_section_enter(a->m);
	/* Sometimes a section can take apart but little of what dies in it. */
	if (heap_below(&a->random, 2)) {
		a->m->steps = heap_below(&a->random, 6);
		a->m->took = a->m->steps;
	}
	schedule_note(a, "enter", a->m->steps, 0, 0);
}

static void leave(struct actor *a)
{
	schedule_note(a, "leave", 0, 0, 0);
	mheap_section_exit(a->m);
}

/* What a number stands for now: numbers are used again, types of objects are not. */
static u64 identity(u32 number)
{
	void (*at_point)(void) = shim_at_point;
	u64 bit = 1;

	shim_at_point = NULL;
	/* Of what is referred to weakly, null is as good at any time. */
	if (number && mheap_weak_is(s.core, number)) {
		number = mheap_weak_referent(s.core, number);
		if (number)
			bit |= 1ULL << mheap_cell_of(s.core, number)->type % 64;
	} else if (number) {
		bit = 1ULL << mheap_cell_of(s.core, number)->type % 64;
	}
	shim_at_point = at_point;
	return bit;
}

void schedule_watch(struct actor *a)
{
	a->saw |= identity(*a->watched);
}

u32 schedule_pick_slots(struct heap_random *random)
{
	return heap_below(random, 16) ? heap_below(random, MAX_SLOTS) : heap_below(random, 64);
}

u32 schedule_new_type(void)
{
	static u32 type;

	return ++type;
}

static void do_alloc(struct actor *a)
{
	struct mheap_shape shape = {
		.slots = schedule_pick_slots(&a->random),
		.type = schedule_new_type(),
	};
	struct mheap_parts parts;
	u32 number, to = pick_free(a);

	if (to == HANDLES)
		return;
	if (!heap_below(&a->random, 4))
		shape.payload_bytes = 1 + heap_below(&a->random, 64);
	number = mheap_object_try_alloc(a->m, &shape);
	if (!number) {
		leave(a);
		if (mheap_object_prepare(a->m, &shape, &parts))
			schedule_fail("out of memory", 0);
		enter(a);
		number = mheap_object_publish(a->m, &shape, &parts);
	}
	a->handles[to] = number;
	schedule_note(a, "alloc", number, shape.slots, shape.payload_bytes);
}

static void do_store(struct actor *a)
{
	u32 slot, object = pick_slot(a, &slot), value = pick_value(a);

	if (!object)
		return;
	schedule_note(a, "store", object, slot, value);
	if (mheap_slot_store(a->m, object, slot, value))
		schedule_fail("a store failed", object);
}

static void do_load(struct actor *a)
{
	u32 slot, number, object = pick_slot(a, &slot), to = pick_free(a);

	if (!object || to == HANDLES)
		return;
	a->saw = 0;
	a->watched = mheap_cell_slot(mheap_cell_of(s.core, object), slot);
	schedule_watch(a);
	if (mheap_slot_load(a->m, object, slot, &number))
		schedule_fail("a load failed", object);
	schedule_watch(a);
	a->watched = NULL;
	if (!(a->saw & identity(number)))
		schedule_fail("a load returned what was not in the slot meanwhile", number);
	a->handles[to] = number;
	schedule_note(a, "load", object, slot, number);
}

static void do_exchange(struct actor *a)
{
	u32 slot, number, object = pick_slot(a, &slot), to = pick_free(a), value = pick_value(a);

	if (!object || to == HANDLES)
		return;
	schedule_note(a, "exchange", object, slot, value);
	if (mheap_slot_exchange(a->m, object, slot, value, &number))
		schedule_fail("an exchange failed", object);
	a->handles[to] = number;
	schedule_note(a, "exchanged", object, slot, number);
}

static void do_compare_exchange(struct actor *a)
{
	u32 slot, object = pick_slot(a, &slot), value = pick_value(a), expected = pick_value(a);
	int ret;

	if (!object)
		return;
	schedule_note(a, "cmpxchg", object, expected, value);
	ret = mheap_slot_compare_exchange(a->m, object, slot, expected, value);
	if (ret && ret != -EAGAIN)
		schedule_fail("a compare-and-exchange failed", object);
}

static void do_take(struct actor *a)
{
	u32 from = pick_held(a), to = pick_free(a);

	if (from == HANDLES || to == HANDLES)
		return;
	schedule_note(a, "take", a->handles[from], 0, 0);
	if (mheap_handle_take(a->m, a->handles[from]))
		schedule_fail("a take failed", a->handles[from]);
	a->handles[to] = a->handles[from];
}

static void do_drop(struct actor *a)
{
	u32 i = pick_held(a), number;

	if (i == HANDLES)
		return;
	number = a->handles[i];
	a->handles[i] = 0;
	a->nulls[i] = 0;
	schedule_note(a, "drop", number, 0, 0);
	mheap_handle_drop(a->m, number);
}

/* Weak handles are among the others: what is stored of them is a weak reference. */
static void do_weaken(struct actor *a)
{
	u32 from = pick_held(a), to = pick_free(a), weak;
	int ret;

	if (from == HANDLES || to == HANDLES || mheap_weak_is(s.core, a->handles[from]))
		return;
	schedule_note(a, "weaken", a->handles[from], 0, 0);
	while ((ret = mheap_weak_take(a->m, a->handles[from], &weak)) == MHEAP_WEAK_NOT_READY) {
		leave(a);
		if (mheap_weak_prepare(a->m, a->handles[from]))
			schedule_fail("out of memory", 0);
		enter(a);
	}
	if (ret || !mheap_weak_is(s.core, weak) ||
	    mheap_weak_referent(s.core, weak) != a->handles[from])
		schedule_fail("an object was not weakened", a->handles[from]);
	a->handles[to] = weak;
	schedule_note(a, "weakened", a->handles[from], weak, 0);
}

static void do_upgrade(struct actor *a)
{
	u32 from = pick_held(a), to = pick_free(a), number, weak, referent;
	bool reachable;

	if (from == HANDLES || to == HANDLES || !mheap_weak_is(s.core, a->handles[from]))
		return;
	weak = a->handles[from];
	referent = mheap_weak_referent(s.core, weak);
	/* Known only where nobody else goes on meanwhile. */
	reachable = !s.points && referent && s.stamps[referent] == s.stamp;
	if (mheap_weak_upgrade(a->m, weak, &number))
		schedule_fail("an upgrade failed", weak);
	schedule_note(a, "upgrade", weak, number, 0);
	if (number && number != referent)
		schedule_fail("an upgrade returned another object", number);
	a->handles[to] = number;
	if (s.defence)
		return;
	if (reachable && !number)
		schedule_fail("an upgrade does not find what is reachable", weak);
	if (number && a->nulls[from] == weak)
		schedule_fail("an upgrade found what was gone", weak);
	if (!number)
		a->nulls[from] = weak;
}

static void do_mail(struct actor *a)
{
	u32 to = pick_free(a), from = pick_held(a);

	if (s.mail && to != HANDLES) {
		schedule_note(a, "receive", s.mail, 0, 0);
		a->handles[to] = s.mail;
		s.mail = 0;
	} else if (!s.mail && from != HANDLES) {
		schedule_note(a, "send", a->handles[from], 0, 0);
		s.mail = a->handles[from];
		a->handles[from] = 0;
		a->nulls[from] = 0;
	}
}

static void do_root(struct actor *a)
{
	const char *name = schedule_roots[heap_below(&a->random, ROOTS)];
	u32 to = pick_free(a), value = pick_value(a), number = 0;

	if (to == HANDLES)
		return;
	if (heap_below(&a->random, 2)) {
		schedule_note(a, "root set", value, 0, 0);
		if (mheap_root_exchange(a->m, name, value, &number))
			schedule_fail("a root was not set", value);
	} else {
		mheap_root_get(a->m, name, &number);
	}
	schedule_note(a, "root got", number, 0, 0);
	a->handles[to] = number;
}

static void do_look(struct actor *a)
{
	struct mheap_object_stat stat;
	struct mheap_scan scan;
	u32 number, steps = 1 + heap_below(&a->random, 20);

	mheap_scan_begin(&scan);
	while ((number = mheap_scan_next(s.core, &scan, MHEAP_FILTER_ALL, &steps)))
		mheap_object_stat(s.core, number, &stat);
}

static void do_release(struct actor *a)
{
	schedule_note(a, "release", a->m->dead.head, a->m->steps, 0);
	mheap_release_run(a->m);
}

/* A session ends and another one begins: the chunks that it owned are anybody's. */
static void renew(struct actor *a)
{
	schedule_note(a, "renew", 0, 0, 0);
	mheap_mutator_exit(a->m);
	memset(a->m, 0, sizeof(*a->m));
	mheap_mutator_init(a->m, s.core);
}

static void operate(struct actor *a)
{
	static void (*const operations[])(struct actor *a) = {
		do_alloc, do_alloc, do_alloc, do_store, do_store, do_store, do_store, do_store,
		do_load, do_load, do_load, do_load, do_load, do_exchange, do_exchange,
		do_compare_exchange, do_take, do_drop, do_drop, do_drop, do_drop, do_drop,
		do_weaken, do_weaken, do_upgrade, do_upgrade, do_upgrade,
		do_mail, do_root, do_look, do_release, do_release,
		NULL, NULL, NULL,
	};
	void (*operation)(struct actor *a);

	if (!mheap_in_section(a->m)) {
		if (heap_below(&a->random, 8))
			enter(a);
		else
			renew(a);
		return;
	}
	operation = operations[heap_below(&a->random, ARRAY_SIZE(operations))];
	if (operation)
		operation(a);
	else
		leave(a);
}

bool schedule_mutator_step(struct actor *a)
{
	if (a->operations) {
		a->operations--;
		operate(a);
		return true;
	}
	if (!mheap_in_section(a->m))
		return false;
	mheap_release_run(a->m);
	leave(a);
	return true;
}
