/* SPDX-License-Identifier: GPL-2.0-only */
/* Where io_uring is declared, and where it keeps the argument of a command. */
#ifndef _MHEAP_COMPAT_URING_H
#define _MHEAP_COMPAT_URING_H

#ifdef MHEAP_URING_HAS_HEADER
#include <linux/io_uring/cmd.h>
#else
#include <linux/io_uring.h>
#endif

#ifdef MHEAP_URING_HAS_CMD
#define mheap_uring_argument(command)	((command)->cmd)
#else
#define mheap_uring_argument(command)	((command)->sqe->cmd)
#endif

#endif
