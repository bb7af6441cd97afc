/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be reached. */
#ifndef MHEAP_REACH_H
#define MHEAP_REACH_H

#include "graph.h"

/**
 * reach - Mark what strong references lead to
 * @graph: the graph
 * @marks: a byte for each object; those with @bit are where it begins, and those that
 *	can be reached from them get it
 * @bit: one bit
 *
 * Return: how many objects have @bit.
 */
size_t reach(const struct graph *graph, uint8_t *marks, uint8_t bit);

#endif /* MHEAP_REACH_H */
