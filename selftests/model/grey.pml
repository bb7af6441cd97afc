/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The grey bits, and the flags that tell where to look for them: mheap_chunk_set_grey()
 * against mheap_mark_take_grey(). collect.pml takes the three for one; this is why it
 * may. What is claimed: when whoever shades has ended, and the flag of the heap is not
 * set, there is no grey bit.
 *
 * -D: SHADERS; and mistakes, see run. Two chunks of two objects each.
 */
#ifndef SHADERS
#define SHADERS 2
#endif

bit grey[4], dirty[2], heap;	/* heap: core->grey */
byte busy = SHADERS;

proctype shader(byte first; byte second)
{
	byte o = first;
	bit seen;

	do
	:: true ->
#ifdef FLAGS_FIRST
		dirty[o / 2] = 1;
		heap = 1;
		grey[o] = 1;
#else
		grey[o] = 1;
		seen = dirty[o / 2];
		if
		:: !seen -> dirty[o / 2] = 1
		:: else -> skip
		fi;
#ifndef NO_HEAP_FLAG
		seen = heap;
		if
		:: !seen -> heap = 1
		:: else -> skip
		fi;
#endif
#endif
		if
		:: o == second -> break
		:: else -> o = second
		fi
	od;
	seen = 0;
	busy--
}

proctype marker()
{
	byte chunk, o;
	bit found;

again:
	do
	:: heap ->
#ifndef CLEAR_AFTER
		heap = 0;		/* xchg() */
#endif
		chunk = 0;
		do
		:: chunk < 2 ->
			if
			:: dirty[chunk] ->
#ifndef DIRTY_AFTER
				dirty[chunk] = 0;
#endif
				o = chunk * 2;
				/* each word is looked at, then exchanged */
				grey[o] = 0;
				grey[o + 1] = 0;
#ifdef DIRTY_AFTER
				dirty[chunk] = 0;
#endif
				o = 0
			:: else -> skip
			fi;
			chunk++
		:: else -> break
		od;
		chunk = 0;
#ifdef CLEAR_AFTER
		heap = 0;
#endif
	:: else -> break
	od;
	/* The grace period of TERMINATE, and the look at core->grey. */
	(busy == 0);
	if
	:: heap -> goto again
	:: else -> assert(!grey[0] && !grey[1] && !grey[2] && !grey[3])
	fi
}

init
{
	atomic {
		run shader(0, 2);
#if SHADERS > 1
		run shader(1, 0);
#endif
#if SHADERS > 2
		run shader(2, 3);
#endif
		run marker()
	}
}
