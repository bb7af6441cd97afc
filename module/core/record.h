/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whoever changes an object that a picture shows sees to it before that it has been
 * recorded: whenever its slots, its counts or, of a weak cell, its referent change, and
 * when it is about to be free. Sections see by their phase whether there is a picture; the
 * worker, which publishes that, by the phase as it is.
 *
 * All that an object was at the instant is what it is until it has been recorded. So
 *
 *	a bit that is clear, of a cell that is in use under its stripe, says that the cell
 *	is what it was at the instant;
 *	what is born since then has its bit before it can be found.
 */
#ifndef _MHEAP_CORE_RECORD_H
#define _MHEAP_CORE_RECORD_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "core.h"
#include "phase.h"

void mheap_record_object(struct mheap_core *core, u32 number);
void mheap_record_slot_of(struct mheap_core *core, u32 object, u32 index);
void mheap_record_birth_of(struct mheap_core *core, u32 number);

/* An object's counts, or all of it, are going to change. It may be gone by now. */
static inline void mheap_record(struct mheap_mutator *mutator, u32 number)
{
	if (unlikely(mutator->phase & MHEAP_PHASE_RECORD))
		mheap_record_object(mutator->core, number);
}

/* A slot of an object is going to change. */
static inline void mheap_record_slot(struct mheap_mutator *mutator, u32 object, u32 index)
{
	if (unlikely(mutator->phase & MHEAP_PHASE_RECORD))
		mheap_record_slot_of(mutator->core, object, index);
}

/* A cell has been filled in, and is going to be an object. */
static inline void mheap_record_birth(struct mheap_mutator *mutator, u32 number)
{
	if (unlikely(mutator->phase & MHEAP_PHASE_RECORD))
		mheap_record_birth_of(mutator->core, number);
}

/*
 * The same as mheap_record(), by the phase as it is: by the worker, or where it may be the
 * worker. Sections that see no picture do not meet one.
 */
static inline void mheap_record_now(struct mheap_core *core, u32 number)
{
	if (unlikely(READ_ONCE(core->phase) & MHEAP_PHASE_RECORD))
		mheap_record_object(core, number);
}

#endif
