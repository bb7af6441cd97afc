/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sessions that are closed, a collection that somebody asks for, and the end of the
 * heap. What is claimed: the collection that a call asked for takes its snapshot when
 * the handles of all who had closed before that call are gone; whoever waits for it is
 * woken; and nobody uses the heap when it is freed.
 *
 * -D: SESSIONS that are closed, each with HANDLES; and mistakes, see run. One more
 * session asks, waits, and is closed. Each step of the worker closes one handle, and
 * goes on with a collection: mheap_worker_step().
 */
#ifndef SESSIONS
#define SESSIONS 2
#endif
#ifndef HANDLES
#define HANDLES 2
#endif
#define ALL	(SESSIONS + 1)
#define NONE	7

byte users = ALL;
byte handles[ALL] = HANDLES;
byte closing[ALL] = NONE, closings;	/* heap->closing, in order */
byte leaving, gone, left_first;
byte requested, started, finished;
bit dying, kicked, freed;
bit closed[ALL], before[ALL];		/* ghosts: closed; and when it was asked for */
byte asked;				/* ghost: the collection that was */

inline use() { assert(!freed) }

/* mheap_session_close() */
inline close(me)
{
	atomic {	/* under sessions_lock */
		use();
#ifdef LIFO
		if
		:: closings == 1 -> closing[1] = closing[0]; closing[0] = me
		:: closings == 2 ->
			closing[2] = closing[1]; closing[1] = closing[0]; closing[0] = me
		:: else -> closing[0] = me
		fi;
#else
		closing[closings] = me;
#endif
		closings++;
#ifndef LEAVE_LATE
		leaving++;
#endif
		closed[me] = 1
	}
#ifdef LEAVE_LATE
	atomic { use(); leaving++ }
#endif
	atomic { use(); kicked = 1 }
	/* mheap_heap_put() */
	atomic { use(); users--; last = (users == 0) }
	if
	:: last -> dying = 1
	:: else -> skip
	fi
}

proctype session(byte me)
{
	bit last;

	close(me)
}

proctype asker(byte me)
{
	byte number, k;
	bit last;

	/* mheap_collect_request(); the ghost is taken where the call begins */
	d_step {
		do
		:: k < ALL -> before[k] = closed[k]; k++
		:: else -> break
		od;
		k = 0
	}
#ifdef NO_LEFT_FIRST
	skip;
#else
	atomic { use(); k = leaving };
	left_first = (left_first < k -> k : left_first);
#endif
	number = started + 1;
	asked = number;
	requested = (requested < number -> number : requested);
	kicked = 1;
	/* mheap_collect_wait(): ends too when the heap is dying, which it is not */
	(finished >= number);
	close(me)
}

proctype worker()
{
	byte first = NONE, settle_for, k;
	bit running;

	do
	:: kicked && !dying ->
		kicked = 0;
		do
		:: !dying ->
			/* mheap_worker_close_some() */
			atomic { use(); first = (closings -> closing[0] : NONE) }
			if
			:: first != NONE ->
				if
				:: handles[first] -> handles[first]--
				:: else -> skip
				fi;
				if
				:: !handles[first] ->
					atomic {
						use();
						/* It is taken off, wherever it is by now */
						k = 0;
						do
						:: closing[k] != first -> k++
						:: else -> break
						od;
						do
						:: k + 1 < ALL -> closing[k] = closing[k + 1]; k++
						:: else -> break
						od;
						closing[k] = NONE;
						closings--;
						k = 0
					}
					gone++
				:: else -> skip
				fi
			:: else -> skip
			fi;
			use();
			if
			:: !running && requested > started ->
				started++;
				settle_for = left_first;
				running = 1
#ifdef NO_SETTLE
			:: running ->
#else
			:: running && gone >= settle_for ->
#endif
				/* The snapshot */
				d_step {
					do
					:: k < ALL ->
						assert(started != asked || !before[k] || !handles[k]);
						k++
					:: else -> break
					od;
					k = 0
				}
				finished = started;
				running = 0
			:: !running && requested == started && first == NONE -> break
			:: else -> skip
			fi
		:: dying -> break
		od;
		first = NONE
	:: dying -> break	/* mheap_worker_exit() waits until it is not running */
	od;
	first = NONE; settle_for = 0; running = 0;
#ifndef TEARDOWN_EARLY
	assert(users == 0);
	freed = 1
#endif
}

#ifdef TEARDOWN_EARLY
/* It does not wait. */
proctype teardown()
{
	(dying);
	freed = 1
}
#endif

init
{
	byte k;

	atomic {
		do
		:: k < SESSIONS -> run session(k); k++
		:: else -> break
		od;
		run asker(SESSIONS);
		run worker();
#ifdef TEARDOWN_EARLY
		run teardown();
#endif
		k = 0
	}
}
