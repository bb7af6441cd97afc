// SPDX-License-Identifier: GPL-2.0
/* Does what the kernel did agree with the reference heap? See diff_op.h. */
#include <stdio.h>

#include "diff_op.h"

/* The handle that a command has answered. */
static __u64 answer(const struct op *op)
{
	switch (op->command) {
	case MHEAP_CMD_ALLOC:
		return op->arg.alloc.handle;
	case MHEAP_CMD_LOAD:
		return op->arg.load.handle;
	case MHEAP_CMD_EXCHANGE:
		return op->arg.exchange.out_handle;
	case MHEAP_CMD_DUP:
		return op->arg.dup.out_handle;
	case MHEAP_CMD_ROOT_GET:
		return op->arg.root_get.handle;
	case MHEAP_CMD_ROOT_EXCHANGE:
		return op->arg.root_exchange.out_handle;
	}
	return 0;
}

static const char *check_handle(struct diff *diff, struct op *op)
{
	__u64 handle = answer(op);

	if (op->made == REF_NONE)
		return handle ? "a handle instead of null" : NULL;
	if (!handle)
		return "null instead of a handle";
	if (op->chosen)
		return handle == op->chosen ? NULL : "not the chosen handle";
	return ref_bind(&diff->ref.session[op->session], handle) ? NULL :
	       "a handle that the kernel may not pick";
}

static const char *check_number(struct ref_object *object, __u64 number)
{
	if (!number)
		return "the number of an object is 0";
	if (!object->number)
		object->number = number;
	return object->number == number ? NULL : "the number of an object changed";
}

static const char *check_stat(struct ref_object *object, const struct mheap_stat *stat)
{
	if (stat->out_type != object->type)
		return "type";
	if (stat->out_slots != object->slots)
		return "slots";
	if (stat->out_payload_bytes != object->payload_bytes)
		return "payload_bytes";
	if (stat->out_handle_refs != object->handle_refs)
		return "handle_refs";
	if (stat->out_slot_refs != object->slot_refs)
		return "slot_refs";
	return check_number(object, stat->out_object);
}

static const char *check_slot_list(struct diff *diff, struct op *op)
{
	struct ref_object *object = &diff->ref.object[op->about];
	struct mheap_slot_list *arg = &op->arg.slot_list;
	const char *wrong;
	__u32 i;

	/* The cursor began at 0, and no object has more slots than fit. */
	if (arg->out_count != object->slots || arg->cursor != DONE)
		return "the slots that were listed";
	for (i = 0; i < arg->out_count; i++) {
		int held = object->slot[i];

		if ((held == REF_NONE) != !op->objects[i])
			return "null in a slot";
		if (held == REF_NONE)
			continue;
		wrong = check_number(&diff->ref.object[held], op->objects[i]);
		if (wrong)
			return wrong;
	}
	return NULL;
}

const char *op_check(struct diff *diff, struct op *op, int ret)
{
	if (ret != op->ret)
		return "the errno";
	if (ret)
		return NULL;
	if (op->makes)
		return check_handle(diff, op);
	switch (op->command) {
	case MHEAP_CMD_STAT:
		return check_stat(&diff->ref.object[op->about], (void *)&op->arg);
	case MHEAP_CMD_SLOT_LIST:
		return check_slot_list(diff, op);
	case MHEAP_CMD_READ:
		return memcmp(op->data, op->expected, op->arg.read.length) ? "the payload" : NULL;
	}
	return NULL;
}

void op_describe(const struct op *op, int ret, char *text, size_t room)
{
	const __u64 *args = (const void *)&op->arg;

	snprintf(text, room,
		 "session %d command %#x flags %#x args %#llx %#llx %#llx %#llx: %d, expected %d%s",
		 op->session, op->command, op->arg.head.flags, args[1], args[2], args[3],
		 args[4], ret, op->ret, op->makes ? " and a handle" : "");
}
