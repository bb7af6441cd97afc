/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One object as a file: it keeps the object as a handle does, and passes to whoever
 * has a session of the same heap.
 */
#ifndef _MHEAP_OBJECT_SHARE_H
#define _MHEAP_OBJECT_SHARE_H

#include <linux/types.h>

#include "handle.h"

struct file;
struct mheap_heap;

struct file *mheap_object_share_create(struct mheap_heap *heap, struct mheap_named named);
int mheap_object_share_open(struct mheap_heap *heap, int fd, struct file **ret_file,
			    struct mheap_named *ret_named);

#endif
