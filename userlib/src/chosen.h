/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The handles that the library picks for the queues of a session
 *
 * They are in the half of the session's table that is the caller's to choose.
 * The kernel wants each entry's generations one after another; so what is kept
 * of an entry that is not in use is its next handle. Entries are used in the
 * order of their indices first, and again as soon as they are free, the latest
 * first, for that is the one that is in the caches.
 */
#ifndef MHEAP_CHOSEN_H
#define MHEAP_CHOSEN_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include <mheap.h>

/**
 * struct mhi_chosen - The chosen half of a session's table of handles
 * @lock: protects all of it
 * @free: the next handles of the entries that are free again, a stack
 * @count: of @free
 * @room: of @free; never less than @made, so that giving back cannot fail
 * @made: entries that were ever used
 * @limit: entries that may be
 */
struct mhi_chosen {
	pthread_mutex_t lock;
	mh_t *free;
	uint32_t count;
	uint32_t room;
	uint32_t made;
	uint32_t limit;
};

#define MHI_READY_MAX	64U

/**
 * struct mhi_ready - Handles that somebody is going to use next, without the lock
 * @handle: @count of them, a stack
 * @count: how many
 */
struct mhi_ready {
	mh_t handle[MHI_READY_MAX];
	uint32_t count;
};

/* @limit: entries that may be used; 0 for all that there are. */
int mhi_chosen_init(struct mhi_chosen *chosen, uint32_t limit);
void mhi_chosen_destroy(struct mhi_chosen *chosen);

/* Pick handles, at least one: -EMFILE at the limit, -ENOMEM. @ready has none. */
int mhi_choose(struct mhi_chosen *chosen, struct mhi_ready *ready);

/*
 * Give back a handle that was picked and that the kernel never used (unused),
 * or that the kernel has closed (closed). Handles that were not picked here are
 * left alone. The caller has locked.
 */
void mhi_chosen_lock(struct mhi_chosen *chosen);
void mhi_chosen_unlock(struct mhi_chosen *chosen);
void mhi_chosen_unused(struct mhi_chosen *chosen, mh_t handle);
void mhi_chosen_closed(struct mhi_chosen *chosen, mh_t handle);

#endif /* MHEAP_CHOSEN_H */
