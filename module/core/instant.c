// SPDX-License-Identifier: GPL-2.0-only
#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "core.h"
#include "instant.h"
#include "phase.h"
#include "picture.h"
#include "trace.h"

/*
 * Sections come one after the other for a tenth of the time at most, whoever takes
 * pictures as often as he can.
 */
#define MHEAP_INSTANT_REST	9

/**
 * mheap_instant_init - there is no picture
 * @core: the heap
 *
 * Context: any.
 */
void mheap_instant_init(struct mheap_core *core)
{
	spin_lock_init(&core->instant.serial);
}

/**
 * mheap_instant_exit - free a picture that is still there
 * @core: the heap, which nobody uses any more
 *
 * Context: may sleep.
 */
void mheap_instant_exit(struct mheap_core *core)
{
	if (core->instant.picture)
		while (mheap_picture_free_some(core->instant.picture))
			cond_resched();
}

static enum mheap_instant_stage mheap_instant_stage(struct mheap_core *core)
{
	/* Pairs with mheap_instant_go(). */
	return smp_load_acquire(&core->instant.stage);
}

/* Whoever sees the stage sees all that was done before. */
static void mheap_instant_go(struct mheap_core *core, enum mheap_instant_stage stage)
{
	/* Pairs with mheap_instant_stage(), and whoever waits for a stage. */
	smp_store_release(&core->instant.stage, stage);
}

/**
 * mheap_instant_claim - be the one who makes a picture
 * @core: the heap
 *
 * Context: any.
 * Return: whether nobody else is; mheap_instant_ask() or mheap_instant_unclaim() has to
 *	   follow.
 */
bool mheap_instant_claim(struct mheap_core *core)
{
	return cmpxchg(&core->instant.stage, MHEAP_INSTANT_NONE, MHEAP_INSTANT_MADE) ==
	       MHEAP_INSTANT_NONE;
}

/**
 * mheap_instant_unclaim - make none
 * @core: the heap, whose picture is the caller's to make, and has been freed
 *
 * Context: any.
 */
void mheap_instant_unclaim(struct mheap_core *core)
{
	core->instant.picture = NULL;
	mheap_instant_go(core, MHEAP_INSTANT_NONE);
}

/**
 * mheap_instant_ask - let the worker take a picture
 * @core: the heap, whose picture is the caller's to make
 * @picture: its memory
 *
 * The worker has to be told. In the end the stage is OPEN, or SHORT: then
 * mheap_picture_cover() has to be called before it is asked again.
 *
 * Context: any.
 */
void mheap_instant_ask(struct mheap_core *core, struct mheap_picture *picture)
{
	core->instant.picture = picture;
	mheap_instant_go(core, MHEAP_INSTANT_ASKED);
}

/**
 * mheap_instant_cancel - ask no more
 * @core: the heap, whose worker has been asked for a picture
 *
 * Context: any.
 * Return: whether the picture is the caller's again; if not, the worker is about to take
 *	   it, or has.
 */
bool mheap_instant_cancel(struct mheap_core *core)
{
	return cmpxchg(&core->instant.stage, MHEAP_INSTANT_ASKED, MHEAP_INSTANT_MADE) ==
	       MHEAP_INSTANT_ASKED;
}

/**
 * mheap_instant_end - the picture is not read any more
 * @core: the heap; its picture is open, and the caller's
 *
 * The worker has to be told.
 *
 * Context: any.
 */
void mheap_instant_end(struct mheap_core *core)
{
	mheap_instant_go(core, MHEAP_INSTANT_ENDING);
}

/**
 * mheap_instant_enter - a section sees that an instant is being waited for
 * @mutator: entering a section
 *
 * Context: by mheap_section_enter().
 * Return: the phase of the section. If it says SERIAL, the lock is held until
 *	   mheap_instant_leave().
 */
u32 mheap_instant_enter(struct mheap_mutator *mutator)
{
	struct mheap_core *core = mutator->core;
	u32 phase;

	spin_lock(&core->instant.serial);
	/* It is not changed by anybody while we have the lock, but for the collector. */
	phase = smp_load_acquire(&core->phase);
	if (phase & MHEAP_PHASE_SERIAL)
		__release(&core->instant.serial);	/* for sparse: it is held on */
	else
		spin_unlock(&core->instant.serial);
	return phase;
}

/**
 * mheap_instant_leave - a section of which SERIAL is a part of the phase ends
 * @mutator: leaving a section
 *
 * Context: by mheap_section_exit().
 */
void mheap_instant_leave(struct mheap_mutator *mutator)
{
	__acquire(&mutator->core->instant.serial);	/* for sparse: it is held already */
	spin_unlock(&mutator->core->instant.serial);
}

/**
 * mheap_instant_wanted - is there something for the worker to do
 * @core: the heap
 *
 * Context: any.
 * Return: whether there is.
 */
