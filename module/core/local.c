// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>

#include "bound.h"
#include "core.h"
#include "count.h"
#include "local.h"
#include "object.h"
#include "record.h"
#include "release.h"
#include "trace.h"

/* A pass that explores more than so many objects for each that it settles is not worth it. */
#define MHEAP_LOCAL_PAYS	32

/* Passes that explore less than this say nothing about that. */
#define MHEAP_LOCAL_SAMPLE	1024

/* Less than this is not worth trying. */
#define MHEAP_LOCAL_LEAST	8U

/* Collections until it is tried again. */
#define MHEAP_LOCAL_REST	8

#define MHEAP_LOCAL_NONE	(-1)
#define MHEAP_LOCAL_FULL	(-2)

static_assert(MHEAP_LOCAL_TABLE > 2 * MHEAP_LOCAL_OBJECTS);

/**
 * mheap_local_init - nothing has been looked at
 * @core: the heap, with its limits
 *
 * Context: any.
 */
void mheap_local_init(struct mheap_core *core)
{
	core->local.budget = READ_ONCE(core->limits.local_objects);
	if (core->local.budget < MHEAP_LOCAL_LEAST)
		core->local.budget = 0;
}

/* Where an object is in the table, or is to be. */
static u16 *mheap_local_entry(struct mheap_local *local, u32 number)
{
	u32 at = number * 0x9e3779b1U >> 16;

	for (;; at++) {
		u16 *entry = &local->table[at % MHEAP_LOCAL_TABLE];

		if (!*entry || local->objects[*entry - 1].number == number)
			return entry;
	}
}

static struct mheap_local_object *mheap_local_find(struct mheap_local *local, u32 number)
{
	u16 *entry = mheap_local_entry(local, number);

	return *entry ? &local->objects[*entry - 1] : NULL;
}

/*
 * Objects that a handle refers to are alive, and objects without slots are part of no
 * cycle: what the others refer to there counts as outside.
 */
static int mheap_local_add(struct mheap_core *core, u32 number)
{
	struct mheap_local *local = &core->local;
	struct mheap_cell *cell = mheap_cell_of(core, number);
	u16 *entry = mheap_local_entry(local, number);
	u64 count;

	if (*entry)
		return *entry - 1;
	count = atomic64_read(&cell->count);
	if (!(count & MHEAP_COUNT_REFS) || count & MHEAP_COUNT_HANDLES)
		return MHEAP_LOCAL_NONE;
	/* Pairs with the release in mheap_object_build(): the cell is what it says. */
	smp_rmb();
	if (!mheap_cell_slots(cell))
		return MHEAP_LOCAL_NONE;
	if (local->count >= local->budget)
		return MHEAP_LOCAL_FULL;
	local->objects[local->count] = (struct mheap_local_object) {
		.count = count, .number = number,
	};
	*entry = ++local->count;
	return *entry - 1;
}

static void mheap_local_clear(struct mheap_local *local)
{
	struct mheap_local_object *object;

	/* From the last one on: the places of those before depend on what is there. */
	while (local->count) {
		object = &local->objects[local->count - 1];
		*mheap_local_entry(local, object->number) = 0;
		local->count--;
	}
}

/* Counts what one object refers to. Returns whether that is not too much. */
static bool mheap_local_explore_one(struct mheap_core *core, u32 at)
{
	struct mheap_local *local = &core->local;
	struct mheap_cell *cell = mheap_cell_of(core, local->objects[at].number);
	u32 slots = mheap_cell_slots(cell), i, to;
	int found;

	if (slots > local->edges)
		return false;
	local->edges -= slots;
	for (i = 0; i < slots; i++) {
		to = READ_ONCE(*mheap_cell_slot(cell, i));
		found = to ? mheap_local_add(core, to) : MHEAP_LOCAL_NONE;
		if (found == MHEAP_LOCAL_FULL)
			return false;
		if (found >= 0)
			local->objects[found].inside++;
	}
	return true;
}

static bool mheap_local_explore(struct mheap_core *core, u32 number)
{
	struct mheap_local *local = &core->local;
	bool whole = true;
	u32 at;

	local->edges = MHEAP_LOCAL_EDGES;
	mheap_local_add(core, number);
	for (at = 0; whole && at < local->count; at++)
		whole = mheap_local_explore_one(core, at);
	local->visited += local->count;
	return whole;
}

static u32 mheap_local_judge_one(struct mheap_core *core, u32 at, u32 tail)
{
	struct mheap_local *local = &core->local;
	struct mheap_cell *cell = mheap_cell_of(core, local->objects[at].number);
	u32 slots = mheap_cell_slots(cell), i, to;
	struct mheap_local_object *other;

	for (i = 0; i < slots; i++) {
		to = READ_ONCE(*mheap_cell_slot(cell, i));
		other = to ? mheap_local_find(local, to) : NULL;
		if (!other || other->alive)
			continue;
		other->alive = true;
		local->queue[tail++] = other - local->objects;
	}
	return tail;
}

