/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Run a program, and know of each heap that it makes or joins the moment it does. */
#ifndef MHEAP_SUPERVISE_H
#define MHEAP_SUPERVISE_H

#include <stdint.h>

/**
 * supervise - Run a program until it and all that it started have ended
 * @argv: the program and its arguments
 * @on_heap: called when a process of it has made or joined a heap; that process stands
 *	still meanwhile. May be called more than once for a heap
 * @context: for @on_heap
 * @ret_status: how the program ended, as a shell tells it
 *
 * The program's processes are traced, but stop only where they make or join a heap:
 * a filter of seccomp finds those calls. So nothing is missed, however short the life
 * of a heap is, and everything else runs as fast as ever. What cannot be done to a
 * process that is traced, such as debugging it, cannot be done meanwhile.
 *
 * Return: an exit code; the user was told what was wrong.
 */
int supervise(char **argv, void (*on_heap)(uint64_t heap, void *context), void *context,
	      int *ret_status);

#endif /* MHEAP_SUPERVISE_H */
