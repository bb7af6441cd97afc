/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MHEAP_CORE_TRACE_TYPES_H
#define _MHEAP_CORE_TRACE_TYPES_H

#include <linux/types.h>

struct mheap_core;

/**
 * enum mheap_freed - why an object was freed
 * @MHEAP_FREED_COUNT: its last reference went
 * @MHEAP_FREED_COLLECT: a collection found it in a dead cycle
 *
 * The numbers are those of &enum mheap_gone.
 */
enum mheap_freed {
	MHEAP_FREED_COUNT = 1,
	MHEAP_FREED_COLLECT = 2,
};

u64 mheap_trace_id(const struct mheap_core *core);

#endif
