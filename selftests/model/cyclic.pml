/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Possible cycles: a store that may close one leaves a flag on the object that has the
 * slot, and while no object has it, nothing that loses its last handle is a suspect.
 * Two claims: of every cycle an object has the flag, once the store is over; and what
 * is cyclic garbage when nobody works has a suspect that no collection has seen.
 *
 * -D: N objects of one slot each; OPS operations of each of M sessions; STORES: these
 * only store; COLLECT: a collection begins at any time; EMPTY: the sessions have one
 * object each at first, not two; and mistakes, see run. Cells are not used again: a
 * cycle whose member died is none any more, and the flag goes with the member.
 */
#ifndef N
#define N 2
#endif
#ifndef M
#define M 2
#endif
#ifndef R
#define R 2
#endif
#ifndef OPS
#define OPS 2
#endif

#define NIL	15

/* enum mheap_cyclic */
#define NO	0
#define SEEN	1
#define FRESH	2

bit live[N], flag[N], suspect[N];
byte slot[N] = NIL, h[N], s[N];
byte cyclic;			/* enum mheap_cyclic */
byte suspects;			/* core->suspects */
byte reg[M * R] = NIL;
bit inside[M], waited[M];
byte storing;			/* ghost: stores that are not over */
byte done;

#define HANDLE(i)	reg[me * R + (i)]

/* What is no garbage: what has a handle, and what such objects lead to. */
byte reached[N];

inline reach()
{
	k = 0;
	do
	:: k < N ->
		/* A count without a slot is an operation that goes on */
		reached[k] = s[k];
		j = 0;
		do
		:: j < N -> reached[k] = reached[k] - (slot[j] == k); j++
		:: else -> break
		od;
		reached[k] = (live[k] && h[k] + reached[k] > 0);
		k++
	:: else -> break
	od;
	j = 0;
	do
	:: j < N ->
		k = 0;
		do
		:: k < N ->
			if
			:: live[k] && reached[k] && slot[k] != NIL -> reached[slot[k]] = 1
			:: else -> skip
			fi;
			k++
		:: else -> break
		od;
		j++
	:: else -> break
	od;
	k = 0; j = 0
}

/* Of every cycle one has the flag. In N steps along the slots a cycle is gone round. */
inline every_cycle_has_a_flag()
{
	d_step {
		k = 0;
		do
		:: k < N ->
			t = k; last = 0; j = 0;
			do
			:: j < N && t != NIL ->
				last = last || flag[t];
				t = slot[t];
				j++;
				if
				:: t == k -> break
				:: else -> skip
				fi
			:: else -> t = NIL; break
			od;
			assert(storing || !(live[k] && t == k) || (last && cyclic != NO));
			k++
		:: else -> break
		od;
		k = 0; j = 0; t = NIL; last = 0
	}
}

/*
 * mheap_release_drop(): whether there are possible cycles is looked at again after the
 * count has changed.
 */
inline drop(o, handle)
{
	may = (cyclic != NO);
	atomic {
		if
		:: handle -> assert(h[o]); h[o]--
		:: else -> assert(s[o]); s[o]--
		fi;
		last = (h[o] == 0 && s[o] == 0);
		left = (h[o] == 0 && s[o] > 0);
		if
		:: left && may && !suspect[o] -> suspect[o] = 1; noted++
		:: else -> skip
		fi
	}
#ifndef LOOK_BEFORE
	if
	:: left && !may ->
		may = (cyclic != NO);
		if
		:: may -> atomic {
				if
				:: !suspect[o] -> suspect[o] = 1; noted++
				:: else -> skip
				fi
			}
		:: else -> skip
		fi
	:: else -> skip
	fi;
#endif
	may = 0;
	/* What dies takes its flag along. */
	t = (last -> o : NIL);
	do
	:: t != NIL ->
		atomic {
			live[t] = 0;
			flag[t] = 0;
			j = slot[t];
			slot[t] = NIL;
			t = NIL;
			if
			:: j != NIL ->
				s[j]--;
				if
				:: h[j] + s[j] == 0 -> t = j
				:: h[j] == 0 && s[j] > 0 && cyclic != NO && !suspect[j] ->
					suspect[j] = 1; noted++
				:: else -> skip
				fi
			:: else -> skip
			fi;
			j = 0
		}
	:: else -> break
	od;
	last = 0; left = 0
}

/* mheap_cycle_note(): whether o.slot = n may close a cycle is looked at when everybody can see that slot. */
inline look_for_cycle()
{
	if
	:: o == n -> may = 1
	:: else ->
		may = (s[o] > 0);
		if
		:: may -> may = (slot[n] != NIL)
		:: else -> skip
		fi
	fi
}

