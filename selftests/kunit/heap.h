/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A heap for a test: with one mutator, and a worker that works when it is told.
 */
#ifndef _MHEAP_KUNIT_HEAP_H
#define _MHEAP_KUNIT_HEAP_H

#include <kunit/test.h>

#include "core/core.h"
#include "core/object.h"

/**
 * struct test_heap - see above
 * @core: the heap
 * @mutator: works on it
 */
struct test_heap {
	struct mheap_core core;
	struct mheap_mutator mutator;
};

/* Warnings of the core since the module was loaded. */
extern unsigned int test_warnings;

int test_heap_init(struct kunit *test);
void test_heap_exit(struct kunit *test);
u32 test_alloc_shape(struct kunit *test, const struct mheap_shape *shape);
u32 test_alloc(struct kunit *test, u32 slots);
void test_store(struct kunit *test, u32 object, u32 index, u32 value);
void test_drop(struct kunit *test, u32 object);
void test_work(struct kunit *test);
void test_collect(struct kunit *test);
u64 test_objects(struct kunit *test);
u32 test_ring(struct kunit *test, u32 length);

#endif
