/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /sys/kernel/debug/mheap: a directory a heap. The first line of every file is
 * its name and the version of its format.
 */
#ifndef _MHEAP_DEBUGFS_H
#define _MHEAP_DEBUGFS_H

#include <linux/seq_file.h>

struct dentry;
struct file;
struct inode;
struct mheap_heap;

void mheap_debugfs_init(void);
void mheap_debugfs_exit(void);
void mheap_debugfs_add(struct mheap_heap *heap);
int mheap_debugfs_seq_open(struct inode *inode, struct file *file,
			   const struct seq_operations *operations);
void mheap_debugfs_add_sessions(struct mheap_heap *heap, struct dentry *dir);
void mheap_debugfs_add_sites(struct mheap_heap *heap, struct dentry *dir);
void mheap_debugfs_add_graph(struct mheap_heap *heap, struct dentry *dir);
void mheap_debugfs_remove(struct mheap_heap *heap);

#endif
