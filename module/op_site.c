// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "heap.h"
#include "op.h"
#include "op_list.h"
#include "op_util.h"

static_assert(sizeof_field(struct mheap_site_entry, file) == MHEAP_SITE_FILE + 1);
static_assert(sizeof_field(struct mheap_site_entry, function) == MHEAP_SITE_FUNCTION + 1);
static_assert(MHEAP_SITES_MAX < MHEAP_SITE_NUMBERS);
static_assert(MHEAP_SITE_FILE + MHEAP_SITE_FUNCTION <= MHEAP_BOUNCE_BYTES);

/* Entries that are written between two copies to userspace. */
#define MHEAP_SITE_SLICE	(MHEAP_BOUNCE_BYTES / (u32)sizeof(struct mheap_site_entry))

/* Copies what the site is called to where the session has room for it. */
static int mheap_op_site_fetch(struct mheap_call *call, struct mheap_site_name *ret_name)
{
	const struct mheap_site *site = &call->arg->site;
	char *text = call->session->bounce;

	if (site->file_bytes > MHEAP_SITE_FILE || site->function_bytes > MHEAP_SITE_FUNCTION)
		return -EINVAL;
	if (copy_from_user(text, u64_to_user_ptr(site->file_uptr), site->file_bytes) ||
	    copy_from_user(text + site->file_bytes, u64_to_user_ptr(site->function_uptr),
			   site->function_bytes))
		return -EFAULT;
	if (memchr(text, '\0', site->file_bytes + site->function_bytes))
		return -EINVAL;
	*ret_name = (struct mheap_site_name) {
		.file = text, .file_bytes = site->file_bytes,
		.function = text + site->file_bytes, .function_bytes = site->function_bytes,
		.line = site->line, .parent = site->parent,
	};
	return 0;
}

static int mheap_op_site_intern(struct mheap_call *call, const struct mheap_site_name *name,
				u32 *ret_site)
{
	struct mem_cgroup *active = mheap_heap_charge(call->heap);
	int ret = mheap_site_intern(call->core, name, ret_site);

	mheap_heap_uncharge(active);
	return ret;
}

int mheap_op_site(struct mheap_call *call)
{
	struct mheap_site *site = &call->arg->site;
	struct mheap_site_name name;
	int ret;

	ret = mheap_op_site_fetch(call, &name);
	if (ret)
		return ret;
	ret = mheap_op_site_intern(call, &name, &site->out_site);
	if ((ret == -EDQUOT || ret == -ENOMEM) && mheap_op_make_room(call, &ret))
		ret = mheap_op_site_intern(call, &name, &site->out_site);
	/* That is a limit which no collection moves. */
	return ret == -ENOSPC ? -EDQUOT : ret;
}

static void mheap_op_site_entry(struct mheap_core *core, u32 site,
				struct mheap_site_entry *entry)
{
	struct mheap_site_figures figures;
	struct mheap_site_name name;

	mheap_site_name(core, site, &name);
	mheap_site_read(core, site, &figures);
	*entry = (struct mheap_site_entry) {
		.site = site,
		.parent = name.parent,
		.line = name.line,
		.objects = figures.objects,
		.bytes = figures.bytes,
		.peak_objects = figures.peak_objects,
		.peak_bytes = figures.peak_bytes,
		.total_objects = figures.total_objects,
		.total_bytes = figures.total_bytes,
		.young = figures.young,
	};
	memcpy(entry->file, name.file, name.file_bytes);
	memcpy(entry->function, name.function, name.function_bytes);
}

/* Lists sites from @from on. Returns how many. */
static int mheap_op_site_list_some(struct mheap_call *call, u32 from, u32 count)
{
	struct mheap_site_list *list = &call->arg->site_list;
	struct mheap_site_entry *entries = call->session->bounce;
	u32 known = mheap_sites_count(&call->core->sites), i;
	int ret;

	for (i = 0; i < count && from + i < known; i++)
		mheap_op_site_entry(call->core, array_index_nospec(from + i, known), &entries[i]);
	ret = mheap_list_put(list->entries_uptr, list->entry_size, list->out_count, entries,
			     sizeof(*entries), i);
	return ret ?: i;
}

int mheap_op_site_list(struct mheap_call *call)
{
	struct mheap_site_list *list = &call->arg->site_list;
	u32 known = mheap_sites_count(&call->core->sites), from;
	int ret;

	ret = mheap_list_check(list->count, list->entry_size, sizeof(struct mheap_site_entry));
	if (ret)
		return ret;
	list->out_count = 0;
	from = min_t(u64, list->cursor, known);
	while (list->out_count < list->count && from < known) {
		if (fatal_signal_pending(current))
			return -EINTR;
		ret = mheap_op_site_list_some(call, from, min(list->count - list->out_count,
							      MHEAP_SITE_SLICE));
		if (ret < 0)
			return ret;
		list->out_count += ret;
		from += ret;
		cond_resched();
	}
	list->cursor = from < known ? from : ~0ULL;
	return 0;
}
