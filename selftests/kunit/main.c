// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>

#include "suites.h"

static struct kunit_suite *const mheap_suites[] = {
	&mheap_count_suite,
	&mheap_space_suite,
	&mheap_object_suite,
	&mheap_slot_suite,
	&mheap_root_suite,
	&mheap_release_suite,
	&mheap_collect_suite,
	&mheap_verify_suite,
	&mheap_weak_suite,
	&mheap_thread_suite,
};

static int __init mheap_kunit_init(void)
{
	mheap_class_init();
	return __kunit_test_suites_init((struct kunit_suite **)mheap_suites,
					ARRAY_SIZE(mheap_suites));
}

static void __exit mheap_kunit_exit(void)
{
	__kunit_test_suites_exit((struct kunit_suite **)mheap_suites, ARRAY_SIZE(mheap_suites));
}

module_init(mheap_kunit_init);
module_exit(mheap_kunit_exit);

MODULE_DESCRIPTION("KUnit suites of the core of mheap");
MODULE_LICENSE("GPL");