/* Finds out what is alive of what is explored. Returns how much is not. */
static u32 mheap_local_judge(struct mheap_core *core)
{
	struct mheap_local *local = &core->local;
	u32 head, tail = 0, at;

	for (at = 0; at < local->count; at++) {
		struct mheap_local_object *object = &local->objects[at];

		if (mheap_count_slots(object->count) == object->inside)
			continue;
		object->alive = true;
		local->queue[tail++] = at;
	}
	for (head = 0; head < tail; head++)
		tail = mheap_local_judge_one(core, local->queue[head], tail);
	return local->count - tail;
}

static atomic64_t *mheap_local_count(struct mheap_core *core, struct mheap_local_object *object)
{
	return &mheap_cell_of(core, object->number)->count;
}

/* Takes the claims on the first @end objects away. */
static void mheap_local_disclaim(struct mheap_core *core, u32 end)
{
	struct mheap_local_object *object = core->local.objects;

	for (; end; end--, object++)
		if (!object->alive)
			atomic64_andnot(MHEAP_COUNT_CLAIMED, mheap_local_count(core, object));
}

/* Claims what is not alive. Returns whether nothing has changed meanwhile. */
static bool mheap_local_claim(struct mheap_core *core)
{
	struct mheap_local *local = &core->local;
	u32 at;

	for (at = 0; at < local->count; at++) {
		struct mheap_local_object *object = &local->objects[at];
		s64 old = object->count;

		object->inside = 0;
		if (object->alive ||
		    atomic64_try_cmpxchg(mheap_local_count(core, object), &old,
					 old | MHEAP_COUNT_CLAIMED))
			continue;
		mheap_local_disclaim(core, at);
		return false;
	}
	return true;
}

/* Counts once more what the candidates refer to among themselves. */
static void mheap_local_count_again(struct mheap_core *core, struct mheap_local_object *object)
{
	struct mheap_cell *cell = mheap_cell_of(core, object->number);
	u32 slots = mheap_cell_slots(cell), i, to;
	struct mheap_local_object *other;

	for (i = 0; i < slots; i++) {
		to = READ_ONCE(*mheap_cell_slot(cell, i));
		other = to ? mheap_local_find(&core->local, to) : NULL;
		if (other)
			other->inside++;
	}
}

/* The slots have been counted again before; now nobody must have had a handle since. */
static bool mheap_local_confirm_one(struct mheap_core *core, struct mheap_local_object *object)
{
	u64 count = atomic64_read(mheap_local_count(core, object));

	return count & MHEAP_COUNT_CLAIMED && !(count & MHEAP_COUNT_HANDLES) &&
	       count & MHEAP_COUNT_SLOTS && mheap_count_slots(count) == object->inside;
}

/*
 * Whether some candidate is referred to weakly. Under the lock: an upgrade through what is
 * unbound by then has counted before that, and is seen when the counts are looked at.
 */
static bool mheap_local_is_weak(struct mheap_core *core)
{
	struct mheap_local *local = &core->local;
	bool weak = false;
	u32 at;

	spin_lock(&core->weak.lock);
	for (at = 0; at < local->count && !weak; at++)
		weak = !local->objects[at].alive &&
		       mheap_weak_peek(core, local->objects[at].number);
	spin_unlock(&core->weak.lock);
	mheap_bound_note(&core->longest_hold, at, MHEAP_BOUND_HOLD);
	return weak;
}

static bool mheap_local_confirm(struct mheap_core *core)
{
	struct mheap_local *local = &core->local;
	u32 at;

	for (at = 0; at < local->count; at++)
		if (!local->objects[at].alive)
			mheap_local_count_again(core, &local->objects[at]);
	if (mheap_local_is_weak(core))
		return false;
	/* The claims came before the slots were read; and so do the counts come after. */
	smp_mb();
	for (at = 0; at < local->count; at++)
		if (!local->objects[at].alive &&
		    !mheap_local_confirm_one(core, &local->objects[at]))
			return false;
	return true;
}

/* Lets go of what one of the dead refers to. References among them need no counting. */
static void mheap_local_cut(struct mheap_core *core, struct mheap_local_object *object)
{
	struct mheap_cell *cell = mheap_cell_of(core, object->number);
	u32 slots = mheap_cell_slots(cell), i;

	for (i = 0; i < slots; i++) {
		u32 *slot = mheap_cell_slot(cell, i), to = READ_ONCE(*slot);
		struct mheap_local_object *other = to ? mheap_local_find(&core->local, to) : NULL;

		mheap_record_slot(&core->janitor, object->number, i);
		WRITE_ONCE(*slot, 0);
		if (to && (!other || other->alive))
			mheap_release_drop(&core->janitor, to, MHEAP_COUNT_SLOT);
	}
}

