/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libmheap - a heap of objects that processes share through /dev/mheap
 *
 * Conventions, for every function below:
 *
 * - What can fail returns 0 (or, where that is said, a number) when it worked,
 *   and a negative errno when it did not. mh_explain() puts it into words.
 * - Outputs are named ret_* and are written when the function worked, and only
 *   then. Where that is said, they may be NULL.
 * - Nothing sets errno, prints, or ends the process. Nothing is retried behind
 *   the caller's back: the kernel's waits end early for a signal that kills the
 *   process, and for no other one, so a handled signal is never seen as -EINTR.
 * - "MT-Safe" means: any number of threads, on the same session too. The kernel
 *   does the operations of one session one after another; a thread that wants
 *   to run in parallel to others joins the heap with a session of its own.
 * - A session does not survive fork() in the child, except for
 *   mh_session_close(); the child joins through an exported descriptor.
 *
 * The errors that the kernel answers with are the table at the top of
 * <linux/mheap.h>. The library adds these:
 *
 *   ENODEV     there is no device: the module is not loaded
 *   EPERM      where a device is opened: it is there, and not the caller's to open
 *   ECANCELED  a queue: an operation that was queued earlier has failed, and
 *              this one was not carried out
 */
#ifndef MHEAP_H
#define MHEAP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MH_DEVICE		"/dev/mheap"

#define MH_ROOT_NAME_MAX	32		/* with the terminating NUL */
#define MH_COMMAND_NAME_MAX	24		/* with the terminating NUL */
#define MH_LIST_MAX		4096		/* entries of one call of a list */
#define MH_EVENTS_MAX		65536		/* records of one queue of events */
#define MH_END			UINT64_MAX	/* a cursor that has come to its end */
#define MH_NO_OFFSET		UINT64_MAX	/* of what has no payload */
#define MH_SITE_FILE_MAX	256		/* with the terminating NUL */
#define MH_SITE_FUNCTION_MAX	128		/* with the terminating NUL */
#define MH_TYPE_TEXT_MAX	4096		/* bytes of the names of a type and its slots */
#define MH_COMM_MAX		16		/* with the terminating NUL */
#define MH_AGE_OLD		UINT32_MAX	/* an age of more than an hour, in ms */

/**
 * typedef mh_t - A handle: a session's name of a reference to an object
 *
 * MH_NULL is null. A handle is good in the session that it came from only, and
 * a closed one never names anything again.
 */
typedef uint64_t mh_t;

#define MH_NULL			((mh_t)0)

struct mh_session;			/* one open file on one heap */
struct mh_queue;			/* operations that go out together */
struct mheap_record;			/* <linux/mheap.h> */

/**
 * enum mh_right - What a session may do
 * @MH_RIGHT_READ: read payloads, load and compare slots, get roots
 * @MH_RIGHT_WRITE: allocate objects, write payloads, reset objects, name sites
 *                  and types
 * @MH_RIGHT_LINK: change slots and roots, reset objects
 * @MH_RIGHT_SHARE: export the heap, or an object, as a file descriptor
 * @MH_RIGHT_COLLECT: ask for collections, set the heap's options
 * @MH_RIGHT_INSPECT: walk the objects of the heap; list its sites and sessions
 * @MH_RIGHT_MAP: map the payloads of all objects
 * @MH_RIGHTS_HANDLE: those that each handle has as well: what a handle lacks,
 *                    the session lacks for it
 * @MH_RIGHTS_ALL: all of these
 */
enum mh_right {
	MH_RIGHT_READ		= 1 << 0,
	MH_RIGHT_WRITE		= 1 << 1,
	MH_RIGHT_LINK		= 1 << 2,
	MH_RIGHT_SHARE		= 1 << 3,
	MH_RIGHT_COLLECT	= 1 << 4,
	MH_RIGHT_INSPECT	= 1 << 5,
	MH_RIGHT_MAP		= 1 << 6,
	MH_RIGHTS_HANDLE	= 0x0f,
	MH_RIGHTS_ALL		= 0x7f
};

/*
 * Sessions
 */

/**
 * enum mh_create_flag - How a heap is to be made
 * @MH_CREATE_RESERVED: all memory is taken now, and nothing that is done with the
 *                      heap asks the system for any from then on
 *
 * A reserved heap needs max_bytes, and its objects have at most 1000 slots. Its
 * sessions have 4096 handles in each half of their table unless max_handles says
 * otherwise.
 */
enum mh_create_flag {
	MH_CREATE_RESERVED	= 1 << 0
};

/**
 * struct mh_session_options - How a heap is to be made, or joined
 * @max_bytes: memory that the heap may take; 0 for the module's default
 * @max_objects: objects that it may hold; 0 for as many as can be named
 * @suspect_percent: start a collection when this part of the objects is
 *                   suspect, 1 to 1000; 0 for the default
 * @suspect_min: but not below this number of them; 0 for the default
 * @suspect_age_ms: and at the latest this long after the first of them, 10 to
 *                  3600000; 0 for the default
 * @max_handles: handles of this session, in each of the two halves of its
 *               table; 0 for the most. A session that joins a reserved heap and
 *               has queues must name it, for it cannot see which kind it joins
 * @device: path of the device; NULL for MH_DEVICE
 * @flags: &enum mh_create_flag
 * @local_objects: objects that are looked at from one suspect, to find small dead
 *                 cycles without a collection, 1 to 256; 0 for the default. With
 *                 less than 8 none is looked at
 * @cpu_percent: part of a processor for collections that nobody asked for, 1 to
 *               100; 0 for the default
 * @max_sites: allocation sites that the heap may have, 1 to 65535; 0 for the
 *             default
 * @reserved: must be 0
 *
 * All zero is a good choice, and NULL in its place means the same.
 * mh_session_join() takes @max_handles and @device; the others must be 0.
 */
struct mh_session_options {
	uint64_t max_bytes;
	uint64_t max_objects;
	uint32_t suspect_percent;
	uint32_t suspect_min;
	uint32_t suspect_age_ms;
	uint32_t max_handles;
	const char *device;
	uint32_t flags;
	uint32_t local_objects;
	uint32_t cpu_percent;
	uint32_t max_sites;
	uint64_t reserved[2];
};

/**
 * mh_session_create() - Make a heap and a session of it that has every right
 * @options: may be NULL
 * @ret_session: the session, for mh_session_close()
 *
 * Thread safety: MT-Safe.
 */
int mh_session_create(const struct mh_session_options *options,
		      struct mh_session **ret_session);

/**
 * mh_session_join() - Join the heap behind a descriptor
 * @heap_fd: a descriptor that mh_session_export() made; it remains the caller's
 * @options: may be NULL
 * @ret_session: the session, for mh_session_close()
 *
 * Thread safety: MT-Safe.
 */
int mh_session_join(int heap_fd, const struct mh_session_options *options,
		    struct mh_session **ret_session);

/**
 * mh_session_inspect() - Look at a heap that one was given no descriptor of
 * @heap: its number, see mh_heap_list()
 * @options: may be NULL; of these @device is used, and the others must be 0
 * @ret_session: a session that has MH_RIGHT_INSPECT and MH_RIGHT_COLLECT, for
 *               mh_session_close()
 *
 * For the user who made the heap, and for who has CAP_SYS_PTRACE; anybody else gets
 * -ENOENT, as for a heap that there is not. The session keeps the heap as any does.
 *
 * Thread safety: MT-Safe.
 */
int mh_session_inspect(uint64_t heap, const struct mh_session_options *options,
		       struct mh_session **ret_session);

/**
 * mh_session_close() - Close a session, and with it its handles
 * @session: may be NULL
 *
 * The queues of the session must have been destroyed. The heap goes when this
 * was the last session and no exported descriptor is open.
 *
 * Thread safety: MT-Unsafe with any other use of the same session.
 */
void mh_session_close(struct mh_session *session);

/**
 * mh_session_export() - Make a file descriptor of the heap, to give away
 * @session: needs MH_RIGHT_SHARE
 * @rights: &enum mh_right bits for who joins through it; no more than the
 *          session's own, else -EACCES
 * @ret_fd: the descriptor, with close-on-exec set; it keeps the heap alive
 *
 * Thread safety: MT-Safe.
 */
int mh_session_export(struct mh_session *session, uint32_t rights, int *ret_fd);

/**
 * mh_session_fd() - The session's own file descriptor
 * @session: it keeps the descriptor
 *
 * Thread safety: MT-Safe.
 */
int mh_session_fd(const struct mh_session *session);

/**
 * mh_session_heap() - The heap's number, as `mheap stat` shows it
 * @session: the session
 *
 * Thread safety: MT-Safe.
 */
uint64_t mh_session_heap(const struct mh_session *session);

/**
 * mh_session_rights() - The rights of the session
 * @session: the session
 *
 * Thread safety: MT-Safe.
 */
uint32_t mh_session_rights(const struct mh_session *session);

/*
 * The module
 */

/**
 * struct mh_limits - What the module can do
 * @abi: version of its interface
 * @commands: commands are numbered below this
 * @slots: slots of one object, at most
 * @payload_bytes: payload of one object, at most
 * @objects: objects of one heap, at most
 * @slot_refs: slots that refer to one object, at most
 * @handle_refs: handles and named roots that refer to one object, at most
 * @handles: handles of one session, at most; half of them are for queues
 * @roots: named roots of one heap, at most
 * @record_size: bytes of one record of a batch
 * @event_size: bytes of one record of a queue of events
 * @reserved: 0
 */
