/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SHIM_SPINLOCK_H
#define _SHIM_SPINLOCK_H

#include "shim.h"

typedef struct shim_lock spinlock_t;

#define spin_lock_init(l)	shim_lock_init(l)
#define spin_lock(l)		shim_lock_take(l, true)
#define spin_unlock(l)		shim_lock_drop(l, true)

#endif
