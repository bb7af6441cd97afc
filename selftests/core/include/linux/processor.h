/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SHIM_PROCESSOR_H
#define _SHIM_PROCESSOR_H

#include "shim.h"

#define cpu_relax()		shim_relax()

#endif
