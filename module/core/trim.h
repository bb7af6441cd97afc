/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Giving empty chunks back to the system, in passes. A pass gives back as many
 * chunks as were empty when it began, so it has an end.
 */
#ifndef _MHEAP_CORE_TRIM_H
#define _MHEAP_CORE_TRIM_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/types.h>

struct mheap_core;

/**
 * struct mheap_trim - empty chunks on their way back
 * @requested: number of the last pass that was asked for
 * @started: number of the last one that began
 * @finished: number of the last one that ended
 * @turn: a collection has ended since the last pass (the worker's, like all
 *	  below)
 * @waiting: for a grace period
 * @left: chunks that the running pass has still to give back
 * @cells: chunks of the space of objects
 * @payloads: chunks of the space of payloads
 */
struct mheap_trim {
	atomic64_t requested;
	atomic64_t started;
	atomic64_t finished;
	bool turn;
	bool waiting;
	u32 left;
	struct list_head cells;
	struct list_head payloads;
};

void mheap_trim_init(struct mheap_core *core);
void mheap_trim_exit(struct mheap_core *core);
u64 mheap_trim_request(struct mheap_core *core);
bool mheap_trim_useful(struct mheap_core *core);
bool mheap_trim_wanted(struct mheap_core *core);
bool mheap_trim_running(struct mheap_core *core);
enum mheap_step mheap_trim_step(struct mheap_core *core);

#endif