struct mh_limits {
	uint32_t abi;
	uint32_t commands;
	uint32_t slots;
	uint32_t payload_bytes;
	uint64_t objects;
	uint64_t slot_refs;
	uint64_t handle_refs;
	uint32_t handles;
	uint32_t roots;
	uint32_t record_size;
	uint32_t event_size;
	uint64_t reserved[4];
};

/**
 * mh_query() - What the module can do
 * @session: may be NULL: the device is then opened for this call
 * @ret_limits: its limits
 *
 * Thread safety: MT-Safe.
 */
int mh_query(const struct mh_session *session, struct mh_limits *ret_limits);

/**
 * struct mh_command_info - One command of the module
 * @size: bytes of the command's structure
 * @size_min: bytes of the shortest one that is accepted
 * @command_flags: &enum mheap_command_flag
 * @flags: the bits that its flags may have
 * @rights: the &enum mh_right bits that it needs
 * @name: its name, as tracepoints show it
 * @reserved: 0
 */
struct mh_command_info {
	uint32_t size;
	uint32_t size_min;
	uint32_t command_flags;
	uint32_t flags;
	uint32_t rights;
	uint32_t reserved0;
	char name[MH_COMMAND_NAME_MAX];
	uint64_t reserved[4];
};

/**
 * mh_query_command() - What the module tells of one of its commands
 * @session: may be NULL, as in mh_query()
 * @command: &enum mheap_command; -ENOENT when there is none of that number
 * @ret_info: what it tells
 *
 * Thread safety: MT-Safe.
 */
int mh_query_command(const struct mh_session *session, uint32_t command,
		     struct mh_command_info *ret_info);

/*
 * The heap
 */

/**
 * struct mh_heap_info - Figures of a heap
 * @heap: its number
 * @objects: objects that are alive or not yet reclaimed
 * @bytes: bytes of those objects
 * @memory: bytes that the heap holds of the system's memory
 * @max_bytes: limit of @memory
 * @max_objects: limit of @objects
 * @allocated: objects allocated since the heap was made
 * @freed_count: objects freed because their last reference went
 * @freed_collect: objects freed by collections
 * @suspects: objects that may be part of dead cycles, as far as is known
 * @pending: objects that the worker has still to take apart
 * @sessions: sessions that are open
 * @roots: named roots that are set
 * @rights: the rights of this session
 * @handles: handles that this session has open
 * @window_bytes: size of the window that mh_map() maps
 * @weak: objects that weak references refer to, or did when they were alive
 * @sites: allocation sites that have been named
 * @max_sites: limit of @sites
 * @reserved: 0
 */
struct mh_heap_info {
	uint64_t heap;
	uint64_t objects;
	uint64_t bytes;
	uint64_t memory;
	uint64_t max_bytes;
	uint64_t max_objects;
	uint64_t allocated;
	uint64_t freed_count;
	uint64_t freed_collect;
	uint64_t suspects;
	uint64_t pending;
	uint32_t sessions;
	uint32_t roots;
	uint32_t rights;
	uint32_t handles;
	uint64_t window_bytes;
	uint64_t weak;
	uint32_t sites;
	uint32_t max_sites;
	uint64_t reserved[1];
};

/**
 * mh_heap_stat() - Figures of the session's heap
 * @session: the session
 * @ret_info: the figures
 *
 * Thread safety: MT-Safe.
 */
int mh_heap_stat(struct mh_session *session, struct mh_heap_info *ret_info);

/**
 * enum mh_heap_option - Which options mh_heap_set() is to set
 * @MH_SET_MAX_BYTES: &mh_session_options.max_bytes
 * @MH_SET_MAX_OBJECTS: &mh_session_options.max_objects
 * @MH_SET_SUSPECT_PERCENT: &mh_session_options.suspect_percent
 * @MH_SET_SUSPECT_MIN: &mh_session_options.suspect_min
 * @MH_SET_SUSPECT_AGE_MS: &mh_session_options.suspect_age_ms
 * @MH_SET_LOCAL_OBJECTS: &mh_session_options.local_objects
 * @MH_SET_CPU_PERCENT: &mh_session_options.cpu_percent
 */
enum mh_heap_option {
	MH_SET_MAX_BYTES	= 1 << 0,
	MH_SET_MAX_OBJECTS	= 1 << 1,
	MH_SET_SUSPECT_PERCENT	= 1 << 2,
	MH_SET_SUSPECT_MIN	= 1 << 3,
	MH_SET_SUSPECT_AGE_MS	= 1 << 4,
	MH_SET_LOCAL_OBJECTS	= 1 << 5,
	MH_SET_CPU_PERCENT	= 1 << 6
};

/**
 * mh_heap_set() - Set other options for a heap than those it was made with
 * @session: needs MH_RIGHT_COLLECT
 * @which: &enum mh_heap_option bits
 * @options: their values; 0 is not a default here. What @which does not name is
 *           not looked at
 *
 * A limit can be lowered by the user who made the heap, even below what the heap
 * holds, which then stays; and raised, up to what the heap was made with, by who
 * has CAP_SYS_RESOURCE. Anybody else gets -EPERM. -EINVAL for max_bytes of a
 * reserved heap, and for max_objects of a heap that was made without.
 *
 * Thread safety: MT-Safe.
 */
int mh_heap_set(struct mh_session *session, uint32_t which,
		const struct mh_session_options *options);

/*
 * Named roots: the way in for who joins. A name has 1 to MH_ROOT_NAME_MAX - 1
 * bytes; any other is -EINVAL.
 */

/**
 * mh_root_get() - Get a handle to what a named root refers to
 * @session: needs MH_RIGHT_READ
 * @name: the root's name; -ENOENT when there is none
 * @ret_handle: the new handle
 *
 * Thread safety: MT-Safe.
 */
int mh_root_get(struct mh_session *session, const char *name, mh_t *ret_handle);

/**
 * mh_root_set() - Make a named root refer to an object, or remove it
 * @session: needs MH_RIGHT_LINK
 * @name: the root's name, which need not exist
 * @handle: the object, and the caller keeps its handle; or MH_NULL to remove
 *          the name, -ENOENT when there is no such name
 *
 * Thread safety: MT-Safe.
 */
int mh_root_set(struct mh_session *session, const char *name, mh_t handle);

/**
 * mh_root_exchange() - Set or remove a named root, and get its old value
 * @session: needs MH_RIGHT_READ and MH_RIGHT_LINK
 * @name: the root's name, which need not exist
 * @handle: the object, or MH_NULL to remove the name
 * @ret_handle: a handle to what it referred to, or MH_NULL
 *
 * Thread safety: MT-Safe.
 */
int mh_root_exchange(struct mh_session *session, const char *name, mh_t handle,
		     mh_t *ret_handle);

/**
 * struct mh_root_entry - One named root
 * @object: number of the object that it refers to
 * @type: the object's type
 * @reserved: 0
 * @name: its name
 */
struct mh_root_entry {
	uint64_t object;
	uint32_t type;
	uint32_t reserved;
	char name[MH_ROOT_NAME_MAX];
};

/**
 * mh_root_list() - List the named roots, a piece at a time
 * @session: needs MH_RIGHT_READ
 * @cursor: 0 to begin; moved on by each call, to MH_END when there is no more
 * @entries: room for @count entries
 * @count: 1 to MH_LIST_MAX
 * @ret_count: entries that were written; fewer than @count does not mean that
 *             there is no more
 *
 * Thread safety: MT-Safe.
 */
int mh_root_list(struct mh_session *session, uint64_t *cursor,
		 struct mh_root_entry *entries, uint32_t count, uint32_t *ret_count);

/*
 * Objects
 */

/**
 * mh_alloc() - Make an object
 * @session: needs MH_RIGHT_WRITE
 * @slots: its reference slots, all null at first
 * @payload_bytes: its payload, all zero at first
 * @type: a number that means something to the users of the heap
 * @ret_handle: the new handle
 *
 * At a limit a collection is run and waited for before the answer is -EDQUOT
 * (a limit of the heap) or -ENOMEM (the system's memory).
 *
 * Thread safety: MT-Safe.
 */
int mh_alloc(struct mh_session *session, uint32_t slots, uint32_t payload_bytes,
	     uint32_t type, mh_t *ret_handle);

/**
 * mh_alloc_offset() - mh_alloc() that also tells where the payload is
 * @session: needs MH_RIGHT_WRITE
 * @slots: its reference slots
 * @payload_bytes: its payload
 * @type: its type
 * @ret_handle: the new handle
 * @ret_offset: where the payload begins in the window, for mh_payload();
 *              MH_NO_OFFSET when there is none
 *
 * Thread safety: MT-Safe.
 */
int mh_alloc_offset(struct mh_session *session, uint32_t slots, uint32_t payload_bytes,
		    uint32_t type, mh_t *ret_handle, uint64_t *ret_offset);

/**
 * mh_read() - Copy bytes out of an object's payload
 * @session: needs MH_RIGHT_READ
 * @handle: the object
 * @offset: first byte
 * @data: where to
 * @length: bytes; all of them or -ERANGE
 *
 * A write of another session at the same time may be seen in part.
 *
 * Thread safety: MT-Safe.
 */
int mh_read(struct mh_session *session, mh_t handle, uint32_t offset, void *data,
	    uint32_t length);

/**
 * mh_write() - Copy bytes into an object's payload
 * @session: needs MH_RIGHT_WRITE
 * @handle: the object
 * @offset: first byte
 * @data: where from
 * @length: bytes; all of them or -ERANGE
 *
 * Thread safety: MT-Safe.
 */
