/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernels that this is written for. This file is included before every
 * other, and is the only one that may ask for the kernel's version.
 */
#ifndef _MHEAP_COMPAT_H
#define _MHEAP_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "mheap needs Linux 6.1 or newer"
#endif

/* Flags of a mapping are a member that everybody sets, before 6.3. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define vm_flags_set(vma, flags)	((vma)->vm_flags |= (flags))
#define vm_flags_clear(vma, flags)	((vma)->vm_flags &= ~(flags))
#endif

/* A command of io_uring has its argument, and not the entry, before 6.5. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#define MHEAP_URING_HAS_CMD
#endif

/* Those who have commands of io_uring have a header of their own since 6.8. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
#define MHEAP_URING_HAS_HEADER
#endif

/* Shrinkers are allocated by the kernel since 6.7. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
#define MHEAP_SHRINKER_IS_OURS
#endif

/*
 * Variables on the way of every operation, of which nothing is used that was not
 * set: not worth being cleared first, where the kernel is built so.
 */
#if __has_attribute(__uninitialized__)
#define mheap_uninitialized __attribute__((__uninitialized__))
#else
#define mheap_uninitialized
#endif

#endif
