/* SPDX-License-Identifier: GPL-2.0 */
/* Large graphs, built by batches. */
#ifndef SHAPES_H
#define SHAPES_H

#include "mheap_util.h"

/* A chain of @length objects with one slot; a handle to its head. */
int shape_chain(int fd, __u64 length, __u64 *head);

/* The same with the last one referring to the first. */
int shape_ring(int fd, __u64 length, __u64 *head);

/* One object with @width slots, each with an object that refers back if @back. */
int shape_wide(int fd, __u32 width, bool back, __u64 *hub);

/* @width objects with @width leaves each, under one object. */
int shape_tree(int fd, __u32 width, __u64 *top);

/* @count handles to objects of their own. */
int shape_handles(int fd, __u64 count);

/* 10 million on User Mode Linux, fewer where everything is emulated. */
__u64 shape_deep(void);

#endif
