/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pictures: mutators change a heap, and a reader tells what it was at one instant. What is
 * claimed: unless the picture is broken, what is told is what was there at the instant, each
 * thing once and nothing left out: cells in use, their slots and counts, handles; and those
 * agree with each other. Nobody uses the memory of a picture after it is gone.
 *
 * -D: OPS0, OPS1 operations of the mutators, each a section; PICTURES, one after the other;
 * LOG, how much it takes; the operations LOAD STORE DROP ALLOC TAKE, or all of them; LEAVE,
 * what died may be left to somebody else; LEFT, a dead cell has been, and LEFT_REFERS to
 * another; LONE, an object has no handle; APART, one mutator loads, the other does the rest;
 * and mistakes, see run.
 *
 * What is told is compared with the ghosts when it is copied; what is in the log is told when
 * the log is read.
 */
#ifndef OPS0
#define OPS0 2
#endif
#ifndef OPS1
#define OPS1 1
#endif
#ifndef PICTURES
#define PICTURES 1
#endif
#ifndef LOG
#define LOG 9
#endif
#if !defined(LOAD) && !defined(STORE) && !defined(DROP) && !defined(ALLOC) && !defined(TAKE)
#define LOAD
#define STORE
#define DROP
#define ALLOC
#define TAKE
#endif

#define N	3	/* cells, of one slot each */
#define M	2	/* mutators, each with a table of handles of one page */
#define R	2	/* handles of each */
#define NIL	7

#define NEITHER	0	/* the phase: neither bit */
#define SERIAL	1
#define RECORD	2

/* The heap. A cell is taken from before it is in use until after it has been. */
bit alloc[N], taken[N], behind[N];
byte slot[N] = NIL, h[N], s[N];
byte reg[M * R] = NIL;

byte phase;
bit inside[M], waited[M];
bit serial;			/* instant.serial */
byte ops[M];

/* The picture: bits, stamps of tables, the logs. */
bit made, broken;
bit recorded[N], stripe[N];
bit page[M], table[M];
bit logged[N], logged_page[M];
byte room;

/* Ghosts: what was there at the instant, and whether something else has been told. */
bit was[N], told[N], told_page[M], wrong;
byte was_slot[N] = NIL, was_h[N], was_s[N], was_reg[M * R] = NIL;

/*
 * Copies a cell, by who has its stripe: a slot and the counts are not read at once. To be
 * told twice is wrong too.
 */
inline copy(o, whose)
{
	d_step {
		wrong = wrong || !was[o] || told[o] || logged[o] || slot[o] != was_slot[o];
		whose = 1
	}
	wrong = wrong || h[o] != was_h[o] || s[o] != was_s[o]
}

inline copy_page(m, whose)
{
	d_step {
		wrong = wrong || told_page[m] || logged_page[m] ||
			reg[m * R] != was_reg[m * R] ||
			reg[m * R + 1] != was_reg[m * R + 1];
		whose = 1
	}
}

/* mheap_picture_log() */
inline take_room()
{
	d_step {
		if
		:: room -> room--; fits = 1
		:: else ->
			fits = 0;
#ifndef NO_BROKEN
			broken = 1
#endif
		fi
	}
}

/* mheap_record_object(): the cell may have become another one by now. */
inline record_object(o)
{
	d_step { assert(made); none = recorded[o] || broken }
	if
	:: none -> skip
	:: else ->
#ifndef NO_STRIPE
		atomic { (!stripe[o]); stripe[o] = 1 }
#endif
		/* litmus/picture-born: who is seen in use is seen to be recorded */
		none = !alloc[o];
#ifdef IGNORE_ALLOC
		none = 0;
#endif
		if
		:: none -> skip
		:: else ->
#ifndef LOOK_ONCE
			none = recorded[o];
#endif
			if
			:: none -> skip
			:: else ->
				take_room();
				if
				:: fits ->
#ifdef BIT_BEFORE
					recorded[o] = 1;
					copy(o, logged[o])
#else
					/* litmus/picture-copy */
					copy(o, logged[o]);
					recorded[o] = 1
#endif
				:: else -> skip
				fi
			fi
		fi;
		stripe[o] = 0
	fi
}

inline record(o)
{
	if
	:: p == RECORD -> record_object(o)
	:: else -> skip
	fi
}

/* mheap_handle_touch(), mheap_handle_record() */
inline touch()
{
	if
#ifndef NO_RECORD_HANDLE
	:: p == RECORD && !page[me] && !broken ->
		atomic { (!table[me]); table[me] = 1 }
		if
		:: page[me] -> skip
		:: else ->
			/* An empty page takes no room. */
			if
			:: reg[me * R] == NIL && reg[me * R + 1] == NIL -> fits = 1
			:: else -> take_room()
			fi;
			if
			:: fits -> copy_page(me, logged_page[me]); page[me] = 1
			:: else -> skip
			fi
		fi;
		table[me] = 0
#endif
	:: else -> skip
	fi
}

#include "instant-mutator.pml"

/* mheap_grace_begin(), mheap_grace_over() */
inline grace()
{
	d_step { waited[0] = inside[0]; waited[1] = inside[1] }
	(!waited[0] && !waited[1])
}

