// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>

#include "dispatch.h"
#include "heap.h"
#include "op.h"
#include "options.h"
#include "trace_session.h"

/* Whether a member that was not chosen is not zero. */
static bool mheap_op_set_stray(const struct mheap_set *set)
{
	return (!(set->flags & MHEAP_SET_MAX_BYTES) && set->max_bytes) ||
	       (!(set->flags & MHEAP_SET_MAX_OBJECTS) && set->max_objects) ||
	       (!(set->flags & MHEAP_SET_SUSPECT_PERCENT) && set->suspect_percent) ||
	       (!(set->flags & MHEAP_SET_SUSPECT_MIN) && set->suspect_min) ||
	       (!(set->flags & MHEAP_SET_SUSPECT_AGE_MS) && set->suspect_age_ms) ||
	       (!(set->flags & MHEAP_SET_LOCAL_OBJECTS) && set->local_objects) ||
	       (!(set->flags & MHEAP_SET_CPU_PERCENT) && set->cpu_percent);
}

int mheap_op_set(struct mheap_call *call)
{
	const struct mheap_set *set = &call->arg->set;
	int ret;

	if (mheap_op_set_stray(set))
		return -EINVAL;
	ret = mheap_options_set(call->heap, set);
	if (!ret)
		trace_mheap_set(call);
	return ret;
}
