// SPDX-License-Identifier: GPL-2.0-only
/*
 * All that there is to know of the commands, in one place.
 */
#include <linux/build_bug.h>
#include <linux/nospec.h>
#include <linux/stddef.h>

#include "core/object.h"
#include "core/root.h"
#include "dispatch.h"
#include "op.h"

#define TO_READ	MHEAP_RIGHT_READ
#define TO_WRITE	MHEAP_RIGHT_WRITE
#define TO_LINK	MHEAP_RIGHT_LINK
#define TO_SHARE	MHEAP_RIGHT_SHARE
#define TO_COLLECT	MHEAP_RIGHT_COLLECT
#define TO_INSPECT	MHEAP_RIGHT_INSPECT

#define BATCH	MHEAP_COMMAND_BATCH
#define HEAP	MHEAP_COMMAND_HEAP
#define CHOSEN	MHEAP_COMMAND_CHOSEN
#define UNLOCKED MHEAP_OP_UNLOCKED
#define ANSWERS	MHEAP_OP_ANSWERS
#define NULLABLE MHEAP_OP_NULLABLE

/* The structure named as the command, and the last member that it had at first. */
#define ARGUMENT(command, last)							\
	.name = #command,							\
	.size = sizeof(struct mheap_##command),					\
	.size_min = offsetofend(struct mheap_##command, last)

#define RESERVED(command, member)						\
	[offsetof(struct mheap_##command, member) ...				\
	 offsetofend(struct mheap_##command, member) - 1] = 0xff

#define ANSWER(command, first, last)						\
	{ offsetof(struct mheap_##command, first),				\
	  offsetofend(struct mheap_##command, last) - offsetof(struct mheap_##command, first) }

static const struct mheap_op mheap_ops[] = {
	[MHEAP_CMD_QUERY] = {
		ARGUMENT(query, out_event_size),
		.traits = UNLOCKED | ANSWERS,
		.run = mheap_op_query,
	},
	[MHEAP_CMD_QUERY_COMMAND] = {
		ARGUMENT(query_command, out_name),
		.traits = UNLOCKED | ANSWERS,
		.run = mheap_op_query_command,
	},
	[MHEAP_CMD_CREATE] = {
		ARGUMENT(create, out_heap_id),
		.flags = MHEAP_CREATE_RESERVED,
		.traits = ANSWERS,
		.reserved = { RESERVED(create, __reserved) },
		.run = mheap_op_create,
		.settle = mheap_op_settle_heap,
	},
	[MHEAP_CMD_JOIN] = {
		ARGUMENT(join, out_heap_id),
		.traits = ANSWERS,
		.run = mheap_op_join,
		.settle = mheap_op_settle_heap,
	},
	[MHEAP_CMD_EXPORT] = {
		ARGUMENT(export, out_fd),
		.rights = TO_SHARE,
		.traits = HEAP | UNLOCKED | ANSWERS,
		.run = mheap_op_export,
		.settle = mheap_op_settle_fd,
	},
	[MHEAP_CMD_HEAP_STAT] = {
		ARGUMENT(heap_stat, out_handles),
		.traits = HEAP | UNLOCKED | ANSWERS,
		.run = mheap_op_heap_stat,
	},
	[MHEAP_CMD_ROOT_GET] = {
		ARGUMENT(root_get, handle),
		.flags = MHEAP_CHOSEN,
		.rights = TO_READ,
		.traits = HEAP | CHOSEN | ANSWERS,
		.execute = mheap_op_root_get,
		.prepare = mheap_op_prepare_handle,
	},
	[MHEAP_CMD_ROOT_SET] = {
		ARGUMENT(root_set, handle),
		.rights = TO_LINK,
		.traits = HEAP,
		.execute = mheap_op_root_set,
	},
	[MHEAP_CMD_ROOT_EXCHANGE] = {
		ARGUMENT(root_exchange, out_handle),
		.flags = MHEAP_CHOSEN,
		.rights = TO_READ | TO_LINK,
		.traits = HEAP | CHOSEN | NULLABLE | ANSWERS,
		.execute = mheap_op_root_exchange,
		.prepare = mheap_op_prepare_handle,
	},
	[MHEAP_CMD_ROOT_LIST] = {
		ARGUMENT(root_list, out_count),
		.rights = TO_READ,
		.traits = HEAP | ANSWERS,
		.run = mheap_op_root_list,
	},
	[MHEAP_CMD_ALLOC] = {
		ARGUMENT(alloc, out_offset),
		.flags = MHEAP_CHOSEN | MHEAP_ALLOC_OFFSET,
		.answer_flags = MHEAP_ALLOC_OFFSET,
		.rights = TO_WRITE,
		.traits = HEAP | CHOSEN | BATCH | ANSWERS,
		.answer = ANSWER(alloc, handle, out_offset),
		.execute = mheap_op_alloc,
		.prepare = mheap_op_prepare_alloc,
	},
	[MHEAP_CMD_READ] = {
		ARGUMENT(read, __reserved),
		.rights = TO_READ,
		.traits = HEAP | BATCH,
		.reserved = { RESERVED(read, __reserved) },
		.run = mheap_op_read,
	},
	[MHEAP_CMD_WRITE] = {
		ARGUMENT(write, __reserved),
		.rights = TO_WRITE,
		.traits = HEAP | BATCH,
		.reserved = { RESERVED(write, __reserved) },
		.run = mheap_op_write,
	},
	[MHEAP_CMD_STAT] = {
		ARGUMENT(stat, out_bytes),
		.traits = HEAP | ANSWERS,
		.reserved = { RESERVED(stat, __reserved) },
		.execute = mheap_op_stat,
	},
	[MHEAP_CMD_LOAD] = {
		ARGUMENT(load, __reserved),
		.flags = MHEAP_CHOSEN,
		.rights = TO_READ,
		.traits = HEAP | CHOSEN | BATCH | NULLABLE | ANSWERS,
		.answer = ANSWER(load, handle, handle),
		.reserved = { RESERVED(load, __reserved0), RESERVED(load, __reserved) },
		.execute = mheap_op_load,
		.prepare = mheap_op_prepare_handle,
	},
	[MHEAP_CMD_STORE] = {
		ARGUMENT(store, __reserved),
		.flags = MHEAP_STORE_MOVE,
		.rights = TO_LINK,
		.traits = HEAP | BATCH,
		.reserved = { RESERVED(store, __reserved0), RESERVED(store, __reserved) },
		.execute = mheap_op_store,
	},
	[MHEAP_CMD_EXCHANGE] = {
		ARGUMENT(exchange, __reserved),
		.flags = MHEAP_CHOSEN,
		.rights = TO_READ | TO_LINK,
		.traits = HEAP | CHOSEN | BATCH | NULLABLE | ANSWERS,
		.answer = ANSWER(exchange, out_handle, out_handle),
		.reserved = { RESERVED(exchange, __reserved) },
		.execute = mheap_op_exchange,
		.prepare = mheap_op_prepare_handle,
	},
	[MHEAP_CMD_COMPARE_EXCHANGE] = {
		ARGUMENT(compare_exchange, __reserved),
		.rights = TO_READ | TO_LINK,
		.traits = HEAP | BATCH,
		.reserved = { RESERVED(compare_exchange, __reserved) },
		.execute = mheap_op_compare_exchange,
	},
	[MHEAP_CMD_SLOT_LIST] = {
		ARGUMENT(slot_list, out_count),
		.rights = TO_READ,
		.traits = HEAP | ANSWERS,
		.run = mheap_op_slot_list,
	},
	[MHEAP_CMD_DUP] = {
		ARGUMENT(dup, __reserved),
		.flags = MHEAP_CHOSEN,
		.traits = HEAP | CHOSEN | BATCH | ANSWERS,
		.answer = ANSWER(dup, out_handle, out_handle),
		.reserved = { RESERVED(dup, __reserved0), RESERVED(dup, __reserved) },
		.execute = mheap_op_dup,
		.prepare = mheap_op_prepare_handle,
	},
	[MHEAP_CMD_CLOSE] = {
		ARGUMENT(close, __reserved),
		.traits = HEAP | BATCH,
		.reserved = { RESERVED(close, __reserved) },
		.execute = mheap_op_close,
	},
	[MHEAP_CMD_COLLECT] = {
		ARGUMENT(collect, out_collection),
		.flags = MHEAP_COLLECT_WAIT,
		.rights = TO_COLLECT,
		.traits = HEAP | UNLOCKED | ANSWERS,
		.run = mheap_op_collect,
	},
	[MHEAP_CMD_COLLECT_STAT] = {
		ARGUMENT(collect_stat, out_verify_failures),
		.traits = HEAP | UNLOCKED | ANSWERS,
		.run = mheap_op_collect_stat,
	},
	[MHEAP_CMD_WALK] = {
		ARGUMENT(walk, out_count),
		.rights = TO_INSPECT,
		.traits = HEAP | ANSWERS,
		.reserved = { RESERVED(walk, __reserved) },
		.run = mheap_op_walk,
	},
	[MHEAP_CMD_BATCH] = {
		ARGUMENT(batch, out_error),
		.traits = HEAP | ANSWERS,
		.run = mheap_op_batch,
	},
	[MHEAP_CMD_OBJECT_EXPORT] = {
		ARGUMENT(object_export, out_fd),
		.rights = TO_SHARE,
		.traits = HEAP | ANSWERS,
		.run = mheap_op_object_export,
		.settle = mheap_op_settle_fd,
	},
	[MHEAP_CMD_OBJECT_IMPORT] = {
		ARGUMENT(object_import, handle),
		.flags = MHEAP_CHOSEN,
		.traits = HEAP | CHOSEN | ANSWERS,
		.answer = ANSWER(object_import, handle, handle),
		.run = mheap_op_object_import,
	},
	[MHEAP_CMD_WEAKEN] = {
		ARGUMENT(weaken, __reserved),
		.flags = MHEAP_CHOSEN,
		.traits = HEAP | CHOSEN | BATCH | ANSWERS,
		.answer = ANSWER(weaken, out_handle, out_handle),
		.reserved = { RESERVED(weaken, __reserved) },
		.execute = mheap_op_weaken,
		.prepare = mheap_op_prepare_weaken,
	},
	[MHEAP_CMD_UPGRADE] = {
		ARGUMENT(upgrade, __reserved),
		.flags = MHEAP_CHOSEN,
		.traits = HEAP | CHOSEN | BATCH | NULLABLE | ANSWERS,
		.answer = ANSWER(upgrade, out_handle, out_handle),
		.reserved = { RESERVED(upgrade, __reserved) },
		.execute = mheap_op_upgrade,
		.prepare = mheap_op_prepare_handle,
	},
	[MHEAP_CMD_RESET] = {
		ARGUMENT(reset, __reserved),
		.rights = TO_WRITE | TO_LINK,
		.traits = HEAP | BATCH,
		.reserved = { RESERVED(reset, __reserved) },
		.run = mheap_op_reset,
	},
	[MHEAP_CMD_SET] = {
		ARGUMENT(set, local_objects),
		.flags = MHEAP_SET_MAX_BYTES | MHEAP_SET_MAX_OBJECTS | MHEAP_SET_SUSPECT_PERCENT |
			 MHEAP_SET_SUSPECT_MIN | MHEAP_SET_SUSPECT_AGE_MS |
			 MHEAP_SET_LOCAL_OBJECTS | MHEAP_SET_CPU_PERCENT,
		.rights = TO_COLLECT,
		.traits = HEAP | UNLOCKED,
		.reserved = { RESERVED(set, __reserved) },
		.run = mheap_op_set,
	},
	[MHEAP_CMD_EVENTS] = {
		ARGUMENT(events, event_size),
		.traits = HEAP | UNLOCKED | ANSWERS,
		.run = mheap_op_events,
		.settle = mheap_op_settle_fd,
	},
	[MHEAP_CMD_WATCH] = {
		ARGUMENT(watch, cookie),
		.flags = MHEAP_WATCH_REMOVE,
		.traits = HEAP,
		.reserved = { RESERVED(watch, __reserved) },
		.run = mheap_op_watch,
	},
	[MHEAP_CMD_SITE] = {
		ARGUMENT(site, __reserved),
		.rights = TO_WRITE,
		.traits = HEAP | ANSWERS,
		.reserved = { RESERVED(site, __reserved) },
		.run = mheap_op_site,
	},
	[MHEAP_CMD_SITE_LIST] = {
		ARGUMENT(site_list, __reserved),
		.rights = TO_INSPECT,
		.traits = HEAP | ANSWERS,
		.reserved = { RESERVED(site_list, __reserved) },
		.run = mheap_op_site_list,
	},
	[MHEAP_CMD_TYPE_SET] = {
		ARGUMENT(type_set, bytes),
		.rights = TO_WRITE,
		.traits = HEAP,
		.run = mheap_op_type_set,
	},
	[MHEAP_CMD_TYPE_GET] = {
		/* One of two rights will do, for which it looks itself. */
		ARGUMENT(type_get, __reserved),
		.traits = HEAP | ANSWERS,
		.reserved = { RESERVED(type_get, __reserved) },
		.run = mheap_op_type_get,
	},
	[MHEAP_CMD_HEAP_LIST] = {
		ARGUMENT(heap_list, __reserved),
		.traits = UNLOCKED | ANSWERS,
		.reserved = { RESERVED(heap_list, __reserved) },
		.run = mheap_op_heap_list,
	},
	[MHEAP_CMD_INSPECT] = {
		ARGUMENT(inspect, __reserved),
		.traits = ANSWERS,
		.reserved = { RESERVED(inspect, __reserved) },
		.run = mheap_op_inspect,
		.settle = mheap_op_settle_heap,
	},
	[MHEAP_CMD_SESSION_LIST] = {
		ARGUMENT(session_list, __reserved),
		.rights = TO_INSPECT,
		.traits = HEAP | ANSWERS,
		.reserved = { RESERVED(session_list, __reserved) },
		.run = mheap_op_session_list,
	},
	[MHEAP_CMD_SNAPSHOT] = {
		ARGUMENT(snapshot, out_ns),
		.flags = MHEAP_SNAPSHOT_END,
		.rights = TO_INSPECT,
		.traits = HEAP | ANSWERS,
		.run = mheap_op_snapshot,
		.settle = mheap_op_settle_snapshot,
	},
	[MHEAP_CMD_DUMP] = {
		ARGUMENT(dump, out_bytes),
		.flags = MHEAP_DUMP_SNAPSHOT,
		.rights = TO_INSPECT,
		.traits = HEAP | ANSWERS,
		.run = mheap_op_dump,
	},
};

/* A record is the structure of its command. */
#define RECORD(command) static_assert(sizeof(struct mheap_##command) == sizeof(struct mheap_record))
RECORD(alloc);
RECORD(read);
RECORD(write);
RECORD(load);
RECORD(store);
RECORD(exchange);
RECORD(compare_exchange);
RECORD(dup);
RECORD(close);
RECORD(weaken);
RECORD(upgrade);
RECORD(reset);

static_assert(MHEAP_ROOT_NAME == MHEAP_ROOT_NAME_MAX);

/**
 * mheap_op_find - what there is to know of a command
 * @command: a number, as userspace gave it
 *
 * Context: any.
 * Return: the command, or NULL.
 */
const struct mheap_op *mheap_op_find(u32 command)
{
	if (command >= ARRAY_SIZE(mheap_ops))
		return NULL;
	command = array_index_nospec(command, ARRAY_SIZE(mheap_ops));
	return mheap_ops[command].name ? &mheap_ops[command] : NULL;
}

/**
 * mheap_op_count - how many numbers there are for commands
 *
 * Context: any.
 * Return: all commands have smaller numbers.
 */
u32 mheap_op_count(void)
{
	return ARRAY_SIZE(mheap_ops);
}
