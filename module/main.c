// SPDX-License-Identifier: GPL-2.0-only
/*
 * mheap: a managed object heap that processes share.
 */
#include <linux/init.h>
#include <linux/module.h>

#include "debugfs.h"
#include "device.h"
#include "heap.h"

static int __init mheap_init(void)
{
	int ret;

	ret = mheap_heap_system_init();
	if (ret)
		return ret;
	mheap_debugfs_init();
	ret = mheap_device_register();
	if (ret) {
		mheap_debugfs_exit();
		mheap_heap_system_exit();
	}
	return ret;
}

/*
 * Open files hold the module, and a heap dies with the last of its files: so
 * no heap is in use here, but workers may still be freeing some.
 */
static void __exit mheap_exit(void)
{
	mheap_device_unregister();
	mheap_heap_system_exit();
	mheap_debugfs_exit();
}

module_init(mheap_init);
module_exit(mheap_exit);

MODULE_DESCRIPTION("Managed object heap that processes share");
MODULE_LICENSE("GPL");
