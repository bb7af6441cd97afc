/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The local check: is what a suspect leads to a dead cycle? The worker asks it among
 * mutators, while no collection runs; but cells of what dies are kept until it is done.
 *
 * -D: N objects of one slot each; OPS0, OPS1 operations of the mutators; CHECKS; WRAP:
 * the version of a count has always wrapped round, so it shows no change; WEAK: one
 * object is referred to weakly; CROSS: another heap at first, see init; SCRIPT: mutator 0 does
 * one thing only; and mistakes, see run.
 */
#ifndef N
#define N 3
#endif
#ifndef OPS0
#define OPS0 3
#endif
#ifndef OPS1
#define OPS1 1
#endif
#ifndef CHECKS
#define CHECKS 1
#endif

#define R	2
#define NIL	15
#define JUNK	14	/* what is no number of an object, and lies where a slot was */

bit live[N];
byte slot[N] = NIL, h[N], s[N];
bit claimed[N];			/* the flag in the count word */
bit changed[N];			/* the version is not what the worker read last */
byte referent = NIL;		/* of the one weak cell */
byte reg[4] = NIL;
bit idle[2];			/* mutators that are done */
bit keep, kept[N];		/* MHEAP_PHASE_KEEP; and cells on the quarantine */
bit inside[2], waited[2];	/* sections */

#define HANDLE(i)	reg[me * R + (i)]

/* mheap_count_take() */
#ifdef KEEP_CLAIMED
#define TOOK(o)	changed[o] = 1
#else
#define TOOK(o)	changed[o] = 1; claimed[o] = 0
#endif

/* Nothing may name a cell that becomes free. The slots of the dead are null by then. */
inline free_cell(o)
{
	assert(live[o] && !h[o] && !s[o] && slot[o] == NIL);
	assert(reg[0] != o && reg[1] != o && reg[2] != o && reg[3] != o);
	k = 0;
	do
	:: k < N -> assert(!live[k] || slot[k] != o); k++
	:: else -> break
	od;
	k = 0;
	if
	:: referent == o -> referent = NIL
	:: else -> skip
	fi;
	live[o] = 0;
	kept[o] = !quick
}

/*
 * Gives up a reference, and takes apart what dies of that, and so on. That is one step
 * for each object: here it is the worker who may be in the middle of something.
 */
inline drop(o, handle)
{
	atomic {
		d = o;
		if
		:: handle -> assert(h[d]); h[d]--
		:: else -> assert(s[d]); s[d]--
		fi;
		changed[d] = 1;
		if
		:: h[d] + s[d] > 0 -> d = NIL
		:: else -> skip
		fi
	}
	do
	:: d != NIL ->
		/* mheap_release_retire(): the look, and then what is done about it */
		quick = !(p || keep);
		d_step {
			e = slot[d];
			slot[d] = NIL;
			free_cell(d);
			d = NIL;
			if
			:: e != NIL && e != JUNK ->
				assert(s[e]);
				s[e]--;
				changed[e] = 1;
				if
				:: h[e] + s[e] == 0 -> d = e
				:: else -> skip
				fi
			:: else -> skip
			fi;
			e = NIL
		}
	:: else -> break
	od;
	skip
}

/* mheap_slot_take(), and mheap_weak_count(), which is the same with another place. */
inline take(place)
{
	t = place;
	if
	:: t != NIL && t != JUNK ->
		atomic {
			if
			:: h[t] + s[t] > 0 -> h[t]++; TOOK(t)
			:: else -> t = NIL
			fi
		}
		if
		:: atomic { t != NIL && place == t -> HANDLE(i) = t }
		:: atomic { t != NIL && place != t -> give = t }
		:: t == NIL
		fi
	:: else -> skip
	fi
}

inline store()
{
	if
	:: n != NIL -> atomic { assert(h[n]); s[n]++; TOOK(n) }
	:: else -> skip
	fi;
	atomic { lost = slot[o]; slot[o] = n }
}

