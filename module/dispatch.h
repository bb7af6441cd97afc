/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a command is carried out, whether it comes by ioctl or as a record of a
 * batch. table.c says what there is to know of each.
 */
#ifndef _MHEAP_DISPATCH_H
#define _MHEAP_DISPATCH_H

#include <linux/types.h>

#include <linux/mheap.h>

#include "core/object.h"
#include "handle.h"

struct file;
struct mheap_core;
struct mheap_heap;
struct mheap_mutator;
struct mheap_session;

/* The structure of any command, in kernel memory: a member for each. */
union mheap_argument {
	struct mheap_query query;
	struct mheap_query_command query_command;
	struct mheap_create create;
	struct mheap_join join;
	struct mheap_export export;
	struct mheap_heap_stat heap_stat;
	struct mheap_root_get root_get;
	struct mheap_root_set root_set;
	struct mheap_root_exchange root_exchange;
	struct mheap_root_list root_list;
	struct mheap_alloc alloc;
	struct mheap_read read;
	struct mheap_write write;
	struct mheap_stat stat;
	struct mheap_load load;
	struct mheap_store store;
	struct mheap_exchange exchange;
	struct mheap_compare_exchange compare_exchange;
	struct mheap_slot_list slot_list;
	struct mheap_dup dup;
	struct mheap_close close;
	struct mheap_collect collect;
	struct mheap_collect_stat collect_stat;
	struct mheap_walk walk;
	struct mheap_batch batch;
	struct mheap_object_export object_export;
	struct mheap_object_import object_import;
	struct mheap_weaken weaken;
	struct mheap_upgrade upgrade;
	struct mheap_reset reset;
	struct mheap_set set;
	struct mheap_events events;
	struct mheap_watch watch;
	struct mheap_site site;
	struct mheap_site_list site_list;
	struct mheap_type_set type_set;
	struct mheap_type_get type_get;
	struct mheap_heap_list heap_list;
	struct mheap_inspect inspect;
	struct mheap_session_list session_list;
	struct mheap_snapshot snapshot;
	struct mheap_dump dump;
	struct mheap_record record;
};

/**
 * struct mheap_call - a command that is being carried out
 * @session: whose
 * @heap: its heap, or NULL
 * @core: its heap
 * @mutator: the session's
 * @op: the command
 * @arg: its structure
 * @parts: what @op's prepare got together for an object
 * @may_wait: for a collection, or for what takes long; -EAGAIN otherwise
 * @prepared: there is something in @parts
 * @answered: @arg was changed, and userspace is to know
 * @issued: a handle that userspace does not know yet, or 0
 * @traits: of the handle that is going to be issued
 * @joining: a heap that the session is about to have
 * @rights: of the session, then
 * @max_handles: of the session, then
 * @file: a file that userspace is about to have
 * @fd: its descriptor, then
 */
struct mheap_call {
	struct mheap_session *session;
	struct mheap_heap *heap;
	struct mheap_core *core;
	struct mheap_mutator *mutator;
	const struct mheap_op *op;
	union mheap_argument *arg;
	struct mheap_parts parts;
	bool may_wait;
	bool prepared;
	bool answered;
	u64 issued;
	u32 traits;
	struct mheap_heap *joining;
	u32 rights;
	u32 max_handles;
	struct file *file;
	int fd;
};

/* What becomes of a command besides &enum mheap_command_flag. */
#define MHEAP_OP_UNLOCKED	BIT(16)	/* carried out without the session's lock */
#define MHEAP_OP_ANSWERS	BIT(17)	/* the structure is written back */
#define MHEAP_OP_NULLABLE	BIT(18)	/* the handle may turn out to be null */

/* No reserved member comes after so many bytes of a structure. */
#define MHEAP_RESERVED_END	96

/**
 * struct mheap_part - some members of a structure
 * @offset: in bytes
 * @size: in bytes; 0 for none
 */
struct mheap_part {
	u16 offset;
	u16 size;
};

/**
 * struct mheap_op - what there is to know of a command
 * @name: as userspace and the traces show it
 * @size: of its structure
 * @size_min: of the shortest structure that is accepted
 * @flags: bits that its flags may have
 * @answer_flags: those of @flags that a record is written back for
 * @rights: &enum mheap_right bits that it needs
 * @traits: &enum mheap_command_flag and MHEAP_OP_*
 * @answer: the members that are written back, in whole 64-bit words; where there
 *	    are none, MHEAP_OP_ANSWERS is for all of the structure
 * @reserved: all ones where members must be zero
 * @reserved_words: the same
 * @execute: does it, in a section; MHEAP_NOT_READY when @prepare is needed
 * @prepare: gets together what @execute lacks, and may sleep
 * @run: does it, instead of @execute, and may sleep
 * @settle: finishes, or takes back, what must not be seen before the answer
 *	    has been written; where there is none, a handle is taken back
 */
struct mheap_op {
	const char *name;
	u16 size;
	u16 size_min;
	u32 flags;
	u32 answer_flags;
	u32 rights;
	u32 traits;
	struct mheap_part answer;
	union {
		u8 reserved[MHEAP_RESERVED_END];
		u64 reserved_words[MHEAP_RESERVED_END / sizeof(u64)];
	};
	int (*execute)(struct mheap_call *call);
	int (*prepare)(struct mheap_call *call);
	int (*run)(struct mheap_call *call);
	void (*settle)(struct mheap_call *call, bool answered);
};

const struct mheap_op *mheap_op_find(u32 command);
u32 mheap_op_count(void);
void mheap_call_init(struct mheap_call *call, struct mheap_session *session);
int mheap_call_answer(const struct mheap_op *op, const void *arg, void __user *uarg);
int mheap_call_check(const struct mheap_call *call);
int mheap_call_execute(struct mheap_call *call, bool *in_section);
void mheap_call_leave(struct mheap_call *call, bool *in_section);
void mheap_call_revoke(struct mheap_call *call);
long mheap_dispatch(struct mheap_session *session, unsigned int cmd, unsigned long arg,
		    bool may_wait);

#endif
