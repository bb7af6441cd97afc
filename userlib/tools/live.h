/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Heaps that are alive, through the library. */
#ifndef MHEAP_LIVE_H
#define MHEAP_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mheap.h>

#include "source.h"

/* Each returns an exit code, and has told the user what was wrong. */

/**
 * live_list - All heaps that the user may look at
 * @ret_heaps: in the order of their numbers; for free()
 * @ret_count: how many
 */
int live_list(struct mh_heap_entry **ret_heaps, size_t *ret_count);

/* Whether there is such a heap that the user may look at, and what is listed of it. */
bool live_find(uint64_t heap, struct mh_heap_entry *ret_entry);

/* A session that looks at a heap, for mh_session_close(). */
int live_open(uint64_t heap, struct mh_session **ret_session);

/* Read through a session that looks. */
int live_read(struct mh_session *session, enum source_depth depth,
	      const struct source_options *options, struct graph *ret_graph);

/* Say why something that the library was asked for has failed. */
int live_explain(int error, const char *what, ...) __attribute__((format(printf, 2, 3)));

#endif /* MHEAP_LIVE_H */
