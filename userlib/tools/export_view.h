/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the exporters ask of a graph: what is alive, what is shown, what is called how. */
#ifndef MHEAP_EXPORT_VIEW_H
#define MHEAP_EXPORT_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "export.h"
#include "graph.h"

/* Nothing has this index. */
#define EXPORT_NONE SIZE_MAX

/* What is known of an object. */
#define EXPORT_HELD	0x01	/* a strong holder has it */
#define EXPORT_UNSEEN	0x02	/* it has handles, and none of its holders was seen */
#define EXPORT_LIVE	0x04	/* strong references lead to it from one of these */
#define EXPORT_SHOWN	0x08	/* it is in the file */
#define EXPORT_BEYOND	0x10	/* a living object that is not in the file refers to it */

/**
 * struct export_view - A graph, and what of it goes into a file
 * @graph: the graph
 * @flags: EXPORT_* of each object
 * @shown: how many are EXPORT_SHOWN
 * @live: how many are EXPORT_LIVE
 * @live_hidden: how many of those are not shown
 * @live_hidden_bytes: theirs
 */
struct export_view {
	const struct graph *graph;
	uint8_t *flags;
	size_t shown;
	size_t live;
	size_t live_hidden;
	uint64_t live_hidden_bytes;
};

/**
 * export_view_make - Find out what is alive and what goes into a file
 * @view: filled in
 * @graph: the graph
 * @options: what the user wants of it; the notes are written, too
 * @wanted: whether each object may be in the file; NULL for all of them
 *
 * Return: 0 or -ENOMEM.
 */
int export_view_make(struct export_view *view, const struct graph *graph,
		     const struct export_options *options, const bool *wanted);
void export_view_free(struct export_view *view);

/**
 * export_components - Find the cycles of strong references (Tarjan's algorithm)
 * @graph: the graph
 * @ret_components: for each object the number of its strongly connected component,
 *	from 1, or 0 when it is on no cycle; for the caller to free
 * @ret_count: how many components there are
 *
 * Return: 0 or -ENOMEM.
 */
int export_components(const struct graph *graph, uint32_t **ret_components, uint32_t *ret_count);

/* Where something is in the graph by its number; EXPORT_NONE when it is not there. */
size_t export_object(const struct graph *graph, uint32_t number);
size_t export_site(const struct graph *graph, uint32_t id);
size_t export_type(const struct graph *graph, uint32_t type);
size_t export_session(const struct graph *graph, uint32_t id);

/* The place that called a site, as export_site(): never a later one, so chains end. */
size_t export_parent(const struct graph *graph, size_t site);

/* Room for the name of a type without one. */
#define EXPORT_TYPE_MAX 16

/* The name of a type; it may be made in @buffer. */
const char *export_type_name(const struct graph *graph, uint32_t type,
			     char buffer[EXPORT_TYPE_MAX]);

/* The name of a slot, or NULL; @type is where the type is, or EXPORT_NONE. */
const char *export_slot_name(const struct graph *graph, size_t type, uint32_t slot);

#endif /* MHEAP_EXPORT_VIEW_H */
