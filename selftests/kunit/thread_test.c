// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that change one graph beside the worker, for the kernel's own checks
 * of locks and of memory; selftests/core tries interleavings more thoroughly.
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "core/release.h"
#include "core/root.h"
#include "core/slot.h"
#include "suites.h"

#define THREADS			3
#define THREAD_HANDLES		12
#define THREAD_SECTIONS		4000
#define THREAD_ROOTS		4
#define THREAD_WORK		10

/**
 * struct test_thread - one of them
 * @core: what it works on
 * @mutator: as whom
 * @done: when it has ended
 * @random: its random numbers
 * @handles: what it holds
 * @failures: operations that failed and must not
 */
struct test_thread {
	struct mheap_core *core;
	struct mheap_mutator mutator;
	struct completion done;
	u32 random;
	u32 handles[THREAD_HANDLES];
	u32 failures;
};

static u32 thread_below(struct test_thread *thread, u32 n)
{
	thread->random = thread->random * 1664525 + 1013904223;
	return (u64)(thread->random >> 8) * n >> 24;
}

/* One of its entries, and what it holds there. */
static u32 *thread_entry(struct test_thread *thread)
{
	return &thread->handles[thread_below(thread, THREAD_HANDLES)];
}

static void thread_drop(struct test_thread *thread, u32 *entry)
{
	if (*entry)
		mheap_handle_drop(&thread->mutator, *entry);
	*entry = 0;
}

static void thread_make(struct test_thread *thread, u32 *entry)
{
	struct mheap_shape shape = {
		.slots = thread_below(thread, 5),
		.payload_bytes = thread_below(thread, 4) ? 0 : thread_below(thread, 9000),
	};
	struct mheap_parts parts;

	thread_drop(thread, entry);
	*entry = mheap_object_try_alloc(&thread->mutator, &shape);
	if (*entry)
		return;
	mheap_section_exit(&thread->mutator);
	if (mheap_object_prepare(&thread->mutator, &shape, &parts)) {
		thread->failures++;
		mheap_section_enter(&thread->mutator);
		return;
	}
	mheap_section_enter(&thread->mutator);
	*entry = mheap_object_publish(&thread->mutator, &shape, &parts);
}

static void thread_root(struct test_thread *thread, u32 *entry)
{
	char name[MHEAP_ROOT_NAME] = { 'a' + thread_below(thread, THREAD_ROOTS) };
	u32 *other = thread_entry(thread), value = other == entry ? 0 : *other, number = 0;

	thread_drop(thread, entry);
	if (thread_below(thread, 2))
		mheap_root_get(&thread->mutator, name, &number);
	else if (mheap_root_exchange(&thread->mutator, name, value, &number))
		thread->failures++;
	*entry = number;
}

/* Stores what @entry holds to a slot of @object, or lets @entry have what is there. */
static void thread_slot(struct test_thread *thread, u32 object, u32 *entry)
{
	u32 slots = mheap_cell_slots(mheap_cell_of(thread->core, object)), number, slot;
	struct mheap_mutator *mutator = &thread->mutator;
	int ret;

	if (!slots)
		return;
	slot = thread_below(thread, slots);
	if (thread_below(thread, 2)) {
		if (mheap_slot_store(mutator, object, slot, *entry))
			thread->failures++;
		return;
	}
	if (thread_below(thread, 2))
		ret = mheap_slot_load(mutator, object, slot, &number);
	else
		ret = mheap_slot_exchange(mutator, object, slot, 0, &number);
	if (ret) {
		thread->failures++;
		return;
	}
	thread_drop(thread, entry);
	*entry = number;
}

static void thread_operate(struct test_thread *thread)
{
	u32 *entry = thread_entry(thread), object = *thread_entry(thread);

	switch (thread_below(thread, 8)) {
	case 0:
	case 1:
		thread_make(thread, entry);
		break;
	case 2:
		thread_root(thread, entry);
		break;
	case 3:
		thread_drop(thread, entry);
		break;
	default:
		if (object)
			thread_slot(thread, object, entry);
		break;
	}
	if (thread_below(thread, 4))
		mheap_release_run(&thread->mutator);
}

