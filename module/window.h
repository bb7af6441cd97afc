/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The window: the payloads of a heap, as sessions map them. Pages are looked up when
 * they are touched; before a chunk goes, all mappings lose it.
 */
#ifndef _MHEAP_WINDOW_H
#define _MHEAP_WINDOW_H

struct file;
struct mheap_heap;
struct mheap_session;
struct vm_area_struct;

int mheap_window_system_init(void);
void mheap_window_system_exit(void);
int mheap_window_init(struct mheap_heap *heap);
void mheap_window_exit(struct mheap_heap *heap);
void mheap_window_attach(struct mheap_heap *heap, struct file *file);
int mheap_window_mmap(struct mheap_session *session, struct vm_area_struct *vma);

#endif
