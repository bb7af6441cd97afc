// SPDX-License-Identifier: GPL-2.0
/* Random operations with their expected answers; see diff_op.h. */
#include "diff_make.h"

const char *const root_names[REF_ROOTS] = { "a", "b", "root", "a longer name", "a longer name 2" };

/* A handle that names nothing, and what it answers. */
static __u64 bad_handle(struct diff *diff, struct op *op, bool not_null)
{
	struct ref_session *session = session_of(diff, op);
	struct ref_entry *entry;
	__u32 index, half;
	__u64 handle;
	int i;

	for (i = 0; i < 100; i++) {
		index = random_below(&diff->seed, REF_HANDLES + 10);
		half = random_below(&diff->seed, 2);
		handle = index | (half ? MHEAP_HANDLE_CHOSEN : 0);
		switch (random_below(&diff->seed, 6)) {
		case 0:
			handle = not_null ? 7 : 0;
			break;
		case 1:
			handle = random_next(&diff->seed) << 17 ^ random_next(&diff->seed);
			break;
		case 2:
			break;
		default:
			if (index < REF_HANDLES)
				handle |= (session->entry[half][index].generation +
					   random_below(&diff->seed, 3) - 1)
					  << MHEAP_HANDLE_INDEX_BITS;
		}
		op->ret = ref_resolve(session, handle, &entry);
		if (op->ret < 0 && !(not_null && !handle))
			return handle;
	}
	op->ret = -ENOENT;
	return 1;
}

/* Does a handle do for a command that needs @rights of it? */
static int suits(const struct ref_entry *entry, __u32 rights)
{
	if (rights == ANY_THING)
		return 0;
	if (ref_is_weak(entry->thing) != (rights == WEAK_THING))
		return -EINVAL;
	return rights & MHEAP_RIGHTS_HANDLE & ~entry->rights ? -EACCES : 0;
}

__u64 subject(struct diff *diff, struct op *op, __u32 rights, enum fault fault)
{
	struct ref_session *session = session_of(diff, op);
	bool picky = random_below(&diff->seed, 12);
	struct ref_entry *entry;
	__u64 handle;
	int i, ret;

	for (i = 0; i < 8; i++) {
		handle = ref_any_handle(session, &diff->seed);
		if (fault == BAD_OBJECT || !handle)
			return bad_handle(diff, op, false);
		ref_resolve(session, handle, &entry);
		ret = suits(entry, rights);
		if (!ret || !picky)
			break;
	}
	op->ret = ret;
	op->about = entry->thing;
	op->rights = entry->rights;
	return handle;
}

/* A handle to be stored, or null. */
static __u64 value(struct diff *diff, struct op *op, enum fault fault, int *thing)
{
	bool picky = random_below(&diff->seed, 12);
	struct ref_entry *entry;
	__u64 handle;
	int i;

	*thing = REF_NONE;
	if (fault == BAD_VALUE && !op->ret)
		return bad_handle(diff, op, true);
	for (i = 0; i < 8; i++) {
		handle = random_below(&diff->seed, 6) ?
			 ref_any_handle(session_of(diff, op), &diff->seed) : 0;
		if (!handle)
			return 0;
		ref_resolve(session_of(diff, op), handle, &entry);
		*thing = entry->thing;
		if (!(all_rights(diff, op) & ~entry->rights))
			return handle;
		/* Who loads it would have more. */
		*thing = REF_NONE;
		if (!op->ret && !picky) {
			op->ret = -EACCES;
			return handle;
		}
	}
	return 0;
}

/* What a slot is expected to hold: any handle, or null. */
static __u64 expectation(struct diff *diff, struct op *op, enum fault fault, int *thing)
{
	__u64 handle = random_below(&diff->seed, 6) ?
		       ref_any_handle(session_of(diff, op), &diff->seed) : 0;
	struct ref_entry *entry;

	*thing = REF_NONE;
	if (fault == BAD_VALUE && !op->ret)
		return bad_handle(diff, op, true);
	if (handle) {
		ref_resolve(session_of(diff, op), handle, &entry);
		*thing = entry->thing;
	}
	return handle;
}

/* A handle to the object that a slot has, to load from it or to store in it. */
static __u64 slot_subject(struct diff *diff, struct op *op, enum fault fault)
{
	__u32 rights = op->command == MHEAP_CMD_LOAD ? MHEAP_RIGHT_READ :
		       op->command == MHEAP_CMD_STORE ? MHEAP_RIGHT_LINK :
		       MHEAP_RIGHT_READ | MHEAP_RIGHT_LINK;

	return subject(diff, op, rights, fault);
}

static __u32 slot_index(struct diff *diff, struct op *op, enum fault fault)
{
	__u32 slots = op->ret ? 0 : object_of(diff, op->about)->slots;

	if (fault != BAD_RANGE && slots)
		return random_below(&diff->seed, slots);
	if (!op->ret)
		op->ret = -ERANGE;
	return slots + random_below(&diff->seed, 3) * 1000;
}

