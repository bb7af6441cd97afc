/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Somebody who takes pictures of a heap now and then, and reads them, a bounded step at a
 * time, while others work; and who knows what has to be in them.
 */
#ifndef _VIEWER_H
#define _VIEWER_H

#include "pictured.h"

struct viewer {
	struct mheap_core *core;
	struct mheap_mutator *m;
	struct shim_task *worker;
	struct heap_random *random;
	struct mheap_picture *picture;
	struct pictured pictured;
	bool reading;			/* a picture has been asked for, or is open */
	bool last;			/* it is not to begin another one */
	u32 below;			/* of 256: how often it begins one */
	u32 what;			/* is being read */
	void *data;
	size_t bytes;
	unsigned long pictures, broken, records;
	u32 (*holders)(u32 number);
	void (*fail)(const char *why, u32 number) __attribute__((noreturn));
};

/* Writes down what is there, if this is the instant. Whenever the clock is looked at. */
void viewer_clock(struct viewer *v);

/* Returns whether it waits for the worker, or has nothing to do. */
bool viewer_step(struct viewer *v);

#endif
