/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What objects take of their heap. */
#ifndef MHEAP_OBJECT_SIZE_H
#define MHEAP_OBJECT_SIZE_H

#include <stdint.h>

/*
 * The bytes of an object, as the module counts them: cells have sizes of their own,
 * and lists of objects tell only what was asked for. A device test compares the two.
 */
uint64_t object_size(uint32_t slots, uint32_t payload_bytes);

#endif /* MHEAP_OBJECT_SIZE_H */
