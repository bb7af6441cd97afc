// SPDX-License-Identifier: GPL-2.0-only
/*
 * The whole core once more, as a part of this module. Its warnings are counted
 * and not logged: some are what a test is after, and the log is to stay clean.
 */
#include <linux/bug.h>

#include "heap.h"

unsigned int test_warnings;

#undef WARN_ONCE
#define WARN_ONCE(condition, ...)		\
({						\
	bool warned = (condition);		\
						\
	if (warned)				\
		test_warnings++;		\
	warned;					\
})

#include "core/age.c"
#include "core/chunk.c"
#include "core/class.c"
#include "core/collect.c"
#include "core/core.c"
#include "core/cycle.c"
#include "core/demand.c"
#include "core/dump.c"
#include "core/help.c"
#include "core/index.c"
#include "core/instant.c"
#include "core/local.c"
#include "core/mark.c"
#include "core/memory.c"
#include "core/mutator.c"
#include "core/object.c"
#include "core/payload.c"
#include "core/picture.c"
#include "core/pool.c"
#include "core/record.c"
#include "core/release.c"
#include "core/reserve.c"
#include "core/root.c"
#include "core/scan.c"
#include "core/site.c"
#include "core/site_table.c"
#include "core/slot.c"
#include "core/space.c"
#include "core/sweep.c"
#include "core/trim.c"
#include "core/type.c"
#include "core/verify.c"
#include "core/weak.c"
