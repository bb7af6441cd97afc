// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <string.h>

#include "export_gzip.h"

/* To zlib: the largest window, in the form of gzip. */
#define WINDOW_BITS (15 + 16)
#define MEMORY_LEVEL 8

int export_gzip_begin(struct export_gzip *gzip, FILE *to)
{
	gzip->to = to;
	gzip->error = 0;
	memset(&gzip->stream, 0, sizeof(gzip->stream));
	gzip->stream.next_out = gzip->out;
	gzip->stream.avail_out = sizeof(gzip->out);
	if (deflateInit2(&gzip->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_BITS,
			 MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		return -ENOMEM;
	return 0;
}

/* Compress what there is, and write whatever comes of it. */
static void run(struct export_gzip *gzip, int flush)
{
	int result;

	do {
		size_t ready;

		result = deflate(&gzip->stream, flush);
		ready = sizeof(gzip->out) - gzip->stream.avail_out;
		fwrite(gzip->out, 1, ready, gzip->to);
		gzip->stream.next_out = gzip->out;
		gzip->stream.avail_out = sizeof(gzip->out);
	} while (result == Z_OK && (gzip->stream.avail_in || flush == Z_FINISH));
	if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
		gzip->error = -ENOMEM;
}

void export_gzip_write(struct export_gzip *gzip, const void *bytes, size_t count)
{
	const uint8_t *at = bytes;

	while (count && !gzip->error) {
		uInt some = count > 1U << 30 ? 1U << 30 : (uInt)count;

		gzip->stream.next_in = (Bytef *)at;
		gzip->stream.avail_in = some;
		run(gzip, Z_NO_FLUSH);
		at += some;
		count -= some;
	}
}

int export_gzip_end(struct export_gzip *gzip)
{
	if (!gzip->error)
		run(gzip, Z_FINISH);
	deflateEnd(&gzip->stream);
	return gzip->error;
}
