/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When objects were born. There is no room in a cell for more than 16 bits of that, so
 * time is counted in ticks of 2^27 ns, an eighth of a second, that begin again every two
 * hours and a half. What is older than an hour is old: from time to time somebody goes
 * through the heap and says so in the cell, before it would seem to be young again.
 *
 * The word of a cell that holds this is used for something else when the object dies:
 * see mheap_age_one().
 */
#ifndef _MHEAP_CORE_AGE_H
#define _MHEAP_CORE_AGE_H

#include <linux/types.h>

#include "mutator.h"

struct mheap_core;

#define MHEAP_TICK_SHIFT	27	/* of nanoseconds */
#define MHEAP_TICKS		65535U	/* 1 to this; 0 is old */
#define MHEAP_TICKS_YOUNG	8U	/* about a second */
#define MHEAP_AGE_MS_OLD	(~0U)
#define MHEAP_AGE_MS_MAX	3600000U

/* How often what is old is to be told so, in ms. */
#define MHEAP_AGE_PERIOD_MS	1800000U

/* The parts of a cell's word. */
#define MHEAP_SITE_MASK		0xffffU
#define MHEAP_BIRTH_SHIFT	16

void mheap_age_init(struct mheap_core *core);
u32 mheap_age_now(const struct mheap_core *core);
u32 mheap_age_ms(const struct mheap_core *core, u32 word);
bool mheap_age_some(struct mheap_mutator *mutator, u32 *cursor);

static inline u32 mheap_site_of(u32 word)
{
	return word & MHEAP_SITE_MASK;
}

/* The tick that a section is in; looking at the clock once is enough. */
static inline u32 mheap_age_tick(struct mheap_mutator *mutator)
{
	if (!mutator->tick)
		mutator->tick = mheap_age_now(mutator->core);
	return mutator->tick;
}

/* Ticks from a birth, which is not old, to another tick. */
static inline u32 mheap_age_ticks(u32 birth, u32 tick)
{
	return tick >= birth ? tick - birth : tick + MHEAP_TICKS - birth;
}

static inline bool mheap_age_is_young(struct mheap_mutator *mutator, u32 word)
{
	u32 birth = word >> MHEAP_BIRTH_SHIFT;

	return birth && mheap_age_ticks(birth, mheap_age_tick(mutator)) < MHEAP_TICKS_YOUNG;
}

#endif
