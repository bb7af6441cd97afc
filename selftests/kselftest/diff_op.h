/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random operations, each made with what the reference heap says it answers.
 */
#ifndef DIFF_OP_H
#define DIFF_OP_H

#include "command_args.h"
#include "ref_heap.h"

#define OP_LIST 48		/* entries of a slot_list */

struct op {
	__u32 command;
	int session;
	union command_arg arg;		/* what the kernel gets, and what it wrote */
	unsigned char data[REF_PAYLOAD + 64];
	__u64 objects[OP_LIST];

	/* What is expected. */
	int ret;
	bool makes;			/* a handle, if it succeeds */
	int made;			/* to this thing, or REF_NONE: null */
	__u32 rights;			/* of that handle, or of the one it is about */
	__u64 chosen;			/* by the caller; 0: the kernel picks */
	int about;			/* the object that it is about */
	struct ref_fd *exported;	/* the descriptor that it makes, or NULL */
	unsigned char expected[REF_PAYLOAD];
};

/* Memory that all processes of a run have at the same address. */
struct arena {
	struct op op[64];
	struct mheap_record record[64];
	struct mheap_batch batch;
	struct op check;
	int fd;				/* a descriptor to close */
	void *nowhere;			/* an address that faults */
};

struct diff {
	struct ref_heap ref;
	struct arena *arena;
	__u64 seed;
	bool growing;
};

/* Make a random operation, and let the reference heap carry it out. */
void op_make(struct diff *diff, struct op *op, int session, bool batched);

/*
 * Does what the kernel did, @ret and op->arg, agree? Makes handles known that
 * the kernel has picked. NULL, or what is wrong.
 */
const char *op_check(struct diff *diff, struct op *op, int ret);

/* Ask for one object, and compare. */
void op_make_stat(struct diff *diff, struct op *op, int session, __u64 handle);
void op_make_read_all(struct diff *diff, struct op *op, int session, __u64 handle);
void op_make_slot_list(struct diff *diff, struct op *op, int session, __u64 handle, __u64 cursor);

void op_describe(const struct op *op, int ret, char *text, size_t room);

extern const char *const root_names[REF_ROOTS];

#endif