int mh_write(struct mh_session *session, mh_t handle, uint32_t offset, const void *data,
	     uint32_t length);

/**
 * struct mh_object_info - What an object is
 * @object: its number: the same for every handle to it, and of no other object
 *          for as long as this one is alive
 * @bytes: bytes that it takes of the heap, all included
 * @type: its type
 * @slots: its slots
 * @payload_bytes: its payload
 * @site: its allocation site
 * @handle_refs: handles and named roots that refer to it
 * @slot_refs: slots that refer to it
 * @offset: where its payload begins in the window; MH_NO_OFFSET when there is none
 * @rights: the MH_RIGHTS_HANDLE bits that both the handle and the session have
 * @weak: 1 when there is a weak reference to it, or has been
 * @age_ms: milliseconds since it was allocated, within 135; MH_AGE_OLD for more than
 *          an hour
 * @reserved0: 0
 * @reserved: 0
 */
struct mh_object_info {
	uint64_t object;
	uint64_t bytes;
	uint32_t type;
	uint32_t slots;
	uint32_t payload_bytes;
	uint32_t site;
	uint32_t handle_refs;
	uint32_t slot_refs;
	uint64_t offset;
	uint32_t rights;
	uint32_t weak;
	uint32_t age_ms;
	uint32_t reserved0;
	uint64_t reserved[1];
};

/**
 * mh_stat() - What an object is
 * @session: the session
 * @handle: the object
 * @ret_info: what it is
 *
 * Thread safety: MT-Safe.
 */
int mh_stat(struct mh_session *session, mh_t handle, struct mh_object_info *ret_info);

/**
 * mh_object_reset() - Use an object again in its place
 * @session: needs MH_RIGHT_WRITE and MH_RIGHT_LINK
 * @handle: the object
 *
 * All slots become null, in order, and the payload zero. Handles to the object,
 * and what refers to it, stay. Others may see it half done.
 *
 * Thread safety: MT-Safe.
 */
int mh_object_reset(struct mh_session *session, mh_t handle);

/**
 * mh_object_export() - Make a file descriptor of one object, to give away
 * @session: the session
 * @handle: the object, by a handle that has MH_RIGHT_SHARE
 * @rights: MH_RIGHTS_HANDLE bits for who imports it; no more than the handle's
 *          own, else -EACCES
 * @ret_fd: the descriptor, with close-on-exec set; it keeps the object and the
 *          heap alive
 *
 * Thread safety: MT-Safe.
 */
int mh_object_export(struct mh_session *session, mh_t handle, uint32_t rights, int *ret_fd);

/**
 * mh_object_import() - Get a handle to the object behind a descriptor
 * @session: a session of the same heap, else -EXDEV
 * @object_fd: a descriptor that mh_object_export() made; it remains the caller's
 * @rights: those that the handle is to have, no more than the descriptor's, else
 *          -EACCES; 0 for the descriptor's. What the session lacks, the handle
 *          lacks in any case
 * @ret_handle: the new handle
 *
 * Thread safety: MT-Safe.
 */
int mh_object_import(struct mh_session *session, int object_fd, uint32_t rights,
		     mh_t *ret_handle);

/*
 * The window: payloads as memory. It is that of the heap, not of a handle: who
 * maps it sees the payloads of all objects. A payload lies in it at the same
 * offset for as long as its object lives, which mh_alloc_offset() and mh_stat()
 * tell. When the object is gone, its place is used for others; so hold a handle,
 * or a reference that is sure to stay, for as long as a pointer is used. Where no
 * payload is, touching the window may be SIGBUS.
 */

/**
 * struct mh_window - The window of a heap, mapped
 * @base: where it begins, or NULL
 * @bytes: its size
 */
struct mh_window {
	unsigned char *base;
	uint64_t bytes;
};

#define MH_NO_WINDOW		{ NULL, 0 }

/**
 * mh_map() - Map the window of a heap
 * @session: needs MH_RIGHT_MAP, and @rights
 * @rights: MH_RIGHT_READ, or that with MH_RIGHT_WRITE to write as well
 * @ret_window: the window, for mh_unmap()
 *
 * Once is enough for all payloads, those of objects to come included. The mapping
 * keeps the session's file open, its handles included, even when the session is
 * closed; so does that of a child after fork().
 *
 * Thread safety: MT-Safe.
 */
int mh_map(struct mh_session *session, uint32_t rights, struct mh_window *ret_window);

/**
 * mh_unmap() - Unmap a window
 * @window: holds none afterwards; nothing happens when it holds none
 *
 * Thread safety: MT-Unsafe race:window.
 */
void mh_unmap(struct mh_window *window);

/**
 * mh_payload() - Where a payload is
 * @window: the window of the object's heap
 * @offset: what mh_alloc_offset() or mh_stat() told
 *
 * Returns NULL for MH_NO_OFFSET, and for anything else that is not in the window.
 *
 * Thread safety: MT-Safe.
 */
static inline void *mh_payload(const struct mh_window *window, uint64_t offset)
{
	return offset < window->bytes ? window->base + offset : NULL;
}

/*
 * Slots
 */

/**
 * mh_load() - Get a handle to what a slot refers to
 * @session: needs MH_RIGHT_READ
 * @object: the object that has the slot
 * @index: the slot; -ERANGE when the object has fewer
 * @ret_handle: the new handle, or MH_NULL when the slot is null, or refers weakly
 *              to what is gone
 *
 * Thread safety: MT-Safe.
 */
int mh_load(struct mh_session *session, mh_t object, uint32_t index, mh_t *ret_handle);

/**
 * mh_store() - Make a slot refer to an object
 * @session: needs MH_RIGHT_LINK
 * @object: the object that has the slot
 * @index: the slot
 * @value: what it is to refer to, or MH_NULL; the caller keeps its handle. With
 *         a weak handle the slot refers weakly. A handle with fewer rights than
 *         the session has cannot be stored: -EACCES
 *
 * Thread safety: MT-Safe.
 */
int mh_store(struct mh_session *session, mh_t object, uint32_t index, mh_t value);

/**
 * mh_store_move() - mh_store() and mh_close() of the value, as one step
 * @session: needs MH_RIGHT_LINK
 * @object: the object that has the slot
 * @index: the slot
 * @value: as in mh_store(); the handle is closed, unless the call fails
 *
 * For a handle that is there to be stored: the reference moves into the slot.
 *
 * Thread safety: MT-Safe.
 */
int mh_store_move(struct mh_session *session, mh_t object, uint32_t index, mh_t value);

/**
 * mh_exchange() - Store into a slot, and get its old value, as one step
 * @session: needs MH_RIGHT_READ and MH_RIGHT_LINK
 * @object: the object that has the slot
 * @index: the slot
 * @value: what it is to refer to, or MH_NULL, as in mh_store()
 * @ret_handle: a handle to what it referred to, or MH_NULL, as in mh_load()
 *
 * Thread safety: MT-Safe.
 */
int mh_exchange(struct mh_session *session, mh_t object, uint32_t index, mh_t value,
		mh_t *ret_handle);

/**
 * mh_compare_exchange() - Store into a slot if it holds what is expected
 * @session: needs MH_RIGHT_READ and MH_RIGHT_LINK
 * @object: the object that has the slot
 * @index: the slot
 * @expected: any handle to the object that it must refer to, or MH_NULL; a weak
 *            one for a slot that refers weakly, even when the object is gone
 * @value: what it is to refer to then, or MH_NULL, as in mh_store()
 *
 * -EAGAIN when the slot refers to something else.
 *
 * Thread safety: MT-Safe.
 */
int mh_compare_exchange(struct mh_session *session, mh_t object, uint32_t index,
			mh_t expected, mh_t value);

/* A bit of mh_slot_list(): the slot refers weakly; with no number, to what is gone. */
#define MH_SLOT_WEAK		((uint64_t)1 << 63)

/**
 * mh_slot_list() - List what the slots of an object refer to, a piece at a time
 * @session: needs MH_RIGHT_READ
 * @handle: the object
 * @cursor: the slot to begin at; moved on by each call, to MH_END when there is
 *          no more
 * @objects: room for @count numbers of objects; 0 is null. MH_SLOT_WEAK is set
 *           besides where the slot refers weakly
 * @count: 1 to MH_LIST_MAX
 * @ret_count: numbers that were written
 *
 * Numbers tell objects apart; nothing can be reached by them.
 *
 * Thread safety: MT-Safe.
 */
int mh_slot_list(struct mh_session *session, mh_t handle, uint64_t *cursor,
		 uint64_t *objects, uint32_t count, uint32_t *ret_count);

/*
 * Handles
 */

/**
 * mh_dup() - Get another handle to the same object
 * @session: the session
 * @handle: the object; the duplicate of a weak handle is weak
 * @ret_handle: the new handle
 *
 * Thread safety: MT-Safe.
 */
int mh_dup(struct mh_session *session, mh_t handle, mh_t *ret_handle);

/**
 * mh_dup_rights() - Get another handle to the same object that may do less
 * @session: the session
 * @handle: the object
 * @rights: the MH_RIGHTS_HANDLE bits that it is to have, no more than those of
 *          @handle, else -EACCES; 0 for the same
 * @ret_handle: the new handle
 *
 * What is loaded through it has its rights too.
 *
 * Thread safety: MT-Safe.
 */
int mh_dup_rights(struct mh_session *session, mh_t handle, uint32_t rights,
		  mh_t *ret_handle);

/**
 * mh_close() - Let go of a handle
 * @session: the session
 * @handle: the handle; MH_NULL does nothing
 *
 * Thread safety: MT-Safe.
 */
