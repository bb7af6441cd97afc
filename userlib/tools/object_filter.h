/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which objects are listed. */
#ifndef MHEAP_OBJECT_FILTER_H
#define MHEAP_OBJECT_FILTER_H

#include <argp.h>
#include <stdbool.h>

#include "top.h"

/**
 * struct object_filter - What an object has to be like
 * @type: its type, a name or a number; NULL for any
 * @type_number: that number
 * @is_type_number: it is one
 * @site: its site, a number or a part of its name; NULL for any
 * @site_number: that number
 * @is_site_number: it is one
 * @session: handles of this session refer to it; 0 for any
 * @older_ms: it is at least so old
 * @younger_ms: and at most so old
 * @smaller: it has at most so many bytes
 * @larger: and at least so many
 */
struct object_filter {
	const char *type;
	unsigned long long type_number;
	bool is_type_number;
	const char *site;
	unsigned long long site_number;
	bool is_site_number;
	unsigned long long session;
	unsigned long long older_ms;
	unsigned long long younger_ms;
	unsigned long long smaller;
	unsigned long long larger;
};

extern const struct argp object_filter_argp;

void object_filter_init(struct object_filter *filter);

/* Whether it lets not every object pass. */
bool object_filter_is_set(const struct object_filter *filter);

bool object_filter_passes(const struct object_filter *filter, const struct object_line *line);

#endif /* MHEAP_OBJECT_FILTER_H */
