// SPDX-License-Identifier: LGPL-2.1-or-later
#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "annotation.h"
#include "export_view.h"
#include "format.h"
#include "json.h"
#include "memory.h"

/* The format of memory_profiler, in which others have parsers for it. */
#define FORMAT	"%6s %12s %12s  %10s   %s"
#define MIB	(1024.0 * 1024.0)

static struct annotation_line *add_line(struct annotation *annotation,
					const struct graph_site *site)
{
	struct annotation_line *line;

	for (size_t i = 0; i < annotation->count; i++) {
		line = &annotation->lines[i];
		if (line->line == site->line && !strcmp(line->file, site->file))
			return line;
	}
	annotation->lines = must_grow(annotation->lines, &annotation->room,
				      annotation->count + 1, sizeof(*annotation->lines));
	line = &annotation->lines[annotation->count++];
	*line = (struct annotation_line){
		.file = must_copy(site->file),
		.function = must_copy(site->function),
		.line = site->line,
	};
	make_printable(line->file);
	make_printable(line->function);
	return line;
}

void annotation_add(struct annotation *annotation, const struct graph *before,
		    const struct graph *after)
{
	const struct graph_site none = { .id = 0 };

	for (size_t i = 0; i < after->site_count; i++) {
		const struct graph_site *site = &after->sites[i];
		size_t at = before ? export_site(before, site->id) : EXPORT_NONE;
		const struct graph_site *was = at == EXPORT_NONE ? &none : &before->sites[at];
		struct annotation_line *line;

		if (!site->id || !*site->file || site->total_objects <= was->total_objects)
			continue;
		line = add_line(annotation, site);
		line->usage += site->peak_bytes;
		line->live += site->live_bytes;
		line->increment += site->total_bytes - was->total_bytes;
		line->occurrences += site->total_objects - was->total_objects;
	}
}

static int compare(const void *a, const void *b)
{
	const struct annotation_line *x = a;
	const struct annotation_line *y = b;
	int result = strcmp(x->file, y->file);

	return result ? result : (x->line > y->line) - (x->line < y->line);
}

void annotation_sort(struct annotation *annotation)
{
	if (annotation->count)
		qsort(annotation->lines, annotation->count, sizeof(*annotation->lines), compare);
}

void annotation_free(struct annotation *annotation)
{
	for (size_t i = 0; i < annotation->count; i++) {
		free(annotation->lines[i].file);
		free(annotation->lines[i].function);
	}
	free(annotation->lines);
}

/* A file's name is as the compiler was given it: the program may have been built elsewhere. */
static FILE *open_source(const struct annotation *annotation, const char *name)
{
	FILE *file = fopen(name, "re");

	for (size_t i = 0; i < annotation->directory_count && !file; i++) {
		const char *tail = *name == '/' ? name + 1 : name;

		/* The longest tail of the name that is there. */
		for (; tail && !file; tail = strchr(tail, '/') ? strchr(tail, '/') + 1 : NULL) {
			char *path = must_print("%s/%s", annotation->directories[i], tail);

			file = fopen(path, "re");
			free(path);
		}
	}
	return file;
}

static void print_line(FILE *to, uint32_t number, const struct annotation_line *line,
		       const char *contents)
{
	char usage[FIGURE_MAX] = "", increment[FIGURE_MAX] = "", occurrences[FIGURE_MAX] = "";
	char place[FIGURE_MAX];

	snprintf(place, sizeof(place), "%u", number);
	if (line) {
		snprintf(usage, sizeof(usage), "%5.1f MiB", (double)line->usage / MIB);
		snprintf(increment, sizeof(increment), "%5.1f MiB",
			 (double)line->increment / MIB);
		snprintf(occurrences, sizeof(occurrences), "%llu",
			 (unsigned long long)line->occurrences);
	}
	fprintf(to, FORMAT "\n", place, usage, increment, occurrences, contents);
}

/* Print the lines of one file; returns behind the last of @line that belong to it. */
static const struct annotation_line *print_file(const struct annotation *annotation,
						const struct annotation_line *line,
						const struct annotation_line *end, FILE *to)
{
	const char *name = line->file;
	FILE *file = open_source(annotation, name);
	uint32_t number = 0;
	char *text = NULL;
	size_t room = 0;
	ssize_t length;
	char header[128];

	snprintf(header, sizeof(header), FORMAT, "Line #", "Mem usage", "Increment",
		 "Occurrences", "Line Contents");
	fprintf(to, "Filename: %s\n\n%s\n", name, header);
	for (size_t i = strlen(header); i-- > 0;)
		fputc('=', to);
	fputc('\n', to);
	while (file && (length = getline(&text, &room, file)) >= 0) {
		number++;
		if (length && text[length - 1] == '\n')
			text[length - 1] = '\0';
		if (line < end && !strcmp(line->file, name) && line->line == number)
			print_line(to, number, line++, text);
		else
			print_line(to, number, NULL, text);
	}
	/* What is not in the file, or all of it when there is no such file. */
	for (; line < end && !strcmp(line->file, name); line++)
		print_line(to, line->line, line, line->function);
	fputs("\n\n", to);
	free(text);
	if (file)
		fclose(file);
	return line;
}

void annotation_print(const struct annotation *annotation, FILE *to)
{
	const struct annotation_line *line = annotation->lines;
	const struct annotation_line *end = line + annotation->count;

	while (line < end)
		line = print_file(annotation, line, end, to);
}

static struct json_object *line_to_json(const struct annotation_line *line)
{
	struct json_object *object = json_new();

	json_add_number(object, "line", line->line);
	json_add_string(object, "function", line->function);
	json_add_number(object, "mem_usage_bytes", line->usage);
	json_add_number(object, "live_bytes", line->live);
	json_add_number(object, "increment_bytes", line->increment);
	json_add_number(object, "occurrences", line->occurrences);
	return object;
}

void annotation_json(const struct annotation *annotation)
{
	struct json_array array;

	json_array_begin(&array);
	for (size_t i = 0; i < annotation->count;) {
		const char *name = annotation->lines[i].file;
		struct json_object *object = json_new();
		struct json_object *lines = json_object_new_array();

		json_add_string(object, "file", name);
		for (; i < annotation->count && !strcmp(annotation->lines[i].file, name); i++)
			json_object_array_add(lines, line_to_json(&annotation->lines[i]));
		json_add(object, "lines", lines);
		json_array_element(&array, object);
	}
	json_array_end(&array);
}
