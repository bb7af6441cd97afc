/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The objects of a heap that is alive, what they refer to, and who holds them. */
#ifndef MHEAP_LIVE_DUMP_H
#define MHEAP_LIVE_DUMP_H

#include <stdbool.h>

struct graph_maker;
struct mh_session;
struct progress;

/**
 * live_dump - Read them
 * @session: a session that may look
 * @snapshot: all of one instant; otherwise as they are while they are read
 * @maker: gets them, by their numbers
 * @progress: a step for each object
 *
 * Return: 0 or -errno.
 */
int live_dump(struct mh_session *session, bool snapshot, struct graph_maker *maker,
	      struct progress *progress);

#endif /* MHEAP_LIVE_DUMP_H */
