// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that work on one graph at once, beside the worker. At the end an
 * oracle says what must be alive.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/errno.h>

#include "age.h"
#include "heap.h"

#define THREADS		3
#define HANDLES		24
#define HELPERS		2
#define MAIL		8
#define ROOTS		6

struct worker {
	pthread_t thread;
	struct mheap_mutator *m;
	struct heap_random random;
	u32 handles[HANDLES];
	unsigned long operations;
	u32 id;
};

static struct mheap_core *core;
static struct worker workers[THREADS];
static u32 mail[MAIL];
static bool stop, stop_helpers;

static u32 pick_held(struct worker *w)
{
	u32 i = heap_below(&w->random, HANDLES), n;

	for (n = 0; n < HANDLES; n++, i = (i + 1) % HANDLES)
		if (w->handles[i])
			return i;
	return HANDLES;
}

static u32 pick_free(struct worker *w)
{
	u32 i;

	for (i = 0; i < HANDLES; i++)
		if (!w->handles[i])
			return i;
	return HANDLES;
}

static u32 pick_value(struct worker *w)
{
	u32 i = heap_below(&w->random, HANDLES * 3 / 2);

	return i < HANDLES ? w->handles[i] : 0;
}

static u32 pick_slot(struct worker *w, u32 *slot)
{
	u32 i = pick_held(w), slots;

	if (i == HANDLES)
		return 0;
	slots = mheap_cell_slots(mheap_cell_of(core, w->handles[i]));
	if (!slots)
		return 0;
	*slot = heap_below(&w->random, slots);
	return w->handles[i];
}

/* What was obtained must be an object of ours, and whole. */
static void look_at(u32 number)
{
	struct mheap_cell *cell;

	if (!number)
		return;
	cell = mheap_cell_of(core, number);
	if (mheap_site_of(READ_ONCE(cell->site)) != mheap_cell_slots(cell) ||
	    READ_ONCE(cell->type) != 12345)
		shim_bug("object %u is none\n", number);
}

static void keep(struct worker *w, u32 number)
{
	look_at(number);
	w->handles[pick_free(w)] = number;
}

static void do_alloc(struct worker *w)
{
	struct mheap_shape shape = { .slots = heap_below(&w->random, 6), .type = 12345 };
	struct mheap_parts parts;
	u32 number;
	int ret;

	if (!heap_below(&w->random, 8))
		shape.payload_bytes = 1 + heap_below(&w->random, 5000);
	if (!heap_below(&w->random, 500))
		shape.slots = 1000 + heap_below(&w->random, 3000);
	if (!heap_below(&w->random, 500))
		shape.payload_bytes = 60000 + heap_below(&w->random, 600000);
	shape.site = shape.slots;
	number = mheap_object_try_alloc(w->m, &shape);
	if (!number) {
		mheap_section_exit(w->m);
		ret = mheap_object_prepare(w->m, &shape, &parts);
		mheap_section_enter(w->m);
		if (ret == -EDQUOT)
			return;
		if (ret)
			shim_bug("no memory: %d\n", ret);
		number = mheap_object_publish(w->m, &shape, &parts);
	}
	keep(w, number);
}

static void do_store(struct worker *w)
{
	u32 slot, object = pick_slot(w, &slot);

	if (object && mheap_slot_store(w->m, object, slot, pick_value(w)))
		shim_bug("a store failed\n");
}

static void do_load(struct worker *w)
{
	u32 slot, number, object = pick_slot(w, &slot);

	if (!object)
		return;
	if (mheap_slot_load(w->m, object, slot, &number))
		shim_bug("a load failed\n");
	keep(w, number);
}

static void do_exchange(struct worker *w)
{
	u32 slot, number, object = pick_slot(w, &slot);

	if (!object)
		return;
	if (mheap_slot_exchange(w->m, object, slot, pick_value(w), &number))
		shim_bug("an exchange failed\n");
	keep(w, number);
}

static void do_compare_exchange(struct worker *w)
{
	u32 slot, object = pick_slot(w, &slot);

	if (object)
		mheap_slot_compare_exchange(w->m, object, slot, pick_value(w), pick_value(w));
}

static void do_drop(struct worker *w)
{
	u32 i = pick_held(w);

	if (i == HANDLES)
		return;
	mheap_handle_drop(w->m, w->handles[i]);
	w->handles[i] = 0;
}

