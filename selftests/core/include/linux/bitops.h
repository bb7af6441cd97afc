/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SHIM_BITOPS_H
#define _SHIM_BITOPS_H

#include <linux/bits.h>
#include <linux/compiler.h>

#define SHIM_WORD(nr, map)	((map) + (nr) / BITS_PER_LONG)
#define SHIM_BIT(nr)		(1UL << ((nr) % BITS_PER_LONG))

static inline bool test_bit(unsigned long nr, const unsigned long *map)
{
	return READ_ONCE(*SHIM_WORD(nr, (unsigned long *)map)) & SHIM_BIT(nr);
}

static inline void set_bit(unsigned long nr, unsigned long *map)
{
	shim_point();
	__atomic_fetch_or(SHIM_WORD(nr, map), SHIM_BIT(nr), SHIM_RMW);
}

static inline void clear_bit(unsigned long nr, unsigned long *map)
{
	shim_point();
	__atomic_fetch_and(SHIM_WORD(nr, map), ~SHIM_BIT(nr), SHIM_RMW);
}

static inline void clear_bit_unlock(unsigned long nr, unsigned long *map)
{
	shim_point();
	__atomic_fetch_and(SHIM_WORD(nr, map), ~SHIM_BIT(nr), __ATOMIC_RELEASE);
}

static inline bool test_and_set_bit(unsigned long nr, unsigned long *map)
{
	shim_point();
	return __atomic_fetch_or(SHIM_WORD(nr, map), SHIM_BIT(nr), __ATOMIC_SEQ_CST) & SHIM_BIT(nr);
}

static inline void __set_bit(unsigned long nr, unsigned long *map)
{
	*SHIM_WORD(nr, map) |= SHIM_BIT(nr);
}

static inline void __clear_bit(unsigned long nr, unsigned long *map)
{
	*SHIM_WORD(nr, map) &= ~SHIM_BIT(nr);
}

#define __ffs(word)		((unsigned long)__builtin_ctzl(word))
#define hweight_long(word)	((unsigned long)__builtin_popcountl(word))

#endif
