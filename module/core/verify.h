/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verification: nothing cyclic is freed unless two independent proofs
 * agree. The trace did not reach it, and its counts say that no handle holds
 * it and that every slot that refers to it lies among what is condemned.
 */
#ifndef _MHEAP_CORE_VERIFY_H
#define _MHEAP_CORE_VERIFY_H

#include <linux/types.h>

struct mheap_core;

void mheap_verify_pin(struct mheap_core *core, u32 *steps);
void mheap_verify_subtract(struct mheap_core *core, u32 *steps);
void mheap_verify_check(struct mheap_core *core, u32 *steps);
void mheap_verify_restore(struct mheap_core *core, u32 *steps);
void mheap_verify_unpin(struct mheap_core *core, u32 *steps);

#endif
