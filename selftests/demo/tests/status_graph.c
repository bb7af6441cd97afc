// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * status_graph STATUS DIR: what the loader and the reader make of a status file,
 * without a heap in between, in the files and the figures of the oracle.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scc.h"
#include "status.h"

static FILE *open_file(const char *directory, const char *name)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	if (!file) {
		perror(path);
		exit(1);
	}
	return file;
}

static void print_graph(const struct status *status, const uint32_t *refs, FILE *file)
{
	for (uint32_t i = 0; i < status->count; i++) {
		const struct package *package = &status->packages[i];

		/* The index refers to each package, too. */
		fprintf(file, "package %s %s %llu %u\n", package->name, package->version,
			(unsigned long long)package->installed_size, refs[i] + 1);
		for (uint32_t j = 0; j < package->needs_count; j++)
			fprintf(file, "needs %s %s\n", package->name,
				status->packages[package->needs[j]].name);
	}
}

static void print_components(const struct status *status, const uint32_t *component, FILE *file)
{
	for (uint32_t i = 0; i < status->count; i++) {
		const char *first = status->packages[i].name;
		uint32_t members = 0;

		for (uint32_t j = 0; j < status->count; j++) {
			if (component[j] != component[i])
				continue;
			members++;
			if (strcmp(status->packages[j].name, first) < 0)
				first = status->packages[j].name;
		}
		if (members > 1)
			fprintf(file, "%s %s\n", first, status->packages[i].name);
	}
}

int main(int argc, char **argv)
{
	uint32_t *first, *edges, *refs, *component, components, at = 0;
	struct status status;
	FILE *file;

	if (argc != 3 || status_read(argv[1], &status))
		return 2;
	first = calloc(status.count + 1UL, sizeof(*first));
	edges = calloc(status.needs_count + 1UL, sizeof(*edges));
	refs = calloc(status.count + 1UL, sizeof(*refs));
	component = calloc(status.count + 1UL, sizeof(*component));
	if (!first || !edges || !refs || !component)
		return 2;
	for (uint32_t i = 0; i < status.count; i++) {
		first[i] = at;
		for (uint32_t j = 0; j < status.packages[i].needs_count; j++) {
			edges[at++] = status.packages[i].needs[j];
			refs[status.packages[i].needs[j]]++;
		}
	}
	first[status.count] = at;
	if (scc_find(status.count, first, edges, component, &components))
		return 2;
	printf("packages %u\nneeds %u\nunmet %u\n", status.count, status.needs_count,
	       status.unmet);
	file = open_file(argv[2], "graph");
	print_graph(&status, refs, file);
	fclose(file);
	file = open_file(argv[2], "components");
	print_components(&status, component, file);
	fclose(file);
	return 0;
}
