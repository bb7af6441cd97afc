/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A heap as the header describes it, in plain C and one thread, to compare the
 * real one with: what each operation answers, who is referred to how often, and
 * what is alive. Counts free at once; what they do not free is dead when no
 * handle and no root reaches it, and goes when a collection is asked for.
 *
 * What handles and slots refer to is a *thing*: an object, by its index, or a weak
 * reference, by REF_OBJECTS and its index; or REF_NONE.
 */
#ifndef REF_HEAP_H
#define REF_HEAP_H

#include <stdbool.h>
#include <stdio.h>
#include <linux/types.h>

#define REF_SESSIONS 4
#define REF_ROOTS 5
#define REF_OBJECTS 600		/* the heap's limit */
#define REF_HANDLES 300		/* each session's limit, in each half */
#define REF_SLOTS 40		/* of one object, at most */
#define REF_PAYLOAD 700		/* of one object, at most */
#define REF_FDS 8		/* descriptors of objects that a session has, at most */
#define REF_NONE (-1)

/* Each slot and each handle may have one of its own, when the objects are gone. */
#define REF_WEAKS (REF_SESSIONS * 2 * REF_HANDLES + REF_OBJECTS * REF_SLOTS)

struct ref_object {
	bool alive;
	__u32 type;			/* never used twice */
	__u32 slots, payload_bytes;
	int slot[REF_SLOTS];		/* things */
	unsigned char payload[REF_PAYLOAD];
	__u32 handle_refs, slot_refs;
	__u64 number;			/* as the kernel names it; 0: not known */
	bool mark;
	int weak;			/* its weak reference, or REF_NONE */
};

/* What all weak handles and slots to one object refer to. */
struct ref_weak {
	int object;			/* REF_NONE: gone */
	__u32 refs;			/* 0: not in use */
};

/* An entry of a handle table; half 0 is the kernel's, half 1 the caller's. */
struct ref_entry {
	__u64 generation;		/* the last one that was issued */
	int thing;			/* REF_NONE: not in use */
	__u32 rights;
};

/* A descriptor of an object. */
struct ref_fd {
	int fd;
	int object;			/* REF_NONE: not in use */
	__u32 rights;
};

struct ref_session {
	__u32 rights, handles;
	struct ref_entry entry[2][REF_HANDLES];
	struct ref_entry unbound[512];	/* of handles whose value is not known yet */
	int unbound_count;
	struct ref_fd fd[REF_FDS];
};

struct ref_heap {
	struct ref_object object[REF_OBJECTS];
	struct ref_weak weak[REF_WEAKS];
	int root[REF_ROOTS];
	struct ref_session session[REF_SESSIONS];
	__u32 objects, next_type;
	__u64 allocated, freed_count, freed_collect;
};

void ref_init(struct ref_heap *heap);

static inline bool ref_is_weak(int thing)
{
	return thing >= REF_OBJECTS;
}

/* The entry of an open handle, or -ENOENT, -ESTALE. */
int ref_resolve(struct ref_session *session, __u64 handle, struct ref_entry **entry);

/* What making the handle @chosen would answer: 0, -EINVAL, -ESTALE or -EEXIST. */
int ref_may_choose(struct ref_session *session, __u64 chosen);

/* How many handles the kernel's half has open, those not yet bound included. */
int ref_picked(struct ref_session *session);

/*
 * A new handle to @thing: the chosen one, or, when @chosen is 0, one that the
 * kernel picks and ref_bind() makes known, in the order of making.
 */
void ref_make_handle(struct ref_heap *heap, struct ref_session *session, int thing, __u32 rights,
		     __u64 chosen);
bool ref_bind(struct ref_session *session, __u64 handle);

/* The object of a thing, which may be gone: REF_NONE. */
int ref_upgrade(struct ref_heap *heap, int thing);

/* The weak reference to an object, made when there is none; the caller refers to it then. */
int ref_weaken(struct ref_heap *heap, int object);

/* How many objects are referred to weakly. */
__u32 ref_weak_count(struct ref_heap *heap);

/* -EDQUOT when there is no room even after a collection. */
int ref_alloc(struct ref_heap *heap, __u32 slots, __u32 payload_bytes);
void ref_close(struct ref_heap *heap, struct ref_session *session, __u64 handle);
void ref_close_session(struct ref_heap *heap, struct ref_session *session);
void ref_store(struct ref_heap *heap, int object, __u32 index, int value);
void ref_reset(struct ref_heap *heap, int object);
void ref_export(struct ref_heap *heap, struct ref_fd *fd, int object, __u32 rights);
void ref_close_fd(struct ref_heap *heap, struct ref_fd *fd);
void ref_root_set(struct ref_heap *heap, int root, int value);

/* Free what nothing reaches; returns how many. */
__u32 ref_collect(struct ref_heap *heap);

/* Recount everything; false when a count is not what the references say. */
bool ref_consistent(struct ref_heap *heap);

/* An open handle of the session at random: 0 when there is none. */
__u64 ref_any_handle(struct ref_session *session, __u64 *seed);

#endif
