/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When the system is short of memory, heaps give back what they do not need.
 */
#ifndef _MHEAP_PRESSURE_H
#define _MHEAP_PRESSURE_H

struct mheap_heap;

int mheap_pressure_system_init(void);
void mheap_pressure_system_exit(void);
void mheap_pressure_add(struct mheap_heap *heap);
void mheap_pressure_remove(struct mheap_heap *heap);

#endif
