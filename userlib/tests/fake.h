/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A kernel in miniature behind ioctl(): it keeps the rules of handles, and logs
 * the records of batches. Its objects have one slot that is null, NULL_SLOT, and
 * refer to themselves in all others. They are gone for who upgrades when it is told
 * so; payloads are OFFSET further on with each object.
 */
#ifndef MHEAP_FAKE_H
#define MHEAP_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/mheap.h>

#define NULL_SLOT	99
#define OFFSET		0x100000010ULL
#define LOG_MAX		4096

extern struct fake {
	struct mheap_record log[LOG_MAX];	/* that were carried out */
	unsigned int logged;
	unsigned int batches;
	unsigned int live;			/* handles that are open */
	unsigned int max_handles;		/* of each half; 0 for many */
	unsigned int offsets;			/* that were told */
	bool gone;				/* what weak handles name */
	int fail_in;				/* records until one fails; -1 for none */
	int fail_error;
	int fail_call;				/* the errno of the next call itself */
} fake;

void fake_reset(void);
bool fake_is_live(uint64_t handle);

/* Allocations to be refused: that after so many more; -1 for none. */
extern int fake_memory;

#endif /* MHEAP_FAKE_H */
