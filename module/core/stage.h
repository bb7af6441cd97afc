/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stages of a collection. Mutators see the phases only (phase.h).
 */
#ifndef _MHEAP_CORE_STAGE_H
#define _MHEAP_CORE_STAGE_H

/* X(name, text): the traces show the text. */
#define MHEAP_STAGES(X)				\
	X(IDLE, "idle")				\
	X(SETTLE, "settle")			\
	X(START, "start")			\
	X(ROOTS, "roots")			\
	X(PENDING, "pending")			\
	X(MARK, "mark")				\
	X(TERMINATE, "terminate")		\
	X(CONDEMN, "condemn")			\
	X(TALLY, "tally")			\
	X(NARROW, "narrow")			\
	X(SPARE, "spare")			\
	X(RESCUE, "rescue")			\
	X(SWEEP, "sweep")			\
	X(FREE, "free")				\
	X(FINISH, "finish")			\
	X(UNQUARANTINE, "unquarantine")		\
	X(CLEAR, "clear")			\
	X(LOCAL, "local")			\
	X(UNKEEP, "unkeep")			\
	X(DRAIN, "drain")

#define MHEAP_STAGE_ENUM(name, text) MHEAP_STAGE_##name,
enum mheap_stage {
	MHEAP_STAGES(MHEAP_STAGE_ENUM)
	MHEAP_STAGE_COUNT
};

#endif
