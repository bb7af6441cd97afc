// SPDX-License-Identifier: GPL-2.0
/* A client that watches rings through weak handles; see watcher.h. */
#include "watcher.h"

#define MEMBER 0x21a6U		/* types */
#define LEAF 0x1eafU

/* Slots of a member. */
enum { NEXT, BACK, OTHER, OWN_LEAF, SLOTS };	/* BACK and OTHER refer weakly */

struct stamp {
	__u64 id, index, inverse;
};

/* What @expression returns must be 0, or it is the step's error. */
#define MUST(expression)						\
do {									\
	int result = (expression);					\
									\
	if (result) {							\
		if (!watcher->line)					\
			watcher->line = __LINE__;			\
		return result;						\
	}								\
} while (0)

#define MUST_HOLD(condition) MUST((condition) ? 0 : -EUCLEAN)

int watcher_make_shared(int fd)
{
	__u64 table;

	return raw_alloc(fd, WATCHER_SHARED, 0, 1, &table) ?:
	       raw_root_set(fd, "shared", table) ?: raw_close(fd, table);
}

int watcher_clear_shared(int fd)
{
	return raw_root_set(fd, "shared", 0);
}

int watcher_join(struct watcher *watcher, int heap_fd, __u64 seed)
{
	memset(watcher, 0, sizeof(*watcher));
	watcher->seed = seed * 2 + 1;
	watcher->next_id = random_next(&watcher->seed) << 24 | 1;
	watcher->fd = raw_joined(heap_fd);
	if (watcher->fd < 0)
		return watcher->fd;
	return raw_root_get(watcher->fd, "shared", &watcher->shared);
}

void watcher_leave(struct watcher *watcher)
{
	close(watcher->fd);
}

static int close_if(struct watcher *watcher, __u64 *handle)
{
	if (*handle)
		MUST(raw_close(watcher->fd, *handle));
	*handle = 0;
	return 0;
}

/* The stamp of what can be used, and is what it is to be. */
static int get_stamp(struct watcher *watcher, __u64 handle, __u32 type, struct stamp *stamp)
{
	struct mheap_stat stat;

	MUST(raw_stat(watcher->fd, handle, &stat));
	MUST(raw_read(watcher->fd, handle, 0, stamp, sizeof(*stamp)));
	MUST_HOLD(stat.out_type == type);
	MUST_HOLD(stat.out_handle_refs);
	MUST_HOLD(stamp->inverse == ~(stamp->id ^ stamp->index));
	return 0;
}

static int check_stamp(struct watcher *watcher, __u64 handle, __u32 type, __u64 id, __u64 index)
{
	struct stamp stamp;

	MUST(get_stamp(watcher, handle, type, &stamp));
	MUST_HOLD(stamp.id == id);
	MUST_HOLD(stamp.index == index);
	return 0;
}

static int stamped(struct watcher *watcher, __u32 slots, __u32 type, __u64 id, __u64 index,
		   __u64 *handle)
{
	struct stamp stamp = { id, index, ~(id ^ index) };

	MUST(raw_alloc(watcher->fd, slots, sizeof(stamp), type, handle));
	MUST(raw_write(watcher->fd, *handle, 0, &stamp, sizeof(stamp)));
	return 0;
}

/* A slot that refers to something: what it refers to must be @index of the ring. */
static int check_slot(struct watcher *watcher, __u64 from, __u32 slot, __u32 type, __u64 id,
		      __u64 index, __u64 *to)
{
	MUST(raw_load(watcher->fd, from, slot, to));
	MUST_HOLD(*to);
	return check_stamp(watcher, *to, type, id, index);
}

