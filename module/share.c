// SPDX-License-Identifier: GPL-2.0-only
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "heap.h"
#include "share.h"
#include "trace_session.h"

/**
 * struct mheap_share - what an exported descriptor stands for
 * @heap: the heap, of which it is a user
 * @rights: &enum mheap_right of those who join through it
 */
struct mheap_share {
	struct mheap_heap *heap;
	u32 rights;
};

static int mheap_share_release(struct inode *inode, struct file *file)
{
	struct mheap_share *share = file->private_data;

	trace_mheap_unexport(share->heap, 0, share->rights);
	mheap_heap_put(share->heap);
	kfree(share);
	return 0;
}

static void mheap_share_show_fdinfo(struct seq_file *seq, struct file *file)
{
	const struct mheap_share *share = file->private_data;

	seq_printf(seq, "mheap-heap:\t%llu\n", share->heap->id);
	seq_printf(seq, "mheap-rights:\t0x%x\n", share->rights);
}

static const struct file_operations mheap_share_fops = {
	.owner = THIS_MODULE,
	.release = mheap_share_release,
	.show_fdinfo = mheap_share_show_fdinfo,
};

/**
 * mheap_share_create - export a heap
 * @heap: the heap, of which the caller is a user
 * @rights: of those who join through it
 *
 * Context: may sleep.
 * Return: a new file, which is a user of the heap; -ENOMEM, -ENFILE.
 */
struct file *mheap_share_create(struct mheap_heap *heap, u32 rights)
{
	struct mheap_share *share = kmalloc(sizeof(*share), GFP_KERNEL_ACCOUNT);
	struct file *file;

	if (!share)
		return ERR_PTR(-ENOMEM);
	share->heap = heap;
	share->rights = rights;
	file = anon_inode_getfile("[mheap]", &mheap_share_fops, share, O_RDWR);
	if (IS_ERR(file))
		kfree(share);
	else
		mheap_heap_get(heap);
	return file;
}

/**
 * mheap_share_open - the heap behind a descriptor
 * @fd: the descriptor, as userspace gave it
 * @ret_rights: where its rights go
 *
 * Context: may sleep.
 * Return: the heap, of which the caller is now a user; -EBADF when there is
 *	   none.
 */
struct mheap_heap *mheap_share_open(int fd, u32 *ret_rights)
{
	struct file *file = fget(fd);
	struct mheap_heap *heap = ERR_PTR(-EBADF);

	if (!file)
		return heap;
	if (file->f_op == &mheap_share_fops) {
		const struct mheap_share *share = file->private_data;

		heap = share->heap;
		mheap_heap_get(heap);
		*ret_rights = share->rights;
	}
	fput(file);
	return heap;
}
