/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How an instant is come by, of which a picture is: nobody is stopped for it.
 *
 *	made		somebody has it, and gets the memory together
 *	asked		it is the worker's turn, when no collection runs
 *	serial		phase bit SERIAL is published: sections that see it take @serial, one
 *			after the other; those that do not are waited for. Then the worker
 *			takes @serial itself: nobody is in a section. That is the instant;
 *			RECORD is published in the place of SERIAL
 *	short		the heap has grown too large for the picture meanwhile: made again
 *	open		it is read
 *	ending		nobody reads any more; RECORD is taken away, and sections that saw
 *			it are waited for
 *	freeing		its memory goes
 *
 * Locks: @serial is taken in sections only, and by the worker for the instant, and is the
 * outermost of all spinlocks: it is held for one section.
 */
#ifndef _MHEAP_CORE_INSTANT_H
#define _MHEAP_CORE_INSTANT_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "collect.h"

struct mheap_core;
struct mheap_mutator;
struct mheap_picture;

/**
 * enum mheap_instant_stage - see above
 * @MHEAP_INSTANT_NONE: there is no picture
 * @MHEAP_INSTANT_MADE: somebody gets it ready
 * @MHEAP_INSTANT_ASKED: for the worker
 * @MHEAP_INSTANT_SERIAL: sections come one after the other
 * @MHEAP_INSTANT_SHORT: the picture is too small
 * @MHEAP_INSTANT_OPEN: it is read
 * @MHEAP_INSTANT_ENDING: for the worker
 * @MHEAP_INSTANT_CLOSING: sections that record are waited for
 * @MHEAP_INSTANT_FREEING: it goes
 */
enum mheap_instant_stage {
	MHEAP_INSTANT_NONE,
	MHEAP_INSTANT_MADE,
	MHEAP_INSTANT_ASKED,
	MHEAP_INSTANT_SERIAL,
	MHEAP_INSTANT_SHORT,
	MHEAP_INSTANT_OPEN,
	MHEAP_INSTANT_ENDING,
	MHEAP_INSTANT_CLOSING,
	MHEAP_INSTANT_FREEING,
};

/**
 * struct mheap_instant - see above
 * @serial: see above
 * @stage: &enum mheap_instant_stage; who may change it depends on what it is
 * @picture: what the stage is about; the owner's, then the worker's
 * @count: pictures so far (the worker's, like all below)
 * @begun_ns: when SERIAL was published
 * @rest_ns: until then it is not again
 */
struct mheap_instant {
	spinlock_t serial;	/* see above */
	u32 stage;
	struct mheap_picture *picture;
	u64 count;
	u64 begun_ns;
	u64 rest_ns;
};

void mheap_instant_init(struct mheap_core *core);
void mheap_instant_exit(struct mheap_core *core);
bool mheap_instant_claim(struct mheap_core *core);
void mheap_instant_ask(struct mheap_core *core, struct mheap_picture *picture);
bool mheap_instant_cancel(struct mheap_core *core);
void mheap_instant_unclaim(struct mheap_core *core);
void mheap_instant_end(struct mheap_core *core);
u32 mheap_instant_enter(struct mheap_mutator *mutator);
void mheap_instant_leave(struct mheap_mutator *mutator);
bool mheap_instant_wanted(struct mheap_core *core);
enum mheap_step mheap_instant_step(struct mheap_core *core);

#endif
