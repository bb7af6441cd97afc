// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>
#include <unistd.h>

#include "progress.h"

#define STEPS_PER_LOOK	65536
#define SHOW_AFTER_NS	500000000LL

void progress_begin(struct progress *progress, unsigned long long total, const char *verb,
		    bool quiet)
{
	*progress = (struct progress){
		.verb = verb,
		.total = total,
		.wanted = !quiet && isatty(STDERR_FILENO),
	};
	clock_gettime(CLOCK_MONOTONIC, &progress->shown);
}

static void show(struct progress *progress)
{
	struct timespec now;
	long long passed;

	clock_gettime(CLOCK_MONOTONIC, &now);
	passed = (now.tv_sec - progress->shown.tv_sec) * 1000000000LL +
		 (now.tv_nsec - progress->shown.tv_nsec);
	if (passed < SHOW_AFTER_NS)
		return;
	progress->shown = now;
	progress->visible = true;
	fprintf(stderr, "\r%s %llu of about %llu objects", progress->verb, progress->done,
		progress->total);
	fflush(stderr);
}

void progress_step(struct progress *progress)
{
	progress->done++;
	if (progress->wanted && progress->done % STEPS_PER_LOOK == 0)
		show(progress);
}

void progress_end(struct progress *progress)
{
	if (progress->visible)
		fputs("\r\033[K", stderr);
	progress->visible = false;
}
