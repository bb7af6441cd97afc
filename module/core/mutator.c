// SPDX-License-Identifier: GPL-2.0-only
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/ktime.h>

#include "bound.h"
#include "core.h"
#include "count.h"
#include "phase.h"
#include "release.h"

/**
 * mheap_mutator_init - begin to work on a heap
 * @mutator: zeroed memory
 * @core: the heap
 *
 * Context: may sleep; takes mutators_lock.
 */
void mheap_mutator_init(struct mheap_mutator *mutator, struct mheap_core *core)
{
	mutator->core = core;
	mutex_lock(&core->mutators_lock);
	list_add_tail(&mutator->link, &core->mutators);
	mutex_unlock(&core->mutators_lock);
}

/* What went. */
static void mheap_tally_add_gone(struct mheap_tally *sum, const struct mheap_tally *tally)
{
	sum->freed += READ_ONCE(tally->freed);
	sum->freed_bytes += READ_ONCE(tally->freed_bytes);
	sum->collected += READ_ONCE(tally->collected);
	sum->collected_bytes += READ_ONCE(tally->collected_bytes);
}

/* What came, or is about to go. */
static void mheap_tally_add_come(struct mheap_tally *sum, const struct mheap_tally *tally)
{
	sum->allocated += READ_ONCE(tally->allocated);
	sum->allocated_bytes += READ_ONCE(tally->allocated_bytes);
	sum->died += READ_ONCE(tally->died);
}

/**
 * mheap_mutator_release_chunks - give up the chunks that a mutator allocates from
 * @mutator: not in a section, and with nothing prepared
 *
 * Context: any; takes the locks of the spaces.
 */
void mheap_mutator_release_chunks(struct mheap_mutator *mutator)
{
	struct mheap_core *core = mutator->core;
	int i;

	for (i = 0; i < MHEAP_CELL_CLASSES; i++)
		mheap_space_release(&core->cells, &mutator->cells[i]);
	for (i = 0; i < MHEAP_CLASSES; i++)
		mheap_space_release(&core->payloads, &mutator->payloads[i]);
}

/**
 * mheap_mutator_exit - the opposite of mheap_mutator_init()
 * @mutator: not in a section
 *
 * Context: may sleep; takes mutators_lock.
 */
void mheap_mutator_exit(struct mheap_mutator *mutator)
{
	struct mheap_core *core = mutator->core;

	mheap_mutator_release_chunks(mutator);
	mutex_lock(&core->mutators_lock);
	list_del(&mutator->link);
	mheap_tally_add_gone(&core->departed, &mutator->tally);
	mheap_tally_add_come(&core->departed, &mutator->tally);
	mutex_unlock(&core->mutators_lock);
}

/* What has been freed of small cycles was freed like what dies, but by the collector. */
static void mheap_tally_add_local(struct mheap_core *core, struct mheap_tally *tally)
{
	u64 freed = min(READ_ONCE(core->local.freed), tally->freed);
	u64 bytes = min(READ_ONCE(core->local.freed_bytes), tally->freed_bytes);

	tally->died -= min(freed, tally->died);
	tally->freed -= freed;
	tally->freed_bytes -= bytes;
	tally->collected += freed;
	tally->collected_bytes += bytes;
}

/* What came less what went; the two are not looked at in one instant. */
static u64 mheap_rest(u64 came, u64 went)
{
	return came > went ? came - went : 0;
}

/**
 * mheap_core_stat - figures of a heap
 * @core: the heap
 * @ret_stat: where they go; exact while nobody works on the heap
 *
 * Context: may sleep; takes mutators_lock.
 */
void mheap_core_stat(struct mheap_core *core, struct mheap_core_stat *ret_stat)
{
	struct mheap_mutator *mutator;
	struct mheap_tally *tally = &ret_stat->tally;

	mutex_lock(&core->mutators_lock);
	*tally = core->departed;
	list_for_each_entry(mutator, &core->mutators, link)
		mheap_tally_add_gone(tally, &mutator->tally);
	/* What went had come before: so nothing is missed that is still there. */
	smp_rmb();
	list_for_each_entry(mutator, &core->mutators, link)
		mheap_tally_add_come(tally, &mutator->tally);
	mutex_unlock(&core->mutators_lock);
	mheap_tally_add_local(core, tally);
	ret_stat->objects = mheap_rest(tally->allocated, tally->freed + tally->collected);
	ret_stat->bytes = mheap_rest(tally->allocated_bytes,
				     tally->freed_bytes + tally->collected_bytes);
	ret_stat->memory = atomic_long_read(&core->memory.held);
	ret_stat->suspects = mheap_core_suspects(core);
	ret_stat->pending = mheap_rest(tally->died, tally->freed);
	ret_stat->longest_section = READ_ONCE(core->longest_section);
	ret_stat->longest_hold = max3(READ_ONCE(core->longest_hold),
				      READ_ONCE(core->cells.longest_hold),
				      READ_ONCE(core->payloads.longest_hold));
}

