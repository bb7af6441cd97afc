// SPDX-License-Identifier: GPL-2.0
/* Does what the kernel did agree with the reference heap? See diff_op.h. */
#include <stdio.h>

#include "diff_make.h"

static const char *check_handle(struct diff *diff, struct op *op)
{
	__u64 handle = command_made(op->command, &op->arg);

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

static const char *check_stat(struct op *op, struct ref_object *object,
			      const struct mheap_stat *stat)
{
	if (stat->out_rights != op->rights)
		return "rights";
	if (stat->out_weak != (object->weak != REF_NONE))
		return "weak";

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
	__u64 number;
	__u32 i;

	/* The cursor began at 0, and no object has more slots than fit. */
	if (arg->out_count != object->slots || arg->cursor != DONE)
		return "the slots that were listed";
	for (i = 0; i < arg->out_count; i++) {
		int held = object->slot[i];

		if ((held == REF_NONE) != !op->objects[i])
			return "null in a slot";
		if (ref_is_weak(held) != !!(op->objects[i] & MHEAP_SLOT_WEAK))
			return "weakness of a slot";
		held = ref_upgrade(&diff->ref, held);
		number = op->objects[i] & ~MHEAP_SLOT_WEAK;
		if ((held == REF_NONE) != !number)
			return "what a weak slot refers to";
		if (held == REF_NONE)
			continue;
		wrong = check_number(&diff->ref.object[held], number);
		if (wrong)
			return wrong;
	}
	return NULL;
}

void op_make_stat(struct diff *diff, struct op *op, int session, __u64 handle)
{
	struct mheap_stat *arg = (void *)&op->arg;
	struct ref_entry *entry;

	memset(op, 0, offsetof(struct op, data));
	op->command = MHEAP_CMD_STAT;
	op->session = session;
	op->ret = 0;
	op->makes = false;
	arg->size = sizeof(*arg);
	arg->handle = handle;
	ref_resolve(session_of(diff, op), handle, &entry);
	op->about = entry->thing;
	op->rights = entry->rights & session_of(diff, op)->rights;
	/* The same is true of reads and lists. */
	if (ref_is_weak(op->about))
		op->ret = -EINVAL;
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
	if (!(op->rights & MHEAP_RIGHT_READ) && !op->ret)
		op->ret = -EACCES;
	if (op->ret)
		return;
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
	if (!(op->rights & MHEAP_RIGHT_READ) && !op->ret)
		op->ret = -EACCES;
}

const char *op_check(struct diff *diff, struct op *op, int ret)
{
	if (ret != op->ret)
		return "the errno";
	if (ret)
		return NULL;
	if (op->makes)
		return check_handle(diff, op);
	if (op->exported)
		op->exported->fd = op->arg.object_export.out_fd;
	switch (op->command) {
	case MHEAP_CMD_STAT:
		return check_stat(op, &diff->ref.object[op->about], (void *)&op->arg);
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