__u64 choice(struct diff *diff, struct op *op, enum fault fault)
{
	struct ref_session *session = session_of(diff, op);
	__u32 index = random_below(&diff->seed, 2) ? random_below(&diff->seed, 16) :
		      random_below(&diff->seed, REF_HANDLES);
	struct ref_entry *entry = &session->entry[1][index];
	__u64 chosen = chosen_handle(index, entry->generation + 1);

	op->makes = true;
	if (fault == BAD_CHOICE && !op->ret && op->made != REF_NONE) {
		/* Not what the header leaves open: a later one of an entry in use. */
		if (entry->thing != REF_NONE || random_below(&diff->seed, 2))
			chosen = entry->generation ?
				 chosen_handle(index, 1 + random_next(&diff->seed) %
						      entry->generation) : 1;
		else
			chosen += (1 + random_next(&diff->seed) % 9) << MHEAP_HANDLE_INDEX_BITS;
		op->ret = ref_may_choose(session, chosen);
		op->arg.head.flags |= MHEAP_CHOSEN;
		op->makes = false;
		return chosen;
	}
	if (entry->thing == REF_NONE && !random_below(&diff->seed, 3)) {
		op->arg.head.flags |= MHEAP_CHOSEN;
		op->chosen = chosen;
		return chosen;
	}
	/* Even when the answer turns out to be null. */
	if (!op->ret && ref_picked(session) >= REF_HANDLES)
		op->ret = -EMFILE;
	return 0;
}

void spoil_frame(struct diff *diff, struct op *op, enum fault fault)
{
	if (fault == BAD_FLAG) {
		op->ret = -EOPNOTSUPP;
		op->arg.head.flags |= 4U << random_below(&diff->seed, 30);
	} else {
		op->ret = -EINVAL;
		if (op->command == MHEAP_CMD_ALLOC)
			op->arg.alloc.site = 1;
		else
			op->arg.bytes[sizeof(struct mheap_record) - 1] = 1;
	}
}

/* Make the handle that a successful operation has promised. */
static void make_handle(struct diff *diff, struct op *op)
{
	if (!op->ret && op->makes && op->made != REF_NONE)
		ref_make_handle(&diff->ref, session_of(diff, op), op->made, op->rights, op->chosen);
}

static void make_alloc(struct diff *diff, struct op *op, enum fault fault)
{
	static const __u32 payloads[] = { 0, 0, 1, 8, 16, 31, 32, 64, 100, 255, 256, 700 };
	struct mheap_alloc *arg = &op->arg.alloc;

	arg->slots = random_below(&diff->seed, 3) ? random_below(&diff->seed, 6) :
		     random_below(&diff->seed, REF_SLOTS + 1);
	arg->payload_bytes = payloads[random_below(&diff->seed,
						   sizeof(payloads) / sizeof(payloads[0]))];
	if (fault == BAD_RANGE) {
		op->ret = -EINVAL;
		if (random_below(&diff->seed, 2))
			arg->slots = MHEAP_SLOTS_MAX + 1;
		else
			arg->payload_bytes = MHEAP_PAYLOAD_MAX + 1;
	}
	arg->type = diff->ref.next_type;
	op->made = 0;
	arg->handle = choice(diff, op, fault);
	if (op->ret == -EMFILE && diff->ref.objects == REF_OBJECTS)
		spoil_frame(diff, op, BAD_FLAG);	/* which limit is met first? */
	if (op->ret)
		return;
	op->made = ref_alloc(&diff->ref, arg->slots, arg->payload_bytes);
	op->rights = all_rights(diff, op);
	if (op->made < 0)
		op->ret = op->made;
}

static void make_transfer(struct diff *diff, struct op *op, enum fault fault)
{
	struct mheap_read *arg = &op->arg.read;
	struct ref_object *object;
	__u32 i;

	arg->handle = subject(diff, op, op->command == MHEAP_CMD_READ ? MHEAP_RIGHT_READ :
				   MHEAP_RIGHT_WRITE, fault);
	arg->data_uptr = (unsigned long)op->data;
	if (op->ret)
		return;
	object = object_of(diff, op->about);
	arg->offset = random_below(&diff->seed, object->payload_bytes + 1);
	arg->length = random_below(&diff->seed, object->payload_bytes - arg->offset + 1);
	if (fault == BAD_RANGE) {
		op->ret = -ERANGE;
		arg->length = object->payload_bytes - arg->offset + 1 +
			      random_below(&diff->seed, 2) * (~0U - 800);
	} else if (fault == BAD_ADDRESS && arg->length) {
		op->ret = -EFAULT;
		arg->data_uptr = (unsigned long)diff->arena->nowhere;
	}
	for (i = 0; i < sizeof(op->data); i++)
		op->data[i] = random_next(&diff->seed);
	if (op->ret)
		return;
	if (op->command == MHEAP_CMD_WRITE)
		memcpy(object->payload + arg->offset, op->data, arg->length);
	else
		memcpy(op->expected, object->payload + arg->offset, arg->length);
}

