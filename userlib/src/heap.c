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
		.window_bytes = stat.out_window_bytes,
		.weak = stat.out_weak,
		.sites = stat.out_sites,
		.max_sites = stat.out_max_sites,
	};
	return 0;
}

MH_PUBLIC int mh_heap_set(struct mh_session *session, uint32_t which,
			  const struct mh_session_options *options)
{
	struct mheap_set set = {
		.size = sizeof(set),
		.flags = which,
	};

	/* What is not named may be left over from the options that made the heap. */
	if (which & MH_SET_MAX_BYTES)
		set.max_bytes = options->max_bytes;
	if (which & MH_SET_MAX_OBJECTS)
		set.max_objects = options->max_objects;
	if (which & MH_SET_SUSPECT_PERCENT)
		set.suspect_percent = options->suspect_percent;
	if (which & MH_SET_SUSPECT_MIN)
		set.suspect_min = options->suspect_min;
	if (which & MH_SET_SUSPECT_AGE_MS)
		set.suspect_age_ms = options->suspect_age_ms;
	if (which & MH_SET_LOCAL_OBJECTS)
		set.local_objects = options->local_objects;
	if (which & MH_SET_CPU_PERCENT)
		set.cpu_percent = options->cpu_percent;
	return mhi_call(session, MHEAP_SET, &set);
}

#define SAME_OPTION(name) \
	_Static_assert((uint32_t)MH_SET_##name == MHEAP_SET_##name, #name " differs")

SAME_OPTION(MAX_BYTES);
SAME_OPTION(MAX_OBJECTS);
SAME_OPTION(SUSPECT_PERCENT);
SAME_OPTION(SUSPECT_MIN);
SAME_OPTION(SUSPECT_AGE_MS);
SAME_OPTION(LOCAL_OBJECTS);
SAME_OPTION(CPU_PERCENT);
