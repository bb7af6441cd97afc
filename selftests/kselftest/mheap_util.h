/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Thin wrappers of the commands of /dev/mheap, and what several tests share.
 * Everything that can fail returns 0 (or a file descriptor) or -errno.
 */
#ifndef MHEAP_UTIL_H
#define MHEAP_UTIL_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <linux/mheap.h>

#define MHEAP_DEVICE "/dev/mheap"
#define DONE (~0ULL)	/* of a cursor: there is no more */

/* Sessions and heaps. */
int raw_session(void);				/* no heap yet */
int raw_call(int fd, unsigned int command, void *arg);
int raw_create(int fd, struct mheap_create *options);	/* NULL: defaults */
int raw_export(int fd, __u32 rights);
int raw_join(int fd, int heap_fd);
int raw_new_heap(struct mheap_create *options);	/* session and create */
int raw_joined(int heap_fd);			/* session and join */
int raw_second(int fd, __u32 rights);		/* another session of fd's heap */
int raw_query(int fd, struct mheap_query *query);
int raw_query_command(int fd, __u32 command, struct mheap_query_command *query);
int raw_heap_stat(int fd, struct mheap_heap_stat *stat);

/* Named roots. */
int raw_root_get(int fd, const char *name, __u64 *handle);
int raw_root_set(int fd, const char *name, __u64 handle);
int raw_root_exchange(int fd, const char *name, __u64 handle, __u64 *old);
int raw_root_list(int fd, __u64 *cursor, struct mheap_root_entry *entries,
		  __u32 count, __u32 *written);

/* Objects and handles. */
int raw_alloc(int fd, __u32 slots, __u32 payload_bytes, __u32 type, __u64 *handle);
int raw_read(int fd, __u64 handle, __u32 offset, void *data, __u32 length);
int raw_write(int fd, __u64 handle, __u32 offset, const void *data, __u32 length);
int raw_stat(int fd, __u64 handle, struct mheap_stat *stat);
int raw_dup(int fd, __u64 handle, __u64 *copy);
int raw_dup_rights(int fd, __u64 handle, __u32 rights, __u64 *copy);
int raw_close(int fd, __u64 handle);
int raw_reset(int fd, __u64 handle);

/* Objects as descriptors; weak handles. */
int raw_object_export(int fd, __u64 handle, __u32 rights);
int raw_object_import(int fd, int object_fd, __u32 rights, __u64 *handle);
int raw_weaken(int fd, __u64 handle, __u64 *weak);
int raw_upgrade(int fd, __u64 weak, __u64 *handle);

/* Slots. */
int raw_load(int fd, __u64 object, __u32 index, __u64 *handle);
int raw_store(int fd, __u64 object, __u32 index, __u64 value);
int raw_store_move(int fd, __u64 object, __u32 index, __u64 value);
int raw_exchange(int fd, __u64 object, __u32 index, __u64 value, __u64 *old);
int raw_compare_exchange(int fd, __u64 object, __u32 index, __u64 expected, __u64 value);
int raw_slot_list(int fd, __u64 handle, __u64 *cursor, __u64 *objects,
		  __u32 count, __u32 *written);

/* The collector and the walk. */
int raw_collect(int fd);			/* and wait */
int raw_collect_start(int fd, __u64 *collection);
int raw_collect_stat(int fd, struct mheap_collect_stat *stat);
int raw_walk(int fd, __u64 *cursor, struct mheap_walk_entry *entries,
	     __u32 count, __u32 *written);

/* Sites, names of types, and who else there is. */
int raw_site(int fd, const char *file, const char *function, __u32 line, __u32 parent,
	     __u32 *site);
int raw_alloc_site(int fd, __u32 site, __u32 slots, __u32 payload_bytes, __u64 *handle);
int raw_site_list(int fd, __u64 *cursor, struct mheap_site_entry *entries, __u32 count,
		  __u32 *written);
int raw_site_entry(int fd, __u32 site, struct mheap_site_entry *entry);
int raw_type_set(int fd, __u32 type, const char *text, __u32 bytes);
int raw_type_get(int fd, __u64 *cursor, __u32 *type, char *text, __u32 room, __u32 *bytes);
int raw_heap_list(int fd, __u64 *cursor, struct mheap_heap_entry *entries, __u32 count,
		  __u32 *written);
