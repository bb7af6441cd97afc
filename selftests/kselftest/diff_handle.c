// SPDX-License-Identifier: GPL-2.0
/* Random operations on handles and on descriptors of objects; see diff_make.h. */
#include "diff_make.h"

/* Rights to ask for of those that there are; 0 is all of them. */
static __u32 some_rights(struct diff *diff, struct op *op, __u32 there_are, enum fault fault)
{
	__u32 rights = 0, lacking = MHEAP_RIGHTS_HANDLE & ~there_are;

	if (!random_below(&diff->seed, 3))
		rights = random_next(&diff->seed) & there_are;
	if (fault != BAD_RIGHTS || op->ret)
		return rights;
	if (lacking && random_below(&diff->seed, 2)) {
		op->ret = -EACCES;
		return rights | lacking;
	}
	op->ret = -EINVAL;
	return rights | (MHEAP_RIGHTS_HANDLE + 1) << random_below(&diff->seed, 28);
}

void make_dup(struct diff *diff, struct op *op, enum fault fault)
{
	struct mheap_dup *arg = &op->arg.dup;

	arg->handle = subject(diff, op, ANY_THING, fault);
	arg->rights = some_rights(diff, op, op->rights, fault);
	if (arg->rights)
		op->rights = arg->rights;
	op->made = op->about;
	arg->out_handle = choice(diff, op, fault);
}

void make_close(struct diff *diff, struct op *op, enum fault fault)
{
	op->arg.close.handle = subject(diff, op, ANY_THING, fault);
	if (!op->ret)
		ref_close(&diff->ref, session_of(diff, op), op->arg.close.handle);
}

void make_weaken(struct diff *diff, struct op *op, enum fault fault)
{
	struct mheap_weaken *arg = &op->arg.weaken;

	arg->handle = subject(diff, op, 0, fault);
	op->made = op->about;
	arg->out_handle = choice(diff, op, fault);
	if (!op->ret)
		op->made = ref_weaken(&diff->ref, op->about);
}

void make_upgrade(struct diff *diff, struct op *op, enum fault fault)
{
	struct mheap_upgrade *arg = &op->arg.upgrade;

	arg->handle = subject(diff, op, WEAK_THING, fault);
	op->made = op->ret ? REF_NONE : ref_upgrade(&diff->ref, op->about);
	arg->out_handle = choice(diff, op, fault);
}

/* A descriptor of the session that is, or is not, in use; NULL when there is none. */
static struct ref_fd *any_fd(struct diff *diff, struct op *op, bool used)
{
	struct ref_session *session = session_of(diff, op);
	__u32 i, at = random_below(&diff->seed, REF_FDS);

	for (i = 0; i < REF_FDS; i++)
		if ((session->fd[(at + i) % REF_FDS].object != REF_NONE) == used)
			return &session->fd[(at + i) % REF_FDS];
	return NULL;
}

void make_object_export(struct diff *diff, struct op *op, enum fault fault)
{
	struct mheap_object_export *arg = &op->arg.object_export;
	struct ref_fd *fd = any_fd(diff, op, false);

	arg->handle = subject(diff, op, MHEAP_RIGHT_SHARE, fault);
	arg->rights = some_rights(diff, op, op->rights, fault);
	if (!fd && !op->ret)
		spoil_frame(diff, op, BAD_FLAG);
	if (op->ret)
		return;
	op->exported = fd;
	ref_export(&diff->ref, fd, op->about, arg->rights);
}

void make_object_import(struct diff *diff, struct op *op, enum fault fault)
{
	struct mheap_object_import *arg = &op->arg.object_import;
	struct ref_fd *fd = any_fd(diff, op, true);

	if (!fd || fault == BAD_OBJECT) {
		op->ret = -EBADF;
		arg->object_fd = -1 - (int)random_below(&diff->seed, 5);
		return;
	}
	arg->object_fd = fd->fd;
	arg->rights = some_rights(diff, op, fd->rights, fault);
	op->made = fd->object;
	op->rights = (arg->rights ? arg->rights : fd->rights) & all_rights(diff, op);
	arg->handle = choice(diff, op, fault);
}
