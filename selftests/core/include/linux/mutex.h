/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SHIM_MUTEX_H
#define _SHIM_MUTEX_H

#include "shim.h"

struct mutex {
	struct shim_lock lock;
};

#define mutex_init(m)		shim_lock_init(&(m)->lock)
#define mutex_destroy(m)	shim_lock_destroy(&(m)->lock)
#define mutex_lock(m)		(shim_might_sleep(), shim_lock_take(&(m)->lock, false))
#define mutex_unlock(m)		shim_lock_drop(&(m)->lock, false)

#endif
