/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A collection among mutators: counts, the deletion barrier, phases and grace periods,
 * marking, weak upgrades, verification, sweep, quarantine. Documentation/model.rst ties
 * each inline here to the function that it is a model of.
 *
 * A statement, or an atomic block, is what no other processor can get between. Memory
 * is sequentially consistent here; what the code does to make that true of it is in
 * litmus/.
 *
 * Configurations are chosen by -D:
 *	N		objects, one slot each
 *	OPS0, OPS1	operations of the two mutators
 *	CYCLES		collections
 *	CHAIN, LOST, TWO, SHARED, SPLIT, BOTH, HELD, HELD_LOW	what the heap is at first, see
 *			init; without any: a ring that a root refers to
 *	LOAD, STORE, DROP, ALLOC, UPGRADE	operations that there are; without any: all
 *			but UPGRADE
 *	UPGRADE		with two weak references
 *	LEAVE		what dies may be left to the worker
 *	KEEP		when the proofs do not agree, the object is kept, as in the code;
 *			without it that is an error, as nothing should make it happen
 *	NO_VERIFY	there is one proof only
 * and a mistake by its name: see run.
 */
#ifndef N
#define N 3
#endif
#ifndef OPS0
#define OPS0 2
#endif
#ifndef OPS1
#define OPS1 1
#endif
#ifndef CYCLES
#define CYCLES 1
#endif
#if !defined(LOAD) && !defined(STORE) && !defined(DROP) && !defined(ALLOC)
#define LOAD
#define STORE
#define DROP
#define ALLOC
#endif

#define R	2		/* handles that each may have */
#define NIL	15

/* enum mheap_phase */
#define IDLE	0
#define START	1
#define MARK	2
#define SWEEP	3
#define BARRIER(p)	((p) == START || (p) == MARK)

/* What a cell is: see the top of release.c */
#define FREE	0
#define LIVE	1
#define DYING	2	/* of whoever takes it apart */
#define LEFT	3	/* on core->dead */
#define QUEUED	4	/* on core->quarantine */
#define DRAINED	5	/* on collector->drained */
#define SWEPT	6	/* condemned, and taken apart */
#define MINE	8	/* + number: on its mutator->quarantine */

byte life[N], slot[N] = NIL, h[N], s[N];
bit mark[N], grey[N], greyflag;
byte phase = IDLE;
byte reg[4] = NIL;		/* handles: R of each mutator */
byte ops[2];
bit inside[2], waited[2];		/* seq is odd; and is what grace says */

/* The marker: what it has pushed, and the number that it has in its hand. */
bit pushed[N];
byte hand = NIL;

/* Weak cells are kept by somebody here, and never die: only their referents do. */
byte referent[2] = NIL;
bit closed, lock;

/*
 * Ghosts: nothing that is modelled looks at them. garbage: what was in no way reachable
 * when a collection began. gone: null has been the answer for this object.
 */
bit garbage[N], gone[N];

#define HANDLE(i)	reg[me * R + (i)]

/* With a trace that is wrong, a count may be, while the proofs do not agree on it. */
#ifdef KEEP
#define right(claim)	true
#else
#define right(claim)	assert(claim)
#endif

inline set_grey(o)
{
	/* grey.pml: the bit and its flags look like one from outside */
	atomic { grey[o] = 1; greyflag = 1 }
}

inline shade(o)
{
	if
	:: mark[o] -> skip
	:: else ->
#ifdef MARK_BEFORE_GREY
		mark[o] = 1;
		set_grey(o)
#else
		set_grey(o);
		mark[o] = 1
#endif
	fi
}

/*
 * mheap_witness(): in SWEEP nobody comes by a reference to what is white, or gives one up,
 * unless the trace is wrong. Who does so says so first.
 */
inline say(o)
{
	if
	:: p == SWEEP && !mark[o] && phase == SWEEP -> set_grey(o)
	:: else -> skip
	fi
}

#ifdef NO_WITNESS
#define witness(o)		skip
#define witness_late(o)		skip
#elif defined(WITNESS_LATE)
#define witness(o)		skip
#define witness_late(o)		say(o)
#else
#define witness(o)		say(o)
#define witness_late(o)		skip
#endif

inline shade_unless(o, mistake)
{
	if
	:: BARRIER(p) && !mistake -> shade(o)
	:: else -> skip
	fi
}

