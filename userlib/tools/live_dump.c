// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>

#include "graph_maker.h"
#include "live_dump.h"

int live_dump(struct mh_session *session, bool snapshot, struct graph_maker *maker,
	      struct progress *progress)
{
	(void)session;
	(void)snapshot;
	(void)maker;
	(void)progress;
	return -EOPNOTSUPP;
}
