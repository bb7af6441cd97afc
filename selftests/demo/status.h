/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The installed packages of a dpkg status file, and what each of them needs. */
#ifndef DEMO_STATUS_H
#define DEMO_STATUS_H

#include <stdint.h>

/**
 * struct package - An installed package
 * @name: of several packages of one name, all but the first have :ARCH added
 * @version: its version
 * @installed_size: in KiB, 0 when the file does not tell
 * @needs: indices of the packages that it depends on, each of them once
 * @needs_count: how many those are
 */
struct package {
	char *name;
	const char *version;
	uint64_t installed_size;
	uint32_t *needs;
	uint32_t needs_count;
};

/**
 * struct status - A status file
 * @packages: in the order of the file
 * @count: how many those are
 * @needs_count: their needs, summed up
 * @unmet: dependencies that nothing installed satisfies
 */
struct status {
	struct package *packages;
	uint32_t count;
	uint32_t needs_count;
	uint32_t unmet;
};

/* Returns 0, or -errno when the file cannot be read. Call once: nothing is freed. */
int status_read(const char *path, struct status *ret_status);

#endif /* DEMO_STATUS_H */
