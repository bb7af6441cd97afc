/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SHIM_KCONFIG_H
#define _SHIM_KCONFIG_H

/* All that is asked for is debugging. */
#define IS_ENABLED(CONFIG_option)	1

#endif
