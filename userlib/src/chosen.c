// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "chosen.h"
#include "internal.h"

#define ENTRIES_MAX	((uint32_t)MHEAP_HANDLE_CHOSEN)
#define ENTRY_MASK	(MHEAP_HANDLE_CHOSEN - 1)
#define GENERATION_ONE	(1ULL << MHEAP_HANDLE_INDEX_BITS)
#define ROOM_MIN	64U
#define READY_PART	16U	/* nobody has more than such a part of what is free */

int mhi_chosen_init(struct mhi_chosen *chosen, uint32_t limit)
{
	*chosen = (struct mhi_chosen){
		.limit = limit && limit < ENTRIES_MAX ? limit : ENTRIES_MAX,
	};
	return -pthread_mutex_init(&chosen->lock, NULL);
}

void mhi_chosen_destroy(struct mhi_chosen *chosen)
{
	pthread_mutex_destroy(&chosen->lock);
	free(chosen->free);
}

void mhi_chosen_lock(struct mhi_chosen *chosen)
{
	pthread_mutex_lock(&chosen->lock);
}

void mhi_chosen_unlock(struct mhi_chosen *chosen)
{
	pthread_mutex_unlock(&chosen->lock);
}

static int make_room(struct mhi_chosen *chosen)
{
	uint32_t room = chosen->room ? 2 * chosen->room : ROOM_MIN;
	mh_t *grown;

	if (chosen->made < chosen->room)
		return 0;
	grown = realloc(chosen->free, room * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	chosen->free = grown;
	chosen->room = room;
	return 0;
}

static int choose_new(struct mhi_chosen *chosen, mh_t *ret_handle)
{
	int err;

	if (chosen->made == chosen->limit)
		return -EMFILE;
	err = make_room(chosen);
	if (err)
		return err;
	*ret_handle = GENERATION_ONE | MHEAP_HANDLE_CHOSEN | chosen->made++;
	return 0;
}

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

int mhi_choose(struct mhi_chosen *chosen, struct mhi_ready *ready)
{
	uint32_t some;
	int err = 0;

	mhi_chosen_lock(chosen);
	some = min_u32(MHI_READY_MAX, chosen->count / READY_PART);
	if (chosen->count) {
		do
			ready->handle[ready->count++] = chosen->free[--chosen->count];
		while (ready->count < some);
	} else {
		err = choose_new(chosen, &ready->handle[0]);
		ready->count = !err;
	}
	mhi_chosen_unlock(chosen);
	return err;
}

static bool is_ours(const struct mhi_chosen *chosen, mh_t handle)
{
	return (handle & MHEAP_HANDLE_CHOSEN) && (handle & ENTRY_MASK) < chosen->made;
}

void mhi_chosen_unused(struct mhi_chosen *chosen, mh_t handle)
{
	if (is_ours(chosen, handle) && chosen->count < chosen->room)
		chosen->free[chosen->count++] = handle;
}

void mhi_chosen_closed(struct mhi_chosen *chosen, mh_t handle)
{
	mh_t next = handle + GENERATION_ONE;

	/* An entry whose generation has come to its end is not used again. */
	if (next > handle)
		mhi_chosen_unused(chosen, next);
}
