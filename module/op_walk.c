// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include <linux/stddef.h>

#include "core/object.h"
#include "core/scan.h"
#include "op.h"
#include "op_list.h"
#include "op_util.h"

/* Entries that are written between two copies to userspace. */
#define MHEAP_WALK_SLICE	64
/* An entry as it was at first. */
#define MHEAP_WALK_LEAST	offsetof(struct mheap_walk_entry, age_ms)

static_assert(MHEAP_WALK_SLICE * sizeof(struct mheap_walk_entry) <= MHEAP_BOUNCE_BYTES);

/* Sections of one call, whatever they find. */
#define MHEAP_WALK_SECTIONS	256

/* Fills in up to @count entries. Returns how many, and where to go on. */
static u32 mheap_op_walk_some(struct mheap_call *call, u32 *cursor, bool *over,
			      struct mheap_walk_entry *entries, u32 count)
{
	struct mheap_object_stat stat;
	struct mheap_scan scan;
	u32 steps = MHEAP_SLICE_STEPS, found = 0, number;

	mheap_section_enter(call->mutator);
	mheap_scan_seek(call->core, &scan, *cursor);
	while (found < count &&
	       (number = mheap_scan_next(call->core, &scan, MHEAP_FILTER_ALL, &steps))) {
		if (!mheap_object_stat(call->core, number, &stat))
			continue;
		entries[found++] = (struct mheap_walk_entry) {
			.object = number,
			.type = stat.shape.type,
			.slots = stat.shape.slots,
			.payload_bytes = stat.shape.payload_bytes,
			.site = stat.shape.site,
			.handle_refs = stat.handles,
			.slot_refs = stat.slots,
			.age_ms = stat.age_ms,
			.bytes = stat.bytes,
		};
	}
	mheap_section_took(call->mutator, MHEAP_SLICE_STEPS - steps);
	*cursor = mheap_scan_tell(&scan);
	*over = mheap_scan_over(call->core, &scan);
	mheap_section_exit(call->mutator);
	return found;
}

static int mheap_op_walk_all(struct mheap_call *call, struct mheap_walk_entry *entries)
{
	struct mheap_walk *walk = &call->arg->walk;
	u32 cursor = walk->cursor, sections, count = 0, found;
	bool over = false;
	int ret;

	for (sections = 0; !over && count < walk->count && sections < MHEAP_WALK_SECTIONS;
	     sections++) {
		if (fatal_signal_pending(current))
			return -EINTR;
		found = mheap_op_walk_some(call, &cursor, &over, entries,
					   min_t(u32, walk->count - count, MHEAP_WALK_SLICE));
		ret = mheap_list_put(walk->entries_uptr, walk->entry_size ?: MHEAP_WALK_LEAST,
				     count, entries, sizeof(*entries), found);
		if (ret)
			return ret;
		count += found;
		cond_resched();
	}
	walk->out_count = count;
	walk->cursor = over ? ~0ULL : cursor;
	return 0;
}

int mheap_op_walk(struct mheap_call *call)
{
	struct mheap_walk *walk = &call->arg->walk;
	int ret;

	ret = mheap_list_check(walk->count, walk->entry_size ?: MHEAP_WALK_LEAST, MHEAP_WALK_LEAST);
	if (ret)
		return ret;
	if (walk->cursor > U32_MAX) {
		/* There is nothing behind the end. */
		walk->out_count = 0;
		walk->cursor = ~0ULL;
		return 0;
	}
	return mheap_op_walk_all(call, call->session->bounce);
}