static void do_mail(struct worker *w)
{
	u32 box = heap_below(&w->random, MAIL), from = heap_below(&w->random, HANDLES);
	u32 got = xchg(&mail[box], w->handles[from]);

	w->handles[from] = got;
	look_at(got);
}

static void do_root(struct worker *w)
{
	char name[MHEAP_ROOT_NAME] = { 'r', 'a' + heap_below(&w->random, ROOTS) };
	u32 number = 0;

	if (heap_below(&w->random, 2))
		mheap_root_get(w->m, name, &number);
	else if (mheap_root_exchange(w->m, name, pick_value(w), &number))
		shim_bug("a root was not set\n");
	keep(w, number);
}

/* Makes a slot refer weakly to something: who loads it upgrades that. */
static void do_weaken(struct worker *w)
{
	u32 slot, object = pick_slot(w, &slot), weak, number;
	int ret;

	if (!object)
		return;
	number = w->handles[pick_held(w)];
	ret = mheap_weak_take(w->m, number, &weak);
	if (ret == MHEAP_WEAK_NOT_READY) {
		mheap_section_exit(w->m);
		ret = mheap_weak_prepare(w->m, number);
		mheap_section_enter(w->m);
		ret = ret ?: mheap_weak_take(w->m, number, &weak);
	}
	if (ret)
		return;
	if (mheap_slot_store(w->m, object, slot, weak))
		shim_bug("a store of a weak reference failed\n");
	mheap_handle_drop(w->m, weak);
}

static void do_look(struct worker *w)
{
	struct mheap_object_stat stat;
	struct mheap_scan scan;
	u32 number, steps = 50;

	mheap_scan_seek(core, &scan, heap_below(&w->random, core->cells.indices <<
						MHEAP_INDEX_SHIFT));
	while ((number = mheap_scan_next(core, &scan, MHEAP_FILTER_ALL, &steps)))
		if (mheap_object_stat(core, number, &stat) && !mheap_weak_is(core, number) &&
		    stat.shape.type != 12345)
			shim_bug("object %u looks like none\n", number);
}

static void operate(struct worker *w)
{
	static void (*const operations[])(struct worker *w) = {
		do_alloc, do_alloc, do_store, do_store, do_store, do_store, do_load, do_load,
		do_load, do_exchange, do_compare_exchange, do_drop, do_drop, do_drop, do_drop,
		do_drop, do_mail, do_root, do_look, do_weaken,
	};

	while (pick_free(w) == HANDLES)
		do_drop(w);
	operations[heap_below(&w->random, ARRAY_SIZE(operations))](w);
	if (heap_below(&w->random, 4))
		mheap_release_run(w->m);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	unsigned long n = w->operations;
	u32 together;

	while (n) {
		together = 1 + heap_below(&w->random, 20);
		mheap_section_enter(w->m);
		for (; together && n; together--, n--)
			operate(w);
		mheap_section_exit(w->m);
		if (!heap_below(&w->random, 200)) {
			mheap_mutator_exit(w->m);
			memset(w->m, 0, sizeof(*w->m));
			mheap_mutator_init(w->m, core);
		}
	}
	return NULL;
}

static void *collect(void *arg)
{
	struct heap_random random = { 77 };

	(void)arg;
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		/* Whatever there is to mark is worth a helper. */
		if (core->collector.stage == MHEAP_STAGE_ROOTS)
			WRITE_ONCE(core->collector.pool.open, true);
		switch (mheap_core_work(core)) {
		case MHEAP_STEP_MORE:
			break;
		case MHEAP_STEP_WAIT:
			sched_yield();
			break;
		case MHEAP_STEP_IDLE:
			mheap_collect_request(core, MHEAP_CAUSE_REQUEST);
			if (!heap_below(&random, 4))
				mheap_trim_request(core);
		}
	}
	return NULL;
}

/* Marks what the collector gives away, and goes away itself now and then. */
static void *help(void *arg)
{
	struct mheap_marker marker = {};

	(void)arg;
	if (mheap_help_init(&marker))
		shim_bug("no memory\n");
	while (!__atomic_load_n(&stop_helpers, __ATOMIC_ACQUIRE))
		if (!mheap_help(core, &marker))
			sched_yield();
	while (mheap_help(core, &marker))
		;
	mheap_help_exit(&marker);
	return NULL;
}

