// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each heap has an inode of its own, which all its sessions' files share for mapping:
 * so the kernel knows every mapping of a place, and can take it away.
 *
 * Locks: the inode's invalidate_lock is held, shared, while a page is looked up and put
 * into a mapping, and alone while a chunk that is no longer to be found is taken out of
 * all mappings. So no mapping keeps what the heap has given up. Taken under mmap_lock;
 * the lock of the space is taken under it.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/pseudo_fs.h>

#include "heap.h"
#include "session.h"
#include "trace_session.h"
#include "window.h"

#define MHEAP_FS_MAGIC	0x6d686570	/* "mhep" */

static int mheap_fs_init(struct fs_context *fc)
{
	return init_pseudo(fc, MHEAP_FS_MAGIC) ? 0 : -ENOMEM;
}

/* It has no owner: it is mounted for as long as the module is loaded. */
static struct file_system_type mheap_fs = {
	.name = "mheap",
	.init_fs_context = mheap_fs_init,
	.kill_sb = kill_anon_super,
};

static struct vfsmount *mheap_fs_mount;

/**
 * mheap_window_system_init - where the inodes of all heaps are
 *
 * Context: once, when the module is loaded.
 * Return: 0 or a negative errno.
 */
int mheap_window_system_init(void)
{
	mheap_fs_mount = kern_mount(&mheap_fs);
	return PTR_ERR_OR_ZERO(mheap_fs_mount);
}

/**
 * mheap_window_system_exit - the opposite of mheap_window_system_init()
 *
 * Context: when the module is unloaded; no heap exists.
 */
void mheap_window_system_exit(void)
{
	kern_unmount(mheap_fs_mount);
}

/* The chunk is not found any more: let no mapping have it. */
static void mheap_window_forget(struct mheap_space *space, u32 number, u32 bytes)
{
	struct mheap_core *core = container_of(space, struct mheap_core, payloads);
	struct mheap_heap *heap = container_of(core, struct mheap_heap, core);
	struct address_space *mapping = heap->window->i_mapping;

	filemap_invalidate_lock(mapping);
	unmap_mapping_range(mapping, (loff_t)number << MHEAP_GRANULE_SHIFT, bytes, 1);
	filemap_invalidate_unlock(mapping);
}

/**
 * mheap_window_init - give a heap a window
 * @heap: the heap, whose core is ready
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int mheap_window_init(struct mheap_heap *heap)
{
	struct inode *inode = alloc_anon_inode(mheap_fs_mount->mnt_sb);

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	heap->window = inode;
	heap->core.payloads.forget = mheap_window_forget;
	return 0;
}

/**
 * mheap_window_exit - the opposite of mheap_window_init()
 * @heap: the heap, which nobody uses any more: a mapping keeps its session
 *
 * Context: may sleep.
 */
void mheap_window_exit(struct mheap_heap *heap)
{
	if (heap->window)
		iput(heap->window);
}

/**
 * mheap_window_attach - let a file map the window
 * @heap: the heap
 * @file: a file that is going to be a user of it
 *
 * Context: before the file's session has the heap.
 */
void mheap_window_attach(struct mheap_heap *heap, struct file *file)
{
	file->f_mapping = heap->window->i_mapping;
}

static vm_fault_t mheap_window_fault(struct vm_fault *vmf)
{
	struct mheap_session *session = vmf->vma->vm_file->private_data;
	struct mheap_heap *heap = mheap_session_heap(session);
	struct address_space *mapping = heap->window->i_mapping;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	void *address;
	int error;

	filemap_invalidate_lock_shared(mapping);
	address = mheap_space_look(&heap->core.payloads, (u64)vmf->pgoff << PAGE_SHIFT);
	if (address) {
		error = vm_insert_page(vmf->vma, vmf->address & PAGE_MASK, virt_to_page(address));
		/* Another thread may have been faster. */
		if (!error || error == -EBUSY)
			ret = VM_FAULT_NOPAGE;
		else if (error == -ENOMEM)
			ret = VM_FAULT_OOM;
	}
	filemap_invalidate_unlock_shared(mapping);
	return ret;
}

static const struct vm_operations_struct mheap_window_ops = {
	.fault = mheap_window_fault,
};

static bool mheap_window_has(const struct mheap_heap *heap, struct vm_area_struct *vma)
{
	u64 pages = (u64)heap->core.payloads.indices << (MHEAP_CHUNK_SHIFT - PAGE_SHIFT);

	return vma->vm_pgoff <= pages && vma_pages(vma) <= pages - vma->vm_pgoff;
}

/**
 * mheap_window_mmap - map a part of the window
 * @session: whose rights count
 * @vma: the mapping
 *
 * Context: under mmap_lock.
 * Return: 0; -ENXIO without a heap; -EINVAL for a private mapping, and for what is not
 *	   in the window; -EACCES without the rights.
 */
int mheap_window_mmap(struct mheap_session *session, struct vm_area_struct *vma)
{
	struct mheap_heap *heap = mheap_session_heap(session);
	const u32 needed = MHEAP_RIGHT_MAP | MHEAP_RIGHT_READ;

	if (!heap)
		return -ENXIO;
	if (!(vma->vm_flags & VM_SHARED) || !mheap_window_has(heap, vma))
		return -EINVAL;
	if ((session->rights & needed) != needed || vma->vm_flags & VM_EXEC)
		return -EACCES;
	if (!(session->rights & MHEAP_RIGHT_WRITE)) {
		if (vma->vm_flags & VM_WRITE)
			return -EACCES;
		vm_flags_clear(vma, VM_MAYWRITE);
	}
	vm_flags_clear(vma, VM_MAYEXEC);
	vm_flags_set(vma, VM_MIXEDMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = &mheap_window_ops;
	mheap_space_map(&heap->core.payloads);
	trace_mheap_map(session, vma);
	return 0;
}
