/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Helpers mark beside the worker of a heap whose marking takes long. They belong to
 * the module and not to any heap, so a heap has no memory for them, and a collection
 * asks for none.
 */
#ifndef _MHEAP_HELPER_H
#define _MHEAP_HELPER_H

struct mheap_heap;

int mheap_helper_system_init(void);
void mheap_helper_system_exit(void);
void mheap_helper_call(struct mheap_heap *heap);
void mheap_helper_flush(struct mheap_heap *heap);

#endif