#ifdef NO_SHADE_STORE
#define SKIP_STORE true
#else
#define SKIP_STORE false
#endif
#ifdef NO_SHADE_DROP
#define SKIP_DROP true
#else
#define SKIP_DROP false
#endif
#ifdef NO_SHADE_FREE
#define SKIP_FREE true
#else
#define SKIP_FREE false
#endif

/* The caller has brought both counts to zero. */
inline claim(o)
{
	d_step {
		assert(life[o] == LIVE && !h[o] && !s[o]);
		life[o] = DYING;
		if
#ifndef NO_MARK_DEAD
		:: p != IDLE -> mark[o] = 1
#endif
		:: else -> skip
		fi;
		x = o
	}
}

/* mheap_release_drop() of a handle; may leave a dead object in x. */
inline drop_handle(o)
{
	witness(o);
	d_step {
		right(h[o]);
		h[o]--;
		none = (h[o] == 0);
		last = (none && s[o] == 0)
	}
	witness_late(o);
	if
	:: none -> shade_unless(o, SKIP_DROP)
	:: else -> skip
	fi;
	if
	:: last -> claim(o)
	:: else -> skip
	fi
}

/* The same of a slot, which has let go of the object. */
inline drop_slot(o)
{
	witness(o);
	d_step {
		right(s[o]);
		s[o]--;
		last = (s[o] == 0 && h[o] == 0)
	}
	witness_late(o);
	if
	:: last -> claim(o)
	:: else -> skip
	fi
}

/* Nobody may have a way to a cell when it becomes free, and no marker its number. */
inline free_cell(o)
{
	d_step {
		right(!h[o] && !s[o]);
		assert(reg[0] != o && reg[1] != o && reg[2] != o && reg[3] != o);
		assert(referent[0] != o && referent[1] != o);
		k = 0;
		do
		:: k < N -> assert(life[k] == FREE || slot[k] != o); k++
		:: else -> break
		od;
		k = 0;
		life[o] = FREE
	}
}

inline weak_release(o)
{
	atomic {
		(!lock);
		if :: referent[0] == o -> referent[0] = NIL :: else -> skip fi;
		if :: referent[1] == o -> referent[1] = NIL :: else -> skip fi
	}
}

inline retire(o, mine)
{
	weak_release(o);
	/* The look, and then what is done about it: two steps. */
#if defined(LOOK_ONCE)
	none = (p == IDLE);
#elif defined(LOOK_NOW)
	none = (phase == IDLE);
#elif defined(NO_QUARANTINE)
	none = 1;
#else
	none = (p == IDLE && phase == IDLE);
#endif
	if
	:: none -> free_cell(o)
	:: else -> d_step { mark[o] = 1; life[o] = mine }
	fi
}

/* mheap_release_run(): x, what dies of that, and so on. */
inline take_apart(mine)
{
	do
	:: x != NIL ->
		t = slot[x];
		if
		:: t != NIL ->
			shade_unless(t, SKIP_FREE);
			y = x;
			x = NIL;
			slot[y] = NIL;
			drop_slot(t)
		:: else -> y = x; x = NIL
		fi;
		retire(y, mine);
		y = NIL; t = NIL
	:: else -> break
	od
}

/* What is dead by the end of an operation goes now, or is the worker's from here on. */
inline release_run()
{
	if
	:: x != NIL ->
		if
		:: take_apart(MINE + me)
#ifdef LEAVE
		:: d_step { life[x] = LEFT; x = NIL }
#endif
		fi
	:: else -> skip
	fi
}

inline enter()
{
	/* litmus/section.litmus: who begins a grace period sees seq, or we see the phase */
	atomic { inside[me] = 1; p = phase; ops[me]-- }
}

inline leave()
{
	/* mheap_section_exit(): the quarantine first, then seq */
	d_step {
		k = 0;
		do
		:: k < N ->
			if
			:: life[k] == MINE + me -> life[k] = QUEUED
			:: else -> skip
			fi;
			k++
		:: else -> break
		od;
		inside[me] = 0; waited[me] = 0;
		k = 0; o = NIL; n = NIL; t = NIL; x = NIL; y = NIL; i = 0;
		give = NIL; lost = NIL; got = 0; none = 0; last = 0; p = IDLE
	}
}

/* A handle that becomes the user's: never again after null has been the answer. */
inline obtained(number)
{
	assert(life[number] == LIVE && !gone[number]);
	reg[me * R + i] = number
}

/*
 * mheap_slot_take(): counts unless zero, and looks again. When that fails what was
 * counted is given up, and the code tries again: here that is another operation.
 */