/* What is alive must be what can be reached, and each handle is somebody's. */
static void compare(void)
{
	u32 granules = core->cells.end << MHEAP_INDEX_SHIFT, *queue, *handles, at = 0, top = 0;
	struct mheap_scan scan;
	u32 i, j, number, steps = ~0U;

	handles = calloc(granules, sizeof(u32));
	queue = calloc(granules, sizeof(u32));
	for (i = 0; i < THREADS; i++)
		for (j = 0; j < HANDLES; j++)
			handles[workers[i].handles[j]]++;
	for (i = 0; i < MHEAP_ROOTS; i++)
		handles[core->roots.entries[i].number]++;
	for (i = 0; i < MAIL; i++)
		handles[mail[i]]++;
	mheap_scan_begin(&scan);
	while ((number = mheap_scan_next(core, &scan, MHEAP_FILTER_ALL, &steps))) {
		CHECK_EQ(heap_handles(core, number), handles[number]);
		if (handles[number]) {
			queue[top++] = number;
			handles[number] = ~0U;
		}
	}
	while (at < top) {
		struct mheap_cell *cell = mheap_cell_of(core, queue[at++]);

		for (i = 0; i < mheap_cell_slots(cell); i++) {
			number = *mheap_cell_slot(cell, i);
			if (number && handles[number] != ~0U) {
				handles[number] = ~0U;
				queue[top++] = number;
			}
		}
	}
	CHECK_EQ(heap_objects(core) + core->weak.cells, top);
	free(queue);
	free(handles);
}

static void drop_all(void)
{
	struct mheap_mutator *m = workers[0].m;
	u32 i, j, number;

	for (i = 0; i < THREADS; i++)
		for (j = 0; j < HANDLES; j++)
			if (workers[i].handles[j])
				heap_drop(m, workers[i].handles[j]);
	for (i = 0; i < MAIL; i++)
		if (mail[i])
			heap_drop(m, mail[i]);
	for (i = 0; i < ROOTS; i++) {
		char name[MHEAP_ROOT_NAME] = { 'r', 'a' + i };

		mheap_section_enter(m);
		mheap_root_exchange(m, name, 0, &number);
		mheap_section_exit(m);
		if (number)
			heap_drop(m, number);
	}
}

static void run(u64 max_bytes, u64 max_objects, unsigned long operations)
{
	pthread_t collector, helpers[HELPERS];
	u32 i;

	core = heap_new(max_bytes, max_objects);
	memset(mail, 0, sizeof(mail));
	stop = false;
	stop_helpers = false;
	for (i = 0; i < THREADS; i++) {
		memset(&workers[i], 0, sizeof(workers[i]));
		workers[i].m = heap_mutator(core);
		workers[i].random.state = tap_seed(1) * 1000 + i + 1;
		workers[i].operations = operations;
		workers[i].id = i;
		pthread_create(&workers[i].thread, NULL, work, &workers[i]);
	}
	pthread_create(&collector, NULL, collect, NULL);
	for (i = 0; i < HELPERS; i++)
		pthread_create(&helpers[i], NULL, help, NULL);
	for (i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	pthread_join(collector, NULL);
	__atomic_store_n(&stop_helpers, true, __ATOMIC_RELEASE);
	for (i = 0; i < HELPERS; i++)
		pthread_join(helpers[i], NULL);
	tap_note("%lld collections", (long long)atomic64_read(&core->collector.finished));
	heap_work(core);
	heap_collect(core);
	heap_trim(core);
	heap_check(core);
	compare();
	CHECK_EQ(core->collector.total_failures, 0);
	drop_all();
	heap_collect(core);
	CHECK_EQ(heap_objects(core), 0);
	for (i = 0; i < THREADS; i++)
		heap_mutator_delete(workers[i].m);
	heap_trim(core);
	heap_check(core);
	heap_delete(core);
}

TEST(threads_on_a_roomy_heap)
{
	run(HEAP_BYTES, 0, tap_effort(1000000));
}

TEST(threads_on_a_heap_at_its_limit_of_objects)
{
	run(HEAP_BYTES, 150, tap_effort(500000));
}

TEST(threads_on_a_heap_at_its_limit_of_bytes)
{
	run(8 << 20, 0, tap_effort(500000));
}
