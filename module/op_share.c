// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>

#include "core/slot.h"
#include "heap.h"
#include "object_share.h"
#include "op.h"
#include "op_util.h"
#include "share.h"

/**
 * mheap_op_offer - let userspace have a file when the answer has been written
 * @call: the call, whose command has mheap_op_settle_fd()
 * @file: the file, or an error
 * @ret_fd: where the descriptor goes, in the answer
 *
 * Context: may sleep.
 * Return: 0; the error of @file; -EMFILE.
 */
int mheap_op_offer(struct mheap_call *call, struct file *file, __s32 *ret_fd)
{
	int fd;

	if (IS_ERR(file))
		return PTR_ERR(file);
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		fput(file);
		return fd;
	}
	*ret_fd = fd;
	call->file = file;
	call->fd = fd;
	return 0;
}

int mheap_op_export(struct mheap_call *call)
{
	struct mheap_export *export = &call->arg->export;
	int ret;

	if (export->rights & ~MHEAP_RIGHTS_ALL)
		return -EINVAL;
	if (export->rights & ~call->session->rights)
		return -EACCES;
	ret = mheap_op_offer(call, mheap_share_create(call->heap, export->rights),
			     &export->out_fd);
	if (!ret)
		trace_mheap_export(call->heap, 0, export->rights);
	return ret;
}

void mheap_op_settle_fd(struct mheap_call *call, bool answered)
{
	if (answered) {
		fd_install(call->fd, call->file);
	} else {
		put_unused_fd(call->fd);
		fput(call->file);
	}
}

int mheap_op_object_export(struct mheap_call *call)
{
	struct mheap_object_export *export = &call->arg->object_export;
	struct mheap_named named;
	struct file *file;
	int ret;

	if (export->rights & ~MHEAP_RIGHTS_HANDLE)
		return -EINVAL;
	ret = mheap_op_object(call, export->handle, &named.object);
	if (ret)
		return ret;
	if (export->rights & ~(call->traits & call->session->rights))
		return -EACCES;
	named.traits = mheap_op_reduce(call, call->traits, export->rights);
	file = mheap_object_share_create(call->heap, named);
	if (!IS_ERR(file)) {
		mheap_section_enter(call->mutator);
		ret = mheap_object_share_hold(file, call->mutator);
		mheap_section_exit(call->mutator);
	}
	if (ret) {
		fput(file);
		return ret;
	}
	ret = mheap_op_offer(call, file, &export->out_fd);
	if (!ret)
		trace_mheap_export(call->heap, named.object, export->rights);
	return ret;
}

static int mheap_op_import_named(struct mheap_call *call, struct mheap_named named)
{
	struct mheap_object_import *import = &call->arg->object_import;
	int ret;

	if (import->rights & ~named.traits)
		return -EACCES;
	call->traits = named.traits;
	if (import->rights)
		call->traits = mheap_op_reduce(call, named.traits, import->rights);
	/* What the session lacks, nobody has kept from it. */
	call->traits &= mheap_op_all_traits(call) | MHEAP_HANDLE_REDUCED;
	ret = mheap_op_room(call, import->handle);
	if (ret == MHEAP_NOT_READY)
		ret = mheap_op_prepare_handle(call);
	if (ret)
		return ret;
	mheap_section_enter(call->mutator);
	ret = mheap_handle_take(call->mutator, named.object);
	if (!ret)
		mheap_op_issue(call, &import->handle, named.object);
	mheap_section_exit(call->mutator);
	return ret;
}

int mheap_op_object_import(struct mheap_call *call)
{
	const struct mheap_object_import *import = &call->arg->object_import;
	struct mheap_named named;
	struct file *file;
	int ret;

	if (import->rights & ~MHEAP_RIGHTS_HANDLE)
		return -EINVAL;
	ret = mheap_object_share_open(call->heap, import->object_fd, &file, &named);
	if (ret)
		return ret;
	ret = mheap_op_import_named(call, named);
	fput(file);
	return ret;
}
