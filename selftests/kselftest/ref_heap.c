// SPDX-License-Identifier: GPL-2.0
/* A heap in plain C, to compare the real one with; see ref_heap.h. */
#include <errno.h>
#include <string.h>

#include "mheap_util.h"
#include "ref_heap.h"

void ref_init(struct ref_heap *heap)
{
	int i, j, half;

	memset(heap, 0, sizeof(*heap));
	for (i = 0; i < REF_ROOTS; i++)
		heap->root[i] = REF_NONE;
	for (i = 0; i < REF_SESSIONS; i++) {
		for (half = 0; half < 2; half++)
			for (j = 0; j < REF_HANDLES; j++)
				heap->session[i].entry[half][j].thing = REF_NONE;
		for (j = 0; j < REF_FDS; j++)
			heap->session[i].fd[j].object = REF_NONE;
	}
	heap->next_type = 1;
}

static struct ref_entry *entry_of(struct ref_session *session, __u64 handle)
{
	__u64 index = handle & (MHEAP_HANDLE_CHOSEN - 1);

	if (index >= REF_HANDLES)
		return NULL;
	return &session->entry[!!(handle & MHEAP_HANDLE_CHOSEN)][index];
}

static __u64 generation_of(__u64 handle)
{
	return handle >> MHEAP_HANDLE_INDEX_BITS;
}

int ref_resolve(struct ref_session *session, __u64 handle, struct ref_entry **entry)
{
	__u64 generation = generation_of(handle);

	*entry = entry_of(session, handle);
	if (!*entry || !generation || generation > (*entry)->generation)
		return -ENOENT;
	if (generation < (*entry)->generation || (*entry)->thing == REF_NONE)
		return -ESTALE;
	return 0;
}

int ref_may_choose(struct ref_session *session, __u64 chosen)
{
	struct ref_entry *entry = entry_of(session, chosen);
	__u64 generation = generation_of(chosen);

	if (!(chosen & MHEAP_HANDLE_CHOSEN) || !entry || !generation)
		return -EINVAL;
	if (generation < entry->generation)
		return -ESTALE;
	if (generation == entry->generation)
		return entry->thing == REF_NONE ? -ESTALE : -EEXIST;
	return generation == entry->generation + 1 && entry->thing == REF_NONE ? 0 : -EINVAL;
}

int ref_picked(struct ref_session *session)
{
	int i, count = session->unbound_count;

	for (i = 0; i < REF_HANDLES; i++)
		count += session->entry[0][i].thing != REF_NONE;
	return count;
}

static struct ref_weak *weak_of(struct ref_heap *heap, int thing)
{
	return &heap->weak[thing - REF_OBJECTS];
}

int ref_upgrade(struct ref_heap *heap, int thing)
{
	return ref_is_weak(thing) ? weak_of(heap, thing)->object : thing;
}

int ref_weaken(struct ref_heap *heap, int object)
{
	int at = heap->object[object].weak;

	if (at != REF_NONE)
		return REF_OBJECTS + at;
	for (at = 0; heap->weak[at].refs; at++)
		;
	heap->weak[at].object = object;
	heap->object[object].weak = at;
	return REF_OBJECTS + at;
}

__u32 ref_weak_count(struct ref_heap *heap)
{
	__u32 count = 0;
	int i;

	for (i = 0; i < REF_WEAKS; i++)
		count += heap->weak[i].refs && heap->weak[i].object != REF_NONE;
	return count;
}

static void take_handle(struct ref_heap *heap, int thing)
{
	if (ref_is_weak(thing))
		weak_of(heap, thing)->refs++;
	else
		heap->object[thing].handle_refs++;
}

void ref_make_handle(struct ref_heap *heap, struct ref_session *session, int thing, __u32 rights,
		     __u64 chosen)
{
	struct ref_entry *entry;

	take_handle(heap, thing);
	session->handles++;
	entry = chosen ? entry_of(session, chosen) : &session->unbound[session->unbound_count++];
	if (chosen)
		entry->generation = generation_of(chosen);
	entry->thing = thing;
	entry->rights = rights;
}

bool ref_bind(struct ref_session *session, __u64 handle)
{
	struct ref_entry *entry = entry_of(session, handle);

	if (!session->unbound_count || handle & MHEAP_HANDLE_CHOSEN || !entry ||
	    entry->thing != REF_NONE || generation_of(handle) != entry->generation + 1)
		return false;
	entry->generation++;
	entry->thing = session->unbound[0].thing;
	entry->rights = session->unbound[0].rights;
	session->unbound_count--;
	memmove(session->unbound, session->unbound + 1,
		session->unbound_count * sizeof(session->unbound[0]));
	return true;
}

static void drop_weak(struct ref_heap *heap, int thing)
{
	struct ref_weak *weak = weak_of(heap, thing);

	if (!--weak->refs && weak->object != REF_NONE)
		heap->object[weak->object].weak = REF_NONE;
}