bool mheap_instant_wanted(struct mheap_core *core)
{
	u32 stage = READ_ONCE(core->instant.stage);

	return stage == MHEAP_INSTANT_ASKED || stage == MHEAP_INSTANT_SERIAL ||
	       stage >= MHEAP_INSTANT_ENDING;
}

static void mheap_instant_publish(struct mheap_core *core, u32 bit)
{
	u32 phase = core->phase & ~(MHEAP_PHASE_SERIAL | MHEAP_PHASE_RECORD);

	/* Pairs with mheap_section_enter(): whoever sees RECORD sees the picture. */
	smp_store_release(&core->phase, phase | bit);
}

/* The caller may have thought better of it. */
static bool mheap_instant_begin(struct mheap_core *core)
{
	if (core->collector.stage != MHEAP_STAGE_IDLE ||
	    cmpxchg(&core->instant.stage, MHEAP_INSTANT_ASKED, MHEAP_INSTANT_SERIAL) !=
	    MHEAP_INSTANT_ASKED)
		return false;
	core->instant.begun_ns = ktime_get_ns();
	mheap_instant_publish(core, MHEAP_PHASE_SERIAL);
	mheap_grace_begin(core, MHEAP_GRACE_INSTANT);
	return true;
}

/*
 * All sections that do not take the lock are over: who has it is alone. What was done in
 * sections before is seen, and those that come see RECORD.
 */
static void mheap_instant_take(struct mheap_core *core)
{
	struct mheap_picture *picture = core->instant.picture;
	bool fits;
	u64 now;

	spin_lock(&core->instant.serial);
	/* A chunk is in the range before anything is made in it. */
	fits = READ_ONCE(core->cells.end) <= picture->indices;
	if (fits) {
		picture->number = ++core->instant.count;
		picture->taken_ns = ktime_get_ns();
		/* Their lock is taken in sections only. */
		memcpy(picture->roots, core->roots.entries, sizeof(picture->roots));
	}
	mheap_instant_publish(core, fits ? MHEAP_PHASE_RECORD : 0);
	spin_unlock(&core->instant.serial);
	now = ktime_get_ns();
	core->instant.rest_ns = now + MHEAP_INSTANT_REST * (now - core->instant.begun_ns);
	if (fits)
		trace_mheap_snapshot_begin(core, picture->number, now - core->instant.begun_ns);
	mheap_instant_go(core, fits ? MHEAP_INSTANT_OPEN : MHEAP_INSTANT_SHORT);
}

static void mheap_instant_close(struct mheap_core *core)
{
	const struct mheap_picture *picture = core->instant.picture;

	trace_mheap_snapshot_end(core, picture->number, READ_ONCE(picture->broken));
	mheap_instant_publish(core, 0);
	mheap_instant_go(core, MHEAP_INSTANT_CLOSING);
	mheap_grace_begin(core, MHEAP_GRACE_INSTANT);
}

static enum mheap_step mheap_instant_grace(struct mheap_core *core,
					   void (*then)(struct mheap_core *core))
{
	if (!mheap_grace_over(core, MHEAP_GRACE_INSTANT))
		return MHEAP_STEP_WAIT;
	then(core);
	return MHEAP_STEP_MORE;
}

static void mheap_instant_free(struct mheap_core *core)
{
	mheap_instant_go(core, MHEAP_INSTANT_FREEING);
}

/**
 * mheap_instant_step - go on with what is to be done for a picture
 * @core: the heap
 *
 * Context: may sleep; by the worker.
 * Return: MHEAP_STEP_IDLE when there is nothing to do now; MHEAP_STEP_WAIT when a grace
 *	   period has to end first; MHEAP_STEP_MORE.
 */
enum mheap_step mheap_instant_step(struct mheap_core *core)
{
	switch (mheap_instant_stage(core)) {
	case MHEAP_INSTANT_ASKED:
		if (ktime_get_ns() < core->instant.rest_ns)
			return MHEAP_STEP_WAIT;
		return mheap_instant_begin(core) ? MHEAP_STEP_MORE : MHEAP_STEP_IDLE;
	case MHEAP_INSTANT_SERIAL:
		return mheap_instant_grace(core, mheap_instant_take);
	case MHEAP_INSTANT_ENDING:
		mheap_instant_close(core);
		return MHEAP_STEP_MORE;
	case MHEAP_INSTANT_CLOSING:
		return mheap_instant_grace(core, mheap_instant_free);
	case MHEAP_INSTANT_FREEING:
		if (!mheap_picture_free_some(core->instant.picture))
			mheap_instant_unclaim(core);
		return MHEAP_STEP_MORE;
	case MHEAP_INSTANT_NONE:
	case MHEAP_INSTANT_MADE:
	case MHEAP_INSTANT_SHORT:
	case MHEAP_INSTANT_OPEN:
		break;
	}
	return MHEAP_STEP_IDLE;
}
