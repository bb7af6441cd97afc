// SPDX-License-Identifier: GPL-2.0
/* Text files of the kernel; see kernel_files.h. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>

#include "kernel_files.h"

static bool have(const char *type, const char *where, const char *probe)
{
	if (!access(probe, F_OK))
		return true;
	return !mount(type, where, type, 0, NULL) && !access(probe, F_OK);
}

bool have_debugfs(void)
{
	return have("debugfs", DEBUGFS, DEBUGFS "/mheap");
}

bool have_tracefs(void)
{
	return have("tracefs", TRACEFS, TRACEFS "/events/mheap/enable");
}

char *file_text(const char *path)
{
	size_t length = 0, room = 1 << 16;
	char *text = malloc(room), *more;
	int fd = open(path, O_RDONLY);
	ssize_t got = -1;

	while (fd >= 0 && text) {
		got = read(fd, text + length, room - length - 1);
		if (got <= 0)
			break;
		length += got;
		if (room - length < 4096) {
			more = realloc(text, room *= 2);
			if (!more)
				break;
			text = more;
		}
	}
	if (fd >= 0)
		close(fd);
	if (got) {
		free(text);
		return NULL;
	}
	text[length] = 0;
	return text;
}

bool file_has(const char *path, const char *what)
{
	char *text = file_text(path);
	bool has = text && strstr(text, what);

	free(text);
	return has;
}

int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

__u64 text_figure(const char *text, const char *name)
{
	size_t length = strlen(name);
	const char *line;

	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, name, length) && line[length] == ':')
			return strtoull(line + length + 1, NULL, 0);
	}
	return ~0ULL;
}

unsigned int text_lines(const char *text, const char *first, const char *second)
{
	const char *line, *end, *found, *other;
	unsigned int count = 0;

	for (line = text; *line; line = end + 1) {
		end = strchrnul(line, '\n');
		found = strstr(line, first);
		other = second ? strstr(line, second) : line;
		count += found && found < end && other && other < end;
		if (!*end)
			break;
	}
	return count;
}
