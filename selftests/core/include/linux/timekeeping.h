/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SHIM_TIMEKEEPING_H
#define _SHIM_TIMEKEEPING_H

#include "shim.h"

#define NSEC_PER_MSEC		1000000L
#define ktime_get_ns()		shim_now()
#define ktime_get_coarse_ns()	shim_now()

#endif
