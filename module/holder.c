// SPDX-License-Identifier: GPL-2.0-only
#include <linux/build_bug.h>
#include <linux/limits.h>
#include <linux/string.h>

#include "core/core.h"
#include "core/picture.h"
#include "heap.h"
#include "holder.h"
#include "object_share.h"
#include "session.h"

/*
 * A place in a dump of what is there now, as one number: what is told in the uppermost
 * bits but one, so that it is no file's negative position either; then the place there.
 */
#define MHEAP_TELLING_SHIFT		60
#define MHEAP_TELLING_OBJECT_SHIFT	32
#define MHEAP_TELLING_SESSION_SHIFT	18
#define MHEAP_TELLING_HANDLE_SHIFT	6

static_assert(MHEAP_HANDLES_END >> MHEAP_TELLING_HANDLE_SHIFT ==
	      1U << MHEAP_TELLING_SESSION_SHIFT);

/* Sessions that are looked at under the lock. */
#define MHEAP_HOLDER_SESSIONS	256

/**
 * mheap_telling_tell - where a dump is
 * @telling: the dump
 *
 * Context: any.
 * Return: a number for mheap_telling_seek().
 */
u64 mheap_telling_tell(const struct mheap_telling *telling)
{
	u64 at = (u64)telling->what << MHEAP_TELLING_SHIFT;

	switch (telling->what) {
	case MHEAP_TOLD_OBJECTS:
		return at | (u64)telling->object.slot << MHEAP_TELLING_OBJECT_SHIFT |
		       telling->object.number;
	case MHEAP_TOLD_HANDLES:
		return at | telling->session << MHEAP_TELLING_SESSION_SHIFT |
		       telling->handle >> MHEAP_TELLING_HANDLE_SHIFT;
	case MHEAP_TOLD_ROOTS:
	case MHEAP_TOLD_SHARES:
		return at | telling->index;
	case MHEAP_TOLD_OBJECT_LOG:
	case MHEAP_TOLD_HOLDER_LOG:
		return at;
	case MHEAP_TOLD_ALL:
		break;
	}
	return ~0ULL;
}

/**
 * mheap_telling_seek - go on from a place
 * @telling: the dump
 * @cursor: what mheap_telling_tell() told, or any other number
 *
 * Context: any.
 */
void mheap_telling_seek(struct mheap_telling *telling, u64 cursor)
{
	u64 at = cursor & ((1ULL << MHEAP_TELLING_SHIFT) - 1);

	*telling = (struct mheap_telling) {
		.what = cursor >> MHEAP_TELLING_SHIFT >= MHEAP_TOLD_ALL ? MHEAP_TOLD_ALL :
			cursor >> MHEAP_TELLING_SHIFT,
	};
	if (telling->what == MHEAP_TOLD_OBJECTS) {
		telling->object.number = at;
		telling->object.slot = min_t(u64, at >> MHEAP_TELLING_OBJECT_SHIFT,
					     MHEAP_SLOTS_MAX + 1);
	} else if (telling->what == MHEAP_TOLD_HANDLES) {
		telling->session = at >> MHEAP_TELLING_SESSION_SHIFT;
		telling->handle = (at & ((1U << MHEAP_TELLING_SESSION_SHIFT) - 1)) <<
				  MHEAP_TELLING_HANDLE_SHIFT;
	} else {
		telling->index = min_t(u64, at, U32_MAX);
	}
}

static void mheap_holder_dump_root(const struct mheap_root *root, struct mheap_dump_root *to)
{
	*to = (struct mheap_dump_root) {
		.bytes = sizeof(*to),
		.kind = MHEAP_DUMP_ROOT,
		.object = root->number,
	};
	memcpy(to->name, root->name, sizeof(to->name));
}

/* A named root, as it is or was. Returns whether there is one. */
static bool mheap_holder_root(struct mheap_mutator *mutator, const struct mheap_telling *telling,
			      struct mheap_root *root)
{
	bool used;

