// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

#include "core/release.h"
#include "core/slot.h"
#include "core/trace.h"
#include "dispatch.h"
#include "heap.h"
#include "session.h"
#include "trace_session.h"

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
	call->may_wait = true;
	call->issued = 0;
}

/* A few words without a branch: it is done for every record. */
static bool mheap_reserved_are_zero(const struct mheap_call *call)
{
	const struct mheap_op *op = call->op;
	const u32 words = min_t(u32, op->size, sizeof(op->reserved)) / sizeof(u64);
	const u64 *word = (const u64 *)call->arg;
	u64 any = 0;
	u32 i;

	for (i = 0; i < words; i++)
		any |= word[i] & op->reserved_words[i];
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

	if (call->arg->record.flags & ~op->flags)
		return -EOPNOTSUPP;
	if (!mheap_reserved_are_zero(call))
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
	if (!mheap_core_quiet(call->core))
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
	mheap_section_took(call->mutator, 1);
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
	mheap_section_enter(call->mutator);
	if (!mheap_handle_remove(&call->session->handles, call->mutator, call->issued, &object)) {
		trace_mheap_close(call->core, object, call->issued);
		mheap_handle_drop(call->mutator, object);
	}
	mheap_release_run(call->mutator);
	mheap_section_exit(call->mutator);
	mheap_heap_attend(call->heap);
}

/**
 * mheap_call_answer - write the members back that a command answers with
 * @op: the command; it has such members
 * @arg: its structure
 * @uarg: where that came from
 *
 * Context: may sleep.
 * Return: 0 or -EFAULT.
 */
int mheap_call_answer(const struct mheap_op *op, const void *arg, void __user *uarg)
{
	const u64 *from = arg + op->answer.offset;
	u64 __user *to = uarg + op->answer.offset;
	u32 i;

	/* The handle, which comes first, is written last: who finds it has it. */
	for (i = op->answer.size / sizeof(*from); i--;)
		if (put_user(from[i], &to[i]))
			return -EFAULT;
	return 0;
}

/*
 * Whether the answer can be written is tried before anything is done, so that
 * memory that cannot be is an error that changes nothing. A structure lies in one
 * page or in two: its ends stand for all of it. What is written is what came from
 * there.
 */
static int mheap_dispatch_probe(struct mheap_call *call, void __user *uarg, u32 usize)
{
	const u8 *bytes = (const u8 *)call->arg;
	u32 last = min_t(u32, usize, call->op->size) - 1;
	u8 __user *to = uarg;

	if (!(call->op->traits & MHEAP_OP_ANSWERS))
		return 0;
	if (call->op->answer.size)
		return mheap_call_answer(call->op, call->arg, uarg);
	if (put_user(bytes[0], to))
		return -EFAULT;
	if (((unsigned long)to ^ (unsigned long)(to + last)) & PAGE_MASK)
		return put_user(bytes[last], to + last);
	return 0;
}

static int mheap_dispatch_answer(struct mheap_call *call, void __user *uarg, u32 usize)
{
	if (!(call->op->traits & MHEAP_OP_ANSWERS))
		return 0;
	if (call->op->answer.size)
		return mheap_call_answer(call->op, call->arg, uarg);
	return copy_to_user(uarg, call->arg, min_t(u32, usize, call->op->size)) ? -EFAULT : 0;
}

/* Most callers were built with the structure that this is built with. */
static bool mheap_dispatch_fetch_record(const struct mheap_op *op, union mheap_argument *argument,
					const void __user *uarg)
{
	return op->size == sizeof(argument->record) &&
	       !copy_from_user(&argument->record, uarg, sizeof(argument->record)) &&
	       argument->record.command == op->size;
}

/* Copies a structure in, whose size may be another than the one known here. */
static int mheap_dispatch_fetch(const struct mheap_op *op, union mheap_argument *argument,
				const void __user *uarg, u32 *ret_usize)
{
	u32 usize;

	*ret_usize = op->size;
	if (mheap_dispatch_fetch_record(op, argument, uarg))
		return 0;
	if (get_user(usize, (const u32 __user *)uarg))
		return -EFAULT;
	if (usize < op->size_min)
		return -EINVAL;
	if (usize > PAGE_SIZE)
		return -E2BIG;
	*ret_usize = usize;
	return copy_struct_from_user(argument, op->size, uarg, usize);
}

static int mheap_dispatch_locked(struct mheap_call *call, void __user *uarg, u32 usize)
{
	bool in_section = false;
	int ret;

	ret = mheap_call_check(call);
	if (!ret)
		ret = mheap_dispatch_probe(call, uarg, usize);
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

/* Where it must not wait, only what runs in a section is carried out. */
static int mheap_dispatch_lock(struct mheap_session *session, const struct mheap_op *op,
			       bool may_wait)
{
	if (!may_wait && op->run)
		return -EAGAIN;
	if (op->traits & MHEAP_OP_UNLOCKED)
		return 0;
	if (!may_wait)
		return mutex_trylock(&session->lock) ? 0 : -EAGAIN;
	return mutex_lock_killable(&session->lock) ? -EINTR : 0;
}

/**
 * mheap_dispatch - carry out a command
 * @session: whose file it came by
 * @cmd: its number, as ioctl() takes it
 * @arg: pointer to its structure
 * @may_wait: for the end of another operation of the session, or for a collection;
 *	      otherwise such a command is -EAGAIN, and nothing was done
 *
 * Context: may sleep; takes the session's lock.
 * Return: 0 or a negative errno: see the header of the UAPI.
 */
long mheap_dispatch(struct mheap_session *session, unsigned int cmd, unsigned long arg,
		    bool may_wait)
{
	void __user *uarg = (void __user *)arg;
	union mheap_argument argument mheap_uninitialized;
	struct mheap_call call mheap_uninitialized;
	const struct mheap_op *op;
	u32 usize;
	int ret;

	op = cmd == _IO(MHEAP_TYPE, _IOC_NR(cmd)) ? mheap_op_find(_IOC_NR(cmd)) : NULL;
	ret = op ? mheap_dispatch_fetch(op, &argument, uarg, &usize) : -ENOTTY;
	if (!ret)
		ret = mheap_dispatch_lock(session, op, may_wait);
	if (ret) {
		trace_mheap_refused(session, op, cmd, ret, false);
		return ret;
	}
	mheap_call_init(&call, session);
	call.may_wait = may_wait;
	call.op = op;
	call.arg = &argument;
	ret = mheap_dispatch_locked(&call, uarg, usize);
	trace_mheap_command(&call, ret, false);
	if (!(op->traits & MHEAP_OP_UNLOCKED))
		mutex_unlock(&session->lock);
	return ret;
}
