// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <string.h>

#include "internal.h"

/* The rest of @name is NUL already. */
static int set_name(char name[MHEAP_ROOT_NAME_MAX], const char *from)
{
	size_t length = strnlen(from, MHEAP_ROOT_NAME_MAX);

	if (!length || length == MHEAP_ROOT_NAME_MAX)
		return -EINVAL;
	memcpy(name, from, length);
	return 0;
}

MH_PUBLIC int mh_root_get(struct mh_session *session, const char *name, mh_t *ret_handle)
{
	struct mheap_root_get get = { .size = sizeof(get) };
	int err;

	err = set_name(get.name, name);
	if (err)
		return err;
	err = mhi_call(session, MHEAP_ROOT_GET, &get);
	if (!err)
		*ret_handle = get.handle;
	return err;
}

MH_PUBLIC int mh_root_set(struct mh_session *session, const char *name, mh_t handle)
{
	struct mheap_root_set set = {
		.size = sizeof(set),
		.handle = handle,
	};
	int err;

	err = set_name(set.name, name);
	if (err)
		return err;
	return mhi_call(session, MHEAP_ROOT_SET, &set);
}

MH_PUBLIC int mh_root_exchange(struct mh_session *session, const char *name, mh_t handle,
			       mh_t *ret_handle)
{
	struct mheap_root_exchange exchange = {
		.size = sizeof(exchange),
		.handle = handle,
	};
	int err;

	err = set_name(exchange.name, name);
	if (err)
		return err;
	err = mhi_call(session, MHEAP_ROOT_EXCHANGE, &exchange);
	if (!err)
		*ret_handle = exchange.out_handle;
	return err;
}

MHI_SAME_SIZE(mh_root_entry, mheap_root_entry);
MHI_SAME_MEMBER(mh_root_entry, mheap_root_entry, object);
MHI_SAME_MEMBER(mh_root_entry, mheap_root_entry, type);
MHI_SAME_MEMBER(mh_root_entry, mheap_root_entry, name);

MH_PUBLIC int mh_root_list(struct mh_session *session, uint64_t *cursor,
			   struct mh_root_entry *entries, uint32_t count, uint32_t *ret_count)
{
	struct mheap_root_list list = {
		.size = sizeof(list),
		.cursor = *cursor,
		.entries_uptr = mhi_uptr(entries),
		.count = count,
	};
	int err;

	err = mhi_call(session, MHEAP_ROOT_LIST, &list);
	if (err)
		return err;
	*cursor = list.cursor;
	*ret_count = list.out_count;
	return 0;
}
