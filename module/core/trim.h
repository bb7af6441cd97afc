/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Giving empty chunks back to the system.
 */
#ifndef _MHEAP_CORE_TRIM_H
#define _MHEAP_CORE_TRIM_H

#include <linux/list.h>
#include <linux/types.h>

struct mheap_core;

/**
 * struct mheap_trim - empty chunks on their way back
 * @wanted: there may be more of them
 * @waiting: for a grace period
 * @cells: chunks of the space of objects
 * @payloads: chunks of the space of payloads
 */
struct mheap_trim {
	bool wanted;
	bool waiting;
	struct list_head cells;
	struct list_head payloads;
};

void mheap_trim_init(struct mheap_core *core);
void mheap_trim_exit(struct mheap_core *core);
void mheap_trim_request(struct mheap_core *core);
bool mheap_trim_useful(struct mheap_core *core);
enum mheap_step mheap_trim_step(struct mheap_core *core);

#endif