inline load()
{
	t = slot[o];
	if
	:: t != NIL ->
		witness(t);
		atomic {
			if
			:: h[t] + s[t] > 0 -> h[t]++
			:: else -> t = NIL
			fi
		}
		if
		:: t != NIL -> witness_late(t)
		:: else -> skip
		fi;
		if
		:: atomic { t != NIL && slot[o] == t -> obtained(t) }
		:: atomic { t != NIL && slot[o] != t -> give = t }
		:: t == NIL
		fi
	:: else -> skip
	fi
}

/* mheap_slot_store(): n is counted before it can be seen; a handle keeps it. */
inline store()
{
	if
	:: n != NIL -> atomic { right(h[n]); s[n]++ }
	:: else -> skip
	fi;
	atomic { lost = slot[o]; slot[o] = n }
}

/* mheap_object_build(): a cell that nobody knows. */
inline alloc()
{
	d_step {
		o = 0;
		do
		:: o < N && life[o] != FREE -> o++
		:: else -> break
		od;
		if
		:: o < N ->
			/* I7: no marker has the number */
			assert(hand != o && !pushed[o]);
			life[o] = LIVE; h[o] = 1; s[o] = 0; slot[o] = NIL;
			gone[o] = 0; garbage[o] = 0;
			if
#if defined(BLACK_IN_START)
			:: p != IDLE -> mark[o] = 1
#elif defined(WHITE_WHILE_MARKING)
			:: p == SWEEP -> mark[o] = 1
#else
			:: p == START -> mark[o] = 1; grey[o] = 1; greyflag = 1
			:: p == MARK || p == SWEEP -> mark[o] = 1
#endif
			:: else -> skip
			fi;
			reg[me * R + i] = o
		:: else -> skip
		fi
	}
}

/* mheap_weak_count(): counts, and looks again. */
inline weak_count()
{
	atomic {
		if
		:: h[t] + s[t] > 0 -> h[t]++
		:: else ->
			gone[t] = (life[t] == LIVE);
			t = NIL
		fi
	}
	if
	:: atomic { t != NIL && referent[o] == t -> got = 1 }
	:: atomic { t != NIL && referent[o] != t -> give = t }
	:: t == NIL
	fi
}

/* mheap_weak_upgrade() of weak cell o */
inline upgrade()
{
	t = referent[o];
	if
	:: t == NIL -> skip
	:: t != NIL ->
		none = (BARRIER(p) && !mark[t]);
		if
#ifndef IGNORE_MARK
		:: !none && p == SWEEP && !mark[t] -> gone[t] = 1; t = NIL
#endif
		:: none ->
#ifndef NO_LOCK
			/* mheap_weak_rescue() */
			atomic { (!lock); lock = 1 }
#endif
			t = referent[o];
#ifndef IGNORE_CLOSED
			if
			:: t != NIL && closed -> gone[t] = 1; t = NIL
			:: else -> skip
			fi
#endif
		:: else -> skip
		fi;
		if
		:: t != NIL -> weak_count()
		:: else -> skip
		fi;
		if
#ifndef NO_SHADE_RESCUE
		:: none && got -> shade(t)
#endif
		:: else -> skip
		fi;
#ifndef NO_LOCK
		if
		:: none -> lock = 0
		:: else -> skip
		fi;
#endif
		if
		:: got -> atomic { obtained(t) }
		:: else -> skip
		fi
	fi
}

/* Which objects an operation is to work on: all that are possible. */
inline choose_drop()
{
	atomic {
		if
		:: HANDLE(0) != NIL -> give = HANDLE(0); HANDLE(0) = NIL
		:: HANDLE(1) != NIL -> give = HANDLE(1); HANDLE(1) = NIL
		fi
	}
}

inline choose_load()
{
	atomic {
		if
		:: HANDLE(0) != NIL && HANDLE(1) == NIL -> o = HANDLE(0); i = 1
		:: HANDLE(1) != NIL && HANDLE(0) == NIL -> o = HANDLE(1); i = 0
		fi
	}
}

inline choose_store()
{
	atomic {
		if
		:: HANDLE(0) != NIL && slot[HANDLE(0)] != NIL -> o = HANDLE(0)
		:: HANDLE(1) != NIL && slot[HANDLE(1)] != NIL -> o = HANDLE(1)
		:: HANDLE(0) != NIL && HANDLE(1) != NIL -> o = HANDLE(0); n = HANDLE(1)
		:: HANDLE(0) != NIL && HANDLE(1) != NIL -> o = HANDLE(1); n = HANDLE(0)
		:: else -> skip
		fi
	}
}

