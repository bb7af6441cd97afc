// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "internal.h"

static const struct {
	int error;
	const char *words;
} explanations[] = {
	{ 0, "no error" },
	{ E2BIG, "the module is older than the library and does not know all that was asked: "
		 "load the module that came with the library" },
	{ EACCES, "the session, the handle or the descriptor lacks a right that this needs: ask "
		  "whoever exported the heap, or the object, to export it with that right" },
	{ EAGAIN, "the slot did not hold what was expected (or the socket has nothing yet): "
		  "load again, and try again" },
	{ EBADF, "the file descriptor is not open, or no heap is behind it: join through one that "
		 "mh_session_export() made, import one that mh_object_export() made" },
	{ EBADMSG, "what came through the socket is not what mh_send_fd() sends" },
	{ EBUSY, "the session has a heap already: open another session" },
	{ ECANCELED, "an earlier operation of the queue failed: mh_queue_failure() tells which and "
		     "why, mh_queue_reset() makes the queue usable again" },
	{ ECONNRESET, "the other end of the socket was closed" },
	{ EDQUOT, "the heap is at its limit and a collection did not help: drop references, or "
		  "create the heap with larger max_bytes, max_objects or max_sites" },
	{ EEXIST, "the chosen handle is in use" },
	{ EFAULT, "a pointer leads outside of the caller's memory" },
	{ EINTR, "the wait was interrupted" },
	{ EINVAL, "an argument is outside of its documented range, a reserved member is not 0, or "
		  "a weak handle stands where an object is needed (mh_upgrade() gets one), or the "
		  "reverse" },
	{ EMFILE, "no handle (or file descriptor) is left: close some, create the session with "
		  "larger max_handles, or raise `ulimit -n`" },
	{ EMLINK, "the object has as many references as can be counted" },
	{ ENFILE, "the system has no open file left: see `sysctl fs.file-max`" },
	{ ENODEV, "there is no /dev/mheap: the module is not loaded; "
		  "`sudo modprobe mheap`, or `sudo insmod mheap.ko` where it was built" },
	{ ENOENT, "the handle was never issued, or there is no root of that name, or no such "
		  "watch, or no such heap that the caller may look at; with a queue: flush it "
		  "before its handles are used elsewhere" },
	{ ENOMEM, "the system has no memory to give, and a collection did not help: see the limits "
		  "of the memory cgroup" },
	{ ENOSPC, "the heap's table of named roots is full, or the queue's of watches: remove "
		  "some, or open the queue with a larger capacity" },
	{ ENOTTY, "this is not the mheap device, or its module is older than the library" },
	{ ENXIO, "the session has no heap yet" },
	{ EOPNOTSUPP, "the module does not know a flag: load the module that came with the "
		      "library" },
	{ EPERM, "/dev/mheap may not be opened by this user: `ls -l /dev/mheap` shows by whom; "
		 "`sudo usermod -aG GROUP $USER` and a new login, or a udev rule, mends it; or, of "
		 "mh_heap_set(), a limit is changed by the user who made the heap only, and raised "
		 "with CAP_SYS_RESOURCE only" },
	{ EPIPE, "the other end of the socket was closed" },
	{ EPROTO, "the module answered what makes no sense: please report this" },
	{ ERANGE, "the slot index, or the range of payload bytes, is outside of the object" },
	{ ESTALE, "the handle was closed" },
	{ EUSERS, "this user has as many heaps as one user may: close some" },
	{ EXDEV, "the descriptor is of another heap than the session: use a session of that heap" },
};

MH_PUBLIC const char *mh_explain(int error)
{
	const char *description;

	if (error < 0)
		error = error == INT_MIN ? INT_MAX : -error;
	for (size_t i = 0; i < sizeof(explanations) / sizeof(explanations[0]); i++)
		if (explanations[i].error == error)
			return explanations[i].words;
	description = strerrordesc_np(error);
	return description ? description : "unknown error";
}