/* Where nobody is in a section counts are what slots and handles say. */
inline instant()
{
	d_step {
		k = 0;
		do
		:: k < N ->
			was[k] = alloc[k];
			was_slot[k] = slot[k]; was_h[k] = h[k]; was_s[k] = s[k];
			assert(!alloc[k] ||
			       h[k] == (reg[0] == k) + (reg[1] == k) + (reg[2] == k) + (reg[3] == k));
			assert(!alloc[k] || s[k] == (alloc[0] && slot[0] == k) +
						    (alloc[1] && slot[1] == k) +
						    (alloc[2] && slot[2] == k));
			k++
		:: else -> break
		od;
		k = 0;
		do
		:: k < M * R -> was_reg[k] = reg[k]; k++
		:: else -> break
		od;
		k = 0
	}
}

/* mheap_instant_begin(), mheap_instant_take() */
inline begin()
{
	d_step { made = 1; room = LOG; phase = SERIAL }
#ifdef NO_GRACE
	skip;
#else
	grace();
#endif
#ifdef NO_LOCK
	instant();
	phase = RECORD;
#else
	atomic { (!serial); serial = 1 }
	instant();
#ifdef UNLOCK_BEFORE
	serial = 0;
	phase = RECORD;
#else
	phase = RECORD;
	serial = 0;
#endif
#endif
}

/* mheap_picture_read_objects(), a cell of which is seen in use, and not recorded */
inline tell()
{
#ifndef NO_STRIPE
	atomic { (!stripe[k]); stripe[k] = 1 }
#endif
	none = !alloc[k];
	if
	:: none -> skip
	:: else ->
#ifndef READER_LOOKS_ONCE
		none = recorded[k];
#endif
		if
		:: none -> skip
		:: else ->
#ifdef READER_BIT_BEFORE
			recorded[k] = 1;
			copy(k, told[k])
#else
			copy(k, told[k]);
#ifndef NO_BIT
			recorded[k] = 1
#endif
#endif
		fi
	fi;
	stripe[k] = 0
}

inline read_objects()
{
	do
	:: k < N ->
		/* mheap_scan_next() and mheap_picture_passed() look without the stripe. */
		if
		:: !alloc[k] || recorded[k] -> skip
		:: else -> tell()
		fi;
		k++
	:: else -> break
	od;
	k = 0; none = 0
}

/* litmus/picture-log: who sees a bit sees what is in the log */
inline read_log()
{
	d_step {
		told[0] = told[0] || logged[0]; told[1] = told[1] || logged[1];
		told[2] = told[2] || logged[2]
	}
}

inline read_holders()
{
	do
	:: k < M ->
		atomic { (!table[k]); table[k] = 1 }
		if
		:: page[k] -> skip
		:: else -> copy_page(k, told_page[k]); page[k] = 1
		fi;
		table[k] = 0;
		k++
	:: else -> break
	od;
	k = 0
}

inline read_holder_log()
{
	d_step {
		told_page[0] = told_page[0] || logged_page[0];
		told_page[1] = told_page[1] || logged_page[1]
	}
}

/* Nothing is wrong, and nothing is missing. */
#define RIGHT	(!wrong && told[0] == was[0] && told[1] == was[1] && told[2] == was[2] && \
		 told_page[0] && told_page[1])

/* mheap_reader_fill(): looks whether it is broken after it has read. */
inline read()
{
#ifdef BROKEN_BEFORE
	gone = broken;
#endif
#ifdef LOG_BEFORE
	read_log();
	read_objects();
#else
	read_objects();
	read_log();
#endif
#ifdef HOLDER_LOG_BEFORE
	read_holder_log();
	read_holders();
#else
	read_holders();
	read_holder_log();
#endif
#ifndef BROKEN_BEFORE
	gone = broken;
#endif
	assert(gone || RIGHT)
}

/* mheap_instant_close(), mheap_picture_free_some() */
inline end()
{
	phase = NEITHER;
#ifndef NO_GRACE_END
	grace();
#endif
	d_step {
		made = 0; broken = 0; wrong = 0; gone = 0; room = 0;
		k = 0;
		do
		:: k < N ->
			recorded[k] = 0; logged[k] = 0; told[k] = 0; was[k] = 0;
			was_slot[k] = NIL; was_h[k] = 0; was_s[k] = 0; k++
		:: else -> break
		od;
		k = 0;
		do
		:: k < M ->
			page[k] = 0; logged_page[k] = 0; told_page[k] = 0; k++
		:: else -> break
		od;
		k = 0;
		do
		:: k < M * R -> was_reg[k] = NIL; k++
		:: else -> break
		od;
		k = 0; pictures--
	}
}

proctype reader()
{
	byte k, pictures = PICTURES;
	bit none, gone;

	do
	:: pictures -> begin(); read(); end()
	:: else -> break
	od
}

/* 0 has handles of both, and refers to 1, of which the first may have a handle. */
init
{
	atomic {
		alloc[0] = 1; taken[0] = 1; h[0] = 2;
		alloc[1] = 1; taken[1] = 1; h[1] = 1; s[1] = 1; slot[0] = 1;
		reg[0] = 0; reg[1] = 1; reg[2] = 0;
#ifdef LONE
		reg[1] = NIL; h[1] = 0;
#endif
#ifdef LEFT
		/* 2 is dead, and not yet taken apart. */
		alloc[2] = 1; taken[2] = 1; behind[2] = 1;
#ifdef LEFT_REFERS
		slot[2] = 1; s[1] = 2;
#endif
#endif
		ops[0] = OPS0; ops[1] = OPS1;
		run mutator(0); run mutator(1); run reader()
	}
}
