// SPDX-License-Identifier: GPL-2.0
/* Random operations with their expected answers; see diff_op.h. */
#include "diff_op.h"

const char *const root_names[REF_ROOTS] = { "a", "b", "root", "a longer name", "a longer name 2" };

/* One thing, at most, is wrong with an operation, so that its errno is certain. */
enum fault {
	NO_FAULT, BAD_OBJECT, BAD_VALUE, BAD_RANGE, BAD_FLAG, BAD_RESERVED, BAD_CHOICE,
	BAD_ADDRESS, FAULTS,
};

static struct ref_session *session_of(struct diff *diff, struct op *op)
{
	return &diff->ref.session[op->session];
}

static struct ref_object *object_of(struct diff *diff, int object)
{
	return &diff->ref.object[object];
}

/* A handle that names nothing, and what it answers. */
static __u64 bad_handle(struct diff *diff, struct op *op, bool not_null)
{
	struct ref_session *session = session_of(diff, op);
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
		op->ret = ref_resolve(session, handle);
		if (op->ret < 0 && !(not_null && !handle))
			return handle;
	}
	op->ret = -ENOENT;
	return 1;
}

/* A handle as the object that an operation is about. */
static __u64 subject(struct diff *diff, struct op *op, enum fault fault)
{
	__u64 handle = ref_any_handle(session_of(diff, op), &diff->seed);

	if (fault == BAD_OBJECT || !handle)
		return bad_handle(diff, op, false);
	op->about = ref_resolve(session_of(diff, op), handle);
	return handle;
}

