// SPDX-License-Identifier: GPL-2.0-only
/* A picture that is read while what it shows never keeps still. */
#include <stdlib.h>

#include "heap.h"
#include "instant.h"
#include "picture.h"
#include "pictured.h"
#include "shim.h"

#define SLOTS		(MHEAP_INLINE_SLOTS + 5)
#define ROOM		(1U << 20)
#define CHANGES		100

static struct mheap_mutator *other;
static u32 wide, changes;

/* Somebody else has a turn: its counts change, and nothing else. */
static void at_point(void)
{
	if (!changes)
		return;
	changes--;
	shim_at_point = NULL;
	heap_take(other, wide);
	heap_drop(other, wide);
	shim_at_point = at_point;
}

static struct mheap_picture *open_picture(struct mheap_core *core)
{
	struct mheap_picture *picture;
	int ret;

	REQUIRE(mheap_instant_claim(core));
	picture = mheap_picture_new(core, ROOM, &ret);
	REQUIRE(picture);
	mheap_instant_ask(core, picture);
	heap_work(core);
	REQUIRE_EQ(core->instant.stage, MHEAP_INSTANT_OPEN);
	return picture;
}

/* Its head has been recorded, its slots have not, and whoever looks finds another count. */
TEST(race_picture_of_a_wide_object_whose_counts_change)
{
	struct mheap_core *core = heap_new(HEAP_BYTES, 0);
	struct mheap_mutator *m = heap_mutator(core);
	struct mheap_room room = { .bytes = ROOM };
	struct mheap_picture *picture;
	struct pictured was = {};
	u32 leaf, i, number = 0;
	const char *why;

	other = heap_mutator(core);
	wide = heap_alloc(m, SLOTS, 0);
	leaf = heap_alloc(m, 0, 0);
	for (i = 0; i < SLOTS; i++)
		heap_store(m, wide, i, leaf);
	pictured_take(&was, core);
	picture = open_picture(core);
	heap_take(other, wide);
	heap_drop(other, wide);
	room.base = malloc(room.bytes);
	changes = CHANGES;
	shim_at_point = at_point;
	for (i = 0; !mheap_picture_read_objects(m, picture, &room); i++)
		REQUIRE(i < 10 * CHANGES);
	shim_at_point = NULL;
	while (!mheap_picture_read_log(picture, MHEAP_LOG_OBJECTS, &room))
		;
	why = pictured_compare(&was, room.base, room.used, &number);
	if (why)
		tap_note("object %u: %s", number, why);
	CHECK(!why);
	CHECK_EQ(changes, 0);
	free(room.base);
	pictured_drop(&was);
	mheap_instant_end(core);
	while (core->instant.stage != MHEAP_INSTANT_NONE)
		mheap_core_work(core);
	heap_drop(m, leaf);
	heap_drop(m, wide);
	heap_mutator_delete(other);
	heap_mutator_delete(m);
	heap_delete(core);
}
