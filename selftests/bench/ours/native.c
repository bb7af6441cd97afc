// SPDX-License-Identifier: GPL-2.0
/* native: an ioctl that does nothing, on /dev/null, where this runs. */
#include <fcntl.h>
#include <sys/ioctl.h>

#include "bench.h"

#define CALLS	1000
#define SAMPLES	500

int main(void)
{
	static u64 samples[SAMPLES];
	int fd = open("/dev/null", O_RDWR), i, call;

	if (fd < 0)
		die("/dev/null");
	for (i = 0; i < SAMPLES; i++) {
		u64 begin = ticks();

		for (call = 0; call < CALLS; call++)
			ioctl(fd, _IO(MHEAP_TYPE, 0xff), NULL);
		samples[i] = ticks() - begin;
	}
	say("null", ns_of(samples_at(samples, SAMPLES, 0.5)) / CALLS);
	say("null_low", ns_of(samples_at(samples, SAMPLES, 0)) / CALLS);
	return 0;
}
