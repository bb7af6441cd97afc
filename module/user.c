// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bug.h>
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/xarray.h>

#include "core/trace.h"
#include "user.h"

static uint max_heaps_per_user = 1024;
module_param(max_heaps_per_user, uint, 0644);
MODULE_PARM_DESC(max_heaps_per_user, "heaps that a user may have made, without CAP_SYS_RESOURCE");

/* How many heaps each user has made, by the user's number; a leaf. */
static DEFINE_MUTEX(mheap_users_lock);
static DEFINE_XARRAY(mheap_users);

static unsigned long mheap_user_heaps(kuid_t uid)
{
	void *entry = xa_load(&mheap_users, __kuid_val(uid));

	return entry ? xa_to_value(entry) : 0;
}

/**
 * mheap_user_add_heap - a user makes one more heap
 * @uid: the user: the caller
 *
 * Context: may sleep.
 * Return: 0; -EUSERS when there are too many; -ENOMEM.
 */
int mheap_user_add_heap(kuid_t uid)
{
	unsigned long heaps;
	int ret = -EUSERS;

	mutex_lock(&mheap_users_lock);
	heaps = mheap_user_heaps(uid);
	if (heaps < READ_ONCE(max_heaps_per_user) || capable(CAP_SYS_RESOURCE))
		ret = xa_err(xa_store(&mheap_users, __kuid_val(uid), xa_mk_value(heaps + 1),
				      GFP_KERNEL_ACCOUNT));
	mutex_unlock(&mheap_users_lock);
	if (ret == -EUSERS)
		trace_mheap_limit(NULL, MHEAP_LIMIT_HEAPS, heaps);
	return ret;
}

/**
 * mheap_user_remove_heap - a heap is gone
 * @uid: the user who made it
 *
 * Context: may sleep.
 */
void mheap_user_remove_heap(kuid_t uid)
{
	unsigned long heaps;

	mutex_lock(&mheap_users_lock);
	heaps = mheap_user_heaps(uid);
	/* What is there is replaced, which takes no memory. */
	if (heaps > 1)
		xa_store(&mheap_users, __kuid_val(uid), xa_mk_value(heaps - 1),
			 GFP_KERNEL_ACCOUNT);
	else
		xa_erase(&mheap_users, __kuid_val(uid));
	mutex_unlock(&mheap_users_lock);
}

/**
 * mheap_user_system_exit - nobody has a heap any more
 *
 * Context: when the module is unloaded.
 */
void mheap_user_system_exit(void)
{
	WARN_ON_ONCE(!xa_empty(&mheap_users));
	xa_destroy(&mheap_users);
}
