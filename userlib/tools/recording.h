/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sites over time, in a file: a line of JSON for each look. mheap-record(5) */
#ifndef MHEAP_RECORDING_H
#define MHEAP_RECORDING_H

#include <stdint.h>
#include <stdio.h>

#include "graph.h"

/**
 * struct recording - The first look and the last one
 * @first: the first
 * @last: the last; the same when there was but one
 * @looks: how many there were
 */
struct recording {
	struct graph first;
	struct graph last;
	size_t looks;
};

void recording_write(FILE *to, const struct graph *graph);

/* Returns an exit code; the user was told what was wrong. */
int recording_read(const char *path, struct recording *ret_recording);
void recording_free(struct recording *recording);

#endif /* MHEAP_RECORDING_H */
