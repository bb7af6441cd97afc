// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <string.h>

#include "internal.h"

_Static_assert(MH_TYPE_TEXT_MAX == MHEAP_TYPE_TEXT_MAX, "MH_TYPE_TEXT_MAX differs");

/* Adds a name to a text. Returns whether it fits. */
static int add_name(char *text, uint32_t *bytes, const char *name)
{
	size_t length = strlen(name) + 1;

	if (length > MH_TYPE_TEXT_MAX - *bytes)
		return 0;
	memcpy(text + *bytes, name, length);
	*bytes += (uint32_t)length;
	return 1;
}

MH_PUBLIC int mh_type_set(struct mh_session *session, uint32_t type, const char *name,
			  const char *const *slots, uint32_t count)
{
	char text[MH_TYPE_TEXT_MAX];
	struct mheap_type_set set = {
		.size = sizeof(set),
		.text_uptr = mhi_uptr(text),
		.type = type,
	};

	if (!name && count)
		return -EINVAL;
	if (name && !add_name(text, &set.bytes, name))
		return -EINVAL;
	for (uint32_t i = 0; i < count; i++)
		if (!add_name(text, &set.bytes, slots[i] ? slots[i] : ""))
			return -EINVAL;
	return mhi_call(session, MHEAP_TYPE_SET, &set);
}

MH_PUBLIC int mh_type_get(struct mh_session *session, uint64_t *cursor, uint32_t *ret_type,
			  char *text, uint32_t room, uint32_t *ret_bytes)
{
	struct mheap_type_get get = {
		.size = sizeof(get),
		.cursor = *cursor,
		.text_uptr = mhi_uptr(text),
		.bytes = room,
	};
	int err;

	err = mhi_call(session, MHEAP_TYPE_GET, &get);
	if (err)
		return err;
	*cursor = get.cursor;
	*ret_type = get.out_type;
	*ret_bytes = get.out_bytes;
	return 0;
}
