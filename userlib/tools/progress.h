/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How far long work is, on stderr, where somebody looks at that. */
#ifndef MHEAP_PROGRESS_H
#define MHEAP_PROGRESS_H

#include <stdbool.h>
#include <time.h>

struct progress {
	const char *verb;
	unsigned long long done;
	unsigned long long total;
	struct timespec shown;
	bool wanted;
	bool visible;
};

/*
 * @verb: what is done to objects, such as "read"; @quiet: what is written to stdout shows
 * the progress well enough.
 */
void progress_begin(struct progress *progress, unsigned long long total, const char *verb,
		    bool quiet);
void progress_step(struct progress *progress);
void progress_end(struct progress *progress);

#endif /* MHEAP_PROGRESS_H */
