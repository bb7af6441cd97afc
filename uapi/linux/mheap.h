/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _UAPI_LINUX_MHEAP_H
#define _UAPI_LINUX_MHEAP_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: General ioctl format
 *
 * Every command is an ioctl() on a file opened from /dev/mheap (a *session*),
 * and its argument points to a structure that belongs to the command. The
 * structures follow one protocol so that they can grow:
 *
 * - Every structure starts with @size, which userspace sets to the sizeof() of
 *   the structure that it was built with, and @flags.
 * - A structure only ever grows at its end. What a shorter, older structure
 *   lacks is taken as zero. What a longer, newer one has beyond the kernel's
 *   must be zero.
 * - Unknown bits in @flags, and non-zero members named __reserved, are refused.
 * - Members named out_* are written by the kernel; so are the members whose
 *   description says so. Nothing is written by a command that fails.
 * - Members named \*_uptr hold a pointer into the caller's memory.
 *
 * A command that fails changes nothing. There are five exceptions: &struct
 * mheap_batch, which says how far it came; a long &struct mheap_write that meets
 * a bad address in the middle; a &struct mheap_reset whose caller is killed; a
 * &struct mheap_site whose number could not be told, which it keeps; and
 * an exchange whose answer could be written when it began and no longer when it
 * ended, because another thread unmapped the structure: the exchange is done
 * then, and the old reference closed.
 *
 * All operations of one session are serialised, but for those that touch
 * neither its handles nor an object (MHEAP_QUERY, MHEAP_QUERY_COMMAND,
 * MHEAP_EXPORT, MHEAP_HEAP_STAT, MHEAP_SET, MHEAP_EVENTS, MHEAP_COLLECT,
 * MHEAP_COLLECT_STAT, MHEAP_HEAP_LIST); different sessions of the same heap run in parallel. A
 * thread that wants parallelism opens its own.
 *
 * Commands that list something write an array of entries, whose size the caller
 * tells as @entry_size. Entries grow at their end, too: of an entry that is
 * shorter than the kernel's only so much is written, and what a longer one has
 * beyond the kernel's is written as zero.
 *
 * The errors below mean the same for every command:
 *
 * ============ ==============================================================
 * errno        meaning
 * ============ ==============================================================
 * E2BIG        @size is larger than the kernel's structure, and what is
 *              beyond that is not zero or more than a page in all
 * EACCES       the session, the handle or the descriptor lacks a right that the
 *              command needs
 * EAGAIN       compare-and-exchange: the slot did not hold what was expected
 * EBADF        the file descriptor is not open, or no heap is behind it
 * EBUSY        the session has a heap already, or the heap a snapshot
 * EDQUOT       a limit of the heap, or of all heaps together, is reached, and a
 *              collection did not help
 * EEXIST       the chosen handle is in use
 * EFAULT       a pointer leads outside of the caller's memory
 * EINTR        the caller was killed while it waited
 * EINVAL       @size is too small, a value is outside of its documented range,
 *              a __reserved member is not zero, or a weak handle stands where
 *              an object is needed, or the reverse
 * EMFILE       the session's limit of handles is reached; that counts even
 *              when the answer would have been null. Commands that make a
 *              descriptor: the process's limit of those is reached
 * EMLINK       more references to one object than can be counted
 * ENFILE       the system's limit of open files is reached
 * ENOENT       the handle was never issued, or there is no root of that name, or
 *              no such watch, no such heap that the caller may look at, or no
 *              snapshot of this session
 * ENOMEM       the system has no memory to give, and a collection did not help
 * ENOSPC       the heap's table of named roots, or the queue's of watches, is
 *              full
 * ENOTTY       there is no such command
 * ENXIO        the session has no heap yet
 * EOPNOTSUPP   a bit in @flags is not known
 * EOVERFLOW    more changed while a snapshot was open than its log has room for:
 *              begin another one with a larger log
 * EPERM        a limit may be raised with CAP_SYS_RESOURCE only, and changed by
 *              the user who made the heap only
 * ERANGE       the slot index or the range of payload bytes is outside of the
 *              object
 * ESTALE       the handle was closed
 * EUSERS       the user has as many heaps as one user may
 * EXDEV        the descriptor is of another heap
 * ============ ==============================================================
 */

#define MHEAP_TYPE	0xB9
#define MHEAP_ABI	1

/**
 * DOC: io_uring
 *
 * Where the kernel has it, a command is an IORING_OP_URING_CMD on the session: cmd_op
 * is what ioctl() takes, and the first eight bytes of cmd are a pointer to the
 * command's structure, which has to stay until the completion. Its result is 0 or the
 * negative errno. Commands of one session may complete in another order than they were
 * submitted in, unless they are linked; what has an order is better a batch.
 */

/* Fixed limits; MHEAP_QUERY tells those of the running module. */
#define MHEAP_SLOTS_MAX		(1U << 20)	/* slots of one object */
#define MHEAP_PAYLOAD_MAX	(1U << 30)	/* payload bytes of one object */
#define MHEAP_ROOT_NAME_MAX	32		/* with the terminating NUL */
#define MHEAP_COMMAND_NAME_MAX	24		/* with the terminating NUL */
#define MHEAP_WALK_MAX		4096		/* entries of one call */
#define MHEAP_EVENTS_MAX	65536		/* records of one queue */
#define MHEAP_SITES_MAX		65535		/* sites of one heap */
#define MHEAP_SITE_FILE_MAX	256		/* with a terminating NUL */
#define MHEAP_SITE_FUNCTION_MAX	128		/* with a terminating NUL */
#define MHEAP_TYPES_MAX		4096		/* types of one heap that have names */
#define MHEAP_TYPE_TEXT_MAX	4096		/* bytes of the names of one type */
#define MHEAP_COMM_MAX		16		/* with a terminating NUL */
#define MHEAP_ENTRY_MAX		4096		/* bytes of an entry of a list */

/* An age that is more than an hour, in ms. */
#define MHEAP_AGE_OLD		0xffffffffU
#define MHEAP_DUMP_BYTES_MIN	4096U		/* what a dump is written to, at least */
#define MHEAP_DUMP_SLOTS_MAX	512U		/* slots in one record of a dump */
#define MHEAP_SNAPSHOT_LOG_MIN	(1ULL << 16)	/* log of a snapshot, in bytes */
#define MHEAP_SNAPSHOT_LOG_MAX	(1ULL << 30)

/**
 * DOC: Handles
 *
 * A handle is a session's 64-bit name of a reference to an object. 0 is null.
 * The low MHEAP_HANDLE_INDEX_BITS bits are the index of an entry in the
 * session's table, the rest is the generation of that entry, which grows by
 * one each time that the entry is used again and starts at 1. A closed handle
 * never names anything again: it is ESTALE for as long as the session lives.
 * One that was never issued is ENOENT, and so is one that was chosen and then
 * remained unused.
 *
 * Entries whose index has the bit MHEAP_HANDLE_CHOSEN set are the caller's to
 * choose; the kernel only ever picks entries without it. A caller that passes
 * MHEAP_CHOSEN names the handle that the new reference is to have: the next
 * generation of an entry that is not in use. So a later record of the same
 * batch, or code that has submitted nothing yet, can use the handle before the
 * kernel has seen it. A choice that skips a generation is EINVAL, one that was
 * used is ESTALE, one that is in use is EEXIST, and one whose index, without
 * that bit, is not below the session's max_handles is EMFILE.
 *
 * A handle carries rights of its own, MHEAP_RIGHTS_HANDLE at most: all that the
 * session has, for what the session allocates and gets from named roots; those
 * of the handle that it was made from, for what is loaded or duplicated; those
 * that are asked for, and less, for what is imported. A handle with fewer of
 * these than the session has, and one that was given with fewer than its giver
 * had, can be used within them, but not be stored: who loads it would have more.
 */
#define MHEAP_HANDLE_INDEX_BITS	24
#define MHEAP_HANDLE_CHOSEN	(1ULL << 23)
#define MHEAP_HANDLE_INDEX_MASK	((1ULL << MHEAP_HANDLE_INDEX_BITS) - 1)

/* A flag of the commands that make a handle: the caller has chosen it. */
#define MHEAP_CHOSEN	(1U << 0)

/**
 * enum mheap_command - The commands
 * @MHEAP_CMD_QUERY: &struct mheap_query
 * @MHEAP_CMD_QUERY_COMMAND: &struct mheap_query_command
 * @MHEAP_CMD_CREATE: &struct mheap_create
 * @MHEAP_CMD_JOIN: &struct mheap_join
 * @MHEAP_CMD_EXPORT: &struct mheap_export
 * @MHEAP_CMD_HEAP_STAT: &struct mheap_heap_stat
 * @MHEAP_CMD_ROOT_GET: &struct mheap_root_get
 * @MHEAP_CMD_ROOT_SET: &struct mheap_root_set
 * @MHEAP_CMD_ROOT_EXCHANGE: &struct mheap_root_exchange
 * @MHEAP_CMD_ROOT_LIST: &struct mheap_root_list
 * @MHEAP_CMD_ALLOC: &struct mheap_alloc
 * @MHEAP_CMD_READ: &struct mheap_read
 * @MHEAP_CMD_WRITE: &struct mheap_write
 * @MHEAP_CMD_STAT: &struct mheap_stat
 * @MHEAP_CMD_LOAD: &struct mheap_load
 * @MHEAP_CMD_STORE: &struct mheap_store
 * @MHEAP_CMD_EXCHANGE: &struct mheap_exchange
 * @MHEAP_CMD_COMPARE_EXCHANGE: &struct mheap_compare_exchange
 * @MHEAP_CMD_SLOT_LIST: &struct mheap_slot_list
 * @MHEAP_CMD_DUP: &struct mheap_dup
 * @MHEAP_CMD_CLOSE: &struct mheap_close
 * @MHEAP_CMD_COLLECT: &struct mheap_collect
 * @MHEAP_CMD_COLLECT_STAT: &struct mheap_collect_stat
 * @MHEAP_CMD_WALK: &struct mheap_walk
 * @MHEAP_CMD_BATCH: &struct mheap_batch
 * @MHEAP_CMD_OBJECT_EXPORT: &struct mheap_object_export
 * @MHEAP_CMD_OBJECT_IMPORT: &struct mheap_object_import
 * @MHEAP_CMD_WEAKEN: &struct mheap_weaken
 * @MHEAP_CMD_UPGRADE: &struct mheap_upgrade
 * @MHEAP_CMD_RESET: &struct mheap_reset
 * @MHEAP_CMD_SET: &struct mheap_set
 * @MHEAP_CMD_EVENTS: &struct mheap_events
 * @MHEAP_CMD_WATCH: &struct mheap_watch
 * @MHEAP_CMD_SITE: &struct mheap_site
 * @MHEAP_CMD_SITE_LIST: &struct mheap_site_list
 * @MHEAP_CMD_TYPE_SET: &struct mheap_type_set
 * @MHEAP_CMD_TYPE_GET: &struct mheap_type_get
 * @MHEAP_CMD_HEAP_LIST: &struct mheap_heap_list
 * @MHEAP_CMD_INSPECT: &struct mheap_inspect
 * @MHEAP_CMD_SESSION_LIST: &struct mheap_session_list
 * @MHEAP_CMD_SNAPSHOT: &struct mheap_snapshot
 * @MHEAP_CMD_DUMP: &struct mheap_dump
 */
