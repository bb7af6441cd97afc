/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which sessions processes have open: whoever opened one may have passed it on. */
#ifndef MHEAP_DESCRIPTOR_H
#define MHEAP_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct descriptors - The sessions that were found in tables of descriptors
 * @sessions: their numbers, in no order; some of them more than once
 * @count: of @sessions
 * @room: of @sessions
 * @complete: all processes could be looked at
 */
struct descriptors {
	uint32_t *sessions;
	size_t count;
	size_t room;
	bool complete;
};

/* Look through all processes, and add what there is, to a structure of zeros or to more. */
void descriptors_find(struct descriptors *descriptors);
bool descriptors_have(const struct descriptors *descriptors, uint32_t session);
void descriptors_free(struct descriptors *descriptors);

#endif /* MHEAP_DESCRIPTOR_H */
