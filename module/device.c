// SPDX-License-Identifier: GPL-2.0-only
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "device.h"
#include "dispatch.h"
#include "heap.h"
#include "session.h"
#include "uring.h"
#include "window.h"

static const struct file_operations mheap_device_heap_fops;

static int mheap_device_open(struct inode *inode, struct file *file)
{
	file->private_data = mheap_session_new(file, &mheap_device_heap_fops);
	return file->private_data ? 0 : -ENOMEM;
}

static int mheap_device_release(struct inode *inode, struct file *file)
{
	mheap_session_close(file->private_data);
	return 0;
}

static long mheap_device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return mheap_dispatch(file->private_data, cmd, arg, true);
}

static int mheap_device_mmap(struct file *file, struct vm_area_struct *vma)
{
	return mheap_window_mmap(file->private_data, vma);
}

static void mheap_device_show_fdinfo(struct seq_file *seq, struct file *file)
{
	struct mheap_session *session = file->private_data;
	struct mheap_heap *heap = mheap_session_heap(session);

	if (!heap)
		return;
	seq_printf(seq, "mheap-heap:\t%llu\n", heap->id);
	seq_printf(seq, "mheap-session:\t%llu\n", session->id);
	seq_printf(seq, "mheap-rights:\t0x%x\n", session->rights);
	seq_printf(seq, "mheap-handles:\t%u\n", mheap_handles_open(&session->handles));
}

#ifdef CONFIG_IO_URING
#define MHEAP_DEVICE_URING	.uring_cmd = mheap_uring_command,
#else
#define MHEAP_DEVICE_URING
#endif

#define MHEAP_DEVICE_FOPS						\
	.owner = THIS_MODULE,						\
	.open = mheap_device_open,					\
	.release = mheap_device_release,				\
	.unlocked_ioctl = mheap_device_ioctl,				\
	.compat_ioctl = compat_ptr_ioctl,				\
	.show_fdinfo = mheap_device_show_fdinfo,			\
	MHEAP_DEVICE_URING

static const struct file_operations mheap_device_fops = {
	MHEAP_DEVICE_FOPS
};

/* Of a session that has a heap. */
static const struct file_operations mheap_device_heap_fops = {
	MHEAP_DEVICE_FOPS
	.mmap = mheap_device_mmap,
};

static struct miscdevice mheap_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mheap",
	.fops = &mheap_device_fops,
};

/**
 * mheap_device_register - make /dev/mheap
 *
 * Context: when the module is loaded.
 * Return: 0 or a negative errno.
 */
int mheap_device_register(void)
{
	return misc_register(&mheap_device);
}

/**
 * mheap_device_unregister - the opposite of mheap_device_register()
 *
 * Context: when the module is unloaded.
 */
void mheap_device_unregister(void)
{
	misc_deregister(&mheap_device);
}