enum mheap_command {
	MHEAP_CMD_QUERY			= 0x00,
	MHEAP_CMD_QUERY_COMMAND		= 0x01,
	MHEAP_CMD_CREATE		= 0x02,
	MHEAP_CMD_JOIN			= 0x03,
	MHEAP_CMD_EXPORT		= 0x04,
	MHEAP_CMD_HEAP_STAT		= 0x05,
	MHEAP_CMD_ROOT_GET		= 0x06,
	MHEAP_CMD_ROOT_SET		= 0x07,
	MHEAP_CMD_ROOT_EXCHANGE		= 0x08,
	MHEAP_CMD_ROOT_LIST		= 0x09,
	MHEAP_CMD_ALLOC			= 0x0a,
	MHEAP_CMD_READ			= 0x0b,
	MHEAP_CMD_WRITE			= 0x0c,
	MHEAP_CMD_STAT			= 0x0d,
	MHEAP_CMD_LOAD			= 0x0e,
	MHEAP_CMD_STORE			= 0x0f,
	MHEAP_CMD_EXCHANGE		= 0x10,
	MHEAP_CMD_COMPARE_EXCHANGE	= 0x11,
	MHEAP_CMD_SLOT_LIST		= 0x12,
	MHEAP_CMD_DUP			= 0x13,
	MHEAP_CMD_CLOSE			= 0x14,
	MHEAP_CMD_COLLECT		= 0x15,
	MHEAP_CMD_COLLECT_STAT		= 0x16,
	MHEAP_CMD_WALK			= 0x17,
	MHEAP_CMD_BATCH			= 0x18,
	MHEAP_CMD_OBJECT_EXPORT		= 0x19,
	MHEAP_CMD_OBJECT_IMPORT		= 0x1a,
	MHEAP_CMD_WEAKEN		= 0x1b,
	MHEAP_CMD_UPGRADE		= 0x1c,
	MHEAP_CMD_RESET			= 0x1d,
	MHEAP_CMD_SET			= 0x1e,
	MHEAP_CMD_EVENTS		= 0x1f,
	MHEAP_CMD_WATCH			= 0x20,
	MHEAP_CMD_SITE			= 0x21,
	MHEAP_CMD_SITE_LIST		= 0x22,
	MHEAP_CMD_TYPE_SET		= 0x23,
	MHEAP_CMD_TYPE_GET		= 0x24,
	MHEAP_CMD_HEAP_LIST		= 0x25,
	MHEAP_CMD_INSPECT		= 0x26,
	MHEAP_CMD_SESSION_LIST		= 0x27,
	MHEAP_CMD_SNAPSHOT		= 0x28,
	MHEAP_CMD_DUMP			= 0x29,
};

/**
 * enum mheap_right - What a session may do; the bits of the rights masks
 * @MHEAP_RIGHT_READ: read payloads; load, exchange, compare and list slots; get,
 *		      exchange and list roots
 * @MHEAP_RIGHT_WRITE: allocate objects, write payloads, reset objects, name sites
 *		       and types
 * @MHEAP_RIGHT_LINK: store, exchange and compare-and-exchange slots; set and
 *		      exchange roots; reset objects
 * @MHEAP_RIGHT_SHARE: export the heap, or one object, as a file descriptor
 * @MHEAP_RIGHT_COLLECT: ask for collections, and set the heap's options
 * @MHEAP_RIGHT_INSPECT: walk the objects of the heap; list its sites and sessions; dump
 *			it, and take a snapshot of it
 * @MHEAP_RIGHT_MAP: map the heap's window of payloads, all of it: for reading
 *		     with MHEAP_RIGHT_READ, for writing with both that and
 *		     MHEAP_RIGHT_WRITE
 *
 * A command that is named twice needs both; one that is not named needs none.
 * Rights only ever shrink: a heap that is exported again cannot carry more
 * than the session that exports it has.
 */
enum mheap_right {
	MHEAP_RIGHT_READ	= 1 << 0,
	MHEAP_RIGHT_WRITE	= 1 << 1,
	MHEAP_RIGHT_LINK	= 1 << 2,
	MHEAP_RIGHT_SHARE	= 1 << 3,
	MHEAP_RIGHT_COLLECT	= 1 << 4,
	MHEAP_RIGHT_INSPECT	= 1 << 5,
	MHEAP_RIGHT_MAP		= 1 << 6,
};

#define MHEAP_RIGHTS_ALL	0x7fU

/* The rights that a handle has as well; what it lacks, the session lacks for it. */
#define MHEAP_RIGHTS_HANDLE	0x0fU

/**
 * struct mheap_query - ioctl(MHEAP_QUERY): what the module can do
 * @size: sizeof(struct mheap_query)
 * @flags: must be 0
 * @out_abi: MHEAP_ABI of the module
 * @out_commands: commands are numbered below this; some numbers may be unused
 * @out_slots_max: slots of one object, at most
 * @out_payload_max: payload bytes of one object, at most
 * @out_objects_max: objects of one heap, at most
 * @out_slot_refs_max: slots that refer to one object, at most
 * @out_handle_refs_max: handles and named roots that refer to one object, at most
 * @out_handles_max: handles of one session, at most, half of them chosen
 * @out_roots_max: named roots of one heap, at most
 * @out_record_size: bytes of one record of a batch
 * @out_event_size: bytes of one record of a queue of events
 *
 * Needs no heap.
 */
struct mheap_query {
	__u32 size;
	__u32 flags;
	__u32 out_abi;
	__u32 out_commands;
	__u32 out_slots_max;
	__u32 out_payload_max;
	__aligned_u64 out_objects_max;
	__aligned_u64 out_slot_refs_max;
	__aligned_u64 out_handle_refs_max;
	__u32 out_handles_max;
	__u32 out_roots_max;
	__u32 out_record_size;
	__u32 out_event_size;
};

#define MHEAP_QUERY _IO(MHEAP_TYPE, MHEAP_CMD_QUERY)

/**
 * enum mheap_command_flag - What MHEAP_QUERY_COMMAND tells of a command
 * @MHEAP_COMMAND_BATCH: may be a record of a batch
 * @MHEAP_COMMAND_HEAP: needs a session that has a heap
 * @MHEAP_COMMAND_CHOSEN: makes a handle, and takes MHEAP_CHOSEN
 */
enum mheap_command_flag {
	MHEAP_COMMAND_BATCH	= 1 << 0,
	MHEAP_COMMAND_HEAP	= 1 << 1,
	MHEAP_COMMAND_CHOSEN	= 1 << 2,
};

/**
 * struct mheap_query_command - ioctl(MHEAP_QUERY_COMMAND): one command
 * @size: sizeof(struct mheap_query_command)
 * @flags: must be 0
 * @command: &enum mheap_command
 * @out_size: bytes of the command's structure as this module knows it
 * @out_size_min: bytes of the shortest structure that is accepted
 * @out_command_flags: &enum mheap_command_flag
 * @out_flags: the bits that the command's @flags may have
 * @out_rights: the &enum mheap_right bits that the command needs
 * @out_name: the command's name, as tracepoints show it
 *
 * Needs no heap. A number that is not a command is ENOENT.
 */
struct mheap_query_command {
	__u32 size;
	__u32 flags;
	__u32 command;
	__u32 out_size;
	__u32 out_size_min;
	__u32 out_command_flags;
	__u32 out_flags;
	__u32 out_rights;
	char out_name[MHEAP_COMMAND_NAME_MAX];
};

#define MHEAP_QUERY_COMMAND _IO(MHEAP_TYPE, MHEAP_CMD_QUERY_COMMAND)

/*
 * A flag of MHEAP_CREATE: all memory is taken now; from then on nothing that is
 * done with the heap asks the system for any, but what makes a descriptor, joins,
 * or maps.
 */
#define MHEAP_CREATE_RESERVED	(1U << 0)

