/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands that list what they find in heaps and files. */
#ifndef MHEAP_LISTING_H
#define MHEAP_LISTING_H

#include <argp.h>
#include <stddef.h>

#include "options.h"
#include "rows.h"
#include "source.h"

/**
 * struct listing_options - What such a command is told
 * @common: how it is written
 * @source: how heaps are read
 * @list: how much of it, and in which order
 */
struct listing_options {
	struct common_options common;
	struct source_options source;
	struct list_options list;
};

/* The input is a struct listing_options that listing_init() has set up. */
extern const struct argp listing_argp;

/* @count: so many, unless told. */
void listing_init(struct listing_options *options, size_t count);

/**
 * listing_column - By which column rows are to be sorted
 * @rows: of these
 * @list: what the user wants
 * @key: that of the column to take when the user says nothing
 * @command: which command's help lists the keys
 *
 * Return: the column, or a negative number when the key is wrong; the user has been
 *	   told that.
 */
int listing_column(const struct rows *rows, const struct list_options *list, const char *key,
		   const char *command);

/* Write rows as JSON, or as a table that says how many it leaves out. */
void listing_write(const struct rows *rows, const struct list_options *list,
		   const struct common_options *common);

#endif /* MHEAP_LISTING_H */