int mh_close(struct mh_session *session, mh_t handle);

/*
 * Weak handles name an object without keeping it. They can be duplicated, closed,
 * stored, watched and upgraded; for anything else they are -EINVAL.
 */

/**
 * mh_weaken() - Get a weak handle to an object
 * @session: the session
 * @handle: the object; the caller keeps this handle
 * @ret_handle: the weak handle
 *
 * Thread safety: MT-Safe.
 */
int mh_weaken(struct mh_session *session, mh_t handle, mh_t *ret_handle);

/**
 * mh_upgrade() - Get a handle to the object of a weak handle
 * @session: the session
 * @handle: the weak handle; the caller keeps it
 * @ret_handle: the new handle; or MH_NULL when the object is gone, and then for ever
 *
 * Thread safety: MT-Safe.
 */
int mh_upgrade(struct mh_session *session, mh_t handle, mh_t *ret_handle);

/*
 * Collections
 */

/**
 * mh_collect() - Ask for a collection
 * @session: needs MH_RIGHT_COLLECT
 * @ret_collection: its number; may be NULL. It is over when
 *                  &mh_collect_info.collections has reached that number
 *
 * Thread safety: MT-Safe.
 */
int mh_collect(struct mh_session *session, uint64_t *ret_collection);

/**
 * mh_collect_wait() - Ask for a collection, and wait until it is over
 * @session: needs MH_RIGHT_COLLECT
 * @ret_collection: its number; may be NULL
 *
 * Nobody else waits: operations go on meanwhile, those of this session too.
 *
 * Thread safety: MT-Safe.
 */
int mh_collect_wait(struct mh_session *session, uint64_t *ret_collection);

/**
 * enum mh_phase - What the collector is doing
 * @MH_PHASE_IDLE: nothing
 * @MH_PHASE_START: beginning
 * @MH_PHASE_MARK: looking for what is alive
 * @MH_PHASE_SWEEP: freeing what is not
 */
enum mh_phase {
	MH_PHASE_IDLE	= 0,
	MH_PHASE_START	= 1,
	MH_PHASE_MARK	= 2,
	MH_PHASE_SWEEP	= 3
};

/**
 * enum mh_cause - Why a collection began
 * @MH_CAUSE_NONE: there was none yet
 * @MH_CAUSE_REQUEST: somebody asked
 * @MH_CAUSE_SUSPECTS: there were many suspects
 * @MH_CAUSE_AGE: a suspect had waited for long
 * @MH_CAUSE_LIMIT: a limit was reached
 * @MH_CAUSE_PRESSURE: the system is short of memory
 */
enum mh_cause {
	MH_CAUSE_NONE		= 0,
	MH_CAUSE_REQUEST	= 1,
	MH_CAUSE_SUSPECTS	= 2,
	MH_CAUSE_AGE		= 3,
	MH_CAUSE_LIMIT		= 4,
	MH_CAUSE_PRESSURE	= 5
};

/**
 * struct mh_collect_info - Figures of the collector
 * @collections: collections that have ended
 * @phase: &enum mh_phase
 * @last_cause: &enum mh_cause of the last one
 * @last_duration_ns: from beginning to end of the last one
 * @last_grace_ns: the part of that which was waiting for grace periods
 * @last_marked: objects that the last one found alive
 * @last_freed: objects that the last one freed
 * @total_freed: objects that all of them freed
 * @total_ns: time of all of them
 * @verify_failures: objects that were condemned and then found to be in use;
 *                   they were left alone. Anything but 0 is a bug of the module
 * @local_passes: how often suspects were looked at without a collection
 * @local_freed: objects of small dead cycles that were freed by that
 * @local_given_up: suspects that were left to a collection by that
 * @reserved: 0
 */
struct mh_collect_info {
	uint64_t collections;
	uint32_t phase;
	uint32_t last_cause;
	uint64_t last_duration_ns;
	uint64_t last_grace_ns;
	uint64_t last_marked;
	uint64_t last_freed;
	uint64_t total_freed;
	uint64_t total_ns;
	uint64_t verify_failures;
	uint64_t local_passes;
	uint64_t local_freed;
	uint64_t local_given_up;
	uint64_t reserved[1];
};

/**
 * mh_collect_stat() - Figures of the collector
 * @session: the session
 * @ret_info: the figures
 *
 * Thread safety: MT-Safe.
 */
int mh_collect_stat(struct mh_session *session, struct mh_collect_info *ret_info);

/*
 * Walking
 */

/**
 * struct mh_object_entry - One object, as mh_walk() lists it
 * @object: its number
 * @type: its type
 * @slots: its slots
 * @payload_bytes: its payload
 * @site: its allocation site
 * @handle_refs: handles and named roots that refer to it
 * @slot_refs: slots that refer to it
 */
struct mh_object_entry {
	uint64_t object;
	uint32_t type;
	uint32_t slots;
	uint32_t payload_bytes;
	uint32_t site;
	uint32_t handle_refs;
	uint32_t slot_refs;
};

/**
 * mh_walk() - List the objects of the heap, a piece at a time
 * @session: needs MH_RIGHT_INSPECT
 * @cursor: 0 to begin; moved on by each call, to MH_END when there is no more
 * @entries: room for @count entries
 * @count: 1 to MH_LIST_MAX
 * @ret_count: entries that were written; fewer than @count, even 0, does not
 *             mean that there is no more
 *
 * Objects that live throughout are listed exactly once.
 *
 * Thread safety: MT-Safe.
 */
int mh_walk(struct mh_session *session, uint64_t *cursor, struct mh_object_entry *entries,
	    uint32_t count, uint32_t *ret_count);

/**
 * struct mh_object_row - One object, as mh_object_list() lists it
 * @object: its number
 * @type: its type
 * @slots: its slots
 * @payload_bytes: its payload
 * @site: its allocation site
 * @handle_refs: handles and named roots that refer to it
 * @slot_refs: slots that refer to it
 * @age_ms: milliseconds since it was allocated, as &mh_object_info.age_ms
 * @bytes: what it takes, as &mh_object_info.bytes
 */
struct mh_object_row {
	uint64_t object;
	uint32_t type;
	uint32_t slots;
	uint32_t payload_bytes;
	uint32_t site;
	uint32_t handle_refs;
	uint32_t slot_refs;
	uint32_t age_ms;
	uint32_t bytes;
};

/**
 * mh_object_list() - mh_walk() that tells more of each object
 * @session: needs MH_RIGHT_INSPECT
 * @cursor: 0 to begin; moved on by each call, to MH_END when there is no more
 * @rows: room for @count of them
 * @count: 1 to MH_LIST_MAX
 * @ret_count: how many were written; fewer than @count, even 0, does not mean that
 *             there is no more
 *
 * Thread safety: MT-Safe.
 */
int mh_object_list(struct mh_session *session, uint64_t *cursor, struct mh_object_row *rows,
		   uint32_t count, uint32_t *ret_count);

/*
 * Allocation sites: where in a program objects are allocated. A heap gives each place
 * a number, 1 to 65535, and counts what is allocated there. Site 0 is for what is
 * allocated without one.
 *
 * With a compiler that knows statement expressions, mh_alloc() and the other functions
 * that allocate are macros besides, which give each call in a source file a site of
 * its own. Define MH_NO_SITES before this header to have the functions only; or write
 * (mh_alloc)(...) for a single call.
 */

/**
 * mh_site() - The number of a site
 * @session: needs MH_RIGHT_WRITE
 * @file: the file's name; NULL for none. Of a long one, the last 255 bytes count
 * @function: the function's name; NULL for none. Of a long one, the first 127 count
 * @line: the line, or any number
 * @parent: the site that this one was called from, or 0
 * @ret_site: its number, which is the same whenever the same place is named, and is
 *            good in all sessions of the heap, for as long as that is
 *
 * -EDQUOT when the heap has as many sites as it may: use 0 then.
 *
 * Thread safety: MT-Safe.
 */
int mh_site(struct mh_session *session, const char *file, const char *function, uint32_t line,
	    uint32_t parent, uint32_t *ret_site);

/**
 * mh_alloc_site() - mh_alloc(), or mh_alloc_offset(), at a site
 * @session: needs MH_RIGHT_WRITE
 * @site: what mh_site() told, or 0
 * @slots: its reference slots
 * @payload_bytes: its payload
 * @type: its type
 * @ret_handle: the new handle
 * @ret_offset: where the payload begins in the window, as in mh_alloc_offset(); may be
 *              NULL
 *
 * Thread safety: MT-Safe.
 */
int mh_alloc_site(struct mh_session *session, uint32_t site, uint32_t slots,
		  uint32_t payload_bytes, uint32_t type, mh_t *ret_handle, uint64_t *ret_offset);

/**
 * struct mh_place - A place in a program, for MH_HERE
 * @file: the file's name, or NULL
 * @function: the function's name, or NULL
 * @line: the line
 * @number: 0 at first; the library's, to find its site again
 *
 * Must stay as long as the program does, or the library that it is in.
 */
struct mh_place {
	const char *file;
	const char *function;
	uint32_t line;
	uint32_t number;
};

/**
 * mh_place_site() - The site of a place
 * @session: the session
 * @place: the place
 *
 * The kernel is asked once for each place and session; after that this is a few loads.
 *
 * Returns its number; 0 when it cannot have one, because the heap has as many as it
 * may, or the session lacks MH_RIGHT_WRITE.
 *
 * Thread safety: MT-Safe.
 */
uint32_t mh_place_site(struct mh_session *session, struct mh_place *place);

