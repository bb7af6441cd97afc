// SPDX-License-Identifier: GPL-2.0
/* A valid argument of every command; see command_args.h. */
#include "command_args.h"

#define COMMANDS_KNOWN	(MHEAP_CMD_DUMP + 1)

/* The numbers that are commands. What is newer than these helpers is left alone. */
static int subject_ask(struct subject *s)
{
	struct mheap_query query;
	__u32 i;
	int ret = raw_query(s->fd, &query);

	s->commands = query.out_commands < COMMANDS_KNOWN ? query.out_commands : COMMANDS_KNOWN;
	for (i = 0; !ret && i < s->commands; i++) {
		ret = raw_query_command(s->fd, i, &s->command[i]);
		if (ret == -ENOENT)
			ret = 0;
	}
	return ret;
}

static int subject_make_queue(struct subject *s)
{
	union command_arg arg;
	int ret;

	command_prepare(s, MHEAP_CMD_EVENTS, 0, &arg);
	arg.size = sizeof(arg.events);
	ret = raw_call(s->fd, MHEAP_CMD_EVENTS, &arg);
	s->events_fd = arg.events.out_fd;
	return ret;
}

int subject_make(struct subject *s)
{
	struct mheap_create options = { .suspect_age_ms = 3600000 };
	int ret;

	memset(s, 0, sizeof(*s));
	s->fd = raw_new_heap(&options);
	if (s->fd < 0)
		return s->fd;
	s->heap_id = options.out_heap_id;
	s->heap_fd = raw_export(s->fd, MHEAP_RIGHTS_ALL);
	if (s->heap_fd < 0)
		return s->heap_fd;
	ret = raw_alloc(s->fd, 4, 64, 7, &s->object);
	if (!ret)
		ret = raw_root_set(s->fd, "root", s->object);
	if (!ret)
		ret = raw_weaken(s->fd, s->object, &s->weak);
	if (ret)
		return ret;
	s->object_fd = raw_object_export(s->fd, s->object, MHEAP_RIGHTS_HANDLE);
	if (s->object_fd < 0)
		return s->object_fd;
	ret = subject_make_queue(s);
	return ret ? ret : subject_ask(s);
}

void subject_end(struct subject *s)
{
	close(s->fd);
	close(s->heap_fd);
	close(s->object_fd);
	close(s->events_fd);
}

__u32 command_next(const struct subject *s, __u32 from)
{
	while (from < s->commands && !s->command[from].out_size)
		from++;
	return from;
}

bool command_takes_weak(__u32 command)
{
	return command == MHEAP_CMD_UPGRADE || command == MHEAP_CMD_WATCH;
}

bool command_makes_session(__u32 command)
{
	return command == MHEAP_CMD_CREATE || command == MHEAP_CMD_JOIN ||
	       command == MHEAP_CMD_INSPECT;
}

bool command_answers(__u32 command)
{
	switch (command) {
	case MHEAP_CMD_ROOT_SET:
	case MHEAP_CMD_READ:
	case MHEAP_CMD_WRITE:
	case MHEAP_CMD_STORE:
	case MHEAP_CMD_COMPARE_EXCHANGE:
	case MHEAP_CMD_CLOSE:
	case MHEAP_CMD_RESET:
	case MHEAP_CMD_SET:
	case MHEAP_CMD_WATCH:
	case MHEAP_CMD_TYPE_SET:
		return false;
	}
	return true;
}

