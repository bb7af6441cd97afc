// SPDX-License-Identifier: GPL-2.0
/* Thin wrappers of the commands; see mheap_util.h. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#include "mheap_util.h"

static __u64 pointer(const void *p)
{
	return (unsigned long)p;
}

int raw_session(void)
{
	int fd = open(MHEAP_DEVICE, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int raw_call(int fd, unsigned int command, void *arg)
{
	int ret = ioctl(fd, _IO(MHEAP_TYPE, command), arg);

	return ret < 0 ? -errno : ret;
}

int raw_create(int fd, struct mheap_create *options)
{
	struct mheap_create defaults = {};

	if (!options)
		options = &defaults;
	options->size = sizeof(*options);
	return raw_call(fd, MHEAP_CMD_CREATE, options);
}

int raw_export(int fd, __u32 rights)
{
	struct mheap_export arg = { .size = sizeof(arg), .rights = rights };
	int ret = raw_call(fd, MHEAP_CMD_EXPORT, &arg);

	return ret ? ret : arg.out_fd;
}

int raw_join(int fd, int heap_fd)
{
	struct mheap_join arg = { .size = sizeof(arg), .heap_fd = heap_fd };

	return raw_call(fd, MHEAP_CMD_JOIN, &arg);
}

static int keep_or_close(int fd, int ret)
{
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

int raw_new_heap(struct mheap_create *options)
{
	int fd = raw_session();

	return fd < 0 ? fd : keep_or_close(fd, raw_create(fd, options));
}

int raw_joined(int heap_fd)
{
	int fd = raw_session();

	return fd < 0 ? fd : keep_or_close(fd, raw_join(fd, heap_fd));
}

int raw_second(int fd, __u32 rights)
{
	int heap_fd = raw_export(fd, rights);
	int session;

	if (heap_fd < 0)
		return heap_fd;
	session = raw_joined(heap_fd);
	close(heap_fd);
	return session;
}

int raw_query(int fd, struct mheap_query *query)
{
	memset(query, 0, sizeof(*query));
	query->size = sizeof(*query);
	return raw_call(fd, MHEAP_CMD_QUERY, query);
}

int raw_query_command(int fd, __u32 command, struct mheap_query_command *query)
{
	memset(query, 0, sizeof(*query));
	query->size = sizeof(*query);
	query->command = command;
	return raw_call(fd, MHEAP_CMD_QUERY_COMMAND, query);
}

int raw_heap_stat(int fd, struct mheap_heap_stat *stat)
{
	memset(stat, 0, sizeof(*stat));
	stat->size = sizeof(*stat);
	return raw_call(fd, MHEAP_CMD_HEAP_STAT, stat);
}

int raw_root_get(int fd, const char *name, __u64 *handle)
{
	struct mheap_root_get arg = { .size = sizeof(arg) };
	int ret;

	strncpy(arg.name, name, sizeof(arg.name) - 1);
	ret = raw_call(fd, MHEAP_CMD_ROOT_GET, &arg);
	if (!ret)
		*handle = arg.handle;
	return ret;
}

int raw_root_set(int fd, const char *name, __u64 handle)
{
	struct mheap_root_set arg = { .size = sizeof(arg), .handle = handle };

	strncpy(arg.name, name, sizeof(arg.name) - 1);
	return raw_call(fd, MHEAP_CMD_ROOT_SET, &arg);
}

int raw_root_exchange(int fd, const char *name, __u64 handle, __u64 *old)
{
	struct mheap_root_exchange arg = { .size = sizeof(arg), .handle = handle };
	int ret;

	strncpy(arg.name, name, sizeof(arg.name) - 1);
	ret = raw_call(fd, MHEAP_CMD_ROOT_EXCHANGE, &arg);
	if (!ret)
		*old = arg.out_handle;
	return ret;
}

int raw_root_list(int fd, __u64 *cursor, struct mheap_root_entry *entries,
		  __u32 count, __u32 *written)
{
	struct mheap_root_list arg = {
		.size = sizeof(arg),
		.cursor = *cursor,
		.entries_uptr = pointer(entries),
		.count = count,
	};
	int ret = raw_call(fd, MHEAP_CMD_ROOT_LIST, &arg);

	if (!ret) {
		*cursor = arg.cursor;
		*written = arg.out_count;
	}
	return ret;
}

int raw_alloc(int fd, __u32 slots, __u32 payload_bytes, __u32 type, __u64 *handle)
{
	struct mheap_alloc arg = {
		.size = sizeof(arg),
		.slots = slots,
		.payload_bytes = payload_bytes,
		.type = type,
	};
	int ret = raw_call(fd, MHEAP_CMD_ALLOC, &arg);

	if (!ret)
		*handle = arg.handle;
	return ret;
}

int raw_read(int fd, __u64 handle, __u32 offset, void *data, __u32 length)
{
	struct mheap_read arg = {
		.size = sizeof(arg),
		.handle = handle,
		.data_uptr = pointer(data),
		.offset = offset,
		.length = length,
	};

	return raw_call(fd, MHEAP_CMD_READ, &arg);
}

int raw_write(int fd, __u64 handle, __u32 offset, const void *data, __u32 length)
{
	struct mheap_write arg = {
		.size = sizeof(arg),
		.handle = handle,
		.data_uptr = pointer(data),
		.offset = offset,
		.length = length,
	};

	return raw_call(fd, MHEAP_CMD_WRITE, &arg);
}

int raw_stat(int fd, __u64 handle, struct mheap_stat *stat)
{
	memset(stat, 0, sizeof(*stat));
	stat->size = sizeof(*stat);
	stat->handle = handle;
	return raw_call(fd, MHEAP_CMD_STAT, stat);
}

int raw_dup(int fd, __u64 handle, __u64 *copy)
{
	return raw_dup_rights(fd, handle, 0, copy);
}

int raw_dup_rights(int fd, __u64 handle, __u32 rights, __u64 *copy)
{
	struct mheap_dup arg = { .size = sizeof(arg), .handle = handle, .rights = rights };
	int ret = raw_call(fd, MHEAP_CMD_DUP, &arg);

	if (!ret)
		*copy = arg.out_handle;
	return ret;
}

int raw_close(int fd, __u64 handle)
{
	struct mheap_close arg = { .size = sizeof(arg), .handle = handle };

	return raw_call(fd, MHEAP_CMD_CLOSE, &arg);
}

int raw_reset(int fd, __u64 handle)
{
	struct mheap_reset arg = { .size = sizeof(arg), .handle = handle };

	return raw_call(fd, MHEAP_CMD_RESET, &arg);
}

int raw_object_export(int fd, __u64 handle, __u32 rights)
{
	struct mheap_object_export arg = {
		.size = sizeof(arg),
		.handle = handle,
		.rights = rights,
	};
	int ret = raw_call(fd, MHEAP_CMD_OBJECT_EXPORT, &arg);

	return ret ? ret : arg.out_fd;
}

int raw_object_import(int fd, int object_fd, __u32 rights, __u64 *handle)
{
	struct mheap_object_import arg = {
		.size = sizeof(arg),
		.object_fd = object_fd,
		.rights = rights,
	};
	int ret = raw_call(fd, MHEAP_CMD_OBJECT_IMPORT, &arg);

	if (!ret)
		*handle = arg.handle;
	return ret;
}

int raw_weaken(int fd, __u64 handle, __u64 *weak)
{
	struct mheap_weaken arg = { .size = sizeof(arg), .handle = handle };
	int ret = raw_call(fd, MHEAP_CMD_WEAKEN, &arg);

	if (!ret)
		*weak = arg.out_handle;
	return ret;
}

int raw_upgrade(int fd, __u64 weak, __u64 *handle)
{
	struct mheap_upgrade arg = { .size = sizeof(arg), .handle = weak };
	int ret = raw_call(fd, MHEAP_CMD_UPGRADE, &arg);

	if (!ret)
		*handle = arg.out_handle;
	return ret;
}

int raw_load(int fd, __u64 object, __u32 index, __u64 *handle)
{
	struct mheap_load arg = { .size = sizeof(arg), .object = object, .index = index };
	int ret = raw_call(fd, MHEAP_CMD_LOAD, &arg);

	if (!ret)
		*handle = arg.handle;
	return ret;
}

static int raw_store_flags(int fd, __u64 object, __u32 index, __u64 value, __u32 flags)
{
	struct mheap_store arg = {
		.size = sizeof(arg),
		.flags = flags,
		.object = object,
		.value = value,
		.index = index,
	};

	return raw_call(fd, MHEAP_CMD_STORE, &arg);
}

int raw_store(int fd, __u64 object, __u32 index, __u64 value)
{
	return raw_store_flags(fd, object, index, value, 0);
}

int raw_store_move(int fd, __u64 object, __u32 index, __u64 value)
{
	return raw_store_flags(fd, object, index, value, MHEAP_STORE_MOVE);
}

int raw_exchange(int fd, __u64 object, __u32 index, __u64 value, __u64 *old)
{
	struct mheap_exchange arg = {
		.size = sizeof(arg),
		.object = object,
		.value = value,
		.index = index,
	};
	int ret = raw_call(fd, MHEAP_CMD_EXCHANGE, &arg);

	if (!ret)
		*old = arg.out_handle;
	return ret;
}

int raw_compare_exchange(int fd, __u64 object, __u32 index, __u64 expected, __u64 value)
{
	struct mheap_compare_exchange arg = {
		.size = sizeof(arg),
		.object = object,
		.expected = expected,
		.value = value,
		.index = index,
	};

	return raw_call(fd, MHEAP_CMD_COMPARE_EXCHANGE, &arg);
}

int raw_slot_list(int fd, __u64 handle, __u64 *cursor, __u64 *objects,
		  __u32 count, __u32 *written)
{
	struct mheap_slot_list arg = {
		.size = sizeof(arg),
		.handle = handle,
		.cursor = *cursor,
		.objects_uptr = pointer(objects),
		.count = count,
	};
	int ret = raw_call(fd, MHEAP_CMD_SLOT_LIST, &arg);

	if (!ret) {
		*cursor = arg.cursor;
		*written = arg.out_count;
	}
	return ret;
}

int raw_collect(int fd)
{
	struct mheap_collect arg = { .size = sizeof(arg), .flags = MHEAP_COLLECT_WAIT };

	return raw_call(fd, MHEAP_CMD_COLLECT, &arg);
}

int raw_collect_start(int fd, __u64 *collection)
{
	struct mheap_collect arg = { .size = sizeof(arg) };
	int ret = raw_call(fd, MHEAP_CMD_COLLECT, &arg);

	if (!ret)
		*collection = arg.out_collection;
	return ret;
}

int raw_collect_stat(int fd, struct mheap_collect_stat *stat)
{
	memset(stat, 0, sizeof(*stat));
	stat->size = sizeof(*stat);
	return raw_call(fd, MHEAP_CMD_COLLECT_STAT, stat);
}

int raw_walk(int fd, __u64 *cursor, struct mheap_walk_entry *entries,
	     __u32 count, __u32 *written)
{
	struct mheap_walk arg = {
		.size = sizeof(arg),
		.cursor = *cursor,
		.entries_uptr = pointer(entries),
		.count = count,
		.entry_size = sizeof(*entries),
	};
	int ret = raw_call(fd, MHEAP_CMD_WALK, &arg);

	if (!ret) {
		*cursor = arg.cursor;
		*written = arg.out_count;
	}
	return ret;
}

int raw_dump(int fd, __u32 flags, __u64 *cursor, void *data, __u32 bytes, __u32 *written)
{
	struct mheap_dump arg = {
		.size = sizeof(arg), .flags = flags, .cursor = *cursor,
		.data_uptr = (unsigned long)data, .bytes = bytes,
	};
	int ret = raw_call(fd, MHEAP_CMD_DUMP, &arg);

	if (!ret) {
		*cursor = arg.cursor;
		*written = arg.out_bytes;
	}
	return ret;
}

int raw_snapshot(int fd, __u64 log_bytes)
{
	struct mheap_snapshot arg = { .size = sizeof(arg), .log_bytes = log_bytes };

	return raw_call(fd, MHEAP_CMD_SNAPSHOT, &arg);
}

int raw_snapshot_end(int fd)
{
	struct mheap_snapshot arg = { .size = sizeof(arg), .flags = MHEAP_SNAPSHOT_END };

	return raw_call(fd, MHEAP_CMD_SNAPSHOT, &arg);
}
