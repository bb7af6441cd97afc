/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sites as the tree of calls that a heap snapshot of V8 has. */
#ifndef MHEAP_EXPORT_TRACE_H
#define MHEAP_EXPORT_TRACE_H

#include <stdio.h>

#include "export_strings.h"
#include "graph.h"

/* The number of a site's node in the tree; @site is where it is in the graph. */
#define EXPORT_TRACE_NODE(site) ((uint64_t)(site) + 2)

/* The values of trace_function_infos: one function a site, after that of the root. */
void export_trace_functions(const struct graph *graph, FILE *to, struct export_strings *strings);

/* The value of trace_tree, without its outer brackets. Returns 0 or -ENOMEM. */
int export_trace_tree(const struct graph *graph, FILE *to);

#endif /* MHEAP_EXPORT_TRACE_H */
