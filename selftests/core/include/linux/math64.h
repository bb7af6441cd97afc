/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SHIM_MATH64_H
#define _SHIM_MATH64_H

#define div_u64(n, d)		((u64)(n) / (u32)(d))

#endif
