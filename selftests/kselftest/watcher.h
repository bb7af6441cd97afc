/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A client that watches rings of objects through weak handles, revives and drops
 * them, and checks what must hold whatever others and the collector do:
 *
 * - the members of a ring live or die together, and so does the leaf that each has,
 *   unless somebody holds that;
 * - who has upgraded one of them can get at all of the ring, and it is intact;
 * - what was answered null once is null for ever.
 */
#ifndef WATCHER_H
#define WATCHER_H

#include "mheap_util.h"

#define WATCHER_RING 5		/* members of a ring */
#define WATCHER_RINGS 8		/* rings that a watcher watches */
#define WATCHER_SHARED 24	/* slots of the shared table, the root "shared" */
#define WATCHER_WEAK 12		/* those from here on refer weakly */

/* A ring, as one watcher sees it. */
struct watched {
	__u64 id;			/* 0: none */
	__u64 weak[WATCHER_RING];	/* handles to its members */
	__u64 leaf;			/* and to the first one's leaf */
	__u64 held, leaf_held;		/* what is held of it, or 0 */
	bool gone, leaf_gone;		/* it has been answered null */
};

struct watcher {
	int fd;
	int line;			/* where it failed */
	__u64 seed, next_id;
	__u64 shared;
	struct watched ring[WATCHER_RINGS];
	__u64 steps, revived, died;
};

/* Make the shared table in a session that has a heap. */
int watcher_make_shared(int fd);

int watcher_join(struct watcher *watcher, int heap_fd, __u64 seed);
int watcher_step(struct watcher *watcher);	/* 0, or -errno with watcher->line */
void watcher_leave(struct watcher *watcher);

/* Drop the shared table; the session holds nothing else. */
int watcher_clear_shared(int fd);

#endif
