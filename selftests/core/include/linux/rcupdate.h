/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SHIM_RCUPDATE_H
#define _SHIM_RCUPDATE_H

#include "shim.h"

#define rcu_read_lock()		((void)shim_self()->atomic++)
#define rcu_read_unlock()	((void)shim_self()->atomic--)

#endif
