/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SHIM_NOSPEC_H
#define _SHIM_NOSPEC_H

#define array_index_nospec(index, size)	((index) < (size) ? (index) : 0)

#endif
