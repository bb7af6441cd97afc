/* SPDX-License-Identifier: GPL-2.0-only */
/* What tests of weak references share. */
#ifndef _WEAK_FIXTURE_H
#define _WEAK_FIXTURE_H

#include "fixture.h"

/* Nothing is left, and that is seen. */
static inline void end_empty(void)
{
	struct mheap_core_stat stat;

	heap_work(core);
	mheap_core_stat(core, &stat);
	CHECK_EQ(stat.objects, 0);
	CHECK_EQ(stat.bytes, 0);
	CHECK_EQ(core->weak.cells, 0);
	CHECK_EQ(core->weak.bound, 0);
	end();
}

#endif