/**
 * struct mheap_create - ioctl(MHEAP_CREATE): make a heap and join it
 * @size: sizeof(struct mheap_create)
 * @flags: 0 or MHEAP_CREATE_RESERVED
 * @max_bytes: memory that the heap may take, in bytes, its own tables
 *             included, at least 1 MiB; 0 for the module's default, which is
 *             also the most
 * @max_objects: objects that the heap may hold, at most 2^31; 0 for that
 * @suspect_percent: start a collection when the suspects pass this part of the
 *                   live objects, 1 to 1000; 0 for the default, 25
 * @suspect_min: but not below this number of suspects; 0 for the default, 64
 * @suspect_age_ms: and at the latest this many milliseconds after the first
 *                  suspect, 10 to 3600000; 0 for the default, 1000
 * @max_handles: handles of this session, in each of the two halves of its
 *               table, at most 2^23; 0 for that
 * @out_heap_id: the heap's number, as debugfs and the traces show it
 * @local_objects: objects that are looked at from one suspect, to see without a
 *                 collection whether it is part of a small dead cycle, 1 to 256;
 *                 0 for the default, 256. With less than 8 none is looked at
 * @cpu_percent: the part of one processor that collections may take which
 *               nobody asked for, 1 to 100; 0 for the default, 25. They may take
 *               more when suspects have become half as many again as begin one,
 *               or those that have not been looked at a quarter of that
 * @max_sites: sites that the heap may have, 1 to MHEAP_SITES_MAX; 0 for the
 *             default, 4096, or 256 in a reserved heap
 * @__reserved: must be 0
 *
 * The session gets every right. The heap lives for as long as a session or an
 * exported file descriptor of it is open. Its memory is charged to the control
 * group of the caller, whoever allocates from it.
 *
 * A reserved heap needs @max_bytes. Its sessions have 4096 handles in each half
 * unless they ask for another number, and the entries are taken then, too. Its
 * objects have at most 1000 slots; more is EINVAL. For the names of each site it has
 * 128 bytes on average, and for those of types 32 KiB in all.
 */
struct mheap_create {
	__u32 size;
	__u32 flags;
	__aligned_u64 max_bytes;
	__aligned_u64 max_objects;
	__u32 suspect_percent;
	__u32 suspect_min;
	__u32 suspect_age_ms;
	__u32 max_handles;
	__aligned_u64 out_heap_id;
	__u32 local_objects;
	__u32 cpu_percent;
	__u32 max_sites;
	__u32 __reserved;
};

#define MHEAP_CREATE _IO(MHEAP_TYPE, MHEAP_CMD_CREATE)

/**
 * struct mheap_join - ioctl(MHEAP_JOIN): join the heap behind a descriptor
 * @size: sizeof(struct mheap_join)
 * @flags: must be 0
 * @heap_fd: a descriptor that MHEAP_EXPORT made
 * @max_handles: as in &struct mheap_create
 * @out_rights: the rights of this session: those of @heap_fd
 * @out_max_handles: handles that it can have, in each of the two halves
 * @out_heap_id: the heap's number
 */
struct mheap_join {
	__u32 size;
	__u32 flags;
	__s32 heap_fd;
	__u32 max_handles;
	__u32 out_rights;
	__u32 out_max_handles;
	__aligned_u64 out_heap_id;
};

#define MHEAP_JOIN _IO(MHEAP_TYPE, MHEAP_CMD_JOIN)

/**
 * struct mheap_export - ioctl(MHEAP_EXPORT): a descriptor of the heap
 * @size: sizeof(struct mheap_export)
 * @flags: must be 0
 * @rights: the &enum mheap_right bits that the descriptor carries, a part of
 *          the session's own; EACCES for more than those
 * @out_fd: the new descriptor, with close-on-exec set
 *
 * The descriptor keeps the heap alive, passes over a socket, is inherited by
 * fork(), and is good for MHEAP_JOIN only. Needs MHEAP_RIGHT_SHARE.
 */
struct mheap_export {
	__u32 size;
	__u32 flags;
	__u32 rights;
	__s32 out_fd;
};

#define MHEAP_EXPORT _IO(MHEAP_TYPE, MHEAP_CMD_EXPORT)

/**
 * struct mheap_heap_stat - ioctl(MHEAP_HEAP_STAT): figures of the heap
 * @size: sizeof(struct mheap_heap_stat)
 * @flags: must be 0
 * @out_heap_id: the heap's number
 * @out_objects: objects that are alive or not yet reclaimed
 * @out_bytes: bytes of those objects: cells, payload cells, tables of slots
 * @out_memory: bytes that the heap holds of the system's memory
 * @out_max_bytes: limit of @out_memory
 * @out_max_objects: limit of @out_objects
 * @out_allocated: objects allocated since the heap was made
 * @out_freed_count: objects freed because their last reference went
 * @out_freed_collect: objects freed by collections
 * @out_suspects: objects that may be part of dead cycles, as far as is known
 * @out_pending: objects whose last reference went and that the worker has
 *               still to take apart; a part of @out_objects
 * @out_sessions: sessions that are open
 * @out_roots: named roots that are set
 * @out_rights: the rights of this session
 * @out_handles: handles that this session has open
 * @out_window_bytes: size of the window of payloads that mmap() maps, in bytes
 * @out_weak: objects that weak references refer to
 * @out_sites: sites that have been named
 * @out_max_sites: limit of @out_sites
 */
struct mheap_heap_stat {
	__u32 size;
	__u32 flags;
	__aligned_u64 out_heap_id;
	__aligned_u64 out_objects;
	__aligned_u64 out_bytes;
	__aligned_u64 out_memory;
	__aligned_u64 out_max_bytes;
	__aligned_u64 out_max_objects;
	__aligned_u64 out_allocated;
	__aligned_u64 out_freed_count;
	__aligned_u64 out_freed_collect;
	__aligned_u64 out_suspects;
	__aligned_u64 out_pending;
	__u32 out_sessions;
	__u32 out_roots;
	__u32 out_rights;
	__u32 out_handles;
	__aligned_u64 out_window_bytes;
	__aligned_u64 out_weak;
	__u32 out_sites;
	__u32 out_max_sites;
};

#define MHEAP_HEAP_STAT _IO(MHEAP_TYPE, MHEAP_CMD_HEAP_STAT)

/**
 * DOC: Named roots
 *
 * A heap holds a small table of references that have names. They are the way
 * in for a session that joins, and they keep a graph alive after its maker
 * went. A name is 1 to MHEAP_ROOT_NAME_MAX - 1 bytes, none of them NUL, and
 * the rest of its array must be NUL; anything else is EINVAL.
 */

/**
 * struct mheap_root_get - ioctl(MHEAP_ROOT_GET): a handle to a named root
 * @size: sizeof(struct mheap_root_get)
 * @flags: 0 or MHEAP_CHOSEN
 * @name: the root's name; ENOENT when there is none
 * @handle: written: the new handle; with MHEAP_CHOSEN, read: its value
 */
struct mheap_root_get {
	__u32 size;
	__u32 flags;
	char name[MHEAP_ROOT_NAME_MAX];
	__aligned_u64 handle;
};

#define MHEAP_ROOT_GET _IO(MHEAP_TYPE, MHEAP_CMD_ROOT_GET)

/**
 * struct mheap_root_set - ioctl(MHEAP_ROOT_SET): set or clear a named root
 * @size: sizeof(struct mheap_root_set)
 * @flags: must be 0
 * @name: the root's name
 * @handle: what it is to refer to; 0 removes the name, ENOENT when there is
 *          no such name to remove
 *
 * The caller keeps its handle.
 */
struct mheap_root_set {
	__u32 size;
	__u32 flags;
	char name[MHEAP_ROOT_NAME_MAX];
	__aligned_u64 handle;
};

#define MHEAP_ROOT_SET _IO(MHEAP_TYPE, MHEAP_CMD_ROOT_SET)

/**
 * struct mheap_root_exchange - ioctl(MHEAP_ROOT_EXCHANGE): replace a root
 * @size: sizeof(struct mheap_root_exchange)
 * @flags: 0 or MHEAP_CHOSEN, which is for @out_handle
 * @name: the root's name, which need not exist
 * @handle: what it is to refer to; 0 removes the name
 * @out_handle: a handle to what it referred to; 0 when the name did not exist
 *              (a chosen handle then remains unused)
 */
struct mheap_root_exchange {
	__u32 size;
	__u32 flags;
	char name[MHEAP_ROOT_NAME_MAX];
	__aligned_u64 handle;
	__aligned_u64 out_handle;
};

#define MHEAP_ROOT_EXCHANGE _IO(MHEAP_TYPE, MHEAP_CMD_ROOT_EXCHANGE)

/**
 * struct mheap_root_entry - One named root, as MHEAP_ROOT_LIST writes it
 * @object: number of the object that it refers to
 * @type: the object's type
 * @__reserved: 0
 * @name: its name
 */
struct mheap_root_entry {
	__aligned_u64 object;
	__u32 type;
	__u32 __reserved;
	char name[MHEAP_ROOT_NAME_MAX];
};

/**
 * struct mheap_root_list - ioctl(MHEAP_ROOT_LIST): the named roots
 * @size: sizeof(struct mheap_root_list)
 * @flags: must be 0
 * @cursor: 0 to begin, then what the last call wrote; written: where the next
 *          call is to go on, or ~0 when there is no more
 * @entries_uptr: array of &struct mheap_root_entry
 * @count: entries that the array has room for, 1 to MHEAP_WALK_MAX
 * @out_count: entries that were written
 */
struct mheap_root_list {
	__u32 size;
	__u32 flags;
	__aligned_u64 cursor;
	__aligned_u64 entries_uptr;
	__u32 count;
	__u32 out_count;
};

#define MHEAP_ROOT_LIST _IO(MHEAP_TYPE, MHEAP_CMD_ROOT_LIST)

/**
 * DOC: The window
 *
 * mmap() of a session, at offset 0, maps the window of the heap's payloads; it
 * takes MAP_SHARED and MHEAP_RIGHT_MAP. The window's size is told by
 * MHEAP_HEAP_STAT and never changes; less of it may be mapped, from any page on.
 * A payload lies at the same place in it, all in a row, for as long as its object
 * lives; MHEAP_ALLOC and MHEAP_STAT tell where. Nothing but payloads is ever in
 * it. Where no payload is there may be no memory, and touching it is SIGBUS.
 *
 * The window is that of the heap, not of a handle: who may map it sees the
 * payloads of all objects. An open handle pins its object's payload. When the
 * object is gone, its place is used for others, and what was written there with
 * an old pointer is found in them.
 *
 * A session that lacks MHEAP_RIGHT_WRITE maps the window for reading, and
 * mprotect() does not change that. mmap() is EACCES without the rights, EINVAL for
 * a private mapping and for what is not inside of the window, ENODEV without a heap.
 * A mapping keeps its session open, handles
 * included, as any other use of the descriptor does; so does a child's, after
 * fork(). mremap() does not enlarge a mapping. Unmapping a part of it is fine.
 */