/* All of the ring is there, whether somebody upgraded or loaded @first of it. */
static int check_ring(struct watcher *watcher, __u64 first, __u64 id, __u64 index)
{
	__u64 at = first, next, other, i;
	struct mheap_stat begin, end;

	MUST(raw_stat(watcher->fd, first, &begin));
	for (i = 1; i <= WATCHER_RING; i++) {
		__u64 from = (index + i - 1) % WATCHER_RING;

		MUST(check_slot(watcher, at, OWN_LEAF, LEAF, id, from, &other));
		MUST(raw_close(watcher->fd, other));
		MUST(check_slot(watcher, at, BACK, MEMBER, id,
				(from + WATCHER_RING - 1) % WATCHER_RING, &other));
		MUST(raw_close(watcher->fd, other));
		MUST(check_slot(watcher, at, NEXT, MEMBER, id, (index + i) % WATCHER_RING, &next));
		if (at != first)
			MUST(raw_close(watcher->fd, at));
		at = next;
	}
	MUST(raw_stat(watcher->fd, at, &end));
	MUST_HOLD(begin.out_object == end.out_object);
	return raw_close(watcher->fd, at);
}

static struct watched *any_ring(struct watcher *watcher)
{
	return &watcher->ring[random_below(&watcher->seed, WATCHER_RINGS)];
}

static int forget(struct watcher *watcher, struct watched *ring)
{
	unsigned int i;

	for (i = 0; i < WATCHER_RING; i++)
		MUST(close_if(watcher, &ring->weak[i]));
	MUST(close_if(watcher, &ring->leaf));
	MUST(close_if(watcher, &ring->held));
	MUST(close_if(watcher, &ring->leaf_held));
	memset(ring, 0, sizeof(*ring));
	return 0;
}

/* Let others get at what a handle, weak or not, refers to. */
static int publish(struct watcher *watcher, __u64 handle, bool weak)
{
	__u32 slot = (weak ? WATCHER_WEAK : 0) + random_below(&watcher->seed, WATCHER_WEAK);

	return raw_store(watcher->fd, watcher->shared, slot, handle);
}

/* A member of a new ring, which refers to nothing so far; and its leaf. */
static int make_member(struct watcher *watcher, struct watched *ring, __u64 index, __u64 *member)
{
	__u64 leaf;

	MUST(stamped(watcher, SLOTS, MEMBER, ring->id, index, member));
	MUST(stamped(watcher, 0, LEAF, ring->id, index, &leaf));
	MUST(raw_store(watcher->fd, *member, OWN_LEAF, leaf));
	MUST(raw_weaken(watcher->fd, *member, &ring->weak[index]));
	if (!index)
		MUST(raw_weaken(watcher->fd, leaf, &ring->leaf));
	return raw_close(watcher->fd, leaf);
}

static int step_make(struct watcher *watcher)
{
	struct watched *ring = any_ring(watcher), *other = any_ring(watcher);
	__u64 member[WATCHER_RING], i;

	MUST(forget(watcher, ring));
	ring->id = watcher->next_id++;
	for (i = 0; i < WATCHER_RING; i++)
		MUST(make_member(watcher, ring, i, &member[i]));
	for (i = 0; i < WATCHER_RING; i++) {
		__u64 next = (i + 1) % WATCHER_RING;

		MUST(raw_store(watcher->fd, member[i], NEXT, member[next]));
		MUST(raw_store(watcher->fd, member[next], BACK, ring->weak[i]));
		/* When this ring is dead, it is what keeps the other's weak reference. */
		MUST(raw_store(watcher->fd, member[i], OTHER, other->leaf));
	}
	if (random_below(&watcher->seed, 2))
		MUST(publish(watcher, member[0], false));
	i = random_below(&watcher->seed, WATCHER_RING);
	if (random_below(&watcher->seed, 2))
		MUST(publish(watcher, ring->weak[i], true));
	if (!random_below(&watcher->seed, 4))
		MUST(raw_dup(watcher->fd, member[0], &ring->held));
	for (i = 0; i < WATCHER_RING; i++)
		MUST(raw_close(watcher->fd, member[i]));
	return 0;
}

/* One member was answered null: then all of them are, and the ring stays dead. */
static int check_gone(struct watcher *watcher, struct watched *ring)
{
	unsigned int i;
	__u64 handle;

	MUST_HOLD(!ring->held);
	watcher->died += !ring->gone;
	ring->gone = true;
	for (i = 0; i < WATCHER_RING; i++) {
		MUST(raw_upgrade(watcher->fd, ring->weak[i], &handle));
		MUST_HOLD(!handle);
	}
	return 0;
}