/**
 * struct mh_site_entry - One site, as mh_site_list() lists it
 * @site: its number; 0 is what was allocated without a site
 * @parent: the site that it was called from, or 0
 * @line: its line
 * @reserved: 0
 * @objects: objects that are alive
 * @bytes: bytes of those, all included
 * @peak_objects: objects that were alive at one time, at most
 * @peak_bytes: bytes that were alive at one time, at most
 * @total_objects: objects that were ever allocated
 * @total_bytes: bytes of those
 * @young: objects that died within a second of their birth
 * @file: the file's name
 * @function: the function's name
 */
struct mh_site_entry {
	uint32_t site;
	uint32_t parent;
	uint32_t line;
	uint32_t reserved;
	uint64_t objects;
	uint64_t bytes;
	uint64_t peak_objects;
	uint64_t peak_bytes;
	uint64_t total_objects;
	uint64_t total_bytes;
	uint64_t young;
	char file[MH_SITE_FILE_MAX];
	char function[MH_SITE_FUNCTION_MAX];
};

/**
 * mh_site_list() - List the sites of the heap, a piece at a time
 * @session: needs MH_RIGHT_INSPECT
 * @cursor: the site to begin at; moved on by each call, to MH_END when there is no more
 * @entries: room for @count entries
 * @count: 1 to MH_LIST_MAX
 * @ret_count: entries that were written
 *
 * In the order of their numbers. The figures are exact while nobody works on the heap.
 *
 * Thread safety: MT-Safe.
 */
int mh_site_list(struct mh_session *session, uint64_t *cursor, struct mh_site_entry *entries,
		 uint32_t count, uint32_t *ret_count);

/*
 * Names of types: for those who look at the heap
 */

/**
 * mh_type_set() - Say what a type is called, and its slots
 * @session: needs MH_RIGHT_WRITE
 * @type: the type
 * @name: its name; NULL to remove the names that it has
 * @slots: names of its first slots, in their order; NULL stands for an empty one
 * @count: how many there are; 0, and @slots may be NULL, for none
 *
 * Takes the place of names that the type had. -EINVAL when all of them, with a NUL for
 * each, take more than MH_TYPE_TEXT_MAX bytes; -EDQUOT when the heap has names for as
 * many types as it may.
 *
 * Thread safety: MT-Safe.
 */
int mh_type_set(struct mh_session *session, uint32_t type, const char *name,
		const char *const *slots, uint32_t count);

/**
 * mh_type_get() - The names of the next type that has some
 * @session: needs MH_RIGHT_READ or MH_RIGHT_INSPECT
 * @cursor: the type to begin at; moved on by each call, to MH_END when there is no more
 * @ret_type: the type
 * @text: where its name and those of its slots go, each with a NUL
 * @room: bytes that there are; MH_TYPE_TEXT_MAX are enough for any
 * @ret_bytes: bytes of the names, of which no more than @room are written; 0 when there
 *             was no type any more
 *
 * Thread safety: MT-Safe.
 */
int mh_type_get(struct mh_session *session, uint64_t *cursor, uint32_t *ret_type, char *text,
		uint32_t room, uint32_t *ret_bytes);

/*
 * Heaps and sessions of others
 */

/**
 * struct mh_heap_entry - One heap, as mh_heap_list() lists it
 * @heap: its number
 * @created_ns: when it was made, by CLOCK_BOOTTIME
 * @objects: objects that are alive or not yet reclaimed
 * @bytes: bytes of those
 * @memory: bytes that it holds of the system's memory
 * @pid: process that made it; 0 when it has no number here
 * @uid: its user
 * @sessions: sessions that are open
 * @reserved: 0
 * @comm: name of that process when it made the heap
 */
struct mh_heap_entry {
	uint64_t heap;
	uint64_t created_ns;
	uint64_t objects;
	uint64_t bytes;
	uint64_t memory;
	uint32_t pid;
	uint32_t uid;
	uint32_t sessions;
	uint32_t reserved;
	char comm[MH_COMM_MAX];
};

/**
 * mh_heap_list() - List the heaps that the caller may look at, a piece at a time
 * @session: any session; may be NULL: the device is then opened for this call
 * @cursor: 0 to begin; moved on by each call, to MH_END when there is no more
 * @entries: room for @count entries
 * @count: 1 to MH_LIST_MAX
 * @ret_count: entries that were written; fewer than @count, even 0, does not mean that
 *             there is no more
 *
 * They are those that the user has made; all, with CAP_SYS_PTRACE.
 *
 * Thread safety: MT-Safe.
 */
int mh_heap_list(const struct mh_session *session, uint64_t *cursor,
		 struct mh_heap_entry *entries, uint32_t count, uint32_t *ret_count);

/**
 * struct mh_session_entry - One session, as mh_session_list() lists it
 * @session: its number
 * @pid: process that opened it; 0 when it has no number here
 * @uid: its user
 * @rights: &enum mh_right bits
 * @handles: handles that are open
 * @comm: name of that process when it opened the session
 */
struct mh_session_entry {
	uint64_t session;
	uint32_t pid;
	uint32_t uid;
	uint32_t rights;
	uint32_t handles;
	char comm[MH_COMM_MAX];
};

/**
 * mh_session_list() - List the sessions of the heap, a piece at a time
 * @session: needs MH_RIGHT_INSPECT
 * @cursor: 0 to begin; moved on by each call, to MH_END when there is no more
 * @entries: room for @count entries
 * @count: 1 to MH_LIST_MAX
 * @ret_count: entries that were written
 *
 * Thread safety: MT-Safe.
 */
int mh_session_list(struct mh_session *session, uint64_t *cursor,
		    struct mh_session_entry *entries, uint32_t count, uint32_t *ret_count);

/*
 * Dumps and snapshots
 */

/* Bytes of the buffer of mh_dump(), at least, and slots in one record, at most. */
#define MH_DUMP_BYTES_MIN	4096U
#define MH_DUMP_SLOTS_MAX	512U

/**
 * enum mh_dump_kind - What a record of a dump tells
 * @MH_DUMP_OBJECT: an object and its first slots: &struct mh_dump_object
 * @MH_DUMP_SLOTS: further slots of an object: &struct mh_dump_slots
 * @MH_DUMP_WEAK: what stands for an object that is referred to weakly: &struct
 *                mh_dump_weak
 * @MH_DUMP_ROOT: a named root: &struct mh_dump_root
 * @MH_DUMP_HANDLE: a handle of some session: &struct mh_dump_handle
 * @MH_DUMP_FD: an object that was exported: &struct mh_dump_fd
 */
enum mh_dump_kind {
	MH_DUMP_OBJECT	= 1,
	MH_DUMP_SLOTS	= 2,
	MH_DUMP_WEAK	= 3,
	MH_DUMP_ROOT	= 4,
	MH_DUMP_HANDLE	= 5,
	MH_DUMP_FD	= 6
};

#define MH_DUMP_IS_DEAD		(1U << 0)	/* nothing refers to the object any more */
#define MH_DUMP_IS_WEAK		(1U << 1)	/* a weak handle, to a weak cell */

/**
 * struct mh_dump_record - What every record of a dump begins with
 * @bytes: of the record, with all that belongs to it
 * @kind: &enum mh_dump_kind; others may come
 * @flags: MH_DUMP_IS_*
 */
struct mh_dump_record {
	uint32_t bytes;
	uint16_t kind;
	uint16_t flags;
};

/**
 * struct mh_dump_object - An object
 * @bytes: see &struct mh_dump_record
 * @kind: MH_DUMP_OBJECT
 * @flags: see &struct mh_dump_record
 * @object: its number
 * @type: its type
 * @site: its allocation site
 * @age_ms: for how long it has been there; ~0 when that is not known
 * @payload_bytes: its payload
 * @slots: how many slots it has
 * @handle_refs: handles, named roots and descriptors that refer to it
 * @slot_refs: slots that refer to it
 * @object_bytes: what it takes, as &mh_object_info.bytes; of a dead one, at most
 * @count: slots that are told here, from the first on
 * @offset: where they are: see mh_dump_object_slots()
 */
struct mh_dump_object {
	uint32_t bytes;
	uint16_t kind;
	uint16_t flags;
	uint32_t object;
	uint32_t type;
	uint32_t site;
	uint32_t age_ms;
	uint32_t payload_bytes;
	uint32_t slots;
	uint32_t handle_refs;
	uint32_t slot_refs;
	uint32_t object_bytes;
	uint16_t count;
	uint16_t offset;
};

/**
 * struct mh_dump_slots - Slots of an object, told before or after it
 * @bytes: see &struct mh_dump_record
 * @kind: MH_DUMP_SLOTS
 * @flags: see &struct mh_dump_record
 * @object: number of the object
 * @first: the first of them
 * @count: how many
 * @offset: where they are: see mh_dump_slots_slots()
 */
struct mh_dump_slots {
	uint32_t bytes;
	uint16_t kind;
	uint16_t flags;
	uint32_t object;
	uint32_t first;
	uint32_t count;
	uint32_t offset;
};

/**
 * struct mh_dump_weak - A weak cell: weak handles and slots refer to it
 * @bytes: see &struct mh_dump_record
 * @kind: MH_DUMP_WEAK
 * @flags: see &struct mh_dump_record
 * @weak: its number
 * @object: number of the object that it stands for, or 0 when that is gone
 * @handle_refs: weak handles, and watches, that refer to it
 * @slot_refs: slots that refer to it
 */
struct mh_dump_weak {
	uint32_t bytes;
	uint16_t kind;
	uint16_t flags;
	uint32_t weak;
	uint32_t object;
	uint32_t handle_refs;
	uint32_t slot_refs;
};

