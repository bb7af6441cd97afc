/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The collector of a heap: concurrent snapshot-at-the-beginning mark and
 * sweep, as a machine that is driven one bounded step at a time.
 */
#ifndef _MHEAP_CORE_COLLECT_H
#define _MHEAP_CORE_COLLECT_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/types.h>

#include "mark.h"
#include "pool.h"
#include "scan.h"
#include "stage.h"
#include "verify.h"

struct mheap_core;

/**
 * enum mheap_step - what a step left
 * @MHEAP_STEP_IDLE: nothing to do
 * @MHEAP_STEP_MORE: more to do
 * @MHEAP_STEP_WAIT: a grace period has to end first, or somebody else's work; look
 *		     again soon
 */
enum mheap_step {
	MHEAP_STEP_IDLE,
	MHEAP_STEP_MORE,
	MHEAP_STEP_WAIT,
};

/**
 * enum mheap_demand - what is to be begun
 * @MHEAP_DEMAND_NONE: nothing
 * @MHEAP_DEMAND_LOCAL: a look at the suspects
 * @MHEAP_DEMAND_TRACE: a collection
 */
enum mheap_demand {
	MHEAP_DEMAND_NONE,
	MHEAP_DEMAND_LOCAL,
	MHEAP_DEMAND_TRACE,
};

/**
 * enum mheap_cause - why a collection begins
 * @MHEAP_CAUSE_NONE: none has
 * @MHEAP_CAUSE_REQUEST: somebody asked
 * @MHEAP_CAUSE_SUSPECTS: there are many suspects
 * @MHEAP_CAUSE_AGE: there are old suspects
 * @MHEAP_CAUSE_LIMIT: an allocation met a limit
 * @MHEAP_CAUSE_PRESSURE: the system is short of memory
 * @MHEAP_CAUSE_COUNT: how many there are
 *
 * The order of the numbers is that of MHEAP_COLLECT_STAT.
 */
enum mheap_cause {
	MHEAP_CAUSE_NONE,
	MHEAP_CAUSE_REQUEST,
	MHEAP_CAUSE_SUSPECTS,
	MHEAP_CAUSE_AGE,
	MHEAP_CAUSE_LIMIT,
	MHEAP_CAUSE_PRESSURE,
	MHEAP_CAUSE_COUNT
};

/* X(name, text): how debugfs and the traces show them. */
#define MHEAP_CAUSES(X)				\
	X(NONE, "none")				\
	X(REQUEST, "request")			\
	X(SUSPECTS, "suspects")			\
	X(AGE, "age")				\
	X(LIMIT, "limit")			\
	X(PRESSURE, "pressure")

/**
 * struct mheap_collection - what one collection did
 * @number: 1 for the first
 * @cause: why it began
 * @start_ns: when (CLOCK_MONOTONIC)
 * @end_ns: when it ended
 * @grace_ns: time that it waited for grace periods
 * @mark_ns: time from its beginning until nothing was grey
 * @verify_ns: time of the verification
 * @sweep_ns: time from there to its end
 * @marked: objects that were alive, or had died meanwhile
 * @freed: objects that it freed
 * @failures: objects that the trace condemned and the counts did not
 */
struct mheap_collection {
	u64 number;
	enum mheap_cause cause;
	u64 start_ns;
	u64 end_ns;
	u64 grace_ns;
	u64 mark_ns;
	u64 verify_ns;
	u64 sweep_ns;
	u64 marked;
	u64 freed;
	u64 failures;
};

/**
 * struct mheap_collector - the collector of a heap
 * @requested: number of the last collection that was asked for
 * @cause: why that was asked for
 * @started: number of the last one that began
 * @finished: number of the last one that ended
 * @threshold: suspects that begin a collection, when they have been looked at
 * @rest_ns: until then no collection begins because suspects are old
 * @leaving: mutators that have begun to leave
 * @left: those of them that have
 * @left_first: how many must have before what was asked for goes on
 * @stage: where the running one is (the worker's, like all below)
 * @waiting: for a grace period
 * @grace_ns: when that began
 * @settle_for: how many must have left before the running one goes on
 * @adopted: what mutators have left is being taken apart, once for the stage
 * @balance: what the verification has added up
 * @witnessed: condemned objects that somebody came by since the last verdict (anybody's)
 * @scan: where the stage is in the heap
 * @marker: what is to be marked
 * @pool: what helpers may have of it
 * @draining: roots have been pushed, and are being drained
 * @grey_index: the next chunk to look into for grey bits
 * @roots_ns: when marking began
 * @cyclic: there may be cycles
 * @worked_ns: time of the running collection's slices, but not of waiting and pauses
 * @total_worked_ns: that of all of them, and of looks at suspects
 * @helped_ns: time that helpers have worked, for all collections (theirs)
 * @helped_before_ns: ... when the running one began
 * @steps: slices that all have taken, waiting included
 * @begin_steps: those before the running one
 * @resting: a collection that nobody waits for is not to go on now
 * @starved: nothing can be done until a helper has done something
 * @drained: dead cells of the quarantine that wait for being freed
 * @now: the running collection
 * @last: the one that ended last
 * @total_freed: objects freed by all
 * @total_ns: time of all
 * @total_failures: see &struct mheap_collection
 */
struct mheap_collector {
	atomic64_t requested;
	u32 cause;
	atomic64_t started;
	atomic64_t finished;
	unsigned long threshold;
	u64 rest_ns;
	atomic64_t leaving;
	atomic64_t left;
	atomic64_t left_first;
	enum mheap_stage stage;
	bool waiting;
	u64 grace_ns;
	s64 settle_for;
	bool adopted;
	struct mheap_balance balance;
	atomic_t witnessed;
	struct mheap_scan scan;
	struct mheap_marker marker;
	struct mheap_pool pool;
	bool draining;
	u32 grey_index;
	u64 roots_ns;
	bool cyclic;
	u64 worked_ns;
	u64 total_worked_ns;
	atomic64_t helped_ns;
	u64 helped_before_ns;
	u64 steps;
	u64 begin_steps;
	bool resting;
	bool starved;
	u32 drained;
	struct mheap_collection now;
	struct mheap_collection last;
	u64 total_freed;
	u64 total_ns;
	u64 total_failures;
};

int mheap_collect_init(struct mheap_core *core);
void mheap_collect_exit(struct mheap_core *core);
u64 mheap_collect_request(struct mheap_core *core, enum mheap_cause cause);
u32 mheap_collect_delay(struct mheap_core *core);
bool mheap_collect_asked(struct mheap_core *core);
bool mheap_collect_due(struct mheap_core *core);
enum mheap_demand mheap_collect_demand(struct mheap_core *core);
void mheap_collect_pace(struct mheap_core *core, u64 objects);
bool mheap_collect_running(struct mheap_core *core);
bool mheap_collect_urgent(struct mheap_core *core);
void mheap_collect_leave(struct mheap_core *core);
void mheap_collect_left(struct mheap_core *core);
bool mheap_collect_leaving(struct mheap_core *core);
enum mheap_step mheap_collect_step(struct mheap_core *core);

#endif