void command_prepare(struct subject *s, __u32 command, __u64 object, union command_arg *arg)
{
	unsigned long memory = (unsigned long)s->memory;
	struct mheap_record record;

	memset(arg, 0, sizeof(*arg));
	arg->size = s->command[command].out_size;
	switch (command) {
	case MHEAP_CMD_JOIN:
		arg->join.heap_fd = s->heap_fd;
		break;
	case MHEAP_CMD_EXPORT:
		arg->export.rights = MHEAP_RIGHT_SHARE;
		break;
	case MHEAP_CMD_ROOT_GET:
		strcpy(arg->root_get.name, "root");
		break;
	case MHEAP_CMD_ROOT_SET:
	case MHEAP_CMD_ROOT_EXCHANGE:
		strcpy(arg->root_set.name, "root");
		arg->root_set.handle = object;
		break;
	case MHEAP_CMD_ROOT_LIST:
		arg->root_list.entries_uptr = memory;
		arg->root_list.count = 4;
		break;
	case MHEAP_CMD_READ:
	case MHEAP_CMD_WRITE:
		arg->read.handle = object;
		arg->read.data_uptr = memory;
		arg->read.length = 64;
		break;
	case MHEAP_CMD_STAT:
	case MHEAP_CMD_LOAD:
	case MHEAP_CMD_STORE:
	case MHEAP_CMD_EXCHANGE:
	case MHEAP_CMD_COMPARE_EXCHANGE:
	case MHEAP_CMD_DUP:
	case MHEAP_CMD_WEAKEN:
	case MHEAP_CMD_UPGRADE:
		arg->load.object = object;
		break;
	case MHEAP_CMD_CLOSE:
	case MHEAP_CMD_RESET:
		arg->close.handle = object;
		break;
	case MHEAP_CMD_OBJECT_EXPORT:
		arg->object_export.handle = object;
		arg->object_export.rights = MHEAP_RIGHT_SHARE;
		break;
	case MHEAP_CMD_OBJECT_IMPORT:
		arg->object_import.object_fd = s->object_fd;
		break;
	case MHEAP_CMD_SLOT_LIST:
		arg->slot_list.handle = object;
		arg->slot_list.objects_uptr = memory;
		arg->slot_list.count = 4;
		break;
	case MHEAP_CMD_WALK:
		arg->walk.entries_uptr = memory;
		arg->walk.count = 4;
		break;
	case MHEAP_CMD_EVENTS:
		arg->events.kinds = MHEAP_EVENT_KINDS;
		arg->events.event_size = sizeof(struct mheap_event);
		break;
	case MHEAP_CMD_WATCH:
		arg->watch.events_fd = s->events_fd;
		arg->watch.handle = object;
		break;
	case MHEAP_CMD_SITE:
		strcpy((char *)s->memory, "file.cfunction");
		arg->site.file_uptr = memory;
		arg->site.file_bytes = 6;
		arg->site.function_uptr = memory + 6;
		arg->site.function_bytes = 8;
		arg->site.line = 10;
		break;
	case MHEAP_CMD_SITE_LIST:
		arg->site_list.entries_uptr = memory;
		arg->site_list.count = 4;
		arg->site_list.entry_size = sizeof(struct mheap_site_entry);
		break;
	case MHEAP_CMD_TYPE_SET:
		memcpy(s->memory, "type\0slot", 10);
		arg->type_set.text_uptr = memory;
		arg->type_set.type = 7;
		arg->type_set.bytes = 10;
		break;
	case MHEAP_CMD_TYPE_GET:
		arg->type_get.text_uptr = memory;
		arg->type_get.bytes = sizeof(s->memory);
		break;
	case MHEAP_CMD_HEAP_LIST:
	case MHEAP_CMD_SESSION_LIST:
		arg->session_list.entries_uptr = memory;
		arg->session_list.count = 4;
		arg->session_list.entry_size = command == MHEAP_CMD_HEAP_LIST ?
					       sizeof(struct mheap_heap_entry) :
					       sizeof(struct mheap_session_entry);
		break;
	case MHEAP_CMD_INSPECT:
		arg->inspect.heap_id = s->heap_id;
		break;
	case MHEAP_CMD_DUMP:
		arg->size = sizeof(arg->dump);	/* which is newer than what is asked for */
		arg->dump.data_uptr = memory;
		arg->dump.bytes = sizeof(s->memory);
		break;
	case MHEAP_CMD_BATCH:
		record = record_store(object, 0, 0);
		memcpy(s->memory, &record, sizeof(record));
		arg->batch.records_uptr = memory;
		arg->batch.count = 1;
		arg->batch.record_size = sizeof(record);
		break;
	}
}

int subject_prepare(struct subject *s, __u32 command, union command_arg *arg)
{
	__u64 handle = command_takes_weak(command) ? s->weak : s->object;
	int ret = command == MHEAP_CMD_CLOSE ? raw_dup(s->fd, s->object, &handle) : 0;

	command_prepare(s, command, handle, arg);
	return ret;
}

__u64 command_made(__u32 command, const union command_arg *arg)
{
	switch (command) {
	case MHEAP_CMD_ALLOC:
		return arg->alloc.handle;
	case MHEAP_CMD_LOAD:
		return arg->load.handle;
	case MHEAP_CMD_EXCHANGE:
		return arg->exchange.out_handle;
	case MHEAP_CMD_DUP:
		return arg->dup.out_handle;
	case MHEAP_CMD_ROOT_GET:
		return arg->root_get.handle;
	case MHEAP_CMD_ROOT_EXCHANGE:
		return arg->root_exchange.out_handle;
	case MHEAP_CMD_OBJECT_IMPORT:
		return arg->object_import.handle;
	case MHEAP_CMD_WEAKEN:
		return arg->weaken.out_handle;
	case MHEAP_CMD_UPGRADE:
		return arg->upgrade.out_handle;
	}
	return 0;
}

static void command_unwatch(struct subject *s, const union command_arg *arg)
{
	struct mheap_watch watch = arg->watch;

	watch.size = sizeof(watch);
	watch.flags = MHEAP_WATCH_REMOVE;
	raw_call(s->fd, MHEAP_CMD_WATCH, &watch);
}

void command_undo(struct subject *s, __u32 command, union command_arg *arg)
{
	__u64 made = command_made(command, arg);

	if (command == MHEAP_CMD_COLLECT)	/* it may still be running */
		raw_collect(s->fd);
	else if (command == MHEAP_CMD_SNAPSHOT)
		raw_snapshot_end(s->fd);
	else if (command == MHEAP_CMD_WATCH)
		command_unwatch(s, arg);
	else if (command == MHEAP_CMD_EVENTS)
		close(arg->events.out_fd);
	else if (command == MHEAP_CMD_EXPORT)
		close(arg->export.out_fd);
	else if (command == MHEAP_CMD_OBJECT_EXPORT)
		close(arg->object_export.out_fd);
	else if (made)
		raw_close(s->fd, made);
}