static int thread_run(void *data)
{
	struct test_thread *thread = data;
	u32 section, i;

	for (section = 0; section < THREAD_SECTIONS; section++) {
		mheap_section_enter(&thread->mutator);
		for (i = thread_below(thread, 8); i; i--)
			thread_operate(thread);
		mheap_section_exit(&thread->mutator);
		cond_resched();
	}
	mheap_section_enter(&thread->mutator);
	for (i = 0; i < THREAD_HANDLES; i++)
		thread_drop(thread, &thread->handles[i]);
	mheap_section_exit(&thread->mutator);
	complete(&thread->done);
	return 0;
}

static struct test_thread *thread_start(struct kunit *test, u32 seed)
{
	struct test_heap *heap = test->priv;
	struct test_thread *thread = kunit_kzalloc(test, sizeof(*thread), GFP_KERNEL);
	struct task_struct *task;

	KUNIT_ASSERT_NOT_NULL(test, thread);
	thread->core = &heap->core;
	thread->random = seed;
	init_completion(&thread->done);
	mheap_mutator_init(&thread->mutator, &heap->core);
	task = kthread_run(thread_run, thread, "mheap-test/%u", seed);
	if (IS_ERR(task)) {
		KUNIT_FAIL(test, "no thread");
		complete(&thread->done);
	}
	return thread;
}

/* Collects, and gives empty chunks back: some steps of it. */
static void thread_work(struct mheap_core *core)
{
	int i;

	for (i = 0; i < THREAD_WORK; i++)
		switch (mheap_core_work(core)) {
		case MHEAP_STEP_IDLE:
			mheap_collect_request(core, MHEAP_CAUSE_REQUEST);
			mheap_trim_request(core);
			break;
		case MHEAP_STEP_WAIT:
			return;
		case MHEAP_STEP_MORE:
			break;
		}
}

static void thread_wait(struct kunit *test, struct test_thread *thread)
{
	struct test_heap *heap = test->priv;

	while (!try_wait_for_completion(&thread->done)) {
		thread_work(&heap->core);
		schedule();
	}
	KUNIT_EXPECT_EQ(test, thread->failures, 0U);
	mheap_mutator_exit(&thread->mutator);
}

static void thread_clear_roots(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	char name[MHEAP_ROOT_NAME] = {};
	u32 number, i;

	for (i = 0; i < THREAD_ROOTS; i++) {
		name[0] = 'a' + i;
		mheap_section_enter(&heap->mutator);
		KUNIT_EXPECT_EQ(test, mheap_root_exchange(&heap->mutator, name, 0, &number), 0);
		mheap_section_exit(&heap->mutator);
		if (number)
			test_drop(test, number);
	}
}

static void thread_graph_is_sound_in_the_end(struct kunit *test)
{
	struct test_heap *heap = test->priv;
	struct test_thread *threads[THREADS];
	unsigned int warnings = test_warnings;
	u32 i;

	for (i = 0; i < THREADS; i++)
		threads[i] = thread_start(test, i + 1);
	for (i = 0; i < THREADS; i++)
		thread_wait(test, threads[i]);
	test_work(test);
	KUNIT_EXPECT_GT(test, (u64)atomic64_read(&heap->core.collector.finished), 1ULL);
	KUNIT_EXPECT_EQ(test, heap->core.collector.total_failures, 0ULL);
	thread_clear_roots(test);
	test_collect(test);
	KUNIT_EXPECT_EQ(test, test_objects(test), 0ULL);
	KUNIT_EXPECT_EQ(test, test_warnings, warnings);
}

static struct kunit_case mheap_thread_cases[] = {
	KUNIT_CASE(thread_graph_is_sound_in_the_end),
	{}
};

struct kunit_suite mheap_thread_suite = {
	.name = "mheap_thread",
	.init = test_heap_init,
	.exit = test_heap_exit,
	.test_cases = mheap_thread_cases,
};