/**
 * struct mh_dump_root - A named root
 * @bytes: see &struct mh_dump_record
 * @kind: MH_DUMP_ROOT
 * @flags: see &struct mh_dump_record
 * @object: number of the object
 * @reserved: 0
 * @name: its name
 */
struct mh_dump_root {
	uint32_t bytes;
	uint16_t kind;
	uint16_t flags;
	uint32_t object;
	uint32_t reserved;
	char name[MH_ROOT_NAME_MAX];
};

/**
 * struct mh_dump_handle - A handle
 * @bytes: see &struct mh_dump_record
 * @kind: MH_DUMP_HANDLE
 * @flags: see &struct mh_dump_record
 * @session: number of the session that has it
 * @handle: the handle, as that session knows it
 * @object: number of the object, or of the weak cell
 * @rights: &enum mh_right
 */
struct mh_dump_handle {
	uint32_t bytes;
	uint16_t kind;
	uint16_t flags;
	uint64_t session;
	uint64_t handle;
	uint32_t object;
	uint32_t rights;
};

/**
 * struct mh_dump_fd - An exported object
 * @bytes: see &struct mh_dump_record
 * @kind: MH_DUMP_FD
 * @flags: see &struct mh_dump_record
 * @object: number of the object
 * @rights: &enum mh_right
 */
struct mh_dump_fd {
	uint32_t bytes;
	uint16_t kind;
	uint16_t flags;
	uint32_t object;
	uint32_t rights;
};

/* A flag of mh_dump(): of the snapshot that the session has begun. */
#define MH_DUMP_SNAPSHOT	(1U << 0)

/**
 * mh_dump() - What is in the heap and who holds it, a piece at a time
 * @session: needs MH_RIGHT_INSPECT
 * @flags: 0 for what is there now, or MH_DUMP_SNAPSHOT
 * @cursor: 0 to begin; moved on by each call, to MH_END when there is no more
 * @buffer: where records go; aligned to 8
 * @bytes: room there, MH_DUMP_BYTES_MIN at least
 * @ret_bytes: bytes that were written; even 0 does not mean that there is no more
 *
 * A slot is told as the number of an object or of a weak cell, or 0. Objects come first,
 * then holders.
 *
 * Thread safety: MT-Safe.
 */
int mh_dump(struct mh_session *session, uint32_t flags, uint64_t *cursor, void *buffer,
	    uint32_t bytes, uint32_t *ret_bytes);

/**
 * mh_dump_next() - Go through what mh_dump() wrote
 * @buffer: the buffer
 * @bytes: what it wrote
 * @record: the record before, or NULL for the first one
 *
 * Thread safety: MT-Safe.
 * Return: the next record; NULL when there is none.
 */
const struct mh_dump_record *mh_dump_next(const void *buffer, uint32_t bytes,
					  const struct mh_dump_record *record);

/* The slots that a record tells: @count of them. */
static inline const uint32_t *mh_dump_object_slots(const struct mh_dump_object *object)
{
	return (const uint32_t *)(const void *)((const char *)object + object->offset);
}

static inline const uint32_t *mh_dump_slots_slots(const struct mh_dump_slots *slots)
{
	return (const uint32_t *)(const void *)((const char *)slots + slots->offset);
}

/**
 * struct mh_snapshot_info - A snapshot
 * @objects: about how many objects there are in it
 * @taken_ns: the instant that it is of (CLOCK_MONOTONIC)
 */
struct mh_snapshot_info {
	uint64_t objects;
	uint64_t taken_ns;
};

/**
 * mh_snapshot_begin() - Let the heap be read as it is now, while others go on
 * @session: needs MH_RIGHT_INSPECT
 * @log_bytes: memory for what changes until mh_snapshot_end(); 0 for 16 MiB
 * @ret_info: what there is; may be NULL
 *
 * A heap has one snapshot at a time: -EBUSY. When more changes than @log_bytes are enough
 * for, mh_dump() returns -EOVERFLOW.
 *
 * Thread safety: MT-Safe.
 */
int mh_snapshot_begin(struct mh_session *session, uint64_t log_bytes,
		      struct mh_snapshot_info *ret_info);

/**
 * mh_snapshot_end() - The snapshot is not read any more
 * @session: the session that began it; -ENOENT when it did not
 *
 * Thread safety: MT-Safe.
 */
int mh_snapshot_end(struct mh_session *session);

/*
 * Events
 */

/**
 * enum mh_event_kind - What an event tells
 * @MH_EVENT_LOST: events were lost here, because the queue was full;
 *                 &mh_event.value: how many
 * @MH_EVENT_GONE: an object that was watched is gone; &mh_event.cookie: of the
 *                 watch; &mh_event.value: the number that the object had;
 *                 &mh_event.cause: &enum mh_gone
 * @MH_EVENT_LIMIT: a limit was met, and a collection is going to be tried;
 *                  &mh_event.value: bytes that the heap holds; &mh_event.cause:
 *                  the errno, not negative, of who met it if that does not help
 * @MH_EVENT_COLLECTION: a collection has ended; &mh_event.value: its number;
 *                       &mh_event.cookie: objects that it freed;
 *                       &mh_event.cause: &enum mh_cause
 * @MH_EVENT_KINDS: the bits, 1 << kind, of all that can be asked for
 */
enum mh_event_kind {
	MH_EVENT_LOST		= 0,
	MH_EVENT_GONE		= 1,
	MH_EVENT_LIMIT		= 2,
	MH_EVENT_COLLECTION	= 3,
	MH_EVENT_KINDS		= 0xe
};

/**
 * enum mh_gone - Why an object is gone
 * @MH_GONE_COUNT: its last reference went
 * @MH_GONE_COLLECT: a collection found it in a dead cycle
 * @MH_GONE_TEARDOWN: its heap is gone
 */
enum mh_gone {
	MH_GONE_COUNT		= 1,
	MH_GONE_COLLECT		= 2,
	MH_GONE_TEARDOWN	= 3
};

/**
 * struct mh_event - One event
 * @kind: &enum mh_event_kind
 * @cause: see there
 * @cookie: see there
 * @value: see there
 * @time_ns: when it happened, by CLOCK_MONOTONIC
 */
struct mh_event {
	uint32_t kind;
	uint32_t cause;
	uint64_t cookie;
	uint64_t value;
	uint64_t time_ns;
};

/**
 * mh_events_open() - Make a queue of the heap's events
 * @session: the session, which the queue may outlive
 * @kinds: bits 1 << &enum mh_event_kind; MH_EVENT_LOST always comes
 * @capacity: events that it holds, and watches that it can have, at most
 *            MH_EVENTS_MAX; 0 for the default, 1024
 * @ret_fd: a descriptor, with close-on-exec set, for mh_events_read(), poll() and
 *          epoll, and for mh_close_fd(). It does not keep the heap
 *
 * Thread safety: MT-Safe.
 */
int mh_events_open(struct mh_session *session, uint32_t kinds, uint32_t capacity, int *ret_fd);

/**
 * mh_events_read() - Read events, and wait for the first of them
 * @events_fd: a descriptor that mh_events_open() made
 * @events: room for @count events
 * @count: at least 1
 * @ret_count: events that were written; 0 when the heap is gone and there will be
 *             no more
 *
 * -EAGAIN when there are none and O_NONBLOCK is set, -EINTR when a signal came
 * first: call again.
 *
 * Thread safety: MT-Safe.
 */
int mh_events_read(int events_fd, struct mh_event *events, uint32_t count,
		   uint32_t *ret_count);

/**
 * mh_watch() - Have a queue told when an object is gone
 * @session: the session
 * @events_fd: a descriptor that mh_events_open() made of the same heap, else -EXDEV
 * @handle: a weak handle to the object, which may be closed afterwards
 * @cookie: what the event is to carry
 *
 * There is one MH_EVENT_GONE for each watch, at once when the object is gone
 * already. -ENOSPC when the queue has no room for another watch.
 *
 * Thread safety: MT-Safe.
 */
int mh_watch(struct mh_session *session, int events_fd, mh_t handle, uint64_t cookie);

/**
 * mh_unwatch() - Take back mh_watch()
 * @session: the session
 * @events_fd: as it was then
 * @handle: a weak handle to the same object
 * @cookie: as it was then
 *
 * -ENOENT when there is no such watch, or its event has come.
 *
 * Thread safety: MT-Safe.
 */
int mh_unwatch(struct mh_session *session, int events_fd, mh_t handle, uint64_t cookie);

/*
 * Many operations in one call
 */

/**
 * mh_batch() - Carry out an array of records
 * @session: the session
 * @records: the records; what they answer is written into them
 * @count: at least 1
 * @ret_done: records that were carried out
 * @ret_error: 0 when that is all of them, else the negative errno of record
 *             number @ret_done
 *
 * Returns 0 when the batch was begun, however far it came. This is the bare
 * command: struct mheap_record is in <linux/mheap.h>. Queues pick handles of
 * their own, so records with MHEAP_CHOSEN go into sessions without queues only.
 *
 * Thread safety: MT-Safe.
 */
int mh_batch(struct mh_session *session, struct mheap_record *records, uint32_t count,
	     uint32_t *ret_done, int *ret_error);

