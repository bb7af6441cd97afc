/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Weak references. A weak cell stands between those who refer weakly and the
 * object, its referent: they refer to the weak cell as to any object, so it is
 * counted, marked and freed as any object; and it alone forgets its referent
 * when that dies. An object has at most one, which its chunk's table finds.
 *
 *	bound		the cell names its referent, and the table names the cell
 *	cleared		the referent is gone; an upgrade answers null, for ever
 *
 * Locks: @lock makes the two one; it also decides between the last upgrade that
 * brings an object back into the running collection, and the end of marking; and it
 * protects what the owner of the heap keeps of who watches. Taken in sections, held
 * for a bounded number of steps.
 */
#ifndef _MHEAP_CORE_WEAK_H
#define _MHEAP_CORE_WEAK_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "trace_types.h"

struct mheap_cell;
struct mheap_core;
struct mheap_mutator;
struct mheap_weak_cell;

/* What mheap_weak_take() says when mheap_weak_prepare() is needed. */
#define MHEAP_WEAK_NOT_READY	1

/**
 * struct mheap_weak - the weak references of a heap
 * @lock: see above
 * @closed: what is white now is dead: no upgrade changes that (protected by @lock)
 * @bound: weak cells that are bound (written under @lock)
 * @cells: all weak cells (written under @lock)
 * @gone: called under @lock, in a section, when the referent of a watched cell goes;
 *	  returns how many handles of the cell are the caller's to give up then
 */
struct mheap_weak {
	spinlock_t lock;	/* of tables, weak cells, @closed */
	bool closed;
	u32 bound;
	u32 cells;
	u32 (*gone)(struct mheap_core *core, const struct mheap_weak_cell *weak,
		    enum mheap_freed cause);
};

void mheap_weak_init(struct mheap_core *core);
int mheap_weak_prepare(struct mheap_mutator *mutator, u32 number);
int mheap_weak_take(struct mheap_mutator *mutator, u32 number, u32 *ret_weak);
int mheap_weak_upgrade(struct mheap_mutator *mutator, u32 weak, u32 *ret_number);
u32 mheap_weak_referent(struct mheap_core *core, u32 weak);
bool mheap_weak_look(struct mheap_core *core, u32 *number);
bool mheap_weak_is(struct mheap_core *core, u32 number);
u32 mheap_weak_peek(struct mheap_core *core, u32 number);
void mheap_weak_release(struct mheap_mutator *mutator, u32 number, enum mheap_freed cause);
struct mheap_weak_cell *mheap_weak_cell(struct mheap_core *core, u32 weak);
void mheap_weak_open(struct mheap_core *core);
bool mheap_weak_close(struct mheap_core *core);

#endif
