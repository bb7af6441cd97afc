/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the graph of packages lies in the heap. The loader and the reader agree on it. */
#ifndef DEMO_PACKAGE_H
#define DEMO_PACKAGE_H

#include <stdint.h>

/* The named root. It refers to the index, which has one slot a package. */
#define ROOT_NAME	"packages"

enum {
	TYPE_INDEX	= 1,
	TYPE_PACKAGE	= 2,
	TYPE_NOTES	= 3,
};

/**
 * struct package_payload - The payload of a package; its slots are what it needs
 * @installed_size: in KiB
 * @name_length: bytes of the name
 * @version_length: bytes of the version
 * @text: the name, then the version, without NUL
 */
struct package_payload {
	uint64_t installed_size;
	uint32_t name_length;
	uint32_t version_length;
	char text[];
};

#endif /* DEMO_PACKAGE_H */
