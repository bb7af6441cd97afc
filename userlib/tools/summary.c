// SPDX-License-Identifier: LGPL-2.1-or-later
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "debugfs.h"
#include "format.h"
#include "json.h"
#include "memory.h"
#include "summary.h"
#include "summary_live.h"
#include "tool.h"

#define LINES_MAX 256

static const char *const numbers[] = {
	"heap", "objects", "bytes", "memory", "max_bytes", "max_objects", "allocated",
	"freed_count", "freed_collect", "suspects", "pending", "sessions", "roots",
	"collections", "last_duration_ns", "last_grace_ns", "last_marked", "last_freed",
	"total_freed", "total_ns", "verify_failures", "creator_pid", "creator_uid",
	"created_ns", NULL
};

static const char *const texts[] = { "phase", "last_cause", "creator_comm", NULL };

static const struct summary_line *find(const struct summary *summary, const char *key)
{
	for (size_t i = 0; i < summary->count; i++)
		if (!strcmp(summary->lines[i].key, key))
			return &summary->lines[i];
	return NULL;
}

static bool is_among(const char *const *keys, const char *key)
{
	for (; *keys; keys++)
		if (!strcmp(*keys, key))
			return true;
	return false;
}

static struct summary_line *append(struct summary *summary, const char *key, const char *text)
{
	struct summary_line *line = &summary->lines[summary->count++];

	*line = (struct summary_line){ .key = must_copy(key), .text = must_copy(text) };
	make_printable(line->key);
	make_printable(line->text);
	line->is_number = !is_among(texts, line->key) &&
			  parse_number(line->text, ULLONG_MAX, &line->number);
	return line;
}

void summary_add_text(struct summary *summary, const char *key, const char *text)
{
	append(summary, key, text);
}

void summary_add_number(struct summary *summary, const char *key, unsigned long long number)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", number);
	append(summary, key, text);
}

static int add_line(struct summary *summary, const struct heap_file *file)
{
	char *colon = strchr(file->line, ':');
	struct summary_line *line;

	if (!colon || colon == file->line || (colon[1] && colon[1] != ' '))
		return heap_file_malformed(file, "\"key: value\"");
	if (summary->count == LINES_MAX)
		return heap_file_malformed(file, "fewer lines");
	*colon = '\0';
	if (find(summary, file->line))
		return heap_file_malformed(file, "every key once");

	line = append(summary, file->line, colon[1] ? colon + 2 : "");
	if (is_among(numbers, line->key) && !line->is_number)
		return heap_file_malformed(file, "a number");
	return EXIT_OK;
}

static int check_keys(const struct summary *summary, const struct heap_file *file,
		      const char *const *keys)
{
	for (; *keys; keys++)
		if (!find(summary, *keys))
			return complain(EXIT_FAILED, "%s: there is no \"%s\"; is this tool as old "
					"as the module?", file->path, *keys);
	return EXIT_OK;
}

static int read_lines(struct summary *summary, struct heap_file *file)
{
	int code;

	for (;;) {
		bool end;

		code = heap_file_next(file, &end);
		if (code)
			return code;
		if (end)
			break;
		code = add_line(summary, file);
		if (code)
			return code;
	}
	code = check_keys(summary, file, numbers);
	return code ? code : check_keys(summary, file, texts);
}

static int read_file(struct summary *summary, unsigned long long heap)
{
	struct heap_file file;
	int code;

	code = heap_file_open(&file, heap, "summary");
	if (code)
		return code;
	code = read_lines(summary, &file);
	heap_file_close(&file);
	return code;
}

int summary_read(struct summary *ret_summary, unsigned long long heap)
{
	struct summary summary = { .count = 0 };
	int code;

	summary.lines = must_have(calloc(LINES_MAX, sizeof(*summary.lines)));
	if (debugfs_is_named())
		code = read_file(&summary, heap);
	else
		code = summary_live(&summary, heap);
	if (code)
		summary_free(&summary);
	else
		*ret_summary = summary;
	return code;
}

void summary_free(struct summary *summary)
{
	for (size_t i = 0; i < summary->count; i++) {
		free(summary->lines[i].key);
		free(summary->lines[i].text);
	}
	free(summary->lines);
}

unsigned long long summary_number(const struct summary *summary, const char *key)
{
	return find(summary, key)->number;
}

const char *summary_text(const struct summary *summary, const char *key)
{
	return find(summary, key)->text;
}

void summary_json(const struct summary *summary, struct json_object *to)
{
	for (size_t i = 0; i < summary->count; i++) {
		const struct summary_line *line = &summary->lines[i];

		if (line->is_number)
			json_add_number(to, line->key, line->number);
		else
			json_add_string(to, line->key, line->text);
	}
}