/*
 * Frees what is dead. A mutator that read a slot long ago may have counted a handle, which
 * it is about to give up: then it is the one to take the object apart.
 */
static void mheap_local_free(struct mheap_core *core)
{
	struct mheap_local *local = &core->local;
	struct mheap_local_object *object;
	u64 bytes;
	u32 at;

	for (at = 0; at < local->count; at++)
		if (!local->objects[at].alive)
			mheap_local_cut(core, &local->objects[at]);
	for (at = 0; at < local->count; at++) {
		object = &local->objects[at];
		if (object->alive)
			continue;
		bytes = mheap_object_bytes(mheap_cell_of(core, object->number));
		mheap_release_slots_of(&core->janitor, object->number, object->inside);
		WRITE_ONCE(local->freed, local->freed + 1);
		WRITE_ONCE(local->freed_bytes, local->freed_bytes + bytes);
		local->settled++;
	}
}

/* Returns whether it is known of a suspect now that it is alive, or it has been freed. */
static bool mheap_local_examine(struct mheap_core *core, u32 number)
{
	u32 dead;
	bool done;

	if (!mheap_local_explore(core, number))
		return false;
	dead = mheap_local_judge(core);
	if (!dead)
		return true;
	if (!mheap_local_claim(core))
		return false;
	done = mheap_local_confirm(core);
	if (done)
		mheap_local_free(core);
	else
		mheap_local_disclaim(core, core->local.count);
	return done;
}

/* It is suspect still, and the collector's business. */
static void mheap_local_keep(struct mheap_core *core, atomic64_t *word, u64 flag)
{
	struct mheap_local *local = &core->local;

	WRITE_ONCE(local->given_up, local->given_up + 1);
	/* Whoever has set the flag meanwhile has counted it as one of the next pass. */
	if (atomic64_fetch_or(flag, word) & flag)
		return;
	if (!local->kept)
		WRITE_ONCE(local->kept_ns, local->since_ns);
	WRITE_ONCE(local->kept, local->kept + 1);
}

/* Returns steps that it took: each object and reference is looked at up to four times. */
static u32 mheap_local_suspect(struct mheap_core *core, u32 number)
{
	struct mheap_mutator *janitor = &core->janitor;
	struct mheap_local *local = &core->local;
	atomic64_t *word = &mheap_cell_of(core, number)->count;
	enum mheap_finding result = MHEAP_FINDING_GIVEN_UP;
	u64 count, freed = local->freed;
	u32 took;

	local->edges = MHEAP_LOCAL_EDGES;
	/*
	 * The flag goes after the bit: whatever happens to the object from here on makes
	 * it a suspect again, and what happened before is seen. There may be none, when a
	 * collection has begun since, or the cell has become another object.
	 */
	count = atomic64_fetch_andnot(janitor->suspect, word);
	local->looked += !!(count & janitor->suspect);
	if (!(count & MHEAP_COUNT_REFS)) {
		local->settled++;
		result = MHEAP_FINDING_GONE;
	} else if (mheap_local_examine(core, number)) {
		local->settled++;
		result = local->freed != freed ? MHEAP_FINDING_FREED : MHEAP_FINDING_ALIVE;
	} else {
		mheap_local_keep(core, word, janitor->suspect);
	}
	trace_mheap_local_look(core, number, result);
	took = 4 * (1 + local->count + MHEAP_LOCAL_EDGES - local->edges);
	mheap_local_clear(local);
	return took;
}

/*
 * A suspect of a chunk, from @local->word on; 0 if there is none. Each word is taken once:
 * what turns suspect again and again is for the next pass.
 */
static u32 mheap_local_next_of(struct mheap_local *local, struct mheap_chunk *chunk)
{
	u32 bit;

	while (!local->bits) {
		if (local->word == MHEAP_CHUNK_WORDS)
			return 0;
		/* Before the flags in the count words, which are cleared next. */
		if (READ_ONCE(chunk->suspect[local->word]))
			local->bits = xchg(&chunk->suspect[local->word], 0);
		local->word++;
	}
	bit = (local->word - 1) * BITS_PER_LONG + __ffs(local->bits);
	local->bits &= local->bits - 1;
	return chunk->first + bit;
}