/* The object is no more: who refers to it weakly sees that. */
static void bury(struct ref_heap *heap, struct ref_object *object)
{
	object->alive = false;
	if (object->weak != REF_NONE)
		heap->weak[object->weak].object = REF_NONE;
	object->weak = REF_NONE;
}

/* Free @first if nothing refers to it, and what only it held. Not recursive. */
static void release(struct ref_heap *heap, int first)
{
	int stack[REF_OBJECTS], depth = 0, next;
	__u32 i;

	stack[depth++] = first;
	while (depth) {
		struct ref_object *object = &heap->object[stack[--depth]];

		if (object->handle_refs || object->slot_refs || !object->alive)
			continue;
		bury(heap, object);
		heap->objects--;
		heap->freed_count++;
		for (i = 0; i < object->slots; i++) {
			next = object->slot[i];
			if (next == REF_NONE)
				continue;
			if (ref_is_weak(next))
				drop_weak(heap, next);
			else if (!--heap->object[next].slot_refs)
				stack[depth++] = next;
		}
	}
}

static void give_up_handle(struct ref_heap *heap, int thing)
{
	if (ref_is_weak(thing)) {
		drop_weak(heap, thing);
		return;
	}
	heap->object[thing].handle_refs--;
	release(heap, thing);
}

int ref_alloc(struct ref_heap *heap, __u32 slots, __u32 payload_bytes)
{
	struct ref_object *object;
	__u32 i;
	int at;

	if (heap->objects == REF_OBJECTS && !ref_collect(heap))
		return -EDQUOT;
	for (at = 0; heap->object[at].alive; at++)
		;
	object = &heap->object[at];
	memset(object, 0, sizeof(*object));
	object->alive = true;
	object->type = heap->next_type++;
	object->slots = slots;
	object->payload_bytes = payload_bytes;
	object->weak = REF_NONE;
	for (i = 0; i < REF_SLOTS; i++)
		object->slot[i] = REF_NONE;
	heap->objects++;
	heap->allocated++;
	return at;
}

static void drop_handle(struct ref_heap *heap, struct ref_session *session,
			struct ref_entry *entry)
{
	int thing = entry->thing;

	entry->thing = REF_NONE;
	session->handles--;
	give_up_handle(heap, thing);
}

void ref_close(struct ref_heap *heap, struct ref_session *session, __u64 handle)
{
	drop_handle(heap, session, entry_of(session, handle));
}

void ref_close_session(struct ref_heap *heap, struct ref_session *session)
{
	int i, half;

	for (half = 0; half < 2; half++) {
		for (i = 0; i < REF_HANDLES; i++) {
			if (session->entry[half][i].thing != REF_NONE)
				drop_handle(heap, session, &session->entry[half][i]);
			session->entry[half][i].generation = 0;
		}
	}
}

void ref_store(struct ref_heap *heap, int object, __u32 index, int value)
{
	int old = heap->object[object].slot[index];

	if (value != REF_NONE && ref_is_weak(value))
		weak_of(heap, value)->refs++;
	else if (value != REF_NONE)
		heap->object[value].slot_refs++;
	heap->object[object].slot[index] = value;
	if (old == REF_NONE)
		return;
	if (ref_is_weak(old)) {
		drop_weak(heap, old);
	} else {
		heap->object[old].slot_refs--;
		release(heap, old);
	}
}

void ref_reset(struct ref_heap *heap, int object)
{
	__u32 i;

	for (i = 0; i < heap->object[object].slots; i++)
		ref_store(heap, object, i, REF_NONE);
	memset(heap->object[object].payload, 0, sizeof(heap->object[object].payload));
}

void ref_export(struct ref_heap *heap, struct ref_fd *fd, int object, __u32 rights)
{
	take_handle(heap, object);
	fd->object = object;
	fd->rights = rights;
}

void ref_close_fd(struct ref_heap *heap, struct ref_fd *fd)
{
	int object = fd->object;

	fd->object = REF_NONE;
	give_up_handle(heap, object);
}

void ref_root_set(struct ref_heap *heap, int root, int value)
{
	int old = heap->root[root];

	if (value != REF_NONE)
		take_handle(heap, value);
	heap->root[root] = value;
	if (old != REF_NONE)
		give_up_handle(heap, old);
}

static void mark_from(struct ref_heap *heap, int first)
{
	int stack[REF_OBJECTS], depth = 0, next;
	__u32 i;

	if (first == REF_NONE || ref_is_weak(first) || heap->object[first].mark)
		return;
	heap->object[first].mark = true;
	stack[depth++] = first;
	while (depth) {
		struct ref_object *object = &heap->object[stack[--depth]];

		for (i = 0; i < object->slots; i++) {
			next = object->slot[i];
			if (next != REF_NONE && !ref_is_weak(next) && !heap->object[next].mark) {
				heap->object[next].mark = true;
				stack[depth++] = next;
			}
		}
	}
}

