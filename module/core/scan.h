/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Going through the objects of a heap in the order of their numbers, a bounded
 * number of steps at a time.
 */
#ifndef _MHEAP_CORE_SCAN_H
#define _MHEAP_CORE_SCAN_H

#include <linux/types.h>

struct mheap_core;
struct mheap_word;

/* Steps of one slice of the collector. */
#define MHEAP_SLICE_STEPS	4096

/**
 * enum mheap_filter - which objects a scan stops at
 * @MHEAP_FILTER_ALL: all cells in use
 * @MHEAP_FILTER_WHITE: those that are not marked
 */
enum mheap_filter {
	MHEAP_FILTER_ALL,
	MHEAP_FILTER_WHITE,
};

/**
 * struct mheap_scan - where a scan is
 * @index: of the chunk
 * @word: of its bitmap
 * @bits: objects of the word that are still to come
 * @slot: slots of the current object that are done
 * @again: the object to return once more, or 0
 */
struct mheap_scan {
	u32 index;
	u32 word;
	unsigned long bits;
	u32 slot;
	u32 again;
};

void mheap_scan_begin(struct mheap_scan *scan);
u32 mheap_scan_next(struct mheap_core *core, struct mheap_scan *scan, enum mheap_filter filter,
		    u32 *steps);
bool mheap_scan_next_word(struct mheap_core *core, struct mheap_scan *scan,
			  enum mheap_filter filter, struct mheap_word *ret_word, u32 *steps);
void mheap_scan_put_back(struct mheap_scan *scan, const struct mheap_word *word);
void mheap_scan_again(struct mheap_scan *scan, u32 number, u32 slot);
bool mheap_scan_over(struct mheap_core *core, const struct mheap_scan *scan);
void mheap_scan_seek(struct mheap_core *core, struct mheap_scan *scan, u32 cursor);
u32 mheap_scan_tell(const struct mheap_scan *scan);

#endif