	if (telling->picture) {
		*root = telling->picture->roots[telling->index];
		return root->number;
	}
	mheap_section_enter(mutator);
	used = mheap_root_peek(&mutator->core->roots, telling->index, root);
	mheap_section_exit(mutator);
	return used;
}

static bool mheap_holder_roots(struct mheap_mutator *mutator, struct mheap_telling *telling,
			       struct mheap_room *room)
{
	struct mheap_dump_root *to;
	struct mheap_root root;

	for (; telling->index < MHEAP_ROOTS; telling->index++) {
		if (!mheap_holder_root(mutator, telling, &root))
			continue;
		to = mheap_room_take(room, sizeof(*to));
		if (!to)
			return false;
		mheap_holder_dump_root(&root, to);
	}
	return true;
}

/* The first session that has not been told of, or NULL. */
static struct mheap_session *mheap_holder_session(struct mheap_heap *heap, u64 place)
{
	struct mheap_session *session;

	lockdep_assert_held(&heap->sessions_lock);
	list_for_each_entry(session, &heap->all_sessions, all)
		if (session->place >= place)
			return session;
	return NULL;
}

/* Tells of some sessions. Returns whether that is all. */
static bool mheap_holder_sessions(struct mheap_heap *heap, struct mheap_telling *telling,
				  struct mheap_room *room)
{
	struct mheap_session *session;
	u32 left = MHEAP_HOLDER_SESSIONS;
	bool over = false;

	mutex_lock(&heap->sessions_lock);
	session = mheap_holder_session(heap, telling->session);
	for (; left; left--) {
		over = !session || list_entry_is_head(session, &heap->all_sessions, all);
		if (over)
			break;
		if (telling->session != session->place) {
			telling->session = session->place;
			telling->handle = 0;
		}
		if (!mheap_handles_dump(&session->handles, telling->picture, &telling->handle,
					room))
			break;
		if (telling->handle < MHEAP_HANDLES_END)
			continue;
		telling->session++;
		telling->handle = 0;
		session = list_next_entry(session, all);
	}
	mutex_unlock(&heap->sessions_lock);
	return over;
}

static bool mheap_holder_tell_some(struct mheap_heap *heap, struct mheap_mutator *mutator,
				   struct mheap_telling *telling, struct mheap_room *room)
{
	struct mheap_picture *picture = telling->picture;
	bool over = false;

	switch (telling->what) {
	case MHEAP_TOLD_OBJECTS:
		if (picture)
			return mheap_picture_read_objects(mutator, picture, room);
		return mheap_dump_objects(mutator, &telling->object, room);
	case MHEAP_TOLD_OBJECT_LOG:
		return !picture || mheap_picture_read_log(picture, MHEAP_LOG_OBJECTS, room);
	case MHEAP_TOLD_ROOTS:
		return mheap_holder_roots(mutator, telling, room);
	case MHEAP_TOLD_HANDLES:
		return mheap_holder_sessions(heap, telling, room);
	case MHEAP_TOLD_SHARES:
		mheap_object_share_dump(heap, picture, &telling->index, room, &over);
		return over;
	case MHEAP_TOLD_HOLDER_LOG:
		return !picture || mheap_picture_read_log(picture, MHEAP_LOG_HOLDERS, room);
	case MHEAP_TOLD_ALL:
		break;
	}
	return false;
}

/**
 * mheap_holder_tell - tell what there is, or was, and who holds it
 * @heap: the heap
 * @mutator: not in a section
 * @telling: where to go on, zeroed to begin
 * @room: where records go; MHEAP_DUMP_BYTES_MIN are enough to go on, or 16 KiB in a picture
 *
 * A bounded piece of it.
 *
 * Context: may sleep, but not for long; takes the heap's sessions_lock.
 * Return: whether there is more.
 */
bool mheap_holder_tell(struct mheap_heap *heap, struct mheap_mutator *mutator,
		       struct mheap_telling *telling, struct mheap_room *room)
{
	if (mheap_holder_tell_some(heap, mutator, telling, room)) {
		telling->what++;
		telling->index = 0;
		telling->session = 0;
		telling->handle = 0;
	}
	return telling->what != MHEAP_TOLD_ALL;
}
