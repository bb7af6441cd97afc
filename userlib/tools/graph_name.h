/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What things in a graph are called: in words, printable, and in JSON. */
#ifndef MHEAP_GRAPH_NAME_H
#define MHEAP_GRAPH_NAME_H

#include "graph.h"

struct json_object;

/* Each returns a text for free(). */
char *graph_name_object(const struct graph *graph, size_t object);	/* Order#7 */
char *graph_name_type(const struct graph *graph, uint32_t type);	/* Order */
char *graph_name_slot(const struct graph *graph, size_t object, uint32_t slot);	/* customer */
char *graph_name_site(const struct graph *graph, uint32_t site);	/* main.c:12 (main) */
char *graph_name_holder(const struct graph *graph, const struct graph_holder *holder);
char *graph_name_session(const struct graph *graph, uint32_t session);

/* "Order#7", "#7" and "7" name an object: its index, or GRAPH_NULL. */
uint32_t graph_find_object(const struct graph *graph, const char *text);

/* Whether @text is something like these. */
bool graph_is_object(const char *text, uint32_t *ret_number);

/* The same for programs. */
struct json_object *graph_json_object(const struct graph *graph, size_t object);
struct json_object *graph_json_holder(const struct graph *graph,
				      const struct graph_holder *holder);

#endif /* MHEAP_GRAPH_NAME_H */
