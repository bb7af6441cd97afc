/* SPDX-License-Identifier: GPL-2.0 */
/* A valid argument of every command, for tests that then make one thing wrong. */
#ifndef COMMAND_ARGS_H
#define COMMAND_ARGS_H

#include "mheap_util.h"

#define COMMANDS 64		/* numbers that there is room for */

/* What a subject has open, and what refers to its object. */
#define SUBJECT_HANDLES 2	/* object and weak */
#define SUBJECT_REFS 3		/* object, the named root and object_fd */

/* What the arguments are about. */
struct subject {
	int fd;			/* a session with every right */
	int heap_fd;		/* exported by it */
	int object_fd;		/* the same for the object */
	int events_fd;		/* a queue of its events */
	__u64 object;		/* 4 null slots, 64 bytes, type 7; named "root" */
	__u64 weak;		/* a weak handle to it */
	__u64 heap_id;		/* of its heap */
	__u64 memory[512];	/* for data, entries and records */
	__u32 commands;		/* numbers that the module has for commands */
	struct mheap_query_command command[COMMANDS];
};

/* All commands that both the module and command_prepare() know. */
__u32 command_next(const struct subject *s, __u32 from);

#define for_each_command(s, number)					\
	for ((number) = command_next(s, 0); (number) < (s)->commands;	\
	     (number) = command_next(s, (number) + 1))

union command_arg {
	__u32 size;
	struct {
		__u32 size, flags;
	} head;
	struct mheap_query_command query_command;
	struct mheap_create create;
	struct mheap_stat stat;
	struct mheap_join join;
	struct mheap_export export;
	struct mheap_root_get root_get;
	struct mheap_root_set root_set;
	struct mheap_root_exchange root_exchange;
	struct mheap_root_list root_list;
	struct mheap_alloc alloc;
	struct mheap_read read;
	struct mheap_load load;
	struct mheap_exchange exchange;
	struct mheap_slot_list slot_list;
	struct mheap_dup dup;
	struct mheap_close close;
	struct mheap_walk walk;
	struct mheap_batch batch;
	struct mheap_object_export object_export;
	struct mheap_object_import object_import;
	struct mheap_weaken weaken;
	struct mheap_upgrade upgrade;
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
	unsigned char bytes[160];
};

int subject_make(struct subject *s);
void subject_end(struct subject *s);

/*
 * Fill in what would succeed with @object, in whatever session has that handle; a
 * weak one where the command takes that.
 */
void command_prepare(struct subject *s, __u32 command, __u64 object, union command_arg *arg);

/* The same for the subject's own session; CLOSE gets a handle to close. */
int subject_prepare(struct subject *s, __u32 command, union command_arg *arg);

/* Does it take a weak handle? */
bool command_takes_weak(__u32 command);

/* Does it need a session of its own, without a heap? */
bool command_makes_session(__u32 command);

/* Does the kernel write anything into its argument? */
bool command_answers(__u32 command);

/* Let go of what a call that succeeded has made. */
void command_undo(struct subject *s, __u32 command, union command_arg *arg);

/* The handle that a call has made, where it has been answered; 0 when it makes none. */
__u64 command_made(__u32 command, const union command_arg *arg);

#endif
