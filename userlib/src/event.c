// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <unistd.h>

#include "internal.h"

MHI_SAME_SIZE(mh_event, mheap_event);
MHI_SAME_MEMBER(mh_event, mheap_event, kind);
MHI_SAME_MEMBER(mh_event, mheap_event, cause);
MHI_SAME_MEMBER(mh_event, mheap_event, cookie);
MHI_SAME_MEMBER(mh_event, mheap_event, value);
MHI_SAME_MEMBER(mh_event, mheap_event, time_ns);

#define SAME_NUMBER(name) \
	_Static_assert((int)MH_##name == (int)MHEAP_##name, #name " differs")

SAME_NUMBER(EVENT_LOST);
SAME_NUMBER(EVENT_GONE);
SAME_NUMBER(EVENT_LIMIT);
SAME_NUMBER(EVENT_COLLECTION);
SAME_NUMBER(EVENT_KINDS);
SAME_NUMBER(EVENTS_MAX);
SAME_NUMBER(GONE_COUNT);
SAME_NUMBER(GONE_COLLECT);
SAME_NUMBER(GONE_TEARDOWN);

MH_PUBLIC int mh_events_open(struct mh_session *session, uint32_t kinds, uint32_t capacity,
			     int *ret_fd)
{
	struct mheap_events events = {
		.size = sizeof(events),
		.kinds = kinds,
		.capacity = capacity,
		.event_size = sizeof(struct mheap_event),
	};
	int err;

	err = mhi_call(session, MHEAP_EVENTS, &events);
	if (!err)
		*ret_fd = events.out_fd;
	return err;
}

MH_PUBLIC int mh_events_read(int events_fd, struct mh_event *events, uint32_t count,
			     uint32_t *ret_count)
{
	int saved = errno;
	ssize_t length;
	int err;

	/* A read of nothing would look like the end. */
	if (!count)
		return -EINVAL;
	length = read(events_fd, events, count * sizeof(*events));
	if (length < 0) {
		err = -errno;
		errno = saved;
		return err;
	}
	if ((size_t)length % sizeof(*events))
		return -EPROTO;
	*ret_count = (uint32_t)((size_t)length / sizeof(*events));
	return 0;
}

static int watch(struct mh_session *session, uint32_t flags, int events_fd, mh_t handle,
		 uint64_t cookie)
{
	struct mheap_watch watch = {
		.size = sizeof(watch),
		.flags = flags,
		.events_fd = events_fd,
		.handle = handle,
		.cookie = cookie,
	};

	return mhi_call(session, MHEAP_WATCH, &watch);
}

MH_PUBLIC int mh_watch(struct mh_session *session, int events_fd, mh_t handle, uint64_t cookie)
{
	return watch(session, 0, events_fd, handle, cookie);
}

MH_PUBLIC int mh_unwatch(struct mh_session *session, int events_fd, mh_t handle, uint64_t cookie)
{
	return watch(session, MHEAP_WATCH_REMOVE, events_fd, handle, cookie);
}
