/* SPDX-License-Identifier: GPL-2.0 */
/* Text files of the kernel: debugfs, tracefs, procfs. */
#ifndef KERNEL_FILES_H
#define KERNEL_FILES_H

#include "mheap_util.h"

#define DEBUGFS "/sys/kernel/debug"
#define TRACEFS "/sys/kernel/tracing"

/* Mount it if need be; false when it cannot be had. */
bool have_debugfs(void);
bool have_tracefs(void);

/* The whole file, malloc()ed; NULL when it cannot be read. */
char *file_text(const char *path);
bool file_has(const char *path, const char *what);
int file_write(const char *path, const char *text);

/* The number behind "NAME: " or "NAME:\t" at the start of a line; ~0 if none. */
__u64 text_figure(const char *text, const char *name);

/* Lines that contain all of these; @second may be NULL. */
unsigned int text_lines(const char *text, const char *first, const char *second);

#endif
