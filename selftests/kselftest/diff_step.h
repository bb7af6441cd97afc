/* SPDX-License-Identifier: GPL-2.0 */
/* Sessions of differential: in this process, or each in one of its own. */
#ifndef DIFF_STEP_H
#define DIFF_STEP_H

#include <sys/types.h>

#include "mheap_util.h"

/* Commands beyond those of the heap: close the session, join again; close a file. */
#define STEPPER_REOPEN 0xffffU
#define STEPPER_CLOSE 0xfffeU	/* its argument is a pointer to the descriptor */

struct stepper {
	int fd;			/* of the session, or a socket to its process */
	pid_t child;		/* that process, or 0 */
	int heap_fd;
};

int stepper_start(struct stepper *stepper, int observer, __u32 rights, bool forked);
int stepper_call(struct stepper *stepper, __u32 command, void *arg);
void stepper_end(struct stepper *stepper);

#endif
