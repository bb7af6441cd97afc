/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the types and the sites of many objects are called, each put together once. */
#ifndef MHEAP_OBJECT_NAME_H
#define MHEAP_OBJECT_NAME_H

#include <stddef.h>
#include <stdint.h>

struct graph;

/**
 * struct object_names - The names that objects of a heap may have
 * @graph: types and sites of the heap
 * @types: of each of its types its name
 * @sites: of each of its sites
 * @kept: all names, those of heaps before included
 * @kept_count: of @kept
 * @kept_room: of @kept
 */
struct object_names {
	const struct graph *graph;
	const char **types;
	const char **sites;
	char **kept;
	size_t kept_count;
	size_t kept_room;
};

/* Begin with the first heap, of a structure of zeros, or go on with another one. */
void object_names_begin(struct object_names *names, const struct graph *graph);
void object_names_free(struct object_names *names);

/* Printable, until all are freed; NULL of one that has none. */
const char *object_names_type(const struct object_names *names, uint32_t type);
const char *object_names_site(const struct object_names *names, uint32_t site);

#endif /* MHEAP_OBJECT_NAME_H */