/* A cell that is used again, with a number of its payload where a slot was. */
inline alloc()
{
	d_step {
		o = 0;
		do
		:: o < N && (live[o] || kept[o]) -> o++
		:: else -> break
		od;
		if
		:: o < N ->
			live[o] = 1; h[o] = 1; s[o] = 0; slot[o] = JUNK;
			/* mheap_object_build() keeps the version, and advances it */
			claimed[o] = 0; changed[o] = 1;
			HANDLE(1) = o
		:: else -> skip
		fi
	}
}

proctype mutator(byte me; byte ops)
{
	byte o = NIL, n = NIL, t = NIL, d = NIL, e = NIL, i, k;
	byte give = NIL, lost = NIL;
	bit p, quick;			/* p: what the section saw of keep */

	do
	:: ops > 0 ->
		ops--;
		atomic { inside[me] = 1; p = keep }
		if
		:: HANDLE(1) == NIL -> alloc()
		:: atomic { HANDLE(0) != NIL -> give = HANDLE(0); HANDLE(0) = NIL }
		:: atomic { HANDLE(1) != NIL -> give = HANDLE(1); HANDLE(1) = NIL }
		:: atomic { HANDLE(0) != NIL && HANDLE(1) == NIL -> o = HANDLE(0); i = 1 }
			take(slot[o])
		:: atomic { HANDLE(1) != NIL && HANDLE(0) == NIL -> o = HANDLE(1); i = 0 }
			take(slot[o])
		:: atomic { HANDLE(0) != NIL && slot[HANDLE(0)] < N -> o = HANDLE(0) }
			store()
		:: atomic { HANDLE(1) != NIL && slot[HANDLE(1)] < N -> o = HANDLE(1) }
			store()
		:: atomic { HANDLE(0) != NIL && HANDLE(1) != NIL && slot[HANDLE(0)] != JUNK ->
			o = HANDLE(0); n = HANDLE(1) }
			store()
		:: atomic { HANDLE(0) != NIL && HANDLE(1) != NIL && slot[HANDLE(1)] != JUNK ->
			o = HANDLE(1); n = HANDLE(0) }
			store()
#ifdef WEAK
		:: HANDLE(1) == NIL -> i = 1; take(referent)
#endif
		:: else -> skip
		fi;
		if
		:: give != NIL -> drop(give, true)
		:: lost != NIL -> drop(lost, false)
		:: else -> skip
		fi;
		d_step {
			inside[me] = 0; waited[me] = 0;
			o = NIL; n = NIL; t = NIL; give = NIL; lost = NIL; i = 0; p = 0; quick = 0
		}
	:: else -> break
	od;
	idle[me] = 1
}

#ifdef SCRIPT
/*
 * The one order of operations that is needed to deceive the worker when versions wrap:
 * 1.slot is there when slots are looked at, and not when counts are.
 */
inline enter() { atomic { inside[me] = 1; p = keep } }
inline leave() { atomic { inside[me] = 0; waited[me] = 0; p = 0; quick = 0; t = NIL; o = NIL; n = NIL } }

inline get(from, into)
{
	enter();
	i = into; o = from;
	take(slot[o]);
	assert(give == NIL);
	leave()
}

inline put(into, what)
{
	enter();
	o = into; n = what;
	store();
	if
	:: lost != NIL -> drop(lost, false)
	:: else -> skip
	fi;
	lost = NIL;
	leave()
}

inline give_up(which)
{
	enter();
	atomic { give = HANDLE(which); HANDLE(which) = NIL }
	drop(give, true);
	give = NIL;
	leave()
}

proctype script(byte me)
{
	byte o = NIL, n = NIL, t = NIL, d = NIL, e = NIL, i, k;
	byte give = NIL, lost = NIL;
	bit p, quick;			/* p: what the section saw of keep */

	get(2, 0); put(1, NIL); give_up(0); give_up(1);
	get(0, 1); get(2, 0); put(1, 2); put(1, NIL); give_up(0); give_up(1)
}
#endif

/* What the worker notes of each object that it explores. */
#define UNSEEN	0
#define FOUND	1	/* to be explored */
#define OUTSIDE	2	/* has handles, is dead, or has no slots */
#define INSIDE	3	/* explored */
#define CLAIMED	4

byte seen[N], words[N], edges[N], targets[N] = NIL;

