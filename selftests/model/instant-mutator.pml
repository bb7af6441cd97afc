/* SPDX-License-Identifier: GPL-2.0-only */
/* Who changes the heap of instant.pml, and what it records of it before. */

/* mheap_release_drop() */
inline drop(o, count)
{
#ifndef NO_RECORD_DROP
	record(o);
#endif
	d_step {
		assert(count);
		count--;
		if
		:: !h[o] && !s[o] -> x = o
		:: else -> skip
		fi
	}
}

/* mheap_count_take() of who keeps the object */
inline take(o, count)
{
#ifndef NO_RECORD_TAKE
	record(o);
#endif
	d_step { assert(h[o] || s[o]); count++ }
}

/* mheap_release_run(): x, and what dies of that */
inline take_apart()
{
	do
	:: x != NIL ->
		y = x; x = NIL;
		t = slot[y];
		if
		:: t != NIL ->
#ifndef NO_RECORD_CLEAR
			record(y);
#endif
			slot[y] = NIL;
			drop(t, s[t]);
			t = NIL
		:: else -> skip
		fi;
		/* mheap_release_retire(): by the phase as it is */
#ifndef NO_RECORD_FREE
		if
		:: phase == RECORD -> record_object(y)
		:: else -> skip
		fi;
#endif
		d_step { assert(!h[y] && !s[y]); alloc[y] = 0; taken[y] = 0; y = NIL }
	:: else -> break
	od
}

inline release_run()
{
	if
	:: x != NIL ->
		if
		:: take_apart()
#ifdef LEAVE
		:: d_step { behind[x] = 1; x = NIL }
#endif
		fi
	:: else -> skip
	fi
}

/* mheap_slot_take(): what a slot refers to gets a handle. */
inline load()
{
	n = slot[reg[me * R + i]];
	if
	:: n == NIL -> skip
	:: else ->
#ifndef NO_RECORD_LOAD
		record(n);
#endif
		d_step {
			none = !h[n] && !s[n];
			if
			:: none -> skip
			:: else -> h[n]++
			fi
		}
		if
		:: none -> skip
		:: !none && slot[reg[me * R + i]] == n -> touch(); reg[me * R + 1 - i] = n
		:: else -> drop(n, h[n])
		fi
	fi
}

/* mheap_slot_store() */
inline store()
{
	o = reg[me * R + i];
#if !defined(NO_RECORD_STORE) && !defined(RECORD_AFTER)
	record(o);
#endif
	if
	:: n != NIL -> take(n, s[n])
	:: else -> skip
	fi;
	d_step { t = slot[o]; slot[o] = n }
#ifdef RECORD_AFTER
	record(o);
#endif
	if
	:: t != NIL -> drop(t, s[t]); t = NIL
	:: else -> skip
	fi
}

/* mheap_object_build(): the bit, the count, the alloc bit */
inline build()
{
	slot[n] = NIL;
#if !defined(NO_BIRTH) && !defined(BIRTH_LATE)
	if
	:: p == RECORD -> d_step { assert(made); recorded[n] = 1 }
	:: else -> skip
	fi;
#endif
	h[n] = 1;
	alloc[n] = 1;
#ifdef BIRTH_LATE
	if
	:: p == RECORD -> d_step { assert(made); recorded[n] = 1 }
	:: else -> skip
	fi;
#endif
	touch();
	reg[me * R + i] = n
}

/* mheap_section_enter(), mheap_instant_enter() */
inline enter()
{
	/* litmus/section: who begins a grace period sees seq, or we see the phase */
	atomic { inside[me] = 1; p = phase; ops[me]-- }
#ifndef NO_SERIAL
	if
	:: p == SERIAL ->
		atomic {
			(!serial);
#ifndef NO_REREAD
			p = phase;
#endif
			serial = (p == SERIAL)
		}
	:: else -> skip
	fi
#endif
}

inline leave()
{
	d_step {
#ifndef NO_SERIAL
		if
		:: p == SERIAL -> serial = 0
		:: else -> skip
		fi;
#endif
		inside[me] = 0; waited[me] = 0;
		p = NEITHER; i = 0; o = NIL; n = NIL; t = NIL; y = NIL; fits = 0; none = 0
	}
}

#ifdef APART
#define MAY(m)	(me == (m))
#else
#define MAY(m)	1
#endif
#define HAS(i)	(reg[me * R + (i)] != NIL)

proctype mutator(byte me)
{
	byte p, i, o = NIL, n = NIL, t = NIL, x = NIL, y = NIL;
	bit fits, none;

	do
	:: ops[me] ->
		enter();
		if
		:: i = 0
		:: i = 1
		fi;
		if
#ifdef LOAD
		:: MAY(1) && HAS(i) && !HAS(1 - i) -> load()
#endif
#ifdef STORE
		:: MAY(0) && HAS(i) ->
			if
			:: n = NIL
			:: HAS(1 - i) -> n = reg[me * R + 1 - i]
			:: n = reg[me * R + i]
			fi;
			store()
#endif
#ifdef DROP
		:: MAY(0) && HAS(i) ->
			o = reg[me * R + i];
			touch();
			reg[me * R + i] = NIL;
			drop(o, h[o])
#endif
#ifdef TAKE
		:: MAY(0) && HAS(i) && !HAS(1 - i) ->	/* mheap_handle_take() */
			o = reg[me * R + i];
			take(o, h[o]);
			touch();
			reg[me * R + 1 - i] = o
#endif
#ifdef ALLOC
		:: MAY(0) && !HAS(i) ->
			d_step {
				n = 0;
				do
				:: n < N && taken[n] -> n++
				:: else -> break
				od;
				if
				:: n < N -> taken[n] = 1
				:: else -> n = NIL
				fi
			}
			if
			:: n != NIL -> build()
			:: else -> skip
			fi
#endif
#if defined(LEAVE) || defined(LEFT)
		:: d_step {	/* mheap_release_adopt() */
			behind[0] || behind[1] || behind[2];
			x = 0;
			do
			:: behind[x] -> break
			:: else -> x++
			od;
			behind[x] = 0
		}
#endif
		:: else -> skip
		fi;
		release_run();
		leave()
	:: else -> break
	od
}
