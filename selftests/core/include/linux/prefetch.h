/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SHIM_PREFETCH_H
#define _SHIM_PREFETCH_H

#define prefetch(p)		__builtin_prefetch(p)
#define prefetchw(p)		__builtin_prefetch(p, 1)

#endif
