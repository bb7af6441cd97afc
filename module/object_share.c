// SPDX-License-Identifier: GPL-2.0-only
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "core/phase.h"
#include "core/picture.h"
#include "core/slot.h"
#include "guest.h"
#include "heap.h"
#include "object_share.h"
#include "trace_session.h"

/* Files that are told of under the lock of the heap's shares. */
#define MHEAP_SHARES_PART	64

/**
 * struct mheap_object_share - what the file of an object stands for
 * @heap: the heap, of which it is a user
 * @named: the object, of which it has a handle, and the rights to it
 * @index: where it is among the heap's shares
 * @held: it has the handle (written in sections, under the lock of the shares)
 * @recorded: number of the last picture that it is in (protected by that lock)
 */
struct mheap_object_share {
	struct mheap_heap *heap;
	struct mheap_named named;
	u32 index;
	bool held;
	u64 recorded;
};

static void mheap_object_share_tell(const struct mheap_object_share *share,
				    struct mheap_dump_fd *to)
{
	*to = (struct mheap_dump_fd) {
		.bytes = sizeof(*to),
		.kind = MHEAP_DUMP_FD,
		.object = share->named.object,
		.rights = share->named.traits & MHEAP_RIGHTS_HANDLE,
	};
}

/* The picture that the file may be in, or NULL. */
static struct mheap_picture *mheap_object_share_picture(struct mheap_mutator *mutator)
{
	return mutator->phase & MHEAP_PHASE_RECORD ? mutator->core->instant.picture : NULL;
}

/* The file is going. A picture has it as it was. */
static void mheap_object_share_erase(struct mheap_object_share *share,
				     struct mheap_mutator *mutator)
{
	struct mheap_picture *picture = mheap_object_share_picture(mutator);
	struct mheap_dump_fd *to = NULL;

	xa_lock(&share->heap->shares);
	if (picture && share->held && share->recorded != picture->number)
		to = mheap_picture_log(picture, MHEAP_LOG_HOLDERS, sizeof(*to));
	if (to)
		mheap_object_share_tell(share, to);
	__xa_erase(&share->heap->shares, share->index);
	xa_unlock(&share->heap->shares);
}

/*
 * The kernel closes files at any place where a process ends or a socket is found
 * that nobody can read: so what is done here is bounded, as in any section.
 */
static int mheap_object_share_release(struct inode *inode, struct file *file)
{
	struct mheap_object_share *share = file->private_data;
	struct mheap_heap *heap = share->heap;
	struct mheap_mutator *mutator = mheap_guest_enter(heap);

	trace_mheap_unexport(heap, share->named.object, share->named.traits & MHEAP_RIGHTS_HANDLE);
	mheap_object_share_erase(share, mutator);
	if (share->held)
		mheap_handle_drop(mutator, share->named.object);
	mheap_guest_leave(heap);
	mheap_heap_put(heap);
	kfree(share);
	return 0;
}

static void mheap_object_share_show_fdinfo(struct seq_file *seq, struct file *file)
{
	const struct mheap_object_share *share = file->private_data;

	seq_printf(seq, "mheap-heap:\t%llu\n", share->heap->id);
	seq_printf(seq, "mheap-object:\t%u\n", share->named.object);
	seq_printf(seq, "mheap-rights:\t0x%x\n", share->named.traits & MHEAP_RIGHTS_HANDLE);
}

static const struct file_operations mheap_object_share_fops = {
	.owner = THIS_MODULE,
	.release = mheap_object_share_release,
	.show_fdinfo = mheap_object_share_show_fdinfo,
};

/**
 * mheap_object_share_create - a file for an object
 * @heap: the heap, of which the caller is a user
 * @named: the object, and the rights of those who import it
 *
 * It has no handle yet.
 *
 * Context: may sleep.
 * Return: a new file, which is a user of the heap; -ENOMEM, -ENFILE.
 */
