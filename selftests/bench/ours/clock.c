// SPDX-License-Identifier: GPL-2.0
/*
 * clock: the processor's clock and the system's at one moment. Two systems on
 * one processor can so tell each other when something was.
 */
#include <stdio.h>

#include "bench.h"

int main(void)
{
	u64 best = ~0ULL, tick = 0, ns = 0;
	int i;

	for (i = 0; i < 1000; i++) {
		u64 before = ticks(), middle = clock_ns(), after = ticks();

		if (after - before >= best)
			continue;
		best = after - before;
		tick = before + best / 2;
		ns = middle;
	}
	printf("%llu %llu %.9g\n", tick, ns, ns_of(1e9) / 1e9);
	return 0;
}
