// SPDX-License-Identifier: GPL-2.0
/* Records of batches, figures of a heap, and what else tests share. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#include "mheap_util.h"

int raw_batch(int fd, struct mheap_record *records, __u32 count, __u32 *done, int *error)
{
	struct mheap_batch arg = {
		.size = sizeof(arg),
		.records_uptr = (unsigned long)records,
		.count = count,
		.record_size = sizeof(*records),
	};
	int ret = raw_call(fd, MHEAP_CMD_BATCH, &arg);

	if (!ret) {
		*done = arg.out_done;
		*error = arg.out_error;
	}
	return ret;
}

/* All of them, or the error of the one that failed. */
int raw_batch_all(int fd, struct mheap_record *records, __u32 count)
{
	__u32 done = 0;
	int error = 0;
	int ret = raw_batch(fd, records, count, &done, &error);

	if (ret || error)
		return ret ? ret : error;
	return done == count ? 0 : -EIO;
}

/*
 * A record is the command's structure with the number in the place of the
 * size, so the structures say where everything goes.
 */
#define RECORD(structure, number, ...)					\
({									\
	union {								\
		struct structure command;				\
		struct mheap_record record;				\
	} both = { .command = { __VA_ARGS__ } };			\
									\
	_Static_assert(sizeof(struct structure) ==			\
		       sizeof(struct mheap_record), "size of a record");\
	both.record.command = number;					\
	both.record;							\
})

static __u32 chosen_flag(__u64 chosen)
{
	return chosen ? MHEAP_CHOSEN : 0;
}

struct mheap_record record_alloc(__u32 slots, __u32 payload_bytes, __u32 type, __u64 chosen)
{
	return RECORD(mheap_alloc, MHEAP_CMD_ALLOC, .flags = chosen_flag(chosen),
		      .slots = slots, .payload_bytes = payload_bytes, .type = type,
		      .handle = chosen);
}

struct mheap_record record_store(__u64 object, __u32 index, __u64 value)
{
	return RECORD(mheap_store, MHEAP_CMD_STORE, .object = object,
		      .value = value, .index = index);
}

struct mheap_record record_load(__u64 object, __u32 index, __u64 chosen)
{
	return RECORD(mheap_load, MHEAP_CMD_LOAD, .flags = chosen_flag(chosen),
		      .object = object, .handle = chosen, .index = index);
}

struct mheap_record record_exchange(__u64 object, __u32 index, __u64 value, __u64 chosen)
{
	return RECORD(mheap_exchange, MHEAP_CMD_EXCHANGE, .flags = chosen_flag(chosen),
		      .object = object, .value = value, .out_handle = chosen,
		      .index = index);
}

struct mheap_record record_compare_exchange(__u64 object, __u32 index,
					    __u64 expected, __u64 value)
{
	return RECORD(mheap_compare_exchange, MHEAP_CMD_COMPARE_EXCHANGE,
		      .object = object, .expected = expected, .value = value,
		      .index = index);
}

struct mheap_record record_dup(__u64 handle, __u64 chosen)
{
	return record_dup_rights(handle, 0, chosen);
}

struct mheap_record record_dup_rights(__u64 handle, __u32 rights, __u64 chosen)
{
	return RECORD(mheap_dup, MHEAP_CMD_DUP, .flags = chosen_flag(chosen),
		      .handle = handle, .out_handle = chosen, .rights = rights);
}

struct mheap_record record_close(__u64 handle)
{
	return RECORD(mheap_close, MHEAP_CMD_CLOSE, .handle = handle);
}

struct mheap_record record_reset(__u64 handle)
{
	return RECORD(mheap_reset, MHEAP_CMD_RESET, .handle = handle);
}

struct mheap_record record_weaken(__u64 handle, __u64 chosen)
{
	return RECORD(mheap_weaken, MHEAP_CMD_WEAKEN, .flags = chosen_flag(chosen),
		      .handle = handle, .out_handle = chosen);
}

struct mheap_record record_upgrade(__u64 weak, __u64 chosen)
{
	return RECORD(mheap_upgrade, MHEAP_CMD_UPGRADE, .flags = chosen_flag(chosen),
		      .handle = weak, .out_handle = chosen);
}

