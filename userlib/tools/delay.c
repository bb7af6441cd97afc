// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>
#include <time.h>

#include "delay.h"

bool delay_parse(const char *text, double min, double end, double *ret_seconds)
{
	char *rest;

	*ret_seconds = strtod(text, &rest);
	return rest != text && !*rest && *ret_seconds >= min && *ret_seconds < end;
}

void delay_wait(double seconds, const volatile sig_atomic_t *stop)
{
	struct timespec left = {
		.tv_sec = (time_t)seconds,
		.tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9),
	};

	while (!(stop && *stop) && nanosleep(&left, &left))
		;
}
