/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SHIM_RANDOM_H
#define _SHIM_RANDOM_H

#include <linux/types.h>

/* The same in each run, so that what a test has found can be seen again. */
static inline void get_random_bytes(void *bytes, size_t count)
{
	static u64 state = 88172645463325252ULL;
	u8 *byte = bytes;

	while (count--) {
		state = state * 6364136223846793005ULL + 1442695040888963407ULL;
		*byte++ = state >> 56;
	}
}

#endif
