// SPDX-License-Identifier: LGPL-2.1-or-later
#include "internal.h"

MH_PUBLIC int mh_object_export(struct mh_session *session, mh_t handle, uint32_t rights,
			       int *ret_fd)
{
	struct mheap_object_export export = {
		.size = sizeof(export),
		.handle = handle,
		.rights = rights,
	};
	int err;

	err = mhi_call(session, MHEAP_OBJECT_EXPORT, &export);
	if (!err)
		*ret_fd = export.out_fd;
	return err;
}

MH_PUBLIC int mh_object_import(struct mh_session *session, int object_fd, uint32_t rights,
			       mh_t *ret_handle)
{
	struct mheap_object_import import = {
		.size = sizeof(import),
		.object_fd = object_fd,
		.rights = rights,
	};
	int err;

	err = mhi_call(session, MHEAP_OBJECT_IMPORT, &import);
	if (!err)
		*ret_handle = import.handle;
	return err;
}

MH_PUBLIC int mh_send_object(int socket, struct mh_session *session, mh_t handle, uint32_t rights)
{
	int err;
	int fd;

	err = mh_object_export(session, handle, rights, &fd);
	if (err)
		return err;
	err = mh_send_fd(socket, fd);
	mh_close_fd(fd);
	return err;
}

MH_PUBLIC int mh_recv_object(int socket, struct mh_session *session, mh_t *ret_handle)
{
	int err;
	int fd;

	err = mh_recv_fd(socket, &fd);
	if (err)
		return err;
	err = mh_object_import(session, fd, 0, ret_handle);
	mh_close_fd(fd);
	return err;
}
