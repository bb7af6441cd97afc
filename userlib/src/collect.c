// SPDX-License-Identifier: LGPL-2.1-or-later
#include "internal.h"

static int collect(struct mh_session *session, uint32_t flags, uint64_t *ret_collection)
{
	struct mheap_collect collect = {
		.size = sizeof(collect),
		.flags = flags,
	};
	int err;

	err = mhi_call(session, MHEAP_COLLECT, &collect);
	if (!err && ret_collection)
		*ret_collection = collect.out_collection;
	return err;
}

MH_PUBLIC int mh_collect(struct mh_session *session, uint64_t *ret_collection)
{
	return collect(session, 0, ret_collection);
}

MH_PUBLIC int mh_collect_wait(struct mh_session *session, uint64_t *ret_collection)
{
	return collect(session, MHEAP_COLLECT_WAIT, ret_collection);
}

MH_PUBLIC int mh_collect_stat(struct mh_session *session, struct mh_collect_info *ret_info)
{
	struct mheap_collect_stat stat = { .size = sizeof(stat) };
	int err;

	err = mhi_call(session, MHEAP_COLLECT_STAT, &stat);
	if (err)
		return err;
	*ret_info = (struct mh_collect_info){
		.collections = stat.out_collections,
		.phase = stat.out_phase,
		.last_cause = stat.out_last_cause,
		.last_duration_ns = stat.out_last_duration_ns,
		.last_grace_ns = stat.out_last_grace_ns,
		.last_marked = stat.out_last_marked,
		.last_freed = stat.out_last_freed,
		.total_freed = stat.out_total_freed,
		.total_ns = stat.out_total_ns,
		.verify_failures = stat.out_verify_failures,
		.local_passes = stat.out_local_passes,
		.local_freed = stat.out_local_freed,
		.local_given_up = stat.out_local_given_up,
	};
	return 0;
}
