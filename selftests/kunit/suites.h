/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MHEAP_KUNIT_SUITES_H
#define _MHEAP_KUNIT_SUITES_H

#include "heap.h"

extern struct kunit_suite mheap_count_suite;
extern struct kunit_suite mheap_space_suite;
extern struct kunit_suite mheap_object_suite;
extern struct kunit_suite mheap_slot_suite;
extern struct kunit_suite mheap_root_suite;
extern struct kunit_suite mheap_release_suite;
extern struct kunit_suite mheap_collect_suite;
extern struct kunit_suite mheap_verify_suite;
extern struct kunit_suite mheap_weak_suite;
extern struct kunit_suite mheap_thread_suite;

#endif