/* What to do with a member that is alive. */
static int dispose(struct watcher *watcher, struct watched *ring, __u64 handle)
{
	watcher->revived += !ring->held;
	switch (random_below(&watcher->seed, 8)) {
	case 0:
		MUST(publish(watcher, handle, false));
		break;
	case 1:
		MUST(close_if(watcher, &ring->held));
		ring->held = handle;
		return 0;
	}
	return raw_close(watcher->fd, handle);
}

static int step_upgrade(struct watcher *watcher)
{
	struct watched *ring = any_ring(watcher);
	__u64 index = random_below(&watcher->seed, WATCHER_RING), handle, other;

	if (!ring->id)
		return 0;
	MUST(raw_upgrade(watcher->fd, ring->weak[index], &handle));
	if (!handle)
		return check_gone(watcher, ring);
	MUST_HOLD(!ring->gone);
	MUST(check_stamp(watcher, handle, MEMBER, ring->id, index));
	index = random_below(&watcher->seed, WATCHER_RING);
	MUST(raw_upgrade(watcher->fd, ring->weak[index], &other));
	MUST_HOLD(other);
	MUST(check_stamp(watcher, other, MEMBER, ring->id, index));
	/* Now that one holds it. */
	MUST(raw_close(watcher->fd, handle));
	if (random_below(&watcher->seed, 2))
		MUST(check_ring(watcher, other, ring->id, index));
	return dispose(watcher, ring, other);
}

/* All members in one batch: each is answered, or none is. */
static int step_batch(struct watcher *watcher)
{
	struct watched *ring = any_ring(watcher);
	struct mheap_record records[WATCHER_RING];
	__u64 handles[WATCHER_RING];
	unsigned int i, alive = 0;

	if (!ring->id)
		return 0;
	for (i = 0; i < WATCHER_RING; i++)
		records[i] = record_upgrade(ring->weak[i], 0);
	MUST(raw_batch_all(watcher->fd, records, WATCHER_RING));
	for (i = 0; i < WATCHER_RING; i++) {
		handles[i] = ((struct mheap_upgrade *)&records[i])->out_handle;
		alive += !!handles[i];
	}
	if (!alive)
		return check_gone(watcher, ring);
	MUST_HOLD(alive == WATCHER_RING);
	MUST_HOLD(!ring->gone);
	for (i = 0; i < WATCHER_RING; i++)
		MUST(check_stamp(watcher, handles[i], MEMBER, ring->id, i));
	for (i = 1; i < WATCHER_RING; i++)
		MUST(raw_close(watcher->fd, handles[i]));
	return dispose(watcher, ring, handles[0]);
}

/* A leaf may outlive its ring when it is held; a ring never outlives its leaf. */
static int step_leaf(struct watcher *watcher)
{
	struct watched *ring = any_ring(watcher);
	__u64 handle, member;

	if (!ring->id)
		return 0;
	MUST(raw_upgrade(watcher->fd, ring->leaf, &handle));
	if (!handle) {
		MUST_HOLD(!ring->leaf_held);
		ring->leaf_gone = true;
		return check_gone(watcher, ring);
	}
	MUST_HOLD(!ring->leaf_gone);
	MUST(check_stamp(watcher, handle, LEAF, ring->id, 0));
	MUST(raw_upgrade(watcher->fd, ring->weak[0], &member));
	if (member) {
		MUST(check_ring(watcher, member, ring->id, 0));
		MUST(raw_close(watcher->fd, member));
	} else {
		MUST(check_gone(watcher, ring));
	}
	MUST(close_if(watcher, &ring->leaf_held));
	if (random_below(&watcher->seed, 4))
		return raw_close(watcher->fd, handle);
	ring->leaf_held = handle;
	return 0;
}

