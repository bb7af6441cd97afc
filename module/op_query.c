// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/string.h>

#include "core/count.h"
#include "core/root.h"
#include "dispatch.h"
#include "op.h"

int mheap_op_query(struct mheap_call *call)
{
	struct mheap_query *query = &call->arg->query;

	query->out_abi = MHEAP_ABI;
	query->out_commands = mheap_op_count();
	query->out_slots_max = MHEAP_SLOTS_MAX;
	query->out_payload_max = MHEAP_PAYLOAD_MAX;
	query->out_objects_max = 1ULL << 31;
	query->out_slot_refs_max = MHEAP_COUNT_SLOTS / MHEAP_COUNT_SLOT;
	query->out_handle_refs_max = MHEAP_COUNT_HANDLES / MHEAP_COUNT_HANDLE;
	query->out_handles_max = 2 * MHEAP_HANDLES_MAX;
	query->out_roots_max = MHEAP_ROOTS;
	query->out_record_size = sizeof(struct mheap_record);
	query->out_event_size = sizeof(struct mheap_event);
	return 0;
}

int mheap_op_query_command(struct mheap_call *call)
{
	struct mheap_query_command *query = &call->arg->query_command;
	const struct mheap_op *op = mheap_op_find(query->command);

	if (!op)
		return -ENOENT;
	query->out_size = op->size;
	query->out_size_min = op->size_min;
	query->out_command_flags = op->traits & (MHEAP_COMMAND_BATCH | MHEAP_COMMAND_HEAP |
						 MHEAP_COMMAND_CHOSEN);
	query->out_flags = op->flags;
	query->out_rights = op->rights;
	strscpy_pad(query->out_name, op->name, sizeof(query->out_name));
	return 0;
}