/*
 * Queues: the buffered mode
 *
 * An operation on a queue is written down, and goes out together with others:
 * when the queue is full, at mh_queue_flush(), or when an operation needs an
 * answer. Those that make a handle tell it at once, because the library picks
 * it; so it can be used in the same queue before the kernel has heard of it.
 * Anywhere else it can be used after a flush.
 *
 * Errors. Operations are carried out in order. When one fails, those behind it
 * are not carried out, and the queue is *failed*: mh_queue_failure() tells
 * which and why, nothing more can be queued, and mh_queue_reset() makes the
 * queue usable again. So an error that is overlooked stops what follows. From
 * an operation
 *
 *   -ECANCELED      means that an earlier operation has failed; this one was
 *                   neither queued nor carried out
 *   any other error is that of this very operation; the queue is not failed,
 *                   and everything before it was carried out, or is queued
 *
 * and mh_queue_flush() returns the error of the operation that failed.
 *
 * Handles that failed or dropped operations were to make name nothing, and the
 * library gives them out again after mh_queue_reset(): forget them by then.
 *
 * A session may have many queues. A queue is for one thread at a time.
 */

/**
 * mh_queue_create() - Make a queue
 * @session: must outlive the queue
 * @capacity: operations that it holds before it goes out, at most 65536;
 *            0 for the default, 256
 * @ret_queue: the queue, for mh_queue_destroy()
 *
 * Thread safety: MT-Safe.
 */
int mh_queue_create(struct mh_session *session, uint32_t capacity,
		    struct mh_queue **ret_queue);

/**
 * mh_queue_destroy() - Flush a queue and free it
 * @queue: may be NULL; it is gone afterwards, whatever is returned
 *
 * Returns what mh_queue_flush() would have; after an error the queue is reset
 * before it is freed.
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_destroy(struct mh_queue *queue);

/**
 * mh_queue_flush() - Carry out what is queued
 * @queue: the queue
 *
 * Returns the error of the operation that failed, and the same again until
 * mh_queue_reset().
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_flush(struct mh_queue *queue);

/**
 * mh_queue_position() - The number that the next operation will have
 * @queue: the queue
 *
 * Operations of a queue are numbered from 0 in the order of their calls; calls
 * that fail do not count.
 *
 * Thread safety: MT-Unsafe race:queue.
 */
uint64_t mh_queue_position(const struct mh_queue *queue);

/**
 * struct mh_failure - Which operation of a queue failed, and why
 * @operation: its number, see mh_queue_position()
 * @dropped: number of operations behind it that were not carried out
 * @command: &enum mheap_command of it
 * @error: its negative errno
 * @reserved: 0
 */
struct mh_failure {
	uint64_t operation;
	uint64_t dropped;
	uint32_t command;
	int32_t error;
	uint64_t reserved[4];
};

/**
 * mh_queue_failure() - Whether a queue is failed, and by what
 * @queue: the queue
 * @ret_failure: may be NULL
 *
 * Returns 1, and writes @ret_failure, when the queue is failed; else 0.
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_failure(const struct mh_queue *queue, struct mh_failure *ret_failure);

/**
 * mh_queue_reset() - Make a failed queue usable again
 * @queue: nothing happens when it is not failed
 *
 * Of the operations that were dropped, mh_queue_close() is now carried out all
 * the same, and the handles of mh_queue_store_move() are closed, since the caller
 * has let go of them; the others are forgotten.
 *
 * Thread safety: MT-Unsafe race:queue.
 */
void mh_queue_reset(struct mh_queue *queue);

/**
 * mh_queue_alloc() - Queued mh_alloc(); the handle is told at once
 *
 * -EMFILE when the library has no handle left to pick, -ENOMEM when it has no
 * memory for the table of them.
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_alloc(struct mh_queue *queue, uint32_t slots, uint32_t payload_bytes,
		   uint32_t type, mh_t *ret_handle);

/**
 * mh_queue_session() - The session of a queue
 * @queue: the queue
 *
 * Thread safety: MT-Safe.
 */
struct mh_session *mh_queue_session(const struct mh_queue *queue);

/**
 * mh_queue_alloc_site() - mh_queue_alloc(), or mh_queue_alloc_offset_ahead(), at a site
 * @queue: the queue
 * @site: what mh_site() told, or 0
 * @slots: its reference slots
 * @payload_bytes: its payload
 * @type: its type
 * @ret_handle: the new handle, which is told at once
 * @ahead: as in mh_queue_alloc_offset_ahead(); may be NULL
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_alloc_site(struct mh_queue *queue, uint32_t site, uint32_t slots,
			uint32_t payload_bytes, uint32_t type, mh_t *ret_handle,
			uint64_t *ahead);

/**
 * mh_queue_alloc_offset_site() - mh_queue_alloc_offset() at a site; the queue goes out
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_alloc_offset_site(struct mh_queue *queue, uint32_t site, uint32_t slots,
			       uint32_t payload_bytes, uint32_t type, mh_t *ret_handle,
			       uint64_t *ret_offset);

/**
 * mh_queue_dup() - Queued mh_dup(); the handle is told at once
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_dup(struct mh_queue *queue, mh_t handle, mh_t *ret_handle);

/**
 * mh_queue_dup_rights() - Queued mh_dup_rights(); the handle is told at once
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_dup_rights(struct mh_queue *queue, mh_t handle, uint32_t rights,
			mh_t *ret_handle);

/**
 * mh_queue_weaken() - Queued mh_weaken(); the handle is told at once
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_weaken(struct mh_queue *queue, mh_t handle, mh_t *ret_handle);

/**
 * mh_queue_close() - Queued mh_close(); MH_NULL does nothing
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_close(struct mh_queue *queue, mh_t handle);

/**
 * mh_queue_store() - Queued mh_store()
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_store(struct mh_queue *queue, mh_t object, uint32_t index, mh_t value);

/**
 * mh_queue_store_move() - Queued mh_store_move()
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_store_move(struct mh_queue *queue, mh_t object, uint32_t index, mh_t value);

/**
 * mh_queue_object_reset() - Queued mh_object_reset(); mh_queue_reset() is another
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_object_reset(struct mh_queue *queue, mh_t handle);

/**
 * mh_queue_write() - Queued mh_write()
 *
 * The bytes are copied: @data is the caller's again at once. What is too large
 * to be copied goes out at once instead, together with what is queued.
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_write(struct mh_queue *queue, mh_t handle, uint32_t offset, const void *data,
		   uint32_t length);

/**
 * mh_queue_alloc_offset() - mh_alloc_offset() behind what is queued; the queue
 * goes out
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_alloc_offset(struct mh_queue *queue, uint32_t slots, uint32_t payload_bytes,
			  uint32_t type, mh_t *ret_handle, uint64_t *ret_offset);

/**
 * mh_queue_upgrade() - mh_upgrade() behind what is queued; the queue goes out
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_upgrade(struct mh_queue *queue, mh_t handle, mh_t *ret_handle);

/**
 * mh_queue_load() - mh_load() behind what is queued; the queue goes out
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_load(struct mh_queue *queue, mh_t object, uint32_t index, mh_t *ret_handle);

/**
 * mh_queue_exchange() - mh_exchange() behind what is queued; the queue goes out
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_exchange(struct mh_queue *queue, mh_t object, uint32_t index, mh_t value,
		      mh_t *ret_handle);

/**
 * mh_queue_compare_exchange() - mh_compare_exchange() behind what is queued; the
 * queue goes out
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_compare_exchange(struct mh_queue *queue, mh_t object, uint32_t index,
			      mh_t expected, mh_t value);

/**
 * mh_queue_read() - mh_read() behind what is queued; the queue goes out
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_read(struct mh_queue *queue, mh_t handle, uint32_t offset, void *data,
		  uint32_t length);

/**
 * mh_queue_stat() - mh_stat() behind what is queued; the queue goes out
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_stat(struct mh_queue *queue, mh_t handle, struct mh_object_info *ret_info);

/*
 * Ahead of the answer: these do not make the queue go out. What they point to
 * must remain in place until the queue went out (or failed), which is when it
 * gets its final value.
 */

/**
 * mh_queue_load_ahead() - Queued mh_load(); the handle is told before it is known
 * @queue: the queue
 * @object: the object that has the slot
 * @index: the slot
 * @ahead: written at once: the handle, for use in the same queue. Written again
 *         when the queue goes out: MH_NULL, if the slot turned out to be null
 *         or the operation was not carried out
 *
 * To go down a path of slots that are not null in one call. Where one is null
 * after all, the next operation that uses the handle fails with -ENOENT. Copies
 * of a handle whose slot was null must be forgotten: the library gives that
 * handle out again.
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_load_ahead(struct mh_queue *queue, mh_t object, uint32_t index, mh_t *ahead);

/**
 * mh_queue_exchange_ahead() - Queued mh_exchange(); see mh_queue_load_ahead()
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_exchange_ahead(struct mh_queue *queue, mh_t object, uint32_t index, mh_t value,
			    mh_t *ahead);

/**
 * mh_queue_upgrade_ahead() - Queued mh_upgrade(); see mh_queue_load_ahead()
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_upgrade_ahead(struct mh_queue *queue, mh_t handle, mh_t *ahead);

/**
 * mh_queue_alloc_offset_ahead() - Queued mh_alloc_offset()
 * @queue: the queue
 * @slots: its reference slots
 * @payload_bytes: its payload
 * @type: its type
 * @ret_handle: the new handle, which is told at once
 * @ahead: MH_NO_OFFSET at once, and where the payload begins when the queue goes out
 *
 * Costs more than mh_queue_alloc(), because the kernel has to answer.
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_alloc_offset_ahead(struct mh_queue *queue, uint32_t slots,
				uint32_t payload_bytes, uint32_t type, mh_t *ret_handle,
				uint64_t *ahead);

/**
 * mh_queue_read_ahead() - Queued mh_read(); @data is filled when the queue goes out
 *
 * Thread safety: MT-Unsafe race:queue.
 */