__u32 ref_collect(struct ref_heap *heap)
{
	__u32 freed = 0, j;
	int i, half, at, s;

	for (i = 0; i < REF_OBJECTS; i++)
		heap->object[i].mark = false;
	for (i = 0; i < REF_ROOTS; i++)
		mark_from(heap, heap->root[i]);
	for (s = 0; s < REF_SESSIONS; s++) {
		struct ref_session *session = &heap->session[s];

		for (half = 0; half < 2; half++)
			for (at = 0; at < REF_HANDLES; at++)
				mark_from(heap, session->entry[half][at].thing);
		for (at = 0; at < session->unbound_count; at++)
			mark_from(heap, session->unbound[at].thing);
		for (at = 0; at < REF_FDS; at++)
			mark_from(heap, session->fd[at].object);
	}
	for (i = 0; i < REF_OBJECTS; i++) {
		struct ref_object *object = &heap->object[i];

		if (!object->alive || object->mark)
			continue;
		bury(heap, object);
		freed++;
		for (j = 0; j < object->slots; j++) {
			if (object->slot[j] == REF_NONE)
				continue;
			if (ref_is_weak(object->slot[j]))
				drop_weak(heap, object->slot[j]);
			else
				heap->object[object->slot[j]].slot_refs--;
		}
	}
	heap->objects -= freed;
	heap->freed_collect += freed;
	return freed;
}

/* What a recount finds. */
struct recount {
	__u32 handles[REF_OBJECTS], slots[REF_OBJECTS], weak[REF_WEAKS];
};

static void recount_add(struct recount *count, __u32 *objects, int thing)
{
	if (thing == REF_NONE)
		return;
	if (ref_is_weak(thing))
		count->weak[thing - REF_OBJECTS]++;
	else
		objects[thing]++;
}

/* The handles of a session; false when they are not as many as it says. */
static bool recount_session(struct recount *count, struct ref_session *session)
{
	__u32 open = session->unbound_count;
	int half, at;

	for (half = 0; half < 2; half++) {
		for (at = 0; at < REF_HANDLES; at++) {
			recount_add(count, count->handles, session->entry[half][at].thing);
			open += session->entry[half][at].thing != REF_NONE;
		}
	}
	for (at = 0; at < session->unbound_count; at++)
		recount_add(count, count->handles, session->unbound[at].thing);
	for (at = 0; at < REF_FDS; at++)
		recount_add(count, count->handles, session->fd[at].object);
	return open == session->handles;
}

/* An object and its weak reference know each other, or neither does. */
static bool weak_consistent(struct ref_heap *heap, struct recount *count)
{
	int i, object;

	for (i = 0; i < REF_WEAKS; i++) {
		object = heap->weak[i].object;
		if (heap->weak[i].refs != count->weak[i])
			return false;
		if (count->weak[i] && object != REF_NONE &&
		    (!heap->object[object].alive || heap->object[object].weak != i))
			return false;
	}
	for (i = 0; i < REF_OBJECTS; i++)
		if (heap->object[i].alive && heap->object[i].weak != REF_NONE &&
		    (heap->weak[heap->object[i].weak].object != i ||
		     !heap->weak[heap->object[i].weak].refs))
			return false;
	return true;
}

bool ref_consistent(struct ref_heap *heap)
{
	static struct recount count;
	__u32 alive = 0, j;
	int i;

	memset(&count, 0, sizeof(count));
	for (i = 0; i < REF_ROOTS; i++)
		recount_add(&count, count.handles, heap->root[i]);
	for (i = 0; i < REF_SESSIONS; i++)
		if (!recount_session(&count, &heap->session[i]))
			return false;
	for (i = 0; i < REF_OBJECTS; i++)
		for (j = 0; heap->object[i].alive && j < heap->object[i].slots; j++)
			recount_add(&count, count.slots, heap->object[i].slot[j]);
	for (i = 0; i < REF_OBJECTS; i++) {
		struct ref_object *object = &heap->object[i];

		alive += object->alive;
		if (!object->alive && (count.handles[i] || count.slots[i]))
			return false;
		if (object->alive && (object->handle_refs != count.handles[i] ||
				      object->slot_refs != count.slots[i] ||
				      !(count.handles[i] + count.slots[i])))
			return false;
	}
	return alive == heap->objects && weak_consistent(heap, &count) &&
	       heap->allocated == heap->objects + heap->freed_count + heap->freed_collect;
}

__u64 ref_any_handle(struct ref_session *session, __u64 *seed)
{
	__u32 at = random_below(seed, 2 * REF_HANDLES), i, half, index;

	for (i = 0; i < 2 * REF_HANDLES; i++) {
		half = (at + i) / REF_HANDLES % 2;
		index = (at + i) % REF_HANDLES;
		if (session->entry[half][index].thing != REF_NONE)
			return session->entry[half][index].generation << MHEAP_HANDLE_INDEX_BITS |
			       (half ? MHEAP_HANDLE_CHOSEN : 0) | index;
	}
	return 0;
}
