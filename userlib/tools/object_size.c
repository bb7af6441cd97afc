// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stddef.h>

#include "object_size.h"

#define GRANULE		32U
#define PAGE		4096ULL
#define HEAD		20U	/* of a cell, before its slots */
#define PAYLOAD_WORDS	8U	/* there, when there is a payload */
#define CELL_MAX	4096U	/* larger ones have their slots elsewhere */
#define WIDE_CELL	40U
#define PIECE_SLOTS	1024U
#define PIECE_BYTES	(PIECE_SLOTS * 4ULL + 8)

/* Cells are so many granules; what is larger takes whole pages. */
static const uint32_t cells[] = {
	1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1280,
	1536, 2048,
};

static uint64_t cell_size(uint64_t bytes)
{
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
		if (bytes <= (uint64_t)cells[i] * GRANULE)
			return (uint64_t)cells[i] * GRANULE;
	return (bytes + PAGE - 1) / PAGE * PAGE;
}

uint64_t object_size(uint32_t slots, uint32_t payload_bytes)
{
	uint64_t bytes = payload_bytes ? cell_size(payload_bytes) : 0;

	if (slots > (CELL_MAX - HEAD - PAYLOAD_WORDS) / 4)
		return bytes + cell_size(WIDE_CELL) +
		       (slots + (uint64_t)PIECE_SLOTS - 1) / PIECE_SLOTS * PIECE_BYTES;
	return bytes + cell_size(HEAD + (payload_bytes ? PAYLOAD_WORDS : 0) + slots * 4ULL);
}