/*
 * A flag of MHEAP_ALLOC: as a record, tell @out_offset even if the handle is chosen.
 * The record has to be written back then, which costs. The ioctl always tells.
 */
#define MHEAP_ALLOC_OFFSET	(1U << 1)

/**
 * struct mheap_alloc - ioctl(MHEAP_ALLOC): make an object
 * @size: sizeof(struct mheap_alloc)
 * @flags: MHEAP_CHOSEN, MHEAP_ALLOC_OFFSET
 * @slots: reference slots, 0 to MHEAP_SLOTS_MAX, all null at first; at most 1000 in
 *         a reserved heap
 * @payload_bytes: 0 to MHEAP_PAYLOAD_MAX, all zero at first
 * @type: a number that means something to the users of the heap
 * @site: where it is allocated: what MHEAP_SITE answered, or 0 when that is not known;
 *        EINVAL for any other number
 * @handle: written: the new handle; with MHEAP_CHOSEN, read: its value
 * @out_offset: where the payload begins in the window; ~0 when there is none
 *
 * At a limit of the heap, or when the system has no memory, a collection is
 * run and waited for before the answer is EDQUOT or ENOMEM.
 */
struct mheap_alloc {
	__u32 size;
	__u32 flags;
	__u32 slots;
	__u32 payload_bytes;
	__u32 type;
	__u32 site;
	__aligned_u64 handle;
	__aligned_u64 out_offset;
};

#define MHEAP_ALLOC _IO(MHEAP_TYPE, MHEAP_CMD_ALLOC)

/**
 * struct mheap_read - ioctl(MHEAP_READ): copy payload bytes out
 * @size: sizeof(struct mheap_read)
 * @flags: must be 0
 * @handle: the object
 * @data_uptr: where to
 * @offset: first byte of the payload
 * @length: bytes; all or ERANGE
 * @__reserved: must be 0
 *
 * Payload bytes are shared memory: a concurrent write by another session may
 * be seen in part.
 */
struct mheap_read {
	__u32 size;
	__u32 flags;
	__aligned_u64 handle;
	__aligned_u64 data_uptr;
	__u32 offset;
	__u32 length;
	__aligned_u64 __reserved;
};

#define MHEAP_READ _IO(MHEAP_TYPE, MHEAP_CMD_READ)

/**
 * struct mheap_write - ioctl(MHEAP_WRITE): copy payload bytes in
 * @size: sizeof(struct mheap_write)
 * @flags: must be 0
 * @handle: the object
 * @data_uptr: where from
 * @offset: first byte of the payload
 * @length: bytes; all or ERANGE
 * @__reserved: must be 0
 *
 * When more than 4096 bytes meet a bad address in the middle, the bytes in
 * front of it may have been written.
 */
struct mheap_write {
	__u32 size;
	__u32 flags;
	__aligned_u64 handle;
	__aligned_u64 data_uptr;
	__u32 offset;
	__u32 length;
	__aligned_u64 __reserved;
};

#define MHEAP_WRITE _IO(MHEAP_TYPE, MHEAP_CMD_WRITE)

/**
 * struct mheap_stat - ioctl(MHEAP_STAT): what an object is
 * @size: sizeof(struct mheap_stat)
 * @flags: must be 0
 * @handle: the object
 * @out_object: the object's number: the same for every handle to it, and for
 *              no other object for as long as this one is alive
 * @out_type: its type
 * @out_slots: its slots
 * @out_payload_bytes: its payload
 * @out_site: its allocation site
 * @out_handle_refs: handles and named roots that refer to it
 * @out_slot_refs: slots that refer to it
 * @out_bytes: bytes that it takes of the heap, all included
 * @out_offset: where its payload begins in the window; ~0 when there is none
 * @out_rights: the rights that the handle has, and the session too
 * @out_weak: 1 when there are weak references to it, else 0
 * @out_age_ms: milliseconds since it was allocated, within 135; MHEAP_AGE_OLD for more
 *              than an hour
 * @__reserved: must be 0
 */
struct mheap_stat {
	__u32 size;
	__u32 flags;
	__aligned_u64 handle;
	__aligned_u64 out_object;
	__u32 out_type;
	__u32 out_slots;
	__u32 out_payload_bytes;
	__u32 out_site;
	__u32 out_handle_refs;
	__u32 out_slot_refs;
	__aligned_u64 out_bytes;
	__aligned_u64 out_offset;
	__u32 out_rights;
	__u32 out_weak;
	__u32 out_age_ms;
	__u32 __reserved;
};

#define MHEAP_STAT _IO(MHEAP_TYPE, MHEAP_CMD_STAT)

/**
 * struct mheap_load - ioctl(MHEAP_LOAD): a handle to what a slot refers to
 * @size: sizeof(struct mheap_load)
 * @flags: 0 or MHEAP_CHOSEN
 * @object: handle of the object that has the slot
 * @handle: written: the new handle, or 0 when the slot is null (a chosen
 *          handle then remains unused); with MHEAP_CHOSEN, read: its value
 * @index: the slot
 * @__reserved0: must be 0
 * @__reserved: must be 0
 *
 * A slot that refers weakly answers as MHEAP_UPGRADE would.
 */
struct mheap_load {
	__u32 size;
	__u32 flags;
	__aligned_u64 object;
	__aligned_u64 handle;
	__u32 index;
	__u32 __reserved0;
	__aligned_u64 __reserved;
};

#define MHEAP_LOAD _IO(MHEAP_TYPE, MHEAP_CMD_LOAD)

/* A flag of MHEAP_STORE: close the handle that is @value. If it fails, that stays open. */
#define MHEAP_STORE_MOVE	(1U << 1)

/**
 * struct mheap_store - ioctl(MHEAP_STORE): make a slot refer to an object
 * @size: sizeof(struct mheap_store)
 * @flags: 0 or MHEAP_STORE_MOVE
 * @object: handle of the object that has the slot
 * @value: handle of what it is to refer to, or 0
 * @index: the slot
 * @__reserved0: must be 0
 * @__reserved: must be 0
 *
 * With a weak handle for @value the slot refers weakly from then on.
 */
struct mheap_store {
	__u32 size;
	__u32 flags;
	__aligned_u64 object;
	__aligned_u64 value;
	__u32 index;
	__u32 __reserved0;
	__aligned_u64 __reserved;
};

#define MHEAP_STORE _IO(MHEAP_TYPE, MHEAP_CMD_STORE)

/**
 * struct mheap_exchange - ioctl(MHEAP_EXCHANGE): store, and get the old value
 * @size: sizeof(struct mheap_exchange)
 * @flags: 0 or MHEAP_CHOSEN, which is for @out_handle
 * @object: handle of the object that has the slot
 * @value: handle of what it is to refer to, or 0
 * @out_handle: a handle to what it referred to, or 0 (a chosen handle then
 *              remains unused)
 * @index: the slot
 * @__reserved: must be 0
 *
 * What a slot referred to weakly is answered as MHEAP_UPGRADE would.
 */
struct mheap_exchange {
	__u32 size;
	__u32 flags;
	__aligned_u64 object;
	__aligned_u64 value;
	__aligned_u64 out_handle;
	__u32 index;
	__u32 __reserved;
};

#define MHEAP_EXCHANGE _IO(MHEAP_TYPE, MHEAP_CMD_EXCHANGE)

/**
 * struct mheap_compare_exchange - ioctl(MHEAP_COMPARE_EXCHANGE): store if
 * @size: sizeof(struct mheap_compare_exchange)
 * @flags: must be 0
 * @object: handle of the object that has the slot
 * @expected: handle of the object that the slot must refer to, or 0 for null;
 *            any handle to that object will do
 * @value: handle of what it is to refer to then, or 0
 * @index: the slot
 * @__reserved: must be 0
 *
 * EAGAIN when the slot refers to something else. A weak handle is what is
 * expected of a slot that refers weakly, and is that still when the object is
 * gone.
 */
struct mheap_compare_exchange {
	__u32 size;
	__u32 flags;
	__aligned_u64 object;
	__aligned_u64 expected;
	__aligned_u64 value;
	__u32 index;
	__u32 __reserved;
};

#define MHEAP_COMPARE_EXCHANGE _IO(MHEAP_TYPE, MHEAP_CMD_COMPARE_EXCHANGE)

/* MHEAP_SLOT_LIST: the slot refers weakly; without a number, to what is gone. */
#define MHEAP_SLOT_WEAK	(1ULL << 63)

/**
 * struct mheap_slot_list - ioctl(MHEAP_SLOT_LIST): numbers of what slots refer to
 * @size: sizeof(struct mheap_slot_list)
 * @flags: must be 0
 * @handle: the object
 * @cursor: the first slot to list; written: the slot at which the next call is
 *          to go on, or ~0 when there is no more
 * @objects_uptr: array of __u64: the object's number for each slot, 0 for null,
 *                with MHEAP_SLOT_WEAK where it refers weakly
 * @count: slots that the array has room for, 1 to MHEAP_WALK_MAX
 * @out_count: slots that were written
 *
 * Numbers only tell objects apart; nothing can be reached by them.
 */
struct mheap_slot_list {
	__u32 size;
	__u32 flags;
	__aligned_u64 handle;
	__aligned_u64 cursor;
	__aligned_u64 objects_uptr;
	__u32 count;
	__u32 out_count;
};

#define MHEAP_SLOT_LIST _IO(MHEAP_TYPE, MHEAP_CMD_SLOT_LIST)

/**
 * struct mheap_dup - ioctl(MHEAP_DUP): another handle to the same object
 * @size: sizeof(struct mheap_dup)
 * @flags: 0 or MHEAP_CHOSEN
 * @handle: the object
 * @out_handle: the new handle; with MHEAP_CHOSEN, read: its value
 * @rights: the rights that it is to have, a part of those that @handle has; 0
 *          for those
 * @__reserved0: must be 0
 * @__reserved: must be 0
 *
 * A duplicate of a weak handle is weak.
 */