proctype mutator(byte me)
{
	byte p = IDLE, o = NIL, n = NIL, t = NIL, x = NIL, y = NIL, i, k;
	byte give = NIL, lost = NIL;	/* a handle, and what a slot has let go of */
	bit none, last, got;

	do
	:: ops[me] > 0 ->
		enter();
		if
#ifdef ALLOC
		:: HANDLE(1) == NIL -> i = 1; alloc()
#endif
#ifdef DROP
		:: HANDLE(0) != NIL || HANDLE(1) != NIL -> choose_drop()
#endif
#ifdef LOAD
		:: (HANDLE(0) == NIL) != (HANDLE(1) == NIL) -> choose_load(); load()
#endif
#ifdef STORE
		:: HANDLE(0) != NIL || HANDLE(1) != NIL ->
			choose_store();
			if
			:: o != NIL -> store()
			:: else -> skip
			fi
#endif
#ifdef UPGRADE
		:: HANDLE(1) == NIL -> o = 0; i = 1; upgrade()
		:: HANDLE(1) == NIL -> o = 1; i = 1; upgrade()
#endif
		:: else -> skip
		fi;
		/* What the operation gives up: at most one thing. */
		if
		:: give != NIL -> drop_handle(give)
		:: lost != NIL ->
			shade_unless(lost, SKIP_STORE);
			drop_slot(lost)
		:: else -> skip
		fi;
		release_run();
		leave()
	:: else -> break
	od
}

inline grace()
{
	d_step { waited[0] = inside[0]; waited[1] = inside[1] }
	(!waited[0] && !waited[1])
}

/* mheap_collect_dead(): what has been left until now, no more. */
inline janitor()
{
#ifdef LEAVE
	d_step {
		p = phase;
		k = 0;
		do
		:: k < N ->
			adopted[k] = (life[k] == LEFT);
			k++
		:: else -> break
		od;
		k = 0
	}
	c = 0;
	do
	:: c < N ->
		if
		:: adopted[c] -> adopted[c] = 0; life[c] = DYING; x = c; take_apart(QUEUED)
		:: else -> skip
		fi;
		c++
	:: else -> break
	od;
	c = 0
#else
	skip
#endif
}

/* In other stages it comes when it comes: mheap_core_drain(). */
inline janitor_any()
{
	if
#ifdef LEAVE
	:: skip -> janitor()
#endif
	:: skip
	fi
}

/* mheap_mark_push(): tested and set; the stack has room for one, then it is the bit's. */
inline push(o)
{
	d_step {
		assert(life[o] != FREE);
		if
		:: !mark[o] ->
			mark[o] = 1;
			if
			:: !pushed[0] && !pushed[1] && !pushed[2] -> pushed[o] = 1
			:: else -> grey[o] = 1; greyflag = 1
			fi
		:: else -> skip
		fi
	}
}

#define ANY_PUSHED	(pushed[0] || pushed[1] || pushed[2])

/* mheap_collect_drain() */
inline drain()
{
	do
	:: ANY_PUSHED ->
		d_step {
			c = 0;
			do
			:: !pushed[c] -> c++
			:: else -> break
			od;
			pushed[c] = 0;
			/* A free cell may have had a spine */
			assert(life[c] != FREE)
		}
		hand = slot[c];
		c = 0;
		if
		:: hand != NIL -> push(hand)
		:: else -> skip
		fi;
		hand = NIL
	:: !ANY_PUSHED && greyflag ->
		greyflag = 0;
		/* mheap_mark_take_grey(): a word at once; what does not fit is grey again */
		d_step {
			c = 0;
			do
			:: c < N ->
				if
				:: grey[c] && !ANY_PUSHED -> grey[c] = 0; mark[c] = 1; pushed[c] = 1
				:: grey[c] && ANY_PUSHED -> mark[c] = 1; greyflag = 1
				:: else -> skip
				fi;
				c++
			:: else -> break
			od;
			c = 0
		}
	:: else -> break
	od
}

/* What is in use and white; the scan looks at each when it comes to it. */
#define FOR_EACH_WHITE						\
	c = 0;							\
	do							\
	:: c < N ->						\
		if						\
		:: life[c] != FREE && !mark[c] ->
#define END_FOR_EACH						\
		:: else -> skip					\
		fi;						\
		c++						\
	:: else -> break					\
	od;							\
	c = 0

