// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>
#include <unistd.h>

#include "internal.h"

/* A query needs a device that is open, and no heap. */
static int query(const struct mh_session *session, unsigned long request, void *argument)
{
	int err;
	int fd;

	if (session)
		return mhi_call(session, request, argument);
	err = mhi_open(NULL, &fd);
	if (err)
		return err;
	err = mhi_ioctl(fd, request, argument);
	close(fd);
	return err;
}

MH_PUBLIC int mh_query(const struct mh_session *session, struct mh_limits *ret_limits)
{
	struct mheap_query q = { .size = sizeof(q) };
	int err;

	err = query(session, MHEAP_QUERY, &q);
	if (err)
		return err;
	*ret_limits = (struct mh_limits){
		.abi = q.out_abi,
		.commands = q.out_commands,
		.slots = q.out_slots_max,
		.payload_bytes = q.out_payload_max,
		.objects = q.out_objects_max,
		.slot_refs = q.out_slot_refs_max,
		.handle_refs = q.out_handle_refs_max,
		.handles = q.out_handles_max,
		.roots = q.out_roots_max,
		.record_size = q.out_record_size,
		.event_size = q.out_event_size,
	};
	return 0;
}

MH_PUBLIC int mh_query_command(const struct mh_session *session, uint32_t command,
			       struct mh_command_info *ret_info)
{
	struct mheap_query_command q = {
		.size = sizeof(q),
		.command = command,
	};
	int err;

	err = query(session, MHEAP_QUERY_COMMAND, &q);
	if (err)
		return err;
	*ret_info = (struct mh_command_info){
		.size = q.out_size,
		.size_min = q.out_size_min,
		.command_flags = q.out_command_flags,
		.flags = q.out_flags,
		.rights = q.out_rights,
	};
	memcpy(ret_info->name, q.out_name, sizeof(ret_info->name));
	ret_info->name[sizeof(ret_info->name) - 1] = '\0';
	return 0;
}

_Static_assert(MH_COMMAND_NAME_MAX == MHEAP_COMMAND_NAME_MAX, "MH_COMMAND_NAME_MAX differs");
