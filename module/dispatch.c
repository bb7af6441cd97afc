// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

#include "core/release.h"
#include "core/slot.h"
#include "dispatch.h"
#include "heap.h"
#include "session.h"

/**
 * mheap_call_init - begin to carry out commands of a session
 * @call: where
 * @session: the session
 *
 * Context: any.
 */
void mheap_call_init(struct mheap_call *call, struct mheap_session *session)
{
	/* What else there is belongs to a command, which sets it before it is looked at. */
	call->session = session;
	call->mutator = &session->mutator;
	call->heap = mheap_session_heap(session);
	call->core = call->heap ? &call->heap->core : NULL;
	call->issued = 0;
}

/* Reserved members are whole words, and few: this is shorter than memchr_inv(). */
static bool mheap_reserved_is_zero(const union mheap_argument *arg,
				   const struct mheap_reserved *reserved)
{
	const u32 *word = (const void *)arg + reserved->offset;
	u32 i, any = 0;

	for (i = 0; i < reserved->size / sizeof(*word); i++)
		any |= word[i];
	return !any;
}

/**
 * mheap_call_check - may this command be carried out, as far as the table knows
 * @call: with its command and argument
 *
 * Context: any.
 * Return: 0; -EOPNOTSUPP for an unknown flag; -EINVAL for a reserved member;
 *	   -ENXIO without a heap; -EACCES without the right.
 */
int mheap_call_check(const struct mheap_call *call)
{
	const struct mheap_op *op = call->op;
	int i;

	if (call->arg->record.flags & ~op->flags)
		return -EOPNOTSUPP;
	for (i = 0; i < ARRAY_SIZE(op->reserved); i++)
		if (!mheap_reserved_is_zero(call->arg, &op->reserved[i]))
			return -EINVAL;
	if (!(op->traits & MHEAP_COMMAND_HEAP))
		return 0;
	if (!call->heap)
		return -ENXIO;
	if (op->rights & ~call->session->rights)
		return -EACCES;
	return 0;
}

/**
 * mheap_call_leave - end the section, if one is open
 * @call: the call
 * @in_section: whether one is
 *
 * Context: any.
 */
void mheap_call_leave(struct mheap_call *call, bool *in_section)
{
	if (!*in_section)
		return;
	*in_section = false;
	mheap_section_exit(call->mutator);
	mheap_heap_attend(call->heap);
}

static int mheap_call_in_section(struct mheap_call *call, bool *in_section)
{
	int ret;

	if (!*in_section) {
		mheap_section_enter(call->mutator);
		*in_section = true;
	}
	ret = call->op->execute(call);
	if (call->mutator->dead.head)
		mheap_release_run(call->mutator);
	return ret;
}

/**
 * mheap_call_execute - carry out a command
 * @call: with its command and argument, which have been checked
 * @in_section: whether a section is open, before and afterwards
 *
 * Context: may sleep, outside of sections; under the session's lock where the
 *	    command asks for it.
 * Return: 0 or a negative errno.
 */
int mheap_call_execute(struct mheap_call *call, bool *in_section)
{
	int ret;

	call->prepared = false;
	call->answered = false;
	call->issued = 0;
	if (call->op->run) {
		mheap_call_leave(call, in_section);
		return call->op->run(call);
	}
	ret = mheap_call_in_section(call, in_section);
	if (ret != MHEAP_NOT_READY)
		return ret;
	mheap_call_leave(call, in_section);
	ret = call->op->prepare(call);
	if (ret)
		return ret;
	ret = mheap_call_in_section(call, in_section);
	return WARN_ON_ONCE(ret == MHEAP_NOT_READY) ? -ENOMEM : ret;
}

/**
 * mheap_call_revoke - close the handle of an answer that could not be given
 * @call: a call that was carried out
 *
 * Context: under the session's lock.
 */
void mheap_call_revoke(struct mheap_call *call)
{
	u32 object;

	if (!call->issued)
		return;
	lockdep_assert_held(&call->session->lock);
	if (mheap_handle_remove(&call->session->handles, call->issued, &object))
		return;
	mheap_section_enter(call->mutator);
	mheap_handle_drop(call->mutator, object);
	mheap_release_run(call->mutator);
	mheap_section_exit(call->mutator);
	mheap_heap_attend(call->heap);
}

/*
 * Answers are written twice: once before anything is done, as it came from
 * there, so that memory that cannot be written is an error that changes
 * nothing; and once with the answer.
 */
static int mheap_dispatch_answer(struct mheap_call *call, void __user *uarg, u32 usize)
{
	if (!(call->op->traits & MHEAP_OP_ANSWERS))
		return 0;
	return copy_to_user(uarg, call->arg, min_t(u32, usize, call->op->size)) ? -EFAULT : 0;
}

/* Most callers were built with the structure that this is built with. */
static int mheap_dispatch_fetch(union mheap_argument *argument, u32 size,
				const void __user *uarg, u32 usize)
{
	if (likely(usize == size))
		return copy_from_user(argument, uarg, size) ? -EFAULT : 0;
	return copy_struct_from_user(argument, size, uarg, usize);
}

static int mheap_dispatch_locked(struct mheap_call *call, void __user *uarg, u32 usize)
{
	bool in_section = false;
	int ret;

	ret = mheap_call_check(call);
	if (!ret)
		ret = mheap_dispatch_answer(call, uarg, usize);
	if (ret)
		return ret;
	ret = mheap_call_execute(call, &in_section);
	mheap_call_leave(call, &in_section);
	if (ret)
		return ret;
	ret = mheap_dispatch_answer(call, uarg, usize);
	if (call->op->settle)
		call->op->settle(call, !ret);
	else if (ret)
		mheap_call_revoke(call);
	return ret;
}

/**
 * mheap_dispatch - carry out an ioctl
 * @session: whose file it came by
 * @cmd: its number
 * @arg: pointer to its structure
 *
 * Context: may sleep; takes the session's lock.
 * Return: 0 or a negative errno: see the header of the UAPI.
 */
long mheap_dispatch(struct mheap_session *session, unsigned int cmd, unsigned long arg)
{
	void __user *uarg = (void __user *)arg;
	union mheap_argument argument;
	struct mheap_call call;
	const struct mheap_op *op;
	u32 usize;
	int ret;

	op = cmd == _IO(MHEAP_TYPE, _IOC_NR(cmd)) ? mheap_op_find(_IOC_NR(cmd)) : NULL;
	if (!op)
		return -ENOTTY;
	if (get_user(usize, (u32 __user *)uarg))
		return -EFAULT;
	if (usize < op->size_min)
		return -EINVAL;
	if (usize > PAGE_SIZE)
		return -E2BIG;
	ret = mheap_dispatch_fetch(&argument, op->size, uarg, usize);
	if (ret)
		return ret;
	if (!(op->traits & MHEAP_OP_UNLOCKED) && mutex_lock_killable(&session->lock))
		return -EINTR;
	mheap_call_init(&call, session);
	call.op = op;
	call.arg = &argument;
	ret = mheap_dispatch_locked(&call, uarg, usize);
	if (!(op->traits & MHEAP_OP_UNLOCKED))
		mutex_unlock(&session->lock);
	return ret;
}
