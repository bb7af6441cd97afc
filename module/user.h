/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one user may have of the module.
 */
#ifndef _MHEAP_USER_H
#define _MHEAP_USER_H

#include <linux/uidgid.h>

int mheap_user_add_heap(kuid_t uid);
void mheap_user_remove_heap(kuid_t uid);
void mheap_user_system_exit(void);

#endif