/* mheap_local_add(): its count as it is first seen, and whether it has slots */
inline find(o)
{
	atomic {
		/* A number that was never an object's leads anywhere */
		assert(o != JUNK);
		fresh = (seen[o] == UNSEEN);
		if
		:: fresh ->
			words[o] = s[o];
			changed[o] = 0;
			seen[o] = (h[o] == 0 && s[o] > 0 -> FOUND : OUTSIDE)
		:: else -> skip
		fi
	}
	if
	:: fresh && seen[o] == FOUND ->
		if
		:: slot[o] == JUNK -> seen[o] = OUTSIDE
		:: else -> skip
		fi
	:: else -> skip
	fi;
	fresh = 0
}

/* mheap_local_explore_one() */
inline explore()
{
	seen[c] = INSIDE;
	t = slot[c];
	if
	:: t != NIL ->
		find(t);
		d_step {
			targets[c] = t;
			if
			:: seen[t] != OUTSIDE -> edges[t]++
			:: else -> skip
			fi;
			t = NIL
		}
	:: else -> skip
	fi
}

/* What more slots refer to than those explored is alive, and so is what it leads to. */
inline spare()
{
	d_step {
		c = 0;
		do
		:: c < N && seen[c] == INSIDE && words[c] != edges[c] ->
			seen[c] = OUTSIDE;
			if
			:: targets[c] != NIL && seen[targets[c]] == INSIDE ->
				/* Not to be explained by any count: begin again */
				words[targets[c]] = NIL; c = 0
			:: else -> c++
			fi
		:: c < N && !(seen[c] == INSIDE && words[c] != edges[c]) -> c++
		:: else -> break
		od;
		c = 0
	}
}

/* atomic64_cmpxchg(count as first read, the same | CLAIMED) */
inline claim()
{
	d_step {
		if
#ifdef WRAP
		:: h[c] == 0 && s[c] == words[c] -> claimed[c] = 1; seen[c] = CLAIMED
#else
		:: !changed[c] -> claimed[c] = 1; seen[c] = CLAIMED
#endif
		:: else -> stop = 1
		fi
	}
}

/* The slots once more, and then the counts. */
inline recheck()
{
	d_step {
		c = 0;
		do
		:: c < N -> edges[c] = 0; c++
		:: else -> break
		od;
		c = 0
	}
	do
	:: c < N && seen[c] == CLAIMED ->
#ifndef IGNORE_WEAK
		if
		:: referent == c -> stop = 1
		:: else -> skip
		fi;
#endif
		t = slot[c];
		d_step {
			if
			:: t < N && seen[t] == CLAIMED -> edges[t]++
			:: else -> skip
			fi;
			t = NIL;
			c++
		}
	:: c < N && seen[c] != CLAIMED -> c++
	:: c == N -> break
	od;
	c = 0;
	do
	:: c < N ->
		d_step {
			if
			:: seen[c] == CLAIMED && !(claimed[c] && !h[c] && s[c] == edges[c]) -> stop = 1
			:: else -> skip
			fi;
			c++
		}
	:: else -> break
	od;
	c = 0
}

inline unclaim()
{
	do
	:: c < N ->
		d_step {
			if
			:: seen[c] == CLAIMED -> claimed[c] = 0
			:: else -> skip
			fi;
			c++
		}
	:: else -> break
	od;
	c = 0
}

/* The claim: nobody has a way to any of it, or ever will. */
inline it_is_garbage()
{
	d_step {
		do
		:: c < N ->
			if
			:: seen[c] == CLAIMED ->
				assert(live[c]);
				assert(reg[0] != c && reg[1] != c && reg[2] != c && reg[3] != c);
				k = 0;
				do
				:: k < N ->
					assert(!live[k] || seen[k] == CLAIMED || slot[k] != c);
					k++
				:: else -> break
				od
			:: else -> skip
			fi;
			c++
		:: else -> break
		od;
		c = 0; k = 0
	}
}