/* The object that a slot refers to, weakly or not. */
static int held(struct diff *diff, struct op *op, __u32 index)
{
	return ref_upgrade(&diff->ref, object_of(diff, op->about)->slot[index]);
}

static void make_load(struct diff *diff, struct op *op, enum fault fault)
{
	struct mheap_load *arg = &op->arg.load;

	arg->object = slot_subject(diff, op, fault);
	arg->index = slot_index(diff, op, fault);
	op->made = op->ret ? REF_NONE : held(diff, op, arg->index);
	arg->handle = choice(diff, op, fault);
}

static void make_store(struct diff *diff, struct op *op, enum fault fault)
{
	struct mheap_store *arg = (void *)&op->arg;
	int object;

	arg->object = slot_subject(diff, op, fault);
	arg->index = slot_index(diff, op, fault);
	arg->value = value(diff, op, fault, &object);
	if (!random_below(&diff->seed, 3))
		arg->flags |= MHEAP_STORE_MOVE;
	if (op->ret)
		return;
	ref_store(&diff->ref, op->about, arg->index, object);
	if (arg->value && arg->flags & MHEAP_STORE_MOVE)
		ref_close(&diff->ref, session_of(diff, op), arg->value);
}

static void make_exchange(struct diff *diff, struct op *op, enum fault fault)
{
	struct mheap_exchange *arg = &op->arg.exchange;
	int object;

	arg->object = slot_subject(diff, op, fault);
	arg->index = slot_index(diff, op, fault);
	arg->value = value(diff, op, fault, &object);
	op->made = op->ret ? REF_NONE : held(diff, op, arg->index);
	arg->out_handle = choice(diff, op, fault);
	if (op->ret)
		return;
	make_handle(diff, op);	/* first, so that what was there stays */
	ref_store(&diff->ref, op->about, arg->index, object);
}

static void make_compare_exchange(struct diff *diff, struct op *op, enum fault fault)
{
	struct mheap_compare_exchange *arg = (void *)&op->arg;
	int object, expected, there;

	arg->object = slot_subject(diff, op, fault);
	arg->index = slot_index(diff, op, fault);
	arg->expected = expectation(diff, op, random_below(&diff->seed, 2) ? fault : NO_FAULT,
				    &expected);
	arg->value = value(diff, op, op->ret ? NO_FAULT : fault, &object);
	if (op->ret)
		return;
	there = object_of(diff, op->about)->slot[arg->index];
	/* More often than by chance, it is what is there. */
	if (there == REF_NONE && random_below(&diff->seed, 2)) {
		arg->expected = 0;
		expected = REF_NONE;
	}
	if (there == expected)
		ref_store(&diff->ref, op->about, arg->index, object);
	else
		op->ret = -EAGAIN;
}

static void make_reset(struct diff *diff, struct op *op, enum fault fault)
{
	op->arg.close.handle = subject(diff, op, MHEAP_RIGHT_WRITE | MHEAP_RIGHT_LINK, fault);
	if (!op->ret)
		ref_reset(&diff->ref, op->about);
}

/* A root cannot be weak. */
static __u64 root_value(struct diff *diff, struct op *op, enum fault fault, int *object)
{
	__u64 handle = value(diff, op, fault, object);

	if (!op->ret && ref_is_weak(*object))
		op->ret = -EINVAL;
	return handle;
}

static void make_root(struct diff *diff, struct op *op, enum fault fault)
{
	int root = random_below(&diff->seed, REF_ROOTS), object = REF_NONE;
	struct mheap_root_exchange *arg = &op->arg.root_exchange;
	int held = diff->ref.root[root];

	strcpy(arg->name, root_names[root]);
	op->rights = all_rights(diff, op);
	if (fault == BAD_RANGE) {
		op->ret = -EINVAL;
		if (random_below(&diff->seed, 2))
			arg->name[0] = 0;
		else
			arg->name[MHEAP_ROOT_NAME_MAX - 1] = 'x';
	}
	if (op->command == MHEAP_CMD_ROOT_GET) {
		if (held == REF_NONE && !op->ret)
			op->ret = -ENOENT;
		op->made = op->ret ? REF_NONE : held;
		op->arg.root_get.handle = choice(diff, op, fault);
		return;
	}
	arg->handle = root_value(diff, op, fault, &object);
	if (op->command == MHEAP_CMD_ROOT_EXCHANGE) {
		op->made = op->ret ? REF_NONE : held;
		arg->out_handle = choice(diff, op, fault);
	} else if (!op->ret && !arg->handle && held == REF_NONE) {
		op->ret = -ENOENT;
	}
	if (op->ret)
		return;
	make_handle(diff, op);
	ref_root_set(&diff->ref, root, object);
}