struct mheap_dup {
	__u32 size;
	__u32 flags;
	__aligned_u64 handle;
	__aligned_u64 out_handle;
	__u32 rights;
	__u32 __reserved0;
	__aligned_u64 __reserved;
};

#define MHEAP_DUP _IO(MHEAP_TYPE, MHEAP_CMD_DUP)

/**
 * struct mheap_close - ioctl(MHEAP_CLOSE): let go of a handle
 * @size: sizeof(struct mheap_close)
 * @flags: must be 0
 * @handle: the handle
 * @__reserved: must be 0
 *
 * An object whose last reference goes is gone when the call returns. Taking
 * apart what only it held may be finished by the heap's worker.
 */
struct mheap_close {
	__u32 size;
	__u32 flags;
	__aligned_u64 handle;
	__aligned_u64 __reserved[3];
};

#define MHEAP_CLOSE _IO(MHEAP_TYPE, MHEAP_CMD_CLOSE)

/* A flag of MHEAP_COLLECT: return when the collection has ended. */
#define MHEAP_COLLECT_WAIT	(1U << 0)

/**
 * struct mheap_collect - ioctl(MHEAP_COLLECT): reclaim dead cycles now
 * @size: sizeof(struct mheap_collect)
 * @flags: 0 or MHEAP_COLLECT_WAIT
 * @out_collection: number of a collection that begins after this call began;
 *                  &struct mheap_collect_stat tells when it has ended
 *
 * The wait ends with EINTR when the caller is killed. The collection goes on.
 */
struct mheap_collect {
	__u32 size;
	__u32 flags;
	__aligned_u64 out_collection;
};

#define MHEAP_COLLECT _IO(MHEAP_TYPE, MHEAP_CMD_COLLECT)

/**
 * struct mheap_collect_stat - ioctl(MHEAP_COLLECT_STAT): collector figures
 * @size: sizeof(struct mheap_collect_stat)
 * @flags: must be 0
 * @out_collections: collections that have ended
 * @out_phase: 0 idle, 1 start, 2 mark, 3 sweep
 * @out_last_cause: why the last one began: 0 none yet, 1 request,
 *                  2 suspects, 3 age, 4 limit, 5 memory pressure
 * @out_last_duration_ns: from beginning to end of the last one
 * @out_last_grace_ns: the part of that which was waiting for grace periods
 * @out_last_marked: objects that the last one found alive
 * @out_last_freed: objects that the last one freed
 * @out_total_freed: objects that collections freed, in all
 * @out_total_ns: time of all collections
 * @out_verify_failures: objects that the trace condemned and the counts did
 *                       not; they were left alone. Anything but 0 is a bug
 * @out_local_passes: how often suspects were looked at without a collection
 * @out_local_freed: objects that were freed by that: of small dead cycles
 * @out_local_given_up: suspects that were left to a collection by that
 */
struct mheap_collect_stat {
	__u32 size;
	__u32 flags;
	__aligned_u64 out_collections;
	__u32 out_phase;
	__u32 out_last_cause;
	__aligned_u64 out_last_duration_ns;
	__aligned_u64 out_last_grace_ns;
	__aligned_u64 out_last_marked;
	__aligned_u64 out_last_freed;
	__aligned_u64 out_total_freed;
	__aligned_u64 out_total_ns;
	__aligned_u64 out_verify_failures;
	__aligned_u64 out_local_passes;
	__aligned_u64 out_local_freed;
	__aligned_u64 out_local_given_up;
};

#define MHEAP_COLLECT_STAT _IO(MHEAP_TYPE, MHEAP_CMD_COLLECT_STAT)

/**
 * struct mheap_walk_entry - One object, as MHEAP_WALK writes it
 * @object: its number
 * @type: its type
 * @slots: its slots
 * @payload_bytes: its payload
 * @site: its allocation site
 * @handle_refs: handles and named roots that refer to it
 * @slot_refs: slots that refer to it
 * @age_ms: as &mheap_stat.out_age_ms
 * @bytes: what it takes, as &mheap_stat.out_bytes
 */
struct mheap_walk_entry {
	__aligned_u64 object;
	__u32 type;
	__u32 slots;
	__u32 payload_bytes;
	__u32 site;
	__u32 handle_refs;
	__u32 slot_refs;
	__u32 age_ms;
	__u32 bytes;
};

/**
 * struct mheap_walk - ioctl(MHEAP_WALK): the objects of the heap
 * @size: sizeof(struct mheap_walk)
 * @flags: must be 0
 * @cursor: 0 to begin, then what the last call wrote; written: where the next
 *          call is to go on, or ~0 when there is no more
 * @entries_uptr: array of &struct mheap_walk_entry
 * @count: entries that the array has room for, 1 to MHEAP_WALK_MAX
 * @out_count: entries that were written; fewer than @count, even 0, does not
 *             mean that there is no more
 * @entry_size: sizeof(struct mheap_walk_entry), a multiple of 8; 0 stands for 32,
 *              which is where @age_ms begins
 * @__reserved: must be 0
 *
 * Objects that live throughout the walk are listed exactly once; those that
 * come or go meanwhile may be listed or not. Needs MHEAP_RIGHT_INSPECT.
 */
struct mheap_walk {
	__u32 size;
	__u32 flags;
	__aligned_u64 cursor;
	__aligned_u64 entries_uptr;
	__u32 count;
	__u32 out_count;
	__u32 entry_size;
	__u32 __reserved;
};

#define MHEAP_WALK _IO(MHEAP_TYPE, MHEAP_CMD_WALK)

/**
 * DOC: Records of a batch
 *
 * A record is the structure of a command that may be batched (see
 * MHEAP_QUERY_COMMAND), with the command's number in the place of @size. All
 * of these structures have the size of &struct mheap_record.
 */

/**
 * struct mheap_record - One record of a batch, whatever its command
 * @command: &enum mheap_command
 * @flags: the command's flags
 * @args: the rest of the command's structure
 */
struct mheap_record {
	__u32 command;
	__u32 flags;
	__aligned_u64 args[4];
};

/**
 * struct mheap_batch - ioctl(MHEAP_BATCH): many operations in one call
 * @size: sizeof(struct mheap_batch)
 * @flags: must be 0
 * @records_uptr: array of &struct mheap_record
 * @count: records, at least 1
 * @record_size: sizeof(struct mheap_record)
 * @out_done: records that were carried out
 * @out_error: 0 when that is all of them, else the negative errno of record
 *             number @out_done, which changed nothing
 *
 * Records are carried out in order, and what they answer is written back into
 * them. The first error stops the batch: the call itself then succeeds, and
 * @out_done and @out_error tell where and why. Nothing behind it was done.
 *
 * A record has an answer when the kernel picks its handle, or when its handle
 * turns out to be null. Whether it can be written is tried before anything is
 * done, so a record that cannot be read, or that cannot be written although it
 * may have an answer, is EFAULT and stands at @out_done. Only where memory goes
 * away during the call may records in front of @out_done be left without their
 * answer; their handles are closed again, and @out_error is EFAULT then too.
 *
 * A number that is not a command is ENOTTY, a command that cannot be batched
 * is EINVAL.
 */
struct mheap_batch {
	__u32 size;
	__u32 flags;
	__aligned_u64 records_uptr;
	__u32 count;
	__u32 record_size;
	__u32 out_done;
	__s32 out_error;
};

#define MHEAP_BATCH _IO(MHEAP_TYPE, MHEAP_CMD_BATCH)

/**
 * struct mheap_object_export - ioctl(MHEAP_OBJECT_EXPORT): an object's descriptor
 * @size: sizeof(struct mheap_object_export)
 * @flags: must be 0
 * @handle: the object, by a handle that has MHEAP_RIGHT_SHARE
 * @rights: the MHEAP_RIGHTS_HANDLE bits that the descriptor carries, a part of
 *          those that the handle has; EACCES for more than those
 * @out_fd: the new descriptor, with close-on-exec set
 *
 * The descriptor keeps the object alive, and the heap, as a handle does. It passes
 * over a socket, is inherited by fork(), and is good for MHEAP_OBJECT_IMPORT only.
 * In a socket that nobody can read any more it is closed by the kernel.
 */
struct mheap_object_export {
	__u32 size;
	__u32 flags;
	__aligned_u64 handle;
	__u32 rights;
	__s32 out_fd;
};

#define MHEAP_OBJECT_EXPORT _IO(MHEAP_TYPE, MHEAP_CMD_OBJECT_EXPORT)

/**
 * struct mheap_object_import - ioctl(MHEAP_OBJECT_IMPORT): a handle for it
 * @size: sizeof(struct mheap_object_import)
 * @flags: 0 or MHEAP_CHOSEN
 * @object_fd: a descriptor that MHEAP_OBJECT_EXPORT made; EXDEV when it is of
 *             another heap than the session's
 * @rights: the rights that the handle is to have, a part of those of @object_fd;
 *          0 for those. What the session lacks, the handle lacks in any case
 * @handle: written: the new handle; with MHEAP_CHOSEN, read: its value
 */
struct mheap_object_import {
	__u32 size;
	__u32 flags;
	__s32 object_fd;
	__u32 rights;
	__aligned_u64 handle;
};

#define MHEAP_OBJECT_IMPORT _IO(MHEAP_TYPE, MHEAP_CMD_OBJECT_IMPORT)

/**
 * DOC: Weak references
 *
 * A weak handle names an object without keeping it. It can be duplicated, closed,
 * stored in slots, which then refer weakly, watched, and upgraded: that answers
 * with a handle for as long as the object lives, and with null from then on, for
 * ever. An object lives no longer when its last handle and slot are gone, or when
 * a collection has found that it is part of a dead cycle; of such a cycle all
 * objects die at once, and no upgrade brings one back.
 *
 * For everything else a weak handle is EINVAL. There is no memory in it but that
 * of one small cell for each object that is referred to weakly, which stays until
 * the last weak reference has gone.
 */