inline disagree(o)
{
#ifdef KEEP
	grey[o] = 1; greyflag = 1
#else
	/* The counts say that the trace is wrong. */
	assert(false)
#endif
}

/* mheap_verify_tally() of one: the count is looked at, and then the slot. */
inline tally()
{
	d_step {
		sum = sum + s[c];
		if
		:: h[c] + s[c] == 0 ->
			/* Dead, and ought to have been marked */
#ifndef KEEP
			assert(false);
#endif
			mark[c] = 1
		:: h[c] > 0 -> disagree(c)
		:: else -> skip
		fi
	}
	t = slot[c];
	d_step {
		if
		:: t != NIL && !mark[t] -> sum = sum - 1
		:: else -> skip
		fi;
		t = NIL
	}
}

/* The same, for each object by itself. */
inline narrow()
{
	d_step { excess[c] = excess[c] + s[c] }
	t = slot[c];
	d_step {
		if
		:: t != NIL && !mark[t] -> excess[t] = excess[t] - 1
		:: else -> skip
		fi;
		t = NIL
	}
}

inline accuse()
{
	d_step {
		if
		:: excess[c] != 0 -> disagree(c)
		:: else -> skip
		fi;
		excess[c] = 0
	}
}

/* TALLY; and NARROW, ACCUSE, RESCUE, until the proofs agree on what is left. */
inline verify()
{
	do
	:: sum = 0;
		FOR_EACH_WHITE tally() END_FOR_EACH;
		if
		:: sum == 0 && !greyflag -> break
		:: else -> skip
		fi;
#ifdef KEEP
		if
		:: !greyflag ->
			FOR_EACH_WHITE narrow() END_FOR_EACH;
			FOR_EACH_WHITE accuse() END_FOR_EACH;
			d_step { excess[0] = 0; excess[1] = 0; excess[2] = 0 }
		:: else -> skip
		fi;
		if
		:: !greyflag -> FOR_EACH_WHITE disagree(c) END_FOR_EACH
		:: else -> skip
		fi;
		drain()
#else
		assert(false)
#endif
	od
}

/* mheap_sweep_claim(), mheap_release_condemned() */
inline sweep()
{
	d_step {
#ifndef NO_VERIFY
		/* Nothing has come since. */
		assert(!h[c] && !grey[c]);
#endif
		h[c] = 0; s[c] = 0;
		life[c] = SWEPT
	}
	t = slot[c];
	if
	:: t != NIL ->
		slot[c] = NIL;
		if
		:: !mark[t] -> skip	/* condemned itself: its count is none by now */
		:: else -> drop_slot(t)
		fi
	:: else -> skip
	fi;
	t = NIL;
	weak_release(c);
	if
	:: x != NIL -> y = c; take_apart(QUEUED); y = NIL
	:: else -> skip
	fi
}

/*
 * Cyclic garbage: what only slots refer to, and nothing leads to that has a handle. What
 * has no reference at all is dying, in a section that is open or on a list: what it holds
 * is let go when it is taken apart, and may be found by the next collection only.
 */
inline note_garbage()
{
	d_step {
		k = 0;
		do
		:: k < N -> garbage[k] = (life[k] == LIVE && !h[k] && s[k]); k++
		:: else -> break
		od;
		/* N rounds reach everything */
		c = 0;
		do
		:: c < N ->
			k = 0;
			do
			:: k < N ->
				t = slot[k];
				if
				:: life[k] != FREE && !garbage[k] && t != NIL -> garbage[t] = 0
				:: else -> skip
				fi;
				if
				:: garbage[k] ->
					/* A count without a slot is an operation that goes on */
					y = (slot[0] == k) + (slot[1] == k) + (slot[2] == k);
					garbage[k] = (s[k] == y)
				:: else -> skip
				fi;
				k++
			:: else -> break
			od;
			c++
		:: else -> break
		od;
		c = 0; k = 0; t = NIL; y = NIL
	}
}

