// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <unistd.h>

#include "internal.h"
#include "list.h"

_Static_assert(MH_COMM_MAX == MHEAP_COMM_MAX, "MH_COMM_MAX differs");

#define SAME_HEAP(library, kernel) \
	_Static_assert(offsetof(struct mh_heap_entry, library) == \
		       offsetof(struct mheap_heap_entry, kernel), #library " differs")

MHI_SAME_SIZE(mh_heap_entry, mheap_heap_entry);
SAME_HEAP(heap, heap_id);
MHI_SAME_MEMBER(mh_heap_entry, mheap_heap_entry, created_ns);
MHI_SAME_MEMBER(mh_heap_entry, mheap_heap_entry, objects);
MHI_SAME_MEMBER(mh_heap_entry, mheap_heap_entry, bytes);
MHI_SAME_MEMBER(mh_heap_entry, mheap_heap_entry, memory);
MHI_SAME_MEMBER(mh_heap_entry, mheap_heap_entry, pid);
MHI_SAME_MEMBER(mh_heap_entry, mheap_heap_entry, uid);
MHI_SAME_MEMBER(mh_heap_entry, mheap_heap_entry, sessions);
MHI_SAME_MEMBER(mh_heap_entry, mheap_heap_entry, comm);

MHI_SAME_SIZE(mh_session_entry, mheap_session_entry);
MHI_SAME_MEMBER(mh_session_entry, mheap_session_entry, session);
MHI_SAME_MEMBER(mh_session_entry, mheap_session_entry, pid);
MHI_SAME_MEMBER(mh_session_entry, mheap_session_entry, uid);
MHI_SAME_MEMBER(mh_session_entry, mheap_session_entry, rights);
MHI_SAME_MEMBER(mh_session_entry, mheap_session_entry, handles);
MHI_SAME_MEMBER(mh_session_entry, mheap_session_entry, comm);

MH_PUBLIC int mh_heap_list(const struct mh_session *session, uint64_t *cursor,
			   struct mh_heap_entry *entries, uint32_t count, uint32_t *ret_count)
{
	const struct mhi_entries to = { entries, count, sizeof(*entries) };
	int saved = errno;
	int err;
	int fd;

	if (session)
		return mhi_list(session->fd, MHEAP_HEAP_LIST, cursor, to, ret_count);
	err = mhi_open(NULL, &fd);
	if (err)
		return err;
	err = mhi_list(fd, MHEAP_HEAP_LIST, cursor, to, ret_count);
	close(fd);
	errno = saved;
	return err;
}

MH_PUBLIC int mh_session_list(struct mh_session *session, uint64_t *cursor,
			      struct mh_session_entry *entries, uint32_t count,
			      uint32_t *ret_count)
{
	const struct mhi_entries to = { entries, count, sizeof(*entries) };

	return mhi_list(session->fd, MHEAP_SESSION_LIST, cursor, to, ret_count);
}
