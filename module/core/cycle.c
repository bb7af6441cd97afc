// SPDX-License-Identifier: GPL-2.0-only
#include <linux/atomic.h>
#include <linux/compiler.h>

#include "core.h"
#include "count.h"
#include "cycle.h"

/* Of an object with more slots it is taken for granted that some refer to something. */
#define MHEAP_CYCLE_SLOTS	8

static bool mheap_cycle_leads_on(struct mheap_core *core, u32 number)
{
	struct mheap_cell *cell = mheap_cell_of(core, number);
	u32 slots = mheap_cell_slots(cell), i;

	if (slots > MHEAP_CYCLE_SLOTS)
		return true;
	for (i = 0; i < slots; i++)
		if (READ_ONCE(*mheap_cell_slot(cell, i)))
			return true;
	return false;
}

/**
 * mheap_cycle_note - a reference has been stored, which may have closed a cycle
 * @core: the heap
 * @object: the object that has the slot; a handle keeps it
 * @number: what has been stored there; a handle keeps it
 *
 * Context: in a section, after the slot has been exchanged by a fully ordered operation.
 */
void mheap_cycle_note(struct mheap_core *core, u32 object, u32 number)
{
	atomic64_t *word = &mheap_cell_of(core, object)->count;
	u64 count = atomic64_read(word);

	if (count & MHEAP_COUNT_CYCLIC)
		return;
	if (!(count & MHEAP_COUNT_SLOTS) || !mheap_cycle_leads_on(core, number))
		return;
	atomic64_or(MHEAP_COUNT_CYCLIC, word);
	/* Pairs with mheap_cycle_begin(): what is no longer fresh, the collection sees. */
	smp_mb__after_atomic();
	if (READ_ONCE(core->cyclic) != MHEAP_CYCLIC_FRESH)
		WRITE_ONCE(core->cyclic, MHEAP_CYCLIC_FRESH);
}

/**
 * mheap_cycle_begin - a collection begins, which is going to look for the flags
 * @core: the heap
 *
 * Context: by the worker, before phase START is published.
 */
void mheap_cycle_begin(struct mheap_core *core)
{
	core->collector.cyclic = false;
	/* Who has read that it is fresh has set its flag before the snapshot. */
	cmpxchg(&core->cyclic, MHEAP_CYCLIC_FRESH, MHEAP_CYCLIC_SEEN);
}

/**
 * mheap_cycle_end - a collection has looked at all objects that there were
 * @core: the heap
 *
 * Context: by the worker.
 */
void mheap_cycle_end(struct mheap_core *core)
{
	if (!core->collector.cyclic)
		cmpxchg(&core->cyclic, MHEAP_CYCLIC_SEEN, MHEAP_CYCLIC_NO);
}
