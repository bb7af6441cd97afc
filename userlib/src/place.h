/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sites of places in the program, as one session knows them. A place has a number in
 * the process, by which a session finds its site without asking the kernel again.
 */
#ifndef MHEAP_PLACE_H
#define MHEAP_PLACE_H

#include <stdint.h>

#define MHI_PLACE_CHUNK		256
#define MHI_PLACE_CHUNKS	256

struct mh_place;

/* For each number the site and 1, or 0; in pieces, which are made as they are needed. */
struct mhi_places {
	uint32_t *chunk[MHI_PLACE_CHUNKS];
};

void mhi_places_destroy(struct mhi_places *places);

#endif /* MHEAP_PLACE_H */
