/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verification: nothing cyclic is freed unless two independent proofs
 * agree. The trace did not reach it, and its counts say that no handle holds
 * it and that every slot that refers to it lies among what is condemned.
 */
#ifndef _MHEAP_CORE_VERIFY_H
#define _MHEAP_CORE_VERIFY_H

#include <linux/types.h>

struct mheap_core;

/**
 * enum mheap_verdict - what a pass over the condemned has found
 * @MHEAP_VERDICT_AGREED: the proofs agree
 * @MHEAP_VERDICT_KNOWN: they do not, and what they disagree on is grey
 * @MHEAP_VERDICT_UNKNOWN: they do not, and on what has yet to be found
 * @MHEAP_VERDICT_LOST: they do not, and on what cannot be found
 */
enum mheap_verdict {
	MHEAP_VERDICT_AGREED,
	MHEAP_VERDICT_KNOWN,
	MHEAP_VERDICT_UNKNOWN,
	MHEAP_VERDICT_LOST,
};

/**
 * struct mheap_balance - what has been added up
 * @sum: of slots that refer to the condemned, those that are not among them
 * @weighted: the same, each with the weight of what it refers to
 * @failures: those of the collection when this was begun
 * @first: where ranges begin, when it is for ranges
 * @shift: how large they are
 */
struct mheap_balance {
	u64 sum;
	u64 weighted;
	u64 failures;
	u32 first;
	u32 shift;
};

/*
 * Mistakes of counts are not to make up for each other, like one too many here and one
 * too few there: so each object has a weight of its own, which no rule ties to others. One
 * multiplication would leave rules, which what repeats itself at regular distances meets.
 */
static inline u64 mheap_verify_weight(u32 number)
{
	u64 weight = number * 0x9e3779b97f4a7c15ULL;

	weight = (weight ^ weight >> 32) * 0xd6e8feb86659fd93ULL;
	return weight ^ weight >> 32;
}

void mheap_verify_witness(struct mheap_core *core, u32 number);
void mheap_verify_begin(struct mheap_core *core);
void mheap_verify_tally(struct mheap_core *core, u32 *steps);
enum mheap_verdict mheap_verify_verdict(struct mheap_core *core);
void mheap_verify_narrow_begin(struct mheap_core *core);
void mheap_verify_narrow(struct mheap_core *core, u32 *steps);
enum mheap_verdict mheap_verify_narrowed(struct mheap_core *core);
void mheap_verify_spare(struct mheap_core *core, u32 *steps);

#endif
