/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes that are compressed on their way into a file. */
#ifndef MHEAP_EXPORT_GZIP_H
#define MHEAP_EXPORT_GZIP_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <zlib.h>

/**
 * struct export_gzip - A file that is being compressed
 * @to: where to
 * @stream: zlib's state
 * @error: 0, or what went wrong
 * @out: compressed bytes
 */
struct export_gzip {
	FILE *to;
	z_stream stream;
	int error;
	uint8_t out[16384];
};

/* Returns 0 or -ENOMEM. */
int export_gzip_begin(struct export_gzip *gzip, FILE *to);
void export_gzip_write(struct export_gzip *gzip, const void *bytes, size_t count);

/* Write the end of it. Returns 0 or -ENOMEM; what the file says is export_finish()'s. */
int export_gzip_end(struct export_gzip *gzip);

#endif /* MHEAP_EXPORT_GZIP_H */
