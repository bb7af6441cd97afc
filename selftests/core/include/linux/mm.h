/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SHIM_MM_H
#define _SHIM_MM_H

#include <linux/gfp.h>

#define PAGE_SIZE	4096UL
#define PAGE_ALIGN(n)	(((n) + PAGE_SIZE - 1) & -PAGE_SIZE)

#endif