inline reclaim()
{
	it_is_garbage();
	do
	:: c < N && seen[c] == CLAIMED ->
#ifdef NO_NULL
		t = NIL;
#else
		atomic { t = slot[c]; slot[c] = NIL }
#endif
		if
		:: t != NIL && seen[t] != CLAIMED -> drop(t, false)
		:: else -> skip
		fi;
		t = NIL;
		c++
	:: c < N && seen[c] != CLAIMED -> c++
	:: c == N -> break
	od;
	c = 0;
	/* Somebody may have a handle for a moment: then the last of the two frees it. */
	do
	:: c < N && seen[c] == CLAIMED ->
		atomic {
			s[c] = s[c] - edges[c];
			changed[c] = 1;
			if
			:: h[c] + s[c] == 0 -> t = c
			:: else -> skip
			fi
		}
		if
		:: t != NIL -> atomic { slot[t] = NIL; free_cell(t); t = NIL }
		:: else -> skip
		fi;
		c++
	:: c < N && seen[c] != CLAIMED -> c++
	:: c == N -> break
	od;
	c = 0
}

inline grace()
{
	d_step { waited[0] = inside[0]; waited[1] = inside[1] }
	(!waited[0] && !waited[1])
}

inline forget()
{
	d_step {
		c = 0;
		do
		:: c < N -> seen[c] = UNSEEN; words[c] = 0; edges[c] = 0; targets[c] = NIL; c++
		:: else -> break
		od;
		c = 0; stop = 0
	}
}

proctype worker()
{
	byte c, t = NIL, d = NIL, e = NIL, k, x, checks;
	bit stop, quiet, fresh, p, quick;

	do
	:: checks < CHECKS ->
		checks++;
		forget();
		/* KEEP: published, and waited for */
#ifndef NO_KEEP
		keep = 1;
		p = 1;
#ifndef NO_GRACE_KEEP
		grace();
#endif
#endif
		/* A suspect: or its number, when it is something else by now. */
		if
		:: x = 1
		:: x = N - 1
		fi;
		/* Nobody works, nobody holds anything, and there is no weak cell */
		quiet = (idle[0] && idle[1] && reg[0] == NIL && reg[1] == NIL &&
			 reg[2] == NIL && reg[3] == NIL && referent == NIL);
		find(x);
		do
		:: seen[0] == FOUND || seen[1] == FOUND || seen[N - 1] == FOUND ->
			d_step {
				c = 0;
				do
				:: seen[c] != FOUND -> c++
				:: else -> break
				od
			}
			explore();
			c = 0
		:: else -> break
		od;
		if
		:: !stop ->
			spare();
			do
			:: !stop && c < N && seen[c] == INSIDE -> claim(); c++
			:: !stop && c < N && seen[c] != INSIDE -> c++
			:: stop || c == N -> break
			od;
			c = 0
		:: else -> skip
		fi;
#ifndef NO_RECHECK
		if
		:: !stop -> recheck()
		:: else -> skip
		fi;
#endif
		if
		:: stop -> unclaim()
		:: else -> reclaim()
		fi;
		/* What is dead is found, when nobody does anything. */
		assert(!quiet || !live[x]);
		/* UNKEEP, DRAIN */
		keep = 0;
		p = 0;
		grace();
		d_step {
			do
			:: k < N -> kept[k] = 0; k++
			:: else -> break
			od;
			k = 0
		}
	:: else -> break
	od;
	forget()
}

init
{
	atomic {
		live[0] = 1; live[1] = 1; live[2] = 1;
#ifdef CROSS
		/* A root that leads to 2; a ring of 1 and 2; and 2 is in hand */
		h[0] = 1; reg[2] = 0;
		h[2] = 1; reg[1] = 2;
		slot[0] = 2; slot[1] = 2; slot[2] = 1;
		s[1] = 1; s[2] = 2;
#else
		/* A root, and a ring that it refers to */
		h[0] = 2; reg[0] = 0; reg[2] = 0;
		slot[0] = 1; slot[1] = 2; slot[2] = 1;
		s[1] = 2; s[2] = 1;
#endif
#ifdef WEAK
		referent = 1;
#endif
#ifdef SCRIPT
		run script(0);
#else
		run mutator(0, OPS0);
#endif
		run mutator(1, OPS1);
		run worker()
	}
}
