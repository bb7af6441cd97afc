/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SHIM_GFP_H
#define _SHIM_GFP_H

#include "shim.h"

#define GFP_KERNEL		0x01U
#define GFP_KERNEL_ACCOUNT	0x01U
#define __GFP_ZERO		0x02U
#define __GFP_NOWARN		0U
#define __GFP_RETRY_MAYFAIL	0U

#define alloc_pages_exact(bytes, gfp)	shim_alloc_pages(bytes, (gfp) & __GFP_ZERO)
#define free_pages_exact(p, bytes)	shim_free_pages(p, bytes)

#endif