int mh_queue_read_ahead(struct mh_queue *queue, mh_t handle, uint32_t offset, void *data,
			uint32_t length);

/*
 * Passing descriptors
 */

/**
 * mh_send_fd() - Send a file descriptor through a unix socket
 * @socket: a connected one
 * @fd: for instance one of mh_session_export() or mh_object_export(); it remains
 *      the caller's
 *
 * One byte goes along with it. -EINTR when a signal came first, -EAGAIN when
 * the socket does not block: call again.
 *
 * Thread safety: MT-Safe.
 */
int mh_send_fd(int socket, int fd);

/**
 * mh_recv_fd() - Receive what mh_send_fd() sent
 * @socket: a connected unix socket
 * @ret_fd: the descriptor, with close-on-exec set
 *
 * -ECONNRESET when the other end has closed, -EBADMSG when something came that
 * mh_send_fd() did not send; -EINTR and -EAGAIN as in mh_send_fd().
 *
 * Thread safety: MT-Safe.
 */
int mh_recv_fd(int socket, int *ret_fd);

/**
 * mh_send_object() - Export an object, and send it through a unix socket
 * @socket: a connected one
 * @session: the session
 * @handle: the object, as in mh_object_export(); the caller keeps its handle
 * @rights: as in mh_object_export()
 *
 * Fails as mh_object_export() and mh_send_fd() do, and leaves no descriptor.
 *
 * Thread safety: MT-Safe.
 */
int mh_send_object(int socket, struct mh_session *session, mh_t handle, uint32_t rights);

/**
 * mh_recv_object() - Receive what mh_send_object() sent
 * @socket: a connected unix socket
 * @session: a session of the same heap
 * @ret_handle: a handle that has the rights which the sender gave
 *
 * Fails as mh_recv_fd() and mh_object_import() do, and leaves no descriptor: what
 * was received and could not be imported is lost.
 *
 * Thread safety: MT-Safe.
 */
int mh_recv_object(int socket, struct mh_session *session, mh_t *ret_handle);

/**
 * mh_close_fd() - Close a descriptor that a function here made
 * @fd: negative does nothing
 *
 * Thread safety: MT-Safe.
 */
void mh_close_fd(int fd);

/*
 * io_uring
 */

#ifdef LIB_URING_H
/**
 * mh_uring_prep() - Prepare an entry of io_uring for a command
 * @sqe: the entry
 * @session_fd: of mh_session_fd()
 * @request: a command of linux/mheap.h, as ioctl() takes it
 * @argument: its structure, which has to stay until the completion
 *
 * The completion's result is 0 or a negative errno; see mh_explain(). For those who
 * include liburing.h before this header.
 *
 * Thread safety: MT-Safe.
 */
static inline void mh_uring_prep(struct io_uring_sqe *sqe, int session_fd, uint32_t request,
				 void *argument)
{
	const uint64_t pointer = (uintptr_t)argument;

	io_uring_prep_rw(IORING_OP_URING_CMD, sqe, session_fd, NULL, 0, 0);
	sqe->cmd_op = request;
	memcpy(sqe->cmd, &pointer, sizeof(pointer));
}
#endif

/*
 * Words for errors
 */

/**
 * mh_explain() - What is wrong, and what mends it
 * @error: what a function returned; its sign does not matter
 *
 * Returns a sentence in English that is never freed.
 *
 * Thread safety: MT-Safe.
 */
const char *mh_explain(int error);

/*
 * Scopes, for compilers with __attribute__((cleanup)):
 *
 *	mh_auto_session struct mh_session *s = NULL;
 *	mh_auto_queue struct mh_queue *q = NULL;	// flushes; errors are lost
 *	mh_auto_window struct mh_window w = MH_NO_WINDOW;
 *	mh_auto_fd int fd = -1;
 *	mh_auto_ref struct mh_ref a = MH_REF(s);
 *
 *	err = mh_alloc(s, 2, 0, 0, &a.h);
 *	...
 *	return mh_ref_take(&a);				// keep it after all
 */

/**
 * struct mh_ref - A handle that knows its session
 * @s: the session
 * @h: the handle, or MH_NULL
 */
struct mh_ref {
	struct mh_session *s;
	mh_t h;
};

#define MH_REF(session)		{ (session), MH_NULL }

/* Take the handle out of @ref, which then holds none. MT-Unsafe race:ref */
static inline mh_t mh_ref_take(struct mh_ref *ref)
{
	mh_t handle = ref->h;

	ref->h = MH_NULL;
	return handle;
}

/* Close the handle in @ref, if there is one. MT-Unsafe race:ref */
static inline void mh_ref_close(struct mh_ref *ref)
{
	(void)mh_close(ref->s, mh_ref_take(ref));
}

/* Take the session out of *@session, which then holds NULL. MT-Unsafe race:session */
static inline struct mh_session *mh_session_take(struct mh_session **session)
{
	struct mh_session *taken = *session;

	*session = NULL;
	return taken;
}

/* Take the queue out of *@queue, which then holds NULL. MT-Unsafe race:queue */
static inline struct mh_queue *mh_queue_take(struct mh_queue **queue)
{
	struct mh_queue *taken = *queue;

	*queue = NULL;
	return taken;
}

/* Take the descriptor out of *@fd, which then holds -1. MT-Unsafe race:fd */
static inline int mh_fd_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

static inline void mh_session_closep(struct mh_session **session)
{
	mh_session_close(*session);
}

static inline void mh_queue_destroyp(struct mh_queue **queue)
{
	(void)mh_queue_destroy(*queue);
}

static inline void mh_close_fdp(int *fd)
{
	mh_close_fd(*fd);
}

#define mh_auto_session		__attribute__((cleanup(mh_session_closep)))
#define mh_auto_queue		__attribute__((cleanup(mh_queue_destroyp)))
#define mh_auto_window		__attribute__((cleanup(mh_unmap)))
#define mh_auto_fd		__attribute__((cleanup(mh_close_fdp)))
#define mh_auto_ref		__attribute__((cleanup(mh_ref_close)))

/*
 * Calls that have a site: see mh_site(). MH_HERE is the place where it stands, for
 * mh_place_site() and the functions below.
 */

#ifdef __GNUC__
#define MH_HERE									\
	(__extension__ ({							\
		static struct mh_place mh_place_here_ = {			\
			__FILE__, __func__, __LINE__, 0				\
		};								\
		&mh_place_here_;						\
	}))
#endif

/* mh_alloc() at a place. MT-Safe */
static inline int mh_alloc_at(struct mh_session *session, struct mh_place *place,
			      uint32_t slots, uint32_t payload_bytes, uint32_t type,
			      mh_t *ret_handle)
{
	return mh_alloc_site(session, mh_place_site(session, place), slots, payload_bytes, type,
			     ret_handle, NULL);
}

/* mh_alloc_offset() at a place. MT-Safe */
static inline int mh_alloc_offset_at(struct mh_session *session, struct mh_place *place,
				     uint32_t slots, uint32_t payload_bytes, uint32_t type,
				     mh_t *ret_handle, uint64_t *ret_offset)
{
	return mh_alloc_site(session, mh_place_site(session, place), slots, payload_bytes, type,
			     ret_handle, ret_offset);
}

/* mh_queue_alloc() at a place. MT-Unsafe race:queue */
static inline int mh_queue_alloc_at(struct mh_queue *queue, struct mh_place *place,
				    uint32_t slots, uint32_t payload_bytes, uint32_t type,
				    mh_t *ret_handle)
{
	return mh_queue_alloc_site(queue, mh_place_site(mh_queue_session(queue), place), slots,
				   payload_bytes, type, ret_handle, NULL);
}

/* mh_queue_alloc_offset() at a place. MT-Unsafe race:queue */
static inline int mh_queue_alloc_offset_at(struct mh_queue *queue, struct mh_place *place,
					   uint32_t slots, uint32_t payload_bytes,
					   uint32_t type, mh_t *ret_handle,
					   uint64_t *ret_offset)
{
	return mh_queue_alloc_offset_site(queue, mh_place_site(mh_queue_session(queue), place),
					  slots, payload_bytes, type, ret_handle, ret_offset);
}

/* mh_queue_alloc_offset_ahead() at a place. MT-Unsafe race:queue */
static inline int mh_queue_alloc_offset_ahead_at(struct mh_queue *queue,
						 struct mh_place *place, uint32_t slots,
						 uint32_t payload_bytes, uint32_t type,
						 mh_t *ret_handle, uint64_t *ahead)
{
	return mh_queue_alloc_site(queue, mh_place_site(mh_queue_session(queue), place), slots,
				   payload_bytes, type, ret_handle, ahead);
}

#if defined(MH_HERE) && !defined(MH_NO_SITES)
#define mh_alloc(session, ...)		mh_alloc_at(session, MH_HERE, __VA_ARGS__)
#define mh_alloc_offset(session, ...)	mh_alloc_offset_at(session, MH_HERE, __VA_ARGS__)
#define mh_queue_alloc(queue, ...)	mh_queue_alloc_at(queue, MH_HERE, __VA_ARGS__)
#define mh_queue_alloc_offset(queue, ...) \
	mh_queue_alloc_offset_at(queue, MH_HERE, __VA_ARGS__)
#define mh_queue_alloc_offset_ahead(queue, ...) \
	mh_queue_alloc_offset_ahead_at(queue, MH_HERE, __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif

#endif /* MHEAP_H */
