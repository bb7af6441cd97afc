// SPDX-License-Identifier: GPL-2.0-only
/* Pictures: what is read of one is what was there at its instant. */
#include <stdlib.h>

#include <linux/errno.h>

#include "heap.h"
#include "picture.h"
#include "pictured.h"

#define LOG (1U << 20)

static struct mheap_picture *begin(struct mheap_core *core, u32 log_bytes)
{
	struct mheap_picture *picture;
	int ret;

	REQUIRE(mheap_instant_claim(core));
	picture = mheap_picture_new(core, log_bytes, &ret);
	REQUIRE(picture);
	mheap_instant_ask(core, picture);
	heap_work(core);
	REQUIRE_EQ(core->instant.stage, MHEAP_INSTANT_OPEN);
	return picture;
}

static void *read_all(struct mheap_mutator *m, struct mheap_picture *picture, size_t *ret_bytes)
{
	struct mheap_room room = { .bytes = 4 << 20 };

	room.base = malloc(room.bytes);
	while (!mheap_picture_read_objects(m, picture, &room))
		;
	while (!mheap_picture_read_log(picture, MHEAP_LOG_OBJECTS, &room))
		;
	*ret_bytes = room.used;
	return room.base;
}

static void end(struct mheap_core *core)
{
	mheap_instant_end(core);
	while (core->instant.stage != MHEAP_INSTANT_NONE)
		mheap_core_work(core);
}

static void expect(struct pictured *was, struct mheap_mutator *m, struct mheap_picture *picture)
{
	size_t bytes;
	void *data = read_all(m, picture, &bytes);
	u32 number = 0;
	const char *why = pictured_compare(was, data, bytes, &number);

	if (why)
		tap_note("%s: %u", why, number);
	CHECK(!why);
	CHECK(!picture->broken);
	free(data);
}

TEST(picture_of_an_empty_heap)
{
	struct mheap_core *core = heap_new(HEAP_BYTES, 0);
	struct mheap_mutator *m = heap_mutator(core);
	struct pictured was = {};

	pictured_take(&was, core);
	expect(&was, m, begin(core, LOG));
	end(core);
	heap_mutator_delete(m);
	heap_delete(core);
}

/* Objects of all lengths, of which nothing stays as it was. */
static void change_all(bool collect)
{
	static const u32 lengths[] = { 0, 1, 3, 512, 513, 1000, 1017, 1018, 1024, 1025, 5000 };
	struct mheap_core *core = heap_new(HEAP_BYTES, 0);
	struct mheap_mutator *m = heap_mutator(core);
	u32 objects[ARRAY_SIZE(lengths)], i, j;
	struct mheap_picture *picture;
	struct pictured was = {};

	for (i = 0; i < ARRAY_SIZE(lengths); i++)
		objects[i] = heap_alloc(m, lengths[i], i);
	for (i = 0; i < ARRAY_SIZE(lengths); i++)
		for (j = 0; j < lengths[i]; j += 1 + i)
			heap_store(m, objects[i], j, objects[(i + j) % ARRAY_SIZE(lengths)]);
	pictured_take(&was, core);
	picture = begin(core, LOG);
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		for (j = 0; j < lengths[i]; j += 7)
			heap_store(m, objects[i], j, objects[i]);
		heap_drop(m, objects[i]);
	}
	if (collect) {
		heap_collect(core);
		CHECK_EQ(heap_objects(core), 0);
		for (i = 0; i < 100; i++)
			heap_drop(m, heap_alloc(m, i * 20, 0));
	}
	expect(&was, m, picture);
	end(core);
	pictured_drop(&was);
	heap_collect(core);
	heap_check(core);
	heap_mutator_delete(m);
	heap_delete(core);
}

TEST(picture_of_what_changes)
{
	change_all(false);
}

TEST(picture_of_what_is_collected)
{
	change_all(true);
}