/**
 * struct mheap_weaken - ioctl(MHEAP_WEAKEN): a weak handle to an object
 * @size: sizeof(struct mheap_weaken)
 * @flags: 0 or MHEAP_CHOSEN
 * @handle: the object
 * @out_handle: the weak handle; with MHEAP_CHOSEN, read: its value
 * @__reserved: must be 0
 */
struct mheap_weaken {
	__u32 size;
	__u32 flags;
	__aligned_u64 handle;
	__aligned_u64 out_handle;
	__aligned_u64 __reserved[2];
};

#define MHEAP_WEAKEN _IO(MHEAP_TYPE, MHEAP_CMD_WEAKEN)

/**
 * struct mheap_upgrade - ioctl(MHEAP_UPGRADE): the object of a weak handle
 * @size: sizeof(struct mheap_upgrade)
 * @flags: 0 or MHEAP_CHOSEN
 * @handle: a weak handle
 * @out_handle: a handle to its object, or 0 when that is gone (a chosen handle then
 *              remains unused)
 * @__reserved: must be 0
 */
struct mheap_upgrade {
	__u32 size;
	__u32 flags;
	__aligned_u64 handle;
	__aligned_u64 out_handle;
	__aligned_u64 __reserved[2];
};

#define MHEAP_UPGRADE _IO(MHEAP_TYPE, MHEAP_CMD_UPGRADE)

/**
 * struct mheap_reset - ioctl(MHEAP_RESET): use an object again in its place
 * @size: sizeof(struct mheap_reset)
 * @flags: must be 0
 * @handle: the object
 * @__reserved: must be 0
 *
 * All slots become null, in order, and the payload zero. The object, its handles,
 * and who refers to it stay. Others may see it half done. Takes as long as the
 * object is large; EINTR, in the middle, when the caller is killed.
 */
struct mheap_reset {
	__u32 size;
	__u32 flags;
	__aligned_u64 handle;
	__aligned_u64 __reserved[3];
};

#define MHEAP_RESET _IO(MHEAP_TYPE, MHEAP_CMD_RESET)

/* The flags of MHEAP_SET: what is to be set. */
#define MHEAP_SET_MAX_BYTES		(1U << 0)
#define MHEAP_SET_MAX_OBJECTS		(1U << 1)
#define MHEAP_SET_SUSPECT_PERCENT	(1U << 2)
#define MHEAP_SET_SUSPECT_MIN		(1U << 3)
#define MHEAP_SET_SUSPECT_AGE_MS	(1U << 4)
#define MHEAP_SET_LOCAL_OBJECTS		(1U << 5)
#define MHEAP_SET_CPU_PERCENT		(1U << 6)

/**
 * struct mheap_set - ioctl(MHEAP_SET): other options for a heap
 * @size: sizeof(struct mheap_set)
 * @flags: MHEAP_SET_*: which of the following to set; the others must be 0
 * @max_bytes: as in &struct mheap_create, as are all others, but 0 is not a
 *             default; may be less than the heap holds, which then stays.
 *             EINVAL for a reserved heap, and for more than was created with
 * @max_objects: likewise; EINVAL for a heap that was created without
 * @suspect_percent: as in &struct mheap_create
 * @suspect_min: as in &struct mheap_create
 * @suspect_age_ms: as in &struct mheap_create
 * @local_objects: as in &struct mheap_create
 * @cpu_percent: as in &struct mheap_create
 * @__reserved: must be 0
 *
 * Limits can be lowered by the user who made the heap, and raised, up to what the
 * heap was created with, by who has CAP_SYS_RESOURCE.
 */
struct mheap_set {
	__u32 size;
	__u32 flags;
	__aligned_u64 max_bytes;
	__aligned_u64 max_objects;
	__u32 suspect_percent;
	__u32 suspect_min;
	__u32 suspect_age_ms;
	__u32 local_objects;
	__u32 cpu_percent;
	__u32 __reserved;
};

#define MHEAP_SET _IO(MHEAP_TYPE, MHEAP_CMD_SET)

/**
 * enum mheap_event_kind - What a record of a queue of events tells
 * @MHEAP_EVENT_LOST: events were lost here, because the queue was full; the value is
 *		      how many
 * @MHEAP_EVENT_GONE: an object that was watched is gone; the cookie is that of the
 *		      watch, the value the number that the object had, the cause
 *		      &enum mheap_gone
 * @MHEAP_EVENT_LIMIT: a limit was met, and a collection is going to be tried; the
 *		       value is what the heap holds, in bytes, the cause the errno
 *		       that the caller gets if it does not help
 * @MHEAP_EVENT_COLLECTION: a collection has ended; the value is its number, the
 *			    cookie how many objects it freed, the cause why it began,
 *			    as in &struct mheap_collect_stat
 *
 * A queue is told of those whose bit, 1 << kind, is in its kinds. MHEAP_EVENT_LOST
 * always is.
 */
enum mheap_event_kind {
	MHEAP_EVENT_LOST	= 0,
	MHEAP_EVENT_GONE	= 1,
	MHEAP_EVENT_LIMIT	= 2,
	MHEAP_EVENT_COLLECTION	= 3,
};

#define MHEAP_EVENT_KINDS	0xeU

/**
 * enum mheap_gone - Why an object is gone
 * @MHEAP_GONE_COUNT: its last reference went
 * @MHEAP_GONE_COLLECT: a collection found it in a dead cycle
 * @MHEAP_GONE_TEARDOWN: its heap is gone
 */
enum mheap_gone {
	MHEAP_GONE_COUNT	= 1,
	MHEAP_GONE_COLLECT	= 2,
	MHEAP_GONE_TEARDOWN	= 3,
};

/**
 * struct mheap_event - One record, as read() of a queue returns it
 * @kind: &enum mheap_event_kind
 * @cause: see there
 * @cookie: see there
 * @value: see there
 * @time_ns: when it happened, by CLOCK_MONOTONIC
 */
struct mheap_event {
	__u32 kind;
	__u32 cause;
	__aligned_u64 cookie;
	__aligned_u64 value;
	__aligned_u64 time_ns;
};

/**
 * struct mheap_events - ioctl(MHEAP_EVENTS): a queue of the heap's events
 * @size: sizeof(struct mheap_events)
 * @flags: must be 0
 * @kinds: bits 1 << &enum mheap_event_kind; those of MHEAP_EVENT_KINDS
 * @capacity: records that it holds, and watches that it can have, 1 to
 *            MHEAP_EVENTS_MAX; 0 for the default, 1024
 * @out_fd: the new descriptor, with close-on-exec set
 * @event_size: sizeof(struct mheap_event) that the caller was built with; EINVAL for
 *              one that this module does not know
 *
 * read() returns whole records, as many as there are and fit; EINVAL when not one
 * fits; it waits for the first (EINTR for a signal) unless O_NONBLOCK is set, which
 * is EAGAIN; and is at an end (0) when the heap is gone and all is read. poll() and
 * epoll work. What finds the queue full is lost, and counted in the record that
 * stands in its place. Events come after the fact, and never carry a reference. The
 * queue does not keep the heap.
 */
struct mheap_events {
	__u32 size;
	__u32 flags;
	__u32 kinds;
	__u32 capacity;
	__s32 out_fd;
	__u32 event_size;
};

#define MHEAP_EVENTS _IO(MHEAP_TYPE, MHEAP_CMD_EVENTS)

/* A flag of MHEAP_WATCH: not any more; ENOENT when there is no such watch. */
#define MHEAP_WATCH_REMOVE	(1U << 0)

/**
 * struct mheap_watch - ioctl(MHEAP_WATCH): tell a queue when an object is gone
 * @size: sizeof(struct mheap_watch)
 * @flags: 0 or MHEAP_WATCH_REMOVE
 * @events_fd: a descriptor that MHEAP_EVENTS made, of the same heap; EINVAL when it is
 *             not told of MHEAP_EVENT_GONE
 * @__reserved: must be 0
 * @handle: a weak handle to the object; it may be closed afterwards
 * @cookie: what the event is to carry
 *
 * An object can be watched 64 times; EMLINK for more.
 *
 * There is one event for each watch, which is over with it. When the object is gone
 * already, the event comes at once. A queue may watch an object several times, also
 * with the same cookie; what is removed is one of those that have @cookie.
 */
struct mheap_watch {
	__u32 size;
	__u32 flags;
	__s32 events_fd;
	__u32 __reserved;
	__aligned_u64 handle;
	__aligned_u64 cookie;
};

#define MHEAP_WATCH _IO(MHEAP_TYPE, MHEAP_CMD_WATCH)

/**
 * DOC: Sites
 *
 * A site is a place in a program where objects are allocated: a file, a line, a
 * function, and, where somebody cares to tell, the site that this was called from. A
 * heap gives each a number once, and counts what is allocated there, always: objects
 * and bytes that are alive, that were alive at most at one time, and in all. Site 0 is
 * for what is allocated without one.
 *
 * The figures are exact while nobody works on the heap; those of one site always
 * belong together. What is alive, and was at most, follows what a session does with a
 * delay of a few dozen operations. An object that is dead and not yet taken apart is
 * not alive. What weak references take is not counted.
 *
 * An object that died within a second after its birth, give or take an eighth, died
 * young: such might be used again (see &struct mheap_reset) or not be needed at all.
 */

/**
 * struct mheap_site - ioctl(MHEAP_SITE): the number of a site
 * @size: sizeof(struct mheap_site)
 * @flags: must be 0
 * @file_uptr: the file's name
 * @function_uptr: the function's name
 * @file_bytes: bytes of the former without a NUL, less than MHEAP_SITE_FILE_MAX; 0 for
 *              no name
 * @function_bytes: bytes of the latter without a NUL, less than
 *                  MHEAP_SITE_FUNCTION_MAX; 0 for no name
 * @line: a number, of a line or anything else
 * @parent: a site of the same heap, where this one was called from, or 0
 * @out_site: the site, 1 to MHEAP_SITES_MAX
 * @__reserved: must be 0
 *
 * The same place gets the same number, which is good for as long as the heap is. Names
 * may have any bytes but NUL. EDQUOT when the heap has as many sites as it may. Needs
 * MHEAP_RIGHT_WRITE.
 */
