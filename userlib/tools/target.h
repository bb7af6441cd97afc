/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one object that a command is about: `mheap path [HEAP|FILE] OBJECT'. */
#ifndef MHEAP_TARGET_H
#define MHEAP_TARGET_H

#include <argp.h>
#include <stdint.h>

#include "source.h"

/**
 * struct target - An object, as the user named it
 * @name: of the heap or file that it is in, or NULL
 * @object: its own
 */
struct target {
	const char *name;
	const char *object;
};

/* The input is a struct target, all zero. */
extern const struct argp target_argp;

/**
 * target_read - Read what the object is in, and find it there
 * @target: the object
 * @options: how it is read
 * @ret_graph: for graph_free()
 * @ret_index: which object of the graph it is
 *
 * Return: an exit code; the user has been told what was wrong.
 */
int target_read(const struct target *target, const struct source_options *options,
		struct graph *ret_graph, uint32_t *ret_index);

#endif /* MHEAP_TARGET_H */
