// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/nospec.h>

#include "core.h"
#include "scan.h"

/* What going on to the next chunk counts in steps. */
#define MHEAP_SCAN_CHUNK_STEPS	16U

/**
 * mheap_scan_begin - begin a scan
 * @scan: the scan
 *
 * Context: any.
 */
void mheap_scan_begin(struct mheap_scan *scan)
{
	scan->index = 1;
	scan->word = 0;
	scan->bits = 0;
	scan->slot = 0;
	scan->again = 0;
}

static unsigned long mheap_scan_word(const struct mheap_chunk *chunk, u32 word,
				     enum mheap_filter filter)
{
	unsigned long bits = READ_ONCE(chunk->alloc[word]);

	if (filter == MHEAP_FILTER_WHITE && bits) {
		/* Pairs with mheap_cursor_take(): who sees the cell sees its mark. */
		smp_rmb();
		bits &= ~READ_ONCE(chunk->mark[word]);
	}
	return bits;
}

/*
 * Goes to the next word that has objects, within @steps. Returns its chunk; NULL when
 * there are no steps left, or the scan is over.
 */
static struct mheap_chunk *mheap_scan_advance(struct mheap_core *core, struct mheap_scan *scan,
					      enum mheap_filter filter, u32 *steps)
{
	struct mheap_space *space = &core->cells;
	struct mheap_chunk *chunk;

	while (*steps) {
		if (scan->index >= READ_ONCE(space->end))
			return NULL;
		chunk = mheap_space_chunk(space, scan->index);
		for (; chunk && scan->word < MHEAP_CHUNK_WORDS; scan->word++) {
			scan->bits = mheap_scan_word(chunk, scan->word, filter);
			if (scan->bits)
				return chunk;
		}
		scan->index++;
		scan->word = 0;
		*steps -= min(*steps, MHEAP_SCAN_CHUNK_STEPS);
	}
	return NULL;
}

/**
 * mheap_scan_next - the next object of a scan
 * @core: the heap
 * @scan: the scan
 * @filter: which objects
 * @steps: how many steps are left; what this takes is subtracted
 *
 * Context: by the worker, or in a section for as long as the scan goes on in
 *	    it. The cell may be one that is not yet, or no longer, an object.
 * Return: a number; 0 when @steps is 0, or when the scan is over.
 */
u32 mheap_scan_next(struct mheap_core *core, struct mheap_scan *scan, enum mheap_filter filter,
		    u32 *steps)
{
	u32 number;

	if (!*steps)
		return 0;
	if (scan->again) {
		number = scan->again;
		scan->again = 0;
		--*steps;
		return number;
	}
	if (!scan->bits && !mheap_scan_advance(core, scan, filter, steps))
		return 0;
	number = (scan->index << MHEAP_INDEX_SHIFT) + scan->word * BITS_PER_LONG +
		 __ffs(scan->bits);
	scan->bits &= scan->bits - 1;
	if (!scan->bits)
		scan->word++;
	scan->slot = 0;
	*steps -= min(*steps, 1U);
	return number;
}

/**
 * mheap_scan_next_word - the objects of the next word of a scan
 * @core: the heap
 * @scan: the scan; one that is used by mheap_scan_next() is not for this
 * @filter: which objects
 * @ret_word: where they go
 * @steps: how many steps are left; a step for each object is subtracted
 *
 * For those who do little with each of many.
 *
 * Context: as for mheap_scan_next().
 * Return: whether there was one; if not, @steps is 0, or the scan is over.
 */
bool mheap_scan_next_word(struct mheap_core *core, struct mheap_scan *scan,
			  enum mheap_filter filter, struct mheap_word *ret_word, u32 *steps)
{
	struct mheap_chunk *chunk;

	if (scan->bits)
		chunk = mheap_space_chunk(&core->cells, scan->index);
	else
		chunk = mheap_scan_advance(core, scan, filter, steps);
	if (!chunk)
		return false;
	ret_word->chunk = chunk;
	ret_word->first = chunk->first + scan->word * BITS_PER_LONG;
	ret_word->bits = scan->bits;
	*steps -= min_t(u32, *steps, hweight_long(scan->bits));
	scan->bits = 0;
	scan->word++;
	return true;
}

/**
 * mheap_scan_put_back - leave objects of a word to the next call
 * @scan: the scan
 * @word: what mheap_scan_next_word() has given, of which @bits are left, at least one
 *
 * Context: any.
 */
void mheap_scan_put_back(struct mheap_scan *scan, const struct mheap_word *word)
{
	scan->word = mheap_chunk_bit(word->first) / BITS_PER_LONG;
	scan->bits = word->bits;
}

/**
 * mheap_scan_again - let the next call return the same object again
 * @scan: the scan
 * @number: the object
 * @slot: slots of it that are done
 *
 * Context: any.
 */
void mheap_scan_again(struct mheap_scan *scan, u32 number, u32 slot)
{
	scan->again = number;
	scan->slot = slot;
}

/**
 * mheap_scan_over - is a scan over
 * @core: the heap
 * @scan: the scan
 *
 * Context: any.
 * Return: whether mheap_scan_next() has nothing more to return.
 */
bool mheap_scan_over(struct mheap_core *core, const struct mheap_scan *scan)
{
	return !scan->bits && !scan->again && scan->index >= READ_ONCE(core->cells.end);
}

/**
 * mheap_scan_seek - go on from a place
 * @core: the heap
 * @scan: the scan
 * @cursor: what mheap_scan_tell() told, or any other number
 *
 * Context: in a section. Finds all cells in use, as MHEAP_FILTER_ALL does.
 */
void mheap_scan_seek(struct mheap_core *core, struct mheap_scan *scan, u32 cursor)
{
	struct mheap_chunk *chunk;
	u32 index = cursor >> MHEAP_INDEX_SHIFT;

	mheap_scan_begin(scan);
	if (!index)
		return;
	scan->index = index;
	if (index >= READ_ONCE(core->cells.end))
		return;
	scan->index = array_index_nospec(index, core->cells.indices);
	chunk = mheap_space_chunk(&core->cells, scan->index);
	if (!chunk)
		return;
	scan->word = mheap_chunk_bit(cursor) / BITS_PER_LONG;
	scan->bits = mheap_scan_word(chunk, scan->word, MHEAP_FILTER_ALL) &
		     (~0UL << (cursor % BITS_PER_LONG));
	if (!scan->bits)
		scan->word++;
}

/**
 * mheap_scan_tell - where a scan is
 * @scan: a scan that is not to see an object again
 *
 * Context: any.
 * Return: a number for mheap_scan_seek(); no object with a smaller one is to
 *	   come.
 */
u32 mheap_scan_tell(const struct mheap_scan *scan)
{
	u32 at = (scan->index << MHEAP_INDEX_SHIFT) + scan->word * BITS_PER_LONG;

	return scan->bits ? at + __ffs(scan->bits) : at;
}