/* A handle to be stored, or null. */
static __u64 value(struct diff *diff, struct op *op, enum fault fault, int *object)
{
	__u64 handle = random_below(&diff->seed, 6) ?
		       ref_any_handle(session_of(diff, op), &diff->seed) : 0;

	*object = REF_NONE;
	if (fault == BAD_VALUE && !op->ret)
		return bad_handle(diff, op, true);
	if (handle)
		*object = ref_resolve(session_of(diff, op), handle);
	return handle;
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

/* Will it be told which handle to make? Sets the flag, and what the choice is. */
static __u64 choice(struct diff *diff, struct op *op, enum fault fault)
{
	struct ref_session *session = session_of(diff, op);
	__u32 index = random_below(&diff->seed, 2) ? random_below(&diff->seed, 16) :
		      random_below(&diff->seed, REF_HANDLES);
	struct ref_entry *entry = &session->entry[1][index];
	__u64 chosen = chosen_handle(index, entry->generation + 1);

	op->makes = true;
	if (fault == BAD_CHOICE && !op->ret && op->made != REF_NONE) {
		/* Not what the header leaves open: a later one of an entry in use. */
		if (entry->object != REF_NONE || random_below(&diff->seed, 2))
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
	if (entry->object == REF_NONE && !random_below(&diff->seed, 3)) {
		op->arg.head.flags |= MHEAP_CHOSEN;
		op->chosen = chosen;
		return chosen;
	}
	/* Even when the answer turns out to be null. */
	if (!op->ret && ref_picked(session) >= REF_HANDLES)
		op->ret = -EMFILE;
	return 0;
}

/* What is wrong with the frame of the call, whatever the command. */
static void spoil_frame(struct diff *diff, struct op *op, enum fault fault)
{
	if (fault == BAD_FLAG) {
		op->ret = -EOPNOTSUPP;
		op->arg.head.flags |= 2U << random_below(&diff->seed, 31);
	} else {
		op->ret = -EINVAL;
		op->arg.bytes[sizeof(struct mheap_record) - 1] = 1;
	}
}

/* Make the handle that a successful operation has promised. */
static void make_handle(struct diff *diff, struct op *op)
{
	if (!op->ret && op->makes && op->made != REF_NONE)
		ref_make_handle(&diff->ref, session_of(diff, op), op->made, op->chosen);
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
	if (op->made < 0)
		op->ret = op->made;
}

static void make_transfer(struct diff *diff, struct op *op, enum fault fault)
{
	struct mheap_read *arg = &op->arg.read;
	struct ref_object *object;
	__u32 i;

	arg->handle = subject(diff, op, fault);
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

static void make_load(struct diff *diff, struct op *op, enum fault fault)
{
	struct mheap_load *arg = &op->arg.load;

	arg->object = subject(diff, op, fault);
	arg->index = slot_index(diff, op, fault);
	op->made = op->ret ? REF_NONE : object_of(diff, op->about)->slot[arg->index];
	arg->handle = choice(diff, op, fault);
}

static void make_store(struct diff *diff, struct op *op, enum fault fault)
{
	struct mheap_store *arg = (void *)&op->arg;
	int object;

	arg->object = subject(diff, op, fault);
	arg->index = slot_index(diff, op, fault);
	arg->value = value(diff, op, fault, &object);
	if (!op->ret)
		ref_store(&diff->ref, op->about, arg->index, object);
}

static void make_exchange(struct diff *diff, struct op *op, enum fault fault)
{
	struct mheap_exchange *arg = &op->arg.exchange;
	int object;

	arg->object = subject(diff, op, fault);
	arg->index = slot_index(diff, op, fault);
	arg->value = value(diff, op, fault, &object);
	op->made = op->ret ? REF_NONE : object_of(diff, op->about)->slot[arg->index];
	arg->out_handle = choice(diff, op, fault);
	if (op->ret)
		return;
	make_handle(diff, op);	/* first, so that what was there stays */
	ref_store(&diff->ref, op->about, arg->index, object);
}

static void make_compare_exchange(struct diff *diff, struct op *op, enum fault fault)
{
	struct mheap_compare_exchange *arg = (void *)&op->arg;
	int object, expected, held;

	arg->object = subject(diff, op, fault);
	arg->index = slot_index(diff, op, fault);
	arg->expected = value(diff, op, random_below(&diff->seed, 2) ? fault : NO_FAULT, &expected);
	arg->value = value(diff, op, op->ret ? NO_FAULT : fault, &object);
	if (op->ret)
		return;
	held = object_of(diff, op->about)->slot[arg->index];
	/* More often than by chance, it is what is there. */
	if (held == REF_NONE && random_below(&diff->seed, 2)) {
		arg->expected = 0;
		expected = REF_NONE;
	}
	if (held == expected)
		ref_store(&diff->ref, op->about, arg->index, object);
	else
		op->ret = -EAGAIN;
}

static void make_dup(struct diff *diff, struct op *op, enum fault fault)
{
	op->arg.dup.handle = subject(diff, op, fault);
	op->made = op->about;
	op->arg.dup.out_handle = choice(diff, op, fault);
}

static void make_close(struct diff *diff, struct op *op, enum fault fault)
{
	op->arg.close.handle = subject(diff, op, fault);
	if (!op->ret)
		ref_close(&diff->ref, session_of(diff, op), op->arg.close.handle);
}

static void make_root(struct diff *diff, struct op *op, enum fault fault)
{
	int root = random_below(&diff->seed, REF_ROOTS), object = REF_NONE;
	struct mheap_root_exchange *arg = &op->arg.root_exchange;
	int held = diff->ref.root[root];

	strcpy(arg->name, root_names[root]);
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
	arg->handle = value(diff, op, fault, &object);
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

void op_make_stat(struct diff *diff, struct op *op, int session, __u64 handle)
{
	struct mheap_stat *arg = (void *)&op->arg;

	memset(op, 0, offsetof(struct op, data));
	op->command = MHEAP_CMD_STAT;
	op->session = session;
	op->ret = 0;
	op->makes = false;
	arg->size = sizeof(*arg);
	arg->handle = handle;
	op->about = ref_resolve(session_of(diff, op), handle);
}

void op_make_read_all(struct diff *diff, struct op *op, int session, __u64 handle)
{
	struct mheap_read *arg = &op->arg.read;

	op_make_stat(diff, op, session, handle);
	op->command = MHEAP_CMD_READ;
	memset(arg, 0, sizeof(op->arg));
	arg->size = sizeof(*arg);
	arg->handle = handle;
	arg->data_uptr = (unsigned long)op->data;
	arg->length = object_of(diff, op->about)->payload_bytes;
	memcpy(op->expected, object_of(diff, op->about)->payload, arg->length);
}

void op_make_slot_list(struct diff *diff, struct op *op, int session, __u64 handle, __u64 cursor)
{
	struct mheap_slot_list *arg = &op->arg.slot_list;

	op_make_stat(diff, op, session, handle);
	op->command = MHEAP_CMD_SLOT_LIST;
	memset(arg, 0, sizeof(op->arg));
	arg->size = sizeof(*arg);
	arg->handle = handle;
	arg->cursor = cursor;
	arg->objects_uptr = (unsigned long)op->objects;
	arg->count = OP_LIST;
}

/* Weights; the first ones may be records of a batch. */
static const struct {
	__u32 command, weight, rights;
	void (*make)(struct diff *diff, struct op *op, enum fault fault);
} kinds[] = {
	{ MHEAP_CMD_ALLOC, 14, MHEAP_RIGHT_WRITE, make_alloc },
	{ MHEAP_CMD_READ, 5, MHEAP_RIGHT_READ, make_transfer },
	{ MHEAP_CMD_WRITE, 5, MHEAP_RIGHT_WRITE, make_transfer },
	{ MHEAP_CMD_LOAD, 10, MHEAP_RIGHT_READ, make_load },
	{ MHEAP_CMD_STORE, 20, MHEAP_RIGHT_LINK, make_store },
	{ MHEAP_CMD_EXCHANGE, 6, MHEAP_RIGHT_LINK | MHEAP_RIGHT_READ, make_exchange },
	{ MHEAP_CMD_COMPARE_EXCHANGE, 6, MHEAP_RIGHT_LINK | MHEAP_RIGHT_READ,
	  make_compare_exchange },
	{ MHEAP_CMD_DUP, 5, 0, make_dup },
	{ MHEAP_CMD_CLOSE, 0, 0, make_close },
	{ MHEAP_CMD_ROOT_GET, 5, MHEAP_RIGHT_READ, make_root },
	{ MHEAP_CMD_ROOT_SET, 4, MHEAP_RIGHT_LINK, make_root },
	{ MHEAP_CMD_ROOT_EXCHANGE, 3, MHEAP_RIGHT_LINK | MHEAP_RIGHT_READ, make_root },
};

#define BATCHED 9		/* of them */

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
	op->arg.size = i < BATCHED ? sizeof(struct mheap_record) :
		       op->command == MHEAP_CMD_ROOT_EXCHANGE ? sizeof(struct mheap_root_exchange) :
		       sizeof(struct mheap_root_get);

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
		int ret = op->ret;

		/* Valid handles all the same; nothing is carried out. */
		if (i < BATCHED && kinds[i].command != MHEAP_CMD_ALLOC)
			op->arg.load.object = ref_any_handle(session_of(diff, op), &diff->seed);
		else if (i >= BATCHED)
			strcpy(op->arg.root_get.name, "a");
		op->ret = ret;
		return;
	}
	kinds[i].make(diff, op, fault);
	/* Is the full table found first, or what else is wrong? */
	if (full && op->makes && op->ret && op->ret != -EMFILE)
		spoil_frame(diff, op, BAD_FLAG);
	if (op->command != MHEAP_CMD_EXCHANGE && op->command != MHEAP_CMD_ROOT_EXCHANGE)
		make_handle(diff, op);
}