int raw_inspect(int fd, __u64 heap_id);
int raw_session_list(int fd, __u64 *cursor, struct mheap_session_entry *entries, __u32 count,
		     __u32 *written);
/* Dumps and snapshots. */
int raw_dump(int fd, __u32 flags, __u64 *cursor, void *data, __u32 bytes, __u32 *written);
int raw_snapshot(int fd, __u64 log_bytes);
int raw_snapshot_end(int fd);

/* Batches. */
int raw_batch(int fd, struct mheap_record *records, __u32 count, __u32 *done, int *error);
int raw_batch_all(int fd, struct mheap_record *records, __u32 count);
struct mheap_record record_alloc(__u32 slots, __u32 payload_bytes, __u32 type, __u64 chosen);
struct mheap_record record_store(__u64 object, __u32 index, __u64 value);
struct mheap_record record_load(__u64 object, __u32 index, __u64 chosen);
struct mheap_record record_exchange(__u64 object, __u32 index, __u64 value, __u64 chosen);
struct mheap_record record_compare_exchange(__u64 object, __u32 index,
					    __u64 expected, __u64 value);
struct mheap_record record_dup(__u64 handle, __u64 chosen);
struct mheap_record record_dup_rights(__u64 handle, __u32 rights, __u64 chosen);
struct mheap_record record_close(__u64 handle);
struct mheap_record record_reset(__u64 handle);
struct mheap_record record_weaken(__u64 handle, __u64 chosen);
struct mheap_record record_upgrade(__u64 weak, __u64 chosen);
struct mheap_record record_read(__u64 handle, __u32 offset, void *data, __u32 length);
struct mheap_record record_write(__u64 handle, __u32 offset, const void *data, __u32 length);

/* The handle of generation @generation of the caller's own entry @index. */
static inline __u64 chosen_handle(__u32 index, __u64 generation)
{
	return generation << MHEAP_HANDLE_INDEX_BITS | MHEAP_HANDLE_CHOSEN | index;
}

/* What STAT calls the object; 0 when it cannot be had. */
__u32 object_number(int fd, __u64 handle);

/* Does an upgrade answer null? What it answers otherwise is closed. */
bool weak_is_gone(int fd, __u64 weak);

/* Figures of the heap; ~0 when they cannot be had. */
__u64 heap_objects(int fd);
__u64 heap_bytes(int fd);
__u64 heap_pending(int fd);
__u64 heap_weak(int fd);
__u32 heap_handles(int fd);
__u64 heap_collections(int fd);

/* Wait until the worker has taken everything apart; false when it does not. */
bool heap_drained(int fd);

/* The handles and roots that refer to any object of the heap, counted there. */
__u64 heap_handle_refs(int fd);

/*
 * Wait until all other sessions are gone, with every handle that they had. The
 * session itself has no weak handles, and there are no descriptors of objects.
 */
bool heap_alone(int fd);

/* Walk the whole heap: a malloc()ed array; -errno when that fails. */
long heap_walk_all(int fd, struct mheap_walk_entry **entries);

/* Time and patience: a wait ends at a deadline that no healthy run meets. */
__u64 now_ms(void);
__u64 patience_ms(void);
unsigned long env_number(const char *name, unsigned long otherwise);

#define EVENTUALLY(condition)						\
({									\
	__u64 until = now_ms() + patience_ms();				\
	bool holds;							\
									\
	while (!(holds = (condition)) && now_ms() < until)		\
		usleep(1000);						\
	holds;								\
})

/* A small fast generator of random numbers; a state is never 0. */
static inline __u64 random_next(__u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * 0x2545f4914f6cdd1dULL >> 16;
}

static inline __u32 random_below(__u64 *state, __u32 limit)
{
	return random_next(state) % limit;
}

/* Descriptors over a socket. */
int send_fd(int socket, int fd);
int receive_fd(int socket);

/* The number that the next descriptor gets. */
int lowest_free_fd(void);

/* Take away a page so that it faults; addresses that are nobody's. */
#define KERNEL_ADDRESS ((void *)(sizeof(long) == 8 ? ~0UL << 31 << 16 : ~0UL << 12))
#define NOBODYS_ADDRESS ((void *)(sizeof(long) == 8 ? 1UL << 31 << 15 : 1UL << 23))
void *map_pages(unsigned int pages);	/* followed by a page that faults */
bool running_as_root(void);
bool running_on_uml(void);	/* where PROT_NONE does not keep the kernel out */

#endif
