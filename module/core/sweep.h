/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What comes after the verification: the condemned are taken apart, and then their
 * cells are freed; those of what died meanwhile when nobody can hold their numbers
 * any more.
 */
#ifndef _MHEAP_CORE_SWEEP_H
#define _MHEAP_CORE_SWEEP_H

#include <linux/types.h>

struct mheap_core;

void mheap_sweep_condemned(struct mheap_core *core);
void mheap_sweep_free(struct mheap_core *core, u32 *steps);
void mheap_sweep_quarantine(struct mheap_core *core, u32 *steps);
void mheap_sweep_clear(struct mheap_core *core, u32 *steps);

#endif