proctype collector()
{
	byte p = IDLE, c, t = NIL, x = NIL, y = NIL, k, cycle;
	bit none, last;
	bit adopted[N];
	short sum, excess[N];

	do
	:: cycle < CYCLES ->
		cycle++;
		janitor();				/* SETTLE */
		closed = 0;
		atomic { note_garbage(); phase = START }
#ifndef NO_GRACE_START
		grace();
#endif
		phase = MARK; p = MARK;
		c = 0;
		do					/* ROOTS */
		:: c < N ->
#ifdef NO_ROOTS
			none = 0;
#else
			none = (life[c] != FREE && h[c] > 0);
#endif
			if
			:: none -> push(c)
			:: else -> skip
			fi;
			c++
		:: else -> break
		od;
		c = 0; none = 0;
#ifndef NO_PENDING
		janitor();				/* PENDING */
#endif
		do					/* MARK, TERMINATE */
		:: drain();
			janitor_any();
#ifndef NO_GRACE_TERMINATE
			grace();
#endif
			if
			:: greyflag -> skip
			:: else ->
				/* mheap_weak_close() */
				atomic { (!lock); closed = !greyflag }
				if
				:: closed -> break
				:: else -> skip
				fi
			fi
		od;
		phase = SWEEP; p = SWEEP;
#ifndef NO_GRACE_CONDEMN
		grace();
#endif
#ifndef NO_VERIFY
		verify();
#endif
		janitor_any();
		FOR_EACH_WHITE sweep() END_FOR_EACH;
		c = 0;
		do					/* FREE */
		:: c < N ->
			if
			:: life[c] == SWEPT -> free_cell(c)
			:: else -> skip
			fi;
			c++
		:: else -> break
		od;
		c = 0;
		phase = IDLE; p = IDLE;
#ifndef NO_GRACE_FINISH
		grace();
#endif
		d_step {				/* FINISH */
			k = 0;
			do
			:: k < N ->
				if
				:: life[k] == QUEUED -> life[k] = DRAINED
				:: else -> skip
				fi;
				k++
			:: else -> break
			od;
			k = 0
		}
		c = 0;
		do					/* UNQUARANTINE */
		:: c < N ->
			if
			:: life[c] == DRAINED -> free_cell(c)
			:: else -> skip
			fi;
			c++
		:: else -> break
		od;
		c = 0;
		do					/* CLEAR */
		:: c < N -> d_step { mark[c] = 0; grey[c] = 0; c++ }
		:: else -> break
		od;
		greyflag = 0;
		d_step {
			/* I8, unless something was wrong; who upgraded has brought it back */
			c = 0;
			do
			:: c < N ->
#if !defined(KEEP) && !defined(UPGRADE)
				assert(!garbage[c] || life[c] != LIVE);
#endif
				garbage[c] = 0;
				c++
			:: else -> break
			od;
			c = 0
		}
	:: else -> break
	od
}

init
{
	atomic {
		ops[0] = OPS0; ops[1] = OPS1;
		life[0] = LIVE; life[1] = LIVE;
#if defined(TWO)
		/* Each has an object of its own. */
		h[0] = 1; reg[0] = 0;
		h[1] = 1; reg[2] = 1;
#elif defined(SHARED)
		/* Both have the same one. */
		life[0] = FREE;
		h[1] = 2; reg[0] = 1; reg[2] = 1;
#elif defined(SPLIT)
		/* One has it, the other has what refers to it. */
		h[1] = 1; reg[0] = 1; s[1] = 1;
		h[0] = 1; reg[2] = 0; slot[0] = 1;
#elif defined(HELD)
		/* One has 2, which refers to 1, and that back in a ring. */
		life[0] = FREE; life[2] = LIVE;
		h[2] = 1; reg[0] = 2; slot[2] = 1; s[1] = 1;
#ifndef CHAIN
		slot[1] = 2; s[2] = 1;
#endif
#elif defined(HELD_LOW)
		/* The same, with 1 before 2. */
		life[0] = FREE; life[2] = LIVE;
		h[1] = 1; reg[0] = 1; slot[1] = 2; s[2] = 1;
#elif defined(BOTH)
		/* One has 0 and the other has 2; both refer to 1. */
		life[2] = LIVE;
		h[0] = 1; reg[0] = 0; slot[0] = 1;
		h[2] = 1; reg[2] = 2; slot[2] = 1; s[1] = 2;
#else
		/* Both have 0, which refers to 1, that to 2, and that back to 1. */
		life[2] = LIVE;
		h[0] = 2; reg[0] = 0; reg[2] = 0;
		slot[1] = 2; s[2] = 1;
#ifndef CHAIN
		slot[2] = 1; s[1] = 1;
#endif
#ifndef LOST
		slot[0] = 1; s[1]++;
#endif
#endif
#ifdef UPGRADE
		referent[0] = 1; referent[1] = 2;
#endif
		run mutator(0);
		run mutator(1);
		run collector()
	}
}
