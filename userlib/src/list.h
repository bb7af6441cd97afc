/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists whose entries have a size that the caller tells. */
#ifndef MHEAP_LIST_H
#define MHEAP_LIST_H

#include <stdint.h>

/**
 * struct mhi_entries - Where the entries go
 * @entries: an array
 * @count: how many it has room for
 * @size: bytes of each
 */
struct mhi_entries {
	void *entries;
	uint32_t count;
	uint32_t size;
};

/**
 * mhi_list - The next entries of a list
 * @fd: a session's descriptor
 * @request: MHEAP_HEAP_LIST, MHEAP_SESSION_LIST or MHEAP_SITE_LIST
 * @cursor: where to go on; moved when that works
 * @to: where they go
 * @ret_count: how many there are
 *
 * Return: 0 or a negative errno.
 */
int mhi_list(int fd, unsigned long request, uint64_t *cursor, struct mhi_entries to,
	     uint32_t *ret_count);

#endif /* MHEAP_LIST_H */
