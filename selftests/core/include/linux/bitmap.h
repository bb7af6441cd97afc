/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SHIM_BITMAP_H
#define _SHIM_BITMAP_H

#include <string.h>

#include <linux/bitops.h>

#define BITS_TO_LONGS(n)	(((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)

static inline void bitmap_zero(unsigned long *map, unsigned int bits)
{
	memset(map, 0, BITS_TO_LONGS(bits) * sizeof(long));
}

static inline void bitmap_set(unsigned long *map, unsigned int start, unsigned int count)
{
	while (count--)
		__set_bit(start++, map);
}

static inline void bitmap_clear(unsigned long *map, unsigned int start, unsigned int count)
{
	while (count--)
		__clear_bit(start++, map);
}

static inline unsigned long shim_find_bit(const unsigned long *map, unsigned long size,
					  unsigned long start, unsigned long flip)
{
	unsigned long word;

	while (start < size) {
		word = (map[start / BITS_PER_LONG] ^ flip) >> start % BITS_PER_LONG;
		if (word) {
			start += __ffs(word);
			break;
		}
		start += BITS_PER_LONG - start % BITS_PER_LONG;
	}
	return start < size ? start : size;
}

#define find_next_bit(map, size, start)		shim_find_bit(map, size, start, 0)
#define find_next_zero_bit(map, size, start)	shim_find_bit(map, size, start, ~0UL)

/* Only without alignment. */
static inline unsigned long bitmap_find_next_zero_area(unsigned long *map, unsigned long size,
						       unsigned long start, unsigned int count,
						       unsigned long align_mask)
{
	unsigned long end;

	(void)align_mask;
	for (;;) {
		start = shim_find_bit(map, size, start, ~0UL);
		if (start + count > size)
			return start + count;
		end = shim_find_bit(map, start + count, start, 0);
		if (end == start + count)
			return start;
		start = end + 1;
	}
}

#endif