/* Whether there may be suspects in a chunk that has not been looked into. */
static bool mheap_local_enter(struct mheap_local *local, struct mheap_chunk *chunk)
{
	/* Pairs with mheap_chunk_set_suspect(). */
	local->inside = chunk && READ_ONCE(chunk->suspected) && xchg(&chunk->suspected, 0);
	local->word = 0;
	local->bits = 0;
	return local->inside;
}

/* The next suspect, or 0 when there is none left, or no step. */
static u32 mheap_local_next(struct mheap_core *core, u32 *steps)
{
	struct mheap_local *local = &core->local;
	struct mheap_chunk *chunk;
	u32 number;

	for (; *steps && local->index < READ_ONCE(core->cells.end); local->index++) {
		chunk = mheap_space_chunk(&core->cells, local->index);
		--*steps;
		if (!local->inside && !mheap_local_enter(local, chunk))
			continue;
		number = mheap_local_next_of(local, chunk);
		if (number)
			return number;
		*steps -= min_t(u32, *steps, MHEAP_CHUNK_WORDS);
		local->inside = false;
	}
	return 0;
}

/* Explores less, or more, according to whether it pays. */
static void mheap_local_adapt(struct mheap_core *core)
{
	struct mheap_local *local = &core->local;
	u32 budget = local->budget;

	if (local->visited < MHEAP_LOCAL_SAMPLE)
		return;
	if (local->visited > MHEAP_LOCAL_PAYS * local->settled) {
		budget /= 2;
		if (budget < MHEAP_LOCAL_LEAST) {
			budget = 0;
			local->rest = MHEAP_LOCAL_REST;
		}
	} else {
		budget = min(budget * 2, READ_ONCE(core->limits.local_objects));
	}
	WRITE_ONCE(local->budget, budget);
	local->visited = 0;
	local->settled = 0;
}

/**
 * mheap_local_begin - begin a pass over the suspects
 * @core: the heap
 *
 * Context: by the worker, before what dies is kept.
 */
void mheap_local_begin(struct mheap_core *core)
{
	struct mheap_local *local = &core->local;

	WRITE_ONCE(local->passes, local->passes + 1);
	WRITE_ONCE(local->running, true);
	local->index = 1;
	local->inside = false;
	local->looked = 0;
	local->begin_freed = local->freed;
	local->begin_given_up = local->given_up;
	local->since_ns = atomic64_xchg(&core->suspected_ns, 0) ?: ktime_get_ns();
	local->taken = atomic_long_xchg(&core->suspects, 0);
}

/**
 * mheap_local_look - look at some suspects
 * @core: the heap; a pass has begun
 * @steps: how many steps are left; what this takes is subtracted, and may be more than
 *	   that by what one suspect takes
 *
 * Context: by the worker, while what dies is kept.
 * Return: whether all have been looked at, or it does not pay.
 */
bool mheap_local_look(struct mheap_core *core, u32 *steps)
{
	struct mheap_mutator *janitor = &core->janitor;
	struct mheap_local *local = &core->local;
	u32 number, took;

	mheap_section_enter(janitor);
	while (*steps && janitor->steps && local->budget) {
		number = mheap_local_next(core, steps);
		if (!number)
			break;
		took = mheap_local_suspect(core, number);
		*steps -= min(*steps, took);
		mheap_section_took(janitor, took);
		mheap_local_adapt(core);
		mheap_release_run(janitor);
	}
	mheap_section_exit(janitor);
	return !local->budget || local->index >= READ_ONCE(core->cells.end);
}

/**
 * mheap_local_stop - end a pass
 * @core: the heap
 *
 * Suspects that it has not come to are left to the collector.
 *
 * Context: by the worker.
 */
void mheap_local_stop(struct mheap_core *core)
{
	struct mheap_local *local = &core->local;

	trace_mheap_local_end(core);
	if (local->index >= READ_ONCE(core->cells.end) || local->taken <= local->looked)
		return;
	if (!local->kept)
		WRITE_ONCE(local->kept_ns, local->since_ns);
	WRITE_ONCE(local->kept, local->kept + local->taken - local->looked);
}

/**
 * mheap_local_forget - a collection begins, and is going to see to all suspects
 * @core: the heap
 *
 * Context: by the worker.
 */
void mheap_local_forget(struct mheap_core *core)
{
	struct mheap_local *local = &core->local;
	const u32 most = READ_ONCE(core->limits.local_objects);
	u32 budget = local->budget;

	WRITE_ONCE(local->kept, 0);
	WRITE_ONCE(local->kept_ns, 0);
	if (budget)
		budget = min(budget, most);
	else if (!local->rest || !--local->rest)
		budget = min(2 * MHEAP_LOCAL_LEAST, most);
	WRITE_ONCE(local->budget, budget < MHEAP_LOCAL_LEAST ? 0 : budget);
}
