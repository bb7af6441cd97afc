/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SHIM_BUG_H
#define _SHIM_BUG_H

#include "shim.h"

/* Every time, so that tests can count. */
#define WARN_ONCE(cond, ...)	({ bool _warn = (cond); if (_warn) shim_warn(__VA_ARGS__); _warn; })
#define WARN_ON_ONCE(cond)	WARN_ONCE(cond, "%s:%d: %s\n", __FILE__, __LINE__, #cond)

#endif
