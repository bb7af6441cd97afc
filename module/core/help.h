/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Marking by others than the worker of a heap. A helper belongs to no heap: its
 * owner lends it to one whose marking takes long, for as long as there is something
 * in the pool.
 */
#ifndef _MHEAP_CORE_HELP_H
#define _MHEAP_CORE_HELP_H

#include <linux/types.h>

struct mheap_core;
struct mheap_marker;

int mheap_help_init(struct mheap_marker *marker);
void mheap_help_exit(struct mheap_marker *marker);
void mheap_help_offer(struct mheap_core *core);
u32 mheap_help_wanted(struct mheap_core *core);
bool mheap_help(struct mheap_core *core, struct mheap_marker *marker);
void mheap_help_abandon(struct mheap_core *core, struct mheap_marker *marker);

#endif