struct mheap_site {
	__u32 size;
	__u32 flags;
	__aligned_u64 file_uptr;
	__aligned_u64 function_uptr;
	__u32 file_bytes;
	__u32 function_bytes;
	__u32 line;
	__u32 parent;
	__u32 out_site;
	__u32 __reserved;
};

#define MHEAP_SITE _IO(MHEAP_TYPE, MHEAP_CMD_SITE)

/**
 * struct mheap_site_entry - One site, as MHEAP_SITE_LIST writes it
 * @site: its number; 0 is what was allocated without a site
 * @parent: the site that it was called from, or 0
 * @line: as it was named
 * @__reserved: 0
 * @objects: objects that are alive
 * @bytes: bytes of those, all included, as &mheap_stat.out_bytes
 * @peak_objects: objects that were alive at one time, at most
 * @peak_bytes: bytes that were alive at one time, at most
 * @total_objects: objects that were ever allocated
 * @total_bytes: bytes of those
 * @young: objects that died young
 * @file: the file's name, padded with NUL
 * @function: the function's name, padded with NUL
 */
struct mheap_site_entry {
	__u32 site;
	__u32 parent;
	__u32 line;
	__u32 __reserved;
	__aligned_u64 objects;
	__aligned_u64 bytes;
	__aligned_u64 peak_objects;
	__aligned_u64 peak_bytes;
	__aligned_u64 total_objects;
	__aligned_u64 total_bytes;
	__aligned_u64 young;
	char file[MHEAP_SITE_FILE_MAX];
	char function[MHEAP_SITE_FUNCTION_MAX];
};

/**
 * struct mheap_site_list - ioctl(MHEAP_SITE_LIST): the sites of the heap
 * @size: sizeof(struct mheap_site_list)
 * @flags: must be 0
 * @cursor: 0 to begin, then what the last call wrote; written: where the next
 *          call is to go on, or ~0 when there is no more
 * @entries_uptr: array of &struct mheap_site_entry
 * @count: entries that the array has room for, 1 to MHEAP_WALK_MAX
 * @out_count: entries that were written
 * @entry_size: sizeof(struct mheap_site_entry), or of what it has grown to; a multiple
 *              of 8, at most MHEAP_ENTRY_MAX
 * @__reserved: must be 0
 *
 * In the order of their numbers, of which each is a cursor too. Needs
 * MHEAP_RIGHT_INSPECT.
 */
struct mheap_site_list {
	__u32 size;
	__u32 flags;
	__aligned_u64 cursor;
	__aligned_u64 entries_uptr;
	__u32 count;
	__u32 out_count;
	__u32 entry_size;
	__u32 __reserved;
};

#define MHEAP_SITE_LIST _IO(MHEAP_TYPE, MHEAP_CMD_SITE_LIST)

/**
 * DOC: Names of types
 *
 * What the types of objects are called, and their slots, is nothing to the kernel; it
 * keeps the names for those who look at the heap. They are one text for each type: the
 * name of the type and those of its slots in their order, as many as there are names
 * for, each with a terminating NUL. A name may be empty.
 */

/**
 * struct mheap_type_set - ioctl(MHEAP_TYPE_SET): name a type and its slots
 * @size: sizeof(struct mheap_type_set)
 * @flags: must be 0
 * @text_uptr: the text
 * @type: the type
 * @bytes: bytes of the text, at most MHEAP_TYPE_TEXT_MAX, of which the last is NUL; 0
 *         to remove the names that there are, if any
 *
 * Takes the place of names that the type had. EDQUOT when MHEAP_TYPES_MAX types have
 * names, or the texts take more than 1 MiB (32 KiB in a reserved heap). Needs
 * MHEAP_RIGHT_WRITE.
 */
struct mheap_type_set {
	__u32 size;
	__u32 flags;
	__aligned_u64 text_uptr;
	__u32 type;
	__u32 bytes;
};

#define MHEAP_TYPE_SET _IO(MHEAP_TYPE, MHEAP_CMD_TYPE_SET)

/**
 * struct mheap_type_get - ioctl(MHEAP_TYPE_GET): the names of the next type
 * @size: sizeof(struct mheap_type_get)
 * @flags: must be 0
 * @cursor: the first type to look at; written: where the next call is to go on, or ~0
 *          when there is no more
 * @text_uptr: where the text goes
 * @bytes: room for it; of a text that is longer only so much is written
 * @out_bytes: bytes of the text; 0 when no type from @cursor on has names
 * @out_type: the type, then
 * @__reserved: must be 0
 *
 * Needs MHEAP_RIGHT_READ or MHEAP_RIGHT_INSPECT.
 */
struct mheap_type_get {
	__u32 size;
	__u32 flags;
	__aligned_u64 cursor;
	__aligned_u64 text_uptr;
	__u32 bytes;
	__u32 out_bytes;
	__u32 out_type;
	__u32 __reserved;
};

#define MHEAP_TYPE_GET _IO(MHEAP_TYPE, MHEAP_CMD_TYPE_GET)

/**
 * DOC: Looking at heaps
 *
 * Who may look at a heap without having been given a descriptor: the user who made it,
 * and who has CAP_SYS_PTRACE in the initial user namespace. The effective user of the
 * caller must have been both the real and the effective user of the process that made
 * the heap, when it did.
 */

/**
 * struct mheap_heap_entry - One heap, as MHEAP_HEAP_LIST writes it
 * @heap_id: its number
 * @created_ns: when it was made, by CLOCK_BOOTTIME
 * @objects: as &mheap_heap_stat.out_objects
 * @bytes: as &mheap_heap_stat.out_bytes
 * @memory: as &mheap_heap_stat.out_memory
 * @pid: process that made it, as the caller's PID namespace numbers it; 0 when it
 *       does not
 * @uid: its user, as the caller's user namespace numbers them
 * @sessions: sessions that are open
 * @__reserved: 0
 * @comm: name of that process when it made the heap, padded with NUL
 */
struct mheap_heap_entry {
	__aligned_u64 heap_id;
	__aligned_u64 created_ns;
	__aligned_u64 objects;
	__aligned_u64 bytes;
	__aligned_u64 memory;
	__u32 pid;
	__u32 uid;
	__u32 sessions;
	__u32 __reserved;
	char comm[MHEAP_COMM_MAX];
};

/**
 * struct mheap_heap_list - ioctl(MHEAP_HEAP_LIST): heaps that the caller may look at
 * @size: sizeof(struct mheap_heap_list)
 * @flags: must be 0
 * @cursor: 0 to begin, then what the last call wrote; written: where the next
 *          call is to go on, or ~0 when there is no more
 * @entries_uptr: array of &struct mheap_heap_entry
 * @count: entries that the array has room for, 1 to MHEAP_WALK_MAX
 * @out_count: entries that were written; fewer than @count, even 0, does not
 *             mean that there is no more
 * @entry_size: sizeof(struct mheap_heap_entry), or of what it has grown to; a multiple
 *              of 8, at most MHEAP_ENTRY_MAX
 * @__reserved: must be 0
 *
 * In the order of their numbers. Needs no heap.
 */
struct mheap_heap_list {
	__u32 size;
	__u32 flags;
	__aligned_u64 cursor;
	__aligned_u64 entries_uptr;
	__u32 count;
	__u32 out_count;
	__u32 entry_size;
	__u32 __reserved;
};

#define MHEAP_HEAP_LIST _IO(MHEAP_TYPE, MHEAP_CMD_HEAP_LIST)

/**
 * struct mheap_inspect - ioctl(MHEAP_INSPECT): look at a heap
 * @size: sizeof(struct mheap_inspect)
 * @flags: must be 0
 * @heap_id: its number; ENOENT when there is none that the caller may look at
 * @out_rights: the rights of this session: MHEAP_RIGHT_INSPECT and MHEAP_RIGHT_COLLECT
 * @__reserved: must be 0
 *
 * The session is one of that heap from then on, and keeps it as any other does. It can
 * have one handle.
 */
struct mheap_inspect {
	__u32 size;
	__u32 flags;
	__aligned_u64 heap_id;
	__u32 out_rights;
	__u32 __reserved;
};

#define MHEAP_INSPECT _IO(MHEAP_TYPE, MHEAP_CMD_INSPECT)

/**
 * struct mheap_session_entry - One session, as MHEAP_SESSION_LIST writes it
 * @session: its number
 * @pid: process that opened it, as the caller's PID namespace numbers it; 0 when it
 *       does not
 * @uid: its user, as the caller's user namespace numbers them
 * @rights: &enum mheap_right bits
 * @handles: handles that are open
 * @comm: name of that process when it opened the session, padded with NUL
 */
struct mheap_session_entry {
	__aligned_u64 session;
	__u32 pid;
	__u32 uid;
	__u32 rights;
	__u32 handles;
	char comm[MHEAP_COMM_MAX];
};

/**
 * struct mheap_session_list - ioctl(MHEAP_SESSION_LIST): the sessions of the heap
 * @size: sizeof(struct mheap_session_list)
 * @flags: must be 0
 * @cursor: 0 to begin, then what the last call wrote; written: where the next
 *          call is to go on, or ~0 when there is no more
 * @entries_uptr: array of &struct mheap_session_entry
 * @count: entries that the array has room for, 1 to MHEAP_WALK_MAX
 * @out_count: entries that were written
 * @entry_size: sizeof(struct mheap_session_entry), or of what it has grown to; a
 *              multiple of 8, at most MHEAP_ENTRY_MAX
 * @__reserved: must be 0
 *
 * In the order of their numbers; this session is one of them. Needs
 * MHEAP_RIGHT_INSPECT.
 */
struct mheap_session_list {
	__u32 size;
	__u32 flags;
	__aligned_u64 cursor;
	__aligned_u64 entries_uptr;
	__u32 count;
	__u32 out_count;
	__u32 entry_size;
	__u32 __reserved;
};

#define MHEAP_SESSION_LIST _IO(MHEAP_TYPE, MHEAP_CMD_SESSION_LIST)

