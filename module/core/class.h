/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Size classes: how many granules the cells of a chunk have.
 */
#ifndef _MHEAP_CORE_CLASS_H
#define _MHEAP_CORE_CLASS_H

#include <linux/types.h>

#include "cell.h"

#define MHEAP_CHUNK_SHIFT	18
#define MHEAP_CHUNK_BYTES	(1U << MHEAP_CHUNK_SHIFT)
#define MHEAP_CHUNK_GRANULES	(MHEAP_CHUNK_BYTES / MHEAP_GRANULE)
#define MHEAP_CHUNK_WORDS	(MHEAP_CHUNK_GRANULES / BITS_PER_LONG)

#define MHEAP_CLASSES		23	/* of payloads */
#define MHEAP_CELL_CLASSES	14	/* the first of them are those of cells */
#define MHEAP_CLASS_LARGE	MHEAP_CLASSES
#define MHEAP_CLASS_BYTES_MAX	65536U

/* Granules of a cell of each class. */
extern const u16 mheap_class_granules[MHEAP_CLASSES];

void mheap_class_init(void);
u32 mheap_class_for(u32 bytes);
u32 mheap_class_cells(u32 class);
const unsigned long *mheap_class_starts(u32 class);

/**
 * mheap_class_bytes - bytes of a cell
 * @class: below MHEAP_CLASSES
 *
 * Context: any.
 * Return: bytes.
 */
static inline u32 mheap_class_bytes(u32 class)
{
	return mheap_class_granules[class] * MHEAP_GRANULE;
}

#endif
