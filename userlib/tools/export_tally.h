/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How much of what was allocated where. */
#ifndef MHEAP_EXPORT_TALLY_H
#define MHEAP_EXPORT_TALLY_H

#include <stddef.h>
#include <stdint.h>

struct export_options;
struct export_view;
struct graph;

/* What a tally is by. */
#define EXPORT_BY_SITE	0x01
#define EXPORT_BY_TYPE	0x02

/**
 * struct export_sum - The objects of one site and type
 * @site: where the site is in the graph; what is unknown comes after the last. Always
 *	0 when the tally is not by site
 * @type: the type's number, 0 when the tally is not by type
 * @objects: how many there are; 0 is a free place of the table
 * @bytes: theirs
 */
struct export_sum {
	size_t site;
	uint32_t type;
	uint64_t objects;
	uint64_t bytes;
};

/**
 * struct export_tally - Sums, sorted by site and type
 * @sums: the sums
 * @count: of @sums
 */
struct export_tally {
	struct export_sum *sums;
	size_t count;
};

/**
 * export_tally - Add up the objects that a file shows
 * @tally: filled in
 * @view: what is shown
 * @by: EXPORT_BY_*
 *
 * Return: 0 or -ENOMEM.
 */
int export_tally(struct export_tally *tally, const struct export_view *view, unsigned int by);

/* The same of what is shown of @graph; also any error of export_view_make(). */
int export_tally_graph(struct export_tally *tally, const struct graph *graph,
		       const struct export_options *options, unsigned int by);

void export_tally_free(struct export_tally *tally);

#endif /* MHEAP_EXPORT_TALLY_H */
