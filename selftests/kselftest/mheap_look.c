// SPDX-License-Identifier: GPL-2.0
/* Sites, names of types, and who else there is: see mheap_util.h. */
#include <stdint.h>

#include "mheap_util.h"

static __u64 pointer(const void *p)
{
	return (uintptr_t)p;
}

int raw_site(int fd, const char *file, const char *function, __u32 line, __u32 parent,
	     __u32 *site)
{
	struct mheap_site arg = {
		.size = sizeof(arg),
		.file_uptr = pointer(file),
		.file_bytes = strlen(file),
		.function_uptr = pointer(function),
		.function_bytes = strlen(function),
		.line = line,
		.parent = parent,
	};
	int ret = raw_call(fd, MHEAP_CMD_SITE, &arg);

	if (!ret)
		*site = arg.out_site;
	return ret;
}

int raw_alloc_site(int fd, __u32 site, __u32 slots, __u32 payload_bytes, __u64 *handle)
{
	struct mheap_alloc arg = {
		.size = sizeof(arg),
		.slots = slots,
		.payload_bytes = payload_bytes,
		.site = site,
	};
	int ret = raw_call(fd, MHEAP_CMD_ALLOC, &arg);

	if (!ret)
		*handle = arg.handle;
	return ret;
}

/* The structures of all lists are the same. */
static int raw_list(int fd, __u32 command, __u64 *cursor, void *entries, __u32 size, __u32 count,
		    __u32 *written)
{
	struct mheap_site_list arg = {
		.size = sizeof(arg),
		.cursor = *cursor,
		.entries_uptr = pointer(entries),
		.count = count,
		.entry_size = size,
	};
	int ret = raw_call(fd, command, &arg);

	if (!ret) {
		*cursor = arg.cursor;
		*written = arg.out_count;
	}
	return ret;
}

int raw_site_list(int fd, __u64 *cursor, struct mheap_site_entry *entries, __u32 count,
		  __u32 *written)
{
	return raw_list(fd, MHEAP_CMD_SITE_LIST, cursor, entries, sizeof(*entries), count, written);
}

int raw_site_entry(int fd, __u32 site, struct mheap_site_entry *entry)
{
	__u64 cursor = site;
	__u32 written;
	int ret = raw_site_list(fd, &cursor, entry, 1, &written);

	return ret ? ret : written == 1 && entry->site == site ? 0 : -ENOENT;
}

int raw_heap_list(int fd, __u64 *cursor, struct mheap_heap_entry *entries, __u32 count,
		  __u32 *written)
{
	return raw_list(fd, MHEAP_CMD_HEAP_LIST, cursor, entries, sizeof(*entries), count, written);
}

int raw_session_list(int fd, __u64 *cursor, struct mheap_session_entry *entries, __u32 count,
		     __u32 *written)
{
	return raw_list(fd, MHEAP_CMD_SESSION_LIST, cursor, entries, sizeof(*entries), count,
			written);
}

int raw_type_set(int fd, __u32 type, const char *text, __u32 bytes)
{
	struct mheap_type_set arg = {
		.size = sizeof(arg),
		.text_uptr = pointer(text),
		.type = type,
		.bytes = bytes,
	};

	return raw_call(fd, MHEAP_CMD_TYPE_SET, &arg);
}

int raw_type_get(int fd, __u64 *cursor, __u32 *type, char *text, __u32 room, __u32 *bytes)
{
	struct mheap_type_get arg = {
		.size = sizeof(arg),
		.cursor = *cursor,
		.text_uptr = pointer(text),
		.bytes = room,
	};
	int ret = raw_call(fd, MHEAP_CMD_TYPE_GET, &arg);

	if (!ret) {
		*cursor = arg.cursor;
		*type = arg.out_type;
		*bytes = arg.out_bytes;
	}
	return ret;
}

int raw_inspect(int fd, __u64 heap_id)
{
	struct mheap_inspect arg = {
		.size = sizeof(arg),
		.heap_id = heap_id,
	};

	return raw_call(fd, MHEAP_CMD_INSPECT, &arg);
}
