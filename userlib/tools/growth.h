/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sites whose objects become more from one look to the next. */
#ifndef MHEAP_GROWTH_H
#define MHEAP_GROWTH_H

#include "graph.h"
#include "rows.h"

/**
 * struct growth_site - A site that was looked at
 * @id: its number
 * @first_objects: at the first look
 * @first_bytes: then
 * @objects: at the last look
 * @bytes: then
 * @grew: it did so each time
 */
struct growth_site {
	uint32_t id;
	uint64_t first_objects;
	uint64_t first_bytes;
	uint64_t objects;
	uint64_t bytes;
	bool grew;
};

/**
 * struct growth - A series of looks
 * @heap: the heap
 * @sites: by their numbers
 * @names: of each of @sites
 * @count: of @sites
 * @room: of @sites
 * @name_room: of @names
 * @looks: how many there were
 */
struct growth {
	uint64_t heap;
	struct growth_site *sites;
	char **names;
	size_t count;
	size_t room;
	size_t name_room;
	size_t looks;
};

void growth_begin(struct growth *growth, const struct graph *graph);
void growth_look(struct growth *growth, const struct graph *graph);
void growth_free(struct growth *growth);

/* Add a row for each site that grew at each look, in the columns of leaks. */
void growth_tell(const struct growth *growth, struct rows *rows);

#endif /* MHEAP_GROWTH_H */
