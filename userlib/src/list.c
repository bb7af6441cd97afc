// SPDX-License-Identifier: LGPL-2.1-or-later
#include "internal.h"
#include "list.h"

/* The structures of these commands are the same, by other names. */
MHI_SAME_SIZE(mheap_heap_list, mheap_session_list);
MHI_SAME_MEMBER(mheap_heap_list, mheap_session_list, cursor);
MHI_SAME_MEMBER(mheap_heap_list, mheap_session_list, entries_uptr);
MHI_SAME_MEMBER(mheap_heap_list, mheap_session_list, count);
MHI_SAME_MEMBER(mheap_heap_list, mheap_session_list, out_count);
MHI_SAME_MEMBER(mheap_heap_list, mheap_session_list, entry_size);

MHI_SAME_SIZE(mheap_heap_list, mheap_site_list);
MHI_SAME_MEMBER(mheap_heap_list, mheap_site_list, cursor);
MHI_SAME_MEMBER(mheap_heap_list, mheap_site_list, entries_uptr);
MHI_SAME_MEMBER(mheap_heap_list, mheap_site_list, count);
MHI_SAME_MEMBER(mheap_heap_list, mheap_site_list, out_count);
MHI_SAME_MEMBER(mheap_heap_list, mheap_site_list, entry_size);

int mhi_list(int fd, unsigned long request, uint64_t *cursor, struct mhi_entries to,
	     uint32_t *ret_count)
{
	struct mheap_heap_list list = {
		.size = sizeof(list),
		.cursor = *cursor,
		.entries_uptr = mhi_uptr(to.entries),
		.count = to.count,
		.entry_size = to.size,
	};
	int err;

	err = mhi_ioctl(fd, request, &list);
	if (err)
		return err;
	*cursor = list.cursor;
	*ret_count = list.out_count;
	return 0;
}
