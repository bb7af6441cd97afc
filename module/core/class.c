// SPDX-License-Identifier: GPL-2.0-only
/*
 * Size classes, from a granule to a quarter of a chunk; above two granules
 * each is at most half larger than the one below it.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/math.h>

#include "class.h"

const u16 mheap_class_granules[MHEAP_CLASSES] = {
	1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128,
	192, 256, 384, 512, 768, 1024, 1280, 1536, 2048,
};

static_assert(MHEAP_CELL_MAX == 128 * MHEAP_GRANULE);
static_assert(MHEAP_CLASS_BYTES_MAX == 2048 * MHEAP_GRANULE);

/* For each class, a bit at every granule of a chunk where a cell begins. */
static unsigned long mheap_class_start_bits[MHEAP_CLASSES][MHEAP_CHUNK_WORDS];

/* The class of n granules, for n up to the largest cell of an object. */
static u8 mheap_class_small[MHEAP_CELL_MAX / MHEAP_GRANULE + 1];

/**
 * mheap_class_init - fill the tables that all heaps share
 *
 * Context: once, before the first heap is made.
 */
void mheap_class_init(void)
{
	u32 class = 0, i, at;

	for (i = 0; i < ARRAY_SIZE(mheap_class_small); i++) {
		if (i > mheap_class_granules[class])
			class++;
		mheap_class_small[i] = class;
	}
	for (class = 0; class < MHEAP_CLASSES; class++) {
		at = 0;
		for (i = 0; i < mheap_class_cells(class); i++) {
			__set_bit(at, mheap_class_start_bits[class]);
			at += mheap_class_granules[class];
		}
	}
}

/**
 * mheap_class_for - the class for a size
 * @bytes: 1 to 2^30
 *
 * Context: any.
 * Return: the smallest class that holds @bytes, or MHEAP_CLASS_LARGE.
 */
u32 mheap_class_for(u32 bytes)
{
	u32 granules = DIV_ROUND_UP(bytes, MHEAP_GRANULE);
	u32 class;

	if (granules < ARRAY_SIZE(mheap_class_small))
		return mheap_class_small[granules];
	for (class = MHEAP_CELL_CLASSES; class < MHEAP_CLASSES; class++)
		if (granules <= mheap_class_granules[class])
			break;
	return class;
}

/**
 * mheap_class_cells - cells of a chunk
 * @class: below MHEAP_CLASSES
 *
 * Context: any.
 * Return: how many cells a chunk of this class has.
 */
u32 mheap_class_cells(u32 class)
{
	return MHEAP_CHUNK_GRANULES / mheap_class_granules[class];
}

/**
 * mheap_class_starts - where cells begin
 * @class: below MHEAP_CLASSES
 *
 * Context: any.
 * Return: a bitmap of MHEAP_CHUNK_GRANULES bits.
 */
const unsigned long *mheap_class_starts(u32 class)
{
	return mheap_class_start_bits[class];
}