/* Watch the ring that a member belongs to, instead of another one. */
static int adopt(struct watcher *watcher, __u64 member, struct stamp *stamp)
{
	struct watched *ring = any_ring(watcher);
	__u64 at, next, i, index, leaf;

	MUST(forget(watcher, ring));
	ring->id = stamp->id;
	MUST(raw_dup(watcher->fd, member, &at));
	for (i = 0; i < WATCHER_RING; i++) {
		index = (stamp->index + i) % WATCHER_RING;
		MUST(raw_weaken(watcher->fd, at, &ring->weak[index]));
		if (!index) {
			MUST(raw_load(watcher->fd, at, OWN_LEAF, &leaf));
			MUST(raw_weaken(watcher->fd, leaf, &ring->leaf));
			MUST(raw_close(watcher->fd, leaf));
		}
		MUST(raw_load(watcher->fd, at, NEXT, &next));
		MUST_HOLD(next);
		MUST(raw_close(watcher->fd, at));
		at = next;
	}
	return raw_close(watcher->fd, at);
}

/* What another has left in the shared table. */
static int step_find(struct watcher *watcher)
{
	struct stamp stamp, other_stamp;
	__u64 handle, other;

	MUST(raw_load(watcher->fd, watcher->shared,
		      random_below(&watcher->seed, WATCHER_SHARED), &handle));
	if (!handle)
		return 0;
	MUST(get_stamp(watcher, handle, MEMBER, &stamp));
	MUST(check_ring(watcher, handle, stamp.id, stamp.index));
	/* Of a ring that may be dead. */
	MUST(raw_load(watcher->fd, handle, OTHER, &other));
	if (other) {
		MUST(get_stamp(watcher, other, LEAF, &other_stamp));
		MUST(raw_close(watcher->fd, other));
	}
	if (!random_below(&watcher->seed, 3))
		MUST(adopt(watcher, handle, &stamp));
	return raw_close(watcher->fd, handle);
}

/* Weak slots change, by all means. */
static int step_weak_slot(struct watcher *watcher)
{
	__u32 slot = WATCHER_WEAK + random_below(&watcher->seed, WATCHER_WEAK);
	struct watched *ring = any_ring(watcher), *other = any_ring(watcher);
	struct stamp stamp;
	__u64 old;
	int ret;

	if (random_below(&watcher->seed, 2)) {
		ret = raw_compare_exchange(watcher->fd, watcher->shared, slot, ring->weak[0],
					   other->weak[0]);
		MUST(ret == -EAGAIN ? 0 : ret);
		return 0;
	}
	MUST(raw_exchange(watcher->fd, watcher->shared, slot, ring->weak[0], &old));
	if (!old)
		return 0;
	MUST(get_stamp(watcher, old, MEMBER, &stamp));
	MUST(check_ring(watcher, old, stamp.id, stamp.index));
	return raw_close(watcher->fd, old);
}

/* Begin to refer weakly to what is held, whoever else does. */
static int step_weaken(struct watcher *watcher)
{
	struct watched *ring = any_ring(watcher);
	__u64 handle, weak;

	if (!ring->leaf_held)
		return 0;
	MUST(close_if(watcher, &ring->leaf));
	MUST(raw_weaken(watcher->fd, ring->leaf_held, &ring->leaf));
	MUST(raw_dup(watcher->fd, ring->leaf, &weak));
	MUST(raw_upgrade(watcher->fd, weak, &handle));
	MUST_HOLD(handle);
	MUST(raw_close(watcher->fd, weak));
	return raw_close(watcher->fd, handle);
}

int watcher_step(struct watcher *watcher)
{
	struct watched *ring = any_ring(watcher);
	__u64 collection;

	watcher->steps++;
	switch (random_below(&watcher->seed, 32)) {
	case 0 ... 4:
		return step_make(watcher);
	case 5 ... 10:
		return step_upgrade(watcher);
	case 11 ... 14:
		return step_batch(watcher);
	case 15 ... 16:
		return step_leaf(watcher);
	case 17 ... 20:
		return step_find(watcher);
	case 21 ... 22:
		return step_weak_slot(watcher);
	case 23 ... 24:
		return step_weaken(watcher);
	case 25:
		MUST(close_if(watcher, &ring->leaf_held));
		return 0;
	case 26 ... 27:
		MUST(close_if(watcher, &ring->held));
		return 0;
	case 28 ... 30:
		MUST(publish(watcher, 0, false));
		return 0;
	default:
		MUST(raw_collect_start(watcher->fd, &collection));
		return 0;
	}
}
