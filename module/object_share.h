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
struct mheap_mutator;
struct mheap_picture;
struct mheap_room;

struct file *mheap_object_share_create(struct mheap_heap *heap, struct mheap_named named);
int mheap_object_share_hold(struct file *file, struct mheap_mutator *mutator);
bool mheap_object_share_dump(struct mheap_heap *heap, struct mheap_picture *picture, u32 *index,
			     struct mheap_room *room, bool *ret_over);
int mheap_object_share_open(struct mheap_heap *heap, int fd, struct file **ret_file,
			    struct mheap_named *ret_named);

#endif
