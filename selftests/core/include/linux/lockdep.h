/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SHIM_LOCKDEP_H
#define _SHIM_LOCKDEP_H

#include "shim.h"

#define lockdep_assert_held(l)	shim_lock_assert_held(l)

#endif
