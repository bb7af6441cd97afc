// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <fcntl.h>

#include "internal.h"

/*
 * ENOENT and EACCES mean something else once the device is open; those of the
 * open() get numbers of their own, so that mh_explain() can tell what to do.
 */
static int open_error(int error)
{
	switch (error) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		return -ENODEV;
	case EACCES:
	case EPERM:
		return -EPERM;
	default:
		return -error;
	}
}

int mhi_open(const char *device, int *ret_fd)
{
	int saved = errno;
	int err;
	int fd;

	fd = open(device ? device : MH_DEVICE, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		err = open_error(errno);
		errno = saved;
		return err;
	}
	*ret_fd = fd;
	return 0;
}
