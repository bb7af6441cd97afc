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
	for (i = 0; i < REF_SESSIONS; i++)
		for (half = 0; half < 2; half++)
			for (j = 0; j < REF_HANDLES; j++)
				heap->session[i].entry[half][j].object = REF_NONE;
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

int ref_resolve(struct ref_session *session, __u64 handle)
{
	struct ref_entry *entry = entry_of(session, handle);
	__u64 generation = generation_of(handle);

	if (!entry || !generation || generation > entry->generation)
		return -ENOENT;
	if (generation < entry->generation || entry->object == REF_NONE)
		return -ESTALE;
	return entry->object;
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
		return entry->object == REF_NONE ? -ESTALE : -EEXIST;
	return generation == entry->generation + 1 && entry->object == REF_NONE ? 0 : -EINVAL;
}

int ref_picked(struct ref_session *session)
{
	int i, count = session->unbound_count;

	for (i = 0; i < REF_HANDLES; i++)
		count += session->entry[0][i].object != REF_NONE;
	return count;
}

void ref_make_handle(struct ref_heap *heap, struct ref_session *session, int object, __u64 chosen)
{
	struct ref_entry *entry;

	heap->object[object].handle_refs++;
	session->handles++;
	if (!chosen) {
		session->unbound[session->unbound_count++] = object;
		return;
	}
	entry = entry_of(session, chosen);
	entry->generation = generation_of(chosen);
	entry->object = object;
}

bool ref_bind(struct ref_session *session, __u64 handle)
{
	struct ref_entry *entry = entry_of(session, handle);

	if (!session->unbound_count || handle & MHEAP_HANDLE_CHOSEN || !entry ||
	    entry->object != REF_NONE || generation_of(handle) != entry->generation + 1)
		return false;
	entry->generation++;
	entry->object = session->unbound[0];
	session->unbound_count--;
	memmove(session->unbound, session->unbound + 1,
		session->unbound_count * sizeof(session->unbound[0]));
	return true;
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
		object->alive = false;
		heap->objects--;
		heap->freed_count++;
		for (i = 0; i < object->slots; i++) {
			next = object->slot[i];
			if (next != REF_NONE && !--heap->object[next].slot_refs)
				stack[depth++] = next;
		}
	}
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
	for (i = 0; i < REF_SLOTS; i++)
		object->slot[i] = REF_NONE;
	heap->objects++;
	heap->allocated++;
	return at;
}

static void drop_handle(struct ref_heap *heap, struct ref_session *session,
			struct ref_entry *entry)
{
	int object = entry->object;

	entry->object = REF_NONE;
	session->handles--;
	heap->object[object].handle_refs--;
	release(heap, object);
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
			if (session->entry[half][i].object != REF_NONE)
				drop_handle(heap, session, &session->entry[half][i]);
			session->entry[half][i].generation = 0;
		}
	}
}

void ref_store(struct ref_heap *heap, int object, __u32 index, int value)
{
	int old = heap->object[object].slot[index];

	if (value != REF_NONE)
		heap->object[value].slot_refs++;
	heap->object[object].slot[index] = value;
	if (old != REF_NONE) {
		heap->object[old].slot_refs--;
		release(heap, old);
	}
}

void ref_root_set(struct ref_heap *heap, int root, int value)
{
	int old = heap->root[root];

	if (value != REF_NONE)
		heap->object[value].handle_refs++;
	heap->root[root] = value;
	if (old != REF_NONE) {
		heap->object[old].handle_refs--;
		release(heap, old);
	}
}

static void mark_from(struct ref_heap *heap, int first)
{
	int stack[REF_OBJECTS], depth = 0, next;
	__u32 i;

	if (heap->object[first].mark)
		return;
	heap->object[first].mark = true;
	stack[depth++] = first;
	while (depth) {
		struct ref_object *object = &heap->object[stack[--depth]];

		for (i = 0; i < object->slots; i++) {
			next = object->slot[i];
			if (next != REF_NONE && !heap->object[next].mark) {
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
		if (heap->root[i] != REF_NONE)
			mark_from(heap, heap->root[i]);
	for (s = 0; s < REF_SESSIONS; s++) {
		struct ref_session *session = &heap->session[s];

		for (half = 0; half < 2; half++)
			for (at = 0; at < REF_HANDLES; at++)
				if (session->entry[half][at].object != REF_NONE)
					mark_from(heap, session->entry[half][at].object);
		for (at = 0; at < session->unbound_count; at++)
			mark_from(heap, session->unbound[at]);
	}
	for (i = 0; i < REF_OBJECTS; i++) {
		struct ref_object *object = &heap->object[i];

		if (!object->alive || object->mark)
			continue;
		object->alive = false;
		freed++;
		for (j = 0; j < object->slots; j++)
			if (object->slot[j] != REF_NONE)
				heap->object[object->slot[j]].slot_refs--;
	}
	heap->objects -= freed;
	heap->freed_collect += freed;
	return freed;
}

bool ref_consistent(struct ref_heap *heap)
{
	__u32 handles[REF_OBJECTS] = {}, slots[REF_OBJECTS] = {}, alive = 0, j;
	int i, half, at, s;

	for (i = 0; i < REF_ROOTS; i++)
		if (heap->root[i] != REF_NONE)
			handles[heap->root[i]]++;
	for (s = 0; s < REF_SESSIONS; s++) {
		struct ref_session *session = &heap->session[s];
		__u32 open = session->unbound_count;

		for (half = 0; half < 2; half++) {
			for (at = 0; at < REF_HANDLES; at++) {
				if (session->entry[half][at].object == REF_NONE)
					continue;
				handles[session->entry[half][at].object]++;
				open++;
			}
		}
		for (at = 0; at < session->unbound_count; at++)
			handles[session->unbound[at]]++;
		if (open != session->handles)
			return false;
	}
	for (i = 0; i < REF_OBJECTS; i++)
		for (j = 0; heap->object[i].alive && j < heap->object[i].slots; j++)
			if (heap->object[i].slot[j] != REF_NONE)
				slots[heap->object[i].slot[j]]++;
	for (i = 0; i < REF_OBJECTS; i++) {
		struct ref_object *object = &heap->object[i];

		alive += object->alive;
		if (!object->alive && (handles[i] || slots[i]))
			return false;
		if (object->alive && (object->handle_refs != handles[i] ||
				      object->slot_refs != slots[i] || !(handles[i] + slots[i])))
			return false;
	}
	return alive == heap->objects &&
	       heap->allocated == heap->objects + heap->freed_count + heap->freed_collect;
}

__u64 ref_any_handle(struct ref_session *session, __u64 *seed)
{
	__u32 at = random_below(seed, 2 * REF_HANDLES), i, half, index;

	for (i = 0; i < 2 * REF_HANDLES; i++) {
		half = (at + i) / REF_HANDLES % 2;
		index = (at + i) % REF_HANDLES;
		if (session->entry[half][index].object != REF_NONE)
			return session->entry[half][index].generation << MHEAP_HANDLE_INDEX_BITS |
			       (half ? MHEAP_HANDLE_CHOSEN : 0) | index;
	}
	return 0;
}
