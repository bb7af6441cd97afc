/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SHIM_KTIME_H
#define _SHIM_KTIME_H

#include <linux/timekeeping.h>

#endif
