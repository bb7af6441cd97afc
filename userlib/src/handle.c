// SPDX-License-Identifier: LGPL-2.1-or-later
#include "internal.h"

MH_PUBLIC int mh_dup_rights(struct mh_session *session, mh_t handle, uint32_t rights,
			    mh_t *ret_handle)
{
	struct mheap_dup dup = {
		.size = sizeof(dup),
		.handle = handle,
		.rights = rights,
	};
	int err;

	err = mhi_call(session, MHEAP_DUP, &dup);
	if (!err)
		*ret_handle = dup.out_handle;
	return err;
}

MH_PUBLIC int mh_dup(struct mh_session *session, mh_t handle, mh_t *ret_handle)
{
	return mh_dup_rights(session, handle, 0, ret_handle);
}

void mhi_closed(struct mh_session *session, mh_t handle)
{
	if (!(handle & MHEAP_HANDLE_CHOSEN))
		return;
	mhi_chosen_lock(&session->chosen);
	mhi_chosen_closed(&session->chosen, handle);
	mhi_chosen_unlock(&session->chosen);
}

MH_PUBLIC int mh_close(struct mh_session *session, mh_t handle)
{
	struct mheap_close close = {
		.size = sizeof(close),
		.handle = handle,
	};
	int err;

	if (!handle)
		return 0;
	err = mhi_call(session, MHEAP_CLOSE, &close);
	if (!err)
		mhi_closed(session, handle);
	return err;
}