/**
 * DOC: Dumps and snapshots
 *
 * A dump tells what there is in the heap and who holds it, as records of several kinds,
 * one behind the other. Each begins with &struct mheap_dump_record, which has its kind
 * and its size, a multiple of 8; kinds that are not known are to be skipped.
 *
 * First come the objects with their slots, and the weak cells; then those who hold them.
 * A slot is told as the number of the object that it refers to, or 0. One that refers
 * weakly is told as the number of a *weak cell*: a &struct mheap_dump_weak of the same
 * dump tells what that stands for. Weak handles likewise. Numbers tell objects apart, and
 * are used again when an object is gone.
 *
 * Without a snapshot, a dump tells what is there when it comes by: each record for itself,
 * while everything goes on. What lives throughout is told exactly once.
 *
 * With a snapshot, all records are of one instant, while everything goes on as well:
 *
 * - all that a handle, a root, a descriptor or a slot refers to is there;
 * - @handle_refs of an object is the number of roots, descriptors, and handles that are
 *   not weak, that are told to refer to it;
 * - @slot_refs is the number of slots that are told to refer to it. What is garbage and not
 *   yet reclaimed is told as well, and its slots count.
 *
 * A weak cell has besides a handle for each time that its object is watched.
 */

/**
 * enum mheap_dump_kind - What a record of a dump tells
 * @MHEAP_DUMP_OBJECT: an object and its first slots: &struct mheap_dump_object
 * @MHEAP_DUMP_SLOTS: further slots of an object: &struct mheap_dump_slots
 * @MHEAP_DUMP_WEAK: what stands for an object that is referred to weakly: &struct
 *                   mheap_dump_weak
 * @MHEAP_DUMP_ROOT: a named root: &struct mheap_dump_root
 * @MHEAP_DUMP_HANDLE: a handle of some session: &struct mheap_dump_handle
 * @MHEAP_DUMP_FD: an object that was exported: &struct mheap_dump_fd
 */
enum mheap_dump_kind {
	MHEAP_DUMP_OBJECT	= 1,
	MHEAP_DUMP_SLOTS	= 2,
	MHEAP_DUMP_WEAK		= 3,
	MHEAP_DUMP_ROOT		= 4,
	MHEAP_DUMP_HANDLE	= 5,
	MHEAP_DUMP_FD		= 6,
};

/* Flags of records: nothing refers to the object, and it is about to be taken apart. */
#define MHEAP_DUMP_IS_DEAD	(1U << 0)
/* The handle is weak, and what it refers to is a weak cell. */
#define MHEAP_DUMP_IS_WEAK	(1U << 1)

/**
 * struct mheap_dump_record - What every record of a dump begins with
 * @bytes: of the record, with all that belongs to it; a multiple of 8
 * @kind: &enum mheap_dump_kind
 * @flags: MHEAP_DUMP_IS_*
 */
struct mheap_dump_record {
	__u32 bytes;
	__u16 kind;
	__u16 flags;
};

/**
 * struct mheap_dump_object - An object, as MHEAP_DUMP writes it
 * @bytes: see &struct mheap_dump_record
 * @kind: MHEAP_DUMP_OBJECT
 * @flags: see &struct mheap_dump_record
 * @object: its number
 * @type: its type; of a dead one, 0
 * @site: its allocation site; of a dead one, 0
 * @age_ms: for how long it has been there; ~0 when that is not known
 * @payload_bytes: its payload
 * @slots: how many slots it has
 * @handle_refs: handles, named roots and descriptors that refer to it
 * @slot_refs: slots that refer to it
 * @object_bytes: what it takes, as &mheap_stat.out_bytes; of a dead one, at most
 * @count: slots that follow, from the first on, MHEAP_DUMP_SLOTS_MAX at most
 * @offset: where they begin, in bytes from the beginning of the record
 *
 * Of the slots of a long object some are told in records of their own, before or after
 * this one; those that are told in none are null.
 */
struct mheap_dump_object {
	__u32 bytes;
	__u16 kind;
	__u16 flags;
	__u32 object;
	__u32 type;
	__u32 site;
	__u32 age_ms;
	__u32 payload_bytes;
	__u32 slots;
	__u32 handle_refs;
	__u32 slot_refs;
	__u32 object_bytes;
	__u16 count;
	__u16 offset;
};

/**
 * struct mheap_dump_slots - Slots of an object, as MHEAP_DUMP writes them
 * @bytes: see &struct mheap_dump_record
 * @kind: MHEAP_DUMP_SLOTS
 * @flags: see &struct mheap_dump_record
 * @object: number of the object
 * @first: the first of them
 * @count: how many follow, MHEAP_DUMP_SLOTS_MAX at most
 * @offset: where they begin, in bytes from the beginning of the record
 */
struct mheap_dump_slots {
	__u32 bytes;
	__u16 kind;
	__u16 flags;
	__u32 object;
	__u32 first;
	__u32 count;
	__u32 offset;
};

/**
 * struct mheap_dump_weak - A weak cell, as MHEAP_DUMP writes it
 * @bytes: see &struct mheap_dump_record
 * @kind: MHEAP_DUMP_WEAK
 * @flags: see &struct mheap_dump_record
 * @weak: its number
 * @object: number of the object that it stands for, or 0 when that is gone
 * @handle_refs: weak handles, and watches, that refer to it
 * @slot_refs: slots that refer to it
 */
struct mheap_dump_weak {
	__u32 bytes;
	__u16 kind;
	__u16 flags;
	__u32 weak;
	__u32 object;
	__u32 handle_refs;
	__u32 slot_refs;
};

/**
 * struct mheap_dump_root - A named root, as MHEAP_DUMP writes it
 * @bytes: see &struct mheap_dump_record
 * @kind: MHEAP_DUMP_ROOT
 * @flags: see &struct mheap_dump_record
 * @object: number of the object that it refers to
 * @__reserved: 0
 * @name: its name, padded with NUL
 */
struct mheap_dump_root {
	__u32 bytes;
	__u16 kind;
	__u16 flags;
	__u32 object;
	__u32 __reserved;
	char name[MHEAP_ROOT_NAME_MAX];
};

/**
 * struct mheap_dump_handle - A handle, as MHEAP_DUMP writes it
 * @bytes: see &struct mheap_dump_record
 * @kind: MHEAP_DUMP_HANDLE
 * @flags: see &struct mheap_dump_record
 * @session: number of the session that has it
 * @handle: the handle, as that session knows it
 * @object: number of the object, or of the weak cell, that it refers to
 * @rights: &enum mheap_right, those that the handle has
 */
struct mheap_dump_handle {
	__u32 bytes;
	__u16 kind;
	__u16 flags;
	__aligned_u64 session;
	__aligned_u64 handle;
	__u32 object;
	__u32 rights;
};

/**
 * struct mheap_dump_fd - An exported object, as MHEAP_DUMP writes it
 * @bytes: see &struct mheap_dump_record
 * @kind: MHEAP_DUMP_FD
 * @flags: see &struct mheap_dump_record
 * @object: number of the object
 * @rights: &enum mheap_right, of those who import it
 */
struct mheap_dump_fd {
	__u32 bytes;
	__u16 kind;
	__u16 flags;
	__u32 object;
	__u32 rights;
};

/* A flag of MHEAP_DUMP: of the snapshot that the session has begun. */
#define MHEAP_DUMP_SNAPSHOT	(1U << 0)

/**
 * struct mheap_dump - ioctl(MHEAP_DUMP): what is in the heap, and who holds it
 * @size: sizeof(struct mheap_dump)
 * @flags: 0 or MHEAP_DUMP_SNAPSHOT
 * @cursor: 0 to begin, then what the last call wrote; written: where the next
 *          call is to go on, or ~0 when there is no more
 * @data_uptr: where the records go
 * @bytes: room there, MHEAP_DUMP_BYTES_MIN at least; more than 1 MiB is not used
 * @out_bytes: bytes that were written, of whole records; even 0 does not mean that
 *             there is no more
 *
 * A snapshot is read once, from its beginning to its end: EINVAL for any other cursor. A
 * call that fails may be made again. Needs MHEAP_RIGHT_INSPECT.
 */
struct mheap_dump {
	__u32 size;
	__u32 flags;
	__aligned_u64 cursor;
	__aligned_u64 data_uptr;
	__u32 bytes;
	__u32 out_bytes;
};

#define MHEAP_DUMP _IO(MHEAP_TYPE, MHEAP_CMD_DUMP)

/* A flag of MHEAP_SNAPSHOT: end the one that the session has; ENOENT when it has none. */
#define MHEAP_SNAPSHOT_END	(1U << 0)

/**
 * struct mheap_snapshot - ioctl(MHEAP_SNAPSHOT): let what is there be read, as it is now
 * @size: sizeof(struct mheap_snapshot)
 * @flags: 0 to begin, MHEAP_SNAPSHOT_END to end
 * @log_bytes: memory for what changes while the snapshot is open,
 *             MHEAP_SNAPSHOT_LOG_MIN to MHEAP_SNAPSHOT_LOG_MAX; 0 for 16 MiB; to end, 0
 * @out_objects: about how many objects there are
 * @out_ns: the instant (CLOCK_MONOTONIC)
 *
 * What MHEAP_DUMP_SNAPSHOT tells is what was there at one instant in the course of this
 * call. Nobody is stopped: what is about to change for the first time since then is copied
 * to the log before. When that is full, MHEAP_DUMP is EOVERFLOW. Memory is taken when a
 * snapshot begins, and charged to the caller: the log, and a bit for each 32 bytes of the
 * heap's objects.
 *
 * A heap has one snapshot at a time: EBUSY. It waits for a collection that is running; those
 * that begin later do not wait for it. It ends with its session at the latest. Needs
 * MHEAP_RIGHT_INSPECT.
 */
struct mheap_snapshot {
	__u32 size;
	__u32 flags;
	__aligned_u64 log_bytes;
	__aligned_u64 out_objects;
	__aligned_u64 out_ns;
};

#define MHEAP_SNAPSHOT _IO(MHEAP_TYPE, MHEAP_CMD_SNAPSHOT)

#endif /* _UAPI_LINUX_MHEAP_H */
