/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of a random actor share. */
#ifndef ORACLE_ACT_H
#define ORACLE_ACT_H

#include "oracle.h"

#define PAYLOAD_TAGGED 4U	/* bytes of payload that hold the tag, if there are as many */

/* A slot of an own object, and what it is to refer to then. */
struct change {
	struct held *held;
	__u32 index, before;	/* the slot, and as it is written down */
	__u64 value;
	__u32 after;
};

static inline __u32 oracle_random(struct actor *actor, __u32 limit)
{
	return random_below(&actor->seed, limit);
}

/* Any handle that it has, or NULL; one to an object of its own, or NULL. */
struct held *oracle_any(struct actor *actor);
struct held *oracle_own(struct actor *actor);

/* Room for a handle that was picked up; another one goes where there is none. */
int oracle_keep(struct actor *actor, __u64 handle, __u32 tag);
int oracle_drop_scratch(struct actor *actor);

/* Which object a handle names, which must be one that was made. */
int oracle_learn(struct actor *actor, __u64 handle, __u32 *tag);

/* Keep a handle to whatever; 0 is fine. */
int oracle_keep_unknown(struct actor *actor, __u64 handle);

/* Keep what an own slot was said to refer to, if it is what was written down. */
int oracle_keep_slot(struct actor *actor, __u64 handle, __u32 slot);

/* Is the heap at its limit, which is no failure? */
static inline bool oracle_is_full(int ret)
{
	return ret == -EDQUOT || ret == -ENOMEM;
}

/* -EUCLEAN where what was answered cannot be. */
static inline int oracle_expect(const struct actor *actor, bool holds)
{
	/* What was not written down is not known either: that is for the judge. */
	return holds || actor->world->forget ? 0 : -EUCLEAN;
}

/* Make @count objects with at least @slots slots; fewer at a limit. */
int oracle_make(struct actor *actor, unsigned int count, __u32 slots, struct held *made,
		unsigned int *ret_count);

/* Remember that something was put into a slot. */
void oracle_remember(struct actor *actor, __u32 tag, __u32 index);

/* Those of lists: their slot refers to something, but for @to. */
int oracle_push(struct actor *actor, const struct change *head);
int oracle_pop(struct actor *actor, const struct change *head);
int oracle_move(struct actor *actor, const struct change *from, const struct change *to);

/* One random step each: on slots; on everything else. */
int oracle_act_slot(struct actor *actor);
int oracle_act_other(struct actor *actor);

#endif
