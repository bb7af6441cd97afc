/* SPDX-License-Identifier: GPL-2.0 */
/* What those who make random operations have in common; see diff_op.h. */
#ifndef DIFF_MAKE_H
#define DIFF_MAKE_H

#include "diff_op.h"

/* One thing, at most, is wrong with an operation, so that its errno is certain. */
enum fault {
	NO_FAULT, BAD_OBJECT, BAD_VALUE, BAD_RANGE, BAD_FLAG, BAD_RESERVED, BAD_CHOICE,
	BAD_ADDRESS, BAD_RIGHTS, FAULTS,
};

/* What a command takes: an object by a handle with these rights, or something weak. */
#define ANY_THING (1U << 30)	/* an object or something weak, whatever the rights */
#define WEAK_THING (1U << 31)

static inline struct ref_session *session_of(struct diff *diff, struct op *op)
{
	return &diff->ref.session[op->session];
}

static inline struct ref_object *object_of(struct diff *diff, int object)
{
	return &diff->ref.object[object];
}

/* The rights of a handle that lacks none. */
static inline __u32 all_rights(struct diff *diff, struct op *op)
{
	return session_of(diff, op)->rights & MHEAP_RIGHTS_HANDLE;
}

/*
 * A handle as what an operation is about, which needs @rights of it. Sets op->about,
 * a thing, and op->rights, or op->ret when it will not do.
 */
__u64 subject(struct diff *diff, struct op *op, __u32 rights, enum fault fault);

/* A handle that the kernel is told to make: sets the flag, and what the choice is. */
__u64 choice(struct diff *diff, struct op *op, enum fault fault);

/* What is wrong with the frame of the call, whatever the command. */
void spoil_frame(struct diff *diff, struct op *op, enum fault fault);

/* Handles and descriptors of objects; the commands are in diff_handle.c. */
void make_dup(struct diff *diff, struct op *op, enum fault fault);
void make_close(struct diff *diff, struct op *op, enum fault fault);
void make_weaken(struct diff *diff, struct op *op, enum fault fault);
void make_upgrade(struct diff *diff, struct op *op, enum fault fault);
void make_object_export(struct diff *diff, struct op *op, enum fault fault);
void make_object_import(struct diff *diff, struct op *op, enum fault fault);

#endif
