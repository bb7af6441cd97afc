// SPDX-License-Identifier: LGPL-2.1-or-later
#include "internal.h"

MH_PUBLIC int mh_weaken(struct mh_session *session, mh_t handle, mh_t *ret_handle)
{
	struct mheap_weaken weaken = {
		.size = sizeof(weaken),
		.handle = handle,
	};
	int err;

	err = mhi_call(session, MHEAP_WEAKEN, &weaken);
	if (!err)
		*ret_handle = weaken.out_handle;
	return err;
}

MH_PUBLIC int mh_upgrade(struct mh_session *session, mh_t handle, mh_t *ret_handle)
{
	struct mheap_upgrade upgrade = {
		.size = sizeof(upgrade),
		.handle = handle,
	};
	int err;

	err = mhi_call(session, MHEAP_UPGRADE, &upgrade);
	if (!err)
		*ret_handle = upgrade.out_handle;
	return err;
}