/**
 * mheap_section_enter - begin a section
 * @mutator: not in one
 *
 * Context: any. The section must not sleep, and must not wait for anything.
 */
void mheap_section_enter(struct mheap_mutator *mutator) __acquires(RCU)
{
	rcu_read_lock();
	WRITE_ONCE(mutator->seq, mutator->seq + 1);
	/* Pairs with mheap_grace_begin(): it sees us, or we see its phase. */
	smp_mb();
	/* Pairs with the release that published it: what went before is seen. */
	mutator->phase = smp_load_acquire(&mutator->core->phase);
	if (unlikely(mutator->phase & MHEAP_PHASE_SERIAL))
		mutator->phase = mheap_instant_enter(mutator);
	mutator->suspect = mutator->phase & MHEAP_PHASE_PARITY ?
			   MHEAP_COUNT_SUSPECT1 : MHEAP_COUNT_SUSPECT0;
	mutator->steps = MHEAP_SECTION_STEPS;
	mutator->took = mutator->steps;
	mutator->tick = 0;
}

/**
 * mheap_section_exit - end a section
 * @mutator: in one
 *
 * What died in it and is not yet taken apart goes to the worker: see
 * mheap_core_attention().
 *
 * Context: any.
 */
void mheap_section_exit(struct mheap_mutator *mutator) __releases(RCU)
{
	struct mheap_core *core = mutator->core;

	if (mutator->sites.any)
		mheap_site_settle(mutator);
	if (mutator->suspects) {
		if (!atomic64_read(&core->suspected_ns))
			atomic64_set(&core->suspected_ns, ktime_get_ns());
		atomic_long_add(mutator->suspects, &core->suspects);
		mutator->suspects = 0;
	}
	if (mutator->dead.head && !mutator->keep_dead)
		mheap_release_defer(mutator);
	if (mutator->quarantine.head)
		mheap_release_quarantine(mutator);
	mheap_bound_note(&core->longest_section, mutator->took - mutator->steps,
			 MHEAP_BOUND_SECTION);
	if (unlikely(mutator->phase & MHEAP_PHASE_SERIAL))
		mheap_instant_leave(mutator);
	/* Pairs with mheap_grace_over(). */
	smp_store_release(&mutator->seq, mutator->seq + 1);
	rcu_read_unlock();
}

/**
 * mheap_grace_begin - begin a grace period
 * @core: the heap
 * @whose: one of each is under way at a time
 *
 * Sections that begin from now on see all that was written before this call.
 *
 * Context: may sleep; takes mutators_lock; by the worker, outside of sections.
 */
void mheap_grace_begin(struct mheap_core *core, enum mheap_grace whose)
{
	struct mheap_mutator *mutator;

	/* Pairs with mheap_section_enter(). */
	smp_mb();
	mutex_lock(&core->mutators_lock);
	list_for_each_entry(mutator, &core->mutators, link) {
		/* Pairs with mheap_section_exit(): of one that has ended, all is seen. */
		mutator->grace[whose] = smp_load_acquire(&mutator->seq);
	}
	mutex_unlock(&core->mutators_lock);
}

/**
 * mheap_grace_over - has the grace period ended
 * @core: the heap
 * @whose: which one
 *
 * Context: may sleep; takes mutators_lock; by the worker, outside of sections.
 * Return: whether every section has ended that was open when it began. What
 *	   they wrote is then seen by the caller.
 */
bool mheap_grace_over(struct mheap_core *core, enum mheap_grace whose)
{
	struct mheap_mutator *mutator;
	bool over = true;

	mutex_lock(&core->mutators_lock);
	list_for_each_entry(mutator, &core->mutators, link) {
		if ((mutator->grace[whose] & 1) &&
		    /* Pairs with mheap_section_exit(). */
		    smp_load_acquire(&mutator->seq) == mutator->grace[whose]) {
			over = false;
			break;
		}
	}
	mutex_unlock(&core->mutators_lock);
	/* Pairs with the releases: sections that we saw closed are over. */
	smp_mb();
	return over;
}
