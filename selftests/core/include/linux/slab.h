/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SHIM_SLAB_H
#define _SHIM_SLAB_H

#include <linux/gfp.h>

#define kzalloc(bytes, gfp)	((void)(gfp), shim_zalloc(1, bytes))
#define kcalloc(n, bytes, gfp)	((void)(gfp), shim_zalloc(n, bytes))
#define kvcalloc(n, bytes, gfp)	((void)(gfp), shim_zalloc(n, bytes))
#define kfree(p)		shim_free(p)
#define kvfree(p)		shim_free(p)

#endif
