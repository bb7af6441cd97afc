// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <sys/ioctl.h>

#include "internal.h"

/*
 * -EINTR is handed on and not retried: a wait of the kernel ends early only
 * when the process is being killed.
 */
int mhi_ioctl(int fd, unsigned long request, void *argument)
{
	int saved = errno;
	int err = 0;

	if (ioctl(fd, request, argument) < 0) {
		err = -errno;
		errno = saved;
	}
	return err;
}
