/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ids of the nodes of a heap snapshot of V8. Viewers read them into 32 bits, match
 * the objects of two files by them, and take a larger one for a later allocation; even
 * ones are not for objects of JavaScript. So objects have ids of 1 modulo 4 and all
 * else of 3 modulo 4.
 */
#ifndef MHEAP_EXPORT_IDS_H
#define MHEAP_EXPORT_IDS_H

#include <stdint.h>
#include <stdio.h>

#include "export_view.h"

/**
 * struct export_ids - The ids of objects; all zero before it is made
 * @graph: whose
 * @ids: what each is made of; NULL when that is the object's number
 * @by_age: objects from the oldest to the youngest; NULL without a timeline
 */
struct export_ids {
	const struct graph *graph;
	uint32_t *ids;
	uint32_t *by_age;
};

/* Returns 0 or -ENOMEM. */
int export_ids_make(struct export_ids *ids, const struct export_view *view,
		    const struct export_options *options);
void export_ids_free(struct export_ids *ids);

uint64_t export_ids_object(const struct export_ids *ids, uint32_t object);

/* The id of a node that is no object, by a number of its own. */
uint64_t export_ids_place(uint32_t number);

/* The values of "samples": points of time, and the last id that was given until then. */
void export_ids_samples(const struct export_ids *ids, FILE *to);

#endif /* MHEAP_EXPORT_IDS_H */
