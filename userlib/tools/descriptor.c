// SPDX-License-Identifier: LGPL-2.1-or-later
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "descriptor.h"
#include "memory.h"
#include "tool.h"

/* Call @each with each entry of a directory that is a number. Whether it can be read. */
static bool each_number(const char *path,
			void (*each)(struct descriptors *descriptors, const char *path),
			struct descriptors *descriptors)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	unsigned long long number;
	char *next;

	if (!directory)
		return errno == ENOENT || errno == ESRCH;
	for (entry = readdir(directory); entry; entry = readdir(directory)) {
		if (!parse_number(entry->d_name, ULLONG_MAX, &number))
			continue;
		next = must_print("%s/%llu", path, number);
		each(descriptors, next);
		free(next);
	}
	closedir(directory);
	return true;
}

static void look_at_descriptor(struct descriptors *descriptors, const char *path)
{
	unsigned long long session;
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;

	if (!file && errno != ENOENT && errno != ESRCH)
		descriptors->complete = false;
	while (file && getline(&line, &room, file) > 0) {
		if (sscanf(line, "mheap-session: %llu", &session) != 1)
			continue;
		descriptors->sessions = must_grow(descriptors->sessions, &descriptors->room,
						  descriptors->count + 1,
						  sizeof(*descriptors->sessions));
		descriptors->sessions[descriptors->count++] = (uint32_t)session;
		break;
	}
	free(line);
	if (file)
		fclose(file);
}

/* Threads may have tables of their own. */
static void look_at_thread(struct descriptors *descriptors, const char *path)
{
	char *fdinfo = must_print("%s/fdinfo", path);

	if (!each_number(fdinfo, look_at_descriptor, descriptors))
		descriptors->complete = false;
	free(fdinfo);
}

static void look_at_process(struct descriptors *descriptors, const char *path)
{
	char *threads = must_print("%s/task", path);

	if (!each_number(threads, look_at_thread, descriptors))
		descriptors->complete = false;
	free(threads);
}

void descriptors_find(struct descriptors *descriptors)
{
	descriptors->complete = true;
	if (!each_number("/proc", look_at_process, descriptors))
		descriptors->complete = false;
}

bool descriptors_have(const struct descriptors *descriptors, uint32_t session)
{
	for (size_t i = 0; i < descriptors->count; i++)
		if (descriptors->sessions[i] == session)
			return true;
	return false;
}

void descriptors_free(struct descriptors *descriptors)
{
	free(descriptors->sessions);
}
