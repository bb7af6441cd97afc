// SPDX-License-Identifier: LGPL-2.1-or-later
#include "internal.h"

MH_PUBLIC int mh_batch(struct mh_session *session, struct mheap_record *records, uint32_t count,
		       uint32_t *ret_done, int *ret_error)
{
	struct mheap_batch batch = {
		.size = sizeof(batch),
		.records_uptr = mhi_uptr(records),
		.count = count,
		.record_size = sizeof(*records),
	};
	int err;

	err = mhi_call(session, MHEAP_BATCH, &batch);
	if (err)
		return err;
	*ret_done = batch.out_done;
	*ret_error = batch.out_error;
	return 0;
}
