// SPDX-License-Identifier: LGPL-2.1-or-later
#include "internal.h"

MH_PUBLIC int mh_heap_stat(struct mh_session *session, struct mh_heap_info *ret_info)
{
	struct mheap_heap_stat stat = { .size = sizeof(stat) };
	int err;

	err = mhi_call(session, MHEAP_HEAP_STAT, &stat);
	if (err)
		return err;
	*ret_info = (struct mh_heap_info){
		.heap = stat.out_heap_id,
		.objects = stat.out_objects,
		.bytes = stat.out_bytes,
		.memory = stat.out_memory,
		.max_bytes = stat.out_max_bytes,
		.max_objects = stat.out_max_objects,
		.allocated = stat.out_allocated,
		.freed_count = stat.out_freed_count,
		.freed_collect = stat.out_freed_collect,
		.suspects = stat.out_suspects,
		.pending = stat.out_pending,
		.sessions = stat.out_sessions,
		.roots = stat.out_roots,
		.rights = stat.out_rights,
		.handles = stat.out_handles,
	};
	return 0;
}
