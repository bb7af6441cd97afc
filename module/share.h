/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A heap as a file descriptor, to be passed to those who are to join it.
 */
#ifndef _MHEAP_SHARE_H
#define _MHEAP_SHARE_H

#include <linux/types.h>

struct file;
struct mheap_heap;

struct file *mheap_share_create(struct mheap_heap *heap, u32 rights);
struct mheap_heap *mheap_share_open(int fd, u32 *ret_rights);

#endif
