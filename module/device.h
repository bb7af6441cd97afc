/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/mheap.
 */
#ifndef _MHEAP_DEVICE_H
#define _MHEAP_DEVICE_H

int mheap_device_register(void);
void mheap_device_unregister(void);

#endif
