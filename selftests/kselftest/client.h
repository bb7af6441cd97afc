/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A client that does random things to a graph that several clients share, and
 * checks what must hold whatever the others do: an object that can be loaded
 * carries the stamp that its maker gave it.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <sys/types.h>

#include "mheap_util.h"

#define CLIENT_SHARED 64	/* slots of the shared table, the root "shared" */
#define CLIENT_OWN 24		/* handles that a client holds */
#define CLIENT_CHOSEN 8		/* entries that it chooses */
#define CLIENT_SLOTS 4		/* slots of each stamped object */
#define CLIENT_WEAK 8		/* weak handles that a client holds */

struct client {
	int fd;
	int line;			/* where it failed */
	__u64 seed;
	__u64 shared;
	__u64 own[CLIENT_OWN];
	__u64 generation[CLIENT_CHOSEN];
	__u64 weak[CLIENT_WEAK];
	__u64 gone[CLIENT_WEAK];	/* the weak handle that answered null */
	char *window;
	__u64 window_bytes;
	int queue;
	__u64 steps;
};

/* Make the shared table in a session that has a heap, and what clients send by. */
int client_make_shared(int fd);

/* Let go of what is in flight. */
void client_end_shared(void);

int client_join(struct client *client, int heap_fd, __u64 seed);
int client_step(struct client *client);	/* 0, or -errno with client->line */
void client_leave(struct client *client);

/*
 * A child that takes steps until it is killed, or its parent is gone; its status
 * tells how it went wrong.
 */
pid_t client_fork(int heap_fd, __u64 seed);

/* Does every object of the heap but the shared table carry a stamp? */
int client_check_all(int fd, long *reachable);

/* Drop what the table and the roots hold; the session holds nothing else. */
int client_clear_shared(int fd);

/* No client is left: what the roots reach is the heap, all of it stamped; then nothing. */
#define EXPECT_CLIENTS_GONE(fd)						\
do {									\
	struct mheap_walk_entry *entries = NULL;			\
	long reachable;							\
									\
	client_end_shared();						\
	EXPECT_TRUE(heap_alone(fd));					\
	EXPECT_TRUE(heap_drained(fd));					\
	EXPECT_EQ(0, raw_collect(fd));					\
	EXPECT_TRUE(heap_drained(fd));					\
	EXPECT_EQ(0, client_check_all(fd, &reachable));			\
	EXPECT_EQ(reachable, heap_objects(fd));				\
	EXPECT_EQ(reachable, heap_walk_all(fd, &entries));		\
	free(entries);							\
	EXPECT_EQ(0, heap_handles(fd));					\
	EXPECT_EQ(0, client_clear_shared(fd));				\
	EXPECT_EMPTY_AFTER_COLLECT(fd);					\
	EXPECT_EQ(HEAP_STAT(fd).out_allocated,				\
		  HEAP_STAT(fd).out_freed_count + HEAP_STAT(fd).out_freed_collect); \
} while (0)

#endif
