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

/* X(name, text): limits, of which the traces show the text. */
#define MHEAP_LIMITS(X)				\
	X(BYTES, "bytes")			\
	X(ALL_BYTES, "all_bytes")		\
	X(OBJECTS, "objects")			\
	X(INDICES, "indices")			\
	X(ROOTS, "roots")			\
	X(SITES, "sites")			\
	X(TYPES, "types")			\
	X(HANDLES, "handles")			\
	X(HEAPS, "heaps")			\
	X(QUEUES, "queues")			\
	X(WATCHES, "watches")

/* The enums below are made of their lists, so that no number lacks a text. */
#define MHEAP_LIMIT_ENUM(name, text) MHEAP_LIMIT_##name,
enum mheap_limit {
	MHEAP_LIMITS(MHEAP_LIMIT_ENUM)
	MHEAP_LIMIT_COUNT
};

/* X(name, text): what a look at a suspect can find. */
#define MHEAP_FINDINGS(X)				\
	X(ALIVE, "alive")			\
	X(FREED, "freed")			\
	X(GIVEN_UP, "given_up")			\
	X(GONE, "gone")

#define MHEAP_FINDING_ENUM(name, text) MHEAP_FINDING_##name,
enum mheap_finding {
	MHEAP_FINDINGS(MHEAP_FINDING_ENUM)
	MHEAP_FINDING_COUNT
};

u64 mheap_trace_id(const struct mheap_core *core);

#endif
