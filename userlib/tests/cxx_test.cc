// SPDX-License-Identifier: LGPL-2.1-or-later
/* The header in C++, with the header of the ABI beside it. */
#include <mheap.h>

#include <linux/mheap.h>

#include <cerrno>

#include "tap.h"

static int leave_scope(mh_session *s)
{
	mh_auto_session mh_session *session = s;
	mh_auto_queue mh_queue *queue = nullptr;
	mh_auto_window mh_window window = MH_NO_WINDOW;
	mh_auto_fd int fd = -1;
	mh_auto_ref mh_ref ref = MH_REF(session);

	return mh_ref_take(&ref) != MH_NULL || mh_queue_take(&queue) != nullptr ||
	       mh_fd_take(&fd) != -1 || mh_payload(&window, 0) != nullptr;
}

int main()
{
	mh_session_options options = {};
	mh_session *session = nullptr;
	mh_limits limits = {};
	int err;

	options.device = "/nonexistent/mheap";
	err = mh_session_create(&options, &session);
	ok(err == -ENODEV && !session, "no device");
	options.device = "/dev/null";
	err = mh_session_create(&options, &session);
	ok(err == -ENOTTY && !session, "not the device");
	ok(leave_scope(nullptr) == 0, "scopes");
	ok(*mh_explain(err), "words");
	ok(sizeof(limits.reserved) == 32 && MH_END == UINT64_MAX && MH_NO_OFFSET == UINT64_MAX &&
	   MH_SLOT_WEAK == MHEAP_SLOT_WEAK, "constants");
	return tap_end();
}
