// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdlib.h>

#include "internal.h"

static uint32_t place_numbers;

void mhi_places_destroy(struct mhi_places *places)
{
	for (size_t i = 0; i < MHI_PLACE_CHUNKS; i++)
		free(places->chunk[i]);
}

static uint32_t place_number(struct mh_place *place)
{
	uint32_t number = __atomic_load_n(&place->number, __ATOMIC_RELAXED), mine;

	if (number)
		return number;
	mine = __atomic_add_fetch(&place_numbers, 1, __ATOMIC_RELAXED);
	/* Another thread may have been faster. */
	if (__atomic_compare_exchange_n(&place->number, &number, mine, 0, __ATOMIC_RELAXED,
					__ATOMIC_RELAXED))
		return mine;
	return number;
}

static uint32_t *make_chunk(uint32_t **at)
{
	uint32_t *mine = calloc(MHI_PLACE_CHUNK, sizeof(*mine)), *other = NULL;

	if (!mine)
		return NULL;
	if (__atomic_compare_exchange_n(at, &other, mine, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return mine;
	free(mine);
	return other;
}

/* Where the site of a place is noted; NULL for one of too many, or without memory. */
static uint32_t *place_entry(struct mhi_places *places, uint32_t number)
{
	uint32_t **at = &places->chunk[number / MHI_PLACE_CHUNK % MHI_PLACE_CHUNKS];
	uint32_t *chunk;

	if (number / MHI_PLACE_CHUNK >= MHI_PLACE_CHUNKS)
		return NULL;
	chunk = __atomic_load_n(at, __ATOMIC_ACQUIRE);
	if (!chunk)
		chunk = make_chunk(at);
	return chunk ? &chunk[number % MHI_PLACE_CHUNK] : NULL;
}

MH_PUBLIC uint32_t mh_place_site(struct mh_session *session, struct mh_place *place)
{
	uint32_t *entry = place_entry(&session->places, place_number(place));
	uint32_t known = entry ? __atomic_load_n(entry, __ATOMIC_RELAXED) : 0;
	uint32_t site = 0;
	int err;

	if (known)
		return known - 1;
	err = mh_site(session, place->file, place->function, place->line, 0, &site);
	/* What does not work now may work later; what is refused will be refused again. */
	if (entry && err != -ENOMEM && err != -EINTR)
		__atomic_store_n(entry, site + 1, __ATOMIC_RELAXED);
	return site;
}
