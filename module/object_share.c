// SPDX-License-Identifier: GPL-2.0-only
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "core/slot.h"
#include "guest.h"
#include "heap.h"
#include "object_share.h"

/**
 * struct mheap_object_share - what the file of an object stands for
 * @heap: the heap, of which it is a user
 * @named: the object, of which it has a handle, and the rights to it
 */
struct mheap_object_share {
	struct mheap_heap *heap;
	struct mheap_named named;
};

/*
 * The kernel closes files at any place where a process ends or a socket is found
 * that nobody can read: so what is done here is bounded, as in any section.
 */
static int mheap_object_share_release(struct inode *inode, struct file *file)
{
	struct mheap_object_share *share = file->private_data;

	mheap_guest_drop(share->heap, share->named.object);
	mheap_heap_put(share->heap);
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
 * mheap_object_share_create - export an object
 * @heap: the heap, of which the caller is a user
 * @named: the object, and the rights of those who import it; where there is a file,
 *	   the caller's handle is the file's
 *
 * Context: may sleep.
 * Return: a new file, which is a user of the heap; -ENOMEM, -ENFILE.
 */
struct file *mheap_object_share_create(struct mheap_heap *heap, struct mheap_named named)
{
	struct mheap_object_share *share = kmalloc(sizeof(*share), GFP_KERNEL_ACCOUNT);
	struct file *file;

	if (!share)
		return ERR_PTR(-ENOMEM);
	share->heap = heap;
	share->named = named;
	file = anon_inode_getfile("[mheap-object]", &mheap_object_share_fops, share, O_RDWR);
	if (IS_ERR(file))
		kfree(share);
	else
		mheap_heap_get(heap);
	return file;
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
