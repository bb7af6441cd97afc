// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "picture.h"
#include "viewer.h"

void viewer_clock(struct viewer *v)
{
	struct mheap_instant *instant = &v->core->instant;
	const char *why;
	u32 number;

	/* Sections look at the clock as well. */
	if (instant->stage != MHEAP_INSTANT_SERIAL || mheap_in_section(&v->core->janitor) ||
	    shim_self() != v->worker || instant->serial.holder != v->worker)
		return;
	pictured_take(&v->pictured, v->core);
	why = pictured_count(&v->pictured, v->holders, &number);
	if (why)
		v->fail(why, number);
}

static void begin(struct viewer *v)
{
	/* Some logs are too small. */
	u32 bytes = MHEAP_SEGMENT_BYTES << heap_below(v->random, 9);
	int ret;

	if (!mheap_instant_claim(v->core))
		v->fail("a picture cannot be begun", v->core->instant.stage);
	v->picture = mheap_picture_new(v->core, bytes, &ret);
	if (!v->picture)
		v->fail("no memory for a picture", -ret);
	/* Sometimes there is no room for what may come. */
	v->reading = true;
	v->what = 0;
	v->bytes = 0;
	mheap_instant_ask(v->core, v->picture);
}

static void cancel(struct viewer *v)
{
	if (!mheap_instant_cancel(v->core))
		return;
	while (mheap_picture_free_some(v->picture))
		;
	mheap_instant_unclaim(v->core);
	v->reading = false;
}

static void finish(struct viewer *v)
{
	const char *why = NULL;
	u32 number = 0;

	v->pictures++;
	v->records += v->bytes;
	if (v->picture->broken)
		v->broken++;
	else
		why = pictured_compare(&v->pictured, v->data, v->bytes, &number);
	if (!why && memcmp(v->picture->roots, v->pictured.roots, sizeof(v->pictured.roots)))
		why = "the roots of a picture differ";
	if (why)
		v->fail(why, number);
	mheap_instant_end(v->core);
	v->reading = false;
}

/* Reads as much as there is room for. */
static void read_on(struct viewer *v)
{
	/* The largest that has to fit: an object with the slots that are told with it. */
	struct mheap_room room = { .bytes = (heap_below(v->random, 2) ? 600 : 4096) +
					    heap_below(v->random, 4096) };
	bool over;

	if (MHEAP_DUMP_SLOTS_PART > 2)
		room.bytes += 16384;
	v->data = realloc(v->data, v->bytes + room.bytes);
	room.base = v->data + v->bytes;
	if (v->what)
		over = mheap_picture_read_log(v->picture, MHEAP_LOG_OBJECTS, &room);
	else
		over = mheap_picture_read_objects(v->m, v->picture, &room);
	v->bytes += room.used;
	v->what += over;
	if (v->what > 1)
		finish(v);
}

bool viewer_step(struct viewer *v)
{
	switch (v->core->instant.stage) {
	case MHEAP_INSTANT_NONE:
		if (v->last || heap_below(v->random, 256) >= v->below)
			return true;
		begin(v);
		return false;
	case MHEAP_INSTANT_SHORT:
		if (mheap_picture_cover(v->core, v->picture))
			v->fail("no memory for a picture", 0);
		mheap_instant_ask(v->core, v->picture);
		return false;
	case MHEAP_INSTANT_ASKED:
		if (!heap_below(v->random, 64))
			cancel(v);
		return true;
	case MHEAP_INSTANT_OPEN:
		read_on(v);
		return false;
	}
	return true;
}
