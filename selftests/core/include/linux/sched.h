/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SHIM_SCHED_H
#define _SHIM_SCHED_H

#include "shim.h"

#define current			shim_self()
#define cond_resched()		shim_might_sleep()
#define fatal_signal_pending(t)	shim_killed(t)

#endif
