/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Marking by the worker and helpers: a stack for each, a pool that they share, and when
 * the worker may say that nothing is left but what is grey. Nobody else works on the
 * heap here; collect.pml has the mutators.
 *
 * -D: HELPERS; BLOCKS that the pool holds; KEEP, what a marker keeps for itself; STACK,
 * what fits into a stack: the rest becomes grey; and mistakes, see run. A block is one
 * object. The heap is a tree, with an edge to a node that has another way to it.
 */
#ifndef HELPERS
#define HELPERS 2
#endif
#ifndef BLOCKS
#define BLOCKS 1
#endif
#ifndef KEEP
#define KEEP 0
#endif
#ifndef STACK
#define STACK 2
#endif
#define N	5
#define NIL	15

bit mark[N], scanned[N], grey[N], greyflag;
byte top[HELPERS + 1];
bit stack[15];			/* of marker m: m * N and on, as a set */
bit pool[N];
byte count, helping;		/* pool->count, pool->active */
bit lock, over;

/* The slots of an object: 0 -> 1, 2; 1 -> 3, 4; 2 -> 3 */
#define LEFT(o)		((o) == 0 -> 1 : ((o) < 3 -> 3 : NIL))
#define RIGHT(o)	((o) == 0 -> 2 : ((o) == 1 -> 4 : NIL))

/* mheap_mark_push(), mheap_mark_later() */
inline push(o)
{
	if
	:: o != NIL ->
		d_step {
			fresh = !mark[o];
			mark[o] = 1
		}
		if
		:: fresh ->
			atomic {
				if
				:: top[m] < STACK -> stack[m * N + o] = 1; top[m]++
				:: else -> grey[o] = 1; greyflag = 1
				fi
			}
		:: else -> skip
		fi
	:: else -> skip
	fi
}

/* What is taken off the stack first does not matter: the lowest. */
inline pop()
{
	d_step {
		o = 0;
		do
		:: !stack[m * N + o] -> o++
		:: else -> break
		od;
		stack[m * N + o] = 0; top[m]--
	}
}

inline scan()
{
	pop();
	push(LEFT(o));
	push(RIGHT(o));
	atomic { scanned[o] = 1; o = 0; fresh = 0 }
}

/* mheap_pool_give(): looks without the lock first. */
inline give()
{
	if
	:: top[m] > KEEP && count < BLOCKS ->
		atomic { (!lock); lock = 1 }
		refused = (count == BLOCKS);
		if
		:: !refused ->
			d_step {
				o = 0;
				do
				:: !stack[m * N + o] -> o++
				:: else -> break
				od;
				pool[o] = 1
			}
			count++
		:: else -> skip
		fi;
		lock = 0;
		if
		:: !refused -> d_step { stack[m * N + o] = 0; top[m]--; o = 0 }
		:: else -> refused = 0
		fi
	:: else -> skip
	fi
}

/* mheap_pool_pop(), under the lock */
inline take()
{
	taken = (count > 0);
	if
	:: taken ->
		d_step {
			o = 0;
			do
			:: !pool[o] -> o++
			:: else -> break
			od;
			pool[o] = 0; count--;
			stack[m * N + o] = 1; top[m] = 1;
			o = 0
		}
	:: else -> skip
	fi
}

proctype helper(byte m)
{
	byte o;
	bit fresh, refused, taken, busy;

	do
	:: over -> break
	:: !over && top[m] -> scan(); give()
	:: !over && !top[m] && (count || busy) ->
		/* mheap_pool_help(): what is taken, and that it is, are one. */
		atomic { (!lock); lock = 1 }
		take();
#ifndef ACTIVE_LATE
		atomic { helping = helping + taken - busy; busy = taken; lock = 0 }
#else
		lock = 0;
		atomic { helping = helping + taken - busy; busy = taken }
#endif
		taken = 0
	od
}

proctype worker(byte m)
{
	byte o;
	bit fresh, refused, taken, idle;

	push(0);
	do
	:: top[m] -> scan(); give()
	:: !top[m] ->
		atomic { (!lock); lock = 1 }
		take();
		lock = 0;
		if
		:: taken -> taken = 0
		:: else ->
#if defined(NOT_WAITING)
			idle = 1;
#elif defined(COUNT_ONLY)
			atomic { (!lock); idle = !count }
#else
			/* mheap_pool_idle() */
			atomic { (!lock); idle = (!count && !helping) }
#endif
			if
			:: !idle -> (count || !helping)	/* looks again later */
			:: idle && greyflag ->
				d_step {
					greyflag = 0;
					o = 0;
					do
					:: o < N ->
						if
						:: grey[o] && top[m] < STACK ->
							grey[o] = 0;
							stack[m * N + o] = 1; top[m]++
						:: grey[o] && top[m] == STACK -> greyflag = 1
						:: else -> skip
						fi;
						o++
					:: else -> break
					od;
					o = 0
				}
			:: idle && !greyflag -> break
			fi;
			idle = 0
		fi
	od;
	/* All is marked and scanned, and nobody has anything. */
	over = 1;
	d_step {
		do
		:: o < N -> assert(scanned[o] && !grey[o] && !pool[o]); o++
		:: else -> break
		od;
		o = 0;
		do
		:: o < HELPERS + 1 -> assert(!top[o]); o++
		:: else -> break
		od
	}
}

init
{
	atomic {
		run worker(0);
		run helper(1);
#if HELPERS > 1
		run helper(2)
#endif
	}
}
