// SPDX-License-Identifier: LGPL-2.1-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "debugfs.h"
#include "tool.h"

#define DIRECTORY	DEBUGFS "/mheap"
#define FORMAT_VERSION	1ULL
#define OBJECTS_VERSION	2ULL	/* has one more column, at the end */

static const char *override(void)
{
	const char *directory = getenv("MHEAP_DEBUGFS");

	return directory && *directory ? directory : NULL;
}

bool debugfs_is_named(void)
{
	return override();
}

static const char *directory(void)
{
	return override() ? override() : DIRECTORY;
}

/* Whether something is certainly not there. */
static bool is_absent(const char *path)
{
	return access(path, F_OK) && errno == ENOENT;
}

bool debugfs_is_mounted(void)
{
	struct statfs fs;

	return !statfs(DEBUGFS, &fs) && fs.f_type == DEBUGFS_MAGIC;
}

/* Say why the directory cannot be read, for it failed with @error. */
static int explain_directory(int error)
{
	if (override())
		return complain(error == EACCES ? EXIT_NO_PERMISSION : EXIT_FAILED,
				"cannot read %s, which MHEAP_DEBUGFS names: %s", directory(),
				strerror(error));
	if (!is_absent("/sys/module") && is_absent("/sys/module/mheap"))
		return complain(EXIT_NO_MODULE, "the mheap module is not loaded: `sudo modprobe "
				"mheap', or `sudo insmod mheap.ko' where it was built");
	if (error == EACCES || error == EPERM)
		return complain(EXIT_NO_PERMISSION,
				"only root may read " DIRECTORY ": use `sudo mheap ...'");
	if (!debugfs_is_mounted())
		return complain(EXIT_NO_DEBUGFS, "debugfs is not mounted: `" DEBUGFS_MOUNT "'");
	if (error == ENOENT)
		return complain(EXIT_FAILED, "the module is loaded and shows no " DIRECTORY
				": look for its messages in `sudo dmesg'");
	return complain(EXIT_FAILED, "cannot read " DIRECTORY ": %s", strerror(error));
}

/* Say why something of a heap cannot be opened, for it failed with @error. */
static int explain_heap(unsigned long long heap, const char *path, int error)
{
	if (access(directory(), R_OK | X_OK))
		return explain_directory(errno);
	if (error == ENOENT && !heap_exists(heap))
		return complain(EXIT_FAILED, "there is no heap %llu: `mheap stat' lists those "
				"that there are", heap);
	return complain(error == EACCES ? EXIT_NO_PERMISSION : EXIT_FAILED, "cannot open %s: %s",
			path, strerror(error));
}

static int compare_ids(const void *a, const void *b)
{
	unsigned long long x = *(const unsigned long long *)a;
	unsigned long long y = *(const unsigned long long *)b;

	return (x > y) - (x < y);
}

int debugfs_find(struct heap_list *list)
{
	struct dirent *entry;
	DIR *dir;

	dir = opendir(directory());
	if (!dir)
		return explain_directory(errno);
	for (entry = readdir(dir); entry; entry = readdir(dir))
		heap_list_add(list, entry->d_name);
	closedir(dir);
	if (list->count)
		qsort(list->ids, list->count, sizeof(*list->ids), compare_ids);
	return EXIT_OK;
}

/* The path of a heap, or of a file of it. */
static void heap_path(char path[PATH_MAX], unsigned long long heap, const char *name)
{
	snprintf(path, PATH_MAX, "%s/%llu%s%s", directory(), heap, *name ? "/" : "", name);
}

bool heap_exists(unsigned long long heap)
{
	char path[PATH_MAX];

	heap_path(path, heap, "");
	return !is_absent(path);
}

bool heap_file_is_readable(unsigned long long heap, const char *name)
{
	char path[PATH_MAX];

	heap_path(path, heap, name);
	return !access(path, R_OK);
}

int heap_file_malformed(const struct heap_file *file, const char *expected)
{
	return complain(EXIT_FAILED, "%s:%lu: expected %s; is this tool as old as the module?",
			file->path, file->number, expected);
}

static int check_first_line(struct heap_file *file, const char *name)
{
	unsigned long long version;
	char expected[64];
	size_t length;
	bool end = false;
	int code;

	snprintf(expected, sizeof(expected), "mheap-%s ", name);
	length = strlen(expected);
	code = heap_file_next(file, &end);
	if (code)
		return code;
	if (end || strncmp(file->line, expected, length) ||
	    !parse_number(file->line + length, ULLONG_MAX, &version)) {
		snprintf(expected, sizeof(expected), "mheap-%s 1", name);
		return heap_file_malformed(file, expected);
	}
	if (version != FORMAT_VERSION &&
	    !(version == OBJECTS_VERSION && !strcmp(name, "objects")))
		return complain(EXIT_FAILED, "%s has version %llu, and this tool knows version "
				"%llu: use the tool that came with the module", file->path,
				version, FORMAT_VERSION);
	return EXIT_OK;
}

int heap_file_open(struct heap_file *file, unsigned long long heap, const char *name)
{
	int code;

	*file = (struct heap_file){ .stream = NULL };
	heap_path(file->path, heap, name);
	file->stream = fopen(file->path, "re");
	if (!file->stream)
		return explain_heap(heap, file->path, errno);
	code = check_first_line(file, name);
	if (code)
		heap_file_close(file);
	return code;
}

int heap_file_header(struct heap_file *file, const char *header)
{
	size_t length = strlen(header);
	bool end = false;
	int code;

	code = heap_file_next(file, &end);
	if (code)
		return code;
	/* There may be more columns than are known here, behind the others. */
	if (end || strncmp(file->line, header, length) ||
	    (file->line[length] && file->line[length] != ' '))
		return heap_file_malformed(file, header);
	return EXIT_OK;
}

int heap_file_next(struct heap_file *file, bool *ret_end)
{
	ssize_t length;

	errno = 0;
	length = getline(&file->line, &file->room, file->stream);
	if (length < 0 && !feof(file->stream))
		return complain(EXIT_FAILED, "cannot read %s: %s", file->path, strerror(errno));
	*ret_end = length < 0;
	if (*ret_end)
		return EXIT_OK;
	file->number++;
	if (file->line[length - 1] != '\n')
		return heap_file_malformed(file, "a whole line");
	file->line[length - 1] = '\0';
	if (strlen(file->line) != (size_t)length - 1)
		return heap_file_malformed(file, "text");
	return EXIT_OK;
}

void heap_file_close(struct heap_file *file)
{
	if (file->stream)
		fclose(file->stream);
	free(file->line);
	file->stream = NULL;
	file->line = NULL;
}

char *take_word(char **text)
{
	char *word = *text + strspn(*text, " ");
	char *end = word + strcspn(word, " ");

	if (!*word)
		return NULL;
	*text = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

bool take_number(char **text, unsigned long long *ret_number)
{
	char *word = take_word(text);

	return word && parse_number(word, ULLONG_MAX, ret_number);
}

int heap_write(unsigned long long heap, const char *name, const char *word)
{
	char path[PATH_MAX];
	ssize_t written;
	int error;
	int fd;

	heap_path(path, heap, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return explain_heap(heap, path, errno);
	written = write(fd, word, strlen(word));
	error = errno;
	close(fd);
	if (written < 0)
		return complain(EXIT_FAILED, "cannot write to %s: %s", path, strerror(error));
	return EXIT_OK;
}
