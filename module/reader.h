/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session that has taken a picture of its heap, and reads it.
 */
#ifndef _MHEAP_READER_H
#define _MHEAP_READER_H

#include <linux/types.h>

#include "holder.h"

struct mheap_session;

/**
 * struct mheap_reader - see above
 * @telling: how far it has come
 * @room: what has been read, and
 * @sent: how much of that has been handed over
 * @cursor: how much has been handed over in all
 */
struct mheap_reader {
	struct mheap_telling telling;
	struct mheap_room room;
	u32 sent;
	u64 cursor;
};

int mheap_reader_begin(struct mheap_session *session, u64 log_bytes);
void mheap_reader_end(struct mheap_session *session);
int mheap_reader_wait(struct mheap_session *session);
int mheap_reader_fill(struct mheap_session *session);

#endif
