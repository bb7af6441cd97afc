/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files that the module shows in debugfs: finding, opening, reading lines. */
#ifndef MHEAP_DEBUGFS_H
#define MHEAP_DEBUGFS_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "heap_list.h"

#define DEBUGFS		"/sys/kernel/debug"

/* What mounts it. */
#define DEBUGFS_MOUNT	"sudo mount -t debugfs none " DEBUGFS

/* Whether the user has named files to read: MHEAP_DEBUGFS. */
bool debugfs_is_named(void);

bool debugfs_is_mounted(void);

/* All heaps that there are, by their directories. */
int debugfs_find(struct heap_list *list);

/**
 * struct heap_file - A file of a heap, open for reading
 * @stream: the file
 * @line: the line that was read last, without its end
 * @room: of @line
 * @number: of that line
 * @path: of the file
 */
struct heap_file {
	FILE *stream;
	char *line;
	size_t room;
	unsigned long number;
	char path[PATH_MAX];
};

/* Whether it is there for this user. */
bool heap_file_is_readable(unsigned long long heap, const char *name);
/* Open a file and check its first line. */
int heap_file_open(struct heap_file *file, unsigned long long heap, const char *name);
/* Expect @header as the next line. */
int heap_file_header(struct heap_file *file, const char *header);
/* Read a line into @file->line; *ret_end: there was none left. */
int heap_file_next(struct heap_file *file, bool *ret_end);
/* Say that the line that was read last is not as it should be. */
int heap_file_malformed(const struct heap_file *file, const char *expected);
void heap_file_close(struct heap_file *file);

/* Take the next word, or the next number, off the front of *@text. */
char *take_word(char **text);
bool take_number(char **text, unsigned long long *ret_number);

/* Write a word into a file of a heap. */
int heap_write(unsigned long long heap, const char *name, const char *word);

/* That a heap went away meanwhile is not always an error. */
bool heap_exists(unsigned long long heap);

#endif /* MHEAP_DEBUGFS_H */
