// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include <linux/mheap.h>

#include "op_list.h"

/**
 * mheap_list_check - are there so many entries, of such a size
 * @count: entries that the caller has room for
 * @entry_size: bytes of each of them
 * @least: bytes of the shortest that there has been
 *
 * Context: any.
 * Return: 0 or -EINVAL.
 */
int mheap_list_check(u32 count, u32 entry_size, u32 least)
{
	if (!count || count > MHEAP_WALK_MAX)
		return -EINVAL;
	return entry_size < least || entry_size > MHEAP_ENTRY_MAX || entry_size % 8 ? -EINVAL : 0;
}

static int mheap_list_put_one(char __user *to, u32 entry_size, const void *entry, u32 size)
{
	u32 known = min(entry_size, size);

	if (copy_to_user(to, entry, known))
		return -EFAULT;
	return clear_user(to + known, entry_size - known) ? -EFAULT : 0;
}

/**
 * mheap_list_put - write entries
 * @entries_uptr: the caller's array
 * @entry_size: bytes of each of its entries, as mheap_list_check() has checked
 * @index: the first that is written
 * @entries: the entries
 * @size: bytes of each of them
 * @count: how many, as many as a page has room for at most
 *
 * Context: may sleep, under the session's lock and no other.
 * Return: 0 or -EFAULT.
 */
int mheap_list_put(u64 entries_uptr, u32 entry_size, u32 index, const void *entries, u32 size,
		   u32 count)
{
	char __user *to = u64_to_user_ptr(entries_uptr);
	int ret = 0;
	u32 i;

	to += (size_t)index * entry_size;
	if (entry_size == size)
		return copy_to_user(to, entries, (size_t)count * size) ? -EFAULT : 0;
	for (i = 0; !ret && i < count; i++)
		ret = mheap_list_put_one(to + (size_t)i * entry_size, entry_size,
					 entries + (size_t)i * size, size);
	return ret;
}
