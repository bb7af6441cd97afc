/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SHIM_LOG2_H
#define _SHIM_LOG2_H

#define ilog2(n)	(31 - __builtin_clz(n))

#endif