/* Weights; the first ones may be records of a batch. */
static const struct {
	__u32 command, weight, rights, size;
	void (*make)(struct diff *diff, struct op *op, enum fault fault);
} kinds[] = {
#define KIND(name, structure, weight, rights, make)			\
	{ MHEAP_CMD_##name, weight, rights, sizeof(struct mheap_##structure), make }
#define TO_READ MHEAP_RIGHT_READ
#define TO_WRITE MHEAP_RIGHT_WRITE
#define TO_LINK MHEAP_RIGHT_LINK
	KIND(ALLOC, alloc, 14, TO_WRITE, make_alloc),
	KIND(READ, read, 5, TO_READ, make_transfer),
	KIND(WRITE, write, 5, TO_WRITE, make_transfer),
	KIND(LOAD, load, 10, TO_READ, make_load),
	KIND(STORE, store, 20, TO_LINK, make_store),
	KIND(EXCHANGE, exchange, 6, TO_LINK | TO_READ, make_exchange),
	KIND(COMPARE_EXCHANGE, compare_exchange, 6, TO_LINK | TO_READ, make_compare_exchange),
	KIND(DUP, dup, 5, 0, make_dup),
	KIND(WEAKEN, weaken, 6, 0, make_weaken),
	KIND(UPGRADE, upgrade, 5, 0, make_upgrade),
	KIND(RESET, reset, 1, TO_WRITE | TO_LINK, make_reset),
	KIND(CLOSE, close, 0, 0, make_close),
	KIND(ROOT_GET, root_get, 5, TO_READ, make_root),
	KIND(ROOT_SET, root_set, 4, TO_LINK, make_root),
	KIND(ROOT_EXCHANGE, root_exchange, 3, TO_LINK | TO_READ, make_root),
	KIND(OBJECT_EXPORT, object_export, 3, MHEAP_RIGHT_SHARE, make_object_export),
	KIND(OBJECT_IMPORT, object_import, 4, 0, make_object_import),
};

#define BATCHED 12		/* of them */

/* What would be valid, of an operation whose frame is not. Nothing is carried out. */
static void make_refused(struct diff *diff, struct op *op, bool batched)
{
	if (op->command == MHEAP_CMD_OBJECT_EXPORT || op->command == MHEAP_CMD_OBJECT_IMPORT)
		return;
	if (!batched)
		strcpy(op->arg.root_get.name, "a");
	else if (op->command != MHEAP_CMD_ALLOC)
		op->arg.load.object = ref_any_handle(session_of(diff, op), &diff->seed);
}

void op_make(struct diff *diff, struct op *op, int session, bool batched)
{
	__u32 closes = diff->growing ? 8 : 30, all = closes, at, i;
	enum fault fault = random_below(&diff->seed, 10) ? NO_FAULT :
			   random_below(&diff->seed, FAULTS);
	__u32 count = batched ? BATCHED : (sizeof(kinds) / sizeof(kinds[0])), rights;
	bool full;

	memset(op, 0, sizeof(*op));
	op->session = session;
	op->made = REF_NONE;
	op->about = REF_NONE;
	for (i = 0; i < count; i++)
		all += kinds[i].weight;
	at = random_below(&diff->seed, all);
	for (i = 0; i < count; i++) {
		__u32 weight = kinds[i].command == MHEAP_CMD_CLOSE ? closes : kinds[i].weight;

		if (at < weight)
			break;
		at -= weight;
	}
	op->command = kinds[i].command;
	op->arg.size = kinds[i].size;

	/* A full table, and a right that lacks, are faults enough. */
	rights = kinds[i].rights & ~session_of(diff, op)->rights;
	full = ref_picked(session_of(diff, op)) >= REF_HANDLES;
	if (rights || full)
		fault = NO_FAULT;
	if (fault == BAD_RESERVED && i >= BATCHED)
		fault = BAD_FLAG;
	if (rights)
		op->ret = -EACCES;
	if (fault == BAD_FLAG || fault == BAD_RESERVED)
		spoil_frame(diff, op, fault);
	if (op->ret) {
		make_refused(diff, op, i < BATCHED);
		return;
	}
	kinds[i].make(diff, op, fault);
	/* Is the full table found first, or what else is wrong? */
	if (full && op->makes && op->ret && op->ret != -EMFILE)
		spoil_frame(diff, op, BAD_FLAG);
	if (op->command != MHEAP_CMD_EXCHANGE && op->command != MHEAP_CMD_ROOT_EXCHANGE)
		make_handle(diff, op);
}