inline store()
{
	storing++;
#ifdef CHECK_BEFORE
	if
	:: n != NIL -> look_for_cycle()
	:: else -> skip
	fi;
#endif
#ifdef COUNT_AFTER
	atomic { lost = slot[o]; slot[o] = n }
	if
	:: n != NIL -> s[n]++
	:: else -> skip
	fi;
#else
	if
	:: n != NIL -> atomic { assert(h[n]); s[n]++ }
	:: else -> skip
	fi;
	atomic { lost = slot[o]; slot[o] = n }
#endif
#ifndef CHECK_BEFORE
	if
	:: n != NIL -> look_for_cycle()
	:: else -> skip
	fi;
#endif
	if
	:: may && !flag[o] ->
		flag[o] = 1;
		may = (cyclic != FRESH);
		if
		:: may -> cyclic = FRESH
		:: else -> skip
		fi
	:: else -> skip
	fi;
	may = 0;
	storing--;
	every_cycle_has_a_flag()
}

proctype session(byte me)
{
	byte o = NIL, n = NIL, t = NIL, lost = NIL, give = NIL, i, j, k, ops = OPS, noted;
	bit may, last, left;

	do
	:: ops > 0 ->
		ops--;
		inside[me] = 1;
		atomic {
			if
			:: o = 0
			:: o = R - 1
			fi;
			if
			:: HANDLE(o) == NIL -> o = NIL
			:: else -> o = HANDLE(o)
			fi;
			if
			:: n = HANDLE(0)
			:: n = HANDLE(R - 1)
			:: n = NIL
			fi
		}
		if
		:: o != NIL -> store()
#ifndef STORES
		:: d_step { o != NIL && slot[o] != NIL && HANDLE(R - 1) == NIL ->
			/* A load, in one: local.pml has its steps */
			h[slot[o]]++; HANDLE(R - 1) = slot[o] }
		:: atomic { HANDLE(0) != NIL -> give = HANDLE(0); HANDLE(0) = NIL }
		:: atomic { HANDLE(R - 1) != NIL -> give = HANDLE(R - 1); HANDLE(R - 1) = NIL }
#endif
		:: else -> skip
		fi;
		if
		:: give != NIL -> drop(give, true)
		:: lost != NIL -> drop(lost, false)
		:: else -> skip
		fi;
		/* mheap_section_exit() */
		atomic {
			suspects = suspects + noted;
			noted = 0;
			inside[me] = 0; waited[me] = 0;
			o = NIL; n = NIL; t = NIL; lost = NIL; give = NIL
		}
	:: else -> break
	od;
	done++
}

inline forget()
{
	/* mheap_collect_snapshot(), mheap_cycle_begin() */
	atomic {
		suspects = 0;
#ifndef FORGET_FRESH
		cyclic = (cyclic == FRESH -> SEEN : cyclic)
#endif
	}
}

inline grace()
{
	atomic {
		k = 0;
		do
		:: k < M -> waited[k] = inside[k]; k++
		:: else -> break
		od;
		k = 0
	}
	do
	:: k < M -> (!waited[k]); k++
	:: else -> break
	od;
	k = 0
}

/* ROOTS looks at the flags, one after the other. */
inline look_at_flags()
{
	do
	:: k < N -> found = found || flag[k]; k++
	:: else -> break
	od;
	k = 0
}

/* It forgets the suspects; what is garbage at the snapshot goes; and it says so. */
proctype collector()
{
	byte k, j, t;
	bit found, last;

#ifdef COLLECT
	forget();
#ifdef LOOK_EARLY
	look_at_flags();
#endif
	grace();
	d_step {
		reach();
		do
		:: k < N ->
			if
			:: live[k] && !reached[k] ->
				live[k] = 0;
				flag[k] = 0;
				if
				:: slot[k] != NIL -> s[slot[k]]--; slot[k] = NIL
				:: else -> skip
				fi
			:: else -> skip
			fi;
			suspect[k] = 0;
			k++
		:: else -> break
		od;
		k = 0
	}
#ifndef LOOK_EARLY
	look_at_flags();
#endif
	/* mheap_cycle_end() */
	atomic {
		if
#ifdef FORGET_FRESH
		:: !found -> cyclic = NO
#else
		:: !found && cyclic == SEEN -> cyclic = NO
#endif
		:: else -> skip
		fi
	}
	every_cycle_has_a_flag();
#endif
	(done == M);
	d_step {
		reach();
		do
		:: k < N -> assert(!live[k] || reached[k] || suspects > 0); k++
		:: else -> break
		od;
		k = 0
	}
}

init
{
	byte k;

	atomic {
		do
		:: k < N -> live[k] = 1; k++
		:: else -> break
		od;
		/* Session k has object k, and the next one. */
		k = 0;
		do
		:: k < M ->
			reg[k * R] = k % N; h[k % N]++;
#ifndef EMPTY
			reg[k * R + R - 1] = (k + 1) % N; h[(k + 1) % N]++;
#endif
			k++
		:: else -> break
		od;
		k = 0;
		do
		:: k < M -> run session(k); k++
		:: else -> break
		od;
		k = 0;
		run collector()
	}
}