struct file *mheap_object_share_create(struct mheap_heap *heap, struct mheap_named named)
{
	struct mheap_object_share *share = kzalloc(sizeof(*share), GFP_KERNEL_ACCOUNT);
	struct file *file;
	int ret;

	if (!share)
		return ERR_PTR(-ENOMEM);
	share->heap = heap;
	share->named = named;
	ret = xa_alloc(&heap->shares, &share->index, share, xa_limit_32b, GFP_KERNEL_ACCOUNT);
	if (ret)
		goto free_share;
	file = anon_inode_getfile("[mheap-object]", &mheap_object_share_fops, share, O_RDWR);
	if (IS_ERR(file)) {
		ret = PTR_ERR(file);
		goto erase;
	}
	mheap_heap_get(heap);
	return file;

erase:
	xa_erase(&heap->shares, share->index);
free_share:
	kfree(share);
	return ERR_PTR(ret);
}

/**
 * mheap_object_share_hold - let the file of an object keep it
 * @file: a new file
 * @mutator: in a section; the caller keeps the object
 *
 * Context: takes the lock of the heap's shares.
 * Return: 0; -EMLINK when there are too many handles to the object.
 */
int mheap_object_share_hold(struct file *file, struct mheap_mutator *mutator)
{
	struct mheap_picture *picture = mheap_object_share_picture(mutator);
	struct mheap_object_share *share = file->private_data;
	int ret;

	ret = mheap_handle_take(mutator, share->named.object);
	if (ret)
		return ret;
	xa_lock(&share->heap->shares);
	share->held = true;
	/* It is not in one that has been taken before. */
	if (picture)
		share->recorded = picture->number;
	xa_unlock(&share->heap->shares);
	return 0;
}

/**
 * mheap_object_share_dump - tell of the objects that are exported
 * @heap: the heap
 * @picture: those that were exported then, and have not been recorded; or NULL: those that
 *	     are exported now
 * @index: where to go on, 0 at first
 * @room: where records go
 * @ret_over: whether that is all
 *
 * Context: any; takes the lock of the heap's shares, for MHEAP_SHARES_PART of them at most.
 * Return: whether there was room.
 */
bool mheap_object_share_dump(struct mheap_heap *heap, struct mheap_picture *picture, u32 *index,
			     struct mheap_room *room, bool *ret_over)
{
	struct mheap_object_share *share;
	unsigned long at = *index;
	struct mheap_dump_fd *fd;
	u32 count = 0;

	xa_lock(&heap->shares);
	xa_for_each_start(&heap->shares, at, share, *index) {
		*index = at;
		fd = count++ < MHEAP_SHARES_PART ? mheap_room_take(room, sizeof(*fd)) : NULL;
		if (!fd)
			break;
		if (!share->held || (picture && share->recorded == picture->number)) {
			room->used -= sizeof(*fd);
			continue;
		}
		mheap_object_share_tell(share, fd);
		if (picture)
			share->recorded = picture->number;
	}
	xa_unlock(&heap->shares);
	*ret_over = !share;
	return !share || count > MHEAP_SHARES_PART;
}

/**
 * mheap_object_share_open - the object behind a descriptor
 * @heap: the heap that it must be of
 * @fd: the descriptor, as userspace gave it
 * @ret_file: where the file goes, for fput(); it keeps the object until then
 * @ret_named: where the object and the rights to it go
 *
 * Context: any.
 * Return: 0; -EBADF when there is none; -EXDEV when it is of another heap.
 */
int mheap_object_share_open(struct mheap_heap *heap, int fd, struct file **ret_file,
			    struct mheap_named *ret_named)
{
	const struct mheap_object_share *share;
	struct file *file = fget(fd);

	if (!file)
		return -EBADF;
	share = file->private_data;
	if (file->f_op != &mheap_object_share_fops || share->heap != heap) {
		int ret = file->f_op == &mheap_object_share_fops ? -EXDEV : -EBADF;

		fput(file);
		return ret;
	}
	*ret_named = share->named;
	*ret_file = file;
	return 0;
}