TEST(picture_is_broken_when_its_log_is_full)
{
	struct mheap_core *core = heap_new(HEAP_BYTES, 0);
	struct mheap_mutator *m = heap_mutator(core);
	struct mheap_picture *picture;
	u32 objects[40], i, j;
	size_t bytes;

	for (i = 0; i < 40; i++)
		objects[i] = heap_alloc(m, 1000, 0);
	for (i = 0; i < 40; i++)
		for (j = 0; j < 1000; j++)
			heap_store(m, objects[i], j, objects[0]);
	picture = begin(core, MHEAP_SEGMENT_BYTES);
	for (i = 0; i < 40; i++)
		heap_store(m, objects[i], 0, 0);
	CHECK(picture->broken);
	free(read_all(m, picture, &bytes));
	end(core);
	for (i = 0; i < 40; i++)
		heap_drop(m, objects[i]);
	heap_collect(core);
	CHECK_EQ(heap_objects(core), 0);
	heap_mutator_delete(m);
	heap_delete(core);
}

TEST(picture_waits_for_open_sections)
{
	struct mheap_core *core = heap_new(HEAP_BYTES, 0);
	struct mheap_mutator *m = heap_mutator(core);
	int ret, i;

	heap_open(m);
	REQUIRE(mheap_instant_claim(core));
	mheap_instant_ask(core, mheap_picture_new(core, LOG, &ret));
	for (i = 0; i < 10; i++)
		mheap_core_work(core);
	CHECK_EQ(core->instant.stage, MHEAP_INSTANT_SERIAL);
	CHECK(!mheap_instant_cancel(core));
	heap_close(m);
	heap_work(core);
	CHECK_EQ(core->instant.stage, MHEAP_INSTANT_OPEN);
	end(core);
	heap_mutator_delete(m);
	heap_delete(core);
}

TEST(picture_can_be_taken_back)
{
	struct mheap_core *core = heap_new(HEAP_BYTES, 0);
	struct mheap_picture *picture;
	int ret;

	REQUIRE(mheap_instant_claim(core));
	CHECK(!mheap_instant_claim(core));
	picture = mheap_picture_new(core, LOG, &ret);
	mheap_instant_ask(core, picture);
	CHECK(mheap_instant_cancel(core));
	while (mheap_picture_free_some(picture))
		;
	mheap_instant_unclaim(core);
	CHECK_EQ(core->instant.stage, MHEAP_INSTANT_NONE);
	CHECK(mheap_instant_claim(core));
	mheap_instant_unclaim(core);
	heap_delete(core);
}

TEST(picture_without_memory)
{
	struct mheap_core *core = heap_new(HEAP_BYTES, 0);
	struct mheap_mutator *m = heap_mutator(core);
	unsigned long calls, at;
	long before;
	int ret;

	heap_alloc(m, 1, 0);
	before = shim_memory.outstanding;
	calls = shim_memory.calls;
	end((begin(core, LOG), core));
	calls = shim_memory.calls - calls;
	for (at = 1; at <= calls; at++) {
		REQUIRE(mheap_instant_claim(core));
		shim_memory.fail_at = shim_memory.calls + at;
		ret = 0;
		CHECK(!mheap_picture_new(core, LOG, &ret));
		CHECK_EQ(ret, -ENOMEM);
		shim_memory.fail_at = 0;
		mheap_instant_unclaim(core);
		CHECK_EQ(shim_memory.outstanding, before);
	}
	heap_mutator_delete(m);
	heap_delete(core);
}

TEST(picture_goes_with_the_heap)
{
	struct mheap_core *core = heap_new(HEAP_BYTES, 0);

	begin(core, LOG);
	heap_delete(core);
}

TEST(picture_of_a_heap_that_grows)
{
	struct mheap_core *core = heap_new(HEAP_BYTES, 0);
	struct mheap_mutator *m = heap_mutator(core);
	struct mheap_picture *picture;
	struct pictured was = {};
	u32 i;
	int ret;

	REQUIRE(mheap_instant_claim(core));
	picture = mheap_picture_new(core, LOG, &ret);
	for (i = 0; i < 1000; i++)
		heap_alloc(m, 1000, 0);
	mheap_instant_ask(core, picture);
	heap_work(core);
	REQUIRE_EQ(core->instant.stage, MHEAP_INSTANT_SHORT);
	CHECK_EQ(mheap_picture_cover(core, picture), 0);
	pictured_take(&was, core);
	mheap_instant_ask(core, picture);
	heap_work(core);
	REQUIRE_EQ(core->instant.stage, MHEAP_INSTANT_OPEN);
	for (i = 0; i < 1000; i++)
		heap_alloc(m, 1000, 0);
	expect(&was, m, picture);
	end(core);
	pictured_drop(&was);
	heap_mutator_delete(m);
	heap_delete(core);
}