struct mheap_record record_read(__u64 handle, __u32 offset, void *data, __u32 length)
{
	return RECORD(mheap_read, MHEAP_CMD_READ, .handle = handle,
		      .data_uptr = (unsigned long)data, .offset = offset,
		      .length = length);
}

struct mheap_record record_write(__u64 handle, __u32 offset, const void *data, __u32 length)
{
	return RECORD(mheap_write, MHEAP_CMD_WRITE, .handle = handle,
		      .data_uptr = (unsigned long)data, .offset = offset,
		      .length = length);
}

#define HEAP_FIGURE(member)						\
({									\
	struct mheap_heap_stat stat;					\
									\
	raw_heap_stat(fd, &stat) ? (__typeof__(stat.member))-1 : stat.member; \
})

__u32 object_number(int fd, __u64 handle)
{
	struct mheap_stat stat = {};

	raw_stat(fd, handle, &stat);
	return stat.out_object;
}

bool weak_is_gone(int fd, __u64 weak)
{
	__u64 handle = 0;

	if (raw_upgrade(fd, weak, &handle))
		return false;
	if (handle)
		raw_close(fd, handle);
	return !handle;
}

__u64 heap_objects(int fd)
{
	return HEAP_FIGURE(out_objects);
}

__u64 heap_bytes(int fd)
{
	return HEAP_FIGURE(out_bytes);
}

__u64 heap_pending(int fd)
{
	return HEAP_FIGURE(out_pending);
}

__u64 heap_weak(int fd)
{
	return HEAP_FIGURE(out_weak);
}

__u32 heap_handles(int fd)
{
	return HEAP_FIGURE(out_handles);
}

__u64 heap_collections(int fd)
{
	struct mheap_collect_stat stat;

	return raw_collect_stat(fd, &stat) ? ~0ULL : stat.out_collections;
}

bool heap_drained(int fd)
{
	return EVENTUALLY(!heap_pending(fd));
}

long heap_walk_all(int fd, struct mheap_walk_entry **entries)
{
	struct mheap_walk_entry *all = NULL, *more;
	__u64 cursor = 0;
	size_t total = 0;
	__u32 written;
	int ret;

	do {
		more = realloc(all, (total + 512) * sizeof(*all));
		if (!more) {
			ret = -ENOMEM;
			goto fail;
		}
		all = more;
		ret = raw_walk(fd, &cursor, all + total, 512, &written);
		if (ret)
			goto fail;
		total += written;
	} while (cursor != DONE);
	*entries = all;
	return total;

fail:
	free(all);
	return ret;
}

__u64 heap_handle_refs(int fd)
{
	struct mheap_walk_entry *entries;
	long count = heap_walk_all(fd, &entries), i;
	__u64 refs = 0;

	if (count < 0)
		return ~0ULL;
	for (i = 0; i < count; i++)
		refs += entries[i].handle_refs;
	free(entries);
	return refs;
}

static bool alone(int fd)
{
	struct mheap_heap_stat stat;

	return !raw_heap_stat(fd, &stat) && stat.out_sessions == 1 &&
	       heap_handle_refs(fd) == stat.out_handles + stat.out_roots;
}

bool heap_alone(int fd)
{
	return EVENTUALLY(alone(fd));
}

__u64 now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

unsigned long env_number(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoul(text, NULL, 0) : otherwise;
}

__u64 patience_ms(void)
{
	return env_number("MHEAP_PATIENCE", 120) * 1000;
}

int send_fd(int socket, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {};
	struct iovec data = { .iov_base = "f", .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	return sendmsg(socket, &message, 0) < 0 ? -errno : 0;
}

int receive_fd(int socket)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {};
	char byte;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *header;
	int fd;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_type != SCM_RIGHTS)
		return -ENOMSG;
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

int lowest_free_fd(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

void *map_pages(unsigned int pages)
{
	long page = sysconf(_SC_PAGESIZE);
	char *area = mmap(NULL, (pages + 1) * page, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		return NULL;
	munmap(area + pages * page, page);
	return area;
}

bool running_as_root(void)
{
	return !geteuid();
}

bool running_on_uml(void)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	bool uml = false;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		uml |= !!strstr(line, "User Mode Linux");
	if (file)
		fclose(file);
	return uml;
}
